using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Values of prefixes, found by the longest prefix that contains an address: the core of a routing table.</summary>
/// <typeparam name="T">The value of a prefix, for example a route.</typeparam>
/// <remarks>
/// IPv4 and IPv6 prefixes may stand side by side; an IPv4-mapped address is an IPv6 address. The scope of an address is ignored.
/// Built once and never changed, so safe to share between threads. A lookup allocates nothing. Of a full internet table a prefix
/// takes about 14 bytes (IPv4) or 40 (IPv6) with a value of 4 bytes; whatever the prefixes are, building and memory stay linear.
/// A lookup in such a table waits for the memory of its values: the smaller they are, the faster it is.
/// </remarks>
public sealed class PrefixTable<T>
{
    // By range. Which are nobody's is so few bits that they stay in a cache, while a full table waits for its values.
    private readonly T[] _values;
    private readonly byte[] _lengths;
    private readonly ulong[] _nobodys;
    private readonly int _nobody;
    private readonly IPv4PrefixBitmap _ipv4;
    private readonly IPv6PrefixTree _ipv6;

    /// <summary>Builds the table. Takes a copy of what it is given, in any order; sorts it.</summary>
    /// <param name="prefixes">The prefixes, each once.</param>
    /// <param name="values">The value of each prefix.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many values as prefixes, a prefix is <see cref="NetPrefix.None"/>, or one is there twice; the message names it.
    /// </exception>
    public PrefixTable(ReadOnlySpan<NetPrefix> prefixes, ReadOnlySpan<T> values)
    {
        if (prefixes.Length != values.Length)
            throw new ArgumentException($"There are {prefixes.Length} prefixes and {values.Length} values.", nameof(values));
        NetPrefix[] sorted = prefixes.ToArray();
        T[] sortedValues = values.ToArray();
        Array.Sort(sorted, sortedValues);
        if (sorted is [{ IsNone: true }, ..])
            throw new ArgumentException("A prefix is none.", nameof(prefixes));
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
                throw new ArgumentException($"The prefix {sorted[i]} is there twice.", nameof(prefixes));
        }

        Count = sorted.Length;
        int ipv4 = Array.FindIndex(sorted, prefix => prefix.Address.IsIPv6) is >= 0 and var first ? first : sorted.Length;
        PrefixRanges ranges = PrefixRanges.Of(sorted.AsSpan(0, ipv4));
        List<int> owners = ranges.Owners;
        _ipv4 = new IPv4PrefixBitmap(ranges.Starts);

        // The IPv6 tree leads to prefixes; these stand behind the ranges of IPv4, after one for no prefix.
        _nobody = owners.Count;
        owners.Add(PrefixRanges.Nobody);
        for (int i = ipv4; i < sorted.Length; i++)
            owners.Add(i);
        ranges = PrefixRanges.Of(sorted.AsSpan(ipv4));
        _ipv6 = new IPv6PrefixTree(ranges.Starts, ranges.Owners.ConvertAll(owner => _nobody + 1 + owner));
        _values = new T[owners.Count];
        _lengths = new byte[owners.Count];
        _nobodys = new ulong[(owners.Count + 63) / 64];
        for (int i = 0; i < owners.Count; i++)
        {
            if (owners[i] is >= 0 and var owner)
                (_values[i], _lengths[i]) = (sortedValues[owner], (byte)sorted[owner].Length);
            else
                _nobodys[i >> 6] |= 1UL << i;
        }
    }

    /// <summary>How many prefixes there are.</summary>
    public int Count { get; }

    /// <summary>How much memory the table takes, without what its values refer to.</summary>
    internal long Bytes => _ipv4.Bytes + _ipv6.Bytes + ((long)_values.Length * (Unsafe.SizeOf<T>() + sizeof(byte))) + ((long)_nobodys.Length * sizeof(ulong));

    /// <summary>Finds the value of the longest prefix that contains an address; false when none does.</summary>
    /// <param name="address">The address; none is in no prefix.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    public bool TryFind(NetAddress address, [MaybeNullWhen(false)] out T value)
    {
        int range = RangeOf(address);
        value = _values[range];
        return !IsNobodys(range);
    }

    /// <summary>Finds the longest prefix that contains an address, and its value; false when none does.</summary>
    /// <param name="address">The address; none is in no prefix.</param>
    /// <param name="prefix">The prefix; none when there is none.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    public bool TryFind(NetAddress address, out NetPrefix prefix, [MaybeNullWhen(false)] out T value)
    {
        int range = RangeOf(address);
        value = _values[range];
        bool isFound = !IsNobodys(range);
        prefix = isFound ? NetPrefix.Create(address, _lengths[range]) : default;
        return isFound;
    }

    /// <summary>Finds the values of many addresses at once: of IPv4 in a full table up to twice as fast as one after the other.</summary>
    /// <param name="addresses">The addresses, of both families in any order; none is in no prefix.</param>
    /// <param name="values">Where the values go: of each address that of the longest prefix that contains it. May be longer; must not overlap the addresses.</param>
    /// <param name="missing">The value of an address that no prefix contains.</param>
    /// <returns>How many addresses are in a prefix.</returns>
    /// <exception cref="ArgumentException">There is not room for the values.</exception>
    public int FindAll(ReadOnlySpan<NetAddress> addresses, Span<T> values, T missing)
    {
        if (values.Length < addresses.Length)
            throw new ArgumentException($"There are {addresses.Length} addresses and room for {values.Length} values.", nameof(values));

        Span<int> ranges = stackalloc int[64];
        int found = addresses.Length;
        while (!addresses.IsEmpty)
        {
            ranges = ranges[..Math.Min(ranges.Length, addresses.Length)];
            Find(addresses[..ranges.Length], ranges);
            found -= Take(ranges, values[..ranges.Length], missing);
            addresses = addresses[ranges.Length..];
            values = values[ranges.Length..];
        }

        return found;
    }

    // A processor asks memory ahead, for as many addresses as it sees: in loops as short as these, without a call, more of them.
    private void Find(ReadOnlySpan<NetAddress> addresses, Span<int> ranges)
    {
        IPv4PrefixBitmap ipv4 = _ipv4;
        int all = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            int range = addresses[i].IsIPv4 && ipv4.TryFind((uint)addresses[i].Words.Low, out int found) ? found : -1;
            all |= range;
            ranges[i] = range;
        }

        if (all >= 0)
            return;
        for (int i = 0; i < ranges.Length; i++)
        {
            if (ranges[i] < 0)
                ranges[i] = RangeOfOther(addresses[i]);
        }
    }

    private int Take(ReadOnlySpan<int> ranges, Span<T> values, T missing)
    {
        T[] all = _values;
        for (int i = 0; i < ranges.Length; i++)
            values[i] = all[ranges[i]];
        int nobodys = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            if (!IsNobodys(ranges[i]))
                continue;
            values[i] = missing;
            nobodys++;
        }

        return nobodys;
    }

    private bool IsNobodys(int range) => (_nobodys[range >> 6] & (1UL << range)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int RangeOf(NetAddress address) =>
        address.IsIPv4 && _ipv4.TryFind((uint)address.Words.Low, out int range) ? range : RangeOfOther(address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RangeOfOther(NetAddress address)
    {
        (ulong high, ulong low) = address.Words;
        return address.IsIPv6 ? _ipv6.Find(high, low) : address.IsIPv4 ? _ipv4.FindSplit((uint)low) : _nobody;
    }
}
