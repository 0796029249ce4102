using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>A field that a packet is asked for, by number instead of by name.</summary>
internal enum PacketField
{
    /// <summary>Not one of these: nobody knows what it holds.</summary>
    Unknown = 0,

    IPv4Source,
    IPv4Destination,
    IPv4Protocol,
    IPv4TypeOfService,
    IPv4Dscp,
    IPv4TimeToLive,
    IPv4FragmentOffset,
    IPv4Version,
    IPv6Source,
    IPv6Destination,
    IPv6NextHeader,
    IPv6HopLimit,
    IPv6Version,
    SourcePort,
    DestinationPort,
    TcpFlags,
    IcmpType,
    IcmpCode,
    InputName,
    OutputName,
    InputIndex,
    OutputIndex,
    InputGroup,
    Layer4Protocol,
    NetworkProtocol,
    EtherType,
    Mark,
    PacketType,
    ConnectionState,
    ConnectionStateOrNat,
    ConnectionStatus,
    ConnectionDirection,
    ConnectionMark,
    ConnectionZone,
    ConnectionFamily,
    ConnectionProtocol,
    ConnectionSource,
    ConnectionDestination,
    ConnectionSourcePort,
    ConnectionDestinationPort,
    Fib,
    NoOption,
    NoHeader,
}

/// <summary>What <c>fib</c> is asked.</summary>
/// <param name="IsSource">For the source; else the destination.</param>
/// <param name="UsesMark">With the packet's mark.</param>
/// <param name="UsesInput">By the interface that the packet came in by.</param>
/// <param name="UsesOutput">By the interface that it will leave by.</param>
/// <param name="Result"><c>type</c>, <c>oif</c>, <c>oifname</c>, or <c>exists</c>: whether there is one.</param>
internal sealed record FibQuestion(bool IsSource, bool UsesMark, bool UsesInput, bool UsesOutput, string Result);

/// <summary>A field of a rule, ready to be asked for.</summary>
internal sealed class FieldReader
{
    private static readonly FrozenDictionary<string, PacketField> s_names = new Dictionary<string, PacketField>(StringComparer.Ordinal)
    {
        ["ip saddr"] = PacketField.IPv4Source,
        ["ip daddr"] = PacketField.IPv4Destination,
        ["ip protocol"] = PacketField.IPv4Protocol,
        ["ip tos"] = PacketField.IPv4TypeOfService,
        ["ip dscp"] = PacketField.IPv4Dscp,
        ["ip ttl"] = PacketField.IPv4TimeToLive,
        ["ip frag-off"] = PacketField.IPv4FragmentOffset,
        ["ip version"] = PacketField.IPv4Version,
        ["ip6 saddr"] = PacketField.IPv6Source,
        ["ip6 daddr"] = PacketField.IPv6Destination,
        ["ip6 nexthdr"] = PacketField.IPv6NextHeader,
        ["ip6 hoplimit"] = PacketField.IPv6HopLimit,
        ["ip6 version"] = PacketField.IPv6Version,
        ["tcp flags"] = PacketField.TcpFlags,
        ["meta iifname"] = PacketField.InputName,
        ["meta oifname"] = PacketField.OutputName,
        ["meta iif"] = PacketField.InputIndex,
        ["meta oif"] = PacketField.OutputIndex,
        ["meta iifgroup"] = PacketField.InputGroup,
        ["meta l4proto"] = PacketField.Layer4Protocol,
        ["meta nfproto"] = PacketField.NetworkProtocol,
        ["meta protocol"] = PacketField.EtherType,
        ["meta mark"] = PacketField.Mark,
        ["meta pkttype"] = PacketField.PacketType,
        ["ct state"] = PacketField.ConnectionState,
        ["xt ctstate"] = PacketField.ConnectionStateOrNat,
        ["ct status"] = PacketField.ConnectionStatus,
        ["ct direction"] = PacketField.ConnectionDirection,
        ["ct mark"] = PacketField.ConnectionMark,
        ["ct zone"] = PacketField.ConnectionZone,
        ["ct l3proto"] = PacketField.ConnectionFamily,
        ["ct protocol"] = PacketField.ConnectionProtocol,
        ["ct ip saddr"] = PacketField.ConnectionSource,
        ["ct ip daddr"] = PacketField.ConnectionDestination,
        ["ct ip6 saddr"] = PacketField.ConnectionSource,
        ["ct ip6 daddr"] = PacketField.ConnectionDestination,
        ["ct proto-src"] = PacketField.ConnectionSourcePort,
        ["ct proto-dst"] = PacketField.ConnectionDestinationPort,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public FieldReader(NftablesField field)
    {
        Name = field.Name;
        Mask = field.Mask ?? ulong.MaxValue;
        Xor = field.Xor ?? 0;
        IsPlain = field.Mask is null && field.Xor is null;
        if (s_names.TryGetValue(field.Name, out PacketField id))
            Id = id;
        else if (field.Name.StartsWith("fib ", StringComparison.Ordinal))
            Fib = FibOf(field.Name.Split(' '));
        else if (field.Name.StartsWith("exthdr ", StringComparison.Ordinal) || field.Name.StartsWith("ip option ", StringComparison.Ordinal))
            Id = field.Name.EndsWith(" exists", StringComparison.Ordinal) ? PacketField.NoOption : PacketField.NoHeader;
        else if (field.Name.Split(' ') is [var header, var part])
            (Id, Protocol) = PortsOrIcmp(header, part);
        if (Fib is not null)
            Id = PacketField.Fib;
    }

    public string Name { get; }

    public PacketField Id { get; }

    /// <summary>The protocol that a packet must have to have the field; 0 for any with ports.</summary>
    public byte Protocol { get; }

    public ulong Mask { get; }

    public ulong Xor { get; }

    public bool IsPlain { get; }

    public FibQuestion? Fib { get; }

    private static (PacketField Id, byte Protocol) PortsOrIcmp(string header, string part) => (header, part) switch
    {
        ("th", "sport") => (PacketField.SourcePort, 0),
        ("th", "dport") => (PacketField.DestinationPort, 0),
        ("icmp", "type") => (PacketField.IcmpType, 1),
        ("icmp", "code") => (PacketField.IcmpCode, 1),
        ("icmpv6", "type") => (PacketField.IcmpType, 58),
        ("icmpv6", "code") => (PacketField.IcmpCode, 58),
        (_, "sport" or "dport") when NftablesNames.NumberOf("meta l4proto", header) is { } protocol =>
            (part == "sport" ? PacketField.SourcePort : PacketField.DestinationPort, (byte)protocol),
        _ => (PacketField.Unknown, 0),
    };

    private static FibQuestion? FibOf(string[] words)
    {
        bool Has(string word) => Array.IndexOf(words, word, 1) is > 0 and var at && at < words.Length - 1;
        return words[^1] is "type" or "oif" or "oifname" or "exists" && Has("saddr") != Has("daddr")
            ? new FibQuestion(Has("saddr"), Has("mark"), Has("iif"), Has("oif"), words[^1])
            : null;
    }
}
