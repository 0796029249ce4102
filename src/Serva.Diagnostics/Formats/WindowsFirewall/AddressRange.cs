using System;
using System.Collections.Generic;
using System.Numerics;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.WindowsFirewall;

/// <summary>Ranges of addresses and netmasks as prefixes.</summary>
internal static class AddressRange
{
    /// <summary>Adds the fewest prefixes that hold exactly the addresses from first to last: at most 62 for IPv4, 254 for IPv6.</summary>
    /// <returns>False, with nothing added, when the range runs backwards or the list would grow beyond the limit.</returns>
    public static bool TrySplit(NetAddress first, NetAddress last, List<NetPrefix> prefixes, int most)
    {
        int width = first.BitCount;
        UInt128 low = ValueOf(first);
        UInt128 high = ValueOf(last);
        int before = prefixes.Count;
        if (width != last.BitCount || low > high)
            return false;
        while (true)
        {
            // The largest block that begins at low, is aligned there, and does not go beyond high.
            UInt128 others = high - low;
            int fits = others == UInt128.MaxValue ? 128 : (int)UInt128.Log2(others + 1);
            int aligned = low == 0 ? width : (int)UInt128.TrailingZeroCount(low);
            int bits = Math.Min(fits, aligned);
            if (prefixes.Count >= most)
            {
                prefixes.RemoveRange(before, prefixes.Count - before);
                return false;
            }

            prefixes.Add(NetPrefix.Create(AddressOf(low, width), width - bits));
            UInt128 othersInBlock = bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
            if (othersInBlock == others)
                return true;
            low += othersInBlock + 1;
        }
    }

    /// <summary>The length of an IPv4 netmask; null when its ones do not stand together at the front.</summary>
    public static int? LengthOfMask(NetAddress mask)
    {
        uint zeros = ~mask.ToIPv4();
        return (zeros & (zeros + 1)) == 0 ? BitOperations.LeadingZeroCount(zeros) : null;
    }

    /// <summary>The IPv4 netmask of a length.</summary>
    public static NetAddress MaskOf(int length) => NetAddress.FromIPv4(length == 0 ? 0 : uint.MaxValue << (32 - length));

    private static UInt128 ValueOf(NetAddress address)
    {
        (ulong high, ulong low) = address.Words;
        return new UInt128(high, low);
    }

    private static NetAddress AddressOf(UInt128 value, int width) =>
        width == 32 ? NetAddress.FromIPv4((uint)value) : NetAddress.FromIPv6((ulong)(value >> 64), (ulong)value);
}
