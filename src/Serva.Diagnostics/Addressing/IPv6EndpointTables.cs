using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>The shuffle controls of <see cref="IPv6EndpointVector"/>, computed from the grammar at first use.</summary>
/// <remarks>
/// <para>
/// A group of an address ends at a delimiter: the first eight colons (numbered 0 to 7), or what ends the address. The controls
/// look places up in a vector of 16 bytes: bytes 0 to 7 are the places of those colons, then <see cref="End"/>,
/// <see cref="Open"/> and <see cref="Wrong"/>.
/// </para>
/// <para>
/// Which delimiter ends which of the eight groups follows from two numbers: how many colons there are up to the first of "::"
/// (all of them where there is no "::"), and how many in all. With j + 1 colons up to that one, colon j ends group j and
/// colon j + 1 is the second of the pair; what follows is aligned to the right. An address that begins (or ends) with "::"
/// reads as one that begins (or ends) with an empty group, which counts as zero; so it may have eight colons, and then the
/// empty group is left out.
/// </para>
/// </remarks>
internal static unsafe class IPv6EndpointTables
{
    /// <summary>Byte 8: the place where the address ends.</summary>
    internal const int End = 8;

    /// <summary>Byte 9: the place of the bracket.</summary>
    internal const int Open = 9;

    /// <summary>Byte 10: a place before every other; a group that begins there and ends at the bracket has no digits.</summary>
    internal const int Wrong = 10;

    /// <summary>The value of byte 10, in the word of bytes 8 to 15.</summary>
    internal const uint WrongPlace = 0x80 << (8 * (Wrong - End));

    private const int Nothing = IPv4EndpointTables.Nothing;
    private const int RowsSize = 8 * 16 * 64;

    /// <summary>Room for the rows of 0 to 7 times 0 to 15 colons, 64 bytes each, and for the controls of digits.</summary>
    private static readonly byte[] Memory = GC.AllocateArray<byte>(RowsSize + (8 * sizeof(ulong)) + 40 + 64, pinned: true);

    /// <summary>Per row, and per nibble of the address, the control of the delimiter behind its group (32 bytes) and of the one before it (32 bytes).</summary>
    private static readonly byte* Rows = Fill();

    /// <summary>The row of a form: colons up to the first of "::", and all colons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Row(uint colonsBefore, uint colons) => Rows + ((((colonsBefore & 7) * 16) + (colons & 15)) * 64);

    /// <summary>
    /// What is no digit, per number of digits and the delimiter before them, 0 to 7: a byte with the upper bit set for each
    /// place that a shuffle shall leave zero. For 0 all of eight, for 1 all but the delimiter, which is then found to be no digit.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong NoDigits(uint width) => ((ulong*)(Rows + RowsSize))[width & 7];

    /// <summary>The places of the eight characters before a place of 0 to 31; those before the text have the upper bit set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong DigitsBefore(int place) => Unsafe.ReadUnaligned<ulong>(Rows + RowsSize + (8 * sizeof(ulong)) + (place & 31));

    private static byte* Fill()
    {
        byte* rows = (byte*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory)) + 63) & ~(nuint)63);
        Span<byte> ends = stackalloc byte[8];
        Span<byte> begins = stackalloc byte[8];
        for (int before = 0; before < 8; before++)
        {
            for (int colons = 0; colons < 16; colons++)
            {
                Describe(before, colons, ends, begins);
                byte* row = rows + (((before * 16) + colons) * 64);
                for (int nibble = 0; nibble < 32; nibble++)
                {
                    int group = nibble < 16 ? 3 - (nibble / 4) : 7 - ((nibble - 16) / 4);
                    row[nibble] = ends[group];
                    row[32 + nibble] = begins[group];
                }
            }
        }

        ulong* noDigits = (ulong*)(rows + RowsSize);
        for (int width = 0; width < 8; width++)
            noDigits[width] = width == 0 ? 0x8080_8080_8080_8080 : 0x8080_8080_8080_8080 >> (8 * int.Max(width - 1, 1));
        sbyte* places = (sbyte*)(noDigits + 8);
        for (int i = 0; i < 40; i++)
            places[i] = (sbyte)(i - 8);
        return rows;
    }

    private static void Describe(int before, int colons, Span<byte> ends, Span<byte> begins)
    {
        bool full = before == 7 && colons == 7;
        bool gap = before > 0 && colons > before && (colons < 8 || (colons == 8 && before is 1 or 7));
        if (!full && !gap)
        {
            ends.Fill(Nothing);
            begins.Fill(Wrong);
            return;
        }

        ends.Fill(Nothing);
        begins.Fill(Nothing);
        // With eight colons the empty group at the edge would be a ninth one: "::" then begins or ends the address, or the
        // characters where it should have been are not counted.
        int skipFirst = colons == 8 && before == 1 ? 1 : 0;
        int skipLast = colons == 8 && before == 7 ? 1 : 0;
        for (int group = skipFirst; group < (full ? 8 : before); group++)
            Set(ends, begins, group, group);
        for (int delimiter = colons - skipLast; delimiter > before && !full; delimiter--)
            Set(ends, begins, 7 - (colons - delimiter), delimiter);

        void Set(Span<byte> ends, Span<byte> begins, int group, int delimiter)
        {
            ends[group] = (byte)(delimiter == colons ? End : delimiter);
            begins[group] = (byte)(delimiter == 0 ? Open : delimiter - 1);
        }
    }
}
