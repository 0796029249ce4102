using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>IPv4 route selection as the kernel does it.</summary>
/// <remarks>
/// net/ipv4/route.c: <c>ip_route_output_key_hash_rcu</c>, <c>ip_route_input_slow</c>; fib_trie.c: <c>fib_table_lookup</c>;
/// fib_frontend.c: <c>__fib_validate_source</c>; devinet.c: <c>inet_select_addr</c>.
/// </remarks>
internal sealed class LinuxIPv4Routes
{
    private const uint LimitedBroadcast = 0xffff_ffff, LoopbackAddress = 0x7f00_0001;
    private const string Loopback = "lo";
    private const byte TypeOfServiceMask = 0x1c;
    private const byte Igmp = 2;
    private const int LongestMulticast = 4;

    private readonly LinuxNetworkView _view;
    private readonly Dictionary<uint, LinuxRouteTree> _tables;
    private readonly LinuxRouteTree _merged;
    private readonly LinuxRouteTree _empty = new([], isIPv6: false);
    private readonly bool _isMerged;
    private readonly bool _hasLocalRoutesOfUsers;

    /// <param name="view">The host.</param>
    /// <param name="isMerged">Whether the tables local and main are one: so until somebody adds or deletes a rule.</param>
    public LinuxIPv4Routes(LinuxNetworkView view, bool isMerged)
    {
        const byte KernelProtocol = 2;
        _view = view;
        _isMerged = isMerged;
        _tables = view.Tables.ToDictionary(pair => pair.Key, pair => new LinuxRouteTree(pair.Value, isIPv6: false));
        _merged = isMerged
            ? new LinuxRouteTree(((uint[])[LinuxNetworkView.LocalTable, LinuxNetworkView.MainTable]).SelectMany(table => view.Tables.GetValueOrDefault(table, [])), isIPv6: false)
            : _empty;
        _hasLocalRoutesOfUsers = view.Tables.Values.Any(routes => routes.Exists(route => route.Kind == RouteKind.Local && route.Row.Protocol != KernelProtocol));
    }

    /// <summary>The ways of one lookup, as <c>ip route get</c> makes it.</summary>
    public LinuxWays Select(in LinuxFlow flow, bool allowsForeignSource, RouteNotes? notes) =>
        flow.Input == Loopback ? Output(flow, allowsForeignSource, notes) : Input(flow, notes);

    /// <summary>The ways of <c>connect()</c>: the first lookup finds the source, the second one is made with it.</summary>
    public LinuxWays Connect(in LinuxFlow flow, bool allowsForeignSource, RouteNotes? notes)
    {
        if (flow.Destination != 0 && flow.Source != 0)
            return Output(flow, allowsForeignSource, notes);
        var ways = default(LinuxWays);
        foreach (LinuxWay first in Output(flow, allowsForeignSource, notes).ToArray())
        {
            if (first.Refusal is not null)
            {
                ways.Add(first);
                continue;
            }

            notes?.Add("route.connect", $"connect() asks again with the source {_view.AddressOf(first.Source)}");
            LinuxFlow second = flow;
            second.Source = first.Source;
            second.Destination = first.Destination;
            foreach (LinuxWay way in Output(second, allowsForeignSource, notes).ToArray())
                ways.Add(way);
        }

        return ways;
    }

    private static bool IsMulticast(UInt128 address) => (uint)address >> 28 == 0xe;

    private static bool IsZeroNet(UInt128 address) => (uint)address >> 24 == 0;

    private static bool IsLoopback(UInt128 address) => (uint)address >> 24 == 127;

    private LinuxRouteTree RoutesOf(uint table) => _tables.GetValueOrDefault(table, _empty);

    private LinuxMatch Lookup(LinuxRouteTree routes, in LinuxFlow flow, bool ignoresLinkState, RouteNotes? notes)
    {
        for (LinuxRouteNode? node = routes.Find(_view.AddressOf(flow.Destination)); node is not null; node = node.Parent)
        {
            foreach (LinuxRoute route in node.Routes)
            {
                LinuxMatch match = Ask(route, flow, ignoresLinkState, notes);
                if (match.Refusal != LinuxRefusal.NotThis)
                    return match;
            }
        }

        return LinuxRefusal.Again;
    }

    private static LinuxMatch Ask(LinuxRoute route, in LinuxFlow flow, bool ignoresLinkState, RouteNotes? notes)
    {
        if (route.Row.TypeOfService != 0 && route.Row.TypeOfService != (flow.TypeOfService & TypeOfServiceMask))
        {
            notes?.Consider(route, RouteLoss.TypeOfService);
            return LinuxRefusal.NotThis;
        }

        if (flow.Scope != 0 && route.Hops.Length > 0 && route.Scope < flow.Scope)
            return LinuxRefusal.NotThis;
        if (LinuxRefusal.Of(route, notes) is { } refusal)
            return refusal;

        foreach (LinuxNextHop hop in route.Hops)
        {
            if (hop.IsDead && !(ignoresLinkState && hop.IsLinkDown && hop.Device is { IsUp: true }))
            {
                notes?.Consider(route, RouteLoss.InterfaceDown);
                continue;
            }

            if (flow.Output is not null && flow.Output != hop.Device)
            {
                notes?.Consider(route, RouteLoss.OtherInterface);
                continue;
            }

            notes?.Consider(route, RouteLoss.None);
            return new LinuxMatch(null, hop);
        }

        return LinuxRefusal.NotThis;
    }

    private LinuxMatch LookupAll(in LinuxFlow flow, bool ignoresLinkState, RouteNotes? notes)
    {
        if (!_isMerged)
        {
            return LinuxRuleWalk.Walk(_view, flow, new TableLookup(this, ignoresLinkState, notes), notes);
        }

        LinuxMatch match = Lookup(_merged, flow, ignoresLinkState, notes);
        if (match.Refusal == LinuxRefusal.Again)
            match = Lookup(RoutesOf(LinuxNetworkView.DefaultTable), flow, ignoresLinkState, notes);
        return match.Refusal == LinuxRefusal.Again ? LinuxRefusal.NoRoute : match;
    }

    private LinuxWays Output(LinuxFlow flow, bool allowsForeignSource, RouteNotes? notes)
    {
        if (flow.Source != 0)
        {
            if (IsMulticast(flow.Source) || flow.Source == LimitedBroadcast || IsZeroNet(flow.Source))
                return LinuxRefusal.InvalidSource;
            if (flow.Output is null && (IsMulticast(flow.Destination) || flow.Destination == LimitedBroadcast))
            {
                LinuxDevice? owner = OwnerOf(flow.Source);
                return owner is null ? LinuxRefusal.ForeignSource : Way(flow, owner, null, flow.Source);
            }

            if (!allowsForeignSource && OwnerOf(flow.Source) is null)
            {
                notes?.Add("route.source.foreign", $"{_view.AddressOf(flow.Source)} is not an address of this host");
                return LinuxRefusal.ForeignSource;
            }
        }

        if (flow.Output is { } output)
        {
            if (!output.IsUp)
                return LinuxRefusal.DeviceDown;
            if ((uint)flow.Destination >> 8 == 0xe0_0000 || flow.Destination == LimitedBroadcast || flow.Protocol == Igmp)
                return Way(flow, output, null, flow.Source != 0 ? flow.Source : SelectAddress(output, 0, LinuxNetworkView.LinkScope));
            if (flow.Source == 0 && IsMulticast(flow.Destination))
                flow.Source = SelectAddress(output, 0, LinuxNetworkView.GlobalScope);
            else if (flow.Source == 0 && flow.Destination == 0)
                flow.Source = SelectAddress(output, 0, LinuxNetworkView.HostScope);
        }

        if (flow.Destination == 0)
        {
            flow.Destination = flow.Source;
            if (flow.Destination == 0)
                flow.Destination = flow.Source = LoopbackAddress;
            return _view.Loopback is { } loopback ? Way(flow, loopback, RouteOutcome.Local, flow.Source) : LinuxRefusal.NoRoute;
        }

        LinuxMatch match = LookupAll(flow, ignoresLinkState: false, notes);
        if (match.Refusal is { } refusal)
        {
            if (flow.Output is not { } device)
                return refusal;
            notes?.Add("route.assumed", $"nothing leads there by {device.Name}: the destination is taken to be on its link");
            return Way(flow, device, RouteOutcome.Unicast, flow.Source != 0 ? flow.Source : SelectAddress(device, 0, LinuxNetworkView.LinkScope));
        }

        LinuxRoute route = match.Route;
        if (route.Kind == RouteKind.Local)
        {
            UInt128 source = flow.Source != 0 ? flow.Source : route.PreferredSource ?? flow.Destination;
            return _view.Loopback is { } loopback ? Way(flow, loopback, RouteOutcome.Local, source, match.Hop) : LinuxRefusal.NoRoute;
        }

        if (flow.Output is not null || route.Hops.Length < 2)
            return Through(match.Hop!, flow);
        var ways = default(LinuxWays);
        foreach (LinuxNextHop hop in HopsOf(match, flow))
            ways.Add(Through(hop, flow));
        return ways;
    }

    private LinuxWay Through(LinuxNextHop hop, in LinuxFlow flow) => hop.Device is { } device
        ? Way(flow, device, OutcomeOf(hop.Route.Kind), flow.Source != 0 ? flow.Source : SourceOf(hop.Route, hop), hop)
        : LinuxRefusal.NoRoute;

    private static RouteOutcome OutcomeOf(RouteKind kind) => kind switch
    {
        RouteKind.Broadcast => RouteOutcome.Broadcast,
        RouteKind.Multicast => RouteOutcome.Multicast,
        RouteKind.Anycast => RouteOutcome.Anycast,
        RouteKind.Local => RouteOutcome.Local,
        _ => RouteOutcome.Unicast,
    };

    /// <summary>The next hops that the kernel may take: by a hash over the packet, whose seed nobody sees.</summary>
    private LinuxNextHop[] HopsOf(LinuxMatch match, LinuxFlow flow)
    {
        LinuxRoute route = match.Route;
        LinuxNextHop[] alive = Alive(match);
        if (flow.Source == 0)
            return alive;
        LinuxNextHop[] own = [.. alive.Where(hop => hop.Device is { } device && SelectAddress(device, hop.Gateway ?? 0, route.Scope) == flow.Source)];
        return own.Length > 0 ? own : alive;
    }

    /// <summary>Never empty: a snapshot may say of every next hop that its link is down, and the one that was found stands.</summary>
    private LinuxNextHop[] Alive(LinuxMatch match)
    {
        LinuxNextHop[] alive = [.. match.Route.Hops.Where(IsAlive)];
        return alive.Length > 0 ? alive : [match.Hop!];
    }

    private bool IsAlive(LinuxNextHop hop) =>
        !hop.IsDead && !(hop.IsLinkDown && hop.Device is { } device && _view.IsOn(device, LinuxSetting.IgnoreRoutesWithLinkdown));

    private UInt128 SourceOf(LinuxRoute route, LinuxNextHop hop) =>
        route.PreferredSource ?? SelectAddress(hop.Device!, hop.Gateway ?? 0, route.Scope);

    /// <summary>What <c>__mkroute_output</c> makes of the result.</summary>
    private LinuxWay Way(in LinuxFlow flow, LinuxDevice device, RouteOutcome? kind, UInt128 source, LinuxNextHop? hop = null)
    {
        if (IsLoopback(source) && !device.IsLoopback && !_view.IsOn(device, LinuxSetting.RouteLocalnet))
            return LinuxRefusal.InvalidSource;
        RouteOutcome outcome = kind ?? RouteOutcome.Unicast;
        LinuxRoute? route = hop?.Route;
        if (flow.Destination == LimitedBroadcast)
        {
            outcome = RouteOutcome.Broadcast;
            route = null;
        }
        else if (IsMulticast(flow.Destination))
        {
            outcome = RouteOutcome.Multicast;
            if (route?.Length < LongestMulticast)
                route = null;
        }
        else if (IsZeroNet(flow.Destination))
        {
            return LinuxRefusal.InvalidDestination;
        }

        UInt128? gateway = route is not null && hop!.Gateway is { } router && UsesGateway(hop) ? router : null;
        uint? table = hop is null ? null : _isMerged && hop.Route.Row.Table == LinuxNetworkView.LocalTable ? LinuxNetworkView.MainTable : hop.Route.Row.Table;
        return new LinuxWay(null, outcome, device, gateway, source, table, route ?? hop?.Route) { Destination = flow.Destination };
    }

    /// <summary>
    /// A gateway is used only if it was on the link when the route was added, which no dump tells: whether it is now
    /// (<c>fib_check_nh_v4_gw</c>).
    /// </summary>
    private bool UsesGateway(LinuxNextHop hop)
    {
        if (hop.IsOnLink)
            return true;
        var flow = new LinuxFlow
        {
            Destination = hop.Gateway!.Value,
            Output = hop.Device,
            Input = Loopback,
            UserId = 0,
            Scope = Math.Max(LinuxNetworkView.LinkScope, hop.Route.Scope + 1),
        };
        uint table = hop.Route.Row.Table;
        LinuxMatch match = LinuxRefusal.Again;
        if (table != LinuxNetworkView.MainTable)
            match = Lookup(_isMerged && table == LinuxNetworkView.LocalTable ? _merged : RoutesOf(table), flow, ignoresLinkState: true, null);
        if (match.Refusal is not null)
            match = LookupAll(flow, ignoresLinkState: true, null);
        return match.Refusal is not null || (match.Route.Kind != RouteKind.Local && match.Route.Scope < LinuxNetworkView.HostScope);
    }

    /// <summary>The interface that has an address; else one whose whole prefix is local ("AnyIP"); else null.</summary>
    private LinuxDevice? OwnerOf(UInt128 address)
    {
        foreach (LinuxDevice device in _view.Devices)
        {
            if (device.Has(address))
                return device;
        }

        var flow = new LinuxFlow { Destination = address, Input = Loopback };
        LinuxMatch match = Lookup(_isMerged ? _merged : RoutesOf(LinuxNetworkView.LocalTable), flow, ignoresLinkState: false, null);
        return match.Refusal is null && match.Route.Kind == RouteKind.Local ? match.Hop!.Device : null;
    }

    /// <summary>The source address for a destination on an interface (<c>inet_select_addr</c>); 0 for none.</summary>
    private UInt128 SelectAddress(LinuxDevice device, UInt128 destination, int scope)
    {
        int lowest = _view.IsOn(device, LinuxSetting.RouteLocalnet) ? LinuxNetworkView.LinkScope : LinuxNetworkView.HostScope;
        UInt128 found = 0;
        foreach (LinuxAddress address in device.Addresses)
        {
            if (address.IsSecondary || Math.Min(address.Scope, lowest) > scope)
                continue;
            if (destination == 0 || _view.IsIn(destination, address.Subnet, address.Length))
                return address.Value;
            if (found == 0)
                found = address.Value;
        }

        if (found != 0)
            return found;
        foreach (LinuxDevice other in _view.Devices)
        {
            foreach (LinuxAddress address in other.Addresses)
            {
                if (!address.IsSecondary && address.Scope != LinuxNetworkView.LinkScope && address.Scope <= scope)
                    return address.Value;
            }
        }

        return 0;
    }

    private LinuxWays Input(in LinuxFlow flow, RouteNotes? notes)
    {
        LinuxDevice? device = _view.Find(flow.Input);
        if (device is null || _view.Loopback is not { } loopback)
            return LinuxRefusal.InvalidDestination;
        if (IsMulticast(flow.Destination))
            return LinuxRefusal.NotModelled;
        if (IsMulticast(flow.Source) || flow.Source == LimitedBroadcast)
            return LinuxRefusal.InvalidSource;
        if (flow.Destination == LimitedBroadcast || (flow.Source == 0 && flow.Destination == 0))
        {
            return !IsZeroNet(flow.Source) && !IsValidSource(flow, device, null, isBroadcast: true, notes)
                ? LinuxRefusal.InvalidSource
                : new LinuxWay(null, RouteOutcome.Broadcast, loopback, null, 0, null, null);
        }

        if (IsZeroNet(flow.Source) || IsZeroNet(flow.Destination))
            return LinuxRefusal.InvalidSource;
        if ((IsLoopback(flow.Destination) || IsLoopback(flow.Source)) && !_view.IsOn(device, LinuxSetting.RouteLocalnet))
            return LinuxRefusal.InvalidSource;
        LinuxMatch match = LookupAll(flow, ignoresLinkState: false, notes);
        bool forwards = device.Setting(LinuxSetting.Forwarding) != 0;
        if (match.Refusal is { } refusal)
            return forwards ? refusal : LinuxRefusal.NoHostRoute;
        LinuxRoute route = match.Route;
        if (route.Kind is RouteKind.Broadcast or RouteKind.Local)
        {
            bool isBroadcast = route.Kind == RouteKind.Broadcast;
            if (isBroadcast && _view.SettingOfAll(LinuxSetting.BcForwarding) != 0 && device.Setting(LinuxSetting.BcForwarding) != 0)
                return LinuxRefusal.NotModelled;
            return IsValidSource(flow, device, null, isBroadcast, notes)
                ? new LinuxWay(null, isBroadcast ? RouteOutcome.Broadcast : RouteOutcome.Local, loopback, null, 0, TableOf(route), route)
                : LinuxRefusal.InvalidSource;
        }

        if (!forwards)
            return LinuxRefusal.NoHostRoute;
        if (route.Kind != RouteKind.Unicast)
            return LinuxRefusal.InvalidDestination;
        if (route.Hops.Length < 2)
            return Forward(match.Hop!, flow, device, notes);
        var ways = default(LinuxWays);
        foreach (LinuxNextHop hop in Alive(match))
            ways.Add(Forward(hop, flow, device, notes));
        return ways;
    }

    private LinuxWay Forward(LinuxNextHop hop, in LinuxFlow flow, LinuxDevice device, RouteNotes? notes) =>
        hop.Device is not { } output || !IsValidSource(flow, device, output, isBroadcast: false, notes)
            ? LinuxRefusal.InvalidSource
            : new LinuxWay(null, RouteOutcome.Unicast, output, hop.Gateway is { } router && UsesGateway(hop) ? router : null, 0, TableOf(hop.Route), hop.Route);

    private uint TableOf(LinuxRoute route) =>
        _isMerged && route.Row.Table == LinuxNetworkView.LocalTable ? LinuxNetworkView.MainTable : route.Row.Table;

    /// <summary>Whether a packet from this source may arrive here: reverse path filter and own addresses (<c>__fib_validate_source</c>).</summary>
    private bool IsValidSource(in LinuxFlow flow, LinuxDevice device, LinuxDevice? output, bool isBroadcast, RouteNotes? notes)
    {
        int filter = Math.Max(_view.SettingOfAll(LinuxSetting.RpFilter), device.Setting(LinuxSetting.RpFilter));
        bool acceptsLocal = _view.IsOn(device, LinuxSetting.AcceptLocal);
        if (filter == 0 && device != output)
        {
            if (acceptsLocal)
                return true;
            if (_isMerged && !_hasLocalRoutesOfUsers)
            {
                foreach (LinuxDevice other in _view.Devices)
                {
                    if (other.Has(flow.Source))
                        return false;
                }

                return true;
            }
        }

        var reverse = new LinuxFlow
        {
            Destination = flow.Source,
            Source = isBroadcast ? 0 : flow.Destination,
            Input = isBroadcast || output is null ? Loopback : output.Name,
            TypeOfService = flow.TypeOfService,
            Mark = _view.IsOn(device, LinuxSetting.SrcValidMark) ? flow.Mark : 0,
            UserId = 0,
            Protocol = flow.Protocol,
            SourcePort = flow.DestinationPort,
            DestinationPort = flow.SourcePort,
        };
        LinuxMatch match = LookupAll(reverse, ignoresLinkState: false, null);
        bool isValid = match.Refusal is not null
            ? filter == 0
            : (match.Route.Kind == RouteKind.Unicast || (match.Route.Kind == RouteKind.Local && acceptsLocal))
                && (match.Route.HasHopBy(device) || (device.Addresses.Count == 0 ? filter == 0 : filter != 1));
        if (!isValid)
            notes?.Add("route.source.filtered", $"a packet from {_view.AddressOf(flow.Source)} is not accepted on {device.Name} (rp_filter {filter})");
        return isValid;
    }

    private readonly struct TableLookup(LinuxIPv4Routes routes, bool ignoresLinkState, RouteNotes? notes) : ILinuxTableLookup
    {
        public LinuxMatch Lookup(uint table, in LinuxFlow flow) => routes.Lookup(routes.RoutesOf(table), flow, ignoresLinkState, notes);
    }
}
