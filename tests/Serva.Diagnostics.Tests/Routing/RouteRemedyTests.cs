using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>What sends packets by the interface of their source: each remedy is typed out, and simulated.</summary>
public sealed class RouteRemedyTests
{
    private const string TwoNics = """
        0.0.0.0/0 192.168.1.1 192.168.1.10 20
        192.168.1.0/24 - 192.168.1.10 20
        0.0.0.0/0 10.2.0.1 10.2.0.5 30
        10.2.0.0/24 - 10.2.0.5 30
        """;

    /// <summary>The page's own case: one XP host, two NICs, a socket bound to the address of the second.</summary>
    [Fact]
    public void XPHost_BoundToTheSecondNic_LeavesByTheFirstUntilTheRouteIsAdded()
    {
        HostSnapshot xp = WindowsHost.Of(WindowsHost.XP, TwoNics);
        Flow flow = Flow.Parse("203.0.113.7 from 10.2.0.5");

        RouteDecision decision = new RouteSelector(xp).Select(flow);
        ImmutableArray<Remedy> remedies = RouteRemedies.For(xp, decision);

        RouteChoice choice = Assert.Single(decision.Choices);
        Assert.Equal(("192.168.1.10", "10.2.0.5", "192.168.1.1"), (choice.InterfaceName, choice.Source.ToString(), choice.Gateway.ToString()));
        Remedy remedy = Assert.Single(remedies);
        Assert.Equal("route -p add 203.0.113.7 mask 255.255.255.255 10.2.0.1 metric 1 if 2", Assert.Single(remedy.Apply).Text);
        Assert.Equal("route delete 203.0.113.7 mask 255.255.255.255 10.2.0.1", Assert.Single(remedy.Revert).Text);
        Assert.Equal("10.2.0.5", new RouteSelector(xp.With(remedy.Change!)).Select(flow).Choices[0].InterfaceName);
        Assert.Equal("10.2.0.5", new RouteSelector(xp, HostModel.Windows).Select(flow).Choices[0].InterfaceName);
        Assert.Equal("10.2.0.5", new RouteSelector(WindowsHost.Of(WindowsHost.Vista, TwoNics)).Select(flow).Choices[0].InterfaceName);
    }

    [Fact]
    public void XPHost_ClientOnTheLinkOfTheSource_NeedsNoRemedy()
    {
        HostSnapshot xp = WindowsHost.Of(WindowsHost.XP, TwoNics);

        Assert.Empty(RouteRemedies.For(xp, new RouteSelector(xp).Select(Flow.Parse("10.2.0.99 from 10.2.0.5"))));
    }

    [Fact]
    public void WeakHostSendOnVista_SwitchItOffFirst_AndBackToWhatItWas()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, TwoNics)
            .With("10.2.0.5", row => row with { OptionsV4 = new InterfaceOptions { WeakHostSend = true, WeakHostReceive = true } });

        ImmutableArray<Remedy> remedies = RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5")));

        Assert.Equal(2, remedies.Length);
        Assert.Equal("netsh interface ipv4 set interface 2 weakhostsend=disabled weakhostreceive=enabled", remedies[0].Apply[0].Text);
        Assert.Equal("netsh interface ipv4 set interface 2 weakhostsend=enabled weakhostreceive=enabled", remedies[0].Revert[0].Text);
    }

    [Fact]
    public void Linux_BoundToTheSecondLink_RuleWithATableThenAStaticRoute()
    {
        HostSnapshot host = LinuxHost();

        ImmutableArray<Remedy> remedies = RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5")));

        Assert.Equal(
            [
                "ip route add default via 10.2.0.1 dev e2 table 100", "ip rule add from 10.2.0.5/32 lookup main suppress_prefixlength 0 priority 1000",
                "ip rule add from 10.2.0.5/32 lookup 100 priority 1001",
            ],
            remedies[0].Apply.Select(command => command.Text));
        Assert.Equal(
            [
                "ip rule del from 10.2.0.5/32 lookup 100 priority 1001", "ip rule del from 10.2.0.5/32 lookup main suppress_prefixlength 0 priority 1000",
                "ip route del default via 10.2.0.1 dev e2 table 100",
            ],
            remedies[0].Revert.Select(command => command.Text));
        Assert.Equal("ip route add 203.0.113.7/32 via 10.2.0.1 dev e2", remedies[1].Apply[0].Text);
        Assert.Equal(2, remedies.Length);
    }

    /// <summary>Rules may begin with others' marks, and local may stand behind them, as Cilium has it: the host must still reach itself.</summary>
    [Fact]
    public void Linux_LocalBehindOtherRules_TheRulesComeBehindIt()
    {
        HostSnapshot host = LinuxHost();
        RoutingRuleRow mark = new() { Priority = 9, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 2004, Mark = 0x200 };
        host = host with { RoutingRules = host.RoutingRules.WithRows([mark, host.RoutingRules[0] with { Priority = 100 }, .. host.RoutingRules.Skip(1)]) };

        Remedy remedy = RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5")))[0];

        Assert.Equal("ip rule add from 10.2.0.5/32 lookup main suppress_prefixlength 0 priority 1000", remedy.Apply[1].Text);
        Assert.Equal(RouteOutcome.Local, new RouteSelector(host.With(remedy.Change!)).Select(Flow.Parse("10.2.0.5 from 10.2.0.5")).Outcome);
    }

    [Fact]
    public void Linux_NoPlaceBehindLocal_NoRule()
    {
        HostSnapshot host = LinuxHost();
        host = host with { RoutingRules = host.RoutingRules.WithRows([host.RoutingRules[0], .. host.RoutingRules.Skip(1).Select((row, index) => row with { Priority = (uint)index + 1 })]) };

        Assert.StartsWith("ip route add 203.0.113.7/32", RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5")))[0].Apply[0].Text, StringComparison.Ordinal);
    }

    /// <summary>Containers and other links keep their ways, whatever the source.</summary>
    [Fact]
    public void Linux_AfterTheRemedy_OtherLinksAreReachedAsBefore()
    {
        HostSnapshot host = LinuxHost();
        Remedy remedy = RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5")))[0];

        Assert.Equal("e1", new RouteSelector(host.With(remedy.Change!)).Select(Flow.Parse("192.168.1.99 from 10.2.0.5")).Choices[0].InterfaceName);
        Assert.Equal("e2", new RouteSelector(host.With(remedy.Change!)).Select(Flow.Parse("10.2.0.99 from 10.2.0.5")).Choices[0].InterfaceName);
    }

    [Theory]
    [InlineData("net.ipv4.conf.e2.rp_filter", "sysctl -w net.ipv4.conf.e2.rp_filter=2")]
    [InlineData("net.ipv4.conf.eth0.100.rp_filter", "sysctl -w net.ipv4.conf.eth0/100.rp_filter=2")]
    [InlineData("net.ipv4.ip_forward", "sysctl -w net.ipv4.ip_forward=2")]
    public void SettingOfAnInterface_WithDotsInItsName_AsSysctlReadsIt(string name, string command)
    {
        HostSnapshot host = LinuxHost().With(new SetSetting { Name = name, Value = "0" });

        Assert.Equal(command, RouteCommands.Of(new SetSetting { Name = name, Value = "2" }, host)!.Value.Apply[0].Text);
    }

    [Fact]
    public void AnotherModelsAnswer_NoRemedyForThisHost()
    {
        HostSnapshot xp = WindowsHost.Of(WindowsHost.XP, TwoNics);

        Assert.Empty(RouteRemedies.For(xp, new RouteSelector(xp, HostModel.Linux).Select(Flow.Parse("203.0.113.7 from 10.2.0.5"))));
        Assert.Empty(RouteRemedies.For(xp, new RouteSelector(xp).Select(Flow.Parse("239.1.1.1 from 10.2.0.5"))));
    }

    [Fact]
    public void SelectReply_InterfaceByIndexOrInAnyCase_IsTheSame()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, TwoNics).With("10.2.0.5", row => row with { Name = "Ethernet 2" });

        Assert.Equal(ReplyOutcome.SameWay, new RouteSelector(host).SelectReply(Flow.Parse("10.2.0.5 from 203.0.113.7 iif 2")).Outcome);
        Assert.Equal(ReplyOutcome.SameWay, new RouteSelector(host).SelectReply(Flow.Parse("10.2.0.5 from 203.0.113.7 iif \"ethernet 2\"")).Outcome);
        Assert.Equal(ReplyOutcome.SameWay, new RouteSelector(host).SelectReply(Flow.Parse("10.2.0.255 from 10.2.0.7 iif 2"), isUnbound: true).Outcome);
    }

    [Fact]
    public void AddressesNotCaptured_NobodyCanSayWhereABoundSourceGoes()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, TwoNics) with { Addresses = Table<AddressRow>.NotRequested };

        Assert.Equal(RouteOutcome.Undetermined, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5")).Outcome);
    }

    [Fact]
    public void Linux_NoRouterOnThatLink_NothingIsOffered()
    {
        HostSnapshot host = LinuxHost();
        host = host with { Routes = host.Routes.WithRows([.. host.Routes.Where(row => row.Gateway?.ToString() != "10.2.0.1")]) };

        Assert.Empty(RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5"))));
    }

    /// <summary>A name that cannot stand in a command safely gives no command, and so no remedy.</summary>
    [Fact]
    public void Linux_HostileInterfaceName_NoCommand()
    {
        HostSnapshot host = LinuxHost();
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Name == "e2" ? row with { Name = "-e2;reboot" } : row)]) };

        Assert.Empty(RouteRemedies.For(host, new RouteSelector(host).Select(Flow.Parse("203.0.113.7 from 10.2.0.5"))));
    }

    private static HostSnapshot LinuxHost()
    {
        HostSnapshot host = WindowsHost.Of(new Version(6, 18), TwoNics);
        string[] names = ["e1", "e2"];
        return host with
        {
            Platform = host.Platform with { Family = PlatformFamily.Linux },
            Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select((row, index) => row with { Name = names[index] }), new InterfaceRow { Index = 9, Name = "lo", Status = System.Net.NetworkInformation.OperationalStatus.Up, Type = System.Net.NetworkInformation.NetworkInterfaceType.Loopback }]),
            Addresses = host.Addresses.WithRows([.. host.Addresses.Select(row => row with { Scope = 0 })]),
            Routes = host.Routes.WithRows(
            [
                .. host.Routes.Select(row => row with { Table = 254, Metric = row.Destination.IsDefault ? row.Metric : 0, Scope = row.Gateway is null ? (byte)253 : (byte)0 }),
                .. host.Addresses.Select(row => new RouteRow { Destination = NetPrefix.Create(row.Address, 32), Kind = RouteKind.Local, Interface = row.Interface, Metric = 0, Table = 255, Scope = 254 }),
            ]),
            RoutingRules = Table.Complete(
                [
                    new RoutingRuleRow { Priority = 0, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 255 },
                    new RoutingRuleRow { Priority = 32_766, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 254 },
                    new RoutingRuleRow { Priority = 32_767, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 253 },
                ],
                "test"),
            Settings = Table.Complete<SettingRow>([], "test"),
        };
    }

    [Theory]
    [InlineData("10.2.0.5 from 10.2.0.99 iif e2", false, ReplyOutcome.SameWay)]
    [InlineData("10.2.0.5 from 203.0.113.7 iif e2", false, ReplyOutcome.OtherInterface)]
    [InlineData("10.2.0.5 from 203.0.113.7 iif e2", true, ReplyOutcome.OtherSource)]
    [InlineData("192.168.1.10 from 203.0.113.7 iif e1", true, ReplyOutcome.SameWay)]
    [InlineData("10.2.0.5 from 192.168.1.10 iif e2", false, ReplyOutcome.NotReceived)]
    public void SelectReply_OnLinux_TheWayBackIsFoundByItsOwnRoutes(string request, bool isUnbound, ReplyOutcome expected)
    {
        ReplyPath path = new RouteSelector(LinuxHost()).SelectReply(Flow.Parse(request), isUnbound);

        Assert.Equal((expected, Certainty.Certain), (path.Outcome, path.Certainty));
        Assert.Equal(expected == ReplyOutcome.NotReceived, path.Reply is null);
    }

    /// <summary>rp_filter 1 drops what it would not answer by the same interface; 2 asks only for some way back.</summary>
    [Theory]
    [InlineData("1", ReplyOutcome.NotReceived)]
    [InlineData("2", ReplyOutcome.OtherInterface)]
    public void SelectReply_ReversePathFilter_DropsTheRequestFirst(string filter, ReplyOutcome expected)
    {
        HostSnapshot host = LinuxHost().With(new SetSetting { Name = "net.ipv4.conf.all.rp_filter", Value = filter });

        ReplyPath path = new RouteSelector(host).SelectReply(Flow.Parse("10.2.0.5 from 203.0.113.7 iif e2"));

        Assert.Equal(expected, path.Outcome);
    }

    [Theory]
    [InlineData(HostModel.Windows, "10.2.0.5 from 203.0.113.7 iif 10.2.0.5", false, ReplyOutcome.SameWay)]
    [InlineData(HostModel.Windows, "10.2.0.5 from 203.0.113.7 iif 10.2.0.5", true, ReplyOutcome.OtherSource)]
    [InlineData(HostModel.Windows, "10.2.0.5 from 203.0.113.7 iif 192.168.1.10", false, ReplyOutcome.NotReceived)]
    [InlineData(HostModel.WindowsWeak, "10.2.0.5 from 203.0.113.7 iif 192.168.1.10", false, ReplyOutcome.SameWay)]
    [InlineData(HostModel.WindowsXP, "10.2.0.5 from 203.0.113.7 iif 10.2.0.5", false, ReplyOutcome.OtherInterface)]
    public void SelectReply_OnWindows_ByTheModel(HostModel model, string request, bool isUnbound, ReplyOutcome expected)
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, TwoNics);

        ReplyPath path = new RouteSelector(host, model).SelectReply(Flow.Parse(request), isUnbound);

        Assert.Equal((expected, Certainty.Likely), (path.Outcome, path.Certainty));
        Assert.StartsWith(expected is ReplyOutcome.NotReceived ? "The request from 203.0.113.7 is dropped" : "The reply to 203.0.113.7 ", ReplyReport.ToText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.2.0.5 from 203.0.113.7")]
    [InlineData("10.2.0.5 iif e2")]
    public void SelectReply_NoRequest_Refused(string request) =>
        Assert.Throws<ArgumentException>(() => new RouteSelector(LinuxHost()).SelectReply(Flow.Parse(request)));
}
