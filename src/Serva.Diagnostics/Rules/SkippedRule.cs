namespace Serva.Diagnostics;

/// <summary>A rule that could not judge.</summary>
public sealed record SkippedRule
{
    /// <summary>The rule's id.</summary>
    public required string Id { get; init; }

    /// <summary>What was missing, naming the table.</summary>
    public required string Because { get; init; }
}
