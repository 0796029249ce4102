using System;
using System.Globalization;
using System.Text;

namespace Serva.Diagnostics.Rules;

/// <summary>Makes text that came from a machine harmless to show: process names can hold escape sequences and worse.</summary>
/// <remarks>
/// Control characters, line ends, bidirectional overrides and other invisible characters become their <c>\u001B</c>
/// form, so that a terminal, a log and a reader see what is there. Applying it twice changes nothing more.
/// </remarks>
internal static class SafeText
{
    /// <summary>Longer text is cut: a name is a few dozen characters, a path at most some hundred.</summary>
    private const int Longest = 1024;

    /// <summary>The text on one line, without anything that a terminal or a reader could be fooled by.</summary>
    public static string Of(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        bool cut = text.Length > Longest;
        ReadOnlySpan<char> shown = cut ? text.AsSpan(0, Longest) : text;
        if (!cut && IsHarmless(shown))
            return text;
        var safe = new StringBuilder(shown.Length + 16);
        while (!shown.IsEmpty)
        {
            bool isCharacter = Rune.DecodeFromUtf16(shown, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (isCharacter && !IsHidden(rune))
                safe.Append(shown[..length]);
            else
                Escape(safe, shown[..length]);
            shown = shown[length..];
        }

        if (cut)
            safe.Append("...");
        return safe.ToString();
    }

    /// <summary>Whether every character can be seen.</summary>
    public static bool IsHarmless(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int length) != System.Buffers.OperationStatus.Done || IsHidden(rune))
                return false;
            text = text[length..];
        }

        return true;
    }

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned;

    private static void Escape(StringBuilder safe, ReadOnlySpan<char> units)
    {
        foreach (char unit in units)
            safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
    }
}
