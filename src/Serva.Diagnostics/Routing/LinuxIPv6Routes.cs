using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>IPv6 route selection as the kernel does it.</summary>
/// <remarks>
/// net/ipv6/route.c: <c>ip6_pol_route</c>, <c>rt6_select</c>, <c>rt6_score_route</c>; ip6_fib.c: <c>fib6_node_lookup</c>;
/// datagram.c: <c>__ip6_datagram_connect</c>; ip6_output.c: <c>ip6_dst_lookup_tail</c>.
/// </remarks>
internal sealed class LinuxIPv6Routes
{
    private const byte KernelProtocol = 2;
    private const uint LocalPriority = 0, MainPriority = 32_766;
    private const int OtherInterface = -3, NotReachable = -2;

    private readonly LinuxNetworkView _view;
    private readonly LinuxIPv6Sources _sources;
    private readonly HashSet<(UInt128 Gateway, uint Interface)> _failed = [];
    private readonly Dictionary<uint, LinuxRouteTree> _tables = [];
    private readonly bool _hasRules;

    public LinuxIPv6Routes(LinuxNetworkView view, IReadOnlyList<AddressLabelRow> labels, IReadOnlyList<NeighborRow> neighbors)
    {
        _view = view;
        _sources = new LinuxIPv6Sources(view, labels);
        foreach (NeighborRow neighbor in neighbors)
        {
            if (neighbor.Address.IsIPv6 && neighbor.State == NeighborState.Failed)
                _failed.Add((LinuxNetworkView.ValueOf(neighbor.Address), neighbor.Interface));
        }

        foreach ((uint table, List<LinuxRoute> routes) in view.Tables)
            _tables[table] = new LinuxRouteTree(routes, isIPv6: true);
        _hasRules = Array.Exists(view.Rules, rule => !IsDefault(rule));
    }

    /// <summary>The ways of one lookup, as <c>ip route get</c> makes it.</summary>
    public LinuxWays Select(in LinuxFlow flow, bool isLocallyMade, RouteNotes? notes)
    {
        Matches matches = isLocallyMade
            ? Output(flow, isBoundToDevice: false, notes)
            : LookupAll(flow, _view.Find(flow.Input), new Strictness(IPv6Kinds.IsStrict(flow.Destination), !IsForwarding), notes);
        return Ways(matches, flow, isLocallyMade ? Sourcing.Suggested : Sourcing.OfRoute);
    }

    /// <summary>The ways of <c>connect()</c>: one lookup, and a second one with the source only when the first fails.</summary>
    /// <param name="flow">The packet.</param>
    /// <param name="scope">The interface that the destination names.</param>
    /// <param name="sourceScope">The interface that the bound source names.</param>
    /// <param name="notes">Where the steps are written.</param>
    public LinuxWays Connect(LinuxFlow flow, LinuxDevice? scope, LinuxDevice? sourceScope, RouteNotes? notes)
    {
        // A bind to a link-local address binds the socket to its interface, whichever it was bound to before.
        if (flow.Source != 0 && IPv6Kinds.Of(flow.Source) == IPv6Kind.LinkLocal)
        {
            UInt128 source = flow.Source;
            flow.Output = sourceScope ?? _view.Devices.Find(device => device.Has(source)) ?? flow.Output;
        }

        if (flow.Destination == 0)
            flow.Destination = 1;
        IPv6Kind kind = IPv6Kinds.Of(flow.Destination);
        if (kind == IPv6Kind.Mapped)
            return LinuxRefusal.MappedDestination;
        if (kind == IPv6Kind.LinkLocal || (kind == IPv6Kind.Multicast && IPv6Kinds.ScopeOf(flow.Destination) is 1 or 2))
        {
            if (scope is not null && flow.Output is not null && flow.Output != scope)
                return LinuxRefusal.InvalidDestination;
            flow.Output ??= scope;
            if (flow.Output is null)
                return LinuxRefusal.InvalidDestination;
        }

        Matches first = Output(flow, flow.Output is not null, notes);
        if (flow.Source != 0)
            return Ways(first, flow, Sourcing.Given);
        if (first.Refusal is null)
            return Ways(first, flow, Sourcing.Chosen);
        if (_sources.Select(null, flow.Destination) is not { } any)
            return LinuxRefusal.NoSource;
        notes?.Add("route.connect", $"connect() asks again with the source {_view.AddressOf(any.Value)}");
        flow.Source = any.Value;
        return Ways(Output(flow, flow.Output is not null, notes), flow, Sourcing.Given);
    }

    private LinuxWays Ways(in Matches matches, in LinuxFlow flow, Sourcing sourcing)
    {
        if (matches.Refusal is { } refusal)
            return refusal;
        LinuxNextHop first = matches.Hop!;
        LinuxWays ways = Way(first, flow, sourcing);
        if (first.Route.Hops.Length > 1)
        {
            foreach (LinuxNextHop other in first.Route.Hops)
            {
                if (other != first && !other.IsDead && IsUsable(other) && Score(other, matches.Device, matches.Strictness) >= 0)
                    ways.Add(Way(other, flow, sourcing));
            }
        }

        return ways;
    }

    private bool IsForwarding => _view.SettingOfAll(LinuxSetting.Forwarding) != 0;

    /// <summary>A rule that the kernel makes itself; others switch the rules on.</summary>
    private static bool IsDefault(RoutingRuleRow rule) =>
        rule == new RoutingRuleRow { Priority = LocalPriority, IsIPv6 = true, Action = RoutingRuleAction.Lookup, Table = LinuxNetworkView.LocalTable }
        || rule == new RoutingRuleRow { Priority = MainPriority, IsIPv6 = true, Action = RoutingRuleAction.Lookup, Table = LinuxNetworkView.MainTable };

    private LinuxWay Way(LinuxNextHop hop, in LinuxFlow flow, Sourcing sourcing)
    {
        UInt128? suggested = sourcing switch
        {
            Sourcing.Given => flow.Source,
            Sourcing.OfRoute => hop.Route.PreferredSource ?? 0,
            _ => hop.Route.PreferredSource ?? _sources.Select(hop.Device, flow.Destination)?.Value ?? (sourcing == Sourcing.Suggested ? 0 : null),
        };
        if (suggested is not { } source)
            return LinuxRefusal.NoSource;
        LinuxRoute route = hop.Route;
        bool isHere = route.Kind == RouteKind.Local || (route.Kind == RouteKind.Anycast && route.Row.Protocol == KernelProtocol);
        LinuxDevice? device = isHere ? _view.Loopback : hop.Device;
        if (device is null)
            return LinuxRefusal.NoRoute;
        RouteOutcome outcome = route.Kind switch
        {
            RouteKind.Local => RouteOutcome.Local,
            RouteKind.Anycast => RouteOutcome.Anycast,
            RouteKind.Multicast => RouteOutcome.Multicast,
            RouteKind.Broadcast => RouteOutcome.Broadcast,
            _ => RouteOutcome.Unicast,
        };
        return new LinuxWay(null, outcome, device, hop.Gateway, source, route.Row.Table, route) { Destination = flow.Destination };
    }

    private Matches Output(LinuxFlow flow, bool isBoundToDevice, RouteNotes? notes)
    {
        bool isStrict = isBoundToDevice || IPv6Kinds.IsStrict(flow.Destination) || (flow.Output is not null && flow.Source == 0);
        flow.Input = "lo";
        return LookupAll(flow, flow.Output, new Strictness(isStrict, !IsForwarding), notes);
    }

    /// <summary>Asks the rules, or the tables local and main while nobody has added a rule.</summary>
    private Matches LookupAll(in LinuxFlow flow, LinuxDevice? device, Strictness strictness, RouteNotes? notes)
    {
        var tables = new TableLookup(this, device, strictness, notes);
        LinuxMatch match;
        if (_hasRules)
        {
            match = LinuxRuleWalk.Walk(_view, flow, tables, notes);
        }
        else
        {
            match = tables.Lookup(LinuxNetworkView.LocalTable, flow);
            if (match.Refusal == LinuxRefusal.Again)
                match = tables.Lookup(LinuxNetworkView.MainTable, flow);
        }

        return new Matches(match.Refusal == LinuxRefusal.Again ? LinuxRefusal.NoRoute : match.Refusal, match.Hop, device, strictness);
    }

    private LinuxMatch LookupTable(uint table, in LinuxFlow flow, LinuxDevice? device, Strictness strictness, RouteNotes? notes)
    {
        if (!_tables.TryGetValue(table, out LinuxRouteTree? routes))
            return LinuxRefusal.Again;
        LinuxRouteNode longest = routes.Find(_view.AddressOf(flow.Destination));
        LinuxNextHop? hop = Climb(longest, flow, device, strictness, notes);
        if (hop is null && strictness.Reachable)
            hop = Climb(longest, flow, device, strictness with { Reachable = false }, notes);
        if (hop is null)
            return LinuxRefusal.Again;
        if (LinuxRefusal.Of(hop.Route, notes) is { } refusal)
            return refusal;
        notes?.Consider(hop.Route, RouteLoss.None);
        return new LinuxMatch(null, hop);
    }

    /// <summary>Asks the routes in the kernel's order: the first descent into the tree, and the way back up.</summary>
    private LinuxNextHop? Climb(LinuxRouteNode longest, in LinuxFlow flow, LinuxDevice? device, Strictness strictness, RouteNotes? notes)
    {
        // A node with routes for sources is skipped on the way down, its plain routes too, when no source fits.
        LinuxRouteNode start = longest;
        while (start.Parent is not null && !(start.BySource.Length > 0 ? HasFitting(start, flow.Source) : start.Routes.Length > 0))
            start = start.Parent;
        for (LinuxRouteNode? node = start; node is not null; node = node.Parent)
        {
            if (node != start || HasFitting(node, flow.Source))
            {
                foreach ((int length, UInt128 prefix, LinuxRoute[] routes) in node.BySource)
                {
                    if (_view.IsIn(flow.Source, prefix, length) && Best(routes, device, strictness, notes) is { } ofSource)
                        return ofSource;
                }
            }

            if (node.Routes.Length > 0 && Best(node.Routes, device, strictness, notes) is { } hop)
                return hop;
        }

        return null;
    }

    private bool HasFitting(LinuxRouteNode node, UInt128 source)
    {
        foreach ((int length, UInt128 prefix, _) in node.BySource)
        {
            if (_view.IsIn(source, prefix, length))
                return true;
        }

        return false;
    }

    private LinuxNextHop? Best(LinuxRoute[] routes, LinuxDevice? device, Strictness strictness, RouteNotes? notes)
    {
        LinuxNextHop? best = null;
        int bestScore = -1;
        uint lowest = routes[0].Row.Metric;
        Scan(sameMetric: true);
        if (best is null)
            Scan(sameMetric: false);
        return best;

        void Scan(bool sameMetric)
        {
            foreach (LinuxRoute route in routes)
            {
                if (route.Row.Metric == lowest != sameMetric)
                    continue;
                foreach (LinuxNextHop hop in route.Hops)
                {
                    if (hop.IsDead || !IsUsable(hop))
                    {
                        notes?.Consider(route, RouteLoss.InterfaceDown);
                        continue;
                    }

                    int score = Score(hop, device, strictness);
                    if (score == OtherInterface)
                        notes?.Consider(route, RouteLoss.OtherInterface);
                    else if (score == NotReachable)
                        notes?.Consider(route, RouteLoss.RouterSilent);
                    if (score > bestScore)
                        (best, bestScore) = (hop, score);
                }
            }
        }
    }

    private bool IsUsable(LinuxNextHop hop) =>
        !(hop.IsLinkDown && hop.Device is { } device && _view.IsOn(device, LinuxSetting.IgnoreRoutesWithLinkdown));

    /// <summary><c>rt6_score_route</c>: the interface that was asked for, then the router's preference.</summary>
    private int Score(LinuxNextHop hop, LinuxDevice? device, Strictness strictness)
    {
        const int RightInterface = 2, PreferenceShift = 2;
        int score = device is null || hop.Device == device ? RightInterface : 0;
        if (score == 0 && strictness.Interface)
            return OtherInterface;
        score |= hop.Route.PreferenceRank << PreferenceShift;
        if (strictness.Reachable && hop.Gateway is { } gateway && hop.Device is { } through && _failed.Contains((gateway, through.Row.Index)))
            return NotReachable;
        return score;
    }

    /// <summary>Which source a way has.</summary>
    private enum Sourcing
    {
        /// <summary>The flow's.</summary>
        Given,

        /// <summary>The best; without one there is no way.</summary>
        Chosen,

        /// <summary>The best, if there is one.</summary>
        Suggested,

        /// <summary>What the route says, if it does.</summary>
        OfRoute,
    }

    /// <summary>What a lookup asks of a next hop.</summary>
    private readonly record struct Strictness(bool Interface, bool Reachable);

    /// <summary>What a lookup found: a refusal, or the first next hop and how others were judged.</summary>
    private readonly record struct Matches(LinuxRefusal? Refusal, LinuxNextHop? Hop, LinuxDevice? Device, Strictness Strictness);

    private readonly struct TableLookup(LinuxIPv6Routes routes, LinuxDevice? device, Strictness strictness, RouteNotes? notes) : ILinuxTableLookup
    {
        public LinuxMatch Lookup(uint table, in LinuxFlow flow) => routes.LookupTable(table, flow, device, strictness, notes);
    }
}
