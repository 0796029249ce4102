using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Netlink;

public sealed class RtNetlinkTests
{
    private static ImmutableArray<T> Decode<T>(byte[] bytes, NetlinkRowDecoder<T> decoder, ByteOrder order = ByteOrder.LittleEndian)
    {
        var dump = new NetlinkDump<T>(order, 1, decoder);
        Assert.Equal(new NetlinkStep(NetlinkProgress.Done), dump.Feed(bytes));
        return dump.Rows.DrainToImmutable();
    }

    private static string Say(DecodedRoute route)
    {
        RouteRow row = route.Row;
        string hops = string.Join(' ', row.NextHops.Select(hop => $"{hop.Gateway}@{hop.Interface}*{hop.Weight}"));
        return FormattableString.Invariant($"{row.Kind} {row.Destination} via {row.Gateway} dev {row.Interface} src {row.PreferredSource} metric {row.Metric} table {row.Table} scope {row.Scope} proto {row.Protocol} flags {row.Flags} pref {row.Preference} [{hops}]");
    }

    // As `ip -4 route show table all` showed them, in its order.
    private static readonly string[] Routes4 =
    [
        "Unicast 203.0.113.0/24 via 2001:db8::99 dev 3 src  metric 0 table 1000 scope 0 proto 3 flags 0 pref  []",
        "Blackhole 10.5.0.0/16 via  dev  src  metric 0 table 254 scope 0 proto 3 flags 0 pref  []",
        "Unicast 192.0.2.0/24 via  dev 3 src 192.0.2.1 metric 0 table 254 scope 253 proto 2 flags 0 pref  []",
        "Unicast 198.51.100.0/24 via  dev  src  metric 7 table 254 scope 0 proto 4 flags 0 pref  [192.0.2.3@3*2 192.0.2.4@3*5]",
        "Local 127.0.0.0/8 via  dev 1 src 127.0.0.1 metric 0 table 255 scope 254 proto 2 flags 0 pref  []",
        "Local 127.0.0.1/32 via  dev 1 src 127.0.0.1 metric 0 table 255 scope 254 proto 2 flags 0 pref  []",
        "Broadcast 127.255.255.255/32 via  dev 1 src 127.0.0.1 metric 0 table 255 scope 253 proto 2 flags 0 pref  []",
        "Local 192.0.2.1/32 via  dev 3 src 192.0.2.1 metric 0 table 255 scope 254 proto 2 flags 0 pref  []",
        "Broadcast 192.0.2.255/32 via  dev 3 src 192.0.2.1 metric 0 table 255 scope 253 proto 2 flags 0 pref  []",
    ];

    [Fact]
    public void Route_CapturedIPv4_EveryFact() =>
        Assert.Equal(Routes4, Decode<DecodedRoute>(CapturedDumps.Routes4, RtNetlinkRoute.Decode).Select(Say));

    [Fact]
    public void Route_BigEndian_TheSameRows() =>
        Assert.Equal(Routes4, Decode<DecodedRoute>(CapturedDumps.Routes4BigEndian, RtNetlinkRoute.Decode, ByteOrder.BigEndian).Select(Say));

    [Fact]
    public void Neighbor_Captured_EveryState()
    {
        string[] neighbors = [.. Decode<NeighborRow>(CapturedDumps.Neighbors6, RtNetlinkNeighbor.Decode).Select(row => FormattableString.Invariant($"{row.Address} on {row.Interface} {row.State}"))];

        Assert.Contains("2001:db8::7 on 3 Usable", neighbors);
        Assert.Contains("2001:db8::9 on 3 Failed", neighbors);
        Assert.Contains("ff02::16 on 2 Usable", neighbors);
    }

    /// <summary>The kernel's own are those that we assume where nobody read them, in the same order.</summary>
    [Fact]
    public void AddressLabel_Captured_TheKernelsOwnAndOneOfAnInterface()
    {
        ImmutableArray<AddressLabelRow> labels = Decode<AddressLabelRow>(CapturedDumps.AddressLabels, RtNetlinkAddressLabel.Decode);

        Assert.Equal(new AddressLabelRow { Prefix = NetPrefix.Parse("2001:db8::/32"), Label = 99, Interface = 3 }, labels[3]);
        Assert.Equal(AddressLabelRow.Defaults, labels.RemoveAt(3));
    }

    [Fact]
    public void Route_CapturedIPv6_PreferenceAndGateway()
    {
        ImmutableArray<DecodedRoute> routes = Decode<DecodedRoute>(CapturedDumps.Routes6, RtNetlinkRoute.Decode);

        Assert.Contains(
            "Unicast 2001:db8:aaaa::/48 via fe80::1 dev 3 src  metric 1024 table 254 scope 0 proto 3 flags 0 pref 1 []", routes.Select(Say));
        Assert.Contains(routes, route => route.Row.Kind == RouteKind.Multicast && route.Row.Destination == NetPrefix.Parse("ff00::/8"));
        Assert.Contains(routes, route => route.Row.Kind == RouteKind.Local && route.Row.Table == 255);
    }

    [Fact]
    public void Route_AbsentAddresses_AreNull()
    {
        RouteRow local = Decode<DecodedRoute>(CapturedDumps.Routes4, RtNetlinkRoute.Decode)[4].Row;

        Assert.Null(local.Gateway);
        Assert.Null(local.From);
    }

    [Fact]
    public void Rule_Captured_EveryFact()
    {
        ImmutableArray<DecodedRule> rules = Decode<DecodedRule>(CapturedDumps.Rules4, RtNetlinkRule.Decode);

        Assert.All(rules, rule => Assert.Null(rule.Unsaid));
        Assert.Equal(
            [
                new RoutingRuleRow { Priority = 0, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 255 },
                new RoutingRuleRow
                {
                    Priority = 100, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 1000, IsInverted = true,
                    From = NetPrefix.Parse("10.0.0.0/8"), Mark = 5, MarkMask = 0xff, InputInterface = "e0",
                },
                new RoutingRuleRow
                {
                    Priority = 103, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 500, FirstUserId = 1000, LastUserId = 2000, IPProtocol = 6,
                    FirstSourcePort = 1000, LastSourcePort = 2000, FirstDestinationPort = 80, LastDestinationPort = 80,
                },
                new RoutingRuleRow
                {
                    Priority = 106, IsIPv6 = false, Action = RoutingRuleAction.Goto, GotoPriority = 32766, To = NetPrefix.Parse("192.0.2.0/24"),
                    SuppressPrefixLength = 8, SuppressGroup = 7,
                },
                new RoutingRuleRow { Priority = 32766, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 254 },
                new RoutingRuleRow { Priority = 32767, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 253 },
            ],
            rules.Select(rule => rule.Row));
    }

    // FRA_DSCP (25) and its like came after the row's columns: the rule must not pass for one that asks less.
    [Theory]
    [InlineData(12, "tun_id")]
    [InlineData(25, "dscp")]
    [InlineData(26, "flowlabel")]
    [InlineData(28, "port mask")]
    public void Rule_SelectorThatTheRowCannotSay_IsNamedAndTheActionUnknown(byte type, string name)
    {
        byte[] bytes = [36, 0, 0, 0, 32, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0, 8, 0, type, 0, 0x0f, 0xff, 0, 0];
        var dump = new NetlinkDump<DecodedRule>(ByteOrder.LittleEndian, 1, RtNetlinkRule.Decode);

        Assert.Equal(NetlinkProgress.More, dump.Feed(bytes).Progress);
        Assert.Equal((name, RoutingRuleAction.Unknown), (dump.Rows[0].Unsaid, dump.Rows[0].Row.Action));
    }

    [Fact]
    public void Address_Captured_EveryFact()
    {
        ImmutableArray<AddressRow> rows = Decode<AddressRow>(CapturedDumps.Addresses, RtNetlinkAddress.Decode);

        Assert.Equal(
            [
                "1 127.0.0.1/8 Preferred  254", "3 192.0.2.1/24 Preferred 192.0.2.255 0", "1 ::1/128 Preferred  254",
                "2 fe80::5eff:fe00:2%2/64 Preferred  253", "3 2001:db8::1/64 Preferred  0", "3 fe80::5eff:fe00:1%3/64 Preferred  253",
            ],
            rows.Select(row => FormattableString.Invariant($"{row.Interface} {row.Address}/{row.PrefixLength} {row.State} {row.Broadcast} {row.Scope}")));
        Assert.All(rows, row => Assert.Null(row.Peer));
    }

    // Flags of linux/if_addr.h.
    [Theory]
    [InlineData(0x80, AddressState.Preferred)]
    [InlineData(0x40, AddressState.Tentative)]
    [InlineData(0x44, AddressState.Optimistic)]
    [InlineData(0x48, AddressState.Duplicate)]
    [InlineData(0xa0, AddressState.Deprecated)]
    public void Address_Flags_SayWhetherItMayBeUsed(byte flags, AddressState state)
    {
        byte[] bytes = CapturedDumps.Addresses;
        byte[] marker = [8, 0, 8, 0, 0x80, 0, 0, 0];
        bytes[bytes.AsSpan().IndexOf(marker) + 4] = flags;

        Assert.Equal(state, Decode<AddressRow>(bytes, RtNetlinkAddress.Decode)[0].State);
    }

    [Fact]
    public void Link_Captured_EveryFact()
    {
        InterfaceRow row = Assert.Single(Decode<InterfaceRow>(CapturedDumps.Link, RtNetlinkLink.Decode));

        Assert.Equal(
            new InterfaceRow
            {
                Index = 3, Name = "e0", Status = OperationalStatus.Up, Type = NetworkInterfaceType.Ethernet, PhysicalAddress = "02:00:5e:00:00:01",
                Mtu = 1500, Kind = "veth", Group = 0,
            },
            row);
    }

    // RFC 2863 states of IFLA_OPERSTATE beside IFF_UP (1) and IFF_RUNNING (0x40).
    [Theory]
    [InlineData(0x00, 2, OperationalStatus.Down)]
    [InlineData(0x01, 2, OperationalStatus.LowerLayerDown)]
    [InlineData(0x01, 3, OperationalStatus.LowerLayerDown)]
    [InlineData(0x41, 0, OperationalStatus.Up)]
    [InlineData(0x01, 0, OperationalStatus.LowerLayerDown)]
    [InlineData(0x41, 5, OperationalStatus.Dormant)]
    [InlineData(0x41, 6, OperationalStatus.Up)]
    public void Link_FlagsAndState_AreOneStatus(byte flags, byte state, OperationalStatus status)
    {
        byte[] bytes = CapturedDumps.Link;
        bytes[24] = flags;
        byte[] marker = [5, 0, 16, 0];
        bytes[bytes.AsSpan().IndexOf(marker) + 4] = state;

        Assert.Equal(status, Assert.Single(Decode<InterfaceRow>(bytes, RtNetlinkLink.Decode)).Status);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(2, "xdp")]
    public void Link_XdpProgram_IsSaid(byte attached, string? programs)
    {
        // IFLA_XDP with IFLA_XDP_ATTACHED (linux/if_link.h), as the kernel nests them.
        byte[] dump = CapturedDumps.Link;
        int length = BinaryPrimitives.ReadInt32LittleEndian(dump);
        byte[] bytes = [.. dump[..length], 12, 0, 43, 0, 5, 0, 2, 0, attached, 0, 0, 0, .. dump[length..]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length + 12);

        Assert.Equal(programs, Assert.Single(Decode<InterfaceRow>(bytes, RtNetlinkLink.Decode)).IngressPrograms);
    }

    [Fact]
    public void NextHop_GroupAndMembers_ResolveARoute()
    {
        RouteRow route = Decode<DecodedRoute>(CapturedDumps.Routes4, RtNetlinkRoute.Decode)[2].Row with { Interface = null };
        ImmutableArray<NextHopObject> objects =
        [
            new NextHopObject { Id = 1, Interface = 3, Gateway = NetAddress.Parse("192.0.2.7") },
            new NextHopObject { Id = 2, Group = [(1, 4)] },
            new NextHopObject { Id = 3, Group = [(99, 1)] },
        ];

        Assert.True(new DecodedRoute(route, 2).NeedsNextHop);
        NextHopRow hop = Assert.Single(RtNetlinkNextHop.Resolve(new DecodedRoute(route, 2), objects)!.NextHops);
        Assert.Equal((3u, 4), (hop.Interface, hop.Weight));
        Assert.Null(RtNetlinkNextHop.Resolve(new DecodedRoute(route, 3), objects));
        Assert.Null(RtNetlinkNextHop.Resolve(new DecodedRoute(route, 5), objects));
    }
}
