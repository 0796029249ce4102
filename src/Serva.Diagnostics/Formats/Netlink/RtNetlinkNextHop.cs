using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>A next hop object (<c>ip nexthop</c>): one way out, or a group of others.</summary>
internal sealed class NextHopObject
{
    public required uint Id { get; init; }

    public uint Interface { get; init; }

    public NetAddress? Gateway { get; init; }

    public uint Flags { get; init; }

    public bool IsBlackhole { get; init; }

    /// <summary>The members and weights of a group; empty for a single next hop.</summary>
    public ImmutableArray<(uint Id, int Weight)> Group { get; init; } = [];
}

/// <summary><c>RTM_NEWNEXTHOP</c>: <c>struct nhmsg</c> (8 bytes) and <c>NHA_*</c> attributes (<c>linux/nexthop.h</c>).</summary>
internal static class RtNetlinkNextHop
{
    private const int HeaderLength = 8;

    public static int Decode(in NetlinkMessage message, RowBuilder<NextHopObject> rows)
    {
        if (message.Type != RtNetlink.NewNextHop)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        byte family = payload[0];
        uint id = 0, device = 0;
        NetAddress gateway = default;
        bool blackhole = false;
        ImmutableArray<(uint, int)> group = [];
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: id = attributes.UInt32(); break;                                      // NHA_ID
                case 2: group = Group(attributes.Value, message.Order); break;                // NHA_GROUP
                case 4: blackhole = true; break;                                              // NHA_BLACKHOLE
                case 5: device = attributes.UInt32(); break;                                  // NHA_OIF
                case 6 when RtNetlink.IsInternet(family):                                     // NHA_GATEWAY
                    if (!RtNetlink.TryAddress(attributes.Value, family, out gateway))
                        return HeaderLength + attributes.Position;
                    break;
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        rows.Add(new NextHopObject
        {
            Id = id,
            Interface = device,
            Gateway = RtNetlink.OrNull(gateway),
            Flags = message.Order.UInt32(payload[4..]) & 0xff,
            IsBlackhole = blackhole,
            Group = group,
        });
        return -1;
    }

    /// <summary>The route with the way out of its next hop object filled in; null when the object is not among these.</summary>
    public static RouteRow? Resolve(DecodedRoute route, ImmutableArray<NextHopObject> objects)
    {
        if (Find(objects, route.NextHopId) is not { } hop)
            return null;
        if (hop.IsBlackhole)
            return route.Row with { Kind = RouteKind.Blackhole };
        if (hop.Group.IsEmpty)
            return route.Row with { Interface = hop.Interface, Gateway = hop.Gateway, Flags = route.Row.Flags | hop.Flags };
        var hops = ImmutableArray.CreateBuilder<NextHopRow>(hop.Group.Length);
        foreach ((uint id, int weight) in hop.Group)
        {
            if (Find(objects, id) is not { } member)
                return null;
            hops.Add(new NextHopRow { Interface = member.Interface, Gateway = member.Gateway, Weight = weight, Flags = member.Flags });
        }

        return route.Row with { NextHops = hops.MoveToImmutable() };
    }

    private static NextHopObject? Find(ImmutableArray<NextHopObject> objects, uint id)
    {
        foreach (NextHopObject candidate in objects)
        {
            if (candidate.Id == id)
                return candidate;
        }

        return null;
    }

    /// <summary><c>struct nexthop_grp</c>: u32 id, u8 weight - 1, u8 high byte of it (6.12), u16 reserved.</summary>
    private static ImmutableArray<(uint, int)> Group(ReadOnlySpan<byte> value, ByteOrder order)
    {
        var members = ImmutableArray.CreateBuilder<(uint, int)>(value.Length / 8);
        for (; value.Length >= 8; value = value[8..])
            members.Add((order.UInt32(value), (value[5] << 8 | value[4]) + 1));
        return members.DrainToImmutable();
    }
}
