namespace Serva.Diagnostics;

/// <summary>How much a case or profile may hold before it is refused. The limits hold while it is read.</summary>
/// <remarks>Reading takes a buffer of the bytes besides the rows; a refused file never takes more than the buffer.</remarks>
public sealed record CaseLimits
{
    /// <summary>The limits that hold when nobody says otherwise.</summary>
    public static CaseLimits Default { get; } = new();

    /// <summary>The most bytes of JSON: 256 MiB.</summary>
    public int Bytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>The deepest nesting of objects and arrays: 64, which is also the most that can be asked for.</summary>
    public int Depth { get; init; } = DeepestNesting;

    /// <summary>The most rows over all tables together: two million.</summary>
    public int Rows { get; init; } = 2_000_000;

    /// <summary>The most elements of all other lists together (owners, gaps, questions, ...): four million.</summary>
    public int ListElements { get; init; } = 4_000_000;

    /// <summary>The longest single text, name or number, in bytes as it stands in the file: 64 KiB.</summary>
    public int TextBytes { get; init; } = 64 * 1024;

    internal const int DeepestNesting = 64;
}
