using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>A route that sends packets by an interface that works, with what it costs.</summary>
internal sealed record UsableRoute(RouteRow Route, InterfaceRow Interface, long Cost)
{
    /// <summary>The routes of a prefix in the table that is asked without a rule, the cheapest first.</summary>
    public static IEnumerable<UsableRoute> Of(NetPrefix prefix, HostSnapshot host) =>
        All(host).Where(route => route.Route.Destination == prefix).OrderBy(route => route.Cost);

    /// <summary>All such routes that have one interface.</summary>
    public static IEnumerable<UsableRoute> All(HostSnapshot host)
    {
        bool isLinux = host.Platform.Family == PlatformFamily.Linux;
        WindowsNetworkView ipv4 = new(host, HostModel.Windows, isIPv6: false), ipv6 = new(host, HostModel.Windows, isIPv6: true);
        foreach (RouteRow row in host.Routes)
        {
            if (row.Kind is not (RouteKind.Unicast or RouteKind.Unknown) || row.Interface is not { } index || (isLinux && row.Table != LinuxNetworkView.MainTable))
                continue;
            InterfaceRow? device = host.Interfaces.FirstOrDefault(other => other.Index == index);
            if (device is null or { Type: NetworkInterfaceType.Loopback } or { Status: OperationalStatus.Down or OperationalStatus.NotPresent or OperationalStatus.LowerLayerDown })
                continue;
            uint metric = isLinux ? 0 : (row.Destination.Address.IsIPv4 ? ipv4 : ipv6).MetricOf(index) ?? 0;
            yield return new UsableRoute(row, device, (long)row.Metric + metric);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Route.Destination} {(Route.Gateway is { } router ? $"by the router {router}" : "on the link")} on {SafeText.Of(Interface.Name)}, metric {Cost}");
}
