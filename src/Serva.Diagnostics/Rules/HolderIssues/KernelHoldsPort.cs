using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1005: Windows' kernel (PID 4) holds the port, most often HTTP.sys for a web service.</summary>
internal sealed class KernelHoldsPort : HolderIssue
{
    private const int MostUrls = 8;
    private const string FileSharingUse = "Windows file sharing", HttpUse = "HTTP.sys";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1005",
        Title = "Windows itself (PID 4) holds the port, most often HTTP.sys",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        DependsOn = ["SD1060", "SD1061"],
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/windows/win32/http/http-api-start-page",
            "https://learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-http",
            "https://learn.microsoft.com/iis/get-started/introduction-to-iis/introduction-to-iis-architecture",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.IsServer && holder.Owner is { ProcessId: 4 } ? Certainty.Likely : Certainty.None;

    /// <inheritdoc/>
    protected override IEnumerable<Finding> Find(Holder holder, Examination examination)
    {
        // PID 4 stands for every driver: what each of its ports is for is another matter.
        foreach (var (use, part) in holder.SplitBy(held => UseOf(held.Conflict.Socket)))
        {
            ImmutableArray<HttpRegistration> urls = UrlsOf(part, examination.Host);
            yield return HolderFinding.Of(
                Info, part, examination, $"{Summary(part, examination.Host)}, {HolderFinding.WhoSuffers(part)}.", Remedies(part, examination),
                urls.IsEmpty ? Certainty.Likely : Certainty.Certain, subject: $"{use} (PID 4)",
                besides: urls.Take(MostUrls).Select(url => HttpSysUrls.Say(url, examination.Host)));
        }
    }

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host)
    {
        ProcessRow[] servers = [.. HttpSysUrls.ServersOf(UrlsOf(holder, host), host).Take(MostUrls)];
        string what = UseOf(holder.Socket) switch
        {
            HttpUse when servers.Length > 0 => $"the kernel (PID 4), by HTTP.sys for {string.Join(" and ", servers.Select(server => HolderWords.Describe(server, PlatformFamily.Windows, 1, false)))}",
            HttpUse when !UrlsOf(holder, host).IsEmpty => "the kernel (PID 4), by HTTP.sys for a web service of Windows",
            FileSharingUse => "the kernel (PID 4) for Windows file and printer sharing",
            HttpUse => "the kernel (PID 4), most likely by HTTP.sys for a web service of Windows",
            _ => "a driver in the kernel (PID 4)",
        };
        return $"{holder.Places} {(holder.IsPlural ? "are" : "is")} held by {what}";
    }

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        string use = UseOf(holder.Socket);
        yield return AskerRemedy.SpecificAddress(holder, examination);
        yield return AskerRemedy.Configure($"Let your server use another port{(use == FileSharingUse ? "; Windows' own file sharing needs this one" : "")}.", null);
        if (use != HttpUse)
            yield break;
        ProcessRow[] servers = [.. HttpSysUrls.ServersOf(UrlsOf(holder, examination.Host), examination.Host)];
        Remedy[] stops = [.. servers.Select(server => HttpSysUrls.Stop(server, servers, holder.Request, examination.Host)).OfType<Remedy>()];
        foreach (Remedy stop in stops)
            yield return stop;
        if (stops.Length > 0)
            yield break;

        yield return Look(
            "Ask HTTP.sys which web service uses the port: the list names the process and the URLs of each request queue.",
            CommandShell.Cmd, "netsh http show servicestate view=requestq", holder, needsElevation: true);
        foreach (var (service, consequence) in HttpSysUrls.Services)
        {
            // A snapshot cannot show which of them gave HTTP.sys this port, so nothing is promised as data.
            if (examination.Host.FindService(service) is { State: ServiceState.Running })
                yield return StopRemedy.Service(service, examination.Host, null, $"Only if the list above names it for this port. {consequence}", service == "WinRM" ? RemedyRisk.High : RemedyRisk.Medium, holder.Request);
        }
    }

    private static ImmutableArray<HttpRegistration> UrlsOf(Holder holder, HostSnapshot host) => UseOf(holder.Socket) != HttpUse ? [] : HttpSysUrls.At(
        host, [.. holder.Held.Select(held => held.Conflict.Socket).Where(socket => socket.Protocol == TransportProtocol.Tcp).Select(socket => socket.Local.Port)]);

    private static string UseOf(in SocketRow socket) =>
        socket.Local.Port is 137 or 138 or 139 or 445 ? FileSharingUse
        : socket.Protocol == TransportProtocol.Tcp ? HttpUse
        : "System";
}
