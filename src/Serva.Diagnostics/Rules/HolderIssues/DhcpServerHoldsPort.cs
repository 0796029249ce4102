using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1022: another DHCP server holds UDP 67.</summary>
internal sealed class DhcpServerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1022",
        Title = "Another DHCP server holds the DHCP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc2131#section-4.1",
            "https://learn.microsoft.com/powershell/module/dhcpserver/set-dhcpserverv4binding",
            "https://github.com/PJO2/tftpd64/wiki/FAQ",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        !IsOn(holder, TransportProtocol.Udp, 67) ? Certainty.None
        : IsProgram(holder, "dhcpd", "kea-dhcp4", "udhcpd", "vmnetdhcp", "dhcpsrv") ? Certainty.Certain
        : IsService(holder, "DHCPServer", "VMnetDHCP");

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Another DHCP server holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        AskerRemedy.Configure(
            "Two DHCP servers on one network hand out addresses against each other: let yours be a proxyDHCP on port 4011 beside the other one, or let only one of them serve.",
            null),
        StopRemedy.For(holder, examination),
    ];
}
