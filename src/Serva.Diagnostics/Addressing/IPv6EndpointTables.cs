using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>The shuffle controls of <see cref="IPv6EndpointVector"/>, computed from the grammar at first use.</summary>
/// <remarks>
/// <para>
/// A group of an address ends at a delimiter: the first seven colons (numbered 0 to 6), or what ends the address. The controls
/// look places up in a vector of eight bytes: bytes 0 to 6 are the places of those colons, then <see cref="End"/>. A control
/// for nothing answers 0, the place of the bracket: the first group begins there, and a group that is not there ends there.
/// </para>
/// <para>
/// Which delimiter ends which of the eight groups follows from two numbers, the form: how many colons there are up to the first
/// of "::" (all of them where there is no "::"), and how many in all. With j + 1 colons up to that one, colon j ends group j and
/// colon j + 1 is the second of the pair; what follows is aligned to the right. An address that begins (or ends) with "::"
/// reads as one that begins (or ends) with an empty group, which counts as zero.
/// </para>
/// <para>
/// A form that no address has is one without groups, and wants digits of them.
/// </para>
/// </remarks>
internal static unsafe class IPv6EndpointTables
{
    /// <summary>Byte 7: the place where the address ends.</summary>
    internal const int End = 7;

    private const int Nothing = IPv4EndpointTables.Nothing;
    private const int Forms = 8 * 16;
    private const int RowsSize = Forms * 64;
    private const int LastDigitsSize = Forms * sizeof(uint);
    private const int DigitsSize = 17 * 8 * sizeof(ulong);
    private const int PlacesSize = 64;

    /// <summary>Room for the rows of the forms, 64 bytes each, the controls of digits, the last digits of the forms, and the places.</summary>
    private static readonly byte[] Memory = GC.AllocateArray<byte>(RowsSize + DigitsSize + LastDigitsSize + PlacesSize + 64, pinned: true);

    /// <summary>Per row, and per nibble of the address, the control of the delimiter behind its group (32 bytes) and of the one before it (32 bytes).</summary>
    private static readonly byte* Rows = Fill();

    /// <summary>The form with so many colons up to the first of "::", and so many in all.</summary>
    /// <remarks>
    /// 8 to 15 colons are forms without groups. From 16 on the form is that of fewer: then either a digit between two colons
    /// is in none of its groups, and the count of digits is short, or a group that must have a digit has none.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Form(uint colonsBefore, uint colons) => ((colonsBefore * 16) + colons) & (Forms - 1);

    /// <summary>The row of a form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Row(uint form) => Rows + (form * 64);

    /// <summary>A bit for the last nibble of each group that must have one: all of a form's, but for the empty ones that "::" makes at an edge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint LastDigits(uint form) => ((uint*)(Rows + RowsSize + DigitsSize))[form];

    /// <summary>
    /// The places of the digits that end before a place of 0 to 16, which is not checked, for a number of digits and the
    /// delimiter before them of 0 to 7, in eight bytes; a byte with the upper bit set where there is none. For 0 there is no
    /// digit, for 1 the delimiter stands for one, and is then found to be none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Digits(int place, uint width) => ((ulong*)(Rows + RowsSize))[((uint)place * 8) + (width & 7)];

    /// <summary>The same for digits that end a block of 16 characters; the width is not checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong LastOf16(uint width) => ((ulong*)(Rows + RowsSize + (16 * 64)))[width];

    /// <summary>A place of 0 to 63 in every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> Everywhere(nint place) => Avx2.BroadcastScalarToVector256(Rows + RowsSize + DigitsSize + LastDigitsSize + place);

    private static byte* Fill()
    {
        byte* rows = (byte*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory)) + 63) & ~(nuint)63);
        Span<byte> ends = stackalloc byte[8];
        Span<byte> begins = stackalloc byte[8];
        uint* lastDigits = (uint*)(rows + RowsSize + DigitsSize);
        for (int before = 0; before < 8; before++)
        {
            for (int colons = 0; colons < 16; colons++)
            {
                bool isNone = !Describe(before, colons, ends, begins);
                byte* row = rows + (((before * 16) + colons) * 64);
                for (int nibble = 0; nibble < 32; nibble++)
                {
                    int group = nibble < 16 ? 3 - (nibble / 4) : 7 - ((nibble - 16) / 4);
                    row[nibble] = ends[group];
                    row[32 + nibble] = begins[group];

                    // See the order of nibbles in IPv6EndpointVector. Where "::" is at the edge, the group there may be empty.
                    bool mayBeEmpty = before < colons && ((group == 0 && before == 1) || (group == 7 && before == colons - 1));
                    if (nibble % 4 == 1 && (ends[group] != Nothing || isNone) && !mayBeEmpty)
                        lastDigits[(before * 16) + colons] |= 1u << nibble;
                }
            }
        }

        sbyte* digits = (sbyte*)(rows + RowsSize);
        for (int i = 0; i < DigitsSize; i++)
        {
            (int place, int width, int digit) = (i / 64, i / 8 % 8, i % 8);
            digits[i] = (sbyte)(8 - digit <= int.Max(width - 1, int.Min(width, 1)) ? place - 8 + digit : Nothing);
        }

        for (int i = 0; i < PlacesSize; i++)
            rows[RowsSize + DigitsSize + LastDigitsSize + i] = (byte)i;
        return rows;
    }

    private static bool Describe(int before, int colons, Span<byte> ends, Span<byte> begins)
    {
        ends.Fill(Nothing);
        begins.Fill(Nothing);
        bool full = before == 7 && colons == 7;
        bool gap = before > 0 && colons > before && colons < 8;
        for (int group = 0; group < (full ? 8 : gap ? before : 0); group++)
            Set(ends, begins, group, group);
        for (int delimiter = colons; delimiter > before && gap; delimiter--)
            Set(ends, begins, 7 - (colons - delimiter), delimiter);
        return full || gap;

        void Set(Span<byte> ends, Span<byte> begins, int group, int delimiter)
        {
            ends[group] = (byte)(delimiter == colons ? End : delimiter);
            begins[group] = (byte)(delimiter == 0 ? Nothing : delimiter - 1);
        }
    }
}
