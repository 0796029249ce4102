using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>
/// <c>RTM_NEWADDRLABEL</c>: <c>struct ifaddrlblmsg</c> (12 bytes) and <c>IFAL_*</c> attributes (<c>linux/if_addrlabel.h</c>).
/// </summary>
internal static class RtNetlinkAddressLabel
{
    private const int HeaderLength = 12;

    public static int Decode(in NetlinkMessage message, RowBuilder<AddressLabelRow> rows)
    {
        if (message.Type != RtNetlink.NewAddressLabel)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        if (payload[0] != NetlinkRequest.FamilyIPv6)
            return -1;
        NetAddress address = default;
        uint? label = null;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: // IFAL_ADDRESS
                    if (!RtNetlink.TryAddress(attributes.Value, NetlinkRequest.FamilyIPv6, out address))
                        return HeaderLength + attributes.Position;
                    break;
                case 2: // IFAL_LABEL
                    label = attributes.UInt32();
                    break;
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        uint device = message.Order.UInt32(payload[4..]);
        if (label is { } number)
            rows.Add(new AddressLabelRow { Prefix = RtNetlink.Prefix(address, payload[2], NetlinkRequest.FamilyIPv6), Label = number, Interface = device == 0 ? null : device });
        return -1;
    }
}
