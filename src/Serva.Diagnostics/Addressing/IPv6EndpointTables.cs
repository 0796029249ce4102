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
/// Which delimiter ends which of the eight groups follows from two numbers: how many colons stand before "::" (all of them
/// where there is none), and how many there are. With j colons before "::", colon j ends group j and colon j + 1 is the second
/// of the pair; what follows is aligned to the right. An address that begins (or ends) with "::" reads as one that begins (or
/// ends) with an empty group, which counts as zero; so it may have eight colons.
/// </para>
/// </remarks>
internal static unsafe class IPv6EndpointTables
{
    /// <summary>Byte 8: the place where the address ends.</summary>
    internal const int End = 8;

    /// <summary>Byte 9: the place of the bracket.</summary>
    internal const int Open = 9;

    /// <summary>Byte 10: a place that makes its group too long.</summary>
    internal const int Wrong = 10;

    private const int Nothing = IPv4EndpointTables.Nothing;

    /// <summary>Rows for 0 to 7 colons before "::" times 0 to 15 colons, 64 bytes each.</summary>
    private static readonly byte[] Memory = GC.AllocateArray<byte>((8 * 16 * 64) + 64, pinned: true);

    /// <summary>Per row, and per nibble of the address, the control of the delimiter behind its group (32 bytes) and of the one before it (32 bytes).</summary>
    private static readonly byte* Rows = Fill();

    /// <summary>The row of a form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Row(uint colonsBefore, uint colons) => Rows + ((((colonsBefore & 7) * 16) + (colons & 15)) * 64);

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

        return rows;
    }

    private static void Describe(int before, int colons, Span<byte> ends, Span<byte> begins)
    {
        bool full = before == 7 && colons == 7;
        bool gap = colons >= before + 2 && (colons < 8 || (colons == 8 && before is 0 or 6));
        if (!full && !gap)
        {
            ends.Fill(Wrong);
            begins.Fill(Open);
            return;
        }

        ends.Fill(Nothing);
        begins.Fill(Nothing);
        for (int group = 0; group < (full ? 8 : before + 1); group++)
            Set(ends, begins, group, group);
        for (int delimiter = colons; delimiter >= before + 2; delimiter--)
            Set(ends, begins, 7 - (colons - delimiter), delimiter);

        void Set(Span<byte> ends, Span<byte> begins, int group, int delimiter)
        {
            ends[group] = (byte)(delimiter == colons ? End : delimiter);
            begins[group] = (byte)(delimiter == 0 ? Open : delimiter - 1);
        }
    }
}
