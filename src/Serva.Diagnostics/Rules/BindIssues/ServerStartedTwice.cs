using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1002: the server itself was started twice.</summary>
internal sealed class ServerStartedTwice : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1002",
        Title = "The server was started twice",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://github.com/DNSCrypt/dnscrypt-proxy/issues/940",
            "https://github.com/jellyfin/jellyfin/issues/11618",
            "https://man7.org/linux/man-pages/man7/socket.7.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            ImmutableArray<ServerGroup> copies = ServerGroup.InEachOthersWay(examination.ServerGroups, question.OwnSockets, examination.Host);
            if (!copies.IsEmpty)
                yield return Find(question, copies, examination);
        }
    }

    private Finding Find(ExaminedQuestion question, ImmutableArray<ServerGroup> copies, Examination examination)
    {
        PlatformFamily family = examination.Host.Platform.Family;
        ServerGroup[] holders = [.. copies.Where(copy => question.OwnSockets.Any(socket => copy.Holds(socket)))];
        string who = string.Join(" and ", copies.Select(copy => HolderWords.Describe(copy.Root, family)));
        string effect = holders.Length > 1
            ? "both hold the port, so each gets a part of the traffic"
            : "only one of them can hold the port, and settings made in the other do nothing";
        return new Finding
        {
            Issue = Info,
            Subject = string.Join(", ", copies.Select(copy => $"{SafeText.Of(copy.Root.Name ?? "server")} (PID {Number(copy.Root.ProcessId)})")),
            Summary = $"The server was started more than once: {who}; {effect}.",
            // A copy that holds nothing may be there for a purpose that no table shows.
            Certainty = holders.Length > 1 && examination.Host.Processes.IsKnown ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                .. copies.Select(copy => new Evidence
                {
                    Table = "processes",
                    Text = Describe(copy, question.OwnSockets),
                }),
            ],
            Remedies = [.. new[] { holders.Length > 1 ? EndOne(holders, examination, question) : LookAtBoth(copies, question, family) }.OfType<Remedy>()],
        };
    }

    private static Remedy? EndOne(ServerGroup[] holders, Examination examination, ExaminedQuestion question)
    {
        ServerGroup spare = holders.OrderByDescending(copy => copy.Root.StartedAt).ThenByDescending(copy => copy.Root.ProcessId).First();
        SocketRow socket = question.OwnSockets.First(row => spare.Holds(row));
        return StopRemedy.For(
            new StopTarget
            {
                Owner = spare.Root,
                Owners = spare.Processes,
                Socket = socket,
                MayHaveMoreOwners = HolderWords.MayHaveMoreOwners(socket),
                Recheck = question.Prediction!.Request,
            },
            examination.Host);
    }

    // Nothing shows that a copy without sockets is not needed, so none is offered for stopping.
    private static Remedy LookAtBoth(ImmutableArray<ServerGroup> copies, ExaminedQuestion question, PlatformFamily family)
    {
        string ids = string.Join(",", copies.Select(copy => Number(copy.Root.ProcessId)));
        return new Remedy
        {
            Summary = "See how each of the processes was started, and close the one that is not needed the way it was started.",
            Apply = [family == PlatformFamily.Windows
                ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"Get-Process -Id {ids} | Format-List Id,StartTime,Path" }
                : new RemedyCommand { Shell = CommandShell.Sh, Text = $"ps -o pid,ppid,lstart,args -p {ids}" }],
            NothingToRevertBecause = "The command only looks.",
            Risk = RemedyRisk.None,
            Recheck = question.Prediction!.Request,
        };
    }

    private static string Describe(ServerGroup copy, ImmutableArray<SocketRow> sockets)
    {
        string[] held = [.. sockets.Where(socket => copy.Holds(socket)).Select(socket => HolderWords.Place(socket.Protocol, socket.Local)).Distinct()];
        string started = copy.Root.StartedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $", started {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC,") : "";
        return $"PID {Number(copy.Root.ProcessId)}{started} {(held.Length == 0 ? "holds no socket" : $"holds {string.Join(", ", held)}")}.";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
