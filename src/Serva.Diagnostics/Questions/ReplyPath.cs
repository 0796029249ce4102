namespace Serva.Diagnostics;

/// <summary>Which way a reply goes, compared with its request.</summary>
public enum ReplyOutcome
{
    /// <summary>What would be needed to know was not seen.</summary>
    Undetermined = 0,

    /// <summary>Back by the interface that the request came in by, from the address that it was sent to.</summary>
    SameWay,

    /// <summary>From the address that the request was sent to, but by another interface.</summary>
    OtherInterface,

    /// <summary>With another source than the address that the request was sent to: most clients drop it.</summary>
    OtherSource,

    /// <summary>There is no way back.</summary>
    NoWay,

    /// <summary>The request never reaches the server: the host drops it for its source, or for the interface it came in by.</summary>
    NotReceived,
}

/// <summary>What becomes of a request that arrives, and of the reply to it.</summary>
public sealed class ReplyPath : Answer
{
    /// <summary>The request: to this host, from its client, on the interface that it arrives on.</summary>
    public required Flow Request { get; init; }

    /// <summary>Whether the socket answers without a source of its own, as UDP servers on the wildcard address do.</summary>
    public bool IsUnbound { get; init; }

    /// <summary>Which way the reply goes.</summary>
    public required ReplyOutcome Outcome { get; init; }

    /// <summary>What becomes of the request.</summary>
    public required RouteDecision Arrival { get; init; }

    /// <summary>What becomes of the reply; null when there is none, because the request was dropped.</summary>
    public RouteDecision? Reply { get; init; }
}
