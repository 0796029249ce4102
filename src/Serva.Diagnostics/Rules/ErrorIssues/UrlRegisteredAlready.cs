using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.ErrorIssues;

/// <summary>SD1061: another program has registered the same URL with HTTP.sys.</summary>
internal sealed class UrlRegisteredAlready : KnownIssue
{
    private const int AlreadyExists = 183, MostUrls = 8;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1061",
        Title = "Another program has registered the URL with HTTP.sys",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Windows],
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/windows/win32/http/namespace-reservations-registrations-and-routing",
            "https://learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-http",
            "https://github.com/win-acme/win-acme/issues/1621",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => examination.Questions
        .Where(question => HttpSysUrls.MayHaveAnswered(question.Question, AlreadyExists))
        .Select(question => Find(question, examination.Host));

    private Finding Find(ExaminedQuestion question, HostSnapshot host)
    {
        string? prefix = HttpSysUrls.PrefixIn(question.Question.Error!.Text);
        int? port = question.Question.Bind?.Endpoint.Port ?? (prefix is null ? null : HttpRegistration.PortOf(prefix));
        ImmutableArray<HttpRegistration> urls = port is { } number ? HttpSysUrls.At(host, number) : [];
        ImmutableArray<HttpRegistration> same = prefix is null ? [] : [.. HttpSysUrls.Of(host, prefix).Where(url => url.Port == port)];
        string place = prefix ?? (port is null ? "the URL" : string.Create(CultureInfo.InvariantCulture, $"a URL on port {port}"));
        ProcessRow[] servers = [.. HttpSysUrls.ServersOf(same, host).Take(MostUrls)];
        string who = servers.Length == 0 ? "Another program" : string.Join(" and ", servers.Select(server => HolderWords.Describe(server, PlatformFamily.Windows)));
        BindRequest recheck = question.Question.Bind ?? new BindRequest { Protocol = TransportProtocol.Tcp, Endpoint = NetEndpoint.Create(NetAddress.AnyIPv4, port ?? 80), Listen = true };
        return new Finding
        {
            Issue = Info,
            Subject = $"HTTP.sys {place}",
            Summary = $"{who} has registered {place} with HTTP.sys, so your server cannot (183 ERROR_ALREADY_EXISTS).",
            Certainty = same.IsEmpty ? Certainty.Likely : Certainty.Certain,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "question", Text = "The error comes from registering a URL: programs share a port of HTTP.sys, but not a URL." },
                .. urls.Take(MostUrls).Select(url => HttpSysUrls.Say(url, host)),
            ],
            Remedies = [.. Remedies(servers, recheck, host).OfType<Remedy>()],
        };
    }

    private static IEnumerable<Remedy?> Remedies(ProcessRow[] servers, BindRequest recheck, HostSnapshot host)
    {
        yield return AskerRemedy.Configure("Give your server a longer URL on the same port, for example with a path of its own, or another port.", recheck);
        foreach (ProcessRow server in servers)
            yield return HttpSysUrls.Stop(server, servers, recheck, host);
        if (servers.Length > 0)
            yield break;
        yield return new Remedy
        {
            Summary = "Ask HTTP.sys who has it: the list names the process and the URLs of each request queue. An earlier copy of your own server counts too.",
            Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = "netsh http show servicestate view=requestq" }],
            NothingToRevertBecause = "The command only looks.",
            NeedsElevation = true,
            Risk = RemedyRisk.None,
            Recheck = recheck,
        };
    }
}
