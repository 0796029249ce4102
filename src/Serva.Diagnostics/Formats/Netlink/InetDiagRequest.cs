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
internal readonly record struct InetDiagRequest(
    byte Family, TransportProtocol Protocol, uint States, int FirstPort = 0, int LastPort = 65535, NetPrefix? Local = null);

/// <summary>
/// The filter that the kernel runs on each socket of a dump: <c>struct inet_diag_bc_op</c> u8 code, u8 yes, u16 no, and an
/// argument. It goes on by <c>yes</c> or <c>no</c> bytes, and a socket passes that ends exactly at the end.
/// </summary>
/// <remarks>The filter lets through a little more than the request says (mapped addresses): the rows are judged again.</remarks>
internal static class InetDiagFilter
{
    private const byte SourceAtLeast = 2;
    private const byte SourceAtMost = 3;
    private const byte SourceIs = 7;
    private const int PortOperation = 8;

    /// <summary>Writes the filter.</summary>
    /// <param name="destination">At least 44 bytes.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="request">Which sockets.</param>
    /// <returns>Its length; 0 when nothing is left to filter.</returns>
    public static int Write(Span<byte> destination, ByteOrder order, in InetDiagRequest request)
    {
        bool isRange = request.FirstPort != request.LastPort;
        bool hasFirst = isRange && request.FirstPort > 0;
        bool hasLast = isRange && request.LastPort < 65535;
        int address = request.Local is { Length: > 0 } prefix ? 12 + prefix.Address.ByteCount : 0;
        int length = (hasFirst ? PortOperation : 0) + (hasLast ? PortOperation : 0) + address;
        destination[..length].Clear();
        int at = 0;
        if (hasFirst)
            at += Port(destination[at..length], order, SourceAtLeast, request.FirstPort);
        if (hasLast)
            at += Port(destination[at..length], order, SourceAtMost, request.LastPort);
        if (address > 0)
            Address(destination[at..length], order, request.Local.GetValueOrDefault());
        return length;
    }

    // The port is the "no" of a second operation, which is never run.
    private static int Port(Span<byte> rest, ByteOrder order, byte code, int port)
    {
        Operation(rest, order, code, PortOperation);
        order.Write(rest[6..], (ushort)port);
        return PortOperation;
    }

    // struct inet_diag_hostcond: u8 family, u8 prefix length, u16 padding, i32 port with -1 for any, address.
    private static void Address(Span<byte> rest, ByteOrder order, in NetPrefix prefix)
    {
        Operation(rest, order, SourceIs, rest.Length);
        rest[4] = prefix.Address.IsIPv4 ? NetlinkRequest.FamilyIPv4 : NetlinkRequest.FamilyIPv6;
        rest[5] = (byte)prefix.Length;
        order.Write(rest[8..], uint.MaxValue);
        prefix.Address.TryWriteBytes(rest[12..], out _);
    }

    // "No" jumps beyond the end, which rejects.
    private static void Operation(Span<byte> rest, ByteOrder order, byte code, int length)
    {
        rest[0] = code;
        rest[1] = (byte)length;
        order.Write(rest[2..], (ushort)(rest.Length + 4));
    }
}
