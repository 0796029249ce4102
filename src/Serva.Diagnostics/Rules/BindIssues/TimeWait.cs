using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1011: connections that have just ended keep the port for a while.</summary>
internal sealed class TimeWait : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1011",
        Title = "Connections in TIME_WAIT keep the port",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2",
            "https://man7.org/linux/man-pages/man7/socket.7.html",
            "https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            ImmutableArray<SocketRow> ended = Holder.EndedConnections(question, examination);
            if (!ended.IsEmpty)
                yield return Find(question, ended, examination.Host.Platform.Family);
        }
    }

    private Finding Find(ExaminedQuestion question, ImmutableArray<SocketRow> ended, PlatformFamily family)
    {
        BindRequest request = question.Prediction!.Request;
        int count = ended.Length;
        string connections = count == 1 ? "One connection" : $"{count} connections";
        var remedies = new List<Remedy>
        {
            AskerRemedy.Configure("Wait a minute or two and start your server again: the connections go away by themselves.", request),
        };
        // On Windows the option means something else: it would let any program take the port over.
        if (family != PlatformFamily.Windows && !request.ReuseAddress)
        {
            remedies.Add(AskerRemedy.Configure(
                "Let your server set SO_REUSEADDR before it binds, as servers on Unix do; it helps when the server before it had set it too.",
                request with { ReuseAddress = true }));
        }

        return new Finding
        {
            Issue = Info,
            Subject = $"TIME_WAIT on {BindRequestText.NameOf(request.Protocol)} {request.Endpoint.Port}",
            Summary = $"Nobody holds {HolderWords.Place(request)}: {(count == 1 ? "a connection that ended a moment ago still keeps" : $"{count} connections that ended a moment ago still keep")} it (TIME_WAIT).",
            Certainty = question.FollowsProbe || question.Prediction.Certainty == Certainty.Certain ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence
                {
                    Table = "sockets",
                    Text = $"{connections} in TIME_WAIT and no listener on port {request.Endpoint.Port}, for example {ended[0].Local} to {ended[0].Remote}.",
                },
            ],
            Remedies = [.. remedies],
        };
    }
}
