using System;
using System.Buffers.Binary;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>The requests that are sent to the kernel, as bytes.</summary>
internal static class NetlinkRequest
{
    public const byte FamilyIPv4 = 2;
    public const byte FamilyIPv6 = 10;

    /// <summary>Room for any request of this class.</summary>
    public const int MaxLength = 72;

    // NLM_F_REQUEST | NLM_F_DUMP.
    private const ushort Dump = 0x301;
    private const ushort SockDiagByFamily = 20;

    /// <summary>
    /// <c>SOCK_DIAG_BY_FAMILY</c> with <c>struct inet_diag_req_v2</c> (<c>linux/inet_diag.h</c>): sockets of one protocol and
    /// family.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="sequence">What the answers repeat.</param>
    /// <param name="family">2 or 10.</param>
    /// <param name="protocol">6, 17, 136 or 255.</param>
    /// <param name="states">One bit per state number: 1 &lt;&lt; 10 is LISTEN.</param>
    /// <param name="port">The local port, host order; 0 for all.</param>
    /// <returns>The length of the request.</returns>
    public static int WriteSockDiag(
        Span<byte> destination, ByteOrder order, uint sequence, byte family, TransportProtocol protocol, uint states, int port)
    {
        const int Length = 72;
        WriteHeader(destination[..Length], order, sequence, SockDiagByFamily);
        destination[16] = family;
        destination[17] = (byte)protocol;
        order.Write(destination[20..], states);
        BinaryPrimitives.WriteUInt16BigEndian(destination[24..], (ushort)port);
        destination[64..72].Fill(0xff);
        return Length;
    }

    /// <summary>A dump of links, addresses, routes, rules or next hops (<c>RTM_GET*</c>, <c>linux/rtnetlink.h</c>).</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="sequence">What the answers repeat.</param>
    /// <param name="type">The request type, for example <see cref="RtNetlink.GetRoute"/>.</param>
    /// <param name="family">2, 10, or 0 for all.</param>
    /// <returns>The length of the request.</returns>
    public static int WriteRtDump(Span<byte> destination, ByteOrder order, uint sequence, ushort type, byte family)
    {
        // ifinfomsg 16, ifaddrmsg 8, rtmsg 12, fib_rule_hdr 12, nhmsg 8.
        int length = NetlinkMessage.HeaderLength + type switch
        {
            RtNetlink.GetLink => 16,
            RtNetlink.GetRoute or RtNetlink.GetRule => 12,
            _ => 8,
        };
        WriteHeader(destination[..length], order, sequence, type);
        destination[16] = family;
        return length;
    }

    private static void WriteHeader(Span<byte> request, ByteOrder order, uint sequence, ushort type)
    {
        request.Clear();
        order.Write(request, (uint)request.Length);
        order.Write(request[4..], type);
        order.Write(request[6..], Dump);
        order.Write(request[8..], sequence);
    }
}
