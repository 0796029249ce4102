using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1005: Windows' kernel (PID 4) holds the port, most often HTTP.sys for a web service.</summary>
internal sealed class KernelHoldsPort : HolderIssue
{
    private const string FileSharingUse = "Windows file sharing", HttpUse = "HTTP.sys";

    /// <summary>Services that listen through HTTP.sys, and what they are.</summary>
    private static readonly (string Service, string What)[] s_httpServices =
    [
        ("W3SVC", "Every IIS web site stops."),
        ("MsDepSvc", "Web Deploy stops."),
        ("ReportServer", "SQL Server Reporting Services stop."),
        ("SQLServerReportingServices", "SQL Server Reporting Services stop."),
        ("PeerDistSvc", "BranchCache stops."),
        ("SyncShareSvc", "Work Folders stop."),
        ("WinRM", "Remote management over WinRM stops; you may lock yourself out."),
    ];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1005",
        Title = "Windows itself (PID 4) holds the port, most often HTTP.sys",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
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
            yield return HolderFinding.Of(
                Info, part, examination, $"{Summary(part, examination.Host)}, {HolderFinding.WhoSuffers(part)}.", Remedies(part, examination), Certainty.Likely, subject: $"{use} (PID 4)");
        }
    }

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host)
    {
        string what = UseOf(holder.Socket) switch
        {
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
        yield return Look(
            "Ask HTTP.sys which web service uses the port: the list names the process and the URLs of each request queue.",
            CommandShell.Cmd, "netsh http show servicestate view=requestq", holder, needsElevation: true);
        foreach (var (service, consequence) in s_httpServices)
        {
            // A snapshot cannot show which of them gave HTTP.sys this port, so nothing is promised as data.
            if (examination.Host.FindService(service) is { State: ServiceState.Running })
                yield return StopRemedy.Service(service, examination.Host, null, $"Only if the list above names it for this port. {consequence}", service == "WinRM" ? RemedyRisk.High : RemedyRisk.Medium, holder.Request);
        }
    }

    private static string UseOf(in SocketRow socket) =>
        socket.Local.Port is 137 or 138 or 139 or 445 ? FileSharingUse
        : socket.Protocol == TransportProtocol.Tcp ? HttpUse
        : "System";
}
