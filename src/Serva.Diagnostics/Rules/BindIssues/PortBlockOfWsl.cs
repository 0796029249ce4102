using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1064: a UDP port that no table shows as held is in use, and WSL runs.</summary>
internal sealed class PortBlockOfWsl : KnownIssue
{
    // Windows 11 22H2, of which it is reported.
    private const int FirstBuild = 22621;

    private static readonly string[] s_wsl = ["vmmemWSL", "vmmem", "wslservice.exe", "wslhost.exe", "wslrelay.exe", "wsl.exe"];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1064",
        Title = "WSL keeps a block of UDP ports that no table shows",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        IsExperimental = true,
        References =
        [
            "https://github.com/microsoft/WSL/issues/12228",
            "https://learn.microsoft.com/windows/wsl/networking",
        ],
    };

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination) =>
        !examination.Host.Processes.IsKnown && Unexplained(examination).Any() ? "table processes was not captured" : null;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        ProcessRow? wsl = examination.Host.Processes.FirstOrDefault(row => s_wsl.Contains(row.Name, StringComparer.OrdinalIgnoreCase));
        return wsl is null ? [] : Unexplained(examination).Select(question => Find(question, question.Prediction!.Request, wsl));
    }

    // A range that is excluded answers with 10013.
    private static IEnumerable<ExaminedQuestion> Unexplained(Examination examination) =>
        examination.Host.Platform.Version.Build < FirstBuild || examination.Host.Sockets.Coverage != Coverage.Complete ? []
        : examination.Questions.Where(question => question is { IsBlocked: true, FollowsProbe: true, Outcome: BindOutcome.AddressInUse, Prediction: { Conflicts.IsEmpty: true, Request.Protocol: TransportProtocol.Udp } });

    private Finding Find(ExaminedQuestion question, BindRequest request, ProcessRow wsl) => new()
    {
        Issue = Info,
        Subject = HolderWords.Place(request),
        Summary = $"{HolderWords.Place(request)} was tried and is in use, and no socket holds it: most likely it lies in a block of ports that WSL keeps.",
        Certainty = Certainty.Likely,
        Questions = [question.Position],
        Evidence =
        [
            new Evidence { Table = "probe", Text = $"Binding {HolderWords.Place(request)} was tried and fails with {HolderWords.Error(question.Question.BindProbe!.NativeError, question.Question.BindProbe.NativeCode)}, and the table of sockets, which is whole, has none in the way." },
            new Evidence { Table = "processes", Text = $"WSL runs: {HolderWords.Describe(wsl, PlatformFamily.Windows)}." },
        ],
        Remedies =
        [
            AskerRemedy.Configure("Let your server use a port elsewhere; reported are blocks of about 4,097 ports, for example 44619 to 48715.", null),
            new Remedy
            {
                Summary = "Shut WSL down: that frees the block.",
                Apply =
                [
                    new RemedyCommand { Shell = CommandShell.Cmd, Text = "wsl --list --running" },
                    new RemedyCommand { Shell = CommandShell.Cmd, Text = "wsl --shutdown" },
                ],
                NothingToRevertBecause = "A distribution starts again with the next command in it: wsl -d NAME, with the names that the first command listed.",
                Risk = RemedyRisk.High,
                Consequence = "Every running Linux distribution ends, and Docker Desktop's containers with it where it uses WSL. With the next start the block may be kept again.",
                Recheck = request,
            },
        ],
    };
}
