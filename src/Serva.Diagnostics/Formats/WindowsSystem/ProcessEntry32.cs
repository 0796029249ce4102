using System;
using System.Buffers.Binary;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>A process as a Toolhelp snapshot lists it.</summary>
internal readonly record struct ProcessEntry(int ProcessId, int ParentProcessId, string? Name);

/// <summary>
/// Decodes a PROCESSENTRY32W (tlhelp32.h): 556 bytes with 4-byte pointers, 568 with 8-byte ones, because one member is
/// as wide as a pointer.
/// </summary>
internal static class ProcessEntry32
{
    private const int NameBytes = 260 * 2;

    /// <summary>The size that the caller writes into the first member.</summary>
    public static int SizeOf(int pointerSize) => pointerSize == 4 ? 556 : 568;

    /// <summary>The process; null when the buffer is too short.</summary>
    public static ProcessEntry? Decode(ReadOnlySpan<byte> entry, int pointerSize)
    {
        if (entry.Length < SizeOf(pointerSize))
            return null;
        int parent = pointerSize == 4 ? 24 : 32;
        return new ProcessEntry(
            BinaryPrimitives.ReadInt32LittleEndian(entry[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(entry[parent..]),
            NativeText.Utf16(entry.Slice(parent + 12, NameBytes)));
    }
}
