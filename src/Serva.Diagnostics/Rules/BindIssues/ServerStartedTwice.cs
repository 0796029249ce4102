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
            Certainty = examination.Host.Processes.IsKnown ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                .. copies.Select(copy => new Evidence
                {
                    Table = "processes",
                    Text = Describe(copy, question.OwnSockets),
                }),
            ],
            Remedies = [.. new[] { EndOne(Spare(copies, holders), examination, question) }.OfType<Remedy>()],
        };
    }

    // The copy that holds nothing is the one nobody would miss; else the one that came last.
    private static ServerGroup Spare(ImmutableArray<ServerGroup> copies, ServerGroup[] holders) =>
        copies.FirstOrDefault(copy => !holders.Contains(copy))
        ?? copies.OrderByDescending(copy => copy.Root.StartedAt).ThenByDescending(copy => copy.Root.ProcessId).First();

    private static Remedy? EndOne(ServerGroup spare, Examination examination, ExaminedQuestion question)
    {
        ProcessRow process = spare.Root;
        if (KnownHolders.IsEssential(process))
            return null;
        BindRequest recheck = question.Prediction!.Request;
        bool isWindows = examination.Host.Platform.Family == PlatformFamily.Windows;
        if (isWindows && process.Services.Length == 1)
        {
            return StopRemedy.Service(
                process.Services[0], examination.Host, new StopService { Name = process.Services[0] },
                "The other copy goes on.", RemedyRisk.Low, recheck);
        }

        string? unit = HolderWords.StoppableUnit(process);
        string? unitWord = CommandText.Sh(unit);
        RemedyCommand end = isWindows
            ? new RemedyCommand { Shell = CommandShell.Cmd, Text = $"taskkill /PID {Number(process.ProcessId)}" }
            : Sh(unitWord is null ? $"kill {Number(process.ProcessId)}" : $"systemctl stop {unitWord}");
        RemedyCommand? start = isWindows
            ? CommandText.PowerShell(process.Path) is { } path ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"Start-Process -FilePath {path}" } : null
            : unitWord is not null ? Sh($"systemctl start {unitWord}")
            : CommandText.Sh(process.Path) is { } image ? Sh(image) : null;
        return new Remedy
        {
            Summary = $"Close one of the copies, for example {HolderWords.Describe(process, examination.Host.Platform.Family)}, from its own window or menu if it has one.",
            Change = unitWord is not null ? new StopService { Name = unit! }
                : spare.Processes.Length == 1 ? new EndProcess { ProcessId = process.ProcessId } : null,
            Apply = [end],
            Revert = start is null ? [] : [start],
            NothingToRevertBecause = start is null ? "How it was started is not known: note that before you close it, and start it the same way." : null,
            NeedsElevation = unitWord is not null,
            Risk = RemedyRisk.Low,
            Consequence = "Transfers that this copy serves at the moment end.",
            Recheck = recheck,
        };
    }

    private static string Describe(ServerGroup copy, ImmutableArray<SocketRow> sockets)
    {
        string[] held = [.. sockets.Where(socket => copy.Holds(socket)).Select(socket => HolderWords.Place(socket.Protocol, socket.Local)).Distinct()];
        string started = copy.Root.StartedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $", started {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC,") : "";
        return $"PID {Number(copy.Root.ProcessId)}{started} {(held.Length == 0 ? "holds none of the wanted endpoint" : $"holds {string.Join(", ", held)}")}.";
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
