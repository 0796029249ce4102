using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1014: a server listens, but it is stopped or accepts nothing: what arrives fills the queue of its socket.</summary>
internal sealed class NobodyReads : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1014",
        Title = "Nobody reads what arrives at the server's socket",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Linux],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html",
            "https://man7.org/linux/man-pages/man7/sock_diag.7.html",
            "https://man7.org/linux/man-pages/man2/listen.2.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        ILookup<(TransportProtocol, int), ExaminedQuestion> questions = examination.Questions
            .Where(question => question.Question.Bind is not null)
            .ToLookup(question => (question.Question.Bind!.Protocol, question.Question.Bind.Endpoint.Port));
        PlatformFamily family = examination.Host.Platform.Family;
        return examination.Host.Sockets
            .Where(socket => IsUnread(socket) && socket.Owners.Length > 0)
            .Select(socket => (Socket: socket, Questions: QuestionsOf(socket, questions, family)))

            // A stopped program that nobody sends to and nobody asks about may be stopped on purpose.
            .Where(found => found.Socket.ReceiveQueue > 0 || found.Questions.Length > 0)
            .GroupBy(found => (HolderWords.Main(found.Socket.Owners)!.ProcessId, IsStopped(found.Socket)))
            .Select(server => Find([.. server.Select(found => found.Socket)], [.. server.SelectMany(found => found.Questions).Distinct().Order()], family));
    }

    /// <summary>Whether nobody reads from a socket that waits for peers: all who hold it are stopped, or the queue of connections is full.</summary>
    public static bool IsUnread(in SocketRow socket) =>
        socket is { IsListening: true, Protocol: TransportProtocol.Tcp or TransportProtocol.Udp } && (IsStopped(socket) || IsFull(socket));

    /// <summary>What waits, and why, for a sentence.</summary>
    public static string WaitingAt(in SocketRow socket)
    {
        uint waiting = socket.ReceiveQueue ?? 0;
        string what = string.Create(CultureInfo.InvariantCulture, $"{waiting} {(socket.Protocol == TransportProtocol.Tcp ? "connections" : "bytes")}");
        string why = IsStopped(socket) ? "the process that would read is stopped by a signal" : string.Create(CultureInfo.InvariantCulture, $"the queue of {socket.SendQueue} is full, so that more are dropped");
        return waiting == 0 ? $"nothing waits yet, but {why}" : $"{what} wait to be read: {why}";
    }

    private static bool IsStopped(in SocketRow socket) => !socket.Owners.IsEmpty && socket.Owners.All(owner => owner.IsStopped == true);

    // More than the limit wait (sk_acceptq_is_full): the kernel drops the next handshakes.
    private static bool IsFull(in SocketRow socket) =>
        socket is { Protocol: TransportProtocol.Tcp, ReceiveQueue: { } waiting, SendQueue: > 0 and var limit } && waiting > limit;

    private static ImmutableArray<int> QuestionsOf(SocketRow socket, ILookup<(TransportProtocol, int), ExaminedQuestion> questions, PlatformFamily family) =>
    [
        .. questions[(socket.Protocol, socket.Local.Port)]
            .Where(question => Overlap.Meets(socket, question.Question.Bind!, family))
            .Select(question => question.Position),
    ];

    private Finding Find(ImmutableArray<SocketRow> sockets, ImmutableArray<int> questions, PlatformFamily family)
    {
        ProcessRow[] owners = [.. sockets.SelectMany(socket => socket.Owners).DistinctBy(owner => owner.ProcessId).OrderBy(owner => owner.ProcessId)];
        ProcessRow main = HolderWords.Main(sockets[0].Owners)!;
        bool isStopped = IsStopped(sockets[0]);
        string places = string.Join(", ", sockets.Select(socket => HolderWords.Place(socket.Protocol, socket.Local)).Distinct());
        return new Finding
        {
            Issue = Info,
            Subject = $"{HolderWords.NameOf(main) ?? "a process"} (PID {main.ProcessId})",
            Summary = isStopped
                ? $"{HolderWords.Describe(main, family, owners.Length)} holds {places}, but it is stopped by a signal: whoever asks gets no answer."
                : $"{HolderWords.Describe(main, family, owners.Length)} does not accept the connections to {places}: the queue is full, and more are dropped.",

            // A server that is not stopped may accept again in the next moment.
            Certainty = isStopped ? Certainty.Certain : Certainty.Likely,
            SeverityHere = isStopped ? null : Severity.Warning,
            Questions = questions,
            Evidence =
            [
                .. sockets.Select(socket => new Evidence { Table = "sockets", Text = $"{HolderWords.Place(socket.Protocol, socket.Local)}: {WaitingAt(socket)}" }),
                .. owners.Where(owner => owner.IsStopped == true).Select(owner => new Evidence { Table = "sockets", Text = $"PID {owner.ProcessId} is in state T (/proc/{owner.ProcessId}/stat)" }),
            ],
            Remedies = isStopped ? [Continue(owners)] : [AskerRemedy.Configure("See what the server waits for (its log, a debugger), and start it again if it answers no more; a longer backlog alone only hides it.", null)],
        };
    }

    private static Remedy Continue(ProcessRow[] owners)
    {
        string processes = string.Join(' ', owners.Select(owner => owner.ProcessId.ToString(CultureInfo.InvariantCulture)));
        return new Remedy
        {
            Summary = owners.Length == 1 ? "Let it go on." : "Let them go on.",
            Change = owners.Length == 1 ? new ContinueProcess { ProcessId = owners[0].ProcessId } : new SeveralChanges { Changes = [.. owners.Select(owner => new ContinueProcess { ProcessId = owner.ProcessId })] },
            Apply = [new RemedyCommand { Shell = CommandShell.Sh, Text = $"kill -CONT {processes}" }],
            Revert = [new RemedyCommand { Shell = CommandShell.Sh, Text = $"kill -STOP {processes}" }],
            NeedsElevation = false,
            Risk = RemedyRisk.Low,
            Consequence = "It answers first what has waited: requests whose clients have long given up. Somebody stopped it, perhaps a debugger, a backup or Ctrl+Z in a terminal.",
        };
    }
}
