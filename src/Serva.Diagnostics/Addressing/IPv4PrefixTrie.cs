using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Which prefix an IPv4 address belongs to: a trie whose nodes branch 64 ways and hold only what differs.</summary>
/// <remarks>
/// Poptrie (Asai, Ohara: "Poptrie: A Compressed Trie with Population Count for Fast and Scalable Software IP Routing Table
/// Lookup", 2015). The leading bits lead to a node at once, 18 of them in a large table, so that a lookup of what /24 and shorter
/// prefixes own reads one node and one leaf: memory that is not in a cache is what a lookup in a full table waits for.
/// </remarks>
internal sealed class IPv4PrefixTrie
{
    private const int Stride = 6, MostRootBits = 18;

    private readonly Node[] _nodes;
    private readonly Inner[] _inner;
    private readonly int _shift;
    private readonly int _padding;

    /// <param name="starts">Where the ranges begin, ascending, the first at 0.</param>
    /// <param name="owners">Whose each range is.</param>
    /// <param name="leaves">Filled with the owner of each leaf.</param>
    public IPv4PrefixTrie(List<uint> starts, List<int> owners, List<int> leaves)
    {
        // Addresses are lengthened to whole strides.
        int rootBits = Math.Clamp(BitOperations.Log2((uint)starts.Count) - 2, 0, MostRootBits);
        int levels = (32 - rootBits + Stride - 1) / Stride;
        _padding = rootBits + (levels * Stride) - 32;
        _shift = (levels - 1) * Stride;
        var places = new List<Place>(1 << rootBits);
        int range = 0;
        for (int i = 0; i < 1 << rootBits; i++)
        {
            ulong first = (ulong)i << _shift << Stride;
            while (range + 1 < starts.Count && StartOf(range + 1) <= first)
                range++;
            places.Add(new Place(first, _shift, range));
        }

        var nodes = new List<Node>(places.Count);
        var inner = new List<Inner>();
        for (int i = 0; i < places.Count; i++)
        {
            (ulong first, int shift, range) = places[i];
            ulong children = 0, runs = 0;
            int firstNode = places.Count, firstLeaf = leaves.Count;
            for (int cell = 0; cell < 1 << Stride; cell++)
            {
                ulong begin = first + ((ulong)cell << shift), end = begin + (1UL << shift);
                while (range + 1 < starts.Count && StartOf(range + 1) <= begin)
                    range++;
                if (range + 1 < starts.Count && StartOf(range + 1) < end)
                {
                    children |= 1UL << cell;
                    places.Add(new Place(begin, shift - Stride, range));
                }
                else if (runs == 0 || leaves[^1] != owners[range])
                {
                    runs |= 1UL << cell;
                    leaves.Add(owners[range]);
                }
            }

            nodes.Add(new Node(runs, children == 0 ? firstLeaf : ~inner.Count));
            if (children != 0)
                inner.Add(new Inner(children, firstNode, firstLeaf));
        }

        _nodes = [.. nodes];
        _inner = [.. inner];

        ulong StartOf(int index) => (ulong)starts[index] << _padding;
    }

    /// <summary>How much memory it takes, without the leaves.</summary>
    public long Bytes => ((long)_nodes.Length * Unsafe.SizeOf<Node>()) + ((long)_inner.Length * Unsafe.SizeOf<Inner>());

    /// <summary>The leaf of an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(uint address)
    {
        ulong bits = (ulong)address << _padding;
        int shift = _shift;
        ref Node nodes = ref MemoryMarshal.GetArrayDataReference(_nodes);
        ref Node node = ref Unsafe.Add(ref nodes, (nint)(bits >> shift >> Stride));
        ulong cell = 1UL << (int)(bits >> shift);
        int firstLeaf = node.First;
        while (firstLeaf < 0)
        {
            ref readonly Inner inner = ref _inner[~firstLeaf];
            firstLeaf = inner.FirstLeaf;
            if ((inner.Children & cell) == 0)
                break;
            node = ref Unsafe.Add(ref nodes, inner.FirstNode + BitOperations.PopCount(inner.Children & (cell - 1)));
            firstLeaf = node.First;
            shift -= Stride;
            cell = 1UL << (int)(bits >> shift);
        }

        return firstLeaf + BitOperations.PopCount(node.Runs & ((cell << 1) - 1)) - 1;
    }

    /// <summary>64 cells. In 12 bytes: what counts is how many of them a cache holds.</summary>
    /// <param name="Runs">The cells whose leaf is another than that of the leaf before.</param>
    /// <param name="First">Where its leaves begin; of a node with nodes the complement of its <see cref="Inner"/>.</param>
    [StructLayout(LayoutKind.Sequential, Pack = sizeof(int))]
    private readonly record struct Node(ulong Runs, int First);

    /// <summary>The cells of a node that are nodes of their own.</summary>
    private readonly record struct Inner(ulong Children, int FirstNode, int FirstLeaf);

    private readonly record struct Place(ulong First, int Shift, int Range);
}
