using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.RoutePrint;

/// <summary>A route as it is printed: its interface is an address (IPv4) or a number (IPv6), or neither (a persistent one).</summary>
internal readonly record struct PrintedRoute(
    int Line, NetPrefix Destination, NetAddress? Gateway, NetAddress InterfaceAddress, uint InterfaceIndex, uint Metric, bool IsPersistent);

/// <summary>Brings the two halves of a print together: which interface an address stands for, and which addresses there are.</summary>
internal sealed class RoutePrintJoin
{
    /// <summary>The number of the loopback interface on every Windows.</summary>
    public const uint Loopback = 1;

    private readonly ImmutableArray<TextRow<InterfaceRow>>.Builder _interfaces = ImmutableArray.CreateBuilder<TextRow<InterfaceRow>>();
    private readonly ImmutableArray<TextRow<AddressRow>>.Builder _addresses = ImmutableArray.CreateBuilder<TextRow<AddressRow>>();
    private readonly Dictionary<uint, int> _placeOf = [];
    private readonly Dictionary<NetAddress, uint> _indexOf = [];
    private readonly HashSet<(uint Interface, NetPrefix Prefix)> _subnets = [];
    private readonly Dictionary<NetPrefix, uint> _ownerOf = [];
    private readonly Dictionary<NetAddress, uint> _own = [];

    public RoutePrintJoin(List<TextRow<InterfaceRow>> listed, List<PrintedRoute> routes)
    {
        foreach (TextRow<InterfaceRow> row in listed)
        {
            _placeOf.Add(row.Row.Index, _interfaces.Count);
            _interfaces.Add(row);
        }

        List<PrintedRoute> active = routes.FindAll(route => !route.IsPersistent);
        NumberAddresses(active);
        FindSubnets(active);
        FindAddresses(active);
        Routes = RowsOf(active);
        PersistentRoutes = RowsOf(routes.FindAll(route => route.IsPersistent));
        Interfaces = _interfaces.DrainToImmutable();
        Addresses = _addresses.DrainToImmutable();
    }

    public ImmutableArray<TextRow<InterfaceRow>> Interfaces { get; }

    public ImmutableArray<TextRow<AddressRow>> Addresses { get; }

    public ImmutableArray<TextRow<RouteRow>> Routes { get; }

    public ImmutableArray<TextRow<RouteRow>> PersistentRoutes { get; }

    /// <summary>Before Vista the gateway of a destination on the link is the interface's own address.</summary>
    public bool NamesOwnAddressAsGateway { get; private set; }

    private void NumberAddresses(List<PrintedRoute> routes)
    {
        var others = new List<(NetAddress Address, int Line)>();
        foreach (PrintedRoute route in routes)
        {
            NamesOwnAddressAsGateway |= route.Gateway is { } gateway && gateway == route.InterfaceAddress;
            if (route.InterfaceAddress.IsNone && route.InterfaceIndex != 0)
                MeetInterface(route.InterfaceIndex, string.Create(CultureInfo.InvariantCulture, $"interface {route.InterfaceIndex}"), route.Line);
            else if (route.InterfaceAddress.IsNone)
                continue;
            else if (route.InterfaceAddress.IsLoopback)
                _indexOf[route.InterfaceAddress] = MeetInterface(Loopback, route.InterfaceAddress.ToString(), route.Line);
            else if (_indexOf.TryAdd(route.InterfaceAddress, 0))
                others.Add((route.InterfaceAddress, route.Line));
        }

        uint? only = others.Count == 1 ? OnlyAdapter() : null;
        for (int i = 0; i < others.Count; i++)
        {
            uint index = only ?? InterfaceRow.FirstInventedIndex + (uint)i;
            _indexOf[others[i].Address] = MeetInterface(index, others[i].Address.ToString(), others[i].Line);
        }
    }

    // The one adapter that can have the one address: neither the loopback interface nor a tunnel of IPv6.
    private uint? OnlyAdapter()
    {
        uint? found = null;
        foreach (TextRow<InterfaceRow> row in _interfaces)
        {
            if (row.Row.Type is NetworkInterfaceType.Loopback or NetworkInterfaceType.Tunnel)
                continue;
            if (found is not null)
                return null;
            found = row.Row.Index;
        }

        return found;
    }

    private uint MeetInterface(uint index, string name, int line)
    {
        if (_placeOf.TryGetValue(index, out int place))
        {
            _interfaces[place] = _interfaces[place] with { Row = _interfaces[place].Row with { Status = OperationalStatus.Up } };
            return index;
        }

        _placeOf[index] = _interfaces.Count;
        _interfaces.Add(new(line, new InterfaceRow
        {
            Index = index,
            Name = name,
            Status = OperationalStatus.Up,
            Type = index == Loopback ? NetworkInterfaceType.Loopback : NetworkInterfaceType.Unknown,
            MetricV4 = 0,
            MetricV6 = 0,
        }));
        return index;
    }

    private void FindSubnets(List<PrintedRoute> routes)
    {
        foreach (PrintedRoute route in routes)
        {
            if (!IsOnLink(route) || IsHost(route.Destination) || route.Destination.IsDefault || route.Destination.Address.IsMulticast)
                continue;
            _subnets.Add((IndexOf(route), route.Destination));
            _ownerOf.TryAdd(route.Destination, IndexOf(route));
        }
    }

    private void FindAddresses(List<PrintedRoute> routes)
    {
        foreach (PrintedRoute route in routes)
        {
            if (!route.InterfaceAddress.IsNone)
                AddAddress(route.InterfaceAddress, IndexOf(route), route.Line);
        }

        foreach (PrintedRoute route in routes)
        {
            NetAddress address = route.Destination.Address;
            if (!IsHost(route.Destination) || !IsOnLink(route) || address.IsMulticast || address.IsBroadcast)
                continue;
            uint index = IndexOf(route);
            if (address.IsIPv6)
                AddAddress(address.IsLinkLocal ? address.WithScope(index) : address, index, route.Line);
            else if (NamesOwnAddressAsGateway && index == Loopback && InterfaceAround(address) is { } outer)
                AddAddress(address, outer, route.Line);
            else if (SubnetOf(address, index) is { } subnet && subnet.LastAddress != address)
                AddAddress(address, index, route.Line);
        }
    }

    private void AddAddress(NetAddress address, uint index, int line)
    {
        if (!_own.TryAdd(address, index))
            return;
        _addresses.Add(new(line, new AddressRow
        {
            Interface = index,
            Address = address,
            PrefixLength = SubnetOf(address, index)?.Length ?? address.BitCount,
            State = AddressState.Preferred,
        }));
    }

    private NetPrefix? SubnetOf(NetAddress address, uint index)
    {
        for (int length = address.BitCount - 1; length > 0; length--)
        {
            NetPrefix prefix = NetPrefix.Create(address.WithoutScope(), length);
            if (_subnets.Contains((index, prefix)))
                return prefix;
        }

        return null;
    }

    // Before Vista a host's own address leads to the loopback interface; its own interface is the one whose subnet it is in.
    private uint? InterfaceAround(NetAddress address)
    {
        for (int length = address.BitCount - 1; length > 0; length--)
        {
            if (_ownerOf.TryGetValue(NetPrefix.Create(address, length), out uint index))
                return index;
        }

        return null;
    }

    private ImmutableArray<TextRow<RouteRow>> RowsOf(List<PrintedRoute> routes)
    {
        var rows = ImmutableArray.CreateBuilder<TextRow<RouteRow>>(routes.Count);
        foreach (PrintedRoute route in routes)
        {
            uint index = IndexOf(route);
            rows.Add(new(route.Line, new RouteRow
            {
                Destination = route.Destination,
                Kind = KindOf(route, index),
                Gateway = IsOnLink(route) ? null : route.Gateway,
                Interface = index == 0 ? null : index,
                Metric = route.Metric,
            }));
        }

        return rows.DrainToImmutable();
    }

    private RouteKind KindOf(PrintedRoute route, uint index)
    {
        NetAddress address = route.Destination.Address;
        if (address.IsMulticast)
            return RouteKind.Multicast;
        if (!IsOnLink(route) || route.IsPersistent)
            return RouteKind.Unicast;
        if (address.IsBroadcast || (address.IsIPv4 && IsHost(route.Destination) && SubnetOf(address, index)?.LastAddress == address))
            return RouteKind.Broadcast;
        return address.IsLoopback || (IsHost(route.Destination) && _own.ContainsKey(address.IsLinkLocal && address.IsIPv6 ? address.WithScope(index) : address))
            ? RouteKind.Local : RouteKind.Unicast;
    }

    private uint IndexOf(PrintedRoute route) =>
        route.InterfaceAddress.IsNone ? route.InterfaceIndex : _indexOf[route.InterfaceAddress];

    private static bool IsOnLink(PrintedRoute route) => route.Gateway is null || route.Gateway == route.InterfaceAddress;

    private static bool IsHost(NetPrefix prefix) => prefix.Length == prefix.Address.BitCount;
}
