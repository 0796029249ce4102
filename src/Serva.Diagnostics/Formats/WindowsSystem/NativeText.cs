using System;
using System.Buffers.Binary;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>Decodes UTF-16 text of native structures, little-endian as Windows keeps it.</summary>
internal static class NativeText
{
    /// <summary>No name of the machine may be longer; what is longer is cut.</summary>
    public const int LongestText = 32767;

    /// <summary>The text up to its zero or the end of the field; null when there is none.</summary>
    public static string? Utf16(ReadOnlySpan<byte> field)
    {
        int length = 0;
        while (length < LongestText && length * 2 + 1 < field.Length && BinaryPrimitives.ReadUInt16LittleEndian(field[(length * 2)..]) != 0)
            length++;
        if (length == 0)
            return null;
        Span<char> text = length <= 512 ? stackalloc char[length] : new char[length];
        for (int i = 0; i < length; i++)
            text[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(field[(i * 2)..]);
        return text.ToString();
    }
}
