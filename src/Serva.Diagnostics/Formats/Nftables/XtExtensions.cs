using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>
/// Matches and targets of iptables as the kernel hands them out: binary structures of <c>linux/netfilter/xt_*.h</c>,
/// <c>netfilter_ipv4</c> and <c>netfilter_ipv6</c>, told apart by name, revision and length.
/// </summary>
internal static class XtExtensions
{
    private static readonly FieldLayout
        s_mark = new("meta mark", 4), s_ipv4Source = new("ip saddr", 4, FieldKind.Address), s_ipv4Destination = new("ip daddr", 4, FieldKind.Address),
        s_ipv6Source = new("ip6 saddr", 16, FieldKind.Address), s_ipv6Destination = new("ip6 daddr", 16, FieldKind.Address);

    /// <summary>The conditions of a match; one that only has a name when it is not known.</summary>
    public static IEnumerable<NftablesStatement> Match(string name, uint revision, ReadOnlySpan<byte> info, ByteOrder order, bool isIPv6) => (name, revision) switch
    {
        ("comment", _) => [XtStatements.NoEffect("comment")],
        ("conntrack", 2 or 3) when info.Length >= 156 => Conntrack(info, revision, order, isIPv6),
        ("state", 0) when info.Length >= 4 => [XtStatements.State(order.UInt32(info), isInverted: false)],
        ("multiport", 1) when info.Length >= 48 && info[1] <= 15 && info[0] < 2 => [Multiport(info, order)],
        ("addrtype", 1) when info.Length >= 8 => AddressTypes(order.UInt16(info), order.UInt16(info[2..]), order.UInt32(info[4..])),
        ("mark", 1) when info.Length >= 9 => [XtStatements.Masked("meta mark", order.UInt32(info), order.UInt32(info[4..]), info[8] != 0)],
        ("connmark", 1) when info.Length >= 9 => [XtStatements.Masked("ct mark", order.UInt32(info), order.UInt32(info[4..]), info[8] != 0)],
        ("iprange", 1) when info.Length >= 65 => AddressRanges(info, isIPv6),
        ("icmp", 0) when info.Length >= 4 => XtStatements.Icmp(isIPv6: false, info[0], info[1], info[2], info[3] != 0),
        ("icmp6", 0) when info.Length >= 4 => XtStatements.Icmp(isIPv6: true, info[0], info[1], info[2], info[3] != 0),
        ("hl", 0) when info.Length >= 2 => [HopLimit("ip6 hoplimit", info)],
        ("ttl", 0) when info.Length >= 2 => [HopLimit("ip ttl", info)],
        ("tcp", 0) when info.Length >= 12 => Tcp(info, order),
        ("udp", 0) when info.Length >= 9 => Ports("udp", info, info[8], order),
        ("limit", 0) when info.Length >= 4 => [XtStatements.Limit(string.Create(CultureInfo.InvariantCulture, $"limit rate {10_000.0 / Math.Max(order.UInt32(info), 1):0.####}/second"))],
        ("recent", 0 or 1) when info.Length >= 210 => [Recent(info)],
        ("pkttype", 0) when info.Length >= 8 => [XtStatements.Equal("meta pkttype", order.UInt32(info), order.UInt32(info[4..]) != 0)],
        ("length", 0) when info.Length >= 5 => [XtStatements.Range("meta length", order.UInt16(info), order.UInt16(info[2..]), info[4] != 0)],
        ("rt", 0) => [XtStatements.Equal("exthdr 43 exists", 1, isInverted: false)],
        ("frag", 0) => [XtStatements.Equal("exthdr 44 exists", 1, isInverted: false)],
        _ => [ExpressionReader.UnknownMatch("xt " + name)],
    };

    /// <summary>What a target does; an unknown statement with its name when it is not known.</summary>
    public static IEnumerable<NftablesStatement> Target(string name, uint revision, ReadOnlySpan<byte> info, ByteOrder order, bool isIPv6) => (name, revision) switch
    {
        ("LOG" or "NFLOG" or "TRACE" or "CHECKSUM" or "TCPMSS" or "AUDIT" or "SECMARK" or "CONNSECMARK" or "CLASSIFY" or "TEE" or "SET" or "LED" or "RATEEST" or "IDLETIMER" or "ACCOUNT", _) =>
            [XtStatements.NoEffect(name)],
        ("NOTRACK", _) => [new NftablesStatement { Kind = NftablesStatementKind.Notrack }],
        ("CT", _) when info.Length >= 2 => [(order.UInt16(info) & 1) != 0 ? new NftablesStatement { Kind = NftablesStatementKind.Notrack } : XtStatements.NoEffect(name)],
        ("REJECT", 0) when info.Length >= 4 => [XtStatements.Reject(isIPv6 ? RejectIPv6(order.UInt32(info)) : RejectIPv4(order.UInt32(info)))],
        ("MASQUERADE" or "SNAT", _) => [new NftablesStatement { Kind = NftablesStatementKind.SourceNat, Name = name == "SNAT" ? "snat" : "masquerade" }],
        ("DNAT" or "REDIRECT", _) => [Nat(name, info, order, isIPv6)],
        ("MARK", 2) when info.Length >= 8 => [XtStatements.SetMark("meta mark", order.UInt32(info), order.UInt32(info[4..]))],
        ("CONNMARK", 1 or 2) when info.Length >= 13 => [ConnectionMark(info, revision, order)],
        ("NFQUEUE", _) => [new NftablesStatement { Kind = NftablesStatementKind.Verdict, Verdict = new NftablesVerdict { Kind = NftablesVerdictKind.Queue } }],
        _ => [ExpressionReader.Unknown("xt " + name)],
    };

    // struct xt_conntrack_mtinfo2, mtinfo3. Of a packet without a connection only the state is looked at.
    private static List<NftablesStatement> Conntrack(ReadOnlySpan<byte> info, uint revision, ByteOrder order, bool isIPv6)
    {
        const int state = 1, protocol = 2, originalSource = 4, originalDestination = 8, status = 0x40, sourcePort = 0x100, destinationPort = 0x200,
            direction = 0x1000, stateAlias = 0x2000;
        ushort match = order.UInt16(info[146..]), invert = order.UInt16(info[148..]);
        var statements = new List<NftablesStatement>();
        int known = state | stateAlias | protocol | originalSource | originalDestination | status | direction | (revision == 3 && info.Length >= 164 ? sourcePort | destinationPort : 0);
        if ((match & (state | stateAlias)) != 0)
            statements.Add(XtStatements.State(order.UInt16(info[150..]), (invert & (state | stateAlias)) != 0));
        if ((match & direction) != 0)
            statements.Add(XtStatements.Equal("ct direction", 0, (invert & direction) != 0));
        if ((match & originalSource) != 0)
            statements.Add(Masked(new(isIPv6 ? "ct ip6 saddr" : "ct ip saddr", isIPv6 ? 16 : 4, FieldKind.Address), info, info[16..], (invert & originalSource) != 0));
        if ((match & originalDestination) != 0)
            statements.Add(Masked(new(isIPv6 ? "ct ip6 daddr" : "ct ip daddr", isIPv6 ? 16 : 4, FieldKind.Address), info[32..], info[48..], (invert & originalDestination) != 0));
        if ((match & protocol) != 0)
            statements.Add(XtStatements.Equal("ct protocol", order.UInt16(info[136..]), (invert & protocol) != 0));
        if ((match & known & sourcePort) != 0)
            statements.Add(XtStatements.Range("ct proto-src", order.UInt16(info[138..]), order.UInt16(info[154..]), (invert & sourcePort) != 0));
        if ((match & known & destinationPort) != 0)
            statements.Add(XtStatements.Range("ct proto-dst", order.UInt16(info[140..]), order.UInt16(info[156..]), (invert & destinationPort) != 0));
        if ((match & status) != 0)
            statements.Add(XtStatements.AnyBit("ct status", order.UInt16(info[152..]), (invert & status) != 0));
        if ((match & ~known) != 0)
            statements.Add(ExpressionReader.UnknownMatch("xt conntrack"));
        return statements;
    }

    private static NftablesStatement Masked(FieldLayout field, ReadOnlySpan<byte> address, ReadOnlySpan<byte> mask, bool isInverted)
    {
        UInt128 bits = FieldLayout.Wide(mask[..field.Length]), first = FieldLayout.Wide(address[..field.Length]) & bits;
        UInt128 all = field.Length == 4 ? uint.MaxValue : UInt128.MaxValue, free = all & ~bits;
        return (free & (free + 1)) != 0
            ? ExpressionReader.UnknownMatch("xt " + field.Name)
            : XtStatements.Prefixes(field.Name, FieldLayout.Prefixes(first, first | free, field.Length == 4), isInverted);
    }

    private static NftablesStatement Multiport(ReadOnlySpan<byte> info, ByteOrder order)
    {
        var elements = ImmutableArray.CreateBuilder<NftablesElement>();
        for (int i = 0; i < info[1]; i++)
        {
            // A port that begins a range is followed by its end.
            ushort first = order.UInt16(info[(2 + 2 * i)..]);
            ushort last = info[32 + i] != 0 && i + 1 < info[1] ? order.UInt16(info[(2 + 2 * ++i)..]) : first;
            elements.Add(XtStatements.Element(first, last));
        }

        return ExpressionReader.Match(
            [new NftablesField { Name = info[0] == 0 ? "th sport" : "th dport" }],
            info[47] != 0 ? NftablesOperator.NotEqual : NftablesOperator.Equal,
            elements.ToImmutable());
    }

    private static IEnumerable<NftablesStatement> AddressTypes(uint source, uint destination, uint flags)
    {
        string device = (flags & 4) != 0 ? " . iif" : (flags & 8) != 0 ? " . oif" : "";
        if (source != 0)
            yield return XtStatements.AddressType($"fib saddr{device} type", source, (flags & 1) != 0);
        if (destination != 0)
            yield return XtStatements.AddressType($"fib daddr{device} type", destination, (flags & 2) != 0);
    }

    private static List<NftablesStatement> AddressRanges(ReadOnlySpan<byte> info, bool isIPv6)
    {
        int length = isIPv6 ? 16 : 4;
        byte flags = info[64];
        var statements = new List<NftablesStatement>();
        if ((flags & 1) != 0)
        {
            statements.Add(XtStatements.Prefixes(
                (isIPv6 ? s_ipv6Source : s_ipv4Source).Name, FieldLayout.Prefixes(FieldLayout.Wide(info[..length]), FieldLayout.Wide(info.Slice(16, length)), !isIPv6), (flags & 16) != 0));
        }

        if ((flags & 2) != 0)
        {
            statements.Add(XtStatements.Prefixes(
                (isIPv6 ? s_ipv6Destination : s_ipv4Destination).Name, FieldLayout.Prefixes(FieldLayout.Wide(info.Slice(32, length)), FieldLayout.Wide(info.Slice(48, length)), !isIPv6), (flags & 32) != 0));
        }

        return statements;
    }

    private static NftablesStatement HopLimit(string field, ReadOnlySpan<byte> info) => info[0] > 3
        ? ExpressionReader.UnknownMatch(field)
        : ExpressionReader.Match(
            [new NftablesField { Name = field }],
            info[0] switch { 0 => NftablesOperator.Equal, 1 => NftablesOperator.NotEqual, 2 => NftablesOperator.Less, _ => NftablesOperator.Greater },
            [XtStatements.Element(info[1])]);

    private static List<NftablesStatement> Tcp(ReadOnlySpan<byte> info, ByteOrder order)
    {
        List<NftablesStatement> statements = [.. Ports("tcp", info, info[11], order)];
        if (info[8] != 0)
            statements.Add(ExpressionReader.UnknownMatch("tcp option"));
        if (info[9] != 0)
            statements.Add(XtStatements.Masked("tcp flags", info[10], info[9], (info[11] & 4) != 0));
        return statements;
    }

    private static List<NftablesStatement> Ports(string protocol, ReadOnlySpan<byte> info, byte invert, ByteOrder order)
    {
        List<NftablesStatement> statements = [XtStatements.Protocol(protocol)];
        foreach ((string field, int offset, int bit) in (ReadOnlySpan<(string, int, int)>)[(" sport", 0, 1), (" dport", 4, 2)])
        {
            ushort first = order.UInt16(info[offset..]), last = order.UInt16(info[(offset + 2)..]);
            if (first != 0 || last != ushort.MaxValue || (invert & bit) != 0)
                statements.Add(XtStatements.Range(protocol + field, first, last, (invert & bit) != 0));
        }

        return statements;
    }

    // struct xt_recent_mtinfo: seconds, hit count, what to do, inverted, name. Of a first packet nothing is remembered yet.
    private static NftablesStatement Recent(ReadOnlySpan<byte> info)
    {
        const byte set = 2;
        bool isInverted = info[9] != 0;
        return (info[8] & set) != 0 && !isInverted
            ? XtStatements.NoEffect("recent --set")
            : XtStatements.Limit("recent " + NftablesProtocol.Name(info[10..210]), isOver: !isInverted);
    }

    // struct nf_nat_ipv4_multi_range_compat, which is shorter, and struct nf_nat_range.
    private static NftablesStatement Nat(string name, ReadOnlySpan<byte> info, ByteOrder order, bool isIPv6)
    {
        const uint mapsAddress = 1, mapsPort = 2, known = 0x1f;
        bool isCompact = info.Length is >= 20 and < 40;
        if (!isCompact && info.Length < 40)
            return ExpressionReader.Unknown("xt " + name);
        uint flags = order.UInt32(info[(isCompact ? 4 : 0)..]);
        int length = isIPv6 ? 16 : 4;
        int addressAt = isCompact ? 8 : 4, lastAt = isCompact ? 12 : 20, portAt = isCompact ? 16 : 36;
        ReadOnlySpan<byte> first = info.Slice(addressAt, length), last = info.Slice(lastAt, length);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(info[portAt..]), lastPort = BinaryPrimitives.ReadUInt16BigEndian(info[(portAt + 2)..]);
        if ((flags & ~known) != 0 || (isCompact && order.UInt32(info) != 1) || ((flags & mapsAddress) != 0 && !first.SequenceEqual(last)))
            return ExpressionReader.Unknown("xt " + name);
        var values = ImmutableArray.CreateBuilder<NftablesValue>();
        if ((flags & mapsAddress) != 0)
            values.Add(new NftablesValue { Prefix = FieldLayout.Prefixes(FieldLayout.Wide(first), FieldLayout.Wide(first), !isIPv6)[0] });
        if ((flags & mapsPort) != 0)
            values.Add(new NftablesValue { First = port, Last = lastPort > port ? lastPort : null });
        return new NftablesStatement
        {
            Kind = name == "REDIRECT" ? NftablesStatementKind.Redirect : NftablesStatementKind.DestinationNat,
            Values = values.ToImmutable(),
        };
    }

    private static NftablesStatement ConnectionMark(ReadOnlySpan<byte> info, uint revision, ByteOrder order)
    {
        uint mark = order.UInt32(info), mask = order.UInt32(info[4..]), packetMask = order.UInt32(info[8..]);
        byte mode = info.Length > 14 && revision == 2 ? info[14] : info[12];
        bool isShifted = revision == 2 && info[13] != 0;
        return (mode, isShifted) switch
        {
            (0, false) => XtStatements.SetMark("ct mark", mark, mask),
            (1, false) when mask == uint.MaxValue && packetMask == uint.MaxValue => XtStatements.Copy("ct mark", s_mark.Name),
            (2, false) when mask == uint.MaxValue && packetMask == uint.MaxValue => XtStatements.Copy(s_mark.Name, "ct mark"),
            _ => ExpressionReader.Unknown("xt CONNMARK"),
        };
    }

    private static string? RejectIPv4(uint with) => with switch
    {
        0 => "icmp net-unreachable",
        1 => "icmp host-unreachable",
        2 => "icmp prot-unreachable",
        3 => "icmp port-unreachable",
        5 => "icmp net-prohibited",
        6 => "icmp host-prohibited",
        7 => "tcp reset",
        8 => "icmp admin-prohibited",
        _ => null,
    };

    private static string? RejectIPv6(uint with) => with switch
    {
        0 => "icmpv6 no-route",
        1 => "icmpv6 admin-prohibited",
        3 => "icmpv6 addr-unreachable",
        4 => "icmpv6 port-unreachable",
        6 => "tcp reset",
        7 => "icmpv6 policy-fail",
        8 => "icmpv6 reject-route",
        _ => null,
    };
}

/// <summary>The statements that options of iptables become, whether they are read as bytes or as text.</summary>
internal static class XtStatements
{
    public static NftablesStatement NoEffect(string name) => new() { Kind = NftablesStatementKind.NoEffect, Name = name };

    public static NftablesStatement Reject(string? with) =>
        new() { Kind = NftablesStatementKind.Verdict, Verdict = new NftablesVerdict { Kind = NftablesVerdictKind.Reject, With = with } };

    public static NftablesStatement Limit(string name, bool isOver = false) => new() { Kind = NftablesStatementKind.Limit, Name = name, IsOver = isOver };

    public static NftablesElement Element(ulong first, ulong? last = null) =>
        new() { Key = [new NftablesValue { First = first, Last = last > first ? last : null }] };

    public static NftablesStatement Equal(string field, ulong value, bool isInverted) => Range(field, value, value, isInverted);

    public static NftablesStatement Range(string field, ulong first, ulong last, bool isInverted) =>
        ExpressionReader.Match([new NftablesField { Name = field }], OperatorOf(isInverted), [Element(first, last)]);

    /// <summary><c>field &amp; mask == value</c>.</summary>
    public static NftablesStatement Masked(string field, ulong value, ulong mask, bool isInverted) =>
        ExpressionReader.Match([new NftablesField { Name = field, Mask = mask is uint.MaxValue ? null : mask }], OperatorOf(isInverted), [Element(value)]);

    /// <summary><c>field &amp; mask != 0</c>.</summary>
    public static NftablesStatement AnyBit(string field, ulong mask, bool isInverted) =>
        ExpressionReader.Match([new NftablesField { Name = field, Mask = mask }], OperatorOf(!isInverted), [Element(0)]);

    public static NftablesStatement Protocol(string name) => Equal("meta l4proto", NftablesNames.NumberOf("meta l4proto", name)!.Value, isInverted: false);

    public static NftablesStatement Prefixes(string field, IEnumerable<Addressing.NetPrefix> prefixes, bool isInverted) => ExpressionReader.Match(
        [new NftablesField { Name = field }], OperatorOf(isInverted), [.. prefixes.Select(prefix => new NftablesElement { Key = [new NftablesValue { Prefix = prefix }] })]);

    public static NftablesStatement AddressType(string field, uint types, bool isInverted) => ExpressionReader.Match(
        [new NftablesField { Name = field }],
        OperatorOf(isInverted),
        [.. Enumerable.Range(0, 16).Where(bit => (types & (1u << bit)) != 0).Select(bit => Element((ulong)bit))]);

    /// <summary>The state of a connection by the bits of xt_conntrack, which also knows translated addresses.</summary>
    public static NftablesStatement State(uint mask, bool isInverted)
    {
        const uint shared = 0xf, translated = 0xc0, untracked = 0x100, nftUntracked = 0x40;
        return (mask & translated) != 0
            ? AnyBit("xt ctstate", mask, isInverted)
            : AnyBit("ct state", (mask & shared) | ((mask & untracked) != 0 ? nftUntracked : 0), isInverted);
    }

    public static IEnumerable<NftablesStatement> Icmp(bool isIPv6, byte type, byte firstCode, byte lastCode, bool isInverted)
    {
        const byte any = 255;
        string protocol = isIPv6 ? "icmpv6" : "icmp";
        bool isAnyType = !isIPv6 && type == any, isAnyCode = firstCode == 0 && lastCode == any;
        if (isInverted && !isAnyCode)
            return [ExpressionReader.UnknownMatch("xt " + protocol)];
        if (isAnyType)
            return [Protocol(protocol)];
        NftablesStatement match = Equal(protocol + " type", type, isInverted);
        return isAnyCode ? [match] : [match, Range(protocol + " code", firstCode, lastCode, isInverted: false)];
    }

    /// <summary><c>(mark &amp; ~mask) ^ value</c>.</summary>
    public static NftablesStatement SetMark(string field, uint value, uint mask) => mask == uint.MaxValue
        ? new NftablesStatement { Kind = NftablesStatementKind.Assign, Name = field, Values = [new NftablesValue { First = value }] }
        : new NftablesStatement { Kind = NftablesStatementKind.Assign, Name = field, Fields = [new NftablesField { Name = field, Mask = ~mask, Xor = value }] };

    public static NftablesStatement Copy(string target, string source) =>
        new() { Kind = NftablesStatementKind.Assign, Name = target, Fields = [new NftablesField { Name = source }] };

    private static NftablesOperator OperatorOf(bool isInverted) => isInverted ? NftablesOperator.NotEqual : NftablesOperator.Equal;
}
