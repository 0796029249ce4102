using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>
/// Finds where packets go from a snapshot alone: which interface and router, with which source address, and which rule,
/// table and route decided.
/// </summary>
/// <remarks>
/// Built once per snapshot and safe to share between threads. Pure and total: it asks the snapshot's system, never the
/// machine it runs on. Linux is modelled as its kernel does it, policy rules included; Windows as Microsoft's documents say;
/// of other systems it says that it cannot tell.
/// </remarks>
public sealed class RouteSelector
{
    private readonly HostSnapshot _host;
    private readonly LinuxRouteSelection? _linux;
    private readonly WindowsRouteSelection? _windows;

    /// <summary>Builds the index over the snapshot's tables: linear in their rows.</summary>
    /// <param name="host">The host to answer for.</param>
    /// <param name="model">Whose rules to follow: the same host as another system would treat it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such model.</exception>
    public RouteSelector(HostSnapshot host, HostModel model = HostModel.Native)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!Enum.IsDefined(model))
            throw new ArgumentOutOfRangeException(nameof(model), model, "There is no such model.");
        _host = host;
        Model = model == HostModel.Native ? NativeModelOf(host.Platform) : model;
        if (Model == HostModel.Linux)
            _linux = new LinuxRouteSelection(host.Platform.Family == PlatformFamily.Linux ? host : LinuxTables.Of(host));
        else if (Model != HostModel.Native)
            _windows = new WindowsRouteSelection(host, Model);
    }

    /// <summary>The rules that are followed; <see cref="HostModel.Native"/> when those of the snapshot's system are not modelled.</summary>
    public HostModel Model { get; }

    /// <summary>One lookup, as <c>ip route get</c> makes it.</summary>
    /// <exception cref="ArgumentException">The flow has no destination, or a source of the other family.</exception>
    public RouteDecision Select(Flow flow) => Decide(flow, isConnect: false);

    /// <summary>
    /// One lookup as <see cref="Select"/> makes it, for many questions: it allocates nothing and gives no reasons. True when the
    /// answer is certain and one way or one error; false sends the caller to <see cref="Select"/>, so always for another system
    /// than Linux.
    /// </summary>
    /// <param name="key">The packet.</param>
    /// <param name="result">The answer; <c>default</c> when there is none.</param>
    /// <exception cref="ArgumentException">The flow has no destination, or a source of the other family.</exception>
    public bool TrySelect(in FlowKey key, out RouteResult result)
    {
        Require(key.Destination, key.Source);
        result = default;
        return _linux is not null && _linux.TryDecide(key, out result);
    }

    /// <summary>
    /// What <c>connect()</c> of a socket with this flow does: on Linux, without a bound source, it looks up twice, first for the
    /// source and then with it, so that a rule for that source may send the packet out of another interface than the one it belongs to.
    /// </summary>
    /// <exception cref="ArgumentException">The flow has no destination, or a source of the other family.</exception>
    public RouteDecision SelectForConnect(Flow flow) => Decide(flow, isConnect: true);

    /// <summary>Which way the reply to a request leaves, and with which source: the way back decides as much as the way there.</summary>
    /// <param name="request">The request: its destination is an address of this host, its source the client, and it arrives on an interface.</param>
    /// <param name="isUnbound">
    /// Whether the socket answers without a source of its own: a UDP server on the wildcard address that does not ask for the
    /// address of each request (IP_PKTINFO). A TCP connection always answers from the address that it was made to.
    /// </param>
    /// <exception cref="ArgumentException">The request has no destination, source or arriving interface, or they are of different families.</exception>
    public ReplyPath SelectReply(Flow request, bool isUnbound = false)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Source is not { } client || request.InputInterface is null)
            throw new ArgumentException("A request needs a source and the interface that it arrives on.", nameof(request));
        request = request with { InputInterface = NameOf(request.InputInterface) };
        RouteDecision arrival = Select(request);

        // What was sent to many is answered from an address of one's own.
        bool isForMany = arrival.Outcome is RouteOutcome.Broadcast or RouteOutcome.Multicast;
        RouteDecision? reply = arrival.Outcome is not (RouteOutcome.Local or RouteOutcome.Anycast or RouteOutcome.Broadcast or RouteOutcome.Multicast) ? null : Select(new Flow
        {
            Destination = client,
            Source = isUnbound || isForMany ? null : request.Destination,
            IPProtocol = request.IPProtocol,
            SourcePort = request.DestinationPort,
            DestinationPort = request.SourcePort,
            TypeOfService = request.TypeOfService,
        });
        ReplyOutcome outcome = OutcomeOf(request, arrival, reply);
        return new ReplyPath
        {
            Request = request,
            IsUnbound = isUnbound,
            Outcome = outcome,
            Arrival = arrival,
            Reply = reply,
            Certainty = outcome == ReplyOutcome.Undetermined ? Certainty.None : reply is null || reply.Certainty > arrival.Certainty ? arrival.Certainty : reply.Certainty,
            Trace = [.. arrival.Trace, .. reply?.Trace ?? []],
        };
    }

    // Windows finds an interface by its index too, and by its name in any case.
    private string NameOf(string device)
    {
        if (_windows is null || _host.Interfaces.Any(row => row.Name == device))
            return device;
        return _host.Interfaces.FirstOrDefault(row => string.Equals(row.Name, device, StringComparison.OrdinalIgnoreCase) || row.Index.ToString(CultureInfo.InvariantCulture) == device)?.Name ?? device;
    }

    private static ReplyOutcome OutcomeOf(Flow request, RouteDecision arrival, RouteDecision? reply)
    {
        if (reply is null)
            return arrival.Outcome == RouteOutcome.Undetermined ? ReplyOutcome.Undetermined : ReplyOutcome.NotReceived;
        if (reply.Choices.IsEmpty)
            return reply.Outcome == RouteOutcome.Undetermined ? ReplyOutcome.Undetermined : ReplyOutcome.NoWay;
        if (arrival.Outcome is RouteOutcome.Local or RouteOutcome.Anycast
            && reply.Choices.Any(choice => choice.Source is { } source && source.WithoutScope() != request.Destination.WithoutScope()))
            return ReplyOutcome.OtherSource;
        return reply.Choices.Any(choice => choice.InterfaceName != request.InputInterface && reply.Outcome != RouteOutcome.Local) ? ReplyOutcome.OtherInterface : ReplyOutcome.SameWay;
    }

    /// <summary>
    /// Destinations in the order in which a program of this host should try them (RFC 6724 section 6, the default policy table of
    /// the system): what <c>getaddrinfo</c> does with the addresses of a name. What no rule tells apart stays as it was.
    /// </summary>
    /// <exception cref="ArgumentException">One of them is no address.</exception>
    public ImmutableArray<NetAddress> OrderDestinations(IEnumerable<NetAddress> destinations)
    {
        ArgumentNullException.ThrowIfNull(destinations);
        AddressPolicy policy = _host.Platform is { Family: PlatformFamily.Windows, Version: { Major: < 6 } or { Major: 6, Minor: < 2 } } ? AddressPolicy.Rfc3484 : AddressPolicy.Rfc6724;
        return [.. SourceAddressSelection.Order(destinations, SourceOf, policy).Select(pair => pair.Destination)];
    }

    private SourceCandidate? SourceOf(NetAddress destination)
    {
        if (Select(new Flow { Destination = destination }).Choices is not [{ Source: { } source }, ..])
            return null;
        AddressRow? row = _host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == source.WithoutScope());
        return new SourceCandidate(source, row?.PrefixLength ?? source.BitCount) { IsDeprecated = row?.State == AddressState.Deprecated };
    }

    private RouteDecision Decide(Flow flow, bool isConnect)
    {
        ArgumentNullException.ThrowIfNull(flow);
        Require(flow.Destination, flow.Source ?? default);
        if (Model == HostModel.Native)
            return Undetermined(flow, $"the route selection of {_host.Platform.Family} is not modelled");
        if (!_host.Routes.IsKnown || !_host.Interfaces.IsKnown)
            return Undetermined(flow, _host.Routes.IsKnown ? "interfaces: the table was not captured" : "routes: the table was not captured");
        return _linux?.Decide(flow, isConnect) ?? _windows!.Decide(flow);
    }

    private RouteDecision Undetermined(Flow flow, string because) => new()
    {
        Flow = flow,
        Model = Model,
        Outcome = RouteOutcome.Undetermined,
        Certainty = Certainty.None,
        Unseen = [because],
    };

    private static void Require(NetAddress destination, NetAddress source)
    {
        if (destination.IsNone)
            throw new ArgumentException("A flow needs a destination.", nameof(destination));
        if (!source.IsNone && source.IsIPv4 != destination.IsIPv4)
            throw new ArgumentException("Source and destination are of different families.", nameof(source));
    }

    private static HostModel NativeModelOf(HostPlatform platform) => platform.Family switch
    {
        PlatformFamily.Linux => HostModel.Linux,
        PlatformFamily.Windows => platform.Version.Major < 6 ? HostModel.WindowsXP : HostModel.Windows,
        _ => HostModel.Native,
    };
}
