using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>How to send packets by the interface that their source belongs to. Every remedy was simulated and helps.</summary>
public static class RouteRemedies
{
    private const uint FirstFreeTable = 100, UsualPriority = 1000;

    /// <summary>
    /// The remedies for packets that leave by another interface than their bound source's, in order of least harm; empty when they
    /// leave by their own, when nothing was bound, or when no router is known on that interface.
    /// </summary>
    /// <remarks>Costs one simulation of the host for each remedy that is tried. Pure; nothing is run.</remarks>
    /// <param name="host">The host that was asked.</param>
    /// <param name="decision">What was decided there.</param>
    public static ImmutableArray<Remedy> For(HostSnapshot host, RouteDecision decision)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(decision);
        return For(host, decision, isForOneDestination: true);
    }

    /// <summary>The remedies for all clients that are reached alike: none for one destination alone.</summary>
    internal static ImmutableArray<Remedy> ForClients(HostSnapshot host, RouteDecision decision) => For(host, decision, isForOneDestination: false);

    private static ImmutableArray<Remedy> For(HostSnapshot host, RouteDecision decision, bool isForOneDestination)
    {
        if (OwnInterface(host, decision) is not { } own || new RouteSelector(host).Model != decision.Model)
            return [];
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        foreach (Remedy? remedy in Candidates(host, decision, own, isForOneDestination))
        {
            if (remedy is not null && (remedy.Change is not { } change || LeavesBy(own, host.With(change), decision)))
                remedies.Add(remedy);
        }

        return remedies.DrainToImmutable();
    }

    /// <summary>The interface that the bound source belongs to, when the packets leave by another one; else null.</summary>
    internal static InterfaceRow? OwnInterface(HostSnapshot host, RouteDecision decision)
    {
        if (decision is not { Outcome: RouteOutcome.Unicast or RouteOutcome.NoRoute, Flow: { Source: { } source, InputInterface: null } })
            return null;
        AddressRow? owner = host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == source.WithoutScope());
        return owner is null || (!decision.Choices.IsEmpty && decision.Choices.All(choice => choice.Interface == owner.Interface))
            ? null
            : host.Interfaces.FirstOrDefault(row => row.Index == owner.Interface);
    }

    private static IEnumerable<Remedy?> Candidates(HostSnapshot host, RouteDecision decision, InterfaceRow own, bool isForOneDestination)
    {
        NetAddress destination = decision.Flow.Destination.WithoutScope();
        NetAddress source = decision.Flow.Source!.Value;
        bool isOnLink = host.Addresses.Any(row => row.Interface == own.Index && row.Address.IsIPv4 == destination.IsIPv4
            && NetPrefix.Create(row.Address.WithoutScope(), row.PrefixLength).Contains(destination));
        NetAddress? router = isOnLink ? null : RouterOn(own, host, destination);
        if (!isOnLink && router is null)
            yield break;
        string by = router is { } gateway ? $"by the router {gateway} on {SafeText.Of(own.Name)}" : $"by {SafeText.Of(own.Name)}";
        if (host.Platform.Family == PlatformFamily.Linux)
        {
            if (RulesFor(source, own, host) is { } rules)
            {
                NetAddress? beyond = RouterOn(own, host, destination);
                yield return Make(
                    $"Send what comes from {source} by {SafeText.Of(own.Name)}{(beyond is null ? "" : $" and its router {beyond}")}: a table of its own, with rules for that source.",
                    rules,
                    host,
                    decision.Flow,
                    "It is gone after a restart; write it into the network configuration to keep it.");
            }

            if (!isForOneDestination)
                yield break;
            yield return Make(
                $"Send everything for {destination} {by}: a static route. For a network of clients write its prefix instead.",
                new AddRoute
                {
                    Route = new RouteRow
                    {
                        Destination = NetPrefix.Create(destination, destination.BitCount),
                        Kind = RouteKind.Unicast,
                        Gateway = router,
                        Interface = own.Index,
                        Metric = destination.IsIPv6 ? 1024u : 0,
                        Table = LinuxNetworkView.MainTable,
                        Scope = router is null && destination.IsIPv4 ? LinuxNetworkView.LinkScope : (byte)0,
                    },
                },
                host,
                decision.Flow,
                "It is gone after a restart, and it is for every source address, not for this one alone.");
        }

        if (host.Platform.Family == PlatformFamily.Windows)
        {
            InterfaceOptions? options = destination.IsIPv4 ? own.OptionsV4 : own.OptionsV6;
            if (decision.Model == HostModel.Windows && options is { WeakHostSend: true })
            {
                yield return Make(
                    $"Switch off weak host sends on {SafeText.Of(own.Name)}, as Windows has it by default: then {source} leaves by its own interface.",
                    new SetInterfaceOptions { Interface = own.Index, IsIPv6 = destination.IsIPv6, Options = options with { WeakHostSend = false } },
                    host,
                    decision.Flow,
                    "Somebody switched it on: a load balancer or a cluster may need it.");
            }

            if (!isForOneDestination)
            {
                if (router is not null)
                    yield return AskerRemedy.Configure(StaticRoutes(router.Value, own, decision.Model), null, wayBack: "route delete NETWORK for each of them.");
                yield break;
            }

            yield return Make(
                $"Send everything for {destination} {by}: a persistent static route. For a network of clients write its address and mask instead.",
                new AddRoute
                {
                    Route = new RouteRow
                    {
                        Destination = NetPrefix.Create(destination, destination.BitCount),
                        Kind = RouteKind.Unicast,
                        Gateway = router,
                        Interface = own.Index,
                        Metric = 1,
                    },
                },
                host,
                decision.Flow,
                "It is for every source address, not for this one alone.");
        }
    }

    private static string StaticRoutes(NetAddress router, InterfaceRow own, HostModel model) => string.Create(
        CultureInfo.InvariantCulture,
        $"Give the networks of the clients on that side static routes, one each: route -p add NETWORK mask MASK {router} metric 1{(own.IsIndexInvented ? "" : FormattableString.Invariant($" if {own.Index}"))}{(model == HostModel.WindowsXP ? ". Windows since Vista needs none of them: there a bound source leaves by its own interface" : "")}.");

    private static Remedy? Make(string summary, SnapshotChange change, HostSnapshot host, Flow recheck, string consequence) =>
        RouteCommands.Of(change, host) is not { } commands ? null : new Remedy
        {
            Summary = summary,
            Change = change,
            Apply = commands.Apply,
            Revert = commands.Revert,
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = consequence,
            RecheckRoute = recheck,
        };

    private static bool LeavesBy(InterfaceRow own, HostSnapshot after, RouteDecision decision)
    {
        var selector = new RouteSelector(after, decision.Model);
        RouteDecision then = selector.Select(decision.Flow);
        return !then.Choices.IsEmpty && then.Choices.All(choice => choice.Interface == own.Index)
            && selector.Select(new Flow { Destination = decision.Flow.Source!.Value, Source = decision.Flow.Source }).Outcome == RouteOutcome.Local;
    }

    // The router of the shortest prefix: the one that leads furthest.
    private static NetAddress? RouterOn(InterfaceRow own, HostSnapshot host, NetAddress destination)
    {
        var own4 = host.Addresses.Select(row => row.Address.WithoutScope()).ToHashSet();
        return host.Routes
            .Where(row => row.Destination.Address.IsIPv4 == destination.IsIPv4)
            .SelectMany(row => row.NextHops.IsEmpty ? [(row.Destination.Length, row.Interface, row.Gateway)] : row.NextHops.Select(hop => (row.Destination.Length, (uint?)hop.Interface, hop.Gateway)))
            .Where(way => way.Item2 == own.Index && way.Gateway is { } router && router.IsIPv4 == destination.IsIPv4 && !own4.Contains(router.WithoutScope()))
            .OrderBy(way => way.Length)
            .Select(way => way.Gateway)
            .FirstOrDefault();
    }

    // The own links stay reachable without the router.
    private static IEnumerable<RouteRow> Links(InterfaceRow own, HostSnapshot host, bool isIPv6) =>
        host.Routes.Where(row => row is { Kind: RouteKind.Unicast, Table: LinuxNetworkView.MainTable, Gateway: null, NextHops.IsEmpty: true } && row.Interface == own.Index
            && row.Destination.Address.IsIPv6 == isIPv6 && !row.Destination.IsDefault);

    // One table for the source. Its own links come first where another interface leads to them too, then whatever main knows
    // better than a default route, and the own router last: containers and the other links stay reachable.
    private static SeveralChanges? RulesFor(NetAddress source, InterfaceRow own, HostSnapshot host)
    {
        RouteRow[] links = [.. Links(own, host, source.IsIPv6)];
        bool isShared = links.Any(link => host.Routes.Any(row => row.Table == LinuxNetworkView.MainTable && row.Destination == link.Destination && row.Interface != own.Index));
        NetAddress? router = RouterOn(own, host, source);
        uint table = FreeTable(host);
        int longestDefault = host.Routes.Any(row => row is { Table: LinuxNetworkView.MainTable, Destination.Length: 1 } && row.Destination.Address.IsIPv6 == source.IsIPv6) ? 1 : 0;
        var rules = new List<(uint Table, int? Suppress)>();
        if (isShared)
            rules.Add((table, router is null ? null : 0));
        if (router is not null)
            rules.AddRange([(LinuxNetworkView.MainTable, longestDefault), (table, null)]);
        if (rules.Count == 0 || FreePriority(host, source.IsIPv6, (uint)rules.Count) is not { } first)
            return null;
        var changes = new List<SnapshotChange>();
        foreach (RouteRow link in isShared ? links : [])
            changes.Add(new AddRoute { Route = link with { Table = table } });
        if (router is not null)
            changes.Add(new AddRoute { Route = DefaultBy(router.Value, own, table) });
        foreach ((uint asked, int? suppress) in rules)
        {
            changes.Add(new AddRoutingRule
            {
                Rule = new RoutingRuleRow
                {
                    Priority = first++,
                    IsIPv6 = source.IsIPv6,
                    Action = RoutingRuleAction.Lookup,
                    Table = asked,
                    From = NetPrefix.Create(source.WithoutScope(), source.BitCount),
                    SuppressPrefixLength = suppress,
                },
            });
        }

        return new SeveralChanges { Changes = [.. changes] };
    }

    private static RouteRow DefaultBy(NetAddress router, InterfaceRow own, uint table) => new()
    {
        Destination = router.IsIPv4 ? NetPrefix.DefaultIPv4 : NetPrefix.DefaultIPv6,
        Kind = RouteKind.Unicast,
        Gateway = router,
        Interface = own.Index,
        Metric = router.IsIPv6 ? 1024u : 0,
        Table = table,
    };

    private static uint FreeTable(HostSnapshot host)
    {
        HashSet<uint> taken = [.. host.Routes.Select(row => row.Table), .. host.RoutingRules.Select(row => row.Table)];
        uint table = FirstFreeTable;
        while (taken.Contains(table))
            table++;
        return table;
    }

    // Behind the rule for the own addresses, without which the host would not reach itself, and before all others.
    private static uint? FreePriority(HostSnapshot host, bool isIPv6, uint count)
    {
        RoutingRuleRow[] rules = [.. host.RoutingRules.Where(row => row.IsIPv6 == isIPv6)];
        if (rules.Where(row => row.Table == LinuxNetworkView.LocalTable).Select(row => (uint?)row.Priority).Max() is not { } local)
            return null;
        uint next = rules.Where(row => row.Priority > local).Select(row => row.Priority).DefaultIfEmpty(uint.MaxValue).Min();
        uint first = Math.Min(UsualPriority, next - count);
        return next - local > count && first > local ? first : null;
    }
}
