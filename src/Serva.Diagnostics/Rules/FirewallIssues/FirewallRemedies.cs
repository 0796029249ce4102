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
    // More rule sets, one behind the other, nobody has.
    private const int MostRules = 4;

    /// <summary>One step: the change, the command that makes it and the one that takes it back.</summary>
    private sealed class Step(SnapshotChange change, ImmutableArray<string> apply, ImmutableArray<string> revert)
    {
        public SnapshotChange Change => change;

        public ImmutableArray<string> Apply => apply;

        public ImmutableArray<string> Revert => revert;
    }

    /// <summary>What is to be let in: the packet that was judged, and those to the other ports.</summary>
    private sealed class Wanted(FirewallVerdict verdict, PortSpan? ports)
    {
        private readonly PortSpan _ports = ports ?? new PortSpan(verdict.Flow.DestinationPort, verdict.Flow.DestinationPort);

        public FirewallVerdict Verdict => verdict;

        public Flow Flow => verdict.Flow;

        public string Protocol => ProtocolOf(verdict.Flow);

        public bool IsOnePort => _ports.Count == 1;

        /// <summary>The ports as a program writes them, a sign between the first and the last.</summary>
        public string Ports(char sign) => IsOnePort ? Number(_ports.First) : $"{Number(_ports.First)}{sign}{Number(_ports.Last)}";

        public ImmutableArray<NftablesStatement> Accept =>
        [
            NftablesStatement.Is("meta l4proto", NftablesValue.Of(Flow.IPProtocol ?? 6u)),
            NftablesStatement.Is($"{Protocol} dport", IsOnePort ? NftablesValue.Of((ulong)_ports.First) : new NftablesValue { First = (ulong)_ports.First, Last = (ulong)_ports.Last }),
            NftablesStatement.Say(NftablesVerdictKind.Accept),
        ];

        private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The remedy; null when no rule that could be added helps.</summary>
    /// <param name="keptOut">The clients that are kept out; at least one.</param>
    /// <param name="host">The host.</param>
    /// <param name="ports">The ports to let in, those of the clients among them; null for each client's own.</param>
    public static Remedy? LetIn(IReadOnlyList<ClientVerdict> keptOut, HostSnapshot host, PortSpan? ports = null)
    {
        var steps = new List<Step>();
        HostSnapshot after = Seen(host);
        foreach (ClientVerdict client in keptOut)
        {
            FirewallVerdict verdict = new FirewallEvaluator(after).Evaluate(client.Verdict.Flow);
            for (int i = 0; verdict.Outcome is FirewallOutcome.Drop or FirewallOutcome.Reject; i++)
            {
                if (i == MostRules || DecidingPlace.Of(verdict, after) is not { } place || StepFor(place, new Wanted(verdict, ports), client.Client.Interface.Name, after) is not { } step)
                    return null;
                after = after.With(step.Change);
                steps.Add(step);
                verdict = new FirewallEvaluator(after).Evaluate(client.Verdict.Flow);
            }

            if (verdict.Outcome != FirewallOutcome.Accept)
                return null;
        }

        if (steps.Count == 0)
            return null;
        SnapshotChange change = steps.Count == 1 ? steps[0].Change : new SeveralChanges { Changes = [.. steps.Select(step => step.Change)] };
        return new Remedy
        {
            Summary = $"Let in what comes for {(ports is { } span ? ExaminedPool.Words((TransportProtocol)(keptOut[0].Verdict.Flow.IPProtocol ?? 6), span) : ServicesOf(keptOut))}.",
            Change = change,
            Apply = [.. steps.SelectMany(step => step.Apply).Distinct().Select(Sh)],
            Revert = [.. Enumerable.Reverse(steps).SelectMany(step => step.Revert).Distinct().Select(Sh)],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = ConsequenceOf(keptOut, host, isRange: ports is not null),
            FirewallAfterwards = new FirewallEvaluator(host.With(change)).Evaluate(keptOut[0].Verdict.Flow),
        };
    }

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

    private static Step? StepFor(DecidingPlace place, Wanted wanted, string link, HostSnapshot host)
    {
        // Behind a translation the packet is another one, and meant for another host.
        if (wanted.Verdict.TranslatedTo is not null)
            return null;
        return place.Owner switch
        {
            FirewallOwner.Ufw => Ufw(place, wanted, link, host),
            FirewallOwner.Firewalld => Firewalld(place, wanted, host),
            FirewallOwner.Iptables => Iptables(place, wanted, host),
            FirewallOwner.Nftables => Nftables(place, wanted, host),
            _ => null,
        };
    }

    // "ufw allow" stands behind the user's other rules. One that already says the opposite of this port it turns round where it is.
    private static Step? Ufw(DecidingPlace place, Wanted wanted, string link, HostSnapshot host)
    {
        Flow flow = wanted.Flow;
        string service = $"{wanted.Ports(':')}/{wanted.Protocol}";
        bool isUsers = place.Rule?.Chain == place.UfwChain;
        bool isOpposite = isUsers && wanted.IsOnePort && IsAboutPort(place.Rule!, flow);
        if (isOpposite && IsAboutBothProtocols(place.Rule!, flow, host))
            return UfwOn(link, place, wanted, host);
        if (isOpposite)
        {
            string word = place.Decision.Text.Contains("REJECT", StringComparison.OrdinalIgnoreCase) ? "reject" : "deny";
            SnapshotChange[] turned = [.. UfwChains(place, host).SelectMany(chain => Turn(chain, wanted, host))];
            return new Step(new SeveralChanges { Changes = [.. turned] }, [$"ufw allow {service}"], [$"ufw {word} {service}"]);
        }

        SnapshotChange[] added = [.. UfwChains(place, host).Select(chain => new AddNftablesRule
        {
            Rule = chain with { Statements = wanted.Accept },
            Before = isUsers ? host.NftablesRules.FirstOrDefault(row => IsIn(chain, row)) : null,
        })];
        return new Step(new SeveralChanges { Changes = [.. added] }, [isUsers ? $"ufw insert 1 allow {service}" : $"ufw allow {service}"], [$"ufw delete allow {service}"]);
    }

    // "ufw deny 69" and "ufw deny 69/tcp" with "ufw deny 69/udp" write the same rules, and what turns the one round does nothing to
    // the other. A rule for one link is neither's: it can be put first, and taken away again.
    private static Step? UfwOn(string link, DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        if (CommandText.Sh(link) is not { } name)
            return null;
        string words = $"allow in on {name} to any port {wanted.Ports(':')} proto {wanted.Protocol}";
        SnapshotChange[] added = [.. UfwChains(place, host).Select(chain => new AddNftablesRule
        {
            Rule = chain with { Statements = [NftablesStatement.Is("meta iifname", new NftablesValue { Text = link }), .. wanted.Accept] },
            Before = host.NftablesRules.FirstOrDefault(row => IsIn(chain, row)),
        })];
        return new Step(new SeveralChanges { Changes = [.. added] }, [$"ufw insert 1 {words}"], [$"ufw delete {words}"]);
    }

    private static bool IsAboutBothProtocols(NftablesRuleRow rule, Flow flow, HostSnapshot host)
    {
        Flow other = flow with { IPProtocol = (byte)(flow.IPProtocol == (byte)TransportProtocol.Udp ? TransportProtocol.Tcp : TransportProtocol.Udp) };
        return host.NftablesRules.Any(row => IsIn(rule, row) && IsAboutPort(row, other));
    }

    // One command writes the rule for both families.
    private static IEnumerable<NftablesRuleRow> UfwChains(DecidingPlace place, HostSnapshot host) => host.NftablesChains
        .Where(row => row.Table == place.Table && row.Name == DecidingPlace.UfwChainOf(row.Family))
        .Select(row => new NftablesRuleRow { Family = row.Family, Table = row.Table, Chain = row.Name });

    private static IEnumerable<SnapshotChange> Turn(NftablesRuleRow chain, Wanted wanted, HostSnapshot host)
    {
        foreach (NftablesRuleRow rule in host.NftablesRules.Where(row => IsIn(chain, row) && IsAboutPort(row, wanted.Flow)))
        {
            yield return new AddNftablesRule { Rule = chain with { Statements = wanted.Accept }, Before = rule };
            yield return new RemoveNftablesRule { Rule = rule };
        }
    }

    // Each zone has a chain for what it lets in; only the simulation knows which zone the client is in. What is permanent may say
    // more than what runs, and nothing here shows it: a way back that removed it there could remove what was there before.
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

            var change = new AddNftablesRule { Rule = RuleIn(chain.Family, chain.Table, chain.Name, wanted) };
            string zone = chain.Name[prefix.Length..^suffix.Length];
            if (new FirewallEvaluator(host.With(change)).Evaluate(wanted.Flow).Outcome != FirewallOutcome.Accept || CommandText.Sh(zone) is not { } name)
                continue;
            string port = $"{wanted.Ports('-')}/{wanted.Protocol}";
            return new Step(
                change,
                [$"firewall-cmd --zone={name} --add-port={port}"],
                [$"firewall-cmd --zone={name} --remove-port={port}"]);
        }

        return null;
    }

    private static Step? Iptables(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        if (Spot(place, wanted, host) is not { } change || CommandText.Sh(change.Rule.Chain) is not { } chain || CommandText.Sh(place.Table) is not { } name)
            return null;
        string tool = place.Family == NftablesFamily.IPv6 ? "ip6tables" : "iptables";
        string table = place.Table == "filter" ? "" : $" -t {name}";
        string words = $"-p {wanted.Protocol} --dport {wanted.Ports(':')} -j ACCEPT";
        int number = 1 + host.NftablesRules.Where(row => IsIn(change.Rule, row)).TakeWhile(row => row != change.Before).Count();
        string where = change.Before is null ? $"-A {chain}" : string.Create(CultureInfo.InvariantCulture, $"-I {chain} {number}");
        return new Step(change, [$"{tool}{table} {where} {words}"], [$"{tool}{table} -D {chain} {words}"]);
    }

    // The kernel names the new rule by a handle that nobody knows yet: its comment finds it again.
    private static Step? Nftables(DecidingPlace place, Wanted wanted, HostSnapshot host)
    {
        // The names stand inside of quotes, and nft itself knows only plain ones.
        if (Spot(place, wanted, host) is not { } change || change.Before is { Handle: null } || !IsPlain(place.Table) || !IsPlain(change.Rule.Chain))
            return null;

        string service = $"{wanted.Protocol} dport {wanted.Ports('-')}", comment = $"serva-diag {wanted.Protocol} {wanted.Ports('-')}";
        string where = $"{NftablesWords.Of(place.Family)} {place.Table} {change.Rule.Chain}";
        string verb = change.Before?.Handle is { } handle ? string.Create(CultureInfo.InvariantCulture, $"insert rule {where} handle {handle}") : $"add rule {where}";
        return new Step(
            change with { Rule = change.Rule with { Comment = comment } },
            [$"nft '{verb} {service} accept comment \"{comment}\"'"],
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

    /// <summary>Whether a rule looks at this port and nothing else, as a user of ufw writes it.</summary>
    private static bool IsAboutPort(NftablesRuleRow rule, Flow flow) => rule.Statements
        .Where(statement => statement.Kind == NftablesStatementKind.Match)
        .All(statement => statement is { Operator: NftablesOperator.Equal, Set: null, Fields: [{ Mask: null } field], Elements: [{ Key: [{ } value] }] }
            && (field.Name is "meta l4proto" or "ip protocol" or "ip6 nexthdr" ? value.First == flow.IPProtocol
                : field.Name.EndsWith(" dport", StringComparison.Ordinal) && value is { Last: null } && value.First == (ulong)flow.DestinationPort))
        && rule.Statements.Any(statement => statement.Fields is [{ } field] && field.Name.EndsWith(" dport", StringComparison.Ordinal));

    private static NftablesRuleRow RuleIn(NftablesFamily family, string table, string chain, Wanted wanted) =>
        new() { Family = family, Table = table, Chain = chain, Statements = wanted.Accept };

    private static bool IsIn(NftablesRuleRow chain, NftablesRuleRow row) => row.Family == chain.Family && row.Table == chain.Table && row.Chain == chain.Chain;

    private static string ProtocolOf(Flow flow) => BindRequestText.NameOf((TransportProtocol)(flow.IPProtocol ?? 6));

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
