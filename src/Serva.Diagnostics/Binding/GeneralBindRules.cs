using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// What holds for sockets everywhere, for systems without rules of their own here: macOS, the BSDs, unknown ones.
/// Nothing it says is more than likely.
/// </summary>
internal static class GeneralBindRules
{
    public static BindPrediction Predict(BindDraft draft)
    {
        BindRequest request = draft.Request;
        BindFacts facts = draft.Facts;
        NetAddress address = request.Endpoint.Address.UnmapIPv4();
        draft.Step(BindSteps.GeneralRules, $"{facts.Family} has no rules of its own here: what holds for sockets everywhere was applied");
        draft.Doubt("the system's own rules: they are not modelled");
        if (!address.IsUnspecified && !address.IsMulticast && !address.IsLoopback && facts.Addresses(address).IsEmpty)
        {
            if (facts.Host.Addresses.Coverage == Coverage.Complete)
            {
                draft.Step(BindSteps.Address, $"{address} is on no interface of this host", "addresses", $"{address} is missing");
                return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
            }

            draft.Unknown($"addresses: whether {address} is on this host");
        }

        int port = request.Endpoint.Port;
        bool isBerkeley = facts.Family is PlatformFamily.Bsd or PlatformFamily.MacOS;
        bool mayAnyoneBindWildcards = facts.Family == PlatformFamily.MacOS && address.IsUnspecified;
        if (isBerkeley && !mayAnyoneBindWildcards && port is > 0 and < 1024 && facts.Asker(request)?.IsElevated == false)
        {
            draft.Step(BindSteps.PrivilegedPort, $"port {port} is below 1024, and the asker is not root");
            return draft.Fail(BindOutcome.AccessDenied, BindStage.Bind);
        }

        if (request.Protocol != TransportProtocol.Raw && port != 0)
        {
            if (CheckHolders(draft))
                return draft.Fail(BindOutcome.AddressInUse, BindStage.Bind);
            SocketSight sight = SocketSights.Of(facts.Host.Sockets, request, out string? unseen);
            if (sight == SocketSight.Blind)
                draft.Unknown(unseen!);
            else if (unseen is not null)
                draft.Doubt(unseen);
        }

        return draft.Succeed(request.Listen && request.Protocol == TransportProtocol.Tcp ? BindStage.Listen : BindStage.Bind);
    }

    private static bool CheckHolders(BindDraft draft)
    {
        BindRequest request = draft.Request;
        ReadOnlySpan<int> positions = draft.Facts.Sockets.Find(request.Protocol, request.Endpoint.Port);
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref draft.Facts.Sockets[position];
            if (!Meets(row, request))
                continue;
            string code = ConflictWords.CodeOf(row.Local.Address, request.Endpoint.Address, request.DualMode);

            // SO_REUSEADDR separates a wildcard from an address, and forgives connections.
            bool isPassive = row.IsListening || row.State is null or TcpState.Closed;
            if (request.ReuseAddress && (code != BindSteps.SameEndpoint || !isPassive))
                continue;
            if (request.ReusePort && row.ReusePort == true)
                continue;
            string why = ConflictWords.Sentence(row, request, code);
            draft.Conflict(row, code, why);
            draft.Step(BindSteps.Holder, why, "sockets", $"{BindRequestText.NameOf(row.Protocol)} {row.Local} {row.State}".TrimEnd());
        }

        if (positions.IsEmpty)
            draft.Step(BindSteps.Free, $"no socket of {BindRequestText.NameOf(request.Protocol)} is on port {request.Endpoint.Port}");
        return draft.ConflictCount > 0;
    }

    private static bool Meets(in SocketRow row, BindRequest request)
    {
        var held = new WindowsClaim(row.Local.Address, row.IPv6Only != true);
        var asked = new WindowsClaim(request.Endpoint.Address, request.DualMode);
        return WindowsClaim.Meet(held, asked, onIPv6: false, out _, out _) || WindowsClaim.Meet(held, asked, onIPv6: true, out _, out _);
    }
}
