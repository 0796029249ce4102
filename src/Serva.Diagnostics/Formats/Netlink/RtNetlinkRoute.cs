using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>A route, and the next hop object it refers to.</summary>
/// <param name="Row">The route as far as the message tells it.</param>
/// <param name="NextHopId">The id of a next hop object; 0 for none.</param>
internal readonly record struct DecodedRoute(RouteRow Row, uint NextHopId)
{
    /// <summary>Whether the message names a next hop object and does not say where packets go (<c>nexthop_compat_mode</c> 0).</summary>
    public bool NeedsNextHop =>
        NextHopId != 0 && Row.Kind == RouteKind.Unicast && Row.Interface is null && Row.Gateway is null && Row.NextHops.IsEmpty;
}

/// <summary><c>RTM_NEWROUTE</c>: <c>struct rtmsg</c> (12 bytes) and <c>RTA_*</c> attributes (<c>linux/rtnetlink.h</c>).</summary>
/// <remarks>Gateways are without scope: the interface says where a link-local one is.</remarks>
internal static class RtNetlinkRoute
{
    private const int HeaderLength = 12;

    // Cached exceptions (RTM_F_CLONED), which an IPv6 dump brings along, are not routes of the table.
    private const uint Cloned = 0x200;

    public static int Decode(in NetlinkMessage message, RowBuilder<DecodedRoute> rows)
    {
        if (message.Type != RtNetlink.NewRoute)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        byte family = payload[0];
        uint flags = message.Order.UInt32(payload[8..]);
        if (!RtNetlink.IsInternet(family) || (flags & Cloned) != 0)
            return -1;
        NetAddress destination = default, from = default, gateway = default, preferred = default;
        uint? device = null;
        uint metric = 0, table = payload[4], nextHopId = 0;
        byte? preference = null;
        bool hasOthers = false;
        ImmutableArray<NextHopRow> hops = [];
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            bool good = true;
            switch (attributes.Type)
            {
                case 1: good = RtNetlink.TryAddress(attributes.Value, family, out destination); break;   // RTA_DST
                case 2: good = RtNetlink.TryAddress(attributes.Value, family, out from); break;          // RTA_SRC
                case 4: device = attributes.UInt32(); break;                                             // RTA_OIF
                case 5: good = RtNetlink.TryAddress(attributes.Value, family, out gateway); break;       // RTA_GATEWAY
                case 6: metric = attributes.UInt32(); break;                                             // RTA_PRIORITY
                case 7: good = RtNetlink.TryAddress(attributes.Value, family, out preferred); break;     // RTA_PREFSRC
                case 8 or 11 or 22: hasOthers = true; break;                                             // RTA_METRICS, RTA_FLOW, RTA_ENCAP
                case 9: good = TryMultipath(attributes.Value, family, message.Order, out hops); break;   // RTA_MULTIPATH
                case 15: table = attributes.UInt32(); break;                                             // RTA_TABLE
                case 18: good = TryVia(attributes.Value, message.Order, out gateway); hasOthers = true; break; // RTA_VIA
                case 20: preference = attributes.Byte(); break;                                          // RTA_PREF
                case 30: nextHopId = attributes.UInt32(); hasOthers = true; break;                       // RTA_NH_ID
            }

            if (!good)
                return HeaderLength + attributes.Position;
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        RouteKind kind = KindOf(payload[7]);
        bool sendsNothing = kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw;
        rows.Add(new DecodedRoute(
            new RouteRow
            {
                Destination = RtNetlink.Prefix(destination, payload[1], family),
                Kind = kind,
                Gateway = RtNetlink.OrNull(gateway),
                Interface = sendsNothing || !hops.IsEmpty ? null : device,
                Metric = metric,
                Table = table,
                From = payload[2] == 0 ? null : RtNetlink.Prefix(from, payload[2], family),
                PreferredSource = RtNetlink.OrNull(preferred),
                TypeOfService = payload[3],
                Scope = payload[6],
                Protocol = payload[5],
                Flags = flags & 0xff,
                Preference = preference,
                HasOtherAttributes = hasOthers,
                NextHops = hops,
            },
            nextHopId));
        return -1;
    }

    private static RouteKind KindOf(byte type) => type switch
    {
        1 => RouteKind.Unicast,
        2 => RouteKind.Local,
        3 => RouteKind.Broadcast,
        4 => RouteKind.Anycast,
        5 => RouteKind.Multicast,
        6 => RouteKind.Blackhole,
        7 => RouteKind.Unreachable,
        8 => RouteKind.Prohibit,
        9 => RouteKind.Throw,
        _ => RouteKind.Unknown,
    };

    /// <summary><c>struct rtnexthop</c>: u16 length, u8 flags, u8 weight - 1, i32 interface, attributes.</summary>
    private static bool TryMultipath(ReadOnlySpan<byte> value, byte family, ByteOrder order, out ImmutableArray<NextHopRow> hops)
    {
        const int HopLength = 8;
        var builder = ImmutableArray.CreateBuilder<NextHopRow>();
        hops = [];
        while (value.Length >= HopLength)
        {
            int length = order.UInt16(value);
            if (length < HopLength || length > value.Length)
                return false;
            NetAddress gateway = default;
            var attributes = new NetlinkAttributes(value[HopLength..length], order);
            while (attributes.MoveNext())
            {
                if (attributes.Type == 5 && !RtNetlink.TryAddress(attributes.Value, family, out gateway))
                    return false;
                if (attributes.Type == 18 && !TryVia(attributes.Value, order, out gateway))
                    return false;
            }

            if (attributes.IsMalformed)
                return false;
            builder.Add(new NextHopRow
            {
                Gateway = RtNetlink.OrNull(gateway),
                Interface = order.UInt32(value[4..]),
                Weight = value[3] + 1,
                Flags = value[2],
            });
            value = value[Math.Min((length + 3) & ~3, value.Length)..];
        }

        hops = builder.DrainToImmutable();
        return true;
    }

    /// <summary><c>struct rtvia</c>: u16 family, address. An IPv4 route through an IPv6 router (RFC 5549).</summary>
    private static bool TryVia(ReadOnlySpan<byte> value, ByteOrder order, out NetAddress gateway)
    {
        gateway = default;
        if (value.Length < 2)
            return false;
        ushort family = order.UInt16(value);
        return family is not (NetlinkRequest.FamilyIPv4 or NetlinkRequest.FamilyIPv6)
            || RtNetlink.TryAddress(value[2..], (byte)family, out gateway);
    }
}
