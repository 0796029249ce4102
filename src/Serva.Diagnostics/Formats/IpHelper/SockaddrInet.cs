using System;
using System.Buffers.Binary;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>Decodes a SOCKADDR_INET (ws2ipdef.h): 28 bytes that hold a sockaddr_in or a sockaddr_in6 by their family.</summary>
internal static class SockaddrInet
{
    public const int Size = 28;

    /// <summary>AF_INET of Windows.</summary>
    public const ushort IPv4 = 2;

    /// <summary>AF_INET6 of Windows, which is not that of other systems.</summary>
    public const ushort IPv6 = 23;

    /// <summary>The address, with the scope that the structure holds; none for another family.</summary>
    public static NetAddress AddressAt(ReadOnlySpan<byte> row, int offset)
    {
        ReadOnlySpan<byte> socketAddress = row.Slice(offset, Size);
        return BinaryPrimitives.ReadUInt16LittleEndian(socketAddress) switch
        {
            IPv4 => NetAddress.FromBytes(socketAddress.Slice(4, 4)),
            IPv6 => NetAddress.FromBytes(socketAddress.Slice(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(socketAddress[24..])),
            _ => NetAddress.None,
        };
    }

    /// <summary>The family's number, for complaints.</summary>
    public static string FamilyAt(ReadOnlySpan<byte> row, int offset) =>
        $"address family {BinaryPrimitives.ReadUInt16LittleEndian(row[offset..])}";
}
