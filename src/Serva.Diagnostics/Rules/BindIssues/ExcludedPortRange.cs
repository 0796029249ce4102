using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1006: the port lies in a block that a component of Windows has reserved.</summary>
internal sealed class ExcludedPortRange : KnownIssue
{

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1006",
        Title = "The port lies in an excluded port range",
        Severity = Severity.Error,
        Needs = SnapshotTables.PortRanges,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang",
            "https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation",
            "https://github.com/docker/for-win/issues/3171",
            "https://github.com/microsoft/WSL/issues/5306",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            // A holder explains the same error first: Windows has no other reason to look at ranges then.
            if (!question.IsBlocked || question.Outcome != BindOutcome.AccessDenied || !question.ForeignConflicts.IsEmpty)
                continue;
            if (RangeOf(question.Prediction!.Request, examination.Host) is { } range)
                yield return Find(question, range, examination.Host);
        }
    }

    private static PortRangeRow? RangeOf(BindRequest request, HostSnapshot host) => PortRangeIndex.Of(host.PortRanges).Held(request).At(request.Endpoint.Port);

    private Finding Find(ExaminedQuestion question, PortRangeRow range, HostSnapshot host)
    {
        BindRequest request = question.Prediction!.Request;
        string protocol = BindRequestText.NameOf(request.Protocol);
        var remedies = new List<Remedy>
        {
            AskerRemedy.Configure("Let your server use a port outside every excluded range; `netsh interface ipv4 show excludedportrange` lists them.", null),
        };
        if (host.Services.Coverage != Coverage.Complete || host.FindService("winnat") is { State: ServiceState.Running })
            remedies.Add(Reserve(request, range));
        if (LoweredDynamicRange(request, host) is { } dynamic)
            remedies.Add(RestoreDynamicRange(request, dynamic));
        return new Finding
        {
            Issue = Info,
            Subject = $"excluded range {protocol} {Number(range.First)}-{Number(range.Last)}",
            Summary = $"{HolderWords.Place(request)} lies in the port range {Number(range.First)}-{Number(range.Last)}, which a component of Windows (Hyper-V, WinNAT, WSL, Docker) keeps for itself; no process holds it, and yet it cannot be bound.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence
                {
                    Table = "portRanges",
                    Text = $"{protocol} {Number(range.First)}-{Number(range.Last)} is excluded and not marked as administered, so an explicit bind there fails with 10013 WSAEACCES.",
                },
                new Evidence { Table = "sockets", Text = $"No socket that was seen holds {protocol} port {Number(request.Endpoint.Port)}." },
            ],
            Remedies = [.. remedies],
        };
    }

    private static Remedy Reserve(BindRequest request, PortRangeRow range)
    {
        string where = $"{Protocol(request)} startport={Number(request.Endpoint.Port)} numberofports=1 store=persistent";
        return new Remedy
        {
            Summary = $"Reserve port {Number(request.Endpoint.Port)} for your server: stop WinNAT for a moment, which gives its blocks back, take the port, and start WinNAT again.",
            Change = new ReleasePortRange { Range = range },
            Apply = [Cmd("net stop winnat"), Cmd($"netsh interface {Family(request)} add excludedportrange protocol={where}"), Cmd("net start winnat")],
            Revert = [Cmd($"netsh interface {Family(request)} delete excludedportrange protocol={where}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "Containers and virtual machines lose their network while WinNAT is stopped.",
            Recheck = request,
        };
    }

    private static PortRangeRow? LoweredDynamicRange(BindRequest request, HostSnapshot host) => PortRangeIndex.Of(host.PortRanges).Lowered(request).At(request.Endpoint.Port);

    private static Remedy RestoreDynamicRange(BindRequest request, PortRangeRow range) => new()
    {
        Summary = $"Put the range of automatic ports back to 49152-65535 (it is {Number(range.First)}-{Number(range.Last)} now), so that no block is taken from below it.",
        Apply = [Cmd($"netsh interface {Family(request)} set dynamicport {Protocol(request)} start=49152 num=16384")],
        Revert = [Cmd($"netsh interface {Family(request)} set dynamicport {Protocol(request)} start={Number(range.First)} num={Number(range.Last - range.First + 1)}")],
        NeedsElevation = true,
        NeedsReboot = true,
        Risk = RemedyRisk.Medium,
        Consequence = "Programs that count on the wider range get fewer automatic ports.",
        Recheck = request,
    };

    private static string Family(BindRequest request) => request.Endpoint.Address.UnmapIPv4().IsIPv6 ? "ipv6" : "ipv4";

    private static string Protocol(BindRequest request) => BindRequestText.NameOf(request.Protocol);

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
