using System;
using System.Text;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>Text that a machine wrote: any bytes, bounded. Bytes that are not UTF-8 become U+FFFD.</summary>
internal static class MachineText
{
    /// <summary>More than a path or a name of the kernel can be.</summary>
    public const int MaxLength = 4096;

    public static string Read(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MaxLength)]);

    /// <summary>Text up to the first NUL, or to the end where there is none.</summary>
    public static string ReadTerminated(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Read(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>Takes the first line off the text, without its line feed; false at the end.</summary>
    public static bool TryTakeLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        if (text.IsEmpty)
        {
            line = default;
            return false;
        }

        int end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary>Takes the first word off a line of words between blanks and tabs; empty at the end.</summary>
    public static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> line)
    {
        int start = 0;
        while (start < line.Length && line[start] is (byte)' ' or (byte)'\t')
            start++;
        line = line[start..];
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> word = end < 0 ? line : line[..end];
        line = line[word.Length..];
        return word;
    }
}
