using System;

namespace Serva.Diagnostics.Formats;

/// <summary>A row that was read from text, and the line it stands on, from 1.</summary>
internal readonly record struct TextRow<T>(int Line, T Row);

/// <summary>A line that was not understood, its number from 1, and what it says: at most <see cref="LongestText"/> characters of it.</summary>
internal readonly record struct UnreadLine(int Line, string Text)
{
    public const int LongestText = 200;

    public static UnreadLine Of(int line, ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> trimmed = text.Trim();
        return new(line, trimmed.Length <= LongestText ? trimmed.ToString() : string.Concat(trimmed[..LongestText], "..."));
    }
}
