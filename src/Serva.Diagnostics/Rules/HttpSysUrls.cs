using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Who answers for the URLs of HTTP.sys, whose sockets belong to the kernel, and how to stop that one.</summary>
internal static class HttpSysUrls
{
    private const string WebService = "W3SVC";
    private const int LongestUrl = 200;

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
    public static ImmutableArray<HttpRegistration> At(HostSnapshot host, params IReadOnlyCollection<int> ports) =>
        [.. host.Settings.Select(HttpRegistration.Of).OfType<HttpRegistration>().Where(url => ports.Contains(url.Port))];

    /// <summary>The processes that are attached to the URLs' request queues.</summary>
    public static IEnumerable<ProcessRow> ServersOf(ImmutableArray<HttpRegistration> urls, HostSnapshot host) => urls
        .SelectMany(url => url.ProcessIds)
        .Distinct()
        .Select(id => host.Processes.FirstOrDefault(row => row.ProcessId == id) ?? new ProcessRow { ProcessId = id });

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

    /// <summary>Stopping one of the servers of a URL; null where another one's remedy stops it too.</summary>
    public static Remedy? Stop(ProcessRow server, IReadOnlyList<ProcessRow> servers, BindRequest recheck, HostSnapshot host)
    {
        (string? service, string? what) = Services.FirstOrDefault(known => server.Services.Contains(known.Service, StringComparer.OrdinalIgnoreCase));

        // A worker of IIS is started again by its service.
        if (service is null && string.Equals(server.Name, "w3wp.exe", StringComparison.OrdinalIgnoreCase))
        {
            if (servers.Any(other => other != server && other.Services.Contains(WebService, StringComparer.OrdinalIgnoreCase)))
                return null;
            (service, what) = Services[0];
        }

        return service is not null
            ? StopRemedy.Service(service, host, null, what, service == "WinRM" ? RemedyRisk.High : RemedyRisk.Medium, recheck)
            : StopRemedy.For(new StopTarget { Owner = server, Owners = [server], Socket = default, CanBeSimulated = false, Recheck = recheck }, host);
    }

    /// <summary>The URL prefix that a text names; null when it names none that can stand in a command.</summary>
    public static string? PrefixIn(string? text)
    {
        int start = text?.IndexOf("http", StringComparison.OrdinalIgnoreCase) ?? -1;
        for (; start >= 0; start = text!.IndexOf("http", start + 4, StringComparison.OrdinalIgnoreCase))
        {
            ReadOnlySpan<char> url = text.AsSpan(start);
            int end = url.IndexOfAnyExcept(s_plain);
            url = end < 0 ? url : url[..end];
            url = url.TrimEnd(".:");
            if (url.Length <= LongestUrl && HttpRegistration.PortOf(url) is not null)
                return url.EndsWith('/') ? url.ToString() : $"{url}/";
        }

        return null;
    }
}
