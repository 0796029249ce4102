using System;

namespace Serva.Diagnostics;

/// <summary>What a watch has to say of a socket.</summary>
public enum SocketChangeKind
{
    /// <summary>
    /// Nobody knows whether the socket is still there: its part of the table cannot be read, and too many others wait for
    /// that too. It is followed no longer.
    /// </summary>
    Undetermined = 0,

    /// <summary>The socket is there, and nobody knows whether it was before: the first reading, or the first one of its part of the table.</summary>
    Present,

    /// <summary>The socket was not there at the reading before.</summary>
    Appeared,

    /// <summary>The socket is another than at the reading before: its state, remote endpoint, owners. The sizes of its queues do not count.</summary>
    Changed,

    /// <summary>The socket is no longer there.</summary>
    Gone,

    /// <summary>
    /// A part of the table could not be read, for another reason than the one before. Nothing of that part counts as gone
    /// or appeared until it is read again.
    /// </summary>
    NotRead,
}

/// <summary>One thing that a watch saw: a socket that is there, appeared, changed or is gone.</summary>
public sealed record SocketChange
{
    /// <summary>What happened.</summary>
    public required SocketChangeKind Kind { get; init; }

    /// <summary>The socket as it is now, or as it was seen last; null for <see cref="SocketChangeKind.NotRead"/>.</summary>
    public SocketRow? Row { get; init; }

    /// <summary>The socket as it was at the reading before, for <see cref="SocketChangeKind.Changed"/>; else null.</summary>
    public SocketRow? Previous { get; init; }

    /// <summary>When the reading that shows it had ended. What changed did so after the reading before.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why a part was not read, with the native error where there is one; null for a socket that was seen.</summary>
    public string? Reason { get; init; }
}
