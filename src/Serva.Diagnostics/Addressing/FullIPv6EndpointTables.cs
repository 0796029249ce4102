using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>The shuffle controls of <see cref="FullIPv6EndpointVector"/>, computed at first use.</summary>
/// <remarks>
/// <para>
/// A row is eight controls: the digits of a pair's second group and then of its first, each in the order of
/// <see cref="IPv6EndpointVector"/> (the last two digits, then the two before). The number of a row is a mask of two bits: the
/// place of the colon between the groups, 2 to 5, and of the colon behind them, 4 to 10, in characters from the delimiter
/// before the pair. So no bit is below <see cref="LowestColon"/>, which leaves 2 to the ninth rows; of these 16 are for two
/// groups of one to four digits each. All others take a delimiter for a digit: what a bit beyond the mask belongs to has lost it, and
/// no row of one bit is right.
/// </para>
/// <para>
/// Behind the last pair is "]:". Its second colon is one further, 5 to 11, and is the last of the 16 characters its controls are for.
/// </para>
/// </remarks>
internal static unsafe class FullIPv6EndpointTables
{
    /// <summary>The place of the port's colon among the characters of the last pair.</summary>
    internal const int PortColon = 15;

    private const int LowestColon = 2;
    private const int HighestColon = 10;
    private const int RowSize = 8;
    private const int RowsSize = (1 << (HighestColon - LowestColon + 1)) * RowSize;
    private const int LastRowsSize = RowsSize * 2;

    // Bit 4 of a control is not looked at: the delimiter at place 0, where control 0 is for a digit that is not there.
    private const int Delimiter = 16;

    private static readonly byte[] Memory = GC.AllocateArray<byte>(RowsSize + LastRowsSize + 64, pinned: true);
    private static readonly byte* Rows = Fill();

    /// <summary>The row of a pair of groups, whatever the number: the bits of two colons, counted from the delimiter before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Row(ulong colons) => Rows + ((colons & ((2u << HighestColon) - (1u << LowestColon))) * (RowSize >> LowestColon));

    /// <summary>The row of the last pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* LastRow(ulong colons) => Rows + RowsSize + ((colons & ((4u << HighestColon) - (1u << LowestColon))) * (RowSize >> LowestColon));

    /// <summary>The controls of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Load(byte* lower, byte* upper)
        => Sse.LoadHigh(Sse2.LoadScalarVector128((ulong*)lower).AsSingle(), (float*)upper).AsByte();

    private static byte* Fill()
    {
        byte* rows = (byte*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory)) + 63) & ~(nuint)63);
        new Span<byte>(rows, RowsSize).Fill(Delimiter);
        new Span<byte>(rows + RowsSize, LastRowsSize).Fill(PortColon);
        for (int digits = 1; digits <= 4; digits++)
        {
            for (int digitsBehind = 1; digitsBehind <= 4; digitsBehind++)
            {
                int between = 1 + digits;
                int behind = between + 1 + digitsBehind;
                int row = (1 << between | 1 << behind) * (RowSize >> LowestColon);
                int lastRow = RowsSize + ((1 << between | 2 << behind) * (RowSize >> LowestColon));
                for (int i = 0; i < 4; i++)
                {
                    int fromEnd = (i < 2 ? 2 : 4) - (i & 1);
                    rows[row + i] = (byte)(fromEnd <= digitsBehind ? behind - fromEnd : 0);
                    rows[row + 4 + i] = (byte)(fromEnd <= digits ? between - fromEnd : 0);
                }

                for (int i = 0; i < RowSize; i++)
                    rows[lastRow + i] = (byte)(rows[row + i] == 0 ? 0 : rows[row + i] + PortColon - (behind + 1));
            }
        }

        return rows;
    }
}
