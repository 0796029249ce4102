using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>A route that fits a destination, with what it costs.</summary>
internal sealed record WindowsRoute(RouteRow Row, InterfaceRow? Interface, long InterfaceMetric)
{
    public long Cost => Row.Metric + InterfaceMetric;

    public bool IsDown => Interface?.Status is OperationalStatus.Down or OperationalStatus.NotPresent or OperationalStatus.LowerLayerDown;

    public string InterfaceName => Interface?.Name ?? string.Create(CultureInfo.InvariantCulture, $"interface {Row.Interface}");

    /// <summary>The route in words like those of <c>route print</c>.</summary>
    public override string ToString()
    {
        string metric = InterfaceMetric == 0 ? "" : $" ({Row.Metric} of the route and {InterfaceMetric} of the interface)";
        return string.Create(CultureInfo.InvariantCulture, $"{Row.Destination} {(Row.Gateway is { } router ? $"by {router}" : "on-link")} on {InterfaceName}, metric {Cost}{metric}");
    }
}

/// <summary>One family's interfaces, addresses and routes of a host, as Windows looks them up.</summary>
internal sealed class WindowsNetworkView
{
    private readonly HostSnapshot _host;
    private readonly HostModel _model;
    private readonly bool _isIPv6;
    private readonly Dictionary<uint, InterfaceRow> _interfaces = [];
    private readonly AddressRow[] _addresses;
    private readonly RouteRow[] _routes;

    public WindowsNetworkView(HostSnapshot host, HostModel model, bool isIPv6)
    {
        _host = host;
        _model = model;
        _isIPv6 = isIPv6;
        foreach (InterfaceRow row in host.Interfaces)
            _interfaces.TryAdd(row.Index, row);
        _addresses = [.. host.Addresses.Where(row => row.Address.IsIPv6 == isIPv6 && row.State is not (AddressState.Tentative or AddressState.Duplicate))];

        // NT to 2003 write the interface's own address where later ones say on-link.
        var own = _addresses.Select(row => row.Address.WithoutScope()).ToHashSet();
        // Of a Linux host, what its main table sends: a route to several next hops is as many routes.
        _routes = host.Platform.Family != PlatformFamily.Linux
            ? [.. host.Routes.Where(row => row.Destination.Address.IsIPv6 == isIPv6).Select(row => row.Gateway is { } router && own.Contains(router.WithoutScope()) ? row with { Gateway = null } : row)]
            : [.. host.Routes.Where(row => row.Destination.Address.IsIPv6 == isIPv6 && row is { Table: LinuxNetworkView.MainTable, Kind: RouteKind.Unicast }).SelectMany(WithOneHop)];
    }

    public InterfaceRow? Find(uint index) => _interfaces.GetValueOrDefault(index);

    public InterfaceRow? Find(string name)
    {
        foreach (InterfaceRow row in _interfaces.Values)
        {
            if (string.Equals(row.Name, name, StringComparison.OrdinalIgnoreCase))
                return row;
        }

        return uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint index) ? Find(index) : null;
    }

    public InterfaceRow? Loopback => _interfaces.Values.FirstOrDefault(row => row.Type == NetworkInterfaceType.Loopback);

    /// <summary>The row of an address of this host; null when it is of another.</summary>
    public AddressRow? OwnerOf(NetAddress address) =>
        Array.Find(_addresses, row => row.Address.WithoutScope() == address.WithoutScope() && (address.ScopeId == 0 || row.Interface == address.ScopeId));

    public bool Owns(uint index, NetAddress address) =>
        Array.Exists(_addresses, row => row.Interface == index && row.Address.WithoutScope() == address.WithoutScope());

    public AddressRow[] AddressesOf(uint index) => Array.FindAll(_addresses, row => row.Interface == index);

    public InterfaceOptions OptionsOf(uint index)
    {
        InterfaceOptions known = (_isIPv6 ? Find(index)?.OptionsV6 : Find(index)?.OptionsV4) ?? new InterfaceOptions();
        return _model switch
        {
            HostModel.WindowsWeak => known with { WeakHostSend = true, WeakHostReceive = true },
            HostModel.WindowsXP => new InterfaceOptions { WeakHostSend = true, WeakHostReceive = true, IsForwarding = known.IsForwarding },
            _ => known,
        };
    }

    /// <summary>The routes whose prefix has the destination in it, the best first.</summary>
    public List<WindowsRoute> RoutesTo(NetAddress destination)
    {
        NetAddress plain = destination.WithoutScope();

        // A stable sort: what is equal stays in the order of the table.
        return
        [
            .. _routes.Where(row => row.Destination.Contains(plain))
                .Select(row => new WindowsRoute(row, row.Interface is { } index ? Find(index) : null, row.Interface is { } of ? MetricOf(of) ?? 0 : 0))
                .OrderByDescending(route => route.Row.Destination.Length).ThenBy(route => route.Cost)
                .ThenBy(route => _model == HostModel.WindowsXP ? route.Interface?.BindingOrder ?? int.MaxValue : 0),
        ];
    }

    /// <summary>
    /// The metric that an interface adds; null when it was not captured and does not follow from the link speed. Before Vista the
    /// route's own metric is the whole of it.
    /// </summary>
    public uint? MetricOf(uint index)
    {
        if (_host.Platform is { Family: PlatformFamily.Windows, Version.Major: < 6 })
            return 0;
        if (Find(index) is not { } row)
            return null;
        uint? known = _isIPv6 ? row.MetricV6 : row.MetricV4;
        return known is not null || _host.Platform.Family != PlatformFamily.Windows ? known : WindowsAutomaticMetric.Of(row, _host.Platform.Version);
    }

    /// <summary>Whether an address is the broadcast of a subnet of this host.</summary>
    public bool IsSubnetBroadcast(NetAddress address) =>
        address.IsIPv4 && Array.Exists(_addresses, row => row.PrefixLength is > 0 and < 31 && NetPrefix.Create(row.Address, row.PrefixLength).LastAddress == address);

    private static IEnumerable<RouteRow> WithOneHop(RouteRow row) => row.NextHops.IsEmpty
        ? [row]
        : row.NextHops.Select(hop => row with { Gateway = hop.Gateway, Interface = hop.Interface, NextHops = ImmutableArray<NextHopRow>.Empty });
}
