using System;
using System.Buffers;

namespace Serva.Diagnostics.Rules;

/// <summary>
/// Quotes a name from the machine as one word of a command. Null when that cannot be done safely: then the command is
/// not printed at all, because people paste what a diagnosis tells them to type.
/// </summary>
internal static class CommandText
{
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@+=,-");

    // Neither expansion (% ! $) nor operators (& | < > ^ ; `) nor quotes: what is left means itself in cmd, and also
    // in PowerShell, where the same line is often pasted.
    private static readonly SearchValues<char> s_cmd =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-:\\/ ()");

    // What systemd takes in a name (unit_name_is_valid).
    private static readonly SearchValues<char> s_unit =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\@");

    private static readonly SearchValues<char> s_neverInPowerShell = SearchValues.Create("&|<>^\"%!`;'\u2018\u2019\u201A\u201B");

    /// <summary>A word for a POSIX shell: bare when it needs no quotes, else in single quotes.</summary>
    public static string? Sh(string? word)
    {
        if (!MayStandInACommand(word))
            return null;
        return word.AsSpan().ContainsAnyExcept(s_plain) ? $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'" : word;
    }

    /// <summary>A unit of systemd as a word for a POSIX shell. systemctl takes a name with <c>*</c>, <c>?</c> or <c>[</c> for a pattern, quotes or not.</summary>
    public static string? Unit(string? name) => name is not null && !name.AsSpan().ContainsAnyExcept(s_unit) ? Sh(name) : null;

    /// <summary>A word for Windows' cmd, in double quotes when it has blanks or parentheses. Only a short list of characters is let through.</summary>
    public static string? Cmd(string? word)
    {
        if (!MayStandInACommand(word) || word[0] == '/' || word.AsSpan().ContainsAnyExcept(s_cmd))
            return null;
        // A backslash before the closing quote would quote the quote for most programs.
        if (word.AsSpan().IndexOfAny(' ', '(', ')') < 0)
            return word;
        return word[^1] == '\\' ? null : $"\"{word}\"";
    }

    /// <summary>A word for PowerShell, in single quotes. What would be dangerous in cmd is refused too.</summary>
    public static string? PowerShell(string? word) =>
        MayStandInACommand(word) && !word.AsSpan().ContainsAny(s_neverInPowerShell) ? $"'{word}'" : null;

    /// <summary>A bind as words for any of the shells; without its options where the name of the interface is no plain word.</summary>
    public static string Request(BindRequest request) =>
        request.Device is null || Sh(request.Device) == request.Device ? request.ToString() : request.ToEndpointText();

    // A leading dash would be an option of the command, whatever the quotes.
    private static bool MayStandInACommand([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? word) =>
        !string.IsNullOrWhiteSpace(word) && word.Length <= 512 && word[0] != '-' && SafeText.IsHarmless(word);
}
