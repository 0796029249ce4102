using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>How much of the sockets that could be in the way of a bind was seen.</summary>
internal enum SocketSight
{
    /// <summary>None that matter, or too few: an absent holder means nothing.</summary>
    Blind = 0,

    /// <summary>The most: an absent holder probably means that there is none.</summary>
    Partial,

    /// <summary>All.</summary>
    Full,
}

/// <summary>Judges the coverage of the socket table for one bind.</summary>
internal static class SocketSights
{
    /// <param name="table">The socket table.</param>
    /// <param name="request">The bind.</param>
    /// <param name="unseen">What was not seen; null for <see cref="SocketSight.Full"/>.</param>
    public static SocketSight Of(Table<SocketRow> table, BindRequest request, out string? unseen)
    {
        int port = request.Endpoint.Port;
        string name = BindRequestText.NameOf(request.Protocol);
        if (!table.IsKnown)
        {
            unseen = table.Coverage == Coverage.NotRequested
                ? "sockets: the table was not captured"
                : $"sockets: the table could not be read{(table.Note is null ? "" : $" ({table.Note})")}";
            return SocketSight.Blind;
        }

        if (table.Filter is { } filter && port != 0 && !filter.Covers(request.Protocol, port))
        {
            unseen = $"sockets: not all sockets of {name}/{port} were asked for";
            return SocketSight.Blind;
        }

        unseen = null;
        if (table.Coverage == Coverage.Complete)
            return SocketSight.Full;
        SocketSight sight = table.Gaps.IsEmpty ? SocketSight.Partial : SocketSight.Full;
        if (table.Gaps.IsEmpty)
            unseen = "sockets: some rows are missing";
        foreach (TableGap gap in table.Gaps)
        {
            SocketSight here = OfGap(gap.Part, request);
            if (here >= sight)
                continue;
            sight = here;
            unseen = $"sockets: {gap.Part} is missing ({gap.Reason})";
        }

        return sight;
    }

    /// <summary>Parts are named like the kernel's files: <c>udp6</c>, <c>tcp</c>, or with more words.</summary>
    private static SocketSight OfGap(string part, BindRequest request)
    {
        ReadOnlySpan<char> rest = part.AsSpan().Trim();
        if (rest.StartsWith("owner", StringComparison.OrdinalIgnoreCase))
            return SocketSight.Full;
        TransportProtocol? protocol = TakeProtocol(ref rest);
        if (protocol is null)
            return SocketSight.Partial;
        if (protocol != request.Protocol)
            return SocketSight.Full;
        if (rest.IsEmpty)
            return SocketSight.Blind;
        if (rest is not "4" and not "6")
            return SocketSight.Partial;
        bool gapIsIPv6 = rest is "6";
        var address = request.Endpoint.Address;
        if (address.IsIPv4)
            return gapIsIPv6 ? SocketSight.Partial : SocketSight.Blind;
        bool servesIPv4 = address.IsIPv4Mapped || (request.DualMode && address.IsUnspecified);
        return gapIsIPv6 || servesIPv4 ? SocketSight.Blind : SocketSight.Full;
    }

    private static TransportProtocol? TakeProtocol(ref ReadOnlySpan<char> text)
    {
        ReadOnlySpan<TransportProtocol> longestNameFirst = [TransportProtocol.UdpLite, TransportProtocol.Udp, TransportProtocol.Tcp, TransportProtocol.Raw];
        foreach (TransportProtocol protocol in longestNameFirst)
        {
            string name = BindRequestText.NameOf(protocol);
            if (!text.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                continue;
            text = text[name.Length..].Trim();
            return protocol;
        }

        return null;
    }
}
