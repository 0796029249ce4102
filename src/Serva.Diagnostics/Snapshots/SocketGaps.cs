using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Which sockets a table may lack. A gap that nobody knows the name of may hide any.</summary>
internal sealed class SocketGaps
{
    // Longest first: one name begins with another.
    private static readonly (string Name, TransportProtocol Protocol)[] s_protocols =
    [
        ("udplite", TransportProtocol.UdpLite),
        ("udp", TransportProtocol.Udp),
        ("tcp", TransportProtocol.Tcp),
        ("raw", TransportProtocol.Raw),
    ];

    private readonly List<(TransportProtocol Protocol, bool? IsIPv6)> _parts = [];
    private bool _hidesBound;
    private bool _hidesAll;

    private SocketGaps(string? reason) => Reason = reason;

    /// <summary>What is missing and why; null when nothing is.</summary>
    public string? Reason { get; }

    /// <summary>Those of a table that nobody has read: it may lack any socket.</summary>
    public static SocketGaps OfNothing { get; } = new(null) { _hidesAll = true };

    public static SocketGaps Of(Table<SocketRow> table)
    {
        if (table.Coverage == Coverage.Complete)
            return new SocketGaps(null);
        if (table.Coverage != Coverage.Partial || table.Gaps.IsEmpty)
            return new SocketGaps(table.Note ?? "the table could not be read") { _hidesAll = true };
        var gaps = new SocketGaps(string.Join("; ", table.Gaps.Select(gap => $"{gap.Part}: {gap.Reason}")));
        foreach (TableGap gap in table.Gaps)
        {
            foreach (string part in gap.Part.Split(',', StringSplitOptions.TrimEntries))
                gaps.Add(part, table.Filter);
        }

        return gaps;
    }

    /// <summary>Whether the socket may be there without being in the table.</summary>
    public bool MayHide(in SocketRow row)
    {
        if (_hidesAll || (_hidesBound && row.State == TcpState.Closed))
            return true;
        foreach ((TransportProtocol protocol, bool? isIPv6) in _parts)
        {
            if (row.Protocol == protocol && (isIPv6 is null || isIPv6 == row.Local.Address.IsIPv6))
                return true;
        }

        return false;
    }

    /// <summary>Whether a socket that answers the query may be there without being in the table.</summary>
    public bool MayHide(SocketQuery query) =>
        _hidesAll
        || (_hidesBound && !query.ListeningOnly && (query.Protocol is null or TransportProtocol.Tcp))
        || _parts.Exists(part => query.Protocol is null || query.Protocol == part.Protocol);

    private void Add(string part, TableFilter? filter)
    {
        if (part == "owners")
        {
            // A missing owner hides a row only where the owner decides which rows there are.
            _hidesAll |= filter?.ProcessId is not null;
            return;
        }

        if (part == "bound sockets")
        {
            _hidesBound = true;
            return;
        }

        foreach ((string name, TransportProtocol protocol) in s_protocols)
        {
            if (!part.StartsWith(name, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> rest = part.AsSpan(name.Length);
            bool isKnown = rest is "" or "4" or "6" || rest.StartsWith(" ");
            _hidesAll |= !isKnown;

            // Linux calls the IPv4 part by the protocol alone, and other systems both families.
            _parts.Add((protocol, rest is "6" ? true : rest is "4" ? false : null));
            return;
        }

        _hidesAll = true;
    }
}
