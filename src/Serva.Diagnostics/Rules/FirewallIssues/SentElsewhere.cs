using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3011: a rule that translates addresses (DNAT, redirect) sends what comes for a service to another endpoint, so that its server never sees it.</summary>
internal sealed class SentElsewhere : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3011",
        Title = "A translation of addresses takes the service's packets away",
        Severity = Severity.Error,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.Nftables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        DependsOn = ["SD1027", "SD3005"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://wiki.nftables.org/wiki-nftables/index.php/Performing_Network_Address_Translation_(NAT)",
            "https://docs.docker.com/engine/network/packet-filtering-firewalls/",
            "https://github.com/moby/moby/issues/4737",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Question.Bind is not { } request)
                continue;
            ClientVerdict[] all = [.. examination.FirewallOf(question)];
            ClientVerdict[] taken = [.. all.Where(client => client.Verdict.TranslatedTo is { } target && !IsServed(target, client, request, examination.Host))];

            // Whoever asks about a port that Docker publishes most likely means the container, unless another server is there.
            if (taken.Length > 0 && taken[0].Verdict.TranslatedBy is { } rule && (!IsDockers(rule) || !question.OwnSockets.IsEmpty))
                yield return Find(question, taken, taken.Length == all.Length, rule, examination);
        }
    }

    // "redirect to :69" of a server that serves 69 on all addresses changes nothing about who gets it.
    private static bool IsServed(NetEndpoint target, ClientVerdict client, BindRequest request, HostSnapshot host)
    {
        NetAddress bound = request.Endpoint.Address.UnmapIPv4();
        return target.Port == request.Endpoint.Port
            && (bound.IsUnspecified ? host.Addresses.Any(row => row.Address.WithoutScope() == target.Address.WithoutScope()) : bound.WithoutScope() == target.Address.WithoutScope());
    }

    private Finding Find(ExaminedQuestion question, ClientVerdict[] taken, bool isEverybody, NftablesRuleRow rule, Examination examination)
    {
        HostSnapshot host = examination.Host;
        BindRequest request = question.Question.Bind!;
        FirewallVerdict verdict = taken[0].Verdict;
        NetEndpoint target = verdict.TranslatedTo!.Value;
        string links = string.Join(" and ", taken.Select(client => SafeText.Of(client.Client.Interface.Name)).Distinct());
        string where = $"chain {SafeText.Of(rule.Chain)} of {NftablesWords.Of(rule.Family)} {SafeText.Of(rule.Table)}";
        string handle = rule.Handle is { } number ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $", handle {number}") : "";
        return new Finding
        {
            Issue = Info,
            Subject = $"{SafeText.Of(rule.Text ?? NftablesWords.Of(rule))} in {where}",
            Summary = $"What comes by {links} for {FirewallRemedies.ServicesOf(taken)} is sent to {target} before any server here sees it: {HolderWords.Place(request)} gets nothing of it.",
            Certainty = verdict.Certainty == Certainty.Certain ? Certainty.Certain : Certainty.Likely,
            // Whoever has a redirection from one port to another on purpose serves the other.
            SeverityHere = isEverybody ? null : Severity.Warning,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "nftablesRules", Text = $"{SafeText.Of(rule.Text ?? NftablesWords.Of(rule))} ({where}{handle})" },
                new Evidence { Table = "nftablesRules", Text = $"{FirewallEvaluator.TextOf(verdict.Flow)} is sent to {target}" },
                .. verdict.Conditions.Concat(verdict.Unseen).Select(text => new Evidence { Table = "nftablesRules", Text = "Not certain: " + SafeText.Of(text) }),
            ],
            Remedies = [.. Remedies(request, rule, target, host)],
        };
    }

    private static IEnumerable<Remedy> Remedies(BindRequest request, NftablesRuleRow rule, NetEndpoint target, HostSnapshot host)
    {
        if (IsDockers(rule))
        {
            yield return AskerRemedy.Configure(
                $"Docker publishes the port for the container {target}: let your server or the container use another port (docker ps --filter publish={request.Endpoint.Port} names the container; docker stop ends it, docker start brings it back).",
                null,
                wayBack: "docker start, or the old port.");
            yield break;
        }

        yield return AskerRemedy.Configure(
            host.Addresses.Any(row => row.Address.WithoutScope() == target.Address.WithoutScope())
                ? $"Let your server bind {target}, where the rule sends its clients; or another port, which no rule takes."
                : "Let your server use another port, which no rule takes; or take the rule away where it is written, if nobody needs it any more.",
            null);
        if (Delete(rule, host) is { } remedy)
            yield return remedy;
    }

    private static bool IsDockers(NftablesRuleRow rule) => rule.Chain.StartsWith("DOCKER", StringComparison.Ordinal);

    // Of iptables, whose words are others, the rule is not offered for deletion.
    private static Remedy? Delete(NftablesRuleRow rule, HostSnapshot host)
    {
        string family = NftablesWords.Of(rule.Family);
        // In a table for both families nft wants to hear which one the address is of.
        string words = NftablesWords.Of(rule);
        if (rule.Family == NftablesFamily.Inet)
            words = words.Replace("dnat to", rule.Statements.Any(statement => statement.Values is [{ Prefix.Address.IsIPv6: true }, ..]) ? "dnat ip6 to" : "dnat ip to", StringComparison.Ordinal);
        if (rule.Comment is { } comment)
            words += $" comment \"{comment}\"";
        bool isIptables = rule.Chain is "PREROUTING" or "OUTPUT" || rule.Text is not null;
        if (isIptables || rule.Handle is not { } handle || !rule.Statements.All(IsWhole) || rule.Comment?.Contains('"', StringComparison.Ordinal) == true
            || CommandText.Sh(rule.Table) is not { } table || table != rule.Table || CommandText.Sh(rule.Chain) is not { } chain || chain != rule.Chain || CommandText.Sh(words) is not { } quoted)
        {
            return null;
        }

        // Where it stood among the others, unless nobody knows how the next one is called.
        NftablesRuleRow? next = host.NftablesRules.SkipWhile(row => !ReferenceEquals(row, rule)).Skip(1).FirstOrDefault(row => row.Family == rule.Family && row.Table == rule.Table && row.Chain == rule.Chain);
        if (next is { Handle: null })
            return null;
        string back = next is null
            ? $"nft add rule {family} {table} {chain} {quoted}"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nft insert rule {family} {table} {chain} handle {next.Handle} {quoted}");
        return new Remedy
        {
            Summary = "Take the rule away.",
            Change = new RemoveNftablesRule { Rule = rule },
            Apply = [Sh(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nft delete rule {family} {table} {chain} handle {handle}"))],
            Revert = [Sh(back)],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "Whoever gets these packets now gets none; connections that exist go on. A rule after it that fits the same packets takes its place. The rule comes back after a restart where it stands in a file, most likely /etc/nftables.conf.",
        };
    }

    // Of some statements the snapshot has the name alone: 'log' without its words.
    private static bool IsWhole(NftablesStatement statement) => statement is { Kind: NftablesStatementKind.Match, Fields.IsEmpty: false }
        or { Kind: NftablesStatementKind.DestinationNat or NftablesStatementKind.Redirect, Set: null, Fields.IsEmpty: true }
        or { Kind: NftablesStatementKind.NoEffect, Name: "counter" };

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
