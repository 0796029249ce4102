using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>The tables of <see cref="IPv4EndpointVector"/>, computed from the grammar at first use.</summary>
/// <remarks>
/// The three dots and the colon of <c>a.b.c.d:port</c> stand at 3^4 = 81 combinations of places, each octet having one to three
/// digits. A combination is a 16-bit mask; <see cref="Slot"/> maps the 81 masks to 81 different slots of 256.
/// </remarks>
internal static unsafe class IPv4EndpointTables
{
    /// <summary>A place of a shuffle control that yields zero, on x86 (bit 7 set) and ARM (outside 0 to 15).</summary>
    internal const byte Nothing = 0x80;

    /// <summary>
    /// The smallest multiplier whose product with each of the 81 masks has different upper eight bits; found by trying all
    /// from 1 (a test repeats the search).
    /// </summary>
    internal const uint Multiplier = 0x008d_981a;

    private const int RowSize = 32;

    private static readonly byte[] Memory = GC.AllocateArray<byte>((256 * RowSize) + (256 * sizeof(uint)) + (16 * 16) + (8 * 16) + 64, pinned: true);

    /// <summary>
    /// Per slot 32 bytes: where the digits of each octet stand, and the least value each octet's dword may have. An octet is
    /// four bytes, its ones first and a zero last, the last octet before the others, so that the four values read as a
    /// little-endian word are the address in host order. Ones first, hundreds last: the dword of an octet that begins with a
    /// zero is below 0x100 (two digits) or 0x10000 (three digits).
    /// </summary>
    internal static readonly byte* Rows = (byte*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory)) + 63) & ~(nuint)63);

    /// <summary>Per slot the mask of the dots, and the mask of the colon in the upper half; for the 175 slots without a layout what no text has.</summary>
    internal static readonly uint* Delimiters = (uint*)(Rows + (256 * RowSize));

    /// <summary>
    /// Per count of port digits 16 bytes: 0xFF for the last that many of eight. For 0 and for more than 5 the upper half is
    /// 0xFF too: it keeps what is no digit, and so refuses.
    /// </summary>
    internal static readonly byte* PortMasks = (byte*)(Delimiters + 256);

    /// <summary>Per number of places 0 to 7 a shuffle that moves bytes 8 to 15 down by it and fills up with zeros.</summary>
    internal static readonly byte* Slides = Fill();

    /// <summary>The slot of a mask of delimiters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Slot(uint delimiters) => delimiters * Multiplier >> 24;

    private static byte* Fill()
    {
        Span<byte> rows = new(Rows, 256 * RowSize);
        rows.Fill(Nothing);
        new Span<uint>(Delimiters, 256).Fill(uint.MaxValue);
        Span<int> digits = stackalloc int[4];
        for (int layout = 0; layout < 81; layout++)
        {
            uint mask = 0;
            int end = -1;
            for (int octet = 0, rest = layout; octet < 4; octet++, rest /= 3)
            {
                digits[octet] = 1 + (rest % 3);
                end += 1 + digits[octet];
                mask |= 1u << end;
            }

            uint colon = 1u << BitOperations.Log2(mask);
            uint slot = Slot(mask);
            Delimiters[slot] = (mask ^ colon) | colon << 16;
            Span<byte> row = rows.Slice((int)slot * RowSize, RowSize);
            Span<uint> least = MemoryMarshal.Cast<byte, uint>(row[16..]);
            for (int octet = 0, start = 0; octet < 4; start += digits[octet++] + 1)
            {
                for (int digit = 0; digit < digits[octet]; digit++)
                    row[(4 * (3 - octet)) + digits[octet] - 1 - digit] = (byte)(start + digit);
                least[3 - octet] = digits[octet] switch { 3 => 0x10000, 2 => 0x100, _ => 0 };
            }
        }

        for (int count = 0; count < 16; count++)
        {
            for (int i = 0; i < 16; i++)
                PortMasks[(count * 16) + i] = (byte)((count is 0 or > 5) || (i < 8 && i >= 8 - count) ? 0xff : 0);
        }

        byte* slides = PortMasks + (16 * 16);
        for (int places = 0; places < 8; places++)
        {
            for (int i = 0; i < 16; i++)
                slides[(places * 16) + i] = i < 8 ? (byte)i : i + places < 16 ? (byte)(i + places) : Nothing;
        }

        return slides;
    }
}
