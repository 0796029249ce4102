using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Who answers for the URLs of HTTP.sys, whose sockets belong to the kernel, and how to stop that one.</summary>
internal static class HttpSysUrls
{
    private const string WebService = "W3SVC";
    private const int LongestUrl = 200, LongestText = 4096, MostOfOneUrl = 16;

    // A table never changes: its URLs are read once, however many questions ask for them.
    private static readonly ConditionalWeakTable<Table<SettingRow>, ILookup<int, (int Position, HttpRegistration Url)>> s_byPort = [];
    private static readonly ConditionalWeakTable<Table<SettingRow>, ILookup<string, HttpRegistration>> s_byUrl = [];

    private static readonly string[] s_marks = ["HttpListener", "HTTP.sys", "HttpSys", "HttpAddUrl", "UrlPrefix"];

    // What means itself in cmd and in PowerShell, and stands in a URL prefix.
    private static readonly SearchValues<char> s_plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./:_*+-");

    /// <summary>Services that listen through HTTP.sys, and what happens without them.</summary>
    public static (string Service, string Consequence)[] Services { get; } =
    [
        (WebService, "Every IIS web site stops."),
        ("MsDepSvc", "Web Deploy stops."),
        ("ReportServer", "SQL Server Reporting Services stop."),
        ("SQLServerReportingServices", "SQL Server Reporting Services stop."),
        ("PeerDistSvc", "BranchCache stops."),
        ("SyncShareSvc", "Work Folders stop."),
        ("WinRM", "Remote management over WinRM stops; you may lock yourself out."),
    ];

    /// <summary>The URLs on ports, as far as they were captured.</summary>
    public static ImmutableArray<HttpRegistration> At(HostSnapshot host, params IReadOnlyCollection<int> ports)
    {
        ILookup<int, (int Position, HttpRegistration Url)> byPort = s_byPort.GetValue(host.Settings, ByPort);
        return [.. ports.Distinct().SelectMany(port => byPort[port]).OrderBy(entry => entry.Position).Select(entry => entry.Url)];
    }

    /// <summary>The registrations of a URL on a port, as far as they were captured; of many the first.</summary>
    public static ImmutableArray<HttpRegistration> Of(HostSnapshot host, string url) =>
        [.. s_byUrl.GetValue(host.Settings, ByUrl)[Normal(url)].Take(MostOfOneUrl)];

    /// <summary>The processes that are attached to the URLs' request queues.</summary>
    public static IEnumerable<ProcessRow> ServersOf(ImmutableArray<HttpRegistration> urls, HostSnapshot host) => urls
        .SelectMany(url => url.ProcessIds)
        .Distinct()
        .Select(id => host.FindProcess(id) ?? new ProcessRow { ProcessId = id });

    private static ILookup<int, (int Position, HttpRegistration Url)> ByPort(Table<SettingRow> settings) =>
        settings.Select(HttpRegistration.Of).OfType<HttpRegistration>().Select((url, position) => (position, url)).ToLookup(entry => entry.url.Port);

    private static ILookup<string, HttpRegistration> ByUrl(Table<SettingRow> settings) =>
        settings.Select(HttpRegistration.Of).OfType<HttpRegistration>().ToLookup(url => Normal(url.Url), StringComparer.Ordinal);

    /// <summary>A URL and who answers for it.</summary>
    public static Evidence Say(HttpRegistration url, HostSnapshot host)
    {
        string who = url switch
        {
            { ShowsProcesses: false } => "a process that is not shown",
            { ProcessIds: [] } => "no process as yet: a service that starts its process for the first request owns it",
            _ => string.Join(", ", ServersOf([url], host).Select(server => HolderWords.Describe(server, PlatformFamily.Windows))),
        };
        return new Evidence { Table = "settings", Text = string.Create(CultureInfo.InvariantCulture, $"HTTP.sys serves {SafeText.Of(url.Url)} for {who}.") };
    }

    /// <summary>A URL for comparison: HTTP.sys writes scheme and host in capitals, and an address it is bound to behind the port.</summary>
    public static string Normal(string url)
    {
        string capital = url.TrimEnd('/').ToUpperInvariant();
        int host = capital.IndexOf("://", StringComparison.Ordinal) + 3;
        int path = host < 3 ? -1 : capital.IndexOf('/', host);
        ReadOnlySpan<char> place = capital.AsSpan(0, path < 0 ? capital.Length : path);
        int port = place.LastIndexOf("]:", StringComparison.Ordinal) is > 0 and var bracket ? bracket + 1 : host < 3 ? -1 : place[host..].IndexOf(':') + host;
        int second = port < host ? -1 : place[(port + 1)..].IndexOf(':');
        return second < 0 ? capital : string.Concat(place[..(port + 1 + second)], path < 0 ? "" : capital.AsSpan(path));
    }

    /// <summary>Stopping one of the servers of a URL; null where another one's remedy stops it too.</summary>
    public static Remedy? Stop(ProcessRow server, IReadOnlyList<ProcessRow> servers, BindRequest recheck, HostSnapshot host)
    {
        // WAS starts the workers of IIS, and is in its service's process. Of other services together nobody knows which it is.
        string[] own = [.. server.Services.Where(name => !string.Equals(name, "WAS", StringComparison.OrdinalIgnoreCase))];
        (string? service, string? what) = own.Length == 1 ? Services.FirstOrDefault(known => string.Equals(known.Service, own[0], StringComparison.OrdinalIgnoreCase)) : default;

        // A worker of IIS is started again by its service.
        if (service is null && string.Equals(server.Name, "w3wp.exe", StringComparison.OrdinalIgnoreCase))
        {
            if (servers.Any(other => other != server && other.Services.Contains(WebService, StringComparer.OrdinalIgnoreCase)))
                return null;
            (service, what) = Services[0];
        }

        if (server is { Name: null, Path: null, Services.IsEmpty: true })
            return WhoIs(server, recheck);
        return service is not null
            ? StopRemedy.Service(service, host, null, what, service == "WinRM" ? RemedyRisk.High : RemedyRisk.Medium, recheck)
            : StopRemedy.For(new StopTarget { Owner = server, Owners = [server], Socket = default, CanBeSimulated = false, Recheck = recheck }, host);
    }

    // Nothing but its number is known, and it may be a process that nobody should end.
    private static Remedy WhoIs(ProcessRow server, BindRequest recheck) => new()
    {
        Summary = string.Create(CultureInfo.InvariantCulture, $"Find out what process {server.ProcessId} is, and which services it hosts; then stop that service with net stop, or close the program."),
        Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = string.Create(CultureInfo.InvariantCulture, $"tasklist /svc /fi \"PID eq {server.ProcessId}\"") }],
        NothingToRevertBecause = "The command only looks.",
        Risk = RemedyRisk.None,
        Recheck = recheck,
    };

    /// <summary>Whether an error with this number was seen that HTTP.sys may have answered with: of others the number means something else.</summary>
    public static bool MayHaveAnswered(Question question, int code) =>
        question.Error is { } error && error.Code == code
        && (question.Bind is { } bind ? bind.Protocol == TransportProtocol.Tcp : s_marks.Any(mark => error.Text?.Contains(mark, StringComparison.OrdinalIgnoreCase) == true) || PrefixIn(error.Text) is not null);

    /// <summary>The URL prefix that a text names; null when it names none that can stand in a command.</summary>
    public static string? PrefixIn(string? text)
    {
        ReadOnlySpan<char> rest = text.AsSpan(0, Math.Min(text?.Length ?? 0, LongestText));
        for (int start = rest.IndexOf("http", StringComparison.OrdinalIgnoreCase); start >= 0; start = rest.IndexOf("http", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[start..];
            int end = rest.IndexOfAnyExcept(s_plain);
            ReadOnlySpan<char> url = (end < 0 ? rest : rest[..end]).TrimEnd(".:");
            bool isUrl = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
            if (isUrl && url.Length <= LongestUrl && HttpRegistration.PortOf(url) is not null)
                return url.EndsWith('/') ? url.ToString() : $"{url}/";
            rest = rest[4..];
        }

        return null;
    }
}
