using System;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Ordinary hosts with several links, of which no rule may make a problem; and two that look ordinary and are none.</summary>
public sealed class RouteFalseAlarmTests
{
    [Fact]
    public void Laptop_CableAndRadioInOneNetwork_NoWarning()
    {
        HostSnapshot host = Moved(TestCases.Read("SD2001.hit").Host, "192.168.1.11");
        host = host with { Routes = host.Routes.WithRows([.. host.Routes.Select(row => row.Destination == NetPrefix.Parse("192.168.1.0/24") && row.Interface == 3 ? row with { Metric = 600 } : row)]) };

        Assert.Empty(Warnings(host, "tcp/0.0.0.0:80"));
        Assert.Empty(Warnings(host, "tcp/192.168.1.11:80"));
    }

    /// <summary>A connection answers from its own address, and a strong host sends that by its own interface: equal metrics do no harm.</summary>
    [Fact]
    public void Windows_TwoEqualDefaultRoutes_HarmUdpAlone()
    {
        HostSnapshot host = TestCases.Read("SD2002.hit").Host;
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row with { MetricV4 = 25 })]) };

        Assert.Empty(Warnings(host, "tcp/0.0.0.0:80"));
        Assert.Equal(["SD2003"], Warnings(host, "udp/0.0.0.0:69"));
    }

    [Theory]
    [InlineData("udp/0.0.0.0:67")]
    [InlineData("tcp/0.0.0.0:80")]
    public void SecondAddressOfALink_DhcpAndTcpDoNotMind(string service)
    {
        HostSnapshot host = TestCases.Read("SD2006.miss").Host;
        host = host.With(new AddAddress { Address = host.Addresses.Single(row => row.Interface == 2) with { Address = NetAddress.Parse("192.168.1.99"), IsSecondary = true } })
            .With(new AddRoute { Route = host.Routes.First(row => row.Kind == RouteKind.Local) with { Destination = NetPrefix.Parse("192.168.1.99/32"), Interface = 2 } });

        Assert.Empty(Warnings(host, service));
    }

    [Fact]
    public void Windows_NetworkOfVirtualMachines_NobodyBootsThere()
    {
        HostSnapshot host = TestCases.Read("SD2002.hit").Host;
        host = host with
        {
            Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index == 3 ? row with { Name = "vEthernet (WSL)" } : row)]),
            Routes = host.Routes.WithRows([.. host.Routes.Where(row => !row.Destination.IsDefault || row.Interface != 3)]),
        };

        Assert.Empty(Warnings(host, "udp/0.0.0.0:67"));
    }

    /// <summary>wg-quick: the default route of the tunnel stands in a table that a rule asks before main.</summary>
    [Fact]
    public void Tunnel_DefaultRouteInATableOfItsOwn_IsTheVpn()
    {
        HostSnapshot host = TestCases.Read("SD2004.miss").Host;
        host = host.With(new AddRoute { Route = new RouteRow { Destination = NetPrefix.DefaultIPv4, Kind = RouteKind.Unicast, Interface = 3, Metric = 0, Table = 51_820, Scope = 253 } })
            .With(new AddRoutingRule { Rule = Rule(32_764) with { Table = 51_820, Mark = 0xca6c, IsInverted = true } })
            .With(new AddRoutingRule { Rule = Rule(32_763) with { Table = 254, SuppressPrefixLength = 0 } });

        Assert.Equal(["SD2004"], Warnings(host, "tcp/192.168.1.10:80"));
    }

    [Fact]
    public void QuestionOfIPv4_NothingIsSaidOfIPv6()
    {
        HostSnapshot host = TestCases.Read("SD2002.miss").Host;
        foreach (uint link in (uint[])[2, 3])
            host = host.With(new AddRoute { Route = new RouteRow { Destination = NetPrefix.DefaultIPv6, Kind = RouteKind.Unicast, Gateway = NetAddress.Parse("fe80::1"), Interface = link, Metric = link } });

        Assert.Empty(Ids(host, "tcp/192.168.1.10:80"));
    }

    /// <summary>Whoever has given the second link a table and a rule knows that there are two.</summary>
    [Fact]
    public void SecondDefaultRoute_WithARuleOfItsOwn_NothingIsSaid()
    {
        HostSnapshot host = SecondDefault(protocol: 4);
        Assert.Equal(["SD2002"], Ids(host, "tcp/192.168.1.10:80"));

        host = host.With(new AddRoute { Route = host.Routes[host.Routes.Count - 1] with { Table = 100, Metric = 0 } });
        Assert.Equal(["SD2002"], Ids(host, "tcp/192.168.1.10:80"));
        Assert.Equal(["SD2002"], Ids(host.With(new AddRoutingRule { Rule = Rule(1000) with { Table = 100, From = NetPrefix.Parse("172.17.0.0/16") } }), "tcp/192.168.1.10:80"));
        Assert.Empty(Ids(host.With(new AddRoutingRule { Rule = Rule(1000) with { Table = 100, From = NetPrefix.Parse("10.8.0.2/32") } }), "tcp/192.168.1.10:80"));
    }

    [Fact]
    public void SecondDefaultRoute_BesideOneOfAnotherKind_NothingIsSaid()
    {
        HostSnapshot host = SecondDefault(protocol: 4);
        RouteRow route = host.Routes[host.Routes.Count - 1];

        Assert.Empty(Ids(host.With(new AddRoute { Route = route with { Kind = RouteKind.Blackhole, Gateway = null, Interface = null, Metric = 1 } }), "tcp/192.168.1.10:80"));
        Assert.Empty(Ids(host.With(new AddRoute { Route = route with { Gateway = null, Interface = null, Metric = 1, NextHops = [new NextHopRow { Interface = 2, Gateway = NetAddress.Parse("192.168.1.1"), Weight = 1, Flags = 0 }, new NextHopRow { Interface = 3, Gateway = NetAddress.Parse("10.8.0.1"), Weight = 1, Flags = 0 }] } }), "tcp/192.168.1.10:80"));
    }

    /// <summary>What DHCP told (16) or a router (9) comes back by itself; what has more to it than the words can say is not taken away.</summary>
    [Theory]
    [InlineData((byte)3, 0u, "ip route add default via 10.8.0.1 dev e1 metric 100")]
    [InlineData((byte)4, 0u, "ip route add default via 10.8.0.1 dev e1 metric 100 proto static")]
    [InlineData((byte)16, 0u, null)]
    [InlineData((byte)9, 0u, null)]
    [InlineData((byte)3, 4u, null)]
    [InlineData((byte)3, 0u, null, true)]
    public void SecondDefaultRoute_IsTakenAwayWhereAnAdministratorWroteIt(byte protocol, uint flags, string? back, bool hasOthers = false)
    {
        HostSnapshot host = SecondDefault(protocol, flags, hasOthers);

        Finding finding = Assert.Single(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse("tcp/192.168.1.10:80") }] }).Findings);

        Remedy? remedy = finding.Remedies.SingleOrDefault(remedy => !remedy.Apply.IsEmpty);
        Assert.All(remedy is null ? [] : remedy.Apply.Concat(remedy.Revert), command => Assert.True(CommandSyntaxTests.IsKnown(command), command.Text));
        Assert.Equal(back, remedy?.Revert.Single().Text);
        Assert.Equal(back?.Replace("add", "del", StringComparison.Ordinal), remedy?.Apply.Last().Text);
    }

    private static HostSnapshot SecondDefault(byte protocol, uint flags = 0, bool hasOthers = false)
    {
        HostSnapshot host = TestCases.Read("SD2004.miss").Host;
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index == 3 ? host.Interfaces.Single(other => other.Index == 2) with { Index = 3, Name = "e1" } : row)]) };
        return host.With(new AddRoute
        {
            Route = new RouteRow { Destination = NetPrefix.DefaultIPv4, Kind = RouteKind.Unicast, Gateway = NetAddress.Parse("10.8.0.1"), Interface = 3, Metric = 100, Table = 254, Protocol = protocol, Flags = flags, HasOtherAttributes = hasOthers },
        });
    }

    private static RoutingRuleRow Rule(uint priority) => new() { Priority = priority, IsIPv6 = false, Action = RoutingRuleAction.Lookup };

    // The second link in the network of the first.
    private static HostSnapshot Moved(HostSnapshot host, string address) => host with
    {
        Addresses = host.Addresses.WithRows([.. host.Addresses.Select(row => row.Interface == 3 ? row with { Address = NetAddress.Parse(address) } : row)]),
        Routes = host.Routes.WithRows(
        [
            .. host.Routes.Select(row => row.Interface != 3 ? row : row with
            {
                Gateway = row.Gateway is null ? null : NetAddress.Parse("192.168.1.1"),
                Destination = row.Destination.IsDefault ? row.Destination : row.Destination.Length == 32 ? NetPrefix.Parse($"{address}/32") : NetPrefix.Parse("192.168.1.0/24"),
                PreferredSource = row.PreferredSource is null ? null : NetAddress.Parse(address),
            }),
        ]),
    };

    private static string[] Ids(HostSnapshot host, string service) =>
        TestCases.Ids(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse(service) }] }));

    private static string[] Warnings(HostSnapshot host, string service) => [.. Ids(host, service).Where(id => KnownIssues.Find(id)!.Info.Severity >= Severity.Warning)];
}
