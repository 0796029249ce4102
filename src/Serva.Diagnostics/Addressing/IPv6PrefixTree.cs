using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serva.Diagnostics.Addressing;

/// <summary>Which prefix an IPv6 address belongs to: a search over the ranges that the prefixes cut.</summary>
/// <remarks>
/// IPv6 prefixes are long and lie far apart, which a trie pays for in depth and memory. So where the ranges begin stands in a
/// static B+ tree over the first halves of the addresses, a node a cache line, compared at once and without a branch; what a
/// range belongs to stands in the line beside its leaf. The second halves count only where a range begins within a first half
/// (Lampson, Srinivasan, Varghese: "IP Lookups using Multiway and Multicolumn Search", 1998).
/// </remarks>
internal sealed class IPv6PrefixTree
{
    /// <summary>Words of a node: 64 bytes of them.</summary>
    private const int Width = 8;

    private readonly long[] _tree;
    private readonly Level[] _levels;
    private readonly int _leaves;

    // The runs of ranges that begin within one first half: where each run begins, and where and whose its ranges are.
    private readonly int[] _runs;
    private readonly ulong[] _secondHalves;
    private readonly int[] _ownersInRuns;

    /// <param name="starts">Where the ranges begin, ascending, the first at 0.</param>
    /// <param name="owners">Whose each range is; not below 0.</param>
    public IPv6PrefixTree(List<UInt128> starts, List<int> owners)
    {
        var words = new List<long>(starts.Count);
        var places = new List<Place>(starts.Count);
        var runs = new List<int> { 0 };
        var secondHalves = new List<ulong>();
        var ownersInRuns = new List<int>();
        for (int i = 0; i < starts.Count;)
        {
            ulong word = (ulong)(starts[i] >> 64);
            int begin = i;
            while (i < starts.Count && (ulong)(starts[i] >> 64) == word)
                i++;
            words.Add(Signed(word));
            bool isWhole = i == begin + 1 && (ulong)starts[begin] == 0;
            places.Add(new Place(owners[i - 1], isWhole ? 0 : runs.Count));
            if (isWhole)
                continue;
            if ((ulong)starts[begin] != 0)
            {
                secondHalves.Add(0);
                ownersInRuns.Add(owners[begin - 1]);
            }

            for (int j = begin; j < i; j++)
            {
                secondHalves.Add((ulong)starts[j]);
                ownersInRuns.Add(owners[j]);
            }

            runs.Add(secondHalves.Count);
        }

        _runs = [.. runs];
        _secondHalves = [.. secondHalves];
        _ownersInRuns = [.. ownersInRuns];
        (_tree, _levels, _leaves) = Build(words, places);
    }

    /// <summary>How much memory it takes.</summary>
    public long Bytes => (sizeof(long) * ((long)_tree.Length + _secondHalves.Length)) + (sizeof(int) * ((long)_runs.Length + _ownersInRuns.Length));

    /// <summary>Whose an address is.</summary>
    public int Find(ulong firstHalf, ulong secondHalf)
    {
        long word = Signed(firstHalf);
        Vector256<long> wanted = Vector256.Create(word);
        ref long tree = ref MemoryMarshal.GetArrayDataReference(_tree);
        int node = 0;
        foreach (Level level in _levels)
            node = Math.Min((node * (Width + 1)) + CountUpTo(wanted, ref Unsafe.Add(ref tree, level.Offset + (node * Width))), level.LastChild);
        ref long leaf = ref Unsafe.Add(ref tree, _leaves + (node * 2 * Width));
        int at = CountUpTo(wanted, ref leaf) - 1;
        Place place = Place.Of(Unsafe.Add(ref leaf, Width + at));
        if (place.Run == 0 || Unsafe.Add(ref leaf, at) != word)
            return place.Owner;
        int from = _runs[place.Run - 1];
        int found = _secondHalves.AsSpan(from, _runs[place.Run] - from).BinarySearch(secondHalf);
        return _ownersInRuns[from + (found >= 0 ? found : ~found - 1)];
    }

    // Vectors compare signed numbers.
    private static long Signed(ulong word) => (long)word ^ long.MinValue;

    /// <summary>How many words of a node are at most the wanted one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountUpTo(Vector256<long> wanted, ref long node)
    {
        uint above = Vector256.GreaterThan(Vector256.LoadUnsafe(ref node), wanted).ExtractMostSignificantBits()
            | (Vector256.GreaterThan(Vector256.LoadUnsafe(ref node, Width / 2), wanted).ExtractMostSignificantBits() << (Width / 2));
        return BitOperations.TrailingZeroCount(above | (1 << Width));
    }

    private static (long[] Tree, Level[] Levels, int Leaves) Build(List<long> words, List<Place> places)
    {
        // From the leaves up: the words of a node are where its children begin, except the first of them.
        int leaves = (words.Count + Width - 1) / Width;
        var firsts = new long[leaves];
        for (int i = 0; i < leaves; i++)
            firsts[i] = words[i * Width];
        var levels = new List<(long[] Nodes, int LastChild)>();
        int size = leaves * 2 * Width;
        while (firsts.Length > 1)
        {
            var above = new long[(firsts.Length + Width) / (Width + 1)];
            var nodes = new long[above.Length * Width];
            Array.Fill(nodes, long.MaxValue);
            for (int i = 0; i < firsts.Length; i++)
            {
                (int node, int child) = Math.DivRem(i, Width + 1);
                if (child == 0)
                    above[node] = firsts[i];
                else
                    nodes[(node * Width) + child - 1] = firsts[i];
            }

            levels.Insert(0, (nodes, firsts.Length - 1));
            size += nodes.Length;
            firsts = above;
        }

        // Pinned, so that a node that begins with a cache line stays so.
        const int CacheLine = Width * sizeof(long);
        long[] tree = GC.AllocateArray<long>(size + Width, pinned: true);
        int at = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(tree, 0) & (CacheLine - 1)) / sizeof(long);
        var offsets = new Level[levels.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = new Level(at, levels[i].LastChild);
            levels[i].Nodes.CopyTo(tree, at);
            at += levels[i].Nodes.Length;
        }

        for (int i = 0; i < leaves * Width; i++)
        {
            // The last leaf is filled up with what the last range owns.
            (int leaf, int place) = Math.DivRem(i, Width);
            int word = at + (leaf * 2 * Width) + place;
            tree[word] = i < words.Count ? words[i] : long.MaxValue;
            tree[word + Width] = places[Math.Min(i, places.Count - 1)].Packed;
        }

        return (tree, offsets, at);
    }

    /// <summary>What a first half belongs to.</summary>
    /// <param name="Owner">Whose it is, and of what comes after it; with a run, from the run's end on.</param>
    /// <param name="Run">The run of ranges that begin in it, from 1; 0 for none.</param>
    private readonly record struct Place(int Owner, int Run)
    {
        public long Packed => ((long)Run << 32) | (uint)Owner;

        public static Place Of(long packed) => new((int)packed, (int)(packed >> 32));
    }

    /// <summary>One level of nodes.</summary>
    /// <param name="Offset">Where its first node is.</param>
    /// <param name="LastChild">The last node of the level below.</param>
    private readonly record struct Level(int Offset, int LastChild);
}
