using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>
/// Route and source selection of Windows: Vista and later with the strong host model or, where an interface allows it, the weak
/// one; 2000, XP and Server 2003 with the weak one.
/// </summary>
/// <remarks>
/// Microsoft's documents say how: IP_INTERFACE_ROW and "Network routing" of IP Helper, KB 969029 (IPv4 sources), KB 175396 (a
/// bound source on XP), KB 140859 (equal metrics on XP), IP_UNICAST_IF. No answer is certain, since none was checked on Windows
/// by this library itself.
/// </remarks>
internal sealed class WindowsRouteSelection(HostSnapshot host, HostModel model)
{
    private static readonly NetPrefix s_lowHalf = NetPrefix.Parse("0.0.0.0/1"), s_highHalf = NetPrefix.Parse("128.0.0.0/1");

    private readonly WindowsNetworkView _ipv4 = new(host, model, isIPv6: false);
    private readonly WindowsNetworkView _ipv6 = new(host, model, isIPv6: true);

    private bool IsWindowsXP => model == HostModel.WindowsXP;

    public RouteDecision Decide(Flow flow)
    {
        var search = new Search(flow, flow.Destination.UnmapIPv4().IsIPv6 ? _ipv6 : _ipv4);
        NoteWhatIsMissing(search);
        if (IsWindowsXP && search.Destination.IsIPv6)
            return Undetermined(search, "the IPv6 of Windows XP is not modelled");
        if (flow.OutputInterface is { } asked && !TryConstrain(search, asked))
            return Refuse(search, RouteOutcome.InvalidDestination, null);
        return flow.InputInterface is { } input ? Receive(search, input) : Send(search);
    }

    private RouteDecision Send(Search search)
    {
        if (search.Flow.Source is { } source)
        {
            if (search.View.OwnerOf(source) is not { } owner)
            {
                search.Notes.Add("route.source.foreign", $"{source} is not an address of this host");
                return Refuse(search, RouteOutcome.InvalidSource, "WSAEADDRNOTAVAIL");
            }

            if (search.Destination.IsLoopback && !source.IsLoopback)
            {
                search.Notes.Add("route.source.foreign", $"a socket that is bound to {source} cannot reach the loopback addresses");
                search.Unseen.Add("this refusal is known from reports, not from documents");
                return Refuse(search, RouteOutcome.InvalidSource, "WSAEADDRNOTAVAIL");
            }

            HoldTo(search, source, owner);
        }

        if (search.Destination.IsLoopback || search.View.OwnerOf(search.Destination) is not null)
            return Deliver(search);
        return Forward(search);
    }

    // A strong host keeps a packet on the interface that its source belongs to; a weak one does not care.
    private void HoldTo(Search search, NetAddress source, AddressRow owner)
    {
        string name = search.View.Find(owner.Interface)?.Name ?? $"interface {owner.Interface}";
        if (search.View.OptionsOf(owner.Interface).WeakHostSend)
        {
            search.Notes.Add("route.source.weak", $"{source} belongs to {name}, which the choice of a route does not regard: {(IsWindowsXP ? "this system is a weak host" : "WeakHostSend is on there")}");
            return;
        }

        search.Notes.Add("route.source.strong", $"{source} belongs to {name}: a strong host sends by that interface alone");
        if (search.Constraint is { } other && other != owner.Interface)
            search.Unseen.Add("which of the two counts, the interface that was asked for or the one of the source");
        search.Constraint ??= owner.Interface;
    }

    private RouteDecision Deliver(Search search)
    {
        NetAddress source = search.Flow.Source ?? search.Destination;
        InterfaceRow? device = search.View.Loopback;
        search.Notes.Add("route.local", $"{search.Destination} is an address of this host", "addresses", search.Destination.ToString());
        return Answer(search, RouteOutcome.Local, new RouteChoice { Interface = device?.Index ?? 1, InterfaceName = device?.Name ?? "Loopback", Source = source });
    }

    // Packets that arrive: taken in, or sent on.
    private RouteDecision Receive(Search search, string input)
    {
        if (search.View.Find(input) is not { } device)
        {
            search.Notes.Add("route.interface", $"there is no interface {input}");
            return Refuse(search, RouteOutcome.InvalidDestination, null);
        }

        InterfaceOptions options = search.View.OptionsOf(device.Index);
        bool isForAll = search.Destination.IsBroadcast || search.Destination.IsMulticast || search.View.IsSubnetBroadcast(search.Destination);
        if (isForAll || search.View.OwnerOf(search.Destination) is { } owner && (owner.Interface == device.Index || options.WeakHostReceive))
        {
            search.Notes.Add("route.local", $"{search.Destination} is received on {device.Name}", "addresses", search.Destination.ToString());
            return Answer(search, RouteOutcome.Local, new RouteChoice { Interface = device.Index, InterfaceName = device.Name });
        }

        if (search.View.OwnerOf(search.Destination) is not null)
        {
            search.Notes.Add("route.received.strong", $"{search.Destination} is an address of another interface than {device.Name}: a strong host drops the packet", "interfaces", device.Name);
            return Refuse(search, RouteOutcome.Blackhole, null);
        }

        if (!options.IsForwarding)
        {
            search.Notes.Add("route.received.foreign", $"{search.Destination} is not an address of this host, and {device.Name} does not forward", "interfaces", device.Name);
            return Refuse(search, RouteOutcome.Blackhole, null);
        }

        return Forward(search);
    }

    private RouteDecision Forward(Search search)
    {
        bool isHeld = search.Constraint is not null;
        foreach (WindowsRoute route in search.View.RoutesTo(search.Destination))
        {
            RouteLoss loss = LossOf(route, search);
            search.Routes.Add((route, loss));
            if (loss == RouteLoss.None)
                search.Winner ??= route;
        }

        foreach ((WindowsRoute route, RouteLoss loss) in search.Routes)
            search.Notes.Add(RouteWords.CodeOf(loss), loss == RouteLoss.None ? (FormattableString)$"{route} is the longest prefix that fits, at the lowest metric" : $"{route}: {RouteWords.ReasonOf(loss)}", "routes", route.ToString());
        if (search.Winner is not { } winner)
        {
            search.Notes.Add("route.none", $"no route leads there{(isHeld ? $" by {NameOf(search, search.Constraint!.Value)}" : "")}");
            search.Unseen.Add("which error the socket call gets: WSAENETUNREACH or WSAEHOSTUNREACH");
            return Refuse(search, RouteOutcome.NoRoute, null);
        }

        List<WindowsRoute> tied = [winner, .. search.Routes.Where(entry => entry.Loss == RouteLoss.Order).Select(entry => entry.Route)];
        if (tied.Count > 1 && !IsWindowsXP)
            search.Unseen.Add("which of the routes of equal metric is taken: Windows has an order of its own (RouteOrder) that no document tells");
        bool isOpen = IsWindowsXP && tied.Count > 1 && tied.Exists(route => route.Interface?.BindingOrder is null);
        if (isOpen)
            search.Unseen.Add("the binding order of the interfaces, by which Windows chooses among equal metrics");
        NoteGateways(search, winner);
        return Answer(search, KindOf(search), [.. (isOpen ? tied : [winner]).Select(route => Choice(search, route))]);
    }

    private static RouteLoss LossOf(WindowsRoute route, Search search)
    {
        if (search.Constraint is { } held && route.Row.Interface != held)
            return RouteLoss.OtherInterface;
        if (route.IsDown)
            return RouteLoss.InterfaceDown;
        if (route.Row is { Destination.IsDefault: true, Interface: { } index } && search.View.OptionsOf(index).DisableDefaultRoutes)
            return RouteLoss.DefaultRoutesDisabled;
        if (search.Winner is not { } winner)
            return RouteLoss.None;
        return route.Row.Destination.Length < winner.Row.Destination.Length ? RouteLoss.ShorterPrefix
            : route.Cost > winner.Cost ? RouteLoss.HigherMetric
            : RouteLoss.Order;
    }

    private RouteChoice Choice(Search search, WindowsRoute route) => new()
    {
        Interface = route.Row.Interface ?? 0,
        InterfaceName = route.InterfaceName,
        Gateway = route.Row.Gateway,
        Source = search.Flow.InputInterface is null ? search.Flow.Source ?? SourceFor(search, route) : search.Flow.Source,
        Route = route.Row,
    };

    private NetAddress? SourceFor(Search search, WindowsRoute route)
    {
        AddressRow[] own = search.View.AddressesOf(route.Row.Interface ?? 0);
        List<SourceCandidate> candidates = [.. own.Where(row => row.SkipAsSource != true).Select(Candidate)];
        foreach (AddressRow skipped in own.Where(row => row.SkipAsSource == true))
            search.Notes.Add("route.source.skipped", $"{skipped.Address} is never chosen (SkipAsSource)", "addresses", skipped.Address.ToString());
        if (candidates.Count == 0)
        {
            search.Unseen.Add($"the source: {route.InterfaceName} has no address that may be chosen");
            return null;
        }

        // The primary address, which is the first one of the interface.
        if (IsWindowsXP)
            return candidates[0].Address;
        NetAddress nextHop = route.Row.Gateway ?? search.Destination;
        AddressPolicy policy = host.Platform.Version >= new Version(6, 2) ? AddressPolicy.Rfc6724 : AddressPolicy.Rfc3484;
        (SourceCandidate source, bool isTie) = (search.Destination.IsIPv6
            ? SourceAddressSelection.ChooseIPv6(search.Destination, candidates, policy)
            : SourceAddressSelection.ChooseIPv4(search.Destination, nextHop, candidates))!.Value;
        if (isTie)
            search.Unseen.Add("which source is taken: no documented rule tells the best ones apart");
        if (candidates.Count > 1)
            search.Notes.Add("route.source", $"{source.Address} is the source: {(search.Destination.IsIPv6 ? "RFC 6724 prefers it" : $"it shares the most leading bits with {nextHop}")}", "addresses", source.Address.ToString());
        return source.Address;
    }

    private static SourceCandidate Candidate(AddressRow row) =>
        new(row.Address, row.PrefixLength) { IsDeprecated = row.State == AddressState.Deprecated, IsTemporary = row.IsSecondary };

    private static RouteOutcome KindOf(Search search) =>
        search.Destination.IsMulticast ? RouteOutcome.Multicast
        : search.Destination.IsBroadcast || search.View.IsSubnetBroadcast(search.Destination) ? RouteOutcome.Broadcast
        : RouteOutcome.Unicast;

    private bool TryConstrain(Search search, string name)
    {
        if (search.View.Find(name) is not { } device)
        {
            search.Notes.Add("route.interface", $"there is no interface {name}");
            return false;
        }

        if (IsWindowsXP)
            search.Unseen.Add("how a socket is held to an interface: Windows before Vista has no IP_UNICAST_IF");
        search.Constraint = device.Index;
        return true;
    }

    private void NoteWhatIsMissing(Search search)
    {
        search.Unseen.Add(host.Platform.Family == PlatformFamily.Windows
            ? "whether Windows does what its documents say: nobody checked this answer on the host"
            : "whether Windows would have the same routes and metrics");
        Doubt(search, "interfaces", host.Interfaces);
        Doubt(search, "addresses", host.Addresses);
        Doubt(search, "routes", host.Routes);
        if (search.Flow.Destination.IsIPv4Mapped)
            search.Unseen.Add($"whether the socket is IPv6-only: one that is not goes by IPv4, to {search.Destination}");
        if (search.Flow.Source is null or { ScopeId: 0 } && search.Destination.ScopeId != 0)
            search.Constraint = search.Destination.ScopeId;
    }

    private void NoteGateways(Search search, WindowsRoute winner)
    {
        if (IsWindowsXP && winner.Row.Destination.IsDefault && search.Routes.Exists(entry => entry.Route != winner && entry.Route.Row.Destination.IsDefault))
            search.Unseen.Add("whether dead-gateway detection moved the host to another default gateway: TCP retransmissions do that");
        if (!IsWindowsXP && search.Flow.Source is not null && search.Constraint is not null
            && host.Routes.Any(row => row.Destination == s_lowHalf) && host.Routes.Any(row => row.Destination == s_highHalf))
        {
            search.Unseen.Add("whether a VPN's driver redirects bound sockets: with its 0.0.0.0/1 and 128.0.0.0/1 routes users saw packets leave by the VPN all the same");
        }

        if (winner.Row.Interface is { } index && host.Platform.Family == PlatformFamily.Windows && search.View.MetricOf(index) is null && !IsWindowsXP
            && search.Routes.Exists(entry => entry.Loss is RouteLoss.HigherMetric or RouteLoss.Order))
            search.Unseen.Add($"interfaces: the metric of {winner.InterfaceName} was not captured");
    }

    private static void Doubt<T>(Search search, string name, Table<T> table)
    {
        if (table.Coverage != Coverage.Complete)
            search.Unseen.Add(table.Coverage == Coverage.NotRequested ? $"{name}: the table was not captured" : $"{name}: not all rows were read");
    }

    private static string NameOf(Search search, uint index) => search.View.Find(index)?.Name ?? $"interface {index}";

    private RouteDecision Refuse(Search search, RouteOutcome outcome, string? error) => Answer(search, outcome, error, []);

    private RouteDecision Undetermined(Search search, string because)
    {
        search.Unseen.Insert(0, because);
        return Answer(search, RouteOutcome.Undetermined, null, []);
    }

    private RouteDecision Answer(Search search, RouteOutcome outcome, params ReadOnlySpan<RouteChoice> choices) => Answer(search, outcome, null, choices);

    private RouteDecision Answer(Search search, RouteOutcome outcome, string? error, ReadOnlySpan<RouteChoice> choices) => new()
    {
        Flow = search.Flow,
        Model = model,
        Outcome = outcome,
        NativeError = error,
        Choices = [.. choices],
        Considered =
        [
            .. search.Routes.OrderBy(entry => entry.Loss == RouteLoss.None ? 0 : 1).Take(RouteDecision.MostConsidered).Select(entry => new ConsideredRoute
            {
                Route = entry.Route.Row,
                InterfaceName = entry.Route.InterfaceName,
                Cost = entry.Route.Cost,
                Loss = entry.Loss,
            }),
        ],
        Certainty = outcome == RouteOutcome.Undetermined ? Certainty.None : Certainty.Likely,
        Trace = [.. search.Notes.Steps],
        Unseen = [.. search.Unseen],
    };

    /// <summary>One question while it is answered.</summary>
    private sealed class Search(Flow flow, WindowsNetworkView view)
    {
        public Flow Flow => flow;

        public WindowsNetworkView View => view;

        public NetAddress Destination { get; } = flow.Destination.UnmapIPv4();

        /// <summary>The only interface that may be used; null for any.</summary>
        public uint? Constraint { get; set; }

        public WindowsRoute? Winner { get; set; }

        public List<(WindowsRoute Route, RouteLoss Loss)> Routes { get; } = [];

        public RouteNotes Notes { get; } = new();

        public List<string> Unseen { get; } = [];
    }
}
