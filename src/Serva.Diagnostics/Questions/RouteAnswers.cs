using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>What becomes of a packet when its route is looked up.</summary>
public enum RouteOutcome
{
    /// <summary>What would be needed to know was not seen.</summary>
    Undetermined = 0,

    /// <summary>It is sent, or forwarded, to one host.</summary>
    Unicast,

    /// <summary>It is for this host.</summary>
    Local,

    /// <summary>It is a broadcast.</summary>
    Broadcast,

    /// <summary>It is for this host, which is one of many.</summary>
    Anycast,

    /// <summary>It is a multicast.</summary>
    Multicast,

    /// <summary>A route or rule drops it.</summary>
    Blackhole,

    /// <summary>A route or rule refuses it as unreachable.</summary>
    Unreachable,

    /// <summary>A route or rule prohibits it.</summary>
    Prohibited,

    /// <summary>There is no route.</summary>
    NoRoute,

    /// <summary>Its source is not one that this host may use, or that may arrive so.</summary>
    InvalidSource,

    /// <summary>Its destination cannot be one, or contradicts the interface that was asked for.</summary>
    InvalidDestination,
}

/// <summary>A way that a packet can take.</summary>
public sealed record RouteChoice
{
    /// <summary>The interface that it leaves by; of a local packet the loopback interface.</summary>
    public required uint Interface { get; init; }

    /// <summary>The name of that interface.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>The router; null when the destination is on the link.</summary>
    public NetAddress? Gateway { get; init; }

    /// <summary>The source address that it carries; null when it has none that this host chose.</summary>
    public NetAddress? Source { get; init; }

    /// <summary>
    /// Linux: the table of the route that decided; null when none did. Until somebody adds or deletes a rule, local and main are
    /// one table, and the kernel calls it main.
    /// </summary>
    public uint? Table { get; init; }

    /// <summary>The route that decided; null when none did.</summary>
    public RouteRow? Route { get; init; }
}

/// <summary>Why a route that fits the destination was not taken.</summary>
public enum RouteLoss
{
    /// <summary>It was taken.</summary>
    None = 0,

    /// <summary>Another route has a longer prefix.</summary>
    ShorterPrefix,

    /// <summary>Another route of the same prefix costs less.</summary>
    HigherMetric,

    /// <summary>Another route of the same prefix and cost comes first.</summary>
    Order,

    /// <summary>It leaves by another interface than the one that the socket is held to.</summary>
    OtherInterface,

    /// <summary>Windows: the interface does not use its default routes.</summary>
    DefaultRoutesDisabled,

    /// <summary>Its interface is down.</summary>
    InterfaceDown,

    /// <summary>Its router does not answer.</summary>
    RouterSilent,

    /// <summary>It is for another type of service.</summary>
    TypeOfService,

    /// <summary>It is for other sources.</summary>
    OtherSource,
}

/// <summary>A route that fits the destination, and what became of it.</summary>
public sealed record ConsideredRoute
{
    /// <summary>The route.</summary>
    public required RouteRow Route { get; init; }

    /// <summary>The name of its interface; null when it has none, or several.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>What is compared: on Windows the sum of the route's and the interface's metric, on Linux the route's. Lower wins.</summary>
    public required long Cost { get; init; }

    /// <summary>Why it was not taken.</summary>
    public required RouteLoss Loss { get; init; }
}

/// <summary>Where packets go, found from a snapshot alone.</summary>
public sealed class RouteDecision : Answer
{
    /// <summary>The question.</summary>
    public required Flow Flow { get; init; }

    /// <summary>The rules it was answered by; never <see cref="HostModel.Native"/>, but of a system that is not modelled.</summary>
    public HostModel Model { get; init; }

    /// <summary>What becomes of the packet.</summary>
    public required RouteOutcome Outcome { get; init; }

    /// <summary>The error that a socket call gets, for example <c>ENETUNREACH</c>; null for none.</summary>
    public string? NativeError { get; init; }

    /// <summary>
    /// The ways it can take: one as a rule, several where the system spreads packets over them, none after an error.
    /// </summary>
    public ImmutableArray<RouteChoice> Choices
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Every route that fits the destination, the taken one first; at most <see cref="MostConsidered"/>.</summary>
    public ImmutableArray<ConsideredRoute> Considered
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The length of the longest list of considered routes.</summary>
    public const int MostConsidered = 100;

    /// <summary>The step of the trace that decided: the route or rule that was taken, or why nothing was; null when there is none.</summary>
    public TraceStep? DecidingStep => Trace.LastOrDefault(step => step.Code is "route.found" or "route.refuses" or "route.rule.refuses" or "route.assumed"
        or "route.source.foreign" or "route.source.filtered" or "route.received.strong" or "route.received.foreign" or "route.local");

    /// <summary>What was needed and not seen: why the answer is not certain.</summary>
    public ImmutableArray<string> Unseen
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}
