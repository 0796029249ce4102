using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>What helps without touching the host: the asking program binds something else.</summary>
internal static class AskerRemedy
{
    /// <summary>
    /// Binding one address of the host instead of the wildcard, when the holder leaves one free. Only an address whose
    /// bind is predicted to succeed is proposed; never beside a wildcard holder, whose traffic it would take away.
    /// </summary>
    public static Remedy? SpecificAddress(Holder holder, Examination examination)
    {
        BindRequest request = holder.Request;
        NetAddress wanted = request.Endpoint.Address;
        if (!wanted.IsUnspecified || request.DualMode
            || holder.Held[0].Question.ForeignConflicts.Any(conflict => conflict.Socket.Local.Address.UnmapIPv4().IsUnspecified))
        {
            return null;
        }

        foreach (AddressRow row in examination.Host.Addresses)
        {
            NetAddress address = row.Address;
            if (address.Family != wanted.Family || address.IsLoopback || address.IsLinkLocal || row.State is AddressState.Tentative or AddressState.Duplicate)
                continue;
            BindRequest specific = request with { Endpoint = request.Endpoint.WithAddress(address) };
            if (examination.Binds.Predict(specific).Outcome != BindOutcome.Success)
                continue;
            return new Remedy
            {
                Summary = $"Let your server bind one address instead of {wanted}, for example {address}: nobody holds port {request.Endpoint.Port} there.",
                NothingToRevertBecause = $"Nothing on the host changes; set your server back to {wanted}.",
                Risk = RemedyRisk.None,
                Consequence = "Clients reach the server at this address alone; the host's other addresses are not served.",
                Recheck = specific,
            };
        }

        return null;
    }

    /// <summary>Waiting for a client whose connection has the port.</summary>
    public static Remedy WaitForClient(Holder holder) => new()
    {
        Summary = "Wait until the connection ends, and start your server before the system hands the port out again; or use a port outside the range of automatic ports.",
        NothingToRevertBecause = "Nothing on the host changes.",
        Risk = RemedyRisk.None,
        Consequence = "The holder does not wait for clients on this port: its process is not offered for stopping, and a client may get the port by chance again.",
        Recheck = holder.Request,
    };

    /// <summary>A remedy in the asking program's own configuration.</summary>
    public static Remedy Configure(string summary, BindRequest? recheck, string? consequence = null, string? wayBack = null) => new()
    {
        Summary = summary,
        NothingToRevertBecause = wayBack ?? "Nothing on the host changes but your server's own configuration.",
        Risk = RemedyRisk.None,
        Consequence = consequence,
        Recheck = recheck,
    };
}
