using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>What a host of another system would look like if Linux ran on it: its addresses in the table local, its routes in main.</summary>
internal static class LinuxTables
{

    public static HostSnapshot Of(HostSnapshot host)
    {
        var local = new List<RouteRow>();
        foreach (AddressRow row in host.Addresses)
        {
            local.Add(new RouteRow
            {
                Destination = NetPrefix.Create(row.Address.WithoutScope(), row.Address.BitCount),
                Kind = RouteKind.Local,
                Interface = row.Interface,
                Metric = 0,
                Table = LinuxNetworkView.LocalTable,
                Scope = row.Address.IsIPv4 ? LinuxNetworkView.HostScope : (byte)0,
                PreferredSource = row.Address.IsIPv4 ? row.Address : null,
            });
        }

        // Windows lists own addresses, broadcasts and multicasts as routes; Linux makes these of the addresses.
        HashSet<NetAddress> own = [.. host.Addresses.Select(row => row.Address.WithoutScope())];
        IEnumerable<RouteRow> main = host.Routes
            .Where(row => row.Kind is RouteKind.Unicast or RouteKind.Unknown or RouteKind.Broadcast or RouteKind.Multicast && !row.Destination.Address.IsMulticast
                && !row.Destination.Address.IsLoopback && !(row.Destination.Length == row.Destination.Address.BitCount && (own.Contains(row.Destination.Address) || row.Gateway is null)))
            .Select(row => row.Gateway is { } router && own.Contains(router.WithoutScope()) ? row with { Gateway = null } : row)
            .Select(row => row with
            {
                Kind = RouteKind.Unicast,
                Table = LinuxNetworkView.MainTable,
                Metric = row.Metric + MetricOf(row, host),
                Scope = row.Gateway is null && row.Destination.Address.IsIPv4 ? LinuxNetworkView.LinkScope : (byte)0,
            });
        return host with
        {
            Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Type == NetworkInterfaceType.Loopback ? row with { Name = "lo" } : row)]),
            Addresses = host.Addresses.WithRows([.. host.Addresses.Select(row => row with { Scope = ScopeOf(row.Address) })]),
            Routes = host.Routes.WithRows([.. local, .. main]),
        };
    }

    private static uint MetricOf(RouteRow route, HostSnapshot host)
    {
        InterfaceRow? device = host.Interfaces.FirstOrDefault(row => row.Index == route.Interface);
        return (route.Destination.Address.IsIPv4 ? device?.MetricV4 : device?.MetricV6) ?? 0;
    }

    private static byte ScopeOf(NetAddress address) =>
        address.IsLoopback ? LinuxNetworkView.HostScope : address is { IsIPv6: true, IsLinkLocal: true } ? LinuxNetworkView.LinkScope : (byte)0;
}
