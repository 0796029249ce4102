using System;
using System.Collections.Generic;
using System.Globalization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>The packet of a lookup: what rules and routes select by.</summary>
internal struct LinuxFlow
{
    public UInt128 Destination;

    /// <summary>0 for none.</summary>
    public UInt128 Source;

    /// <summary>The name of the interface it arrives on; <c>lo</c> for a packet that this host makes.</summary>
    public string Input;

    public LinuxDevice? Output;
    public uint Mark;
    public byte TypeOfService;

    /// <summary>Null for a packet of no user, which matches no range of users.</summary>
    public uint? UserId;

    public byte Protocol;
    public int SourcePort;
    public int DestinationPort;

    /// <summary>The smallest scope that a route may have; 0 for any.</summary>
    public int Scope;
}

/// <summary>How a lookup ends that finds no way.</summary>
/// <param name="Outcome">What becomes of the packet.</param>
/// <param name="Error">The error of a socket call.</param>
internal sealed record LinuxRefusal(RouteOutcome Outcome, string Error)
{
    public static readonly LinuxRefusal
        Blackhole = new(RouteOutcome.Blackhole, "EINVAL"),
        Unreachable = new(RouteOutcome.Unreachable, "EHOSTUNREACH"),
        UnreachableByRule = new(RouteOutcome.Unreachable, "ENETUNREACH"),
        Prohibited = new(RouteOutcome.Prohibited, "EACCES"),
        NoRoute = new(RouteOutcome.NoRoute, "ENETUNREACH"),
        NoHostRoute = new(RouteOutcome.NoRoute, "EHOSTUNREACH"),
        InvalidSource = new(RouteOutcome.InvalidSource, "EINVAL"),
        ForeignSource = new(RouteOutcome.InvalidSource, "ENETUNREACH"),
        NoSource = new(RouteOutcome.InvalidSource, "EADDRNOTAVAIL"),
        InvalidDestination = new(RouteOutcome.InvalidDestination, "EINVAL"),
        MappedDestination = new(RouteOutcome.InvalidDestination, "ENETUNREACH"),
        DeviceDown = new(RouteOutcome.NoRoute, "ENETUNREACH"),
        NoDevice = new(RouteOutcome.InvalidDestination, "ENODEV"),
        NotModelled = new(RouteOutcome.Undetermined, "EOPNOTSUPP"),

        // The table does not say: the next rule is asked.
        Again = new(RouteOutcome.Undetermined, "EAGAIN"),

        // The route does not fit: the next one is asked.
        NotThis = new(RouteOutcome.Undetermined, "ENOENT");

    /// <summary>How a route refuses a packet; null for one that sends it.</summary>
    public static LinuxRefusal? Of(LinuxRoute route, RouteNotes? notes)
    {
        (LinuxRefusal? refusal, string code, string what) = route.Kind switch
        {
            RouteKind.Blackhole => (Blackhole, "route.refuses", "drops it"),
            RouteKind.Unreachable => (Unreachable, "route.refuses", "refuses it"),
            RouteKind.Prohibit => (Prohibited, "route.refuses", "prohibits it"),
            RouteKind.Throw => (Again, "route.throw", "ends the search in this table"),
            _ => (null, "", ""),
        };
        if (refusal is not null)
            notes?.Add(code, $"{RouteWords.Of(route)} {what}", "routes", RouteWords.Of(route));
        return refusal;
    }
}

/// <summary>What a lookup in tables gives: a refusal, or a route and the next hop that was found first.</summary>
internal readonly record struct LinuxMatch(LinuxRefusal? Refusal, LinuxNextHop? Hop)
{
    public LinuxRoute Route => Hop!.Route;

    public static implicit operator LinuxMatch(LinuxRefusal refusal) => new(refusal, null);
}

/// <summary>What a whole selection gives: a refusal, or a way.</summary>
internal readonly record struct LinuxWay(
    LinuxRefusal? Refusal, RouteOutcome Outcome, LinuxDevice? Device, UInt128? Gateway, UInt128 Source, uint? Table, LinuxRoute? Route)
{
    /// <summary>The destination, which the kernel may have filled in.</summary>
    public UInt128 Destination { get; init; }

    public static implicit operator LinuxWay(LinuxRefusal refusal) => new(refusal, refusal.Outcome, null, null, 0, null, null);
}

/// <summary>The different ways of a packet: mostly one, which takes no memory.</summary>
internal struct LinuxWays
{
    private List<LinuxWay>? _others;

    public LinuxWay First { get; private set; }

    public int Count { get; private set; }

    public void Add(LinuxWay way)
    {
        if (Count == 0)
        {
            First = way;
            Count = 1;
        }
        else if (way != First && !(_others?.Contains(way) ?? false))
        {
            (_others ??= []).Add(way);
            Count++;
        }
    }

    public readonly LinuxWay[] ToArray() => Count == 0 ? [] : [First, .. _others ?? []];

    public static implicit operator LinuxWays(LinuxWay way) => new() { First = way, Count = 1 };

    public static implicit operator LinuxWays(LinuxRefusal refusal) => (LinuxWay)refusal;
}

/// <summary>The steps of a selection for people, when they are wanted.</summary>
internal sealed class RouteNotes
{
    public List<TraceStep> Steps { get; } = [];

    /// <summary>The routes that were looked at, in that order; some more than once.</summary>
    public List<(LinuxRoute Route, RouteLoss Loss)> Routes { get; } = [];

    public void Consider(LinuxRoute route, RouteLoss loss)
    {
        Routes.Add((route, loss));
        string words = RouteWords.Of(route);
        Add(RouteWords.CodeOf(loss), loss == RouteLoss.None ? (FormattableString)$"{words} is the longest prefix that fits" : $"{words}: {RouteWords.ReasonOf(loss)}", "routes", words);
    }

    public void Add(string code, FormattableString text) => Add(code, text, null, null);

    public void Add(string code, FormattableString text, string? table, string? evidence) => Steps.Add(new TraceStep
    {
        Code = code,
        Text = text.ToString(CultureInfo.InvariantCulture),
        Evidence = table is null ? null : new Evidence { Table = table, Text = evidence! },
    });
}

/// <summary>Looks a packet up in one table.</summary>
internal interface ILinuxTableLookup
{
    LinuxMatch Lookup(uint table, in LinuxFlow flow);
}

/// <summary>Asks the policy rules in the kernel's order.</summary>
/// <remarks>net/core/fib_rules.c: <c>fib_rules_lookup</c>, <c>fib_rule_match</c>; <c>fib4_rule_match</c>, <c>fib6_rule_match</c>.</remarks>
internal static class LinuxRuleWalk
{
    public static LinuxMatch Walk<TLookup>(LinuxNetworkView view, in LinuxFlow flow, TLookup lookup, RouteNotes? notes)
        where TLookup : struct, ILinuxTableLookup
    {
        RoutingRuleRow[] rules = view.Rules;
        for (int i = 0; i < rules.Length;)
        {
            RoutingRuleRow rule = rules[i];
            if (Mismatch(view, rule, flow) is { } why)
            {
                notes?.Add("route.rule.skipped", $"rule {rule.Priority} does not match: {why}", "routingRules", RouteWords.Of(rule));
                i++;
                continue;
            }

            if (rule.Action == RoutingRuleAction.Goto)
            {
                int target = IndexOf(rules, i + 1, rule.GotoPriority);
                notes?.Add("route.rule.goto", $"rule {rule.Priority} goes on at {rule.GotoPriority}{(target < 0 ? (FormattableString)$", which is not there: the next rule is asked" : $"")}", "routingRules", RouteWords.Of(rule));
                i = target < 0 ? i + 1 : target;
                continue;
            }

            LinuxRefusal? refusal = rule.Action switch
            {
                RoutingRuleAction.Blackhole => LinuxRefusal.Blackhole,
                RoutingRuleAction.Unreachable => LinuxRefusal.UnreachableByRule,
                RoutingRuleAction.Prohibit => LinuxRefusal.Prohibited,
                _ => null,
            };
            if (refusal is not null)
            {
                notes?.Add("route.rule.refuses", $"rule {rule.Priority} matches and refuses the packet", "routingRules", RouteWords.Of(rule));
                return refusal;
            }

            if (rule.Action != RoutingRuleAction.Lookup)
            {
                i++;
                continue;
            }

            notes?.Add("route.rule", $"rule {rule.Priority} matches: table {RouteWords.OfTable(rule.Table)} is asked", "routingRules", RouteWords.Of(rule));
            LinuxMatch match = lookup.Lookup(rule.Table, flow);
            if (match.Refusal is null && IsSuppressed(rule, match))
            {
                notes?.Add("route.rule.suppressed", $"rule {rule.Priority} passes over that route: {(match.Route.Length <= rule.SuppressPrefixLength ? "its prefix is too short" : "its interface is in a suppressed group")}");
                i++;
                continue;
            }

            if (match.Refusal != LinuxRefusal.Again)
                return match;
            i++;
        }

        notes?.Add("route.none", $"no rule leads to a route");
        return LinuxRefusal.NoRoute;
    }

    private static int IndexOf(RoutingRuleRow[] rules, int from, uint? priority)
    {
        for (int i = from; i < rules.Length; i++)
        {
            if (rules[i].Priority == priority)
                return i;
        }

        return -1;
    }

    private static bool IsSuppressed(RoutingRuleRow rule, LinuxMatch match) =>
        (rule.SuppressPrefixLength is { } length && match.Route.Length <= length)
        || (rule.SuppressGroup is { } group && match.Hop!.Device?.Group == group);

    /// <summary>What keeps a rule from matching; null when it matches. Of an inverted rule the whole match counts.</summary>
    private static string? Mismatch(LinuxNetworkView view, RoutingRuleRow rule, in LinuxFlow flow)
    {
        string? why = MismatchOf(view, rule, flow);
        return !rule.IsInverted ? why : why is null ? "what it names is there, and it is inverted" : null;
    }

    private static string? MismatchOf(LinuxNetworkView view, RoutingRuleRow rule, in LinuxFlow flow)
    {
        if (rule.InputInterface is { } input && input != flow.Input)
            return "input interface";
        if (rule.OutputInterface is { } output && output != flow.Output?.Name)
            return "output interface";
        if (rule.Mark is { } mark && ((mark ^ flow.Mark) & (rule.MarkMask ?? uint.MaxValue)) != 0)
            return "mark";
        if ((rule.FirstUserId is { } first && !(flow.UserId >= first)) || (rule.LastUserId is { } last && !(flow.UserId <= last)))
            return "user";
        if (rule.To is { Length: > 0 } to && !view.IsIn(flow.Destination, LinuxNetworkView.ValueOf(to.Address), to.Length))
            return "destination";
        if (rule.From is { Length: > 0 } from
            && ((view.IsIPv6 && flow.Source == 0) || !view.IsIn(flow.Source, LinuxNetworkView.ValueOf(from.Address), from.Length)))
        {
            return "source";
        }

        if (rule.TypeOfService != 0 && rule.TypeOfService != (flow.TypeOfService & (view.IsIPv6 ? 0xfc : 0x1c)))
            return "type of service";
        if (rule.IPProtocol is { } protocol && protocol != 0 && protocol != flow.Protocol)
            return "protocol";
        if (rule.FirstSourcePort is { } lowest && (flow.SourcePort < lowest || flow.SourcePort > (rule.LastSourcePort ?? lowest)))
            return "source port";
        if (rule.FirstDestinationPort is { } low && (flow.DestinationPort < low || flow.DestinationPort > (rule.LastDestinationPort ?? low)))
            return "destination port";
        return rule.IsVrf ? "it is for packets of a VRF" : null;
    }
}
