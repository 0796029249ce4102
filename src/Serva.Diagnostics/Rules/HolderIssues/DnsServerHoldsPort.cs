using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1023: another DNS server holds port 53.</summary>
internal sealed class DnsServerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1023",
        Title = "Another DNS server holds the DNS port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc1035#section-4.2",
            "https://man7.org/linux/man-pages/man1/systemctl.1.html",
            "https://learn.microsoft.com/windows-server/networking/dns/dns-overview",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Local.Port != 53 ? Certainty.None
        : IsProgram(holder, "named", "unbound", "pdns_server", "pdns_recursor", "coredns", "knotd", "kresd", "nsd", "pihole-FTL", "AdGuardHome", "dns") ? Certainty.Certain
        : IsService(holder, "DNS");

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Another DNS server holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        ConfigureHolder(
            "Let the other DNS server listen on the addresses that it serves alone, and your server on its own; or let yours forward to it from another port.",
            holder, "Clients of the other server must use the addresses that it keeps."),
        StopRemedy.For(holder, examination),
    ];
}
