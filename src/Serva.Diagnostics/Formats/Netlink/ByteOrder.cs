using System;
using System.Buffers.Binary;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>The order of the bytes in a native number. The kernel writes its own; a decoder is told which.</summary>
internal enum ByteOrder
{
    LittleEndian,
    BigEndian,
}

/// <summary>Reads and writes native numbers at the start of a span, which the caller has measured.</summary>
internal static class NativeNumbers
{
    /// <summary>Of a machine that answers true to <see cref="BitConverter.IsLittleEndian"/>, or not.</summary>
    public static ByteOrder OrderOf(bool littleEndian) => littleEndian ? ByteOrder.LittleEndian : ByteOrder.BigEndian;

    public static ushort UInt16(this ByteOrder order, ReadOnlySpan<byte> bytes) => order == ByteOrder.BigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes)
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public static uint UInt32(this ByteOrder order, ReadOnlySpan<byte> bytes) => order == ByteOrder.BigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public static ulong UInt64(this ByteOrder order, ReadOnlySpan<byte> bytes) => order == ByteOrder.BigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(bytes)
        : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    public static void Write(this ByteOrder order, Span<byte> bytes, ushort value)
    {
        if (order == ByteOrder.BigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
    }

    public static void Write(this ByteOrder order, Span<byte> bytes, uint value)
    {
        if (order == ByteOrder.BigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
    }
}
