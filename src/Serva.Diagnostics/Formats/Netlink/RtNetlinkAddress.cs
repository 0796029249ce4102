using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary><c>RTM_NEWADDR</c>: <c>struct ifaddrmsg</c> (8 bytes) and <c>IFA_*</c> attributes (<c>linux/if_addr.h</c>).</summary>
internal static class RtNetlinkAddress
{
    private const int HeaderLength = 8;
    private const uint Secondary = 0x01;
    private const uint Optimistic = 0x04;
    private const uint DuplicateFound = 0x08;
    private const uint Deprecated = 0x20;
    private const uint Tentative = 0x40;

    public static int Decode(in NetlinkMessage message, RowBuilder<AddressRow> rows)
    {
        if (message.Type != RtNetlink.NewAddress)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        byte family = payload[0];
        if (!RtNetlink.IsInternet(family))
            return -1;

        // The header has room for eight flags; newer ones stand in IFA_FLAGS, which repeats all.
        uint flags = payload[2];
        uint index = message.Order.UInt32(payload[4..]);
        NetAddress address = default, local = default, broadcast = default;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            bool good = true;
            switch (attributes.Type)
            {
                case 1: good = RtNetlink.TryAddress(attributes.Value, family, out address); break;      // IFA_ADDRESS
                case 2: good = RtNetlink.TryAddress(attributes.Value, family, out local); break;        // IFA_LOCAL
                case 4: good = RtNetlink.TryAddress(attributes.Value, family, out broadcast); break;    // IFA_BROADCAST
                case 8: flags = attributes.UInt32(); break;                                             // IFA_FLAGS
            }

            if (!good)
                return HeaderLength + attributes.Position;
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;

        // With a peer IFA_LOCAL is our end and IFA_ADDRESS the other; IPv6 without peer has IFA_ADDRESS alone.
        NetAddress own = local.IsNone ? address : local;
        if (own.IsNone)
            return HeaderLength;
        rows.Add(new AddressRow
        {
            Interface = index,
            Address = own.IsIPv6 && own.IsLinkLocal ? own.WithScope(index) : own,
            PrefixLength = Math.Min(payload[1], own.BitCount),
            State = StateOf(flags),
            Peer = local.IsNone || address == local ? (NetAddress?)null : RtNetlink.OrNull(address),
            Broadcast = RtNetlink.OrNull(broadcast),
            Scope = payload[3],
            IsSecondary = (flags & Secondary) != 0,
        });
        return -1;
    }

    private static AddressState StateOf(uint flags)
    {
        if ((flags & DuplicateFound) != 0)
            return AddressState.Duplicate;
        if ((flags & Optimistic) != 0)
            return AddressState.Optimistic;
        if ((flags & Tentative) != 0)
            return AddressState.Tentative;
        return (flags & Deprecated) != 0 ? AddressState.Deprecated : AddressState.Preferred;
    }
}
