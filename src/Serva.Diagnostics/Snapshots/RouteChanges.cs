using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Several changes, one after the other.</summary>
public sealed record SeveralChanges : SnapshotChange
{
    /// <summary>The changes. Never default.</summary>
    public required ImmutableArray<SnapshotChange> Changes
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <inheritdoc/>
    public bool Equals(SeveralChanges? other) => other is not null && Changes.AsSpan().SequenceEqual(other.Changes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Changes.Aggregate(0, HashCode.Combine);

    internal override HostSnapshot ApplyTo(HostSnapshot host) => Changes.Aggregate(host, (after, change) => change.ApplyTo(after));
}

/// <summary>A route is added.</summary>
public sealed record AddRoute : SnapshotChange
{
    /// <summary>The route.</summary>
    public required RouteRow Route { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with { Routes = host.Routes.WithRows([.. host.Routes, Route]) };
}

/// <summary>A route is taken away.</summary>
public sealed record RemoveRoute : SnapshotChange
{
    /// <summary>The route as it stands in the snapshot.</summary>
    public required RouteRow Route { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with { Routes = host.Routes.WithRows([.. host.Routes.Where(row => row != Route)]) };
}

/// <summary>Linux: a policy routing rule is added.</summary>
public sealed record AddRoutingRule : SnapshotChange
{
    /// <summary>The rule.</summary>
    public required RoutingRuleRow Rule { get; init; }

    // The kernel puts it behind those of the same priority (net/core/fib_rules.c, fib_nl_newrule).
    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        RoutingRules = host.RoutingRules.WithRows(
        [
            .. host.RoutingRules.Where(row => row.Priority <= Rule.Priority),
            Rule,
            .. host.RoutingRules.Where(row => row.Priority > Rule.Priority),
        ]),
    };
}

/// <summary>Linux: a policy routing rule is taken away.</summary>
public sealed record RemoveRoutingRule : SnapshotChange
{
    /// <summary>The rule as it stands in the snapshot.</summary>
    public required RoutingRuleRow Rule { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with { RoutingRules = host.RoutingRules.WithRows([.. host.RoutingRules.Where(row => row != Rule)]) };
}

/// <summary>An administrator sets an interface down.</summary>
/// <remarks>
/// Linux takes away the interface's routes, of IPv4 all but those to its own addresses, of IPv6 the addresses too; one next
/// hop of several is left as dead (<c>fib_sync_down_dev</c>, <c>addrconf_ifdown</c>, <c>fib6_ifdown</c>). On Windows the routes stay and are not used.
/// </remarks>
public sealed record LinkDown : SnapshotChange
{
    // RTNH_F_DEAD and RTNH_F_LINKDOWN.
    private const uint DeadAndLinkDown = 1 | 16;

    /// <summary>The index of the interface.</summary>
    public required uint Interface { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host)
    {
        HostSnapshot down = host with
        {
            Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index == Interface ? row with { Status = OperationalStatus.Down } : row)]),
        };
        return host.Platform.Family != PlatformFamily.Linux ? down : down with
        {
            Addresses = down.Addresses.WithRows([.. down.Addresses.Where(row => row.Interface != Interface || row.Address.IsIPv4)]),
            Routes = down.Routes.WithRows([.. down.Routes.SelectMany(WithoutTheLink)]),
        };
    }

    private IEnumerable<RouteRow> WithoutTheLink(RouteRow row)
    {
        if (row.NextHops.IsEmpty)
            return row.Interface != Interface || (row.Kind == RouteKind.Local && row.Destination.Address.IsIPv4) ? [row] : [];
        ImmutableArray<NextHopRow> hops = [.. row.NextHops.Select(hop => hop.Interface == Interface ? hop with { Flags = hop.Flags | DeadAndLinkDown } : hop)];
        return hops.All(hop => (hop.Flags & DeadAndLinkDown) != 0) ? [] : [row with { NextHops = hops }];
    }
}

/// <summary>Windows: an interface gets another metric.</summary>
public sealed record SetInterfaceMetric : SnapshotChange
{
    /// <summary>The index of the interface.</summary>
    public required uint Interface { get; init; }

    /// <summary>Whether it is the metric of IPv6.</summary>
    public bool IsIPv6 { get; init; }

    /// <summary>The new metric.</summary>
    public required uint Metric { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index != Interface ? row : IsIPv6 ? row with { MetricV6 = Metric } : row with { MetricV4 = Metric })]),
    };
}

/// <summary>Windows: an interface gets other options.</summary>
public sealed record SetInterfaceOptions : SnapshotChange
{
    /// <summary>The index of the interface.</summary>
    public required uint Interface { get; init; }

    /// <summary>Whether they are the options of IPv6.</summary>
    public bool IsIPv6 { get; init; }

    /// <summary>The new options.</summary>
    public required InterfaceOptions Options { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index != Interface ? row : IsIPv6 ? row with { OptionsV6 = Options } : row with { OptionsV4 = Options })]),
    };
}
