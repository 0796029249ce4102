using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1021: Windows Deployment Services hold the port of DHCP, TFTP or proxyDHCP.</summary>
internal sealed class DeploymentServicesHoldPort : HolderIssue
{
    private const int DhcpPort = 67;
    private const string UseDhcpPorts = @"HKLM\SYSTEM\CurrentControlSet\Services\WDSServer\Providers\WDSPXE\UseDHCPPorts";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1021",
        Title = "Windows Deployment Services hold a PXE port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/windows-server/administration/windows-commands/wdsutil-set-server",
            "https://github.com/PJO2/tftpd64/wiki/FAQ",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsOn(holder, TransportProtocol.Udp, 67, 69, 4011) ? IsService(holder, "WDSServer") : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Windows Deployment Services hold {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        yield return AskerRemedy.SpecificAddress(holder, examination);
        if (holder.Socket.Local.Port == DhcpPort && holder.Owners.Length == 1)
            yield return examination.Host.FindSetting(UseDhcpPorts) == "0" ? StartAgain(holder, examination.Host) : LeaveDhcp(holder, examination.Host);
        yield return StopRemedy.For(holder, examination);
    }

    // The value is read when the service starts: what it says and what the service holds differ until then.
    private static Remedy? StartAgain(Holder holder, HostSnapshot host) => ServiceStop.OnWindows("WDSServer", host) is not { Refusal: null } service ? null : new()
    {
        Summary = "Start Windows Deployment Services again: they are told to leave the DHCP port to others already (UseDHCPPorts is 0) and have held it since before that.",
        Change = new CloseListeners { ProcessId = holder.Owners[0].ProcessId, Protocol = TransportProtocol.Udp, Port = DhcpPort },
        Apply = [.. service.Stop, .. service.Start],
        NothingToRevertBecause = "The service runs as before, and no setting changes.",
        NeedsElevation = true,
        Risk = RemedyRisk.Medium,
        Consequence = service.Sentence("Clients that boot at this moment lose their transfer."),
        Recheck = holder.Request,
    };

    private static Remedy? LeaveDhcp(Holder holder, HostSnapshot host) => ServiceStop.OnWindows("WDSServer", host) is not { Refusal: null } service ? null : new()
    {
        Summary = $"Let Windows Deployment Services leave the DHCP port to your server and go on serving on 69 and 4011{Recorded(host)}.",
        Change = new CloseListeners { ProcessId = holder.Owners[0].ProcessId, Protocol = TransportProtocol.Udp, Port = DhcpPort },
        Apply = [Cmd("wdsutil /Set-Server /UseDHCPPorts:No"), .. service.Stop, .. service.Start],
        Revert = [Cmd("wdsutil /Set-Server /UseDHCPPorts:Yes"), .. service.Stop, .. service.Start],
        NeedsElevation = true,
        Risk = RemedyRisk.Medium,
        Consequence = service.Sentence("Clients that boot at this moment lose their transfer. With Microsoft's DHCP server on this host its option 60 has to be set too (/DHCPOption60:Yes)."),
        Recheck = holder.Request,
    };

    private static string Recorded(HostSnapshot host) =>
        host.FindSetting(UseDhcpPorts) is { } value ? $" (UseDHCPPorts is {SafeText.Of(value)} now)"
        : host.LacksSetting(UseDhcpPorts) ? " (UseDHCPPorts is not set now, and 1 counts)" : "";

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };
}
