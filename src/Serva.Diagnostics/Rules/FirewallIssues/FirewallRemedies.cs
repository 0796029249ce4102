using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>Lets the clients of services in, in the words of whoever owns the rules that keep them out. What is offered was simulated and helps.</summary>
internal static class FirewallRemedies
{
    // More rule sets and links, one behind the other, nobody has.
    private const int MostSteps = 16;

    /// <summary>One step: where the new rule stands, the change, the commands that make it and those that take it back.</summary>
    private sealed class Step(string place, SnapshotChange change, ImmutableArray<string> apply, ImmutableArray<string> revert)
    {
        /// <summary>Two steps of one place would be two rules that let in the same.</summary>
        public string Place => place;

        public SnapshotChange Change => change;

        public ImmutableArray<string> Apply => apply;

        public ImmutableArray<string> Revert => revert;
    }

    /// <summary>What is to be let in: the packet that was judged, and those to the other ports.</summary>
    private sealed class Wanted(FirewallVerdict verdict, string link, PortSpan? ports, HostSnapshot host)
    {
        public FirewallVerdict Verdict => verdict;

        public Flow Flow => verdict.Flow;

        /// <summary>The interface of the client.</summary>
        public string Link => link;

        /// <summary>The host before any step.</summary>
        public HostSnapshot Host => host;

        public string Protocol => ProtocolOf(verdict.Flow);

        public PortSpan Ports { get; } = ports ?? new PortSpan(verdict.Flow.DestinationPort, verdict.Flow.DestinationPort);

        /// <summary>Protocol and ports, which tell one step of a place from another.</summary>
        public string Subject => $"{Protocol} {Text('-')}";

        /// <summary>The ports as a program writes them, a sign between the first and the last.</summary>
        public string Text(char sign) => TextOf(Ports, sign);

        public ImmutableArray<NftablesStatement> Accept => AcceptOf(Ports);

        public ImmutableArray<NftablesStatement> AcceptOf(PortSpan span) =>
        [
            NftablesStatement.Is("meta l4proto", NftablesValue.Of(Flow.IPProtocol ?? 6u)),
            NftablesStatement.Is($"{Protocol} dport", span.Count == 1 ? NftablesValue.Of((ulong)span.First) : new NftablesValue { First = (ulong)span.First, Last = (ulong)span.Last }),
            NftablesStatement.Say(NftablesVerdictKind.Accept),
        ];
    }

    /// <summary>The remedy; null when no rule that could be added helps.</summary>
    /// <param name="keptOut">The clients that are kept out; at least one.</param>
    /// <param name="host">The host.</param>
    /// <param name="ports">The ports to let in, those of the clients among them; null for each client's own.</param>
    /// <param name="risk">What letting them in may break.</param>
    /// <param name="others">Who listens there besides the server.</param>
    public static Remedy? LetIn(IReadOnlyList<ClientVerdict> keptOut, HostSnapshot host, PortSpan? ports = null, RemedyRisk risk = RemedyRisk.Low, params ReadOnlySpan<string> others)
    {
        if (Steps(keptOut, Seen(host), ports) is not { Length: > 0 } steps)
            return null;
        SnapshotChange change = steps.Length == 1 ? steps[0].Change : new SeveralChanges { Changes = [.. steps.Select(step => step.Change)] };
        return new Remedy
        {
            Summary = $"Let in what comes for {(ports is { } span ? ExaminedPool.Words((TransportProtocol)(keptOut[0].Verdict.Flow.IPProtocol ?? 6), span) : ServicesOf(keptOut))}.",
            Change = change,
            Apply = [.. steps.SelectMany(step => step.Apply).Select(Sh)],
            Revert = [.. Enumerable.Reverse(steps).SelectMany(step => step.Revert).Select(Sh)],
            NeedsElevation = true,
            Risk = risk,
            Consequence = ConsequenceOf(keptOut, host, isRange: ports is not null) + (others.IsEmpty ? "" : $" Besides your server these listen there: {string.Join(", ", others)}."),
            FirewallAfterwards = new FirewallEvaluator(host.With(change)).Evaluate(keptOut[0].Verdict.Flow),
        };
    }

    // Rule by rule, until each client is let in. Where the place of an earlier step decides again, the new rule has to stand before that.
    private static Step[]? Steps(IReadOnlyList<ClientVerdict> keptOut, HostSnapshot host, PortSpan? ports)
    {
        var steps = new List<Step>();
        for (int i = 0; i < MostSteps; i++)
        {
            HostSnapshot after = After(host, steps);
            var firewall = new FirewallEvaluator(after);
            if (keptOut.Select(client => (Client: client, Verdict: firewall.Evaluate(client.Verdict.Flow))).FirstOrDefault(client => client.Verdict.Outcome != FirewallOutcome.Accept) is not { Client: { } client } found)
                return [.. steps];
            if (StepFor(found.Verdict, client, ports, host, after) is not { } step)
                return null;
            if (steps.FindIndex(other => other.Place == step.Place) is >= 0 and var earlier)
            {
                // Those after it counted on it: they are found again.
                steps.RemoveRange(earlier, steps.Count - earlier);
                after = After(host, steps);
                if (StepFor(new FirewallEvaluator(after).Evaluate(client.Verdict.Flow), client, ports, host, after) is not { } instead)
                    return null;
                step = instead;
            }

            steps.Add(step);
        }

        return null;
    }

    private static HostSnapshot After(HostSnapshot host, List<Step> steps) => steps.Aggregate(host, (after, step) => after.With(step.Change));

    // Rules that nobody saw may keep the client out too: the remedy says so, and is right about those that were seen.
    private static HostSnapshot Seen(HostSnapshot host) => host with
    {
        NftablesRules = Table<NftablesRuleRow>.Complete([.. host.NftablesRules], host.NftablesRules.Source!),
        NftablesChains = Table<NftablesChainRow>.Complete([.. host.NftablesChains], host.NftablesChains.Source!),
    };

    /// <summary>Services by protocol and port: <c>udp 69 and tcp 80</c>.</summary>
    public static string ServicesOf(IEnumerable<ClientVerdict> clients) => string.Join(" and ", clients
        .Select(client => client.Verdict.Flow)
        .Select(flow => string.Create(CultureInfo.InvariantCulture, $"{ProtocolOf(flow)} {flow.DestinationPort}"))
        .Distinct());

    private static Step? StepFor(FirewallVerdict verdict, ClientVerdict client, PortSpan? ports, HostSnapshot before, HostSnapshot host)
    {
        // Behind a translation the packet is another one, and meant for another host.
        if (verdict.TranslatedTo is not null || verdict.Outcome is not (FirewallOutcome.Drop or FirewallOutcome.Reject) || DecidingPlace.Of(verdict, host) is not { } place)
            return null;
        var wanted = new Wanted(verdict, client.Client.Interface.Name, ports, before);
        return place.Owner switch
        {
            FirewallOwner.Ufw => Ufw(place, wanted, host),
            FirewallOwner.Firewalld => Firewalld(place, wanted, host),
            FirewallOwner.Iptables => Iptables(place, wanted, host),
            FirewallOwner.Nftables => Nftables(place, wanted, host),
            _ => null,
        };
    }

    // "ufw allow" stands behind the user's other rules. A rule about these very ports ufw does not write a second time, nor move: it
    // skips the command, or turns that rule round and forgets its comment. A rule for one link is another one, and can be taken away again.
    private static Step? Ufw(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        bool isUsers = place.Rule?.Chain == place.UfwChain;
        NftablesRuleRow[] chains = [.. UfwChains(place, host)];
        bool isThere = chains.Any(chain => wanted.Host.NftablesRules.Any(row => IsIn(chain, row) && IsAbout(row, wanted)));
        string? link = CommandText.Sh(wanted.Link);
        if (isThere && (link is null || chains.Any(chain => wanted.Host.NftablesRules.Any(row => IsIn(chain, row) && IsOn(wanted.Link, row) && IsAbout(row with { Statements = row.Statements.RemoveAll(IsLink) }, wanted)))))
            return null;
        string words = isThere ? $"allow in on {link} to any port {wanted.Text(':')} proto {wanted.Protocol}" : $"allow {wanted.Text(':')}/{wanted.Protocol}";
        ImmutableArray<NftablesStatement> accept = isThere ? [NftablesStatement.Is("meta iifname", new NftablesValue { Text = wanted.Link }), .. wanted.Accept] : wanted.Accept;
        SnapshotChange[] added = [.. chains.Select(chain => new AddNftablesRule { Rule = chain with { Statements = accept }, Before = isUsers ? host.NftablesRules.FirstOrDefault(row => IsIn(chain, row)) : null })];
        return new Step(
            isThere ? $"ufw, {wanted.Subject} on {link}" : $"ufw, {wanted.Subject}",
            new SeveralChanges { Changes = [.. added] },
            [isUsers ? $"ufw insert 1 {words}" : $"ufw {words}"],
            [$"ufw delete {words}"]);
    }

    private static bool IsLink(NftablesStatement statement) => statement is { Kind: NftablesStatementKind.Match, Fields: [{ Name: "meta iifname" }] };

    private static bool IsOn(string link, NftablesRuleRow row) => row.Statements.Any(statement => IsLink(statement) && statement.Elements is [{ Key: [{ Text: { } name }] }] && name == link);

    // One command writes the rule for both families.
    private static IEnumerable<NftablesRuleRow> UfwChains(DecidingPlace place, HostSnapshot host) => host.NftablesChains
        .Where(row => row.Table == place.Table && row.Name == DecidingPlace.UfwChainOf(row.Family))
        .Select(row => new NftablesRuleRow { Family = row.Family, Table = row.Table, Chain = row.Name });

    // Each zone has a chain for what it lets in; only the simulation knows which zone the client is in. What is permanent may say
    // more than what runs, and nothing here shows it: a way back that removed it there could remove what was there before. Nor may
    // it take away what the zone lets in already: firewalld makes one range of what overlaps, and removes all of it.
    private static Step? Firewalld(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        const string prefix = "filter_IN_", suffix = "_allow";
        foreach (NftablesChainRow chain in host.NftablesChains)
        {
            if (chain.Family != place.Family || chain.Table != place.Table || chain.Name.Length <= prefix.Length + suffix.Length
                || !chain.Name.StartsWith(prefix, StringComparison.Ordinal) || !chain.Name.EndsWith(suffix, StringComparison.Ordinal)
                || chain.Name.StartsWith(prefix + "policy_", StringComparison.Ordinal))
            {
                continue;
            }

            NftablesRuleRow rule = RuleIn(chain.Family, chain.Table, chain.Name, wanted);
            PortSpan[] missing = [.. Missing(wanted, host.NftablesRules.Where(row => IsIn(rule, row)))];
            var change = new SeveralChanges { Changes = [.. missing.Select(span => new AddNftablesRule { Rule = rule with { Statements = wanted.AcceptOf(span) } })] };
            string zone = chain.Name[prefix.Length..^suffix.Length];
            if (new FirewallEvaluator(host.With(change)).Evaluate(wanted.Flow).Outcome != FirewallOutcome.Accept || CommandText.Sh(zone) is not { } name)
                continue;
            return new Step(
                $"firewalld {zone}, {wanted.Subject}",
                change,
                [.. missing.Select(span => $"firewall-cmd --zone={name} --add-port={TextOf(span, '-')}/{wanted.Protocol}")],
                [.. missing.Select(span => $"firewall-cmd --zone={name} --remove-port={TextOf(span, '-')}/{wanted.Protocol}")]);
        }

        return null;
    }

    // The wanted ports without those that plain rules of the chain accept.
    private static IEnumerable<PortSpan> Missing(Wanted wanted, IEnumerable<NftablesRuleRow> rules)
    {
        int next = wanted.Ports.First;
        foreach (PortSpan open in rules.Select(rule => OpenIn(rule, wanted)).OfType<PortSpan>().OrderBy(span => span.First))
        {
            if (open.First > wanted.Ports.Last)
                break;
            if (open.First > next)
                yield return new PortSpan(next, open.First - 1);
            next = Math.Max(next, open.Last + 1);
        }

        if (next <= wanted.Ports.Last)
            yield return new PortSpan(next, wanted.Ports.Last);
    }

    private static PortSpan? OpenIn(NftablesRuleRow rule, Wanted wanted) => Accepts(rule) ? PortsOf(rule, wanted) : null;

    private static Step? Iptables(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        if (Spot(place, wanted, host) is not { } change || CommandText.Sh(change.Rule.Chain) is not { } chain || CommandText.Sh(place.Table) is not { } name)
            return null;
        string tool = place.Family == NftablesFamily.IPv6 ? "ip6tables" : "iptables";
        string table = place.Table == "filter" ? "" : $" -t {name}";
        string words = $"-p {wanted.Protocol} --dport {wanted.Text(':')} -j ACCEPT";
        int number = 1 + host.NftablesRules.Where(row => IsIn(change.Rule, row)).TakeWhile(row => row != change.Before).Count();
        string where = change.Before is null ? $"-A {chain}" : string.Create(CultureInfo.InvariantCulture, $"-I {chain} {number}");

        // -D takes the first that reads so, which is the new one: it stands before what decided.
        bool isThere = host.NftablesRules.TakeWhile(row => row != change.Before).Any(row => IsIn(change.Rule, row) && row.Statements.SequenceEqual(change.Rule.Statements));
        return isThere ? null : new Step($"{tool}{table} {chain}, {wanted.Subject}", change, [$"{tool}{table} {where} {words}"], [$"{tool}{table} -D {chain} {words}"]);
    }

    // The kernel names the new rule by a handle that nobody knows yet: its comment finds it again.
    private static Step? Nftables(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        // The names stand inside of quotes, and nft itself knows only plain ones.
        if (Spot(place, wanted, host) is not { } change || change.Before is { Handle: null } || !IsPlain(place.Table) || !IsPlain(change.Rule.Chain))
            return null;

        // Another remedy may have left such a rule there, in its file too: each is called after what it stands before.
        string subject = $"serva-diag {wanted.Subject}{(change.Before?.Handle is { } next ? string.Create(CultureInfo.InvariantCulture, $" before {next}") : "")}";
        string comment = subject;
        for (int i = 2; host.NftablesRules.Any(row => IsIn(change.Rule, row) && row.Comment == comment); i++)
            comment = string.Create(CultureInfo.InvariantCulture, $"{subject} no {i}");
        string where = $"{NftablesWords.Of(place.Family)} {place.Table} {change.Rule.Chain}";
        string verb = change.Before?.Handle is { } handle ? string.Create(CultureInfo.InvariantCulture, $"insert rule {where} handle {handle}") : $"add rule {where}";
        return new Step(
            $"{where}, {wanted.Subject}",
            change with { Rule = change.Rule with { Comment = comment } },
            [$"nft '{verb} {wanted.Protocol} dport {wanted.Text('-')} accept comment \"{comment}\"'"],
            [$"nft -a list chain {where} | sed -n 's/.*comment \"{comment}\" # handle //p' | xargs nft delete rule {where} handle"]);
    }

    /// <summary>
    /// Where a rule that lets in stands best: before the one that decides, or where the policy is. A chain that several rules lead
    /// to, or that lets nobody in (one that logs and drops, say), is no place for it: then before the rule of the base chain that leads there.
    /// </summary>
    private static AddNftablesRule? Spot(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        FirewallVerdict verdict = wanted.Verdict;
        if (place.Rule is null && !place.Decision.IsPolicy)
            return null;
        NftablesRuleRow[] rules = [.. host.NftablesRules.Where(row => row.Family == place.Family && row.Table == place.Table)];
        var own = new AddNftablesRule { Rule = RuleIn(place.Family, place.Table, place.Decision.Chain, wanted), Before = place.Rule };
        int leading = rules.Count(row => LeadsTo(row, place.Decision.Chain));
        if (place.Decision.IsPolicy || leading == 0 || (leading == 1 && rules.Any(row => row.Chain == place.Decision.Chain && Accepts(row))))
            return own;
        foreach (NftablesChainRow chain in host.NftablesChains)
        {
            if (chain.Family != place.Family || chain.Table != place.Table || NftablesWords.Of(chain.Hook) != verdict.Hook)
                continue;

            // Before the rule that leads there a rule helps, and anywhere before that; behind it none does.
            NftablesRuleRow[] of = [.. rules.Where(row => row.Chain == chain.Name)];
            int helps = -1, not = of.Length;
            while (not - helps > 1)
            {
                int middle = helps + ((not - helps) / 2);
                if (Helps(middle))
                    helps = middle;
                else
                    not = middle;
            }

            if (helps >= 0)
                return At(helps);

            bool Helps(int number) => new FirewallEvaluator(host.With(At(number))).Evaluate(verdict.Flow) is var then
                && (then.Outcome == FirewallOutcome.Accept || then.DecidedBy != verdict.DecidedBy);

            AddNftablesRule At(int number) => own with { Rule = own.Rule with { Chain = chain.Name }, Before = of[number] };
        }

        return null;
    }

    private static bool LeadsTo(NftablesRuleRow rule, string chain) => rule.Statements.Any(statement =>
        statement.Verdict?.Chain == chain || statement.Elements.Any(element => element.Verdict?.Chain == chain));

    private static bool Accepts(NftablesRuleRow rule) => rule.Statements.Any(statement =>
        statement.Verdict?.Kind == NftablesVerdictKind.Accept || statement.Elements.Any(element => element.Verdict?.Kind == NftablesVerdictKind.Accept));

    private static string ConsequenceOf(IEnumerable<ClientVerdict> keptOut, HostSnapshot host, bool isRange)
    {
        FirewallOwner owner = keptOut.Select(client => DecidingPlace.Of(client.Verdict, host)?.Owner ?? FirewallOwner.None).First();
        string everybody = $"Everybody who reaches this host reaches {(isRange ? "whoever listens on these ports" : "the service")} then.";
        return owner switch
        {
            FirewallOwner.Iptables => everybody + " It is gone after a restart unless it is saved, for example by netfilter-persistent save.",
            FirewallOwner.Nftables => everybody + " It is gone after a restart unless it is written into the rules' file, most likely /etc/nftables.conf.",
            FirewallOwner.Firewalld => everybody + " It is gone when firewalld is reloaded, unless the command is typed with --permanent too.",
            _ => everybody,
        };
    }

    private static bool IsPlain(string name) => CommandText.Sh(name) == name;

    /// <summary>Whether a rule looks at these ports and nothing else, as a user of ufw writes it.</summary>
    private static bool IsAbout(NftablesRuleRow rule, Wanted wanted) => PortsOf(rule, wanted) == wanted.Ports;

    /// <summary>The ports of a rule that looks at them, and perhaps at the protocol, and at nothing else; null for any other.</summary>
    private static PortSpan? PortsOf(NftablesRuleRow rule, Wanted wanted)
    {
        PortSpan? ports = null;
        foreach (NftablesStatement statement in rule.Statements)
        {
            if (statement.Kind != NftablesStatementKind.Match)
                continue;
            if (statement is not { Operator: NftablesOperator.Equal, Set: null, Fields: [{ Mask: null } field], Elements: [{ Key: [{ First: { } first } value] }] })
                return null;
            if (field.Name is "meta l4proto" or "ip protocol" or "ip6 nexthdr")
            {
                if (first != wanted.Flow.IPProtocol || value.Last is not null)
                    return null;
            }
            else if (field.Name == $"{wanted.Protocol} dport" || field.Name == "th dport")
            {
                ports = new PortSpan((int)Math.Min(first, ushort.MaxValue), (int)Math.Min(value.Last ?? first, ushort.MaxValue));
            }
            else if (!IsNewState(field, first))
            {
                return null;
            }
        }

        return ports;
    }

    // firewalld writes "ct state { new, untracked }" behind its ports, older ones "ct state new,untracked".
    private static bool IsNewState(NftablesField field, ulong states) => field.Name == "ct state" && (states & 8) != 0;

    private static string TextOf(PortSpan span, char sign) => span.Count == 1
        ? span.First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{span.First}{sign}{span.Last}");

    private static NftablesRuleRow RuleIn(NftablesFamily family, string table, string chain, Wanted wanted) =>
        new() { Family = family, Table = table, Chain = chain, Statements = wanted.Accept };

    private static bool IsIn(NftablesRuleRow chain, NftablesRuleRow row) => row.Family == chain.Family && row.Table == chain.Table && row.Chain == chain.Chain;

    private static string ProtocolOf(Flow flow) => BindRequestText.NameOf((TransportProtocol)(flow.IPProtocol ?? 6));

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
