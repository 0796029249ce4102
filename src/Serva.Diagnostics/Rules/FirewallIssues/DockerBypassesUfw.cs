using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3005: ufw denies a port, but Docker publishes it: what Docker translates is passed on and never asks ufw.</summary>
internal sealed class DockerBypassesUfw : KnownIssue
{
    private const string DockerChain = "DOCKER", UserChain = "DOCKER-USER";
    private const int MostLinks = 4;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3005",
        Title = "A port that Docker publishes is open although ufw denies it",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.Nftables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References = ["https://docs.docker.com/engine/network/packet-filtering-firewalls/", "https://manpages.debian.org/stable/ufw/ufw.8.en.html"],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        // Without Docker's translation the packet would be this host's, and ufw would be asked.
        Lazy<FirewallEvaluator> without = new(() => new FirewallEvaluator(examination.Host with
        {
            NftablesRules = examination.Host.NftablesRules.WithRows([.. examination.Host.NftablesRules.Where(row => !IsPublication(row))]),
        }));
        foreach (ExaminedQuestion question in examination.Questions)
        {
            ClientVerdict[] open = [.. examination.FirewallOf(question).Where(client => IsBypass(client.Verdict, without, examination.Host))];
            if (open.Length > 0)
                yield return Find(question, open, examination.Host);
        }
    }

    private static bool IsPublication(NftablesRuleRow row) =>
        row.Chain == DockerChain && row.Statements.Any(statement => statement.Kind == NftablesStatementKind.DestinationNat);

    private static bool IsBypass(FirewallVerdict verdict, Lazy<FirewallEvaluator> without, HostSnapshot host) =>
        verdict is { Outcome: FirewallOutcome.Accept, Hook: "forward", TranslatedTo: not null }
        && without.Value.Evaluate(verdict.Flow) is { Outcome: FirewallOutcome.Drop or FirewallOutcome.Reject } denied
        && DecidingPlace.Of(denied, host)?.Owner == FirewallOwner.Ufw;

    private Finding Find(ExaminedQuestion question, ClientVerdict[] open, HostSnapshot host)
    {
        FirewallVerdict verdict = open[0].Verdict;
        string service = FirewallRemedies.ServicesOf(open);
        string links = string.Join(" and ", open.Select(client => SafeText.Of(client.Client.Interface.Name)).Distinct());
        return new Finding
        {
            Issue = Info,
            Subject = $"{service} published by Docker",
            Summary = $"Clients on {links} reach {service} although ufw denies it: Docker sends the packets on to the container {verdict.TranslatedTo}, and ufw is never asked.",
            Certainty = verdict.Certainty,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "nftablesRules", Text = $"{FirewallEvaluator.TextOf(verdict.Flow)} is sent to {verdict.TranslatedTo} and passed on by {SafeText.Of(verdict.DecidedBy!.Text)} (chain {SafeText.Of(verdict.DecidedBy.Chain)} of {SafeText.Of(verdict.DecidedBy.Table)})" },
            ],
            Remedies =
            [
                .. Close(open, host) is { } remedy ? [remedy] : ImmutableArray<Remedy>.Empty,
                AskerRemedy.Configure(
                    string.Create(CultureInfo.InvariantCulture, $"If only this host is to reach it, publish it on loopback: docker run --publish 127.0.0.1:{verdict.Flow.DestinationPort}:{verdict.TranslatedTo!.Value.Port} ..., and start the container anew."),
                    null,
                    wayBack: "Publish it without the address again."),
            ],
        };
    }

    // Docker leaves this chain to the administrator, and asks it before its own.
    private static Remedy? Close(ClientVerdict[] open, HostSnapshot host)
    {
        var changes = new List<SnapshotChange>();
        var apply = new List<string>();
        var revert = new List<string>();
        HostSnapshot after = host;
        foreach (ClientVerdict client in open.DistinctBy(client => (client.Client.Interface.Index, client.Client.Address.IsIPv4)).Take(MostLinks))
        {
            NftablesFamily family = client.Client.Address.IsIPv4 ? NftablesFamily.IPv4 : NftablesFamily.IPv6;
            if (!host.NftablesChains.Any(row => row.Family == family && row is { Table: "filter", Name: UserChain }) || CommandText.Sh(client.Client.Interface.Name) is not { } link)
                return null;
            Flow flow = client.Verdict.Flow;
            string protocol = BindRequestText.NameOf((TransportProtocol)flow.IPProtocol!.Value);
            var change = new AddNftablesRule
            {
                Rule = new NftablesRuleRow
                {
                    Family = family,
                    Table = "filter",
                    Chain = UserChain,
                    Statements =
                    [
                        NftablesStatement.Is("meta iifname", new NftablesValue { Text = client.Client.Interface.Name }),
                        NftablesStatement.Is("meta l4proto", NftablesValue.Of(flow.IPProtocol.Value)),
                        NftablesStatement.Is("ct proto-dst", NftablesValue.Of((ulong)flow.DestinationPort)),
                        NftablesStatement.Say(NftablesVerdictKind.Drop),
                    ],
                },
                Before = host.NftablesRules.FirstOrDefault(row => row.Family == family && row is { Table: "filter", Chain: UserChain }),
            };
            string tool = family == NftablesFamily.IPv6 ? "ip6tables" : "iptables";
            string words = string.Create(CultureInfo.InvariantCulture, $"{UserChain} -i {link} -p {protocol} -m conntrack --ctdir ORIGINAL --ctorigdstport {flow.DestinationPort} -j DROP");
            after = after.With(change);
            changes.Add(change);
            apply.Add($"{tool} -I {words}");
            revert.Insert(0, $"{tool} -D {words}");
        }

        FirewallVerdict then = new FirewallEvaluator(after).Evaluate(open[0].Verdict.Flow);
        return then.Outcome != FirewallOutcome.Drop ? null : new Remedy
        {
            Summary = "Drop what comes for it in Docker's chain for the administrator's own rules.",
            Change = new SeveralChanges { Changes = [.. changes] },
            Apply = [.. apply.Select(Sh)],
            Revert = [.. revert.Select(Sh)],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = "Clients on that link reach the container no more. It is gone after a restart unless it is saved.",
            FirewallAfterwards = then,
        };
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
