using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.ErrorIssues;

/// <summary>SD1062: a UDP server on Windows ended its loop at the error that Windows reports for a client that has gone.</summary>
internal sealed class ReceiveReset : KnownIssue
{
    private const int ConnectionReset = 10054;

    private static readonly string[] s_udp = ["udp", "ReceiveFrom", "recvfrom", "ReceiveMessageFrom"];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1062",
        Title = "A client that has gone stops the UDP server",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Windows],
        Grade = SourceGrade.Documented,
        IsExperimental = true,
        References =
        [
            "https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls",
            "https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom",
            "https://github.com/dotnet/corefx/issues/33049",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => examination.Questions
        .Where(question => question.Question.Error is { Code: ConnectionReset } error && (question.Question.Bind is { } bind ? bind.Protocol == TransportProtocol.Udp : IsOfUdp(error.Text)))
        .Select(question => Find(question, question.Question.Bind));

    // On a TCP connection the peer has ended it, which is no fault of anybody here.
    private static bool IsOfUdp(string? text) => text is not null && !text.Contains("tcp", StringComparison.OrdinalIgnoreCase) && s_udp.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private Finding Find(ExaminedQuestion question, BindRequest? bind) => new()
    {
        Issue = Info,
        Subject = bind is null ? "UDP server" : HolderWords.Place(bind),
        Summary = $"Windows told {(bind is null ? "a UDP server" : $"the server of {HolderWords.Place(bind)}")} at a receive that a client it had answered is gone (10054 WSAECONNRESET); a server that ends there looks alive and answers nobody.",
        Certainty = Certainty.Likely,
        Questions = [question.Position],
        Evidence =
        [
            new Evidence { Table = "question", Text = "10054 at a receive from a UDP socket: what was sent before met a closed port, and the ICMP answer of that host is reported at the next receive. Such an error does not end the socket." },
        ],
        Remedies =
        [
            AskerRemedy.Configure("Start your server again: until the next such client it answers.", bind),
            AskerRemedy.Configure(
                "In the server's code switch the report off, right after the bind: socket.IOControl(unchecked((int)0x9800000C), new byte[4], null) is SIO_UDP_CONNRESET; and never leave the loop of receives at ConnectionReset.",
                bind, "A server that counts on the report to learn of clients that have gone no longer hears of them."),
        ],
    };
}
