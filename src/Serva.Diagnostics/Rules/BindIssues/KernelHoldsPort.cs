using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1005: Windows' kernel (PID 4) holds the port, most often HTTP.sys for a web service.</summary>
internal sealed class KernelHoldsPort : KnownIssue
{
    private const string FileSharingUse = "Windows file sharing";

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
        Id = HolderKind.WindowsKernel,
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
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (Holder holder in Holder.Of(examination))
        {
            if (HolderKind.Of(holder, examination) != HolderKind.WindowsKernel)
                continue;
            // PID 4 stands for every driver: what each of its ports is for is another matter.
            foreach (var (use, part) in holder.SplitBy(held => UseOf(held.Conflict.Socket)))
                yield return use == FileSharingUse ? FileSharing(part, use, examination) : Http(part, use, examination);
        }
    }

    private Finding Http(Holder holder, string use, Examination examination)
    {
        bool isTcp = holder.Socket.Protocol == TransportProtocol.Tcp;
        string what = isTcp
            ? "the kernel (PID 4), most likely by HTTP.sys for a web service of Windows"
            : "a driver in the kernel (PID 4)";
        var remedies = new List<Remedy?> { AskerRemedy.SpecificAddress(holder, examination) };
        if (isTcp)
        {
            remedies.Add(AskerRemedy.Configure("Let your server use another port.", null));
            remedies.Add(AskHttpSys(holder));
            foreach (var (service, consequence) in s_httpServices)
            {
                // A snapshot cannot show which of them gave HTTP.sys this port, so nothing is promised as data.
                if (examination.Host.FindService(service) is { State: ServiceState.Running })
                    remedies.Add(StopRemedy.Service(service, examination.Host, null, $"Only if the list above names it for this port. {consequence}", service == "WinRM" ? RemedyRisk.High : RemedyRisk.Medium, holder.Request));
            }
        }
        else
        {
            remedies.Add(AskerRemedy.Configure("Let your server use another port.", null));
        }

        return HolderFinding.Of(
            Info, holder, examination,
            $"{holder.Places} {(holder.IsPlural ? "are" : "is")} held by {what}, {HolderFinding.WhoSuffers(holder)}.",
            remedies, Certainty.Likely, subject: $"{use} (PID 4)");
    }

    private Finding FileSharing(Holder holder, string use, Examination examination) => HolderFinding.Of(
        Info, holder, examination,
        $"{holder.Places} {(holder.IsPlural ? "are" : "is")} held by the kernel (PID 4) for Windows file and printer sharing, {HolderFinding.WhoSuffers(holder)}.",
        [
            AskerRemedy.SpecificAddress(holder, examination),
            AskerRemedy.Configure("Let your server use another port; Windows' own file sharing needs this one.", null),
        ],
        Certainty.Likely, subject: $"{use} (PID 4)");

    private static Remedy AskHttpSys(Holder holder) => new()
    {
        Summary = "Ask HTTP.sys which web service uses the port: the list names the process and the URLs of each request queue.",
        Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = "netsh http show servicestate view=requestq" }],
        NothingToRevertBecause = "The command only looks.",
        NeedsElevation = true,
        Risk = RemedyRisk.None,
        Recheck = holder.Request,
    };

    private static string UseOf(in SocketRow socket) =>
        socket.Local.Port is 137 or 138 or 139 or 445 ? FileSharingUse
        : socket.Protocol == TransportProtocol.Tcp ? "HTTP.sys"
        : "System";
}
