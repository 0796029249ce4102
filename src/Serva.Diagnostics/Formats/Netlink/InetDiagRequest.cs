using System;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>Which sockets a dump is to tell of.</summary>
/// <param name="Family">2, 10, or 0 for both, which the kernel offers for TCP alone.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="States">One bit per number of <c>net/tcp_states.h</c>: 1 &lt;&lt; 10 is LISTEN.</param>
/// <param name="FirstPort">The lowest local port, host order.</param>
/// <param name="LastPort">The highest local port; equal to the lowest one it is a field of the request, of which 0 means all.</param>
/// <param name="Local">The prefix of the local address; null for all.</param>
/// <param name="Half">All of these sockets, or a half of them.</param>
internal readonly record struct InetDiagRequest(
    byte Family, TransportProtocol Protocol, uint States, int FirstPort = 0, int LastPort = 65535, NetPrefix? Local = null, DumpHalf Half = DumpHalf.Whole);

/// <summary>A half of a table. Each socket is in one of them, for as long as its ports stay what they are.</summary>
internal enum DumpHalf
{
    Whole,

    /// <summary>Listeners, and connections by whose automatic port the middle of those is not reached.</summary>
    Lower,

    Upper,
}

/// <summary>
/// The filter that the kernel runs on each socket of a dump: <c>struct inet_diag_bc_op</c> u8 code, u8 yes, u16 no, and an
/// argument. It goes on by <c>yes</c> or <c>no</c> bytes, and a socket passes that ends exactly at the end.
/// </summary>
/// <remarks>The filter lets through a little more than the request says (mapped addresses): the rows are judged again.</remarks>
internal static class InetDiagFilter
{
    private const byte SourceAtLeast = 2;
    private const byte SourceAtMost = 3;
    private const byte DestinationAtLeast = 4;
    private const byte DestinationAtMost = 5;
    private const byte SourceIs = 7;
    private const int PortOperation = 8;
    private const int HalfOperations = 3 * PortOperation;

    // net.ipv4.ip_local_port_range as it comes, 32768 to 60999: of most connections one end has such a port. With another range
    // the halves are less alike.
    private const int FirstAutomaticPort = 32768;
    private const int MiddlePort = 46884;

    /// <summary>Writes the filter.</summary>
    /// <param name="destination">At least 68 bytes.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="request">Which sockets.</param>
    /// <returns>Its length; 0 when nothing is left to filter.</returns>
    public static int Write(Span<byte> destination, ByteOrder order, in InetDiagRequest request)
    {
        bool isRange = request.FirstPort != request.LastPort;
        bool hasFirst = isRange && request.FirstPort > 0;
        bool hasLast = isRange && request.LastPort < 65535;
        int address = request.Local is { Length: > 0 } prefix ? 12 + prefix.Address.ByteCount : 0;
        int half = request.Half == DumpHalf.Whole ? 0 : HalfOperations;
        int length = (hasFirst ? PortOperation : 0) + (hasLast ? PortOperation : 0) + address + half;
        destination[..length].Clear();
        int at = 0;
        if (hasFirst)
            at += Port(destination[at..length], order, SourceAtLeast, request.FirstPort);
        if (hasLast)
            at += Port(destination[at..length], order, SourceAtMost, request.LastPort);
        if (address > 0)
            at += Address(destination[at..length], order, request.Local.GetValueOrDefault(), address);
        if (half > 0)
            Half(destination[at..length], order, request.Half == DumpHalf.Upper);
        return length;
    }

    // By the local port where that may be automatic, else by the remote one. The kernel takes a jump only to where the "yes" of
    // operations leads (valid_cc in inet_diag.c): so they follow each other, and "no" is what ends.
    private static void Half(Span<byte> rest, ByteOrder order, bool isUpper)
    {
        Port(rest, order, SourceAtMost, MiddlePort - 1, passesElse: isUpper);
        Port(rest[PortOperation..], order, SourceAtMost, FirstAutomaticPort - 1, passesElse: !isUpper);
        Port(rest[(2 * PortOperation)..], order, isUpper ? DestinationAtLeast : DestinationAtMost, isUpper ? MiddlePort : MiddlePort - 1);
    }

    // The port is the "no" of a second operation, which is never run.
    private static int Port(Span<byte> rest, ByteOrder order, byte code, int port, bool passesElse = false)
    {
        Operation(rest, order, code, PortOperation, passesElse);
        order.Write(rest[6..], (ushort)port);
        return PortOperation;
    }

    // struct inet_diag_hostcond: u8 family, u8 prefix length, u16 padding, i32 port with -1 for any, address.
    private static int Address(Span<byte> rest, ByteOrder order, in NetPrefix prefix, int length)
    {
        Operation(rest, order, SourceIs, length);
        rest[4] = prefix.Address.IsIPv4 ? NetlinkRequest.FamilyIPv4 : NetlinkRequest.FamilyIPv6;
        rest[5] = (byte)prefix.Length;
        order.Write(rest[8..], uint.MaxValue);
        prefix.Address.TryWriteBytes(rest[12..], out _);
        return length;
    }

    // "No" jumps beyond the end, which rejects, or to the end.
    private static void Operation(Span<byte> rest, ByteOrder order, byte code, int length, bool passesElse = false)
    {
        rest[0] = code;
        rest[1] = (byte)length;
        order.Write(rest[2..], (ushort)(rest.Length + (passesElse ? 0 : 4)));
    }
}
