using System;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>
/// What the kernel's own tests expect of its routing (tools/testing/selftests/net, fib_rule_tests.sh and fib_tests.sh): their
/// topologies and answers as tables of ours.
/// </summary>
public sealed class KernelSelftestTests
{
    private const string To4 = "198.51.100.2", From4 = "192.51.100.3", To6 = "2001:db8:2::2", From6 = "2001:db8:1::3";

    /// <summary>fib_rule_tests.sh: <c>fib_rule4_test</c>, <c>fib_rule6_test</c>. A rule leads to table 100, and its match alone.</summary>
    [Theory]
    [InlineData("oif d0", "oif d0", "oif lo")]
    [InlineData("from FROM iif d0", "from FROM iif d0", "from FROM iif lo")]
    [InlineData("tos 0x10", "tos 0x10", "tos 0x20")]
    [InlineData("tos 0x10", "tos 0x11", "tos 0x20")]
    [InlineData("tos 0x10", "tos 0x12", "tos 0x20")]
    [InlineData("tos 0x10", "tos 0x13", "tos 0x20")]
    [InlineData("tos 0x10", "from FROM iif d0 tos 0x13", "from FROM iif d0 tos 0x20")]
    [InlineData("fwmark 0x64", "mark 0x64", "mark 0x63")]
    [InlineData("uidrange 100-100", "uid 100", "uid 101")]
    [InlineData("sport 666 dport 777", "sport 666 dport 777", "sport 667 dport 778")]
    [InlineData("ipproto tcp", "ipproto tcp", "ipproto udp")]
    [InlineData("ipproto ICMP", "ipproto ICMP", "ipproto tcp")]
    public void FibRuleTests_ARule_LeadsToItsTableOnItsMatchAlone(string rule, string hit, string miss)
    {
        foreach (bool isIPv6 in (bool[])[false, true])
        {
            HostSnapshot host = RuleHost().After($"rule add {For(rule, isIPv6)}{(isIPv6 && !rule.Contains("FROM", StringComparison.Ordinal) ? " from ::/0" : "")} lookup 100");
            var selector = new RouteSelector(host);

            Assert.Equal((isIPv6, 100u), (isIPv6, Table(selector, hit, isIPv6)));
            Assert.NotEqual(100u, Table(selector, miss, isIPv6));
        }
    }

    /// <summary>fib_rule_tests.sh: <c>fib_rule4_dsfield</c>: the two bits of ECN are no part of a rule.</summary>
    [Theory]
    [InlineData("dsfield 0x01")]
    [InlineData("dsfield 0x02")]
    [InlineData("dsfield 0x03")]
    public void FibRuleTests_EcnBitsInARule_AreRefused(string rule)
    {
        Assert.False(SnapshotChange.TryParse($"rule add {rule} lookup 100", RuleHost(), out _, out string? error, out _));
        Assert.Contains("ECN", error, StringComparison.Ordinal);
    }

    /// <summary>fib_tests.sh: <c>fib_down_unicast_test</c>: with its link a route is gone, in both families.</summary>
    [Theory]
    [InlineData("198.51.100.2", "203.0.113.2")]
    [InlineData("2001:db8:2::2", "2001:db8:3::2")]
    public void FibTests_DownUnicast_NoRoute(string near, string far)
    {
        HostSnapshot host = LinuxHost.Of("d0 198.51.100.1/24 2001:db8:2::1/64").After("route add 203.0.113.0/24 via 198.51.100.2", "route add 2001:db8:3::/64 via 2001:db8:2::2");

        Assert.All((string[])[near, far], to => Assert.Equal(RouteOutcome.Unicast, Outcome(host, to)));
        Assert.All((string[])[near, far], to => Assert.Equal(RouteOutcome.NoRoute, Outcome(host.After("link set dev d0 down"), to)));
    }

    /// <summary>fib_tests.sh: <c>fib_down_multipath_test</c>: the way by the link that is left stays, and the other is dead.</summary>
    [Fact]
    public void FibTests_DownMultipath_TheOtherWayIsLeft()
    {
        HostSnapshot host = LinuxHost.Of("d0 192.0.2.1/24", "d1 198.51.100.1/24");
        host = host.With(new AddRoute
        {
            Route = new RouteRow
            {
                Destination = NetPrefix.Parse("203.0.113.0/24"),
                Kind = RouteKind.Unicast,
                Metric = 0,
                Table = 254,
                NextHops =
                [
                    new NextHopRow { Gateway = NetAddress.Parse("192.0.2.2"), Interface = 2, Weight = 1, Flags = 0 },
                    new NextHopRow { Gateway = NetAddress.Parse("198.51.100.2"), Interface = 3, Weight = 1, Flags = 0 },
                ],
            },
        });
        HostSnapshot oneDown = host.After("link set dev d0 down");

        Assert.Equal(2, new RouteSelector(host).Select(Flow.Parse("203.0.113.2")).Choices.Length);
        Assert.Equal("d1", Assert.Single(new RouteSelector(oneDown).Select(Flow.Parse("203.0.113.2")).Choices).InterfaceName);
        Assert.Equal(RouteOutcome.Unicast, Outcome(oneDown, "203.0.113.2 oif d1"));
        Assert.NotEqual("203.0.113.0/24", Taken(oneDown, "203.0.113.2 oif d0"));
        Assert.Equal(RouteOutcome.NoRoute, Outcome(oneDown.After("link set dev d1 down"), "203.0.113.2"));
    }

    /// <summary>fib_tests.sh: <c>fib_carrier_unicast_test</c>: a link without carrier keeps its routes.</summary>
    [Theory]
    [InlineData("198.51.100.2")]
    [InlineData("2001:db8:2::2")]
    public void FibTests_CarrierUnicast_TheRouteStays(string to)
    {
        HostSnapshot host = LinuxHost.Of("d0 198.51.100.1/24 2001:db8:2::1/64");
        host = host with { Routes = host.Routes.WithRows([.. host.Routes.Select(row => row.Kind == RouteKind.Unicast ? row with { Flags = 16 } : row)]) };

        Assert.Equal(RouteOutcome.Unicast, Outcome(host, to));
    }

    /// <summary>fib_tests.sh: <c>ipv4_route_metrics_test</c>: of one prefix the lower metric is taken; deleting by metric takes that one alone.</summary>
    [Fact]
    public void FibTests_Metrics_TheLowerOneAndOnlyTheNamedOneGoes()
    {
        HostSnapshot host = LinuxHost.Of("d0 172.16.101.1/24", "d1 172.16.103.1/24").After("route add 172.16.111.0/24 via 172.16.103.2 metric 20", "route add 172.16.111.0/24 via 172.16.101.2 metric 10");

        Assert.Equal("d0", new RouteSelector(host).Select(Flow.Parse("172.16.111.1")).Choices[0].InterfaceName);
        Assert.Equal("d1", new RouteSelector(host.After("route del 172.16.111.0/24 metric 10")).Select(Flow.Parse("172.16.111.1")).Choices[0].InterfaceName);
        Assert.Equal("d0", new RouteSelector(host.After("route del 172.16.111.0/24 metric 20")).Select(Flow.Parse("172.16.111.1")).Choices[0].InterfaceName);
    }

    /// <summary>fib_tests.sh: <c>ipv4_rt_dsfield</c>: the route of a type of service is for its four values, whatever ECN says; the plain one for all others.</summary>
    [Fact]
    public void FibTests_Dsfield_TheRouteOfTheServiceThenThePlainOne()
    {
        HostSnapshot host = LinuxHost.Of("d0 172.16.101.1/24", "d1 172.16.103.1/24").After("route add 172.16.102.0/24 via 172.16.103.2");
        host = host.With(new AddRoute { Route = host.Routes[^1] with { TypeOfService = 0x10, Gateway = NetAddress.Parse("172.16.101.2"), Interface = 2 } });

        Assert.Equal(
            [.. Enumerable.Repeat("d1", 16), .. Enumerable.Repeat("d0", 4), .. Enumerable.Repeat("d1", 4)],
            Enumerable.Range(0, 0x18).Select(tos => new RouteSelector(host).Select(Flow.Parse($"172.16.102.1 tos {tos}")).Choices[0].InterfaceName));
    }

    /// <summary>fib_tests.sh: <c>ipv4_mangle_test</c>: a rule for one pair of ports leads round an unreachable route of main.</summary>
    [Theory]
    [InlineData("203.0.113.1 ipproto udp sport 12345 dport 54321", RouteOutcome.Unicast)]
    [InlineData("203.0.113.1 ipproto udp sport 11111 dport 54321", RouteOutcome.Unreachable)]
    public void FibTests_Mangle_ThePortsChooseTheTable(string question, RouteOutcome expected)
    {
        HostSnapshot host = LinuxHost.Of("d0 192.0.2.1/24").After("rule add priority 100 ipproto udp sport 12345 dport 54321 lookup 123", "route add 203.0.113.1 via 192.0.2.2 table 123");
        host = host.With(new AddRoute { Route = new RouteRow { Destination = NetPrefix.Parse("203.0.113.1/32"), Kind = RouteKind.Unreachable, Metric = 0, Table = 254 } });

        Assert.Equal(expected, Outcome(host, question));
    }

    /// <summary>rtnetlink.sh: <c>kci_test_polrouting</c>, the table of a mark that delivers everything to the host.</summary>
    [Fact]
    public void Rtnetlink_PolicyRouting_AMarkMakesEverythingLocal()
    {
        HostSnapshot host = RuleHost().After("rule add fwmark 1 lookup 101");
        host = host.With(new AddRoute { Route = new RouteRow { Destination = NetPrefix.DefaultIPv4, Kind = RouteKind.Local, Interface = 1, Metric = 0, Table = 101, Scope = 254 } });

        Assert.Equal(RouteOutcome.Local, Outcome(host, "203.0.113.9 mark 1"));
        Assert.NotEqual(RouteOutcome.Local, Outcome(host, "203.0.113.9 mark 2"));
    }

    private static HostSnapshot RuleHost() => LinuxHost.Of("d0 192.51.100.1/24 2001:db8:1::1/64")
        .After("route add 0.0.0.0/0 via 192.51.100.2 dev d0 table 100", "route add ::/0 via 2001:db8:1::2 dev d0 table 100");

    private static string For(string words, bool isIPv6) =>
        words.Replace("FROM", isIPv6 ? From6 : From4, StringComparison.Ordinal).Replace("ICMP", isIPv6 ? "58" : "1", StringComparison.Ordinal).Replace("tcp", "6", StringComparison.Ordinal).Replace("udp", "17", StringComparison.Ordinal);

    private static uint? Table(RouteSelector selector, string words, bool isIPv6) =>
        selector.Select(Flow.Parse($"{(isIPv6 ? To6 : To4)} {For(words, isIPv6)}")).Choices.FirstOrDefault()?.Table;

    private static RouteOutcome Outcome(HostSnapshot host, string question) => new RouteSelector(host).Select(Flow.Parse(question)).Outcome;

    private static string? Taken(HostSnapshot host, string question) =>
        new RouteSelector(host).Select(Flow.Parse(question)).Choices.FirstOrDefault()?.Route?.Destination.ToString();
}
