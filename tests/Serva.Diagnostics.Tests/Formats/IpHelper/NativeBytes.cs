using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Serva.Diagnostics.Tests.Formats.IpHelper;

/// <summary>Builds native structures by hand, member by member, as the headers of the Windows SDK list them.</summary>
internal sealed class NativeBytes
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public NativeBytes U8(params byte[] values)
    {
        _bytes.AddRange(values);
        return this;
    }

    public NativeBytes U16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return U8(bytes.ToArray());
    }

    public NativeBytes U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return U8(bytes.ToArray());
    }

    public NativeBytes I64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return U8(bytes.ToArray());
    }

    /// <summary>A pointer of 4 or 8 bytes.</summary>
    public NativeBytes Pointer(long value, int size) => size == 4 ? U32((uint)value) : I64(value);

    /// <summary>A port as the socket tables hold it: network order in the first two bytes, anything in the others.</summary>
    public NativeBytes Port(int port) => U8((byte)(port >> 8), (byte)port, 0xde, 0xad);

    public NativeBytes Zeros(int count) => U8(new byte[count]);

    /// <summary>Zeros up to a multiple of an alignment.</summary>
    public NativeBytes Align(int alignment) => Zeros((alignment - _bytes.Count % alignment) % alignment);

    /// <summary>UTF-16 text in a field of so many characters.</summary>
    public NativeBytes Text(string text, int characters) =>
        U8(Encoding.Unicode.GetBytes(text)).Zeros(2 * (characters - text.Length));

    /// <summary>SOCKADDR_INET of an IPv4 address.</summary>
    public NativeBytes Address4(params byte[] address) => U16(2).U16(0).U8(address).Zeros(20);

    /// <summary>SOCKADDR_INET of an IPv6 address.</summary>
    public NativeBytes Address6(byte[] address, uint scope) => U16(23).U16(0).U32(0).U8(address).U32(scope);

    /// <summary>The bytes of fe80::1.</summary>
    public static byte[] LinkLocal { get; } = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    /// <summary>The bytes of 2001:db8::5.</summary>
    public static byte[] Global { get; } = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];

    /// <summary>The bytes of ::ffff:192.0.2.1.</summary>
    public static byte[] Mapped { get; } = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1];
}
