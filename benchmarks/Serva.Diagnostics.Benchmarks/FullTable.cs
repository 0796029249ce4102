using System;
using System.Collections.Generic;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>Routing tables like the internet's: its prefix lengths in its shares, in blocks as registries give them out.</summary>
/// <remarks>Shares rounded from the CIDR reports of the last years: of IPv4 more than half are /24, of IPv6 half are /48.</remarks>
public static class FullTable
{
    private static readonly (int Length, int Share)[] s_ipv4 =
        [(24, 600), (23, 100), (22, 115), (21, 50), (20, 45), (19, 25), (18, 14), (17, 8), (16, 14), (15, 2), (14, 2), (13, 1), (12, 1), (11, 1), (10, 1)];

    private static readonly (int Length, int Share)[] s_ipv6 =
        [(48, 470), (44, 75), (40, 85), (36, 60), (32, 120), (29, 25), (46, 35), (47, 30), (45, 25), (42, 25), (33, 20), (34, 20), (28, 5), (24, 5)];

    /// <summary>Distinct prefixes in no order.</summary>
    public static NetPrefix[] IPv4(int count, Random random)
    {
        var prefixes = new HashSet<NetPrefix>(count);
        while (prefixes.Count < count)
        {
            var address = NetAddress.FromIPv4((uint)random.Next(1, 224) << 24 | (uint)random.Next(1 << 24));
            if (!address.IsLoopback && !address.IsPrivate)
                prefixes.Add(NetPrefix.Create(address, LengthOf(s_ipv4, random)));
        }

        return Shuffled(prefixes, random);
    }

    /// <summary>Distinct prefixes in no order.</summary>
    public static NetPrefix[] IPv6(int count, Random random)
    {
        // Some sixty /16 of 2000::/3 are in use, and in them the blocks of some ten thousand networks.
        var networks = new ulong[10_000];
        for (int i = 0; i < networks.Length; i++)
            networks[i] = 0x2000_0000_0000_0000 | (ulong)random.Next(60) << 52 | (ulong)random.Next(1 << 13) << 35;
        var prefixes = new HashSet<NetPrefix>(count);
        while (prefixes.Count < count)
        {
            ulong host = (ulong)random.NextInt64() & 0x7_ffff_ffff;
            var address = NetAddress.FromIPv6(networks[random.Next(networks.Length)] | host, 0);
            prefixes.Add(NetPrefix.Create(address, LengthOf(s_ipv6, random)));
        }

        return Shuffled(prefixes, random);
    }

    /// <summary>Any address of a prefix.</summary>
    public static NetAddress AddressIn(NetPrefix prefix, Random random)
    {
        (ulong high, ulong low) = prefix.Address.Words;
        (ulong lastHigh, ulong lastLow) = prefix.LastAddress.Words;
        high |= (ulong)random.NextInt64(long.MinValue, long.MaxValue) & (high ^ lastHigh);
        low |= (ulong)random.NextInt64(long.MinValue, long.MaxValue) & (low ^ lastLow);
        return prefix.Address.IsIPv4 ? NetAddress.FromIPv4((uint)low) : NetAddress.FromIPv6(high, low);
    }

    private static int LengthOf((int Length, int Share)[] shares, Random random)
    {
        int at = random.Next(1_000);
        foreach ((int length, int share) in shares)
        {
            if ((at -= share) < 0)
                return length;
        }

        return shares[0].Length;
    }

    private static NetPrefix[] Shuffled(HashSet<NetPrefix> prefixes, Random random)
    {
        NetPrefix[] all = [.. prefixes];
        random.Shuffle(all);
        return all;
    }
}
