using System.Collections.Immutable;

namespace Serva.Diagnostics.Rules;

/// <summary>The known issues that the library finds.</summary>
public static class KnownIssues
{
    /// <summary>Every rule, by id.</summary>
    public static ImmutableArray<KnownIssue> All { get; } =
    [
    ];
}
