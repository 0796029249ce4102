using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>What the bytes of a field stand for.</summary>
internal enum FieldKind
{
    /// <summary>A number of at most eight bytes.</summary>
    Number,

    /// <summary>An address of either family, by its length.</summary>
    Address,

    /// <summary>The name of an interface, filled up with zeros.</summary>
    InterfaceName,
}

/// <summary>A field as the kernel holds it in a register.</summary>
/// <param name="Name">Its name in <c>nft</c>.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Kind">What they stand for.</param>
/// <param name="IsHostOrder">Whether they stand in the machine's order instead of the network's.</param>
internal sealed record FieldLayout(string Name, int Length, FieldKind Kind = FieldKind.Number, bool IsHostOrder = false)
{
    /// <summary>A value of this field; null when its bytes cannot be one.</summary>
    public NftablesValue? Value(ReadOnlySpan<byte> bytes, ByteOrder order) => Range(bytes, bytes, order) is [var value] ? value : null;

    /// <summary>What lies between two values, inclusive; empty when the bytes make no sense.</summary>
    public List<NftablesValue> Range(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last, ByteOrder order)
    {
        if (first.Length < Length || last.Length < Length)
            return [];
        first = first[..Length];
        last = last[..Length];
        switch (Kind)
        {
            case FieldKind.InterfaceName:
                return Text(first, last) is { } text ? [new NftablesValue { Text = text }] : [];
            case FieldKind.Address:
                return [.. Prefixes(Wide(first), Wide(last), Length == 4).Select(prefix => new NftablesValue { Prefix = prefix })];
            default:
                if (Length > 8)
                    return [];
                ulong from = Number(first, order), to = Number(last, order);
                return from > to ? [] : [new NftablesValue { First = from, Last = from == to ? null : to }];
        }
    }

    /// <summary>A number in the order of this field.</summary>
    public ulong Number(ReadOnlySpan<byte> bytes, ByteOrder order)
    {
        ulong number = 0;
        for (int i = 0; i < bytes.Length; i++)
            number = (number << 8) | bytes[IsHostOrder && order == ByteOrder.LittleEndian ? bytes.Length - 1 - i : i];
        return number;
    }

    /// <summary>The prefixes that make up a range of addresses, in order; none when it is no range.</summary>
    public static List<NetPrefix> Prefixes(UInt128 first, UInt128 last, bool isIPv4)
    {
        int width = isIPv4 ? 32 : 128;
        UInt128 highest = isIPv4 ? uint.MaxValue : UInt128.MaxValue;
        var prefixes = new List<NetPrefix>();
        while (first <= last && last <= highest)
        {
            int free = first == 0 ? width : Math.Min(width, (int)UInt128.TrailingZeroCount(first));
            while (free > 0 && (free == 128 ? first != 0 || last != UInt128.MaxValue : first + ((UInt128.One << free) - 1) > last))
                free--;
            NetAddress address = isIPv4 ? NetAddress.FromIPv4((uint)first) : NetAddress.FromIPv6((ulong)(first >> 64), (ulong)first);
            prefixes.Add(NetPrefix.Create(address, width - free));
            UInt128 end = free == 128 ? UInt128.MaxValue : first + ((UInt128.One << free) - 1);
            if (end >= last)
                break;
            first = end + 1;
        }

        return prefixes;
    }

    public static UInt128 Wide(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : bytes.Length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : 0;

    // A range of names is all names with a beginning: its rest is zeros, then ones.
    private static string? Text(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        ReadOnlySpan<byte> text = first.TrimEnd((byte)0);
        foreach (byte letter in text)
        {
            if (letter is < 0x21 or > 0x7e)
                return null;
        }

        string name = string.Create(text.Length, text, (letters, bytes) =>
        {
            for (int i = 0; i < letters.Length; i++)
                letters[i] = (char)bytes[i];
        });
        if (first.SequenceEqual(last))
            return name;
        return last.StartsWith(text) && last[text.Length..].IndexOfAnyExcept((byte)0xff) < 0 ? name + "*" : null;
    }
}

/// <summary>The fields of headers by their place, and those of meta, ct and fib by their number (<c>linux/netfilter/nf_tables.h</c>).</summary>
internal static class FieldLayouts
{
    public const int LinkBase = 0, NetworkBase = 1, TransportBase = 2;

    private static readonly (int Offset, FieldLayout Field)[]
        s_ipv4 =
        [
            (1, new("ip tos", 1)), (2, new("ip length", 2)), (4, new("ip id", 2)), (6, new("ip frag-off", 2)), (8, new("ip ttl", 1)),
            (9, new("ip protocol", 1)), (12, new("ip saddr", 4, FieldKind.Address)), (16, new("ip daddr", 4, FieldKind.Address)),
        ],
        s_ipv6 =
        [
            (4, new("ip6 length", 2)), (6, new("ip6 nexthdr", 1)), (7, new("ip6 hoplimit", 1)), (8, new("ip6 saddr", 16, FieldKind.Address)),
            (24, new("ip6 daddr", 16, FieldKind.Address)),
        ],
        s_ports = [(0, new("sport", 2)), (2, new("dport", 2))],
        s_tcp = [(0, new("sport", 2)), (2, new("dport", 2)), (13, new("flags", 1))],
        s_icmp = [(0, new("type", 1)), (1, new("code", 1)), (4, new("id", 2)), (6, new("sequence", 2))];

    private static readonly FieldLayout?[] s_meta =
    [
        new("meta length", 4, IsHostOrder: true), new("meta protocol", 2), new("meta priority", 4, IsHostOrder: true), new("meta mark", 4, IsHostOrder: true),
        new("meta iif", 4, IsHostOrder: true), new("meta oif", 4, IsHostOrder: true), new("meta iifname", 16, FieldKind.InterfaceName),
        new("meta oifname", 16, FieldKind.InterfaceName), new("meta iiftype", 2, IsHostOrder: true), new("meta oiftype", 2, IsHostOrder: true),
        new("meta skuid", 4, IsHostOrder: true), new("meta skgid", 4, IsHostOrder: true), null, new("meta rtclassid", 4, IsHostOrder: true),
        new("meta secmark", 4, IsHostOrder: true), new("meta nfproto", 1), new("meta l4proto", 1), null, null, new("meta pkttype", 1),
        new("meta cpu", 4, IsHostOrder: true), new("meta iifgroup", 4, IsHostOrder: true), new("meta oifgroup", 4, IsHostOrder: true),
        new("meta cgroup", 4, IsHostOrder: true),
    ];

    private static readonly FieldLayout?[] s_ct =
    [
        new("ct state", 4, IsHostOrder: true), new("ct direction", 1), new("ct status", 4, IsHostOrder: true), new("ct mark", 4, IsHostOrder: true),
        null, null, null, new("ct l3proto", 1), null, null, new("ct protocol", 1), new("ct proto-src", 2), new("ct proto-dst", 2), null, null, null, null,
        new("ct zone", 2, IsHostOrder: true), null, new("ct ip saddr", 4, FieldKind.Address), new("ct ip daddr", 4, FieldKind.Address),
        new("ct ip6 saddr", 16, FieldKind.Address), new("ct ip6 daddr", 16, FieldKind.Address),
    ];

    public static FieldLayout? Meta(uint key) => key < s_meta.Length ? s_meta[key] : null;

    public static FieldLayout? Ct(uint key) => key < s_ct.Length ? s_ct[key] : null;

    /// <summary>A field by its name alone, of all that text may name; a number of at most eight bytes when it is not known.</summary>
    public static FieldLayout ByName(string name) =>
        s_meta.Concat(s_ct).FirstOrDefault(field => field?.Name == name)
        ?? s_ipv4.Concat(s_ipv6).Select(entry => entry.Field).FirstOrDefault(field => field.Name == name)
        ?? new FieldLayout(name, 4);

    /// <summary>
    /// The fields that a load covers, in order. The last one may be covered in part, which only addresses may: a prefix.
    /// </summary>
    /// <param name="header">The header that the offset counts from.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="isIPv6">The family, where it is known.</param>
    /// <param name="protocol">The transport protocol, where the rule has tested it.</param>
    public static List<FieldLayout> Payload(uint header, uint offset, uint length, bool? isIPv6, int? protocol)
    {
        string prefix = "";
        (int Offset, FieldLayout Field)[] layout = [];
        if (header == NetworkBase && isIPv6 is { } six)
        {
            layout = six ? s_ipv6 : s_ipv4;
        }
        else if (header == TransportBase)
        {
            (prefix, layout) = protocol switch
            {
                6 => ("tcp ", s_tcp),
                17 => ("udp ", s_ports),
                1 => ("icmp ", s_icmp),
                58 => ("icmpv6 ", s_icmp),
                _ => ("th ", s_ports),
            };
        }

        var fields = new List<FieldLayout>();
        uint end = offset + length, next = offset;
        while (next < end)
        {
            FieldLayout? field = layout.FirstOrDefault(entry => entry.Offset == next).Field;
            if (field is null || (next + field.Length > end && field.Kind != FieldKind.Address))
                return [Raw(header, offset, length)];
            fields.Add(field with { Name = prefix + field.Name });
            next += (uint)field.Length;
        }

        return fields;
    }

    public static FieldLayout Raw(uint header, uint offset, uint length) => new(
        string.Create(CultureInfo.InvariantCulture, $"@{header switch { LinkBase => "ll", NetworkBase => "nh", TransportBase => "th", _ => "ih" }},{offset * 8},{length * 8}"),
        (int)Math.Min(length, 64));
}
