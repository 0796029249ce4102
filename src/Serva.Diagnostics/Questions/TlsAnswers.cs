using System;
using System.Collections.Immutable;
using System.Linq;

namespace Serva.Diagnostics;

/// <summary>How a TLS handshake ended.</summary>
public enum TlsHandshakeOutcome
{
    /// <summary>It was not made, or it did not come to an end.</summary>
    Undetermined = 0,

    /// <summary>Both sides finished, and a byte went each way.</summary>
    Completed,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>One TLS handshake of this host with itself.</summary>
public sealed record TlsHandshake
{
    /// <summary>The version of the protocol that was asked for: <c>1.2</c> or <c>1.3</c>.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// How many bytes of the next record each read was made to end with, behind whole ones: 1 to 4; 0 for reads as they came. What
    /// breaks on the updates of October 2022 is such an end.
    /// </summary>
    public int PartialBytes { get; init; }

    /// <summary>How many reads ended so; null where reads were left as they came.</summary>
    public int? PartialReads { get; init; }

    /// <summary>How it ended.</summary>
    public required TlsHandshakeOutcome Outcome { get; init; }

    /// <summary>The cipher suite that was agreed on, by its IANA name; null when there was none.</summary>
    public string? Cipher { get; init; }

    /// <summary>How long it took; null when it was not made.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The native error, for example 0x80090326 as a signed number; null when there was none.</summary>
    public int? NativeCode { get; init; }

    /// <summary>What failed, in the system's words, or why it was not made; null when it completed.</summary>
    public string? Error { get; init; }
}

/// <summary>TLS handshakes of a host with itself.</summary>
/// <remarks>One that completes refutes nothing: it was made here and now, by this library, and over loopback.</remarks>
public sealed record TlsProbeResult
{
    /// <summary>The handshakes in the order in which they were made. Never default.</summary>
    public ImmutableArray<TlsHandshake> Handshakes
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Why none was made; null when some were.</summary>
    public string? NotTriedBecause { get; init; }

    /// <summary>Whether a handshake of a version completed with reads as they came; null when none was made.</summary>
    public bool? Completes(string version)
    {
        TlsHandshake? found = Handshakes.FirstOrDefault(entry => entry.Version == version && entry.PartialBytes == 0);
        return found is null or { Outcome: TlsHandshakeOutcome.Undetermined } ? null : found.Outcome == TlsHandshakeOutcome.Completed;
    }

    /// <inheritdoc/>
    public bool Equals(TlsProbeResult? other) => other is not null && NotTriedBecause == other.NotTriedBecause && Handshakes.SequenceEqual(other.Handshakes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NotTriedBecause, Handshakes.Length);
}
