using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.RoutePrint;

/// <summary>
/// Reads what <c>route print</c>, <c>netstat -r</c> and <c>netstat -nr</c> of Windows NT 3.5 to 11 say, in any language: only the
/// shape of a row counts, read from both ends, because the words for "on the link" may be several and of any width.
/// </summary>
/// <remarks>
/// Total and linear; what is longer than <see cref="MostLines"/> lines is counted as not understood. Shapes:
/// <code>
///  13...00 15 5d b4 f6 f9 ......Intel(R) Wireless          0x2 ...00 15 5d 24 8c b0 ...... Intel(R) PRO/100+
///   1...........................Software Loopback          11...00 00 00 00 00 00 00 e0 Teredo Tunneling Pseudo-Interface
///        127.0.0.0        255.0.0.0   Auf Verbindung         127.0.0.1    331      active: mask, gateway, interface, metric
///          0.0.0.0          0.0.0.0      192.168.8.2     Default                   persistent: no interface
///  10    291 fe80::18cf:69a1:ca29:2cd4/128                                        interface, metric, prefix; a long one wraps
///                                     On-link
/// </code>
/// </remarks>
internal sealed class RoutePrintText
{
    public const int MostLines = 200_000;
    public const int MostUnread = 100;

    // The metric that Windows gives a route whose metric nobody gave; IPv6 prints it as all ones.
    private const uint DefaultMetric = 256;
    private const uint NoMetric = uint.MaxValue;

    private readonly List<TextRow<InterfaceRow>> _listed = [];
    private readonly HashSet<uint> _indexes = [];
    private readonly List<PrintedRoute> _routes = [];
    private readonly List<UnreadLine> _unread = [];
    private int _unreadCount;
    private int _headings;
    private bool _hasTitle4, _hasTitle6, _hasOnLinkWords, _isInTable;
    private PrintedRoute? _wrapped;
    private string _wrappedLine = "";

    /// <summary>Reads the print. Lines of prose and titles pass in silence unless they hold a digit.</summary>
    public static RoutePrint Decode(ReadOnlySpan<char> text)
    {
        var read = new RoutePrintText();
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
            read.Take(line, ++number, out _);
        return read.ToPrint();
    }

    /// <summary>Takes the next line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="isRow">Whether it gave a row.</param>
    /// <returns>Whether it was understood.</returns>
    public bool Take(ReadOnlySpan<char> line, int number, out bool isRow)
    {
        isRow = false;
        if (number > MostLines)
        {
            _unreadCount++;
            return false;
        }

        isRow = TryReadGateway(line);
        return isRow || ReadLine(line.Trim(), number, out isRow);
    }

    /// <summary>What the lines said altogether.</summary>
    public RoutePrint ToPrint()
    {
        GiveUpWrapped();
        var join = new RoutePrintJoin(_listed, _routes);
        return new RoutePrint
        {
            Interfaces = join.Interfaces,
            Addresses = join.Addresses,
            Routes = join.Routes,
            PersistentRoutes = join.PersistentRoutes,
            Unread = [.. _unread],
            UnreadCount = _unreadCount,
            IsVistaOrLater = _hasOnLinkWords || _hasTitle4 || _hasTitle6 ? true : join.NamesOwnAddressAsGateway ? false : null,
            HasIPv4 = _hasTitle4 || _routes.Exists(route => route.Destination.Address.IsIPv4),
            HasIPv6 = _hasTitle6 || _routes.Exists(route => route.Destination.Address.IsIPv6),
            EndsEarly = _isInTable,
        };
    }

    private bool ReadLine(ReadOnlySpan<char> line, int number, out bool isRow)
    {
        isRow = false;
        if (line.IsEmpty)
            return false;
        if (line.IndexOfAnyExcept('=') < 0)
        {
            _isInTable = false;
            return true;
        }

        isRow = TryReadInterface(line, number) || TryReadIPv4(line, number) || TryReadIPv6(line, number);
        if (isRow)
            return true;
        bool is4 = line.Contains("IPv4", StringComparison.OrdinalIgnoreCase);
        bool is6 = line.Contains("IPv6", StringComparison.OrdinalIgnoreCase);
        if ((is4 || is6) && line.Count('4') + line.Count('6') == CountDigits(line))
        {
            _hasTitle4 |= is4;
            _hasTitle6 |= is6;
            _headings = 0;
            return true;
        }

        if (CountDigits(line) == 0)
        {
            if (line[^1] is ':' or '\uff1a')
                _headings++;
            return false;
        }

        if (RepeatsDefaultGateway(line))
            return true;
        if (!IsCommand(line))
            AddUnread(line, number);
        return false;
    }

    private bool TryReadInterface(ReadOnlySpan<char> line, int number)
    {
        int end = 0;
        while (end < line.Length && (char.IsAsciiHexDigit(line[end]) || line[end] is 'x'))
            end++;
        if (!TryIndex(line[..end], out uint index))
            return false;
        ReadOnlySpan<char> rest = line[end..].TrimStart();
        int dots = rest.IndexOfAnyExcept('.');
        if (dots < 3)
            return false;
        rest = rest[dots..].TrimStart();
        // Where there is no link-layer address its place is dots too.
        var address = new StringBuilder();
        int bytes = 0;
        if (dots == 3)
        {
            for (; bytes < 8 && rest.Length > 2 && IsPair(rest) && rest[2] is ' ' or '.'; bytes++)
            {
                address.Append(bytes == 0 ? "" : ":").Append(char.ToLowerInvariant(rest[0])).Append(char.ToLowerInvariant(rest[1]));
                rest = rest[3..].TrimStart();
            }
        }

        ReadOnlySpan<char> description = rest.TrimStart('.').Trim();
        if (description.IsEmpty || !_indexes.Add(index))
            return false;
        _listed.Add(new(number, new InterfaceRow
        {
            Index = index,
            Name = description.ToString(),
            Description = description.ToString(),
            Status = OperationalStatus.Unknown,
            Type = index == RoutePrintJoin.Loopback ? NetworkInterfaceType.Loopback : bytes == 8 ? NetworkInterfaceType.Tunnel : NetworkInterfaceType.Unknown,
            // Who shows a print around may have masked it.
            PhysicalAddress = bytes == 0 || address[0] == 'x' ? null : address.ToString(),
            MetricV4 = 0,
            MetricV6 = 0,
        }));
        return true;
    }

    private bool TryReadIPv4(ReadOnlySpan<char> line, int number)
    {
        if (!TryIPv4(TakeFirst(ref line), out NetAddress destination) || !TryIPv4(TakeFirst(ref line), out NetAddress mask))
            return false;
        uint bits = mask.ToIPv4();
        int length = BitOperations.LeadingZeroCount(~bits);
        if (bits != (length == 0 ? 0 : uint.MaxValue << (32 - length)))
            return false;
        NetPrefix prefix = NetPrefix.Create(destination, length);
        // A mark after the metric is the writer's own.
        return prefix.Address == destination
            && (TryReadActive(line.TrimEnd("* "), prefix, number) || TryReadPersistent(line, prefix, number));
    }

    private bool TryReadActive(ReadOnlySpan<char> line, NetPrefix destination, int number)
    {
        if (!TryNumber(TakeLast(ref line), out uint metric))
            return false;
        ReadOnlySpan<char> leavesBy = TakeLast(ref line);
        uint index = 0;
        if (!TryIPv4(leavesBy, out NetAddress address) && !TryListedIndex(leavesBy, out index))
            return false;
        if (!TryGateway(line, isIPv6: false, out NetAddress? gateway))
            return false;
        _isInTable = true;
        _hasOnLinkWords |= gateway is null;
        _routes.Add(new(number, destination, gateway, address, index, metric, IsPersistent: false));
        return true;
    }

    private bool TryReadPersistent(ReadOnlySpan<char> line, NetPrefix destination, int number)
    {
        ReadOnlySpan<char> metricText = line;
        ReadOnlySpan<char> gatewayText = TakeFirst(ref metricText);
        if (!TryIPv4(gatewayText, out _))
        {
            gatewayText = line;
            metricText = TakeLast(ref gatewayText);
        }

        if (!TryNumber(metricText, out uint metric))
        {
            // The metric may be a word, but a line that ends in words may also be the beginning of an active row.
            if (metricText.IsEmpty || _headings < 2 || CountDigits(metricText) > 0)
                return false;
            metric = DefaultMetric;
        }

        if (!TryGateway(gatewayText, isIPv6: false, out NetAddress? gateway))
            return false;
        _routes.Add(new(number, destination, gateway, NetAddress.None, 0, metric, IsPersistent: true));
        return true;
    }

    private bool TryReadIPv6(ReadOnlySpan<char> line, int number)
    {
        ReadOnlySpan<char> rest = line;
        if (!TryNumber(TakeFirst(ref rest), out uint index) || !TryNumber(TakeFirst(ref rest), out uint metric)
            || !NetPrefix.TryParse(TakeFirst(ref rest), out NetPrefix destination) || !destination.Address.IsIPv6)
        {
            return false;
        }

        bool isPersistent = _headings >= 2;
        if (isPersistent && metric == NoMetric)
            metric = DefaultMetric;
        var route = new PrintedRoute(number, destination, null, NetAddress.None, index, metric, isPersistent);
        if (rest.IsEmpty)
        {
            _wrapped = route;
            _wrappedLine = line.ToString();
            return true;
        }

        return TryAddIPv6(route, rest);
    }

    // The gateway of the row before, when that row was too long for it.
    private bool TryReadGateway(ReadOnlySpan<char> line)
    {
        if (_wrapped is not { } route)
            return false;
        if (!TryAddIPv6(route, line.Trim()))
        {
            GiveUpWrapped();
            return false;
        }

        _wrapped = null;
        return true;
    }

    private void GiveUpWrapped()
    {
        if (_wrapped is { } route)
            AddUnread(_wrappedLine, route.Line);
        _wrapped = null;
    }

    private bool TryAddIPv6(PrintedRoute route, ReadOnlySpan<char> gatewayText)
    {
        if (!TryGateway(gatewayText, isIPv6: true, out NetAddress? gateway))
            return false;
        _isInTable |= !route.IsPersistent;
        _routes.Add(route with { Gateway = gateway is { IsLinkLocal: true } router ? router.WithScope(route.InterfaceIndex) : gateway });
        _hasTitle6 = true;
        return true;
    }

    private void AddUnread(ReadOnlySpan<char> line, int number)
    {
        if (_unreadCount++ < MostUnread)
            _unread.Add(UnreadLine.Of(number, line));
    }

    // Words without a digit are "on the link"; anything else that is no address is damage.
    private static bool TryGateway(ReadOnlySpan<char> text, bool isIPv6, out NetAddress? gateway)
    {
        gateway = null;
        text = text.Trim();
        if (NetAddress.TryParse(text, out NetAddress address))
        {
            gateway = address;
            return address.IsIPv6 == isIPv6;
        }

        return !text.IsEmpty && text.IndexOfAny("=:.") < 0 && CountDigits(text) == 0;
    }

    // XP and before: "Default Gateway:       192.168.1.1" after the table repeats its first row.
    private static bool RepeatsDefaultGateway(ReadOnlySpan<char> line) =>
        TryIPv4(TakeLast(ref line), out _) && line.TrimEnd() is [.., ':'] && CountDigits(line) == 0;

    // A prompt with the command may hold digits: "C:\Users\bob2>route print -4".
    private static bool IsCommand(ReadOnlySpan<char> line) =>
        line.Contains("route print", StringComparison.OrdinalIgnoreCase) || line.Contains("netstat -", StringComparison.OrdinalIgnoreCase);

    private static bool TryIndex(ReadOnlySpan<char> text, out uint index) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out index)
            : TryNumber(text, out index);

    // XP writes the number of the interface list without its 0x.
    private bool TryListedIndex(ReadOnlySpan<char> text, out uint index) =>
        (uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out index) && _indexes.Contains(index)) || TryNumber(text, out index);

    private static bool TryNumber(ReadOnlySpan<char> text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryIPv4(ReadOnlySpan<char> text, out NetAddress address) =>
        NetAddress.TryParse(text, out address) && address.IsIPv4;

    private static bool IsPair(ReadOnlySpan<char> text) =>
        (char.IsAsciiHexDigit(text[0]) && char.IsAsciiHexDigit(text[1])) || text[..2].Equals("xx", StringComparison.OrdinalIgnoreCase);

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int digits = 0;
        foreach (char c in text)
            digits += char.IsAsciiDigit(c) ? 1 : 0;
        return digits;
    }

    private static ReadOnlySpan<char> TakeFirst(scoped ref ReadOnlySpan<char> line)
    {
        line = line.TrimStart();
        int end = 0;
        while (end < line.Length && !char.IsWhiteSpace(line[end]))
            end++;
        ReadOnlySpan<char> word = line[..end];
        line = line[end..].Trim();
        return word;
    }

    private static ReadOnlySpan<char> TakeLast(scoped ref ReadOnlySpan<char> line)
    {
        line = line.TrimEnd();
        int start = line.Length;
        while (start > 0 && !char.IsWhiteSpace(line[start - 1]))
            start--;
        ReadOnlySpan<char> word = line[start..];
        line = line[..start].TrimEnd();
        return word;
    }
}
