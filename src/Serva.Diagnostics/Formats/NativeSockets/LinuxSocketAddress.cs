using System;
using System.Buffers.Binary;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.NativeSockets;

/// <summary>Writes an endpoint as Linux's <c>sockaddr_in</c> or <c>sockaddr_in6</c>.</summary>
/// <remarks>
/// Port and address are in network order, family and scope id in the machine's (include/uapi/linux/in.h, in6.h).
/// </remarks>
internal static class LinuxSocketAddress
{
    /// <summary>The longer of the two, <c>sockaddr_in6</c>, in bytes.</summary>
    public const int MaxLength = 28;

    private const ushort Inet = 2;
    private const ushort Inet6 = 10;
    private const int InetLength = 16;

    /// <param name="endpoint">The endpoint; it has an address.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="isLittleEndian">The machine's byte order.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(NetEndpoint endpoint, Span<byte> destination, bool isLittleEndian)
    {
        destination[..MaxLength].Clear();
        NetAddress address = endpoint.Address;
        ushort family = address.IsIPv4 ? Inet : Inet6;
        if (isLittleEndian)
            BinaryPrimitives.WriteUInt16LittleEndian(destination, family);
        else
            BinaryPrimitives.WriteUInt16BigEndian(destination, family);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)endpoint.Port);
        if (address.IsIPv4)
        {
            address.TryWriteBytes(destination[4..], out _);
            return InetLength;
        }

        address.TryWriteBytes(destination[8..], out _);
        if (isLittleEndian)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], address.ScopeId);
        else
            BinaryPrimitives.WriteUInt32BigEndian(destination[24..], address.ScopeId);
        return MaxLength;
    }
}
