using System;
using System.Collections.Frozen;

namespace Serva.Diagnostics.Import;

/// <summary>Finds the command that somebody typed behind a prompt, or wrote above its output.</summary>
internal static class CommandLine
{
    private const int MostWords = 12, LongestPath = 80;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_windows = FrozenSet.ToFrozenSet(
        ["netstat", "tasklist", "sc", "netsh", "route", "systeminfo", "ver", "reg", "type"],
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    // In capitals these are words: "IP address(es)", "ID: 5".
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_unix = FrozenSet.ToFrozenSet(
        ["ip", "ss", "nft", "iptables-save", "ip6tables-save", "lsof", "sysctl", "uname", "id", "ps", "cat", "sudo"],
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The line from the command on; empty when it holds none that is known here.</summary>
    /// <param name="line">The line.</param>
    /// <param name="hasPrompt">Whether it has a character that prompts end with; without one the command stands first.</param>
    public static ReadOnlySpan<char> Find(scoped in PastedLine line, bool hasPrompt)
    {
        bool isBehindPrompt = true;
        for (int i = 0; i < Math.Min(line.Count, MostWords) && (hasPrompt || isBehindPrompt); i++)
        {
            if (!hasPrompt && line.LengthOf(i) > LongestPath)
                break;
            ReadOnlySpan<char> word = line[i];
            int prompt = hasPrompt ? word.LastIndexOfAny('>', '$', '#') + 1 : 0;
            ReadOnlySpan<char> name = word[prompt..];
            name = name[(name.LastIndexOfAny('/', '\\') + 1)..];
            int start = line.StartOf(i) + word.Length - name.Length;
            if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
                name = name[..^4];
            if ((isBehindPrompt || prompt > 0) && (s_windows.Contains(name) || s_unix.Contains(name)))
                return line.Text[start..];
            isBehindPrompt = prompt == word.Length || word is "%" || word.Contains('@');
        }

        return default;
    }
}
