using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1034: another FTP server holds TCP 21.</summary>
internal sealed class FtpServerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1034",
        Title = "Another FTP server holds the FTP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc959",
            "https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/site/ftpserver/",
            "https://man7.org/linux/man-pages/man1/systemctl.1.html",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        !IsOn(holder, TransportProtocol.Tcp, 21) ? Certainty.None
        : IsProgram(holder, "vsftpd", "proftpd", "pure-ftpd", "ftpd", "FileZilla Server", "filezilla-server") ? Certainty.Certain
        : IsService(holder, "FTPSVC", "MSFTPSVC");

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Another FTP server holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        StopRemedy.For(holder, examination),
    ];
}
