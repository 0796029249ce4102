using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1033: another TFTP server holds UDP 69.</summary>
internal sealed class TftpServerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1033",
        Title = "Another TFTP server holds the TFTP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc1350",
            "https://github.com/PJO2/tftpd64/wiki/FAQ",
            "https://man7.org/linux/man-pages/man1/systemctl.1.html",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsOn(holder, TransportProtocol.Udp, 69) && IsProgram(holder, "in.tftpd", "tftpd", "atftpd", "tftpd-hpa", "utftpd", "inetd", "xinetd", "tftpd32", "tftpd64", "Tftpd32_svc", "Tftpd64_svc", "SolarWinds TFTP Server")
            ? Certainty.Certain
            : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Another TFTP server holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        IsProgram(holder, "inetd", "xinetd") ? ConfigureHolder("Take the line of tftp out of its configuration (/etc/inetd.conf, /etc/xinetd.d/tftp) and let it read that again: it goes on with its other services.", holder, "The old TFTP server starts no more.") : null,
        StopRemedy.For(holder, examination),
    ];
}
