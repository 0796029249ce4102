using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsFirewall;

/// <summary>
/// The outer grammar of a rule of Windows Firewall, <c>v2.30|key=value|key=value|</c> ([MS-GPFAS] 2.2.2.19): text to
/// fields and back, without a look at what they mean.
/// </summary>
internal static class WindowsFirewallRuleText
{
    /// <summary>The longest text that is looked at, in characters: 64 Ki.</summary>
    public const int Longest = 64 * 1024;

    private static readonly SearchValues<char> s_keyCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Splits any text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="version">What stands between <c>v</c> and the first bar; empty when there is a problem.</param>
    /// <param name="fields">Gets the fields in order.</param>
    /// <returns>Why the text is no rule, with the place counted from 1; null when it is one.</returns>
    public static string? Split(string text, out string version, List<WindowsFirewallRuleField> fields)
    {
        version = "";
        if (text.Length > Longest)
            return FormattableString.Invariant($"longer than {Longest:N0} characters");
        int bar = text.IndexOf('|', StringComparison.Ordinal);
        if (bar < 2 || text[0] != 'v')
            return "does not begin with a version like v2.30|";
        if (bar + 1 == text.Length)
            return "has no field";
        if (text[^1] != '|')
            return "does not end with |";
        version = text[1..bar];
        for (int start = bar + 1; start < text.Length;)
        {
            int end = text.IndexOf('|', start);
            int equals = text.IndexOf('=', start, end - start);
            if (equals < 0)
                return FormattableString.Invariant($"field at position {start + 1} has no =");
            if (!IsKey(text.AsSpan(start, equals - start)))
                return FormattableString.Invariant($"key at position {start + 1} is not of letters, digits and _");
            fields.Add(new WindowsFirewallRuleField { Key = Intern(text.AsSpan(start, equals - start)), Value = text[(equals + 1)..end] });
            start = end + 1;
        }

        return null;
    }

    /// <summary>The text of a version and fields; null when one of them cannot stand in a rule.</summary>
    public static string? Join(string version, IReadOnlyList<WindowsFirewallRuleField> fields)
    {
        var text = new StringBuilder("v", 256).Append(version).Append('|');
        foreach (WindowsFirewallRuleField field in fields)
        {
            if (!IsKey(field.Key) || field.Value.Contains('|', StringComparison.Ordinal))
                return null;
            text.Append(field.Key).Append('=').Append(field.Value).Append('|');
        }

        return fields.Count == 0 || text.Length > Longest ? null : text.ToString();
    }

    private static bool IsKey(ReadOnlySpan<char> key) => !key.IsEmpty && !key.ContainsAnyExcept(s_keyCharacters);

    // A machine has hundreds of rules and a few dozen keys.
    private static string Intern(ReadOnlySpan<char> key) => WindowsFirewallKeys.Known(key) ?? key.ToString();
}
