using System;
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
/// machine it runs on. Linux is modelled as its kernel does it, policy rules included; of other systems it says that it
/// cannot tell.
/// </remarks>
public sealed class RouteSelector
{
    private readonly HostSnapshot _host;
    private readonly LinuxRouteSelection? _linux;

    /// <summary>Builds the index over the snapshot's tables: linear in their rows.</summary>
    /// <param name="host">The host to answer for.</param>
    public RouteSelector(HostSnapshot host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _linux = host.Platform.Family == PlatformFamily.Linux ? new LinuxRouteSelection(host) : null;
    }

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
    /// What <c>connect()</c> of a socket with this flow does: without a bound source it looks up twice, first for the source and
    /// then with it, so that a rule for that source may send the packet out of another interface than the one it belongs to.
    /// </summary>
    /// <exception cref="ArgumentException">The flow has no destination, or a source of the other family.</exception>
    public RouteDecision SelectForConnect(Flow flow) => Decide(flow, isConnect: true);

    private RouteDecision Decide(Flow flow, bool isConnect)
    {
        ArgumentNullException.ThrowIfNull(flow);
        Require(flow.Destination, flow.Source ?? default);
        return _linux?.Decide(flow, isConnect) ?? new RouteDecision
        {
            Flow = flow,
            Outcome = RouteOutcome.Undetermined,
            Certainty = Certainty.None,
            Unseen = [$"the route selection of {_host.Platform.Family} is not modelled"],
        };
    }

    private static void Require(NetAddress destination, NetAddress source)
    {
        if (destination.IsNone)
            throw new ArgumentException("A flow needs a destination.", nameof(destination));
        if (!source.IsNone && source.IsIPv4 != destination.IsIPv4)
            throw new ArgumentException("Source and destination are of different families.", nameof(source));
    }
}
