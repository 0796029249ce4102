using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// The IPv4 part of the kernel's table 255, which decides what a bind may name: the longest prefix wins, so whole
/// prefixes may be local ("AnyIP") and a blackhole inside one is not (net/ipv4/fib_frontend.c: <c>__inet_dev_addr_type</c>).
/// </summary>
internal sealed class LinuxLocalTable
{
    private const uint LocalTable = 255;
    private readonly Dictionary<(uint Prefix, int Length), RouteKind> _routes = [];
    private readonly int[] _lengths;

    private LinuxLocalTable(Table<RouteRow> routes)
    {
        foreach (RouteRow row in routes)
        {
            if (row.Table != LocalTable || row.Destination.IsNone || !row.Destination.Address.IsIPv4 || row.TypeOfService != 0)
                continue;
            _routes.TryAdd((row.Destination.Address.ToIPv4(), row.Destination.Length), row.Kind);
        }

        _lengths = [.. _routes.Keys.Select(key => key.Length).Distinct().OrderDescending()];
        IsComplete = routes.Coverage == Coverage.Complete && _routes.Count > 0;
    }

    /// <summary>True when an address without a route here is not local. Sources that leave the table out never are.</summary>
    public bool IsComplete { get; }

    public static LinuxLocalTable From(Table<RouteRow> routes) => new(routes);

    /// <summary>What the table says of an address; null when no route has it.</summary>
    public RouteKind? Find(uint address)
    {
        foreach (int length in _lengths)
        {
            uint prefix = length == 0 ? 0 : address & (uint.MaxValue << (32 - length));
            if (_routes.TryGetValue((prefix, length), out RouteKind kind))
                return kind;
        }

        return null;
    }
}
