using System;
using System.Collections.Immutable;

namespace Serva.Diagnostics;

/// <summary>How a bind ends.</summary>
public enum BindOutcome
{
    /// <summary>What would be needed to know was not seen.</summary>
    Undetermined = 0,

    /// <summary>It succeeds.</summary>
    Success,

    /// <summary>Another socket is in the way (EADDRINUSE, WSAEADDRINUSE).</summary>
    AddressInUse,

    /// <summary>Not allowed: a privileged port, a holder of another account, an excluded range (EACCES, WSAEACCES).</summary>
    AccessDenied,

    /// <summary>The address is not on this host, or not ready yet (EADDRNOTAVAIL, WSAEADDRNOTAVAIL).</summary>
    AddressNotAvailable,

    /// <summary>The request contradicts itself (EINVAL, WSAEINVAL).</summary>
    InvalidArgument,

    /// <summary>The address family is switched off or does not fit (EAFNOSUPPORT, WSAEAFNOSUPPORT).</summary>
    AddressFamilyNotSupported,

    /// <summary>There is no such interface (ENODEV).</summary>
    NoSuchDevice,

    /// <summary>The system is out of buffers or descriptors (ENOBUFS, WSAENOBUFS).</summary>
    NoBufferSpace,

    /// <summary>It fails with another error.</summary>
    OtherError,
}

/// <summary>The stage at which a server's socket fails.</summary>
public enum BindStage
{
    /// <summary><c>bind()</c>.</summary>
    Bind = 0,

    /// <summary><c>listen()</c>.</summary>
    Listen,

    /// <summary>The socket could not even be made or its options set.</summary>
    Socket,
}

/// <summary>A socket that is in the way of a bind.</summary>
public sealed record BindConflict
{
    /// <summary>The socket, with its owners.</summary>
    public required SocketRow Socket { get; init; }

    /// <summary>The rule that makes it a conflict: stable, for programs.</summary>
    public required string Code { get; init; }

    /// <summary>Why it is in the way, in one sentence.</summary>
    public required string Why { get; init; }
}

/// <summary>What would happen to a bind, predicted from a snapshot alone.</summary>
public sealed class BindPrediction : Answer
{
    /// <summary>The question.</summary>
    public required BindRequest Request { get; init; }

    /// <summary>How it ends.</summary>
    public required BindOutcome Outcome { get; init; }

    /// <summary>The error's name on the snapshot's system, for example <c>EADDRINUSE</c> or <c>WSAEACCES</c>; null for success or when undetermined.</summary>
    public string? NativeError { get; init; }

    /// <summary>The error's number on the snapshot's system, for example 98 or 10013; null as <see cref="NativeError"/>.</summary>
    public int? NativeCode { get; init; }

    /// <summary>The stage at which it ends; for a success the last one that was judged.</summary>
    public BindStage Stage { get; init; }

    /// <summary>Every socket in the way, listeners first.</summary>
    public ImmutableArray<BindConflict> Conflicts
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>What was needed and not seen, or what nobody could check: why the answer is not certain.</summary>
    public ImmutableArray<string> Unseen
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}

/// <summary>What really happened when a bind was tried and let go again.</summary>
public sealed record BindProbeResult
{
    /// <summary>How it ended; <see cref="BindOutcome.Undetermined"/> when it was not tried.</summary>
    public required BindOutcome Outcome { get; init; }

    /// <summary>The error's name, for example <c>EADDRINUSE</c>; null when there was none.</summary>
    public string? NativeError { get; init; }

    /// <summary>The error's number; null when there was none.</summary>
    public int? NativeCode { get; init; }

    /// <summary>The stage that was reached.</summary>
    public BindStage Stage { get; init; }

    /// <summary>The options that were set on the probing socket, for example <c>SO_REUSEADDR</c>, separated by blanks; empty for none.</summary>
    public string Modelled { get; init => field = value ?? ""; } = "";

    /// <summary>Why nothing was tried; null when it was.</summary>
    public string? NotTriedBecause { get; init; }

    /// <summary>How long it took; null when nothing was tried.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>How far a probe may go.</summary>
public enum ProbePolicy
{
    /// <summary>Nothing is tried.</summary>
    None = 0,

    /// <summary>Binds and closes, unless a reuse option could steal somebody's traffic. Never listens.</summary>
    BindOnly,

    /// <summary>Also listens for a moment, and binds with reuse options.</summary>
    Full,
}
