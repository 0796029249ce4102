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

    public LinuxRouteSelection(HostSnapshot host)
    {
        _host = host;
        _ipv4 = new LinuxNetworkView(host, isIPv6: false);
        _ipv6 = new LinuxNetworkView(host, isIPv6: true);
        _split = new LinuxIPv4Routes(_ipv4, isMerged: false);
        _merged = new LinuxIPv4Routes(_ipv4, isMerged: true);
        _routes6 = new LinuxIPv6Routes(_ipv6, host.AddressLabels.IsKnown ? host.AddressLabels : AddressLabelRow.Defaults, host.Neighbors);
    }

    /// <summary>Whether the IPv4 rules are those of a host on which nobody ever touched them.</summary>
    public bool MayBeMerged => _ipv4.Rules.Length == 3
        && IsDefault(_ipv4.Rules[0], 0, LinuxNetworkView.LocalTable)
        && IsDefault(_ipv4.Rules[1], 32_766, LinuxNetworkView.MainTable)
        && IsDefault(_ipv4.Rules[2], 32_767, LinuxNetworkView.DefaultTable);

    /// <summary>The ways of a packet, under an assumption about the IPv4 tables.</summary>
    public LinuxWay[] Ways(Flow flow, bool isConnect, bool isMerged, RouteNotes? notes)
    {
        NetAddress destination = flow.Destination;
        bool isIPv6 = destination.IsIPv6;
        LinuxNetworkView view = isIPv6 ? _ipv6 : _ipv4;
        var packet = new LinuxFlow
        {
            Destination = LinuxNetworkView.ValueOf(destination),
            Source = flow.Source is { } source ? LinuxNetworkView.ValueOf(source) : 0,
            Input = flow.InputInterface ?? Loopback,
            Mark = flow.Mark,
            TypeOfService = (byte)(flow.TypeOfService & 0xfc),
            UserId = flow.UserId ?? (flow.InputInterface is null ? _host.Identity?.UserId ?? 0 : isIPv6 ? null : 0),
            Protocol = flow.IPProtocol ?? (isIPv6 && !isConnect ? (byte)0 : Udp),
            SourcePort = flow.SourcePort,
            DestinationPort = flow.DestinationPort,
        };
        if (flow.InputInterface is not null && !isIPv6)
            packet.UserId = 0;
        if (flow.OutputInterface is { } name)
        {
            packet.Output = view.Find(name);
            if (packet.Output is null)
                return [LinuxRefusal.NoDevice];
        }

        if (flow.InputInterface is { } input && view.Find(input) is null)
            return [LinuxRefusal.NoDevice];
        if (!isIPv6)
        {
            LinuxIPv4Routes routes = isMerged ? _merged : _split;
            return (isConnect ? routes.Connect(packet, flow.AllowsForeignSource, notes) : routes.Select(packet, flow.AllowsForeignSource, notes)).ToArray();
        }

        LinuxDevice? scope = destination.ScopeId == 0 ? null : view.Find(destination.ScopeId);
        if (isConnect)
            return _routes6.Connect(packet, scope, flow.Source is { ScopeId: not 0 and var of } ? view.Find(of) : null, notes).ToArray();
        packet.Output ??= flow.InputInterface is null ? scope : null;
        return _routes6.Select(packet, flow.InputInterface is null, notes).ToArray();
    }

    public RouteDecision Decide(Flow flow, bool isConnect)
    {
        var unseen = new List<string>();
        bool isIPv6 = flow.Destination.IsIPv6;
        bool mayBeMerged = !isIPv6 && MayBeMerged;
        LinuxNetworkView view = isIPv6 ? _ipv6 : _ipv4;

        // Rules that nobody read are taken to be the usual ones.
        bool isUnread = view.Rules.Length == 0 && _host.RoutingRules.Coverage != Coverage.Complete;
        var notes = new RouteNotes();
        LinuxWay[] ways = Distinct(Ways(flow, isConnect, mayBeMerged || isUnread, notes));
        if (mayBeMerged && !WithoutTable(Ways(flow, isConnect, isMerged: false, null)).SequenceEqual(WithoutTable(ways)))
            unseen.Add("whether a routing rule was ever added or deleted: then the tables local and main are searched one after the other, and the answer is another");
        ways = [.. ways.OrderBy(way => way.Refusal is null ? 0 : 1)];
        if (ways.Length > 1 && ways[^1].Refusal is { } other)
            unseen.Add($"which of its ways the packet takes: on another one it fails with {other.Error}");
        Doubt(unseen, "interfaces", _host.Interfaces);
        Doubt(unseen, "routes", _host.Routes);
        Doubt(unseen, "addresses", _host.Addresses);
        Doubt(unseen, "routingRules", _host.RoutingRules);
        Doubt(unseen, "settings", _host.Settings);
        if (view.Loopback is null || view.HasUnknownInterfaces)
            unseen.Add(view.Loopback is null ? "interfaces: the loopback interface is not there" : "interfaces: a route names one that is not there");
        if (flow.UserId is null && flow.InputInterface is null && _host.Identity?.UserId is null && Array.Exists(view.Rules, rule => rule.FirstUserId is not null))
            unseen.Add("the user: a rule selects by it, and root is assumed");
        if (isConnect && flow.Destination.IsIPv4Mapped)
            unseen.Add($"whether the socket is IPv6-only: one that is not goes by IPv4, to {flow.Destination.UnmapIPv4()}");
        if (!isIPv6 && Array.Exists(ways, LeavesOutItsGateway))
            unseen.Add("whether the gateway was on the link when its route was added: it is not now, and taken to be unused");
        if (!isIPv6 && Array.Exists(ways, way => way.Gateway > uint.MaxValue))
            unseen.Add("IPv4 by an IPv6 router is not modelled");
        if (isIPv6 && _host.Neighbors.Coverage == Coverage.Partial)
            Doubt(unseen, "neighbors", _host.Neighbors);
        if (isIPv6 && _host.AddressLabels.Coverage == Coverage.Partial)
            Doubt(unseen, "addressLabels", _host.AddressLabels);
        if (isIPv6 && !_host.AddressLabels.IsKnown && flow.Source is null)
            unseen.Add("addressLabels: the table was not captured; those of RFC 6724 are assumed");
        if (isIPv6 && !_host.Neighbors.IsKnown && Array.Exists(ways, way => way.Gateway is not null))
            unseen.Add("neighbors: the table was not captured; every router is taken to answer");
        if (_ipv4.Devices.Exists(device => device.Row.Kind == "vrf"))
            unseen.Add("VRFs are not modelled");

        ConsiderOthers(notes, flow.Destination, view);
        LinuxWay first = ways[0];
        bool isUndetermined = first.Outcome == RouteOutcome.Undetermined;
        if (isUndetermined)
            unseen.Insert(0, "the reception of multicasts and the forwarding of broadcasts are not modelled");
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

    // Behind the route that is taken the kernel looks at none: those of its table that would have fitted.
    private static void ConsiderOthers(RouteNotes notes, NetAddress destination, LinuxNetworkView view)
    {
        LinuxRoute? taken = notes.Routes.FindLast(entry => entry.Loss == RouteLoss.None).Route;
        if (taken is null)
            return;
        UInt128 value = LinuxNetworkView.ValueOf(destination);
        HashSet<LinuxRoute> known = [.. notes.Routes.Select(entry => entry.Route)];
        IEnumerable<LinuxRoute> others = view.Tables[taken.Row.Table]
            .Where(route => !known.Contains(route) && view.IsIn(value, route.Destination, route.Length))
            .OrderByDescending(route => route.Length).ThenBy(route => route.Row.Metric);
        foreach (LinuxRoute route in others.Take(RouteDecision.MostConsidered))
        {
            notes.Consider(route, route.Length < taken.Length ? RouteLoss.ShorterPrefix
                : route.FromLength > 0 && route.From != taken.From ? RouteLoss.OtherSource
                : route.Row.Metric > taken.Row.Metric ? RouteLoss.HigherMetric
                : RouteLoss.Order);
        }
    }

    private static LinuxWay[] Distinct(LinuxWay[] ways) => [.. ways.Distinct()];

    // Of tables that are one the kernel reports main, of others the one that has the route.
    private static LinuxWay[] WithoutTable(LinuxWay[] ways) => Distinct([.. ways.Select(way => way with { Table = null })]);

    private static bool IsDefault(RoutingRuleRow rule, uint priority, uint table) =>
        rule == new RoutingRuleRow { Priority = priority, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = table };

    private static void Doubt<T>(List<string> unseen, string name, Table<T> table)
    {
        if (table.Coverage != Coverage.Complete)
            unseen.Add(table.Coverage == Coverage.NotRequested ? $"{name}: the table was not captured" : $"{name}: not all rows were read");
    }

    private static RouteChoice Choice(LinuxWay way, Flow flow, LinuxNetworkView view)
    {
        UInt128 source = flow.Source is { } bound ? LinuxNetworkView.ValueOf(bound) : way.Source;
        return new RouteChoice
        {
            Interface = way.Device!.Row.Index,
            InterfaceName = way.Device.Name,
            Gateway = way.Gateway is { } gateway ? RouterOf(way.Route?.Row, gateway) ?? view.AddressOf(gateway) : null,
            Source = source == 0 ? null : view.AddressOf(source),
            Table = way.Route?.Row.Table ?? way.Table,
            Route = way.Route?.Row,
        };
    }

    private static bool LeavesOutItsGateway(LinuxWay way) =>
        way is { Refusal: null, Gateway: null, Outcome: RouteOutcome.Unicast, Route: { } route }
        && Array.Exists(route.Hops, hop => hop.Device == way.Device && hop.Gateway is not null);

    // A router of the other family (RTA_VIA) is told as it stands in the route.
    private static NetAddress? RouterOf(RouteRow? route, UInt128 gateway)
    {
        if (route?.Gateway is { } one && LinuxNetworkView.ValueOf(one) == gateway)
            return one;
        foreach (NextHopRow hop in route?.NextHops ?? [])
        {
            if (hop.Gateway is { } another && LinuxNetworkView.ValueOf(another) == gateway)
                return another;
        }

        return null;
    }
}
