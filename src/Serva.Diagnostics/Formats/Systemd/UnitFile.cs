using System;
using System.Collections.Generic;
using System.Text;

namespace Serva.Diagnostics.Formats.Systemd;

/// <summary>One line <c>Key=Value</c> of a unit file, without the blanks around either.</summary>
internal readonly record struct UnitAssignment(string Section, string Key, string Value);

/// <summary>
/// The syntax of unit files (systemd.syntax(7)): sections in brackets, <c>#</c> and <c>;</c> begin comments, a backslash at the
/// end of a line goes on in the next, over comments too.
/// </summary>
internal static class UnitFile
{
    private const string Blanks = " \t\r";

    /// <summary>The assignments in the order of the file; lines that are none are left out, as systemd leaves them out.</summary>
    public static IEnumerable<UnitAssignment> Read(string text)
    {
        string section = "";
        var pending = new StringBuilder();
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd('\r');
            if (line.AsSpan().TrimStart(Blanks) is ['#' or ';', ..])
                continue;
            if (IsContinued(line))
            {
                pending.Append(line, 0, line.Length - 1).Append(' ');
                continue;
            }

            if (Assignment(pending.Append(line).ToString().AsSpan().Trim(Blanks), ref section) is { } assignment)
                yield return assignment;
            pending.Clear();
        }

        if (pending.Length > 0 && Assignment(pending.ToString().AsSpan().Trim(Blanks), ref section) is { } last)
            yield return last;
    }

    private static bool IsContinued(string line)
    {
        int backslashes = 0;
        while (backslashes < line.Length && line[^(backslashes + 1)] == '\\')
            backslashes++;
        return backslashes % 2 == 1;
    }

    private static UnitAssignment? Assignment(ReadOnlySpan<char> line, ref string section)
    {
        if (line is ['[', .., ']'])
        {
            section = line[1..^1].ToString();
            return null;
        }

        int equals = line.IndexOf('=');
        return equals <= 0 ? null : new UnitAssignment(section, line[..equals].TrimEnd().ToString(), line[(equals + 1)..].TrimStart().ToString());
    }
}
