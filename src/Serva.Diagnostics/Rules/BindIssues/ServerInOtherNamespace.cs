using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1043: the server runs, but in another network namespace: on this host nobody listens.</summary>
internal sealed class ServerInOtherNamespace : KnownIssue
{
    private const int MostPlaces = 10, MostProcesses = 8;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1043",
        Title = "The server runs in another network namespace",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man7/network_namespaces.7.html",
            "https://man7.org/linux/man-pages/man1/nsenter.1.html",
            "https://docs.docker.com/engine/network/drivers/host/",
            "https://docs.docker.com/engine/network/port-publishing/",
        ],
    };

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination) =>
        examination.Server is not null && !examination.Host.Processes.IsKnown && examination.Questions.Any(question => IsIt(question, examination)) ? "table processes was not captured" : null;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        ImmutableArray<ProcessRow> processes = [.. examination.ServerGroups.SelectMany(group => group.Processes)];

        // A copy in the namespace that was read, or one whose namespace is not known, may be the one that is meant.
        if (processes.IsEmpty || processes.Any(process => process.NetworkNamespace is null))
            return [];
        ImmutableArray<ExaminedQuestion> questions = [.. examination.Questions.Where(question => IsIt(question, examination))];
        return questions.IsEmpty ? [] : [Find(questions, processes, examination.Host)];
    }

    // Where somebody holds the port, or a rule sends its packets on, that is what serves it: docker-proxy, or Docker's DNAT.
    private static bool IsIt(ExaminedQuestion question, Examination examination) =>
        question is { Prediction: { Conflicts.IsEmpty: true, Request: { Protocol: TransportProtocol.Tcp or TransportProtocol.Udp, Endpoint.Port: > 0 } request }, Outcome: BindOutcome.Success, OwnSockets.IsEmpty: true, SharedWith.IsEmpty: true }
        && examination.Host.Sockets.Covers(request.Protocol, request.Endpoint.Port)
        && !examination.FirewallOf(question).Any(client => client.Verdict.TranslatedTo is not null);

    private Finding Find(ImmutableArray<ExaminedQuestion> questions, ImmutableArray<ProcessRow> processes, HostSnapshot host)
    {
        ProcessRow first = processes[0];
        string places = string.Join(", ", questions.Select(question => HolderWords.Place(question.Prediction!.Request)).Distinct().Take(MostPlaces));
        return new Finding
        {
            Issue = Info,
            Subject = string.Create(CultureInfo.InvariantCulture, $"{HolderWords.NameOf(first) ?? "the server"} (PID {first.ProcessId}) in network namespace {first.NetworkNamespace}"),
            Summary = $"The server {HolderWords.Describe(first, PlatformFamily.Linux, processes.Length)} runs in another network namespace than the one that was read: what it serves there is not {places} of this host, where nobody listens.",
            Certainty = Certainty.Certain,
            Questions = [.. questions.Select(question => question.Position)],
            Evidence =
            [
                .. processes.Take(MostProcesses).Select(process => new Evidence
                {
                    Table = "processes",
                    Text = string.Create(CultureInfo.InvariantCulture, $"PID {process.ProcessId} is in network namespace {process.NetworkNamespace}{(host.Platform.NetworkNamespace is { } here ? $"; {here} was read" : ", which is not the one that was read")}."),
                }),
            ],
            Remedies =
            [
                new Remedy
                {
                    Summary = "See what the server listens on, where it runs.",
                    Apply = [new RemedyCommand { Shell = CommandShell.Sh, Text = string.Create(CultureInfo.InvariantCulture, $"nsenter -t {first.ProcessId} -n ss -lntup") }],
                    NothingToRevertBecause = "The command only looks.",
                    NeedsElevation = true,
                    Risk = RemedyRisk.None,
                },
                AskerRemedy.Configure(
                    first.ContainerId is null
                        ? "Run the server in the namespace of the host (of its unit: without PrivateNetwork= and NetworkNamespacePath=), or send its clients to the address that it has in its own."
                        : "Publish the port of the container (docker run -p), or run it in the network of the host (--network host), or send its clients to the container's own address.",
                    questions[0].Prediction!.Request,
                    "In the host's namespace it shares the ports with every other server of the host.",
                    "Run it as before."),
            ],
        };
    }
}
