using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Which range an IPv4 address lies in: the ranges that begin up to it are counted in a bitmap.</summary>
/// <remarks>
/// The leading bits of an address are its cell: 24 bits in a full table, of which a cell in ten begins a range. A bit says so, and
/// each 32 of them stand beside the number of the last range up to their end (rank by population count: Jacobson, "Space-efficient Static
/// Trees and Graphs", 1989). What begins within a cell, past its first address, is counted apart and searched. So a lookup where
/// no longer prefix than /24 lies near reads eight bytes and then what the range leads to: memory that is not in a cache is what
/// a full table waits for, and where no branch goes either way the processor waits for several addresses at once.
/// </remarks>
internal readonly struct IPv4PrefixBitmap
{
    private const int WordBits = 5, MostCellBits = 24;

    private readonly long[] _words;
    private readonly Split[] _splits;

    // By cell that is split: how many ranges begin within the split cells before it. And where they begin, of all of them.
    private readonly int[] _before;
    private readonly uint[] _within;
    private readonly int _shift;

    /// <param name="starts">Where the ranges begin, ascending, the first at 0.</param>
    public IPv4PrefixBitmap(List<UInt128> starts)
    {
        // 16 to 32 cells a range, so that few are split; the /24 of more than half a million ranges never are.
        int cellBits = Math.Clamp(BitOperations.Log2((uint)starts.Count) + 5, WordBits, MostCellBits);
        _shift = 32 - cellBits;
        _words = new long[1 << (cellBits - WordBits)];
        uint inCell = (1U << _shift) - 1;
        var splits = new List<Split>();
        var before = new List<int>();
        var within = new List<uint>();
        for (int word = 0, range = 0; word < _words.Length; word++)
        {
            uint begins = 0, split = 0;
            int firstSplit = before.Count;
            for (; range < starts.Count && (int)((uint)starts[range] >> _shift >> WordBits) == word; range++)
            {
                uint start = (uint)starts[range], cell = 1U << (int)(start >> _shift);
                if ((start & inCell) == 0)
                {
                    begins |= cell;
                    continue;
                }

                if ((split & cell) == 0)
                    before.Add(within.Count);
                split |= cell;
                within.Add(start);
            }

            _words[word] = Word(begins >> 1, split == 0 ? range - 1 : ~splits.Count);
            if (split != 0)
                splits.Add(new Split(split, range - 1 - within.Count, firstSplit));
        }

        before.Add(within.Count);
        (_splits, _before, _within) = ([.. splits], [.. before], [.. within]);
    }

    /// <summary>How much memory it takes.</summary>
    public long Bytes =>
        ((long)_words.Length * sizeof(long))
        + ((long)_splits.Length * Unsafe.SizeOf<Split>())
        + (sizeof(int) * ((long)_before.Length + _within.Length));

    /// <summary>The number of the range that an address lies in; false when a range begins within a cell of its word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(uint address, out int range)
    {
        uint cell = address >> _shift;
        long word = _words[cell >> WordBits];
        range = Last(word) - CountAfter(cell, word);
        return word >= 0;
    }

    /// <summary>The number of the range that an address lies in where <see cref="TryFind"/> says false.</summary>
    public int FindSplit(uint address)
    {
        uint cell = address >> _shift;
        long word = _words[cell >> WordBits];
        ref readonly Split split = ref _splits[~Last(word)];
        int number = split.FirstSplit + BitOperations.PopCount(split.Cells & ((1U << (int)cell) - 1));
        int from = _before[number], range = split.Last - CountAfter(cell, word) + from;
        if ((split.Cells >> (int)cell & 1) == 0)
            return range;
        int found = _within.AsSpan(from, _before[number + 1] - from).BinarySearch(address);
        return range + (found >= 0 ? found + 1 : ~found);
    }

    // Bit n: a range begins with cell n + 1 of the word; above these 32 the number of the last range that begins in it or before.
    // So what begins after a cell is one shift away. Of a word with split cells the number is the complement of its Split's.
    private static long Word(uint later, int last) => (long)last << 32 | later;

    private static int Last(long word) => (int)(word >> 32);

    private static int CountAfter(uint cell, long word) => BitOperations.PopCount((uint)word >> (int)cell);

    /// <summary>A word with split cells.</summary>
    /// <param name="Cells">The cells past whose first address a range begins.</param>
    /// <param name="Last">The last range that begins with a cell of the word or before, if ranges that begin within cells had no number.</param>
    /// <param name="FirstSplit">The number of the first of them among all split cells.</param>
    private readonly record struct Split(uint Cells, int Last, int FirstSplit);
}
