using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary><c>RTM_NEWNEIGH</c>: <c>struct ndmsg</c> (12 bytes) and <c>NDA_*</c> attributes (<c>linux/neighbour.h</c>).</summary>
internal static class RtNetlinkNeighbor
{
    private const int HeaderLength = 12;
    private const ushort Incomplete = 0x01, Failed = 0x20;

    // NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_NOARP, NUD_PERMANENT.
    private const ushort Usable = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;

    public static int Decode(in NetlinkMessage message, RowBuilder<NeighborRow> rows)
    {
        if (message.Type != RtNetlink.NewNeighbor)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        byte family = payload[0];
        if (!RtNetlink.IsInternet(family))
            return -1;
        ushort state = message.Order.UInt16(payload[8..]);
        NetAddress address = default;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            if (attributes.Type == 1 && !RtNetlink.TryAddress(attributes.Value, family, out address)) // NDA_DST
                return HeaderLength + attributes.Position;
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        if (address.IsNone)
            return -1;
        rows.Add(new NeighborRow
        {
            Address = address,
            Interface = message.Order.UInt32(payload[4..]),
            State = (state & Usable) != 0 ? NeighborState.Usable
                : (state & Failed) != 0 ? NeighborState.Failed
                : (state & Incomplete) != 0 ? NeighborState.Incomplete : NeighborState.Unknown,
        });
        return -1;
    }
}
