using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>A <see cref="Flow"/> as a value, for many questions: interfaces by index.</summary>
public readonly record struct FlowKey
{
    /// <summary>Where to. The scope of a link-local address names the interface.</summary>
    public required NetAddress Destination { get; init; }

    /// <summary>The source: what the socket is bound to, or where an arriving packet comes from; none for none.</summary>
    public NetAddress Source { get; init; }

    /// <summary>The interface that the packet arrives on; 0 for a packet that this host makes.</summary>
    public uint InputInterface { get; init; }

    /// <summary>The interface that is asked for; 0 for none.</summary>
    public uint OutputInterface { get; init; }

    /// <summary>The packet mark; 0 for none.</summary>
    public uint Mark { get; init; }

    /// <summary>The type of service, as <c>ip</c> takes it: the DSCP in the upper six bits.</summary>
    public byte TypeOfService { get; init; }

    /// <summary>The user whose socket it is; null for the one that captured the host.</summary>
    public uint? UserId { get; init; }

    /// <summary>The protocol number; null for the system's own choice, as in <see cref="Flow.IPProtocol"/>.</summary>
    public byte? IPProtocol { get; init; }

    /// <summary>The source port; 0 for none.</summary>
    public int SourcePort { get; init; }

    /// <summary>The destination port; 0 for none.</summary>
    public int DestinationPort { get; init; }

    /// <summary>Whether the source need not be an address of this host, as in <see cref="Flow.AllowsForeignSource"/>.</summary>
    public bool AllowsForeignSource { get; init; }
}

/// <summary>The one way of a packet, or how it ends: a <see cref="RouteDecision"/> as a value, without its reasons.</summary>
public readonly record struct RouteResult
{
    /// <summary>What becomes of the packet.</summary>
    public RouteOutcome Outcome { get; init; }

    /// <summary>The error that a socket call gets, for example <c>ENETUNREACH</c>; null for none.</summary>
    public string? NativeError { get; init; }

    /// <summary>The interface that it leaves by; of a local packet the loopback interface. 0 after an error.</summary>
    public uint Interface { get; init; }

    /// <summary>The router; none when the destination is on the link.</summary>
    public NetAddress Gateway { get; init; }

    /// <summary>The source address that it carries; none when it has none that this host chose.</summary>
    public NetAddress Source { get; init; }

    /// <summary>Linux: the table of the route that decided, as in <see cref="RouteChoice.Table"/>; null when none did.</summary>
    public uint? Table { get; init; }

    /// <summary>The route that decided; null when none did.</summary>
    public RouteRow? Route { get; init; }
}
