using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1024: a port proxy (netsh interface portproxy) holds the port.</summary>
internal sealed class PortProxyHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1024",
        Title = "A port proxy of Windows holds the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-interface-portproxy",
            "https://learn.microsoft.com/windows/wsl/networking",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Protocol == TransportProtocol.Tcp ? IsService(holder, "iphlpsvc") : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"A port proxy (netsh interface portproxy) holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        yield return AskerRemedy.SpecificAddress(holder, examination);
        if (PortProxy.Of(holder.Socket, examination.Host) is { } proxy)
            yield return Delete(proxy, holder);
        else
            yield return Look("See which port proxy listens here; delete that one alone, with netsh interface portproxy delete.", CommandShell.Cmd, "netsh interface portproxy show all", holder);
    }

    private static Remedy Delete(PortProxy proxy, Holder holder) => new()
    {
        Summary = $"Delete the port proxy that passes {proxy.Listen} on to {proxy.Connect}.",
        Change = holder.Owners.Length == 1
            ? new CloseListeners { ProcessId = holder.Owners[0].ProcessId, Protocol = TransportProtocol.Tcp, Port = proxy.Listen.Port }
            : null,
        Apply = [Cmd($"netsh interface portproxy delete {proxy.Kind} listenport={proxy.Listen.Port} listenaddress={proxy.ListenWord}")],
        Revert =
        [
            Cmd($"netsh interface portproxy add {proxy.Kind} listenport={proxy.Listen.Port} listenaddress={proxy.ListenWord} connectport={proxy.Connect.Port} connectaddress={proxy.Connect.Address}"),
        ],
        NeedsElevation = true,
        Risk = RemedyRisk.Medium,
        Consequence = $"What used this host's port to reach {proxy.Connect} no longer does.",
        Recheck = holder.Request,
    };

    private static RemedyCommand Cmd(FormattableString text) => new() { Shell = CommandShell.Cmd, Text = FormattableString.Invariant(text) };
}
