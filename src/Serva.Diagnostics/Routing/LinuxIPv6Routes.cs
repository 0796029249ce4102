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
    private readonly Dictionary<uint, Dictionary<(int Length, UInt128 Prefix), Node>> _tables = [];
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
            _tables[table] = Nodes(routes);
        _hasRules = Array.Exists(view.Rules, rule => !IsDefault(rule));
    }

    /// <summary>The ways of one lookup, as <c>ip route get</c> makes it.</summary>
    public LinuxWay[] Select(in LinuxFlow flow, bool isLocallyMade, RouteNotes? notes)
    {
        Matches matches = isLocallyMade
            ? Output(flow, isBoundToDevice: false, notes)
            : LookupAll(flow, _view.Find(flow.Input), new Strictness(IPv6Kinds.IsStrict(flow.Destination), !IsForwarding), notes);
        if (matches.Refusal is { } refusal)
            return [refusal];
        UInt128 destination = flow.Destination;
        return [.. matches.Hops!.Select(hop => Way(
            hop,
            hop.Route.PreferredSource ?? (isLocallyMade ? _sources.Select(hop.Device, destination)?.Value ?? 0 : 0),
            destination))];
    }

    /// <summary>The ways of <c>connect()</c>: one lookup, and a second one with the source only when the first fails.</summary>
    /// <param name="flow">The packet.</param>
    /// <param name="scope">The interface that the destination names.</param>
    /// <param name="sourceScope">The interface that the bound source names.</param>
    /// <param name="notes">Where the steps are written.</param>
    public LinuxWay[] Connect(LinuxFlow flow, LinuxDevice? scope, LinuxDevice? sourceScope, RouteNotes? notes)
    {
        // A bind to a link-local address binds the socket to its interface, whichever it was bound to before.
        if (flow.Source != 0 && IPv6Kinds.Of(flow.Source) == IPv6Kind.LinkLocal)
        {
            UInt128 source = flow.Source;
            flow.Output = sourceScope ?? _view.Devices.Find(device => device.Addresses.Exists(own => own.Value == source)) ?? flow.Output;
        }

        if (flow.Destination == 0)
            flow.Destination = 1;
        IPv6Kind kind = IPv6Kinds.Of(flow.Destination);
        if (kind == IPv6Kind.Mapped)
            return [LinuxRefusal.MappedDestination];
        if (kind == IPv6Kind.LinkLocal || (kind == IPv6Kind.Multicast && IPv6Kinds.ScopeOf(flow.Destination) is 1 or 2))
        {
            if (scope is not null && flow.Output is not null && flow.Output != scope)
                return [LinuxRefusal.InvalidDestination];
            flow.Output ??= scope;
            if (flow.Output is null)
                return [LinuxRefusal.InvalidDestination];
        }

        Matches first = Output(flow, flow.Output is not null, notes);
        UInt128 destination = flow.Destination;
        if (flow.Source != 0)
            return first.Refusal is { } bound ? [bound] : [.. first.Hops!.Select(hop => Way(hop, flow.Source, destination))];
        if (first.Refusal is null)
            return [.. first.Hops!.Select(hop => SourceOf(hop, destination) is { } chosen ? Way(hop, chosen, destination) : LinuxRefusal.NoSource)];
        if (_sources.Select(null, destination) is not { } any)
            return [LinuxRefusal.NoSource];
        notes?.Add("route.connect", $"connect() asks again with the source {_view.AddressOf(any.Value)}");
        flow.Source = any.Value;
        Matches second = Output(flow, flow.Output is not null, notes);
        return second.Refusal is { } refusal ? [refusal] : [.. second.Hops!.Select(hop => Way(hop, any.Value, destination))];
    }

    private UInt128? SourceOf(LinuxNextHop hop, UInt128 destination) =>
        hop.Route.PreferredSource ?? _sources.Select(hop.Device, destination)?.Value;

    private bool IsForwarding => _view.Setting("all", "forwarding") != 0;

    /// <summary>A rule that the kernel makes itself; others switch the rules on.</summary>
    private static bool IsDefault(RoutingRuleRow rule) =>
        rule == new RoutingRuleRow { Priority = LocalPriority, IsIPv6 = true, Action = RoutingRuleAction.Lookup, Table = LinuxNetworkView.LocalTable }
        || rule == new RoutingRuleRow { Priority = MainPriority, IsIPv6 = true, Action = RoutingRuleAction.Lookup, Table = LinuxNetworkView.MainTable };

    private LinuxWay Way(LinuxNextHop hop, UInt128 source, UInt128 destination)
    {
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
        return new LinuxWay(null, outcome, device, hop.Gateway, source, route.Row.Table, route) { Destination = destination };
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
        IReadOnlyList<LinuxNextHop>? hops = null;
        LinuxMatch Lookup(uint table, in LinuxFlow packet)
        {
            LinuxMatch match = LookupTable(table, packet, device, strictness, notes, out IReadOnlyList<LinuxNextHop>? found);
            hops = found;
            return match;
        }

        LinuxMatch match;
        if (_hasRules)
        {
            match = LinuxRuleWalk.Walk(_view, flow, Lookup, notes);
        }
        else
        {
            match = Lookup(LinuxNetworkView.LocalTable, flow);
            if (match.Refusal == LinuxRefusal.Again)
                match = Lookup(LinuxNetworkView.MainTable, flow);
        }

        return match.Refusal == LinuxRefusal.Again ? new Matches(LinuxRefusal.NoRoute, null) : new Matches(match.Refusal, hops);
    }

    private LinuxMatch LookupTable(uint table, in LinuxFlow flow, LinuxDevice? device, Strictness strictness, RouteNotes? notes, out IReadOnlyList<LinuxNextHop>? hops)
    {
        hops = null;
        LinuxNextHop? hop = null;
        List<List<LinuxRoute>> candidates = [.. Candidates(table, flow)];
        bool reachable = strictness.Reachable;
        while (hop is null)
        {
            foreach (List<LinuxRoute> routes in candidates)
            {
                hop = Best(routes, device, strictness with { Reachable = reachable }, notes);
                if (hop is not null)
                    break;
            }

            if (!reachable)
                break;
            reachable = false;
        }

        if (hop is null)
            return LinuxRefusal.Again;
        LinuxRoute route = hop.Route;
        if (LinuxRefusal.Of(route, notes) is { } refusal)
            return refusal;

        notes?.Consider(route, RouteLoss.None);
        hops = route.Hops.Length < 2
            ? [hop]
            : [hop, .. route.Hops.Where(other => other != hop && !other.IsDead && IsUsable(other) && Score(other, device, strictness) >= 0)];
        return new LinuxMatch(null, hop);
    }

    /// <summary>The routes to be asked, in the kernel's order: the first descent into the tree, and the way back up.</summary>
    private IEnumerable<List<LinuxRoute>> Candidates(uint table, LinuxFlow flow)
    {
        if (!_tables.TryGetValue(table, out Dictionary<(int Length, UInt128 Prefix), Node>? nodes))
            yield break;
        List<Node> path = [];
        for (int length = _view.Width; length >= 0; length--)
        {
            UInt128 prefix = length == 0 ? 0 : flow.Destination >> (_view.Width - length) << (_view.Width - length);
            if (nodes.TryGetValue((length, prefix), out Node? node))
                path.Add(node);
        }

        if (path.Count == 0 || path[^1].Length != 0)
            path.Add(new Node(0));

        // A node with routes for sources is skipped on the way down, its plain routes too, when no source fits.
        int start = path.Count - 1;
        bool isInSources = false;
        for (int i = 0; i < path.Count; i++)
        {
            if (path[i].BySource.Count > 0 ? path[i].Fitting(_view, flow.Source).Any() : path[i].Plain.Count > 0)
            {
                start = i;
                isInSources = path[i].BySource.Count > 0;
                break;
            }
        }

        for (int i = start; i < path.Count; i++)
        {
            if (isInSources || i > start)
            {
                foreach (List<LinuxRoute> routes in path[i].Fitting(_view, flow.Source))
                    yield return routes;
            }

            if (path[i].Plain.Count > 0)
                yield return path[i].Plain;
        }
    }

    private LinuxNextHop? Best(List<LinuxRoute> routes, LinuxDevice? device, Strictness strictness, RouteNotes? notes)
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
        !(hop.IsLinkDown && hop.Device is { } device && _view.IsOn(device, "ignore_routes_with_linkdown"));

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

    private static Dictionary<(int, UInt128), Node> Nodes(List<LinuxRoute> routes)
    {
        var nodes = new Dictionary<(int, UInt128), Node>();
        foreach (LinuxRoute route in routes)
        {
            (int, UInt128) key = (route.Length, route.Destination);
            if (!nodes.TryGetValue(key, out Node? node))
                nodes[key] = node = new Node(route.Length);
            node.Add(route);
        }

        foreach (Node node in nodes.Values)
            node.Sort();
        return nodes;
    }

    /// <summary>What a lookup asks of a next hop.</summary>
    private readonly record struct Strictness(bool Interface, bool Reachable);

    private readonly struct Matches(LinuxRefusal? refusal, IReadOnlyList<LinuxNextHop>? hops)
    {
        public LinuxRefusal? Refusal => refusal;

        public IReadOnlyList<LinuxNextHop>? Hops => hops;
    }

    /// <summary>The routes of one destination prefix: the plain ones, and those for some sources.</summary>
    private sealed class Node(int length)
    {
        public int Length => length;

        public List<LinuxRoute> Plain { get; private set; } = [];

        public List<(int Length, UInt128 Prefix, List<LinuxRoute> Routes)> BySource { get; } = [];

        public void Add(LinuxRoute route)
        {
            if (route.FromLength == 0)
            {
                Plain.Add(route);
                return;
            }

            int known = BySource.FindIndex(entry => entry.Length == route.FromLength && entry.Prefix == route.From);
            if (known < 0)
                BySource.Add((route.FromLength, route.From, [route]));
            else
                BySource[known].Routes.Add(route);
        }

        public void Sort()
        {
            // By metric; the dump's order within one is the kernel's.
            Plain = [.. Plain.OrderBy(route => route.Row.Metric)];
            for (int i = 0; i < BySource.Count; i++)
                BySource[i] = BySource[i] with { Routes = [.. BySource[i].Routes.OrderBy(route => route.Row.Metric)] };
            BySource.Sort((a, b) => b.Length.CompareTo(a.Length));
        }

        /// <summary>The routes for a source, the longest prefix first.</summary>
        public IEnumerable<List<LinuxRoute>> Fitting(LinuxNetworkView view, UInt128 source) =>
            BySource.Where(entry => view.IsIn(source, entry.Prefix, entry.Length)).Select(entry => entry.Routes);
    }
}
