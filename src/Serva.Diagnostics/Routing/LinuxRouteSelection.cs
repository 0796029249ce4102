using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>Route selection of a Linux host: which lookups a question makes, and how sure the answer is.</summary>
/// <remarks>
/// What no dump shows makes an answer likely where it matters: whether the IPv4 tables local and main are one (so until
/// somebody adds or deletes a rule), and whether a gateway was on the link when its route was added.
/// </remarks>
internal sealed class LinuxRouteSelection
{
    private const string Loopback = "lo";
    private const byte Udp = 17;

    private readonly HostSnapshot _host;
    private readonly LinuxNetworkView _ipv4;
    private readonly LinuxNetworkView _ipv6;
    private readonly LinuxIPv4Routes _split;
    private readonly LinuxIPv4Routes _merged;
    private readonly LinuxIPv6Routes _routes6;
    private readonly string[] _doubtsOfIPv4;
    private readonly string[] _doubtsOfIPv6;

    public LinuxRouteSelection(HostSnapshot host)
    {
        _host = host;
        _ipv4 = new LinuxNetworkView(host, isIPv6: false);
        _ipv6 = new LinuxNetworkView(host, isIPv6: true);
        _split = new LinuxIPv4Routes(_ipv4, isMerged: false);
        _merged = new LinuxIPv4Routes(_ipv4, isMerged: true);
        _routes6 = new LinuxIPv6Routes(_ipv6, host.AddressLabels.IsKnown ? host.AddressLabels : AddressLabelRow.Defaults, host.Neighbors);
        _doubtsOfIPv4 = DoubtsOf(_ipv4);
        _doubtsOfIPv6 = DoubtsOf(_ipv6);
        MayBeMerged = _ipv4.Rules.Length == 3
            && IsDefault(_ipv4.Rules[0], 0, LinuxNetworkView.LocalTable)
            && IsDefault(_ipv4.Rules[1], 32_766, LinuxNetworkView.MainTable)
            && IsDefault(_ipv4.Rules[2], 32_767, LinuxNetworkView.DefaultTable);
    }

    /// <summary>Whether the IPv4 rules are those of a host on which nobody ever touched them.</summary>
    public bool MayBeMerged { get; }

    /// <summary>The ways of a packet, under an assumption about the IPv4 tables.</summary>
    public LinuxWay[] Ways(Flow flow, bool isConnect, bool isMerged, RouteNotes? notes) =>
        TryKeyOf(flow, out FlowKey key) ? Ways(key, isConnect, isMerged, notes).ToArray() : [LinuxRefusal.NoDevice];

    private LinuxWays Ways(in FlowKey key, bool isConnect, bool isMerged, RouteNotes? notes)
    {
        bool isIPv6 = key.Destination.IsIPv6, isLocallyMade = key.InputInterface == 0;
        LinuxNetworkView view = isIPv6 ? _ipv6 : _ipv4;
        var packet = new LinuxFlow
        {
            Destination = LinuxNetworkView.ValueOf(key.Destination),
            Source = LinuxNetworkView.ValueOf(key.Source),
            Mark = key.Mark,
            TypeOfService = (byte)(key.TypeOfService & 0xfc),
            UserId = isLocallyMade ? key.UserId ?? _host.Identity?.UserId ?? 0 : isIPv6 ? key.UserId : 0,
            Protocol = key.IPProtocol ?? (isIPv6 && !isConnect ? (byte)0 : Udp),
            SourcePort = key.SourcePort,
            DestinationPort = key.DestinationPort,
        };
        if (key.OutputInterface != 0)
        {
            packet.Output = view.Find(key.OutputInterface);
            if (packet.Output is null)
                return LinuxRefusal.NoDevice;
        }

        if (isLocallyMade)
            packet.Input = Loopback;
        else if (view.Find(key.InputInterface) is { } input)
            packet.Input = input.Name;
        else
            return LinuxRefusal.NoDevice;
        if (!isIPv6)
        {
            LinuxIPv4Routes routes = isMerged ? _merged : _split;
            return isConnect ? routes.Connect(packet, key.AllowsForeignSource, notes) : routes.Select(packet, key.AllowsForeignSource, notes);
        }

        LinuxDevice? scope = view.Find(key.Destination.ScopeId);
        if (isConnect)
            return _routes6.Connect(packet, scope, view.Find(key.Source.ScopeId), notes);
        packet.Output ??= isLocallyMade ? scope : null;
        return _routes6.Select(packet, isLocallyMade, notes);
    }

    public RouteDecision Decide(Flow flow, bool isConnect)
    {
        LinuxNetworkView view = flow.Destination.IsIPv6 ? _ipv6 : _ipv4;
        var notes = new RouteNotes();
        var unseen = new List<string>();
        LinuxWays all = LinuxRefusal.NoDevice;
        if (TryKeyOf(flow, out FlowKey key))
        {
            all = Ways(key, isConnect, IsTakenAsMerged(view), notes);
            FindDoubts(key, isConnect, all, view, unseen);
        }
        else
        {
            unseen.AddRange(DoubtsOf(view));
        }

        LinuxWay[] ways = [.. all.ToArray().OrderBy(way => way.Refusal is null ? 0 : 1)];
        ConsiderOthers(notes, flow.Destination, view);
        LinuxWay first = ways[0];
        bool isUndetermined = first.Outcome == RouteOutcome.Undetermined;
        return new RouteDecision
        {
            Flow = flow,
            Model = HostModel.Linux,
            Outcome = first.Outcome,
            NativeError = isUndetermined ? null : first.Refusal?.Error,
            Choices = [.. ways.Where(way => way.Refusal is null).Select(way => Choice(way, flow, view))],
            Certainty = isUndetermined ? Certainty.None : unseen.Count == 0 ? Certainty.Certain : Certainty.Likely,
            Considered =
            [
                .. notes.Routes.OrderBy(entry => entry.Loss == RouteLoss.None ? 0 : 1).DistinctBy(entry => entry.Route).Take(RouteDecision.MostConsidered).Select(entry => new ConsideredRoute
                {
                    Route = entry.Route.Row,
                    InterfaceName = entry.Route.Hops is [{ Device: { } device }] ? device.Name : null,
                    Cost = entry.Route.Row.Metric,
                    Loss = entry.Loss,
                }),
            ],
            Trace = [.. notes.Steps],
            Unseen = [.. unseen],
        };
    }

    // Behind the route that is taken the kernel looks at none: those that would have fitted, of its table and of the others.
    private static void ConsiderOthers(RouteNotes notes, NetAddress destination, LinuxNetworkView view)
    {
        LinuxRoute? taken = notes.Routes.FindLast(entry => entry.Loss == RouteLoss.None).Route;
        if (taken is null)
            return;
        UInt128 value = LinuxNetworkView.ValueOf(destination);
        HashSet<LinuxRoute> known = [.. notes.Routes.Select(entry => entry.Route)];
        IEnumerable<LinuxRoute> others = view.Tables.Values.SelectMany(routes => routes)
            .Where(route => !known.Contains(route) && view.IsIn(value, route.Destination, route.Length))
            .OrderBy(route => route.Row.Table == taken.Row.Table ? 0 : 1).ThenByDescending(route => route.Length).ThenBy(route => route.Row.Metric);
        foreach (LinuxRoute route in others.Take(RouteDecision.MostConsidered))
        {
            notes.Consider(route, route.Row.Table != taken.Row.Table ? RouteLoss.OtherTable
                : route.Length < taken.Length ? RouteLoss.ShorterPrefix
                : route.FromLength > 0 && route.From != taken.From ? RouteLoss.OtherSource
                : route.Row.Metric > taken.Row.Metric ? RouteLoss.HigherMetric
                : RouteLoss.Order);
        }
    }

    /// <summary>The answer when it is certain and one; allocates nothing.</summary>
    public bool TryDecide(in FlowKey key, out RouteResult result)
    {
        result = default;
        LinuxNetworkView view = key.Destination.IsIPv6 ? _ipv6 : _ipv4;
        if (!_host.Routes.IsKnown || !_host.Interfaces.IsKnown)
            return false;
        LinuxWays ways = Ways(key, isConnect: false, IsTakenAsMerged(view), null);
        if (ways.Count > 1 || FindDoubts(key, isConnect: false, ways, view, null))
            return false;
        LinuxWay way = ways.First;
        result = way.Refusal is { } refusal
            ? new RouteResult { Outcome = refusal.Outcome, NativeError = refusal.Error }
            : new RouteResult
            {
                Outcome = way.Outcome,
                Interface = way.Device!.Row.Index,
                Gateway = RouterOf(way, view) ?? default,
                Source = SourceOf(way, key.Source, view) ?? default,
                Table = TableOf(way),
                Route = way.Route?.Row,
            };
        return true;
    }

    // Rules that nobody read are taken to be the usual ones.
    private bool IsTakenAsMerged(LinuxNetworkView view) =>
        !view.IsIPv6 && (MayBeMerged || (view.Rules.Length == 0 && _host.RoutingRules.Coverage != Coverage.Complete));

    /// <summary>Whether the answer is in doubt.</summary>
    /// <param name="key">The packet.</param>
    /// <param name="isConnect">Whether a socket connects.</param>
    /// <param name="ways">The answer.</param>
    /// <param name="view">The family's tables.</param>
    /// <param name="unseen">Filled with the reasons, when they are wanted.</param>
    private bool FindDoubts(in FlowKey key, bool isConnect, in LinuxWays ways, LinuxNetworkView view, List<string>? unseen)
    {
        bool isIPv6 = view.IsIPv6, isInDoubt = false;
        string[] ofHost = isIPv6 ? _doubtsOfIPv6 : _doubtsOfIPv4;
        if (ways.First.Outcome == RouteOutcome.Undetermined)
            Doubt("the reception of multicasts and the forwarding of broadcasts are not modelled");
        if (!isIPv6 && MayBeMerged && !IsSameWhenSplit(key, isConnect, ways))
            Doubt("whether a routing rule was ever added or deleted: then the tables local and main are searched one after the other, and the answer is another");
        if (ways.Count > 1 && Array.Find(ways.ToArray(), way => way.Refusal is not null).Refusal is { } other && Array.Exists(ways.ToArray(), way => way.Refusal is null))
            Doubt($"which of its ways the packet takes: on another one it fails with {other.Error}");
        foreach (string doubt in ofHost)
            Doubt(doubt);
        if (key.UserId is null && key.InputInterface == 0 && _host.Identity?.UserId is null && view.HasRulesForUsers)
            Doubt("the user: a rule selects by it, and root is assumed");
        if (isConnect && key.Destination.IsIPv4Mapped)
            Doubt(unseen is null ? "" : $"whether the socket is IPv6-only: one that is not goes by IPv4, to {key.Destination.UnmapIPv4()}");
        if (!isIPv6 && ways.Any(LeavesOutItsGateway))
            Doubt("whether the gateway was on the link when its route was added: it is not now, and taken to be unused");
        if (!isIPv6 && ways.Any(way => way.Gateway > uint.MaxValue))
            Doubt("IPv4 by an IPv6 router is not modelled");
        if (isIPv6 && !_host.AddressLabels.IsKnown && key.Source.IsNone)
            Doubt("addressLabels: the table was not captured; those of RFC 6724 are assumed");
        if (isIPv6 && !_host.Neighbors.IsKnown && ways.Any(way => way.Gateway is not null))
            Doubt("neighbors: the table was not captured; every router is taken to answer");
        return isInDoubt;

        void Doubt(string why)
        {
            isInDoubt = true;
            unseen?.Add(why);
        }
    }

    private bool TryKeyOf(Flow flow, out FlowKey key)
    {
        uint input = 0, output = 0;
        bool isThere = TryIndexOf(flow.InputInterface, ref input) & TryIndexOf(flow.OutputInterface, ref output);
        key = new FlowKey
        {
            Destination = flow.Destination,
            Source = flow.Source ?? default,
            InputInterface = input,
            OutputInterface = output,
            Mark = flow.Mark,
            TypeOfService = flow.TypeOfService,
            UserId = flow.UserId,
            IPProtocol = flow.IPProtocol,
            SourcePort = flow.SourcePort,
            DestinationPort = flow.DestinationPort,
            AllowsForeignSource = flow.AllowsForeignSource,
        };
        return isThere;
    }

    private bool TryIndexOf(string? name, ref uint index)
    {
        if (name is not null && _ipv4.Find(name) is { } device)
            index = device.Row.Index;
        return name is null || index != 0;
    }

    // Of tables that are one the kernel reports main, of others the one that has the route.
    private bool IsSameWhenSplit(in FlowKey key, bool isConnect, in LinuxWays merged)
    {
        LinuxWays split = Ways(key, isConnect, isMerged: false, null);
        return merged.Count == 1 && split.Count == 1
            ? (merged.First with { Table = null }) == (split.First with { Table = null })
            : merged.ToArray().Select(way => way with { Table = null }).Distinct().SequenceEqual(split.ToArray().Select(way => way with { Table = null }).Distinct());
    }

    /// <summary>What of a family was not seen, whatever is asked.</summary>
    private string[] DoubtsOf(LinuxNetworkView view)
    {
        var unseen = new List<string>();
        Doubt(unseen, "interfaces", _host.Interfaces);
        Doubt(unseen, "routes", _host.Routes);
        Doubt(unseen, "addresses", _host.Addresses);
        Doubt(unseen, "routingRules", _host.RoutingRules);
        Doubt(unseen, "settings", _host.Settings);
        if (view.IsIPv6 && _host.Neighbors.Coverage == Coverage.Partial)
            Doubt(unseen, "neighbors", _host.Neighbors);
        if (view.IsIPv6 && _host.AddressLabels.Coverage == Coverage.Partial)
            Doubt(unseen, "addressLabels", _host.AddressLabels);
        if (view.Loopback is null || view.HasUnknownInterfaces)
            unseen.Add(view.Loopback is null ? "interfaces: the loopback interface is not there" : "interfaces: a route names one that is not there");
        if (view.Devices.Exists(device => device.Row.Kind == "vrf"))
            unseen.Add("VRFs are not modelled");
        return [.. unseen];
    }

    private static bool IsDefault(RoutingRuleRow rule, uint priority, uint table) =>
        rule == new RoutingRuleRow { Priority = priority, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = table };

    private static void Doubt<T>(List<string> unseen, string name, Table<T> table)
    {
        if (table.Coverage != Coverage.Complete)
            unseen.Add(table.Coverage == Coverage.NotRequested ? $"{name}: the table was not captured" : $"{name}: not all rows were read");
    }

    private static RouteChoice Choice(LinuxWay way, Flow flow, LinuxNetworkView view) => new()
    {
        Interface = way.Device!.Row.Index,
        InterfaceName = way.Device.Name,
        Gateway = RouterOf(way, view),
        Source = SourceOf(way, flow.Source ?? default, view),
        Table = TableOf(way),
        Route = way.Route?.Row,
    };

    private static uint? TableOf(in LinuxWay way) => way.Route?.Row.Table ?? way.Table;

    private static NetAddress? SourceOf(in LinuxWay way, NetAddress bound, LinuxNetworkView view)
    {
        UInt128 source = bound.IsNone ? way.Source : LinuxNetworkView.ValueOf(bound);
        return source == 0 ? null : view.AddressOf(source);
    }

    private static bool LeavesOutItsGateway(LinuxWay way)
    {
        if (way is not { Refusal: null, Gateway: null, Outcome: RouteOutcome.Unicast, Route: { } route })
            return false;
        foreach (LinuxNextHop hop in route.Hops)
        {
            if (hop.Device == way.Device && hop.Gateway is not null)
                return true;
        }

        return false;
    }

    // A router of the other family (RTA_VIA) is told as it stands in the route.
    private static NetAddress? RouterOf(in LinuxWay way, LinuxNetworkView view)
    {
        if (way.Gateway is not { } gateway)
            return null;
        RouteRow? route = way.Route?.Row;
        if (route?.Gateway is { } one && LinuxNetworkView.ValueOf(one) == gateway)
            return one;
        foreach (NextHopRow hop in route?.NextHops ?? [])
        {
            if (hop.Gateway is { } another && LinuxNetworkView.ValueOf(another) == gateway)
                return another;
        }

        return view.AddressOf(gateway);
    }
}
