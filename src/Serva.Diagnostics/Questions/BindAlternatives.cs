using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>A bind like the one that was asked about, with one thing changed, and what it would do.</summary>
public sealed class BindAlternative
{
    /// <summary>What is changed: stable, for programs. For example <c>with.reuse-address</c> or <c>on.address</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is changed, for people: <c>with SO_REUSEADDR</c>.</summary>
    public required string Change { get; init; }

    /// <summary>The changed bind.</summary>
    public required BindRequest Request { get; init; }

    /// <summary>What it is predicted to do; when there is a <see cref="Condition"/>, if that is met.</summary>
    public required BindPrediction Prediction { get; init; }

    /// <summary>What must be so for the prediction, and was not seen; null for nothing.</summary>
    public string? Condition { get; init; }

    /// <summary>What to mind; null for nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>What a bind could be instead: the same request with other options, on other addresses and ports, each predicted.</summary>
public sealed class BindAlternatives
{
    /// <summary>Changes that let the bind succeed and harm nobody. Empty when the bind succeeds as it is.</summary>
    public ImmutableArray<BindAlternative> Proposed
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Changes that would let the bind succeed, and take somebody's traffic: not proposed, and the note says why.</summary>
    public ImmutableArray<BindAlternative> NotProposed
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Free ports nearby; null when another port would not help.</summary>
    public PortAvailability? Ports { get; init; }
}

/// <summary>The nearest ports that could be bound instead of the wanted one.</summary>
/// <remarks>
/// Never a well-known port (0 to 1023: the System Ports of RFC 6335 section 6), a port of the automatic range, or one that
/// is excluded or reserved.
/// </remarks>
public sealed class PortAvailability
{
    /// <summary>The bind that was wanted.</summary>
    public required BindRequest Wanted { get; init; }

    /// <summary>The endpoints that are free, the nearest port first; empty when none is, or when nobody can know.</summary>
    public ImmutableArray<NetEndpoint> Free
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary><see cref="Certainty.None"/> exactly when nobody can know.</summary>
    public required Certainty Certainty { get; init; }

    /// <summary>What was not seen, or could not be checked; null when the answer is certain.</summary>
    public string? Unseen { get; init; }
}
