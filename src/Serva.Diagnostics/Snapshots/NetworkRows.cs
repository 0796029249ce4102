using System;
using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Text.Json.Serialization;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Windows: what one address family is told on an interface (MIB_IPINTERFACE_ROW).</summary>
public sealed record InterfaceOptions
{
    /// <summary>Whether a source address of this interface may leave by another one (<c>WeakHostSend</c>).</summary>
    public bool WeakHostSend { get; init; }

    /// <summary>Whether packets for an address of another interface are accepted on this one (<c>WeakHostReceive</c>).</summary>
    public bool WeakHostReceive { get; init; }

    /// <summary>Whether default routes by this interface are not used (<c>DisableDefaultRoutes</c>), as VPN clients set it.</summary>
    public bool DisableDefaultRoutes { get; init; }

    /// <summary>Whether packets for other hosts that arrive on it are forwarded.</summary>
    public bool IsForwarding { get; init; }

    /// <summary>Whether Windows chooses the interface metric by the link speed.</summary>
    public bool UsesAutomaticMetric { get; init; }
}

/// <summary>A network interface.</summary>
public sealed record InterfaceRow
{
    // Neither Windows nor Linux counts so far: their indexes are positive and of 31 bits.
    internal const uint FirstInventedIndex = 0x8000_0000;

    /// <summary>
    /// The index that routes and scope ids use. From 2147483648 on it joins the rows of this snapshot alone, because the source
    /// named the interface otherwise: it means nothing to the system.
    /// </summary>
    public required uint Index { get; init; }

    /// <summary>The name: Linux <c>eth0</c>, Windows the alias <c>Ethernet</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the system says the interface is; null when it says nothing.</summary>
    public string? Description { get; init; }

    /// <summary>Whether the interface works.</summary>
    public required OperationalStatus Status { get; init; }

    /// <summary>The kind of interface.</summary>
    public required NetworkInterfaceType Type { get; init; }

    /// <summary>The link-layer address in hexadecimal, <c>02:00:5e:00:00:01</c>; null when there is none.</summary>
    public string? PhysicalAddress { get; init; }

    /// <summary>The largest packet in bytes; null when unknown.</summary>
    public int? Mtu { get; init; }

    /// <summary>Windows: the IPv4 interface metric; null when unknown.</summary>
    public uint? MetricV4 { get; init; }

    /// <summary>Windows: the IPv6 interface metric; null when unknown.</summary>
    public uint? MetricV6 { get; init; }

    /// <summary>Windows: the IPv4 options; null when unknown.</summary>
    public InterfaceOptions? OptionsV4 { get; init; }

    /// <summary>Windows: the IPv6 options; null when unknown.</summary>
    public InterfaceOptions? OptionsV6 { get; init; }

    /// <summary>Windows 2000 to 2003: the place in the binding order of TCP/IP, 0 for the first; null when unknown.</summary>
    public int? BindingOrder { get; init; }

    /// <summary>The link speed in bits per second; null when unknown.</summary>
    public long? LinkSpeed { get; init; }

    /// <summary>Windows: the identifier <c>{GUID}</c> by which firewall rules name the interface; null when unknown.</summary>
    public string? AdapterId { get; init; }

    /// <summary>Windows: the firewall profile by which its packets are judged; null when unknown.</summary>
    public WindowsFirewallProfile? FirewallProfile { get; init; }

    /// <summary>Linux: the index of the bridge, bond or VRF this interface belongs to; null for none.</summary>
    public uint? Master { get; init; }

    /// <summary>Linux: the link kind, for example <c>veth</c>, <c>vrf</c>, <c>bridge</c>; null when plain.</summary>
    public string? Kind { get; init; }

    /// <summary>Linux: the interface group (<c>ip link</c>'s <c>group</c>); null when unknown.</summary>
    public uint? Group { get; init; }

    /// <summary>
    /// Linux: what sees each packet that arrives before nftables does, and may take it: <c>xdp</c> for an XDP program, <c>clsact</c> or
    /// <c>ingress</c> for the queueing discipline that filters of <c>tc</c> hang on, <c>xdp clsact</c> for both; null for none.
    /// </summary>
    public string? IngressPrograms { get; init; }

    /// <summary>Whether the index stands in this snapshot alone, so that no command may name it.</summary>
    internal bool IsIndexInvented => Index >= FirstInventedIndex;
}

/// <summary>Whether an address may be used yet.</summary>
public enum AddressState
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>In use.</summary>
    Preferred,

    /// <summary>Usable, but not chosen for new connections.</summary>
    Deprecated,

    /// <summary>Duplicate address detection runs; it cannot be bound yet.</summary>
    Tentative,

    /// <summary>Duplicate address detection runs, but it may be used already (RFC 4429).</summary>
    Optimistic,

    /// <summary>Another host has the same address.</summary>
    Duplicate,
}

/// <summary>An address of an interface.</summary>
public sealed record AddressRow
{
    /// <summary>The interface that owns the address.</summary>
    public required uint Interface { get; init; }

    /// <summary>The address; a link-local IPv6 address carries the interface as scope.</summary>
    public required NetAddress Address { get; init; }

    /// <summary>The length of the on-link prefix in bits.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>Whether the address may be used yet.</summary>
    public required AddressState State { get; init; }

    /// <summary>Linux: the other end of a point-to-point address, or the subnet's peer; null when the same.</summary>
    public NetAddress? Peer { get; init; }

    /// <summary>Linux IPv4: the broadcast address; null when there is none.</summary>
    public NetAddress? Broadcast { get; init; }

    /// <summary>Linux: the scope number of the address (0 global, 253 link, 254 host); null elsewhere.</summary>
    public byte? Scope { get; init; }

    /// <summary>The address is temporary (IPv6, RFC 4941); Linux: or secondary (IPv4).</summary>
    public bool IsSecondary { get; init; }

    /// <summary>Windows: the address is never chosen as a source by itself (<c>SkipAsSource</c>); null when unknown.</summary>
    public bool? SkipAsSource { get; init; }
}

/// <summary>What a route does with a packet.</summary>
public enum RouteKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Forwards or sends it.</summary>
    Unicast,

    /// <summary>Delivers it to this host.</summary>
    Local,

    /// <summary>Sends it as a broadcast.</summary>
    Broadcast,

    /// <summary>Delivers it to this host, which is one of many.</summary>
    Anycast,

    /// <summary>Sends it as a multicast.</summary>
    Multicast,

    /// <summary>Drops it silently.</summary>
    Blackhole,

    /// <summary>Refuses it: unreachable.</summary>
    Unreachable,

    /// <summary>Refuses it: prohibited.</summary>
    Prohibit,

    /// <summary>Goes on with the next rule.</summary>
    Throw,
}

/// <summary>One next hop of a route with several.</summary>
public sealed record NextHopRow
{
    /// <summary>The router; null when the destination is on the link.</summary>
    public NetAddress? Gateway { get; init; }

    /// <summary>The interface it is reached through.</summary>
    public required uint Interface { get; init; }

    /// <summary>The weight, 1 or more.</summary>
    public required int Weight { get; init; }

    /// <summary>Linux: the <c>rtnh_flags</c> (1 dead, 4 on-link, 16 link down).</summary>
    public required uint Flags { get; init; }
}

/// <summary>A route.</summary>
public sealed record RouteRow
{
    /// <summary>The destinations it is for.</summary>
    public required NetPrefix Destination { get; init; }

    /// <summary>What it does.</summary>
    public required RouteKind Kind { get; init; }

    /// <summary>The router; null when the destination is on the link.</summary>
    public NetAddress? Gateway { get; init; }

    /// <summary>The outgoing interface; null for routes that send nothing, and where there are several next hops.</summary>
    public uint? Interface { get; init; }

    /// <summary>The route's own metric; on Windows the interface metric comes on top. Lower wins.</summary>
    public required uint Metric { get; init; }

    /// <summary>Linux: the table number (254 main, 255 local); 0 elsewhere.</summary>
    public uint Table { get; init; }

    /// <summary>Linux: the sources it is for (IPv6 source-specific routes); null for all.</summary>
    public NetPrefix? From { get; init; }

    /// <summary>Linux <c>prefsrc</c>: the source address it suggests; null for none.</summary>
    public NetAddress? PreferredSource { get; init; }

    /// <summary>Linux: the type of service it is for; 0 for all.</summary>
    public byte TypeOfService { get; init; }

    /// <summary>Linux: the scope number; 0 elsewhere.</summary>
    public byte Scope { get; init; }

    /// <summary>Linux: who made the route (2 kernel, 3 boot, 4 static, 16 dhcp ...); null elsewhere.</summary>
    public byte? Protocol { get; init; }

    /// <summary>Linux: the <c>rtnh_flags</c> (1 dead, 4 on-link, 16 link down).</summary>
    public uint Flags { get; init; }

    /// <summary>Linux IPv6: the router preference (0 medium, 1 high, 3 low); null when not said.</summary>
    public byte? Preference { get; init; }

    /// <summary>
    /// Linux: whether it has more than these members say: a next hop object, a gateway of the other family, an encapsulation, a
    /// realm, or metrics such as an mtu.
    /// </summary>
    public bool HasOtherAttributes { get; init; }

    /// <summary>The next hops when there are several. Never default.</summary>
    public ImmutableArray<NextHopRow> NextHops
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <inheritdoc/>
    public bool Equals(RouteRow? other) =>
        other is not null && Destination == other.Destination && Kind == other.Kind && Gateway == other.Gateway
        && Interface == other.Interface && Metric == other.Metric && Table == other.Table && From == other.From
        && PreferredSource == other.PreferredSource && TypeOfService == other.TypeOfService && Scope == other.Scope
        && Protocol == other.Protocol && Flags == other.Flags && Preference == other.Preference && HasOtherAttributes == other.HasOtherAttributes
        && NextHops.AsSpan().SequenceEqual(other.NextHops.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Destination, Kind, Gateway, Interface, Metric, Table);
}

/// <summary>What a routing rule does when it matches.</summary>
public enum RoutingRuleAction
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Looks up the table.</summary>
    Lookup,

    /// <summary>Goes on at another rule.</summary>
    Goto,

    /// <summary>Does nothing.</summary>
    Nop,

    /// <summary>Drops silently.</summary>
    Blackhole,

    /// <summary>Refuses: unreachable.</summary>
    Unreachable,

    /// <summary>Refuses: prohibited.</summary>
    Prohibit,
}

/// <summary>A Linux policy routing rule (<c>ip rule</c>).</summary>
public sealed record RoutingRuleRow
{
    /// <summary>The rule's priority; lower is asked first.</summary>
    public required uint Priority { get; init; }

    /// <summary>Whether it is an IPv6 rule.</summary>
    public required bool IsIPv6 { get; init; }

    /// <summary>What it does.</summary>
    public required RoutingRuleAction Action { get; init; }

    /// <summary>The table it looks up; 0 for none.</summary>
    public uint Table { get; init; }

    /// <summary>The priority it goes to; null unless <see cref="RoutingRuleAction.Goto"/>.</summary>
    public uint? GotoPriority { get; init; }

    /// <summary>Whether the whole match is inverted.</summary>
    public bool IsInverted { get; init; }

    /// <summary>The source prefix; null for all.</summary>
    public NetPrefix? From { get; init; }

    /// <summary>The destination prefix; null for all.</summary>
    public NetPrefix? To { get; init; }

    /// <summary>The input interface's name; null for all.</summary>
    public string? InputInterface { get; init; }

    /// <summary>The output interface's name; null for all.</summary>
    public string? OutputInterface { get; init; }

    /// <summary>The packet mark; null for all.</summary>
    public uint? Mark { get; init; }

    /// <summary>The bits of the mark that count; null for all of them.</summary>
    public uint? MarkMask { get; init; }

    /// <summary>The type of service; 0 for all.</summary>
    public byte TypeOfService { get; init; }

    /// <summary>The lowest user id; null for all.</summary>
    public uint? FirstUserId { get; init; }

    /// <summary>The highest user id; null for all.</summary>
    public uint? LastUserId { get; init; }

    /// <summary>The IP protocol number; null for all.</summary>
    [JsonPropertyName("ipProtocol")]
    public byte? IPProtocol { get; init; }

    /// <summary>The lowest source port; null for all.</summary>
    public int? FirstSourcePort { get; init; }

    /// <summary>The highest source port; null for all.</summary>
    public int? LastSourcePort { get; init; }

    /// <summary>The lowest destination port; null for all.</summary>
    public int? FirstDestinationPort { get; init; }

    /// <summary>The highest destination port; null for all.</summary>
    public int? LastDestinationPort { get; init; }

    /// <summary>Results with a prefix of at most this length are passed over; null for none.</summary>
    public int? SuppressPrefixLength { get; init; }

    /// <summary>Results whose interface is in this group are passed over; null for none.</summary>
    public uint? SuppressGroup { get; init; }

    /// <summary>Whether the rule is for packets of a VRF (<c>l3mdev</c>).</summary>
    public bool IsVrf { get; init; }
}

/// <summary>Linux: an entry of the address labels (<c>ip addrlabel</c>, RFC 6724 section 2.1), by which IPv6 sources are chosen.</summary>
public sealed record AddressLabelRow
{
    /// <summary>The labels that the kernel begins with, in its order (net/ipv6/addrlabel.c).</summary>
    internal static ImmutableArray<AddressLabelRow> Defaults { get; } =
    [
        new() { Prefix = NetPrefix.Parse("::1/128"), Label = 0 },
        new() { Prefix = NetPrefix.Parse("::/96"), Label = 3 },
        new() { Prefix = NetPrefix.Parse("::ffff:0:0/96"), Label = 4 },
        new() { Prefix = NetPrefix.Parse("2001::/32"), Label = 6 },
        new() { Prefix = NetPrefix.Parse("2001:10::/28"), Label = 7 },
        new() { Prefix = NetPrefix.Parse("3ffe::/16"), Label = 12 },
        new() { Prefix = NetPrefix.Parse("2002::/16"), Label = 2 },
        new() { Prefix = NetPrefix.Parse("fec0::/10"), Label = 11 },
        new() { Prefix = NetPrefix.Parse("fc00::/7"), Label = 5 },
        new() { Prefix = NetPrefix.DefaultIPv6, Label = 1 },
    ];

    /// <summary>The addresses it is for.</summary>
    public required NetPrefix Prefix { get; init; }

    /// <summary>The label.</summary>
    public required uint Label { get; init; }

    /// <summary>The interface it is for; null for all.</summary>
    public uint? Interface { get; init; }
}

/// <summary>Whether a neighbour answers.</summary>
public enum NeighborState
{
    /// <summary>Not known, or not yet asked.</summary>
    Unknown = 0,

    /// <summary>It answers, answered lately, or is taken to answer.</summary>
    Usable,

    /// <summary>It is being asked for the first time.</summary>
    Incomplete,

    /// <summary>It did not answer.</summary>
    Failed,
}

/// <summary>A neighbour on a link (ARP, NDP).</summary>
public sealed record NeighborRow
{
    /// <summary>Its address; without scope.</summary>
    public required NetAddress Address { get; init; }

    /// <summary>The interface of the link.</summary>
    public required uint Interface { get; init; }

    /// <summary>Whether it answers.</summary>
    public required NeighborState State { get; init; }
}
