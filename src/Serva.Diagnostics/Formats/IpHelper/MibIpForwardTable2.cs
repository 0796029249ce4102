using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>
/// Decodes what GetIpForwardTable2 makes: rows of MIB_IPFORWARD_ROW2 (netioapi.h), 104 bytes from byte 8 on, the same
/// with pointers of 4 and 8 bytes.
/// </summary>
internal static class MibIpForwardTable2
{
    public const int FirstRow = 8;
    public const int RowSize = 104;

    private const int InterfaceIndex = 8;
    private const int DestinationPrefix = 12;
    private const int DestinationLength = 40;
    private const int NextHop = 44;
    private const int Metric = 84;
    private const int Loopback = 92;

    /// <summary>Adds the rows; answers why it stopped early, or null.</summary>
    public static NativeFault? Decode(ReadOnlySpan<byte> table, ImmutableArray<RouteRow>.Builder rows)
    {
        var walk = new MibRows(table, FirstRow, RowSize);
        while (walk.MoveNext(out ReadOnlySpan<byte> row))
        {
            NetAddress destination = SockaddrInet.AddressAt(row, DestinationPrefix);
            if (destination.IsNone)
                return walk.Reject(DestinationPrefix, "an IPv4 or IPv6 destination", SockaddrInet.FamilyAt(row, DestinationPrefix));
            int length = row[DestinationLength];
            if (length > destination.BitCount)
                return walk.Reject(DestinationLength, $"a prefix of at most {destination.BitCount} bits", $"{length}");
            NetAddress nextHop = SockaddrInet.AddressAt(row, NextHop);
            uint index = BinaryPrimitives.ReadUInt32LittleEndian(row[InterfaceIndex..]);
            rows.Add(new RouteRow
            {
                Destination = NetPrefix.Create(destination, length),
                Kind = KindOf(destination, isLoopback: row[Loopback] != 0),
                Gateway = GatewayOf(nextHop, index),
                Interface = index,
                Metric = BinaryPrimitives.ReadUInt32LittleEndian(row[Metric..]),
            });
        }

        return walk.Fault;
    }

    // A next hop of all zeros is "on-link".
    private static NetAddress? GatewayOf(NetAddress nextHop, uint index)
    {
        if (nextHop.IsNone || nextHop.IsUnspecified)
            return null;
        return nextHop.IsIPv6 ? nextHop.WithScope(nextHop.IsLinkLocal ? index : 0) : nextHop;
    }

    // Windows keeps no kind; the destination tells multicast and broadcast, the flag what this host answers itself.
    private static RouteKind KindOf(NetAddress destination, bool isLoopback)
    {
        if (destination.IsMulticast)
            return RouteKind.Multicast;
        if (destination.IsBroadcast)
            return RouteKind.Broadcast;
        return isLoopback ? RouteKind.Local : RouteKind.Unicast;
    }
}
