using System;
using System.Buffers.Binary;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>
/// A socket as <c>NETLINK_SOCK_DIAG</c> tells it: <c>struct inet_diag_msg</c> (72 bytes) and <c>INET_DIAG_*</c> attributes
/// (<c>linux/inet_diag.h</c>).
/// </summary>
internal static class InetDiagMessage
{
    private const int HeaderLength = 72;
    private const ushort TcpDiagGetSock = 18;
    private const ushort SockDiagByFamily = 20;
    private const ushort IPv6OnlyAttribute = 11;
    private const ushort ControlGroupAttribute = 21;
    private const int MostGroups = 512;

    /// <summary>A decoder for the dump of one protocol, whose number the messages do not carry.</summary>
    /// <param name="protocol">The protocol.</param>
    /// <param name="groups">
    /// Takes, by cookie, the number of the control group that each socket was created in; of the first few sockets, which is
    /// where it helps.
    /// </param>
    public static NetlinkRowDecoder<SocketRow> For(TransportProtocol protocol, NumberMap<ulong>? groups = null) =>
        (in message, rows) => Decode(message, protocol, rows, groups);

    private static int Decode(
        in NetlinkMessage message, TransportProtocol protocol, RowBuilder<SocketRow> rows, NumberMap<ulong>? groups)
    {
        if (message.Type is not (SockDiagByFamily or TcpDiagGetSock))
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        byte family = payload[0];
        if (!RtNetlink.IsInternet(family))
            return 0;
        ByteOrder order = message.Order;
        bool? onlyIPv6 = null;
        ulong group = 0;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], order);
        while (attributes.MoveNext())
        {
            if (attributes.Type == IPv6OnlyAttribute)
                onlyIPv6 = attributes.Byte() != 0;
            else if (attributes.Type == ControlGroupAttribute && attributes.Has(sizeof(ulong)))
                group = order.UInt64(attributes.Value);
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;

        // Two words, the lower one first, whatever the byte order.
        ulong cookie = order.UInt32(payload[44..]) | (ulong)order.UInt32(payload[48..]) << 32;
        if (group != 0 && groups?.Count < MostGroups)
            groups[cookie] = group;
        uint device = order.UInt32(payload[40..]);
        rows.Add(InetSocket.Row(new InetSocket
        {
            Protocol = protocol,
            State = payload[1],
            Local = Address(payload[8..24], family, device),
            LocalPort = BinaryPrimitives.ReadUInt16BigEndian(payload[4..]),
            Remote = Address(payload[24..40], family, device),
            RemotePort = BinaryPrimitives.ReadUInt16BigEndian(payload[6..]),
            Interface = device,
            Cookie = cookie,
            ReceiveQueue = order.UInt32(payload[56..]),
            SendQueue = order.UInt32(payload[60..]),
            UserId = order.UInt32(payload[64..]),
            Inode = order.UInt32(payload[68..]),
            IPv6Only = onlyIPv6,
        }));
        return -1;
    }

    /// <summary>A socket with a link-local address is bound to the interface that its scope names.</summary>
    private static NetAddress Address(ReadOnlySpan<byte> bytes, byte family, uint device)
    {
        if (family == NetlinkRequest.FamilyIPv4)
            return NetAddress.FromBytes(bytes[..4]);
        NetAddress address = NetAddress.FromBytes(bytes);
        return address.IsLinkLocal ? address.WithScope(device) : address;
    }
}
