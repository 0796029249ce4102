using System;
using System.Buffers.Binary;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>
/// A buffer that the system filled with structures whose pointers point back into it. What such a pointer names is
/// found by subtracting where the buffer stood, so that captured bytes decode anywhere, with pointers of either width.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="baseAddress">Where the buffer stood when the system filled it.</param>
/// <param name="pointerSize">4 for a 32-bit process, 8 otherwise.</param>
internal readonly ref struct PointerBuffer(ReadOnlySpan<byte> bytes, ulong baseAddress, int pointerSize)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public int PointerSize { get; } = pointerSize;

    /// <summary>The number at an offset that lies within the buffer.</summary>
    public uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[offset..]);

    /// <summary>What the pointer at an offset points to, up to the buffer's end; empty for null and for pointers elsewhere.</summary>
    public ReadOnlySpan<byte> Follow(int offset)
    {
        ulong pointer = PointerSize == 4 ? UInt32(offset) : BinaryPrimitives.ReadUInt64LittleEndian(Bytes[offset..]);
        ulong distance = unchecked(pointer - baseAddress);
        return pointer == 0 || distance >= (ulong)Bytes.Length ? default : Bytes[(int)distance..];
    }

    /// <summary>The text that the pointer at an offset points to; null for none.</summary>
    public string? Text(int offset) => NativeText.Utf16(Follow(offset));
}
