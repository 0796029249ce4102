using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Routing;

/// <summary>The routes of one destination prefix in the order in which the kernel asks them.</summary>
internal sealed class LinuxRouteNode
{
    /// <summary>The routes for every source.</summary>
    public required LinuxRoute[] Routes { get; init; }

    /// <summary>IPv6: the routes for some sources, the longest prefix first.</summary>
    public required (int Length, UInt128 Prefix, LinuxRoute[] Routes)[] BySource { get; init; }

    /// <summary>The longest shorter prefix around it; null for the whole family.</summary>
    public LinuxRouteNode? Parent { get; set; }
}

/// <summary>The routes of a table by destination.</summary>
internal sealed class LinuxRouteTree
{
    private readonly PrefixTable<LinuxRouteNode> _nodes;

    /// <param name="routes">The routes; those that are equal to the kernel's order stay as they are.</param>
    /// <param name="isIPv6">Of which family.</param>
    public LinuxRouteTree(IEnumerable<LinuxRoute> routes, bool isIPv6)
    {
        NetPrefix all = isIPv6 ? NetPrefix.DefaultIPv6 : NetPrefix.DefaultIPv4;
        var groups = routes.GroupBy(route => route.Row.Destination).ToDictionary(group => group.Key, group => NodeOf(group, isIPv6));
        groups.TryAdd(all, NodeOf([], isIPv6));
        NetPrefix[] prefixes = [.. groups.Keys.Order()];
        LinuxRouteNode[] nodes = Array.ConvertAll(prefixes, prefix => groups[prefix]);
        var around = new Stack<(NetPrefix Prefix, LinuxRouteNode Node)>();
        for (int i = 0; i < nodes.Length; i++)
        {
            while (around.TryPeek(out (NetPrefix Prefix, LinuxRouteNode Node) top) && !top.Prefix.Contains(prefixes[i].Address))
                around.Pop();
            nodes[i].Parent = around.TryPeek(out (NetPrefix, LinuxRouteNode Node) parent) ? parent.Node : null;
            around.Push((prefixes[i], nodes[i]));
        }

        _nodes = new PrefixTable<LinuxRouteNode>(prefixes, nodes);
    }

    /// <summary>The node of the longest prefix that contains an address of the family.</summary>
    public LinuxRouteNode Find(NetAddress address) =>
        _nodes.TryFind(address, out LinuxRouteNode? node) ? node : throw new ArgumentException("The address is of the other family.", nameof(address));

    private static LinuxRouteNode NodeOf(IEnumerable<LinuxRoute> routes, bool isIPv6) => new()
    {
        Routes = Sorted(routes.Where(route => !isIPv6 || route.FromLength == 0), isIPv6),
        BySource =
        [
            .. routes.Where(route => isIPv6 && route.FromLength > 0)
                .GroupBy(route => (Length: route.FromLength, Prefix: route.From))
                .OrderByDescending(group => group.Key.Length)
                .Select(group => (group.Key.Length, group.Key.Prefix, Sorted(group, isIPv6))),
        ],
    };

    // Two IPv4 tables in one tree are asked one after the other for each prefix: fib_trie.c, fib_insert_alias.
    private static LinuxRoute[] Sorted(IEnumerable<LinuxRoute> routes, bool isIPv6) => isIPv6
        ? [.. routes.OrderBy(route => route.Row.Metric)]
        :
        [
            .. routes.OrderByDescending(route => route.Row.Table)
                .ThenByDescending(route => route.Row.TypeOfService)
                .ThenBy(route => route.Row.Metric),
        ];
}
