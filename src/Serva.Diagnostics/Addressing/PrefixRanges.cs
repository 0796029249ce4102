using System;
using System.Collections.Generic;

namespace Serva.Diagnostics.Addressing;

/// <summary>The addresses of one family cut into ranges, each of which belongs to the longest prefix that contains it.</summary>
/// <remarks>n prefixes have at most 2n + 1 ranges, however long they are: that bounds what is made of them.</remarks>
internal sealed class PrefixRanges
{
    public const int Nobody = -1;

    private PrefixRanges()
    {
    }

    /// <summary>Where the ranges begin, ascending; the first at the first address.</summary>
    public List<UInt128> Starts { get; } = [0];

    /// <summary>Whose each range is: the number of a prefix, or <see cref="Nobody"/>.</summary>
    public List<int> Owners { get; } = [Nobody];

    /// <summary>Cuts prefixes of one family that are sorted, so that a prefix stands before those in it.</summary>
    public static PrefixRanges Of(ReadOnlySpan<NetPrefix> sorted)
    {
        var ranges = new PrefixRanges();
        var open = new Stack<(int Owner, UInt128 Last)>();
        for (int i = 0; i < sorted.Length; i++)
        {
            UInt128 first = ValueOf(sorted[i].Address);
            ranges.Close(open, first);
            ranges.Begin(first, i);
            open.Push((i, ValueOf(sorted[i].LastAddress)));
        }

        // What ends at the last address needs no end.
        ranges.Close(open, sorted.IsEmpty || sorted[0].Address.IsIPv6 ? UInt128.MaxValue : uint.MaxValue);
        return ranges;
    }

    private void Close(Stack<(int Owner, UInt128 Last)> open, UInt128 before)
    {
        while (open.TryPeek(out (int Owner, UInt128 Last) ending) && ending.Last < before)
        {
            open.Pop();
            Begin(ending.Last + 1, open.TryPeek(out (int Owner, UInt128) around) ? around.Owner : Nobody);
        }
    }

    private void Begin(UInt128 start, int owner)
    {
        if (Starts[^1] == start)
        {
            Owners[^1] = owner;
        }
        else
        {
            Starts.Add(start);
            Owners.Add(owner);
        }
    }

    private static UInt128 ValueOf(NetAddress address)
    {
        (ulong high, ulong low) = address.Words;
        return new UInt128(high, low);
    }
}
