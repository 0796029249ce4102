using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1012: another web server holds the HTTP or HTTPS port.</summary>
internal sealed class WebServerHoldsPort : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = HolderKind.WebServer,
        Title = "Another web server holds the HTTP or HTTPS port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
            "https://httpd.apache.org/docs/2.4/bind.html",
            "https://man7.org/linux/man-pages/man1/systemctl.1.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (Holder holder in Holder.Of(examination))
        {
            if (HolderKind.Of(holder, examination) == HolderKind.WebServer)
                yield return Find(holder, examination);
        }
    }

    private Finding Find(Holder holder, Examination examination) => HolderFinding.Of(
        Info, holder, examination,
        $"The web server {holder.Description} holds {holder.Places}, {HolderFinding.WhoSuffers(holder)}.",
        [
            AskerRemedy.SpecificAddress(holder, examination),
            AskerRemedy.Configure("Let your server use another port, for example 8080, and let the web server that is there pass its requests on.", null),
            StopRemedy.For(holder, examination),
        ]);
}
