using System.Collections.Immutable;

namespace Serva.Diagnostics;

/// <summary>The answer to the same question on a changed host.</summary>
public sealed class WhatIf
{
    /// <summary>The changes, as they were asked for.</summary>
    public required ImmutableArray<string> Changes { get; init; }

    /// <summary>What is decided there.</summary>
    public required RouteDecision Decision { get; init; }
}
