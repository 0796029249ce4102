using System;
using System.Collections.Immutable;
using System.Linq;

namespace Serva.Diagnostics;

/// <summary>An error that somebody saw.</summary>
public sealed record ObservedError
{
    /// <summary>The native number, for example 10013 or 98; null when only text is known.</summary>
    public int? Code { get; init; }

    /// <summary>The text as it was seen; null when only the number is known.</summary>
    public string? Text { get; init; }
}

/// <summary>One question about a host, with what happened when it was tried.</summary>
public sealed record Question
{
    /// <summary>The service that asks, for example <c>SNTP</c>; null for none.</summary>
    public string? Service { get; init; }

    /// <summary>The bind it wants.</summary>
    public BindRequest? Bind { get; init; }

    /// <summary>What happened when the bind was tried; null when it was not.</summary>
    public BindProbeResult? BindProbe { get; init; }

    /// <summary>TLS handshakes of the host with itself; null when none were asked for.</summary>
    public TlsProbeResult? TlsProbe { get; init; }

    /// <summary>The error that was seen; null for none.</summary>
    public ObservedError? Error { get; init; }
}

/// <summary>
/// A host, and what is asked of it: everything a diagnosis needs. What the command saves, what a user attaches to a
/// report and what a test reads are the same JSON.
/// </summary>
public sealed partial class DiagnosticCase
{
    /// <summary>The format that this version writes.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>The format of the JSON this case came from.</summary>
    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The host.</summary>
    public required Snapshots.HostSnapshot Host { get; init; }

    /// <summary>The profile whose services the questions speak of; null for none.</summary>
    public ServiceProfile? Profile { get; init; }

    /// <summary>The questions, in order.</summary>
    public ImmutableArray<Question> Questions
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}
