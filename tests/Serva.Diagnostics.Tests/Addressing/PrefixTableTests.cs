using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class PrefixTableTests
{
    /// <summary>Where each prefix begins and ends and just outside of it, and anywhere, against a scan of all prefixes.</summary>
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 0, 1)]
    [InlineData(4, 7, 8)]
    [InlineData(5, 60, 0)]
    [InlineData(6, 0, 60)]
    [InlineData(7, 300, 300)]
    [InlineData(8, 2_000, 1_500)]
    public void TryFind_RandomTables_AsALinearScan(int seed, int ipv4, int ipv6)
    {
        var random = new Random(seed);
        for (int round = 0; round < (ipv4 + ipv6 > 1_000 ? 2 : 12); round++)
        {
            // Crowded: many prefixes in few bits, so that they nest and touch. Otherwise anywhere.
            bool isCrowded = round % 2 == 0;
            NetPrefix[] prefixes = [.. Enumerable.Range(0, ipv4 + ipv6).Select(i => AnyPrefix(random, i >= ipv4, isCrowded)).Distinct()];
            int[] values = [.. Enumerable.Range(0, prefixes.Length)];
            var table = new PrefixTable<int>(prefixes, values);

            Assert.Equal(prefixes.Length, table.Count);
            foreach (NetPrefix prefix in prefixes)
            {
                foreach (NetAddress address in Edges(prefix))
                    AssertSame(table, prefixes, address);
            }

            for (int i = 0; i < 400; i++)
                AssertSame(table, prefixes, AnyPrefix(random, random.Next(2) == 0, isCrowded).LastAddress);
        }
    }

    /// <summary>So many that a scan takes too long: each length is looked up by itself.</summary>
    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    public void TryFind_FullTable_AsEveryLengthLookedUp(int longest)
    {
        var random = new Random(longest);
        var prefixes = new Dictionary<NetPrefix, int>();
        while (prefixes.Count < 600_000)
            prefixes.TryAdd(NetPrefix.Create(Anywhere(random, isIPv6: false, random.Next(2)), random.Next(longest * 2 / 3, longest + 1)), prefixes.Count);
        var table = new PrefixTable<int>([.. prefixes.Keys], [.. prefixes.Values]);

        NetAddress[] addresses = [.. prefixes.Keys.Take(50_000).SelectMany(Edges), NetAddress.AnyIPv4, NetAddress.BroadcastIPv4];
        int[] values = new int[addresses.Length];
        table.FindAll(addresses, values, -1);
        for (int i = 0; i < addresses.Length; i++)
        {
            NetAddress address = addresses[i];
            NetPrefix expected = default;
            for (int length = 32; length >= 0 && expected.IsNone; length--)
            {
                if (NetPrefix.Create(address, length) is var prefix && prefixes.ContainsKey(prefix))
                    expected = prefix;
            }

            Assert.Equal(!expected.IsNone, table.TryFind(address, out NetPrefix found, out int value));
            Assert.Equal(expected, found);
            Assert.True(found.IsNone || prefixes[found] == value);
            Assert.Equal(found.IsNone ? -1 : value, values[i]);
        }
    }

    /// <summary>One prefix of each length in each other, all the way down.</summary>
    [Theory]
    [InlineData("170.170.170.170")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    [InlineData("2001:db8:aaaa:5555:aaaa:5555:aaaa:5555")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::")]
    public void TryFind_EveryLengthNested_TheLongest(string text)
    {
        NetAddress address = NetAddress.Parse(text);
        NetPrefix[] prefixes = [.. Enumerable.Range(0, address.BitCount + 1).Select(length => NetPrefix.Create(address, length))];
        var table = new PrefixTable<string>(prefixes, Array.ConvertAll(prefixes, prefix => prefix.ToString()));

        foreach (NetPrefix prefix in prefixes)
        {
            foreach (NetAddress edge in Edges(prefix))
            {
                Assert.Equal(Scan(prefixes, edge) is { } expected, table.TryFind(edge, out NetPrefix found, out string? value));
                Assert.Equal(Scan(prefixes, edge) ?? default, found);
                Assert.Equal(found.ToString(), value ?? "");
            }
        }
    }

    [Fact]
    public void TryFind_NothingThere_False()
    {
        var empty = new PrefixTable<int>([], []);
        var one = new PrefixTable<int>([NetPrefix.Parse("10.0.0.0/8")], [7]);

        Assert.False(empty.TryFind(NetAddress.AnyIPv4, out _));
        Assert.False(empty.TryFind(NetAddress.LoopbackIPv6, out _));
        Assert.False(one.TryFind(default, out int value));
        Assert.Equal(0, value);
        Assert.False(one.TryFind(NetAddress.Parse("11.0.0.0"), out NetPrefix prefix, out _));
        Assert.True(prefix.IsNone);
        Assert.False(one.TryFind(NetAddress.Parse("::ffff:10.0.0.1"), out _));
        Assert.True(one.TryFind(NetAddress.Parse("10.255.255.255"), out value));
        Assert.Equal(7, value);
    }

    /// <summary>Tables whose words are split and whole, addresses of both families and none, and every remainder of a block.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(3_000)]
    public void FindAll_RandomAddresses_AsOneByOne(int count)
    {
        var random = new Random(count);
        NetPrefix[] prefixes = [.. Enumerable.Range(0, count).Select(_ => AnyPrefix(random, random.Next(4) == 0, random.Next(2) == 0)).Distinct()];
        var table = new PrefixTable<string>(prefixes, Array.ConvertAll(prefixes, prefix => prefix.ToString()));
        NetAddress[] addresses =
        [
            .. Enumerable.Range(0, 300).SelectMany<int, NetAddress>(_ => [AnyPrefix(random, random.Next(4) == 0, random.Next(2) == 0).LastAddress, Anywhere(random, false, 0), default]),
            .. prefixes.SelectMany(Edges),
        ];
        string[] expected = Array.ConvertAll(addresses, address => table.TryFind(address, out string? value) ? value : "missing");

        for (int length = addresses.Length; length >= 0; length -= length > 200 ? 97 : 1)
        {
            string[] values = new string[length + 1];
            int found = table.FindAll(addresses.AsSpan(0, length), values, "missing");
            Assert.Equal([.. expected[..length], null!], values);
            Assert.Equal(values[..length].Count(value => value != "missing"), found);
        }
    }

    [Fact]
    public void FindAll_NoRoomForTheValues_Refused()
    {
        var table = new PrefixTable<int>([], []);

        string message = Assert.Throws<ArgumentException>(() => table.FindAll(new NetAddress[3], new int[2], 0)).Message;
        Assert.Contains("3 addresses and room for 2 values", message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryFind_AddressWithScope_AsWithout()
    {
        var table = new PrefixTable<int>([NetPrefix.Parse("fe80::/10")], [1]);

        Assert.True(table.TryFind(NetAddress.Parse("fe80::1%4"), out NetPrefix prefix, out _));
        Assert.Equal("fe80::/10", prefix.ToString());
    }

    [Fact]
    public void Create_NotOneValueForOnePrefix_Refused()
    {
        NetPrefix ten = NetPrefix.Parse("10.0.0.0/8"), six = NetPrefix.Parse("2001:db8::/32");

        Assert.Contains("10.0.0.0/8", Assert.Throws<ArgumentException>(() => new PrefixTable<int>([ten, six, ten], [1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("2001:db8::/32", Assert.Throws<ArgumentException>(() => new PrefixTable<int>([six, ten, six], [1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PrefixTable<int>([ten], [1, 2]));
        Assert.Throws<ArgumentException>(() => new PrefixTable<int>([ten, default], [1, 2]));
    }

    [Fact]
    public void Create_ArraysThatChangeAfterwards_ChangeNothing()
    {
        NetPrefix[] prefixes = [NetPrefix.Parse("10.0.0.0/8")];
        int[] values = [1];
        var table = new PrefixTable<int>(prefixes, values);
        (prefixes[0], values[0]) = (default, 2);

        Assert.True(table.TryFind(NetAddress.Parse("10.1.1.1"), out int value));
        Assert.Equal(1, value);
    }

    [Fact]
    public void TryFind_AnyAddress_AllocatesNothing()
    {
        var random = new Random(1);
        NetPrefix[] prefixes = [.. Enumerable.Range(0, 1_000).Select(i => AnyPrefix(random, i % 2 == 0, i % 3 == 0)).Distinct()];
        var table = new PrefixTable<int>(prefixes, new int[prefixes.Length]);
        NetAddress[] addresses = Array.ConvertAll(prefixes, prefix => prefix.LastAddress);
        int[] values = new int[prefixes.Length];
        int found = 0;
        for (int i = 0; i < 2; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            found += table.FindAll(addresses, values, -1);
            foreach (NetPrefix prefix in prefixes)
                found += table.TryFind(prefix.LastAddress, out _) && table.TryFind(prefix.LastAddress, out NetPrefix _, out _) ? 1 : 0;
            if (i > 0)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(4 * prefixes.Length, found);
    }

    /// <summary>A full table: the lengths that the internet has. Of prefixes anywhere, which nothing is like, not much more.</summary>
    [Theory]
    [InlineData(false, false, 24)]
    [InlineData(true, false, 48)]
    [InlineData(false, true, 64)]
    [InlineData(true, true, 64)]
    public void Bytes_ManyPrefixes_StayFew(bool isIPv6, bool isAnywhere, int most)
    {
        var random = new Random(2);
        var prefixes = new HashSet<NetPrefix>();
        while (prefixes.Count < 200_000)
        {
            int length = isAnywhere ? random.Next(8, isIPv6 ? 129 : 33) : isIPv6 ? random.Next(2) == 0 ? 48 : random.Next(29, 49) : Math.Min(24, random.Next(16, 33));
            prefixes.Add(NetPrefix.Create(Anywhere(random, isIPv6, isAnywhere ? 0 : isIPv6 ? 12 : 4), length));
        }

        var table = new PrefixTable<int>([.. prefixes], new int[prefixes.Count]);

        Assert.InRange(table.Bytes / (double)table.Count, 1, most);
    }

    private static void AssertSame(PrefixTable<int> table, NetPrefix[] prefixes, NetAddress address)
    {
        bool isFound = table.TryFind(address, out NetPrefix prefix, out int value);
        NetPrefix? expected = Scan(prefixes, address);
        Assert.True(isFound == expected.HasValue && prefix == (expected ?? default) && (!isFound || prefixes[value] == prefix), $"{address}: {prefix}, not {expected}");
        Assert.Equal(isFound, table.TryFind(address, out int same));
        Assert.Equal(value, same);
    }

    private static NetPrefix? Scan(NetPrefix[] prefixes, NetAddress address)
    {
        NetPrefix? best = null;
        foreach (NetPrefix prefix in prefixes)
        {
            if (prefix.Contains(address) && !(best?.Length > prefix.Length))
                best = prefix;
        }

        return best;
    }

    private static IEnumerable<NetAddress> Edges(NetPrefix prefix)
    {
        (UInt128 first, UInt128 last) = (ValueOf(prefix.Address), ValueOf(prefix.LastAddress));
        UInt128[] edges = [first - 1, first, first + 1, last - 1, last, last + 1];
        return edges.Select(edge => prefix.Address.IsIPv4 ? NetAddress.FromIPv4((uint)edge) : NetAddress.FromIPv6((ulong)(edge >> 64), (ulong)edge));
    }

    private static UInt128 ValueOf(NetAddress address) => new(address.Words.High, address.Words.Low);

    private static NetPrefix AnyPrefix(Random random, bool isIPv6, bool isCrowded) =>
        NetPrefix.Create(Anywhere(random, isIPv6, isCrowded ? random.Next(20, 60) : 0), random.Next(isIPv6 ? 129 : 33));

    /// <summary>An address whose first bits are set; "anywhere" is none of them.</summary>
    private static NetAddress Anywhere(Random random, bool isIPv6, int set)
    {
        ulong high = (ulong)random.NextInt64(long.MinValue, long.MaxValue), low = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        return isIPv6
            ? NetAddress.FromIPv6(high | ~(ulong.MaxValue >> set), random.Next(4) == 0 ? low : low & 0xff)
            : NetAddress.FromIPv4((uint)low | ~(uint.MaxValue >> Math.Min(set, 26)));
    }
}
