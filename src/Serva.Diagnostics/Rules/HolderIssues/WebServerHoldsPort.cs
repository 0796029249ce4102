using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1012: another web server holds the HTTP or HTTPS port.</summary>
internal sealed class WebServerHoldsPort : HolderIssue
{
    private static readonly string[] s_names =
    [
        "nginx", "apache2", "httpd", "caddy", "lighttpd", "haproxy", "traefik", "h2o", "w3wp", "iisexpress", "tomcat", "jetty",
    ];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1012",
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
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsOn(holder, TransportProtocol.Tcp, 80, 443) && IsProgram(holder, s_names) ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"The web server {holder.Description} holds {holder.Places}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        AskerRemedy.Configure("Let your server use another port, for example 8080, and let the web server that is there pass its requests on.", null),
        StopRemedy.For(holder, examination),
    ];
}
