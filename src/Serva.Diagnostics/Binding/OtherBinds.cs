using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// Asks what a failing bind would do with one thing changed. Only changes that make sense are asked about, and only those
/// that would succeed are answered; one that would take somebody's traffic is kept apart.
/// </summary>
internal sealed class OtherBinds(BindFacts facts, BindPredictor predictor, BindPrediction failed)
{
    private const int MostAddresses = 8;
    private const int NetBindService = 10;

    private readonly ImmutableArray<BindAlternative>.Builder _proposed = ImmutableArray.CreateBuilder<BindAlternative>();
    private readonly ImmutableArray<BindAlternative>.Builder _notProposed = ImmutableArray.CreateBuilder<BindAlternative>();
    private readonly BindRequest _request = failed.Request;

    private bool IsInTheWay => failed.Outcome is BindOutcome.AddressInUse or BindOutcome.AccessDenied && !failed.Conflicts.IsEmpty;

    public BindAlternatives Find(int portCount)
    {
        if (IsInTheWay)
        {
            AskReuse();
            AskOneFamily();
            AskAddresses();
        }

        AskRight();
        AskPlace();
        bool portMatters = failed.Outcome is BindOutcome.AddressInUse or BindOutcome.AccessDenied
            && _request.Endpoint.Port != 0 && _request.Protocol != TransportProtocol.Raw && failed.Stage != BindStage.Socket;
        return new BindAlternatives
        {
            Proposed = _proposed.ToImmutable(),
            NotProposed = _notProposed.ToImmutable(),
            Ports = portMatters ? FreePorts.Find(facts, predictor, _request, portCount) : null,
        };
    }

    private void AskReuse()
    {
        if (_request.ReuseAddress || _request.ExclusiveAddressUse)
            return;
        const string Change = "with SO_REUSEADDR";
        BindRequest changed = _request with { ReuseAddress = true };

        // On Windows the option takes over what others serve, whoever they are.
        if (facts.Family == PlatformFamily.Windows)
        {
            Add(_notProposed, "with.reuse-address", Change, changed, "on Windows it shares the port with its holder, and nobody can say which of the two gets the traffic");
            return;
        }

        // Of two datagram sockets the one with the address gets what is sent there, and of two alike the last one bound.
        if (_request.Protocol != TransportProtocol.Tcp && !failed.Conflicts.All(LeavesItsDatagrams))
        {
            Add(_notProposed, "with.reuse-address", Change, changed, "it takes datagrams that the holder of the port gets now");
            return;
        }

        if (predictor.Predict(changed) is { Outcome: not BindOutcome.Success, Certainty: not Certainty.Certain })
            AskReuseOfBoth(Change, changed);
        else
            Add(_proposed, "with.reuse-address", Change, changed);
    }

    /// <summary>Whether the others set the option is rarely seen: what would be if they did is asked of a host where they do.</summary>
    private void AskReuseOfBoth(string change, BindRequest changed)
    {
        var rows = ImmutableArray.CreateBuilder<SocketRow>();
        foreach (int position in facts.Sockets.Find(changed.Protocol, changed.Endpoint.Port))
        {
            SocketRow row = facts.Sockets[position];
            rows.Add(row with { ReuseAddress = row.ReuseAddress ?? true });
        }

        BindPrediction prediction = new BindPredictor(facts.Host with { Sockets = facts.Host.Sockets.WithRows(rows.ToImmutable()) }).Predict(changed);
        if (prediction.Outcome != BindOutcome.Success)
            return;
        _proposed.Add(new BindAlternative
        {
            Code = "with.reuse-address",
            Change = change,
            Request = changed,
            Prediction = prediction,
            Condition = "the sockets in the way set it too, which is not visible from outside",
        });
    }

    private bool LeavesItsDatagrams(BindConflict conflict) =>
        _request.Endpoint.Address.UnmapIPv4().IsUnspecified && !conflict.Socket.Local.Address.UnmapIPv4().IsUnspecified;

    private void AskOneFamily()
    {
        if (_request.DualMode && _request.Endpoint.Address is { IsIPv6: true, IsUnspecified: true })
            Add(_proposed, "with.v6only", "with IPV6_V6ONLY", _request with { DualMode = false }, "it serves IPv6 alone");
    }

    /// <summary>One address instead of the wildcard, unless a wildcard holder would lose its traffic to it.</summary>
    private void AskAddresses()
    {
        NetAddress wanted = _request.Endpoint.Address;
        if (!wanted.IsUnspecified || failed.Conflicts.Any(conflict => conflict.Socket.Local.Address.UnmapIPv4().IsUnspecified))
            return;
        int asked = 0;
        foreach (AddressRow row in facts.Host.Addresses.OrderBy(row => row.Address.IsLoopback))
        {
            NetAddress address = row.Address;
            bool isServed = address.Family == wanted.Family || (wanted.IsIPv6 && _request.DualMode);
            if (!isServed || row.State is AddressState.Tentative or AddressState.Duplicate)
                continue;
            if (++asked > MostAddresses)
                return;
            Add(_proposed, "on.address", $"on {address} only", _request with { Endpoint = _request.Endpoint.WithAddress(address), DualMode = false });
        }
    }

    private void AskRight()
    {
        if (facts.Family != PlatformFamily.Linux || failed.Outcome != BindOutcome.AccessDenied || facts.Asker(_request) is not { Capabilities: { } has } asker)
            return;
        Identity allowed = asker with { Capabilities = has | (1UL << NetBindService) };
        Add(_proposed, "with.right", "with CAP_NET_BIND_SERVICE", _request with { Asker = allowed });
    }

    /// <summary>Another way to say where, when the address itself is refused.</summary>
    private void AskPlace()
    {
        if (failed.Outcome is not (BindOutcome.AddressNotAvailable or BindOutcome.InvalidArgument or BindOutcome.AddressFamilyNotSupported))
            return;
        NetAddress address = _request.Endpoint.Address;
        if (address.IsIPv4Mapped && !_request.DualMode)
        {
            Add(_proposed, "with.dual-mode", "without IPV6_V6ONLY", _request with { DualMode = true });
            Add(_proposed, "on.ipv4", $"on {address.UnmapIPv4()} with an IPv4 socket", _request with { Endpoint = _request.Endpoint.WithAddress(address.UnmapIPv4()) });
            return;
        }

        if (address is { IsIPv6: true, IsLinkLocal: true } && facts.Addresses(address) is { Length: > 0 } rows)
        {
            foreach (AddressRow row in rows)
                Add(_proposed, "on.scope", $"on {address.WithScope(row.Interface)}", _request with { Endpoint = _request.Endpoint.WithAddress(address.WithScope(row.Interface)) });
            return;
        }

        if (facts.Family == PlatformFamily.Linux && failed.Outcome == BindOutcome.AddressNotAvailable && !_request.FreeBind)
            Add(_proposed, "with.free-bind", "with IP_FREEBIND", _request with { FreeBind = true }, "it receives nothing before the address is on this host");
        if (address.IsUnspecified && address.IsIPv4)
            return;
        NetAddress wildcard = address.IsIPv4 || failed.Outcome == BindOutcome.AddressFamilyNotSupported ? NetAddress.AnyIPv4 : NetAddress.AnyIPv6;
        if (wildcard != address)
            Add(_proposed, "on.every-address", $"on {wildcard}", _request with { Endpoint = _request.Endpoint.WithAddress(wildcard), DualMode = false });
    }

    private void Add(ImmutableArray<BindAlternative>.Builder to, string code, string change, BindRequest request, string? note = null)
    {
        BindPrediction prediction = predictor.Predict(request);
        if (prediction.Outcome == BindOutcome.Success)
            to.Add(new BindAlternative { Code = code, Change = change, Request = request, Prediction = prediction, Note = note });
    }
}
