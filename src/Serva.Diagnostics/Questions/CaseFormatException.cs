using System;
using System.Globalization;
using System.Text;

namespace Serva.Diagnostics;

/// <summary>A text is no case or no profile, or one that is too large. The message is one short line that names the place.</summary>
public sealed class CaseFormatException : FormatException
{
    private const int LongestProblem = 240;
    private const int LongestPath = 160;

    /// <summary>An exception without a message of its own.</summary>
    public CaseFormatException()
        : this("The text is not a case.")
    {
    }

    /// <summary>An exception with a message.</summary>
    public CaseFormatException(string message)
        : base(message)
    {
        Path = "$";
    }

    /// <summary>An exception with a message and a cause.</summary>
    public CaseFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
        Path = "$";
    }

    internal CaseFormatException(string problem, CasePlace place, Exception? innerException = null)
        : base(Describe(problem, place), innerException)
    {
        Line = place.Line;
        BytePosition = place.BytePosition;
        Path = Clean(place.Path, LongestPath);
    }

    /// <summary>The line of the place, counted from 1; 0 when the text as a whole is refused.</summary>
    public long Line { get; }

    /// <summary>The byte within that line, counted from 1; 0 when the text as a whole is refused.</summary>
    public long BytePosition { get; }

    /// <summary>The member at that place, for example <c>$.host.sockets.rows[3].local</c>.</summary>
    public string Path { get; }

    private static string Describe(string problem, CasePlace place) => place.Line == 0
        ? Clean(problem, LongestProblem)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Clean(problem, LongestProblem)} (line {place.Line}, byte {place.BytePosition}, {Clean(place.Path, LongestPath)})");

    /// <summary>The text on one line and of bounded length, whatever stood in the file.</summary>
    private static string Clean(string text, int longest)
    {
        var clean = new StringBuilder(Math.Min(text.Length, longest) + 8);
        foreach (char character in text)
        {
            if (clean.Length >= longest)
                return clean.Append("...").ToString();
            if (IsPlain(character))
                clean.Append(character);
            else
                clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return clean.ToString();
    }

    // Format characters can turn a line around on the screen, and half a surrogate pair is no text at all.
    private static bool IsPlain(char character) => char.GetUnicodeCategory(character) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}

/// <summary>A place in the JSON: line and byte counted from 1, and the path of the member there.</summary>
internal readonly record struct CasePlace(long Line, long BytePosition, string Path)
{
    /// <summary>The text as a whole.</summary>
    public static CasePlace Whole => new(0, 0, "$");
}
