using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    /// <summary>What <see cref="IPv4EndpointVector"/> makes of a delimiter: its distance from <c>0</c> in bits.</summary>
    private const byte Dot = '.' ^ '0', Colon = ':' ^ '0';

    private static readonly byte[] Memory = GC.AllocateArray<byte>((256 * RowSize) + 256 + (38 * 16) + (8 * 16) + 64, pinned: true);

    /// <summary>
    /// Per slot 32 bytes: where the digits of each octet and the delimiter behind them stand, and the least value each octet's
    /// dword may have. An octet is four bytes, its ones first and its delimiter last, the last octet before the others, so that
    /// the four values read as a little-endian word are the address in host order. Ones first, hundreds behind them: the dword
    /// of an octet that begins with a zero is less than one of 0x100 (two digits) or 0x10000 (three digits). The 175 slots
    /// without a layout find no delimiter anywhere.
    /// </summary>
    internal static readonly byte* Rows = (byte*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory)) + 63) & ~(nuint)63);

    /// <summary>Per slot 16 less the place of the colon.</summary>
    private static readonly byte* BehindColons = Rows + (256 * RowSize);

    /// <summary>
    /// Per count of port digits from -17 to 20 16 bytes: 0xFF for the last that many of eight. For fewer than 1 and more than 5
    /// the upper half is 0xFF too: it keeps the zeros there, which are no digits, and so refuses.
    /// </summary>
    private static readonly byte* PortMasks = BehindColons + 256;

    /// <summary>Per length from 9 to 16 a shuffle that moves bytes 8 to 15 down to where they stand in the text.</summary>
    private static readonly byte* Slides = Fill();

    /// <summary>The greatest value of each byte of a row's shuffle: digits, and the delimiter of each octet.</summary>
    internal static Vector128<byte> MostOfEach
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128.Create(9, 9, 9, Colon, 9, 9, 9, Dot, 9, 9, 9, Dot, 9, 9, 9, Dot);
    }

    /// <summary>The slot of a mask of delimiters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Slot(uint delimiters) => delimiters * Multiplier >> 24;

    /// <summary>16 bytes: 0xFF for those of the last eight characters that stand behind the colon of a layout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* PortMask(uint slot, uint length) => PortMasks + ((BehindColons[slot] + length) * 16);

    /// <summary>16 bytes: the shuffle for a text whose first eight characters and last eight were loaded, 9 to 16 in all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Slide(uint length) => Slides + ((length - IPv4EndpointVector.MinLength) * 16);

    private static byte* Fill()
    {
        Span<byte> rows = new(Rows, 256 * RowSize);
        for (int slot = 0; slot < 256; slot++)
        {
            Span<byte> row = rows.Slice(slot * RowSize, RowSize);
            row[..16].Fill(Nothing);
            MemoryMarshal.Cast<byte, uint>(row[16..]).Fill((uint)Dot << 24);
            BehindColons[slot] = 16;
        }

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

            uint slot = Slot(mask);
            BehindColons[slot] = (byte)(16 - end);
            Span<byte> row = rows.Slice((int)slot * RowSize, RowSize);
            Span<uint> least = MemoryMarshal.Cast<byte, uint>(row[16..]);
            for (int octet = 0, start = 0; octet < 4; start += digits[octet++] + 1)
            {
                int at = 4 * (3 - octet);
                for (int digit = 0; digit < digits[octet]; digit++)
                    row[at + digits[octet] - 1 - digit] = (byte)(start + digit);
                row[at + 3] = (byte)(start + digits[octet]);
                least[3 - octet] = (uint)(octet < 3 ? Dot : Colon) << 24 | digits[octet] switch { 3 => 0x10000u, 2 => 0x100, _ => 0 };
            }
        }

        for (int i = 0; i < 38; i++)
        {
            int count = i - 17;
            for (int at = 0; at < 16; at++)
                PortMasks[(i * 16) + at] = (byte)(count is < 1 or > 5 || (at < 8 && at >= 8 - count) ? 0xff : 0);
        }

        byte* slides = PortMasks + (38 * 16);
        for (int length = IPv4EndpointVector.MinLength; length <= 16; length++)
        {
            for (int i = 0; i < 16; i++)
                slides[((length - IPv4EndpointVector.MinLength) * 16) + i] = i < 8 ? (byte)i : i < length ? (byte)(i + 16 - length) : Nothing;
        }

        return slides;
    }
}
