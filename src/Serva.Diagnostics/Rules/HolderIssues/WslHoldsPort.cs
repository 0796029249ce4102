using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1025: a relay of the Windows Subsystem for Linux holds the port for a program inside it.</summary>
internal sealed class WslHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1025",
        Title = "A Linux program inside WSL holds the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://learn.microsoft.com/windows/wsl/networking",
            "https://github.com/microsoft/WSL/issues/10601",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsProgram(holder, "wslrelay", "wslhost") ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"A program inside WSL has {holder.Places}, passed on by {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        AskerRemedy.Configure(
            "Close the program inside the Linux distribution that listens on the port; ss -lntp there names it.",
            holder.Request, wayBack: "Start it again inside the distribution."),
        ShutDown(holder),
    ];

    private static Remedy ShutDown(Holder holder) => new()
    {
        Summary = "If nothing listens there any more and the relay stayed behind: shut WSL down.",
        Change = holder.Owners.Length == 1 ? new EndProcess { ProcessId = holder.Owners[0].ProcessId } : null,
        Apply =
        [
            new RemedyCommand { Shell = CommandShell.Cmd, Text = "wsl --list --running" },
            new RemedyCommand { Shell = CommandShell.Cmd, Text = "wsl --shutdown" },
        ],
        NothingToRevertBecause = "A distribution starts again with the next command in it: wsl -d NAME, with the names that the first command listed.",
        Risk = RemedyRisk.High,
        Consequence = "Every running Linux distribution ends, and Docker Desktop's containers with it where it uses WSL.",
        Recheck = holder.Request,
    };
}
