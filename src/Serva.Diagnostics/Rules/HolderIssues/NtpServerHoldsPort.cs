using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1030: an NTP daemon holds UDP 123.</summary>
internal sealed class NtpServerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1030",
        Title = "Another time server holds the NTP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://chrony-project.org/doc/4.6/chrony.conf.html",
            "https://www.rfc-editor.org/rfc/rfc5905",
            "https://github.com/freeipa/freeipa-container/issues/94",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsOn(holder, TransportProtocol.Udp, 123) && IsProgram(holder, "chronyd", "ntpd", "ntpsec", "openntpd") ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"The time server {holder.Description} holds {holder.Places}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        Chrony(holder),
        StopRemedy.For(holder, examination),
    ];

    private static Remedy? Chrony(Holder holder) => IsProgram(holder, "chronyd")
        ? ConfigureHolder(
            "Let chronyd be a client alone: without allow in its configuration, or with port 0, it leaves port 123 and still keeps the clock.",
            holder, "It no longer serves time to others.")
        : null;
}
