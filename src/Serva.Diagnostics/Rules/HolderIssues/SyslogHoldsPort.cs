using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1031: the log daemon of the system, or another collector, holds port 514.</summary>
internal sealed class SyslogHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1031",
        Title = "Another syslog server holds the syslog port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://www.rsyslog.com/doc/configuration/modules/imudp.html",
            "https://www.rfc-editor.org/rfc/rfc5426",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Local.Port == 514 && IsProgram(holder, "rsyslogd", "syslog-ng", "syslogd", "vector", "fluentd", "logstash") ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"The syslog server {holder.Description} holds {holder.Places}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        ConfigureHolder(
            "Take the network input (rsyslog: imudp and imtcp; syslog-ng: the network source) out of its configuration and restart it: it goes on writing the host's own log.",
            holder, "Messages of other hosts reach your server alone."),
        StopRemedy.For(holder, examination),
    ];
}
