using System;
using System.Collections.Generic;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netsh;

/// <summary>Which of the two port tables of <c>netsh interface</c> to read, and for whom: the answer says neither safely.</summary>
internal readonly record struct NetshPortTable(PortRangeKind Kind, TransportProtocol Protocol, bool IsIPv6);

/// <summary>
/// Reads <c>netsh interface ipv4|ipv6 show excludedportrange protocol=tcp|udp</c> and
/// <c>show dynamicport tcp|udp</c> in any language: every language prints a line of dashes under its headings, and
/// below it only the numbers, the mark <c>*</c> and the colon are read.
/// </summary>
/// <remarks>
/// Takes bytes, because the answer comes in the console's code page: the digits are the same in all of them. Shapes:
/// <code>
/// ----------    --------                ---------------------------------
///       5357        5357                Start Port      : 49152
///      50000       50059     *          Number of Ports : 16384
/// </code>
/// </remarks>
internal static class NetshPortRanges
{
    private const int MostRanges = 65536;

    /// <summary>Adds the ranges; answers what is wrong with the text, or null. Ranges before a bad line stand.</summary>
    public static string? Parse(ReadOnlySpan<byte> output, NetshPortTable table, List<PortRangeRow> rows)
    {
        bool isBelowDashes = false;
        int? start = null;
        int added = 0;
        int lineNumber = 0;
        while (!output.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine(ref output);
            lineNumber++;
            if (IsDashes(line))
            {
                isBelowDashes = true;
                continue;
            }

            if (!isBelowDashes)
                continue;
            if (table.Kind == PortRangeKind.Dynamic)
            {
                if (TrailingNumber(line) is not { } number)
                    continue;
                if (start is null)
                {
                    start = number;
                    continue;
                }

                if (Range(table, start.Value, (long)start.Value + number - 1, isAdministered: false) is not { } dynamic)
                    return Complaint(lineNumber, $"start port {start} with {number} ports is no range");
                rows.Add(dynamic);
                return null;
            }

            if (!TryReadPair(line, out int first, out int last, out bool isAdministered))
                continue;
            if (Range(table, first, last, isAdministered) is not { } excluded)
                return Complaint(lineNumber, $"{first} to {last} is no range");
            if (++added > MostRanges)
                return Complaint(lineNumber, $"more than {MostRanges} ranges");
            rows.Add(excluded);
        }

        if (!isBelowDashes)
            return "no table in netsh's answer";
        return table.Kind == PortRangeKind.Dynamic ? "no start port and number of ports in netsh's answer" : null;
    }

    private static PortRangeRow? Range(NetshPortTable table, int first, long last, bool isAdministered)
    {
        if (first < 0 || last > 65535 || last < first)
            return null;
        return new PortRangeRow
        {
            Kind = table.Kind,
            Protocol = table.Protocol,
            IsIPv6 = table.IsIPv6,
            First = first,
            Last = (int)last,
            IsAdministered = isAdministered,
        };
    }

    private static string Complaint(int line, FormattableString what) =>
        string.Create(CultureInfo.InvariantCulture, $"line {line} of netsh's answer: {FormattableString.Invariant(what)}");

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
        int next = end < 0 ? text.Length : end + 1;
        if (end >= 0 && text[end] == '\r' && next < text.Length && text[next] == '\n')
            next++;
        text = text[next..];
        return line;
    }

    private static bool IsDashes(ReadOnlySpan<byte> line) =>
        line.IndexOf("---"u8) >= 0 && line.IndexOfAnyExcept((byte)'-', (byte)' ') < 0;

    // Two numbers and perhaps a mark; a line of words, such as the legend of the mark, is none.
    private static bool TryReadPair(ReadOnlySpan<byte> line, out int first, out int last, out bool isAdministered)
    {
        last = 0;
        isAdministered = false;
        if (!TryTakeNumber(ref line, out first) || !TryTakeNumber(ref line, out last))
            return false;
        line = line.Trim((byte)' ');
        isAdministered = line.SequenceEqual("*"u8);
        return isAdministered || line.IsEmpty;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> line, out int number)
    {
        line = line.TrimStart((byte)' ');
        int length = line.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (length < 0)
            length = line.Length;
        bool isNumber = TryParse(line[..length], out number) && (length == line.Length || line[length] == ' ');
        line = line[length..];
        return isNumber;
    }

    // The number that ends a line such as "Start Port      : 49152"; what stands before it may be in any code page.
    private static int? TrailingNumber(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)' ');
        int before = line.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return before >= 0 && TryParse(line[(before + 1)..], out int number) ? number : null;
    }

    private static bool TryParse(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        return digits.Length is > 0 and <= 9
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
