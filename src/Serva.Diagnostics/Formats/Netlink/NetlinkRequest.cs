using System;
using System.Buffers.Binary;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>The requests that are sent to the kernel, as bytes.</summary>
internal static class NetlinkRequest
{
    public const byte FamilyIPv4 = 2;
    public const byte FamilyIPv6 = 10;

    /// <summary>Room for any request: those of nf_tables have two names of at most 255 bytes.</summary>
    public const int MaxLength = 640;

    // NLM_F_REQUEST | NLM_F_DUMP.
    private const ushort Dump = 0x301;
    private const ushort Request = 1;
    private const ushort TcpDiagGetSock = 18;
    private const ushort SockDiagByFamily = 20;

    /// <summary>
    /// A dump of the sockets of one protocol and family: <c>SOCK_DIAG_BY_FAMILY</c> with <c>struct inet_diag_req_v2</c>
    /// (<c>linux/inet_diag.h</c>); of TCP's sockets of both families in one walk <c>TCPDIAG_GETSOCK</c> with
    /// <c>struct inet_diag_req</c>, its predecessor.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="sequence">What the answers repeat.</param>
    /// <param name="request">Which sockets.</param>
    /// <returns>The length of the request.</returns>
    public static int WriteSockDiag(Span<byte> destination, ByteOrder order, uint sequence, in InetDiagRequest request)
    {
        const ushort BytecodeAttribute = 1;
        bool isBothFamilies = request.Family == 0;
        int fixedLength = isBothFamilies ? 76 : 72;
        int bytecode = InetDiagFilter.Write(destination[(fixedLength + 4)..], order, request);
        int length = fixedLength + (bytecode == 0 ? 0 : 4 + bytecode);

        // After the filter: the header clears what is before it alone.
        WriteHeader(destination[..fixedLength], order, sequence, isBothFamilies ? TcpDiagGetSock : SockDiagByFamily);
        order.Write(destination, (uint)length);
        int id = isBothFamilies ? 20 : 24;
        destination[16] = request.Family;
        if (isBothFamilies)
        {
            order.Write(destination[68..], request.States);
        }
        else
        {
            destination[17] = (byte)request.Protocol;
            order.Write(destination[20..], request.States);
        }

        if (request.FirstPort == request.LastPort)
            BinaryPrimitives.WriteUInt16BigEndian(destination[id..], (ushort)request.FirstPort);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[(id + 40)..], ulong.MaxValue);
        if (bytecode > 0)
        {
            order.Write(destination[fixedLength..], (ushort)(4 + bytecode));
            order.Write(destination[(fixedLength + 2)..], BytecodeAttribute);
        }

        return length;
    }

    /// <summary>
    /// Asks which listener gets a connection to an endpoint: the kernel looks it up as for a segment that arrives, without
    /// walking its tables. TCP alone; <c>ENOENT</c> when there is none.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="sequence">What the answer repeats.</param>
    /// <param name="local">The endpoint; its scope is the interface that the segment comes from.</param>
    /// <returns>The length of the request.</returns>
    public static int WriteListenerLookup(Span<byte> destination, ByteOrder order, uint sequence, in NetEndpoint local)
    {
        const int Length = 72;
        NetAddress address = local.Address;
        WriteHeader(destination[..Length], order, sequence, SockDiagByFamily, Request);
        destination[16] = address.IsIPv4 ? FamilyIPv4 : FamilyIPv6;
        destination[17] = (byte)TransportProtocol.Tcp;
        BinaryPrimitives.WriteUInt16BigEndian(destination[24..], (ushort)local.Port);
        address.TryWriteBytes(destination[28..], out _);
        order.Write(destination[60..], address.ScopeId);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[64..], ulong.MaxValue);
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
        // ifinfomsg 16, tcmsg 20, ifaddrmsg 8, rtmsg 12, fib_rule_hdr 12, nhmsg 8.
        int length = NetlinkMessage.HeaderLength + type switch
        {
            RtNetlink.GetLink => 16,
            RtNetlink.GetQdisc => 20,
            RtNetlink.GetRoute or RtNetlink.GetRule => 12,
            _ => 8,
        };
        WriteHeader(destination[..length], order, sequence, type);
        destination[16] = family;
        return length;
    }

    private static void WriteHeader(Span<byte> request, ByteOrder order, uint sequence, ushort type, ushort flags = Dump)
    {
        request.Clear();
        order.Write(request, (uint)request.Length);
        order.Write(request[4..], type);
        order.Write(request[6..], flags);
        order.Write(request[8..], sequence);
    }
}
