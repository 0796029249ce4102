using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Rules.FirewallIssues;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1043: the server runs, but in another network namespace: on this host nobody listens.</summary>
internal sealed class ServerInOtherNamespace : KnownIssue
{
    private const int MostPlaces = 10, MostProcesses = 8, MostTranslations = 1000;

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
        return questions.IsEmpty ? [] : [Find(questions, processes, CannotTranslate(questions, examination.Host), examination.Host)];
    }

    // Where somebody holds the port, or a rule sends its packets on, that is what serves it: docker-proxy, or Docker's DNAT.
    private static bool IsIt(ExaminedQuestion question, Examination examination) =>
        question is { Prediction: { Conflicts.IsEmpty: true, Request: { Protocol: TransportProtocol.Tcp or TransportProtocol.Udp, Endpoint.Port: > 0 } request }, Outcome: BindOutcome.Success, OwnSockets.IsEmpty: true, SharedWith.IsEmpty: true }
        && examination.Host.Sockets.Covers(request.Protocol, request.Endpoint.Port)
        && !examination.FirewallOf(question).Any(client => client.Verdict.TranslatedTo is not null);

    /// <summary>Whether nothing on this host can send the packets on into that namespace, whoever sends them: all rules were seen, and none of them may.</summary>
    private static bool CannotTranslate(ImmutableArray<ExaminedQuestion> questions, HostSnapshot host)
    {
        if (host.NftablesRules.Coverage != Coverage.Complete || host.NftablesChains.Coverage != Coverage.Complete || host.Interfaces.Any(row => row.IngressPrograms is not null))
            return false;
        NftablesRuleRow[] translations = [.. host.NftablesRules.Where(row => row.Statements.Any(MayTranslate)).Take(MostTranslations)];
        return translations.Length < MostTranslations && !questions.Any(question => translations.Any(row => MayConcern(row, question.Prediction!.Request)));
    }

    private static bool MayTranslate(NftablesStatement statement) =>
        statement.Kind is NftablesStatementKind.DestinationNat or NftablesStatementKind.Redirect or NftablesStatementKind.Unknown;

    private static bool MayConcern(NftablesRuleRow rule, BindRequest request)
    {
        bool isIPv6 = request.Endpoint.Address.UnmapIPv4().IsIPv6;
        return RuleReach.MayConcern(rule, isIPv6, (byte)request.Protocol, request.Endpoint.Port)
            || (isIPv6 && request.DualMode && RuleReach.MayConcern(rule, isIPv6: false, (byte)request.Protocol, request.Endpoint.Port));
    }

    private Finding Find(ImmutableArray<ExaminedQuestion> questions, ImmutableArray<ProcessRow> processes, bool isCertain, HostSnapshot host)
    {
        ProcessRow first = processes[0];
        string places = string.Join(", ", questions.Select(question => HolderWords.Place(question.Prediction!.Request)).Distinct().Take(MostPlaces));
        return new Finding
        {
            Issue = Info,
            Subject = string.Create(CultureInfo.InvariantCulture, $"{HolderWords.NameOf(first) ?? "the server"} (PID {first.ProcessId}) in network namespace {first.NetworkNamespace}"),
            Summary = $"The server {HolderWords.Describe(first, PlatformFamily.Linux, processes.Length)} runs in another network namespace than the one that was read: what it serves there is not {places} of this host, where nobody listens.",
            Certainty = isCertain ? Certainty.Certain : Certainty.Likely,
            Questions = [.. questions.Select(question => question.Position)],
            Evidence =
            [
                .. processes.Take(MostProcesses).Select(process => new Evidence
                {
                    Table = "processes",
                    Text = string.Create(CultureInfo.InvariantCulture, $"PID {process.ProcessId} is in network namespace {process.NetworkNamespace}{(host.Platform.NetworkNamespace is { } here ? $"; {here} was read" : ", which is not the one that was read")}."),
                }),
                .. isCertain ? ImmutableArray<Evidence>.Empty : [new Evidence { Table = "nftablesRules", Text = "Not certain: a rule or program that was not seen, or not judged, may send what comes for the port on to the server." }],
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
