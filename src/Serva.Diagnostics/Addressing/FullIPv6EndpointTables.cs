using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>The shuffle controls of <see cref="FullIPv6EndpointVector"/>, computed at first use.</summary>
/// <remarks>
/// <para>
/// A row is eight controls for a block of 16 characters that begins with the delimiter before a pair of groups: the digits of
/// the second group and then of the first, each in the order of <see cref="IPv6EndpointVector"/> (the last two digits, then the
/// two before). Control 0 means a digit that is not there.
/// </para>
/// <para>
/// Two colons select a row: the one between the groups, at place 2 to 5 of the block, and the one behind them, at 4 to 10. Their
/// bits, without those of the places below, are the row's number. Of these rows 16 are right, for one to four digits in each
/// group; all others take a delimiter for a digit. A colon at any other place loses its bit, and no row of fewer than two bits
/// is right.
/// </para>
/// <para>
/// Behind the last pair is "]:", of which the colon is the second: at place 5 to 11, so there are twice as many rows. Their
/// block ends with that colon.
/// </para>
/// </remarks>
internal static unsafe class FullIPv6EndpointTables
{
    /// <summary>The place of the port's colon in the last pair's block: the last of 16.</summary>
    internal const int PortColon = 15;

    private const int LowestColon = 2;
    private const int HighestColon = 10;
    private const int RowSize = 8;
    private const int RowsSize = (1 << (HighestColon - LowestColon + 1)) * RowSize;
    private const int LastRowsSize = RowsSize * 2;

    // Bit 4 of a control is not looked at: this takes the delimiter at place 0 for a digit, and is not 0.
    private const int Delimiter = 16;

    private static readonly byte[] Memory = GC.AllocateArray<byte>(RowsSize + LastRowsSize + 64, pinned: true);
    private static readonly byte* Rows = Fill();

    /// <summary>The row of a pair of groups, for the colons from the delimiter before it on; any bits are safe.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Row(ulong colons) => Rows + ((colons & ((2u << HighestColon) - (1u << LowestColon))) * (RowSize >> LowestColon));

    /// <summary>The row of the last pair, of which the second colon is the port's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* LastRow(ulong colons)
        => Rows + RowsSize + ((colons & ((4u << HighestColon) - (1u << LowestColon))) * (RowSize >> LowestColon));

    /// <summary>The controls of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Load(byte* row, byte* next)
        => Sse.LoadHigh(Sse2.LoadScalarVector128((ulong*)row).AsSingle(), (float*)next).AsByte();

    private static byte* Fill()
    {
        byte* rows = (byte*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory)) + 63) & ~(nuint)63);
        new Span<byte>(rows, RowsSize).Fill(Delimiter);
        new Span<byte>(rows + RowsSize, LastRowsSize).Fill(PortColon); // a delimiter too
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
