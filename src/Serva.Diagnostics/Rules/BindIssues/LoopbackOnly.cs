using System.Collections.Generic;
using System.Collections.Immutable;
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
    public override IEnumerable<Finding> Examine(Examination examination) => examination.Questions
        .Where(question => IsIt(question, examination.Host))
        .GroupBy(question => HolderWords.Main(question.OwnSockets[0].Owners)!.ProcessId)
        .Select(questions => Find([.. questions], examination.Host.Platform.Family));

    private static bool IsIt(ExaminedQuestion question, HostSnapshot host)
    {
        if (question.Prediction is null || question.OwnSockets.IsEmpty)
            return false;
        BindRequest request = question.Prediction.Request;
        // Loopback sockets meet a wildcard alone, so a server that also serves the wanted address shows more here.
        return !request.Endpoint.Address.UnmapIPv4().IsLoopback
            && question.OwnSockets.All(socket => socket.Local.Address.UnmapIPv4().IsLoopback)
            && host.Sockets.Covers(request.Protocol, request.Endpoint.Port);
    }

    private Finding Find(ImmutableArray<ExaminedQuestion> questions, PlatformFamily family)
    {
        ProcessRow owner = HolderWords.Main(questions[0].OwnSockets[0].Owners)!;
        string places = PlacesOf(questions);
        string wanted = string.Join(" or ", questions.Select(question => question.Prediction!.Request.Endpoint.Address.ToString()).Distinct());
        string who = HolderWords.Describe(owner, family);
        return new Finding
        {
            Issue = Info,
            Subject = $"{SafeText.Of(owner.Name ?? "server")} (PID {owner.ProcessId}) on loopback",
            Summary = $"The server {who} listens on {places} only: programs on this host reach it, other hosts do not.",
            Certainty = Certainty.Certain,
            Questions = [.. questions.Select(question => question.Position)],
            Evidence =
            [
                .. questions.Select(question => question.Prediction!.Request).Zip(questions, (request, question) => new Evidence
                {
                    Table = "sockets",
                    Text = $"{PlacesOf([question])} is all that the server holds of {BindRequestText.NameOf(request.Protocol)} port {request.Endpoint.Port}; {HolderWords.Place(request)} is wanted.",
                }),
            ],
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Set the listen address in the server's configuration to {wanted} or to one address of this host, and start it again.",
                    null,
                    "Other hosts can reach the service then: check that this is what you want, and the firewall."),
            ],
        };
    }

    private static string PlacesOf(ImmutableArray<ExaminedQuestion> questions) =>
        string.Join(", ", questions.SelectMany(question => question.OwnSockets).Select(row => HolderWords.Place(row.Protocol, row.Local)).Distinct());
}
