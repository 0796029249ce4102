using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1010: the server listens, but on loopback alone, where other hosts cannot reach it.</summary>
internal sealed class LoopbackOnly : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1010",
        Title = "The server listens on loopback only",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc1122#section-3.2.1.3",
            "https://www.rfc-editor.org/rfc/rfc4291#section-2.5.3",
            "https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Prediction is null || question.OwnSockets.IsEmpty)
                continue;
            BindRequest request = question.Prediction.Request;
            // Loopback sockets meet a wildcard alone, so a server that also serves the wanted address shows more here.
            if (!request.Endpoint.Address.UnmapIPv4().IsLoopback
                && question.OwnSockets.All(socket => socket.Local.Address.UnmapIPv4().IsLoopback)
                && examination.Host.Sockets.Covers(request.Protocol, request.Endpoint.Port))
            {
                yield return Find(question, request, examination);
            }
        }
    }

    private Finding Find(ExaminedQuestion question, BindRequest request, Examination examination)
    {
        SocketRow socket = question.OwnSockets[0];
        ProcessRow owner = HolderWords.Main(socket.Owners)!;
        string places = string.Join(", ", question.OwnSockets.Select(row => HolderWords.Place(row.Protocol, row.Local)).Distinct());
        string who = HolderWords.Describe(owner, examination.Host.Platform.Family);
        return new Finding
        {
            Issue = Info,
            Subject = $"{SafeText.Of(owner.Name ?? "server")} (PID {owner.ProcessId}) on {BindRequestText.NameOf(request.Protocol)} {request.Endpoint.Port}",
            Summary = $"The server {who} listens on {places} only: programs on this host reach it, other hosts do not.",
            Certainty = Certainty.Certain,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "sockets", Text = $"{places} is all that the server holds of port {request.Endpoint.Port}; {HolderWords.Place(request)} is wanted." },
            ],
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Set the listen address in the server's configuration to {request.Endpoint.Address} or to one address of this host, and start it again.",
                    null,
                    "Other hosts can reach the service then: check that this is what you want, and the firewall."),
            ],
        };
    }
}
