using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>
/// What the rules about a firewall that keeps a service's clients out share: they differ in who owns the rules, and thus in
/// the words of the remedy. A link is kept out when all its clients are; one that lets in some does so on purpose.
/// </summary>
internal abstract class KeptOut : KnownIssue
{
    protected const SnapshotTables Tables = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.Nftables;
    protected const string NftablesPage = "https://www.netfilter.org/projects/nftables/manpage.html";

    // isc-dhcp-server and kea read frames from the link themselves, before any rule.
    private const int DhcpServerPort = 67;

    /// <summary>Whose rules they are.</summary>
    protected abstract FirewallOwner Owner { get; }

    /// <summary>The owner for people: <c>ufw</c>.</summary>
    protected abstract string OwnerName { get; }

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => examination.Questions
        .Where(question => !LinkReaders.Serve(question, examination.Host))
        .SelectMany(question => KeptOutLinks(question, examination))

        // What is sent on to a container or another host is no longer for this service.
        .Where(client => client.Client.Verdict.TranslatedTo is null)
        .Select(client => client with { Place = DecidingPlace.Of(client.Client.Verdict, examination.Host) })
        .Where(client => client.Place?.Owner == Owner)
        .GroupBy(client => CauseOf(client.Place!))
        .Select(cause => Find([.. cause], examination));

    // ufw writes every rule for both families.
    private static (string Table, string Chain, string Text) CauseOf(DecidingPlace place) => place.Owner == FirewallOwner.Ufw
        ? ("", place.Decision.Chain.Replace("ufw6", "ufw", StringComparison.Ordinal), place.Decision.Text.Replace("ufw6", "ufw", StringComparison.Ordinal))
        : (place.Decision.Table, place.Decision.Chain, place.Decision.Text);

    /// <summary>The clients of the links of which no client is let in: of each link the nearest, and those that the same rule keeps out.</summary>
    private static IEnumerable<KeptOutClient> KeptOutLinks(ExaminedQuestion question, Examination examination)
    {
        bool isWildcard = question.Question.Bind?.Endpoint.Address.UnmapIPv4().IsUnspecified == true;
        ImmutableArray<ClientVerdict>[] links =
        [
            .. examination.FirewallOf(question)
                .Where(client => !isWildcard || !IsPrivateLink(client.Client.Interface))
                .GroupBy(client => (client.Client.Interface.Index, client.Client.Address.IsIPv4))
                .Select(link => link.ToImmutableArray()),
        ];
        ImmutableArray<ClientVerdict>[] keptOut = [.. links.Where(link => link.All(client => client.IsKeptOut))];
        return keptOut.SelectMany(link => link.Where(client => client.Verdict.DecidedBy == link[0].Verdict.DecidedBy).Select(client => new KeptOutClient(question, client, keptOut.Length == links.Length)));
    }

    // Where the containers and virtual machines of this host live: a server that serves all addresses is not meant for them.
    private static bool IsPrivateLink(InterfaceRow link) =>
        ((string[])["docker", "veth", "virbr", "lxcbr", "lxdbr", "incusbr", "podman", "cni", "flannel", "cali", "vnet"]).Any(prefix => link.Name.StartsWith(prefix, StringComparison.Ordinal))
        || IsDockerNetwork(link.Name);

    // "br-" and the first twelve digits of the network's id. Routers call their LAN br-lan.
    private static bool IsDockerNetwork(string name) =>
        name.StartsWith("br-", StringComparison.Ordinal) && name.Length == 15 && name.Skip(3).All(char.IsAsciiHexDigitLower);

    private Finding Find(KeptOutClient[] found, Examination examination)
    {
        DecidingPlace place = found[0].Place!;
        ClientVerdict[] clients = [.. found.Select(client => client.Client)];
        FirewallVerdict verdict = clients[0].Verdict;
        string verb = verdict.Outcome == FirewallOutcome.Reject ? "rejects" : "drops";
        string links = string.Join(" and ", clients.Select(client => SafeText.Of(client.Client.Interface.Name)).Distinct());
        bool mayBypass = clients.Any(client => client.Verdict.Flow is { IPProtocol: 17, DestinationPort: DhcpServerPort });
        Remedy? remedy = FirewallRemedies.LetIn(clients, examination.Host);
        return new Finding
        {
            Issue = Info,
            Subject = $"{SafeText.Of(place.Decision.Text)} in chain {SafeText.Of(place.Decision.Chain)} of {SafeText.Of(place.Decision.Table)}",
            Summary = $"{OwnerName} {verb} the first packet of clients on {links} for {FirewallRemedies.ServicesOf(clients)}: they get no answer.",
            Certainty = mayBypass || verdict.Certainty != Certainty.Certain ? Certainty.Likely : Certainty.Certain,
            SeverityHere = found.Any(client => client.IsEveryLink) ? null : Severity.Warning,
            Questions = [.. found.Select(client => client.Question.Position).Distinct()],
            Evidence =
            [
                new Evidence { Table = "nftablesRules", Text = WordsOf(place) },
                .. clients.DistinctBy(client => client.Verdict.Flow.DestinationPort).Select(client => new Evidence { Table = "nftablesRules", Text = $"{FirewallEvaluator.TextOf(client.Verdict.Flow)} is {(client.Verdict.Outcome == FirewallOutcome.Reject ? "rejected" : "dropped")} at {client.Verdict.Hook}" }),
                .. mayBypass ? [new Evidence { Table = "nftablesRules", Text = "Not certain: a DHCP server that reads from the link itself (isc-dhcp-server, kea) gets requests before these rules." }] : ImmutableArray<Evidence>.Empty,
                .. verdict.Conditions.Concat(verdict.Unseen).Select(text => new Evidence { Table = "nftablesRules", Text = "Not certain: " + SafeText.Of(text) }),
            ],
            Remedies = remedy is null ? [] : [remedy],
        };
    }

    private static string WordsOf(DecidingPlace place)
    {
        string text = $"{SafeText.Of(place.Decision.Text)} (chain {SafeText.Of(place.Decision.Chain)} of {SafeText.Of(place.Decision.Table)}";
        return place.Decision.Handle is { } handle ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{text}, handle {handle})") : text + ")";
    }

    /// <summary>A client that is kept out, with the question it is of, and whether no link lets clients of that service in.</summary>
    private sealed record KeptOutClient(ExaminedQuestion Question, ClientVerdict Client, bool IsEveryLink)
    {
        public DecidingPlace? Place { get; init; }
    }
}
