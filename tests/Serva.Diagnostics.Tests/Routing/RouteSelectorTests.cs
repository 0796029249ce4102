using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>What the golden hosts do not show: how sure an answer is, its reasons, and its words.</summary>
public sealed class RouteSelectorTests
{
    private static readonly RoutingRuleRow[] s_defaults =
    [
        new() { Priority = 0, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 255 },
        new() { Priority = 32_766, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 254 },
        new() { Priority = 32_767, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 253 },
    ];

    [Fact]
    public void Select_BoundSourceWithoutARule_LeavesByTheDefaultRoute()
    {
        RouteDecision decision = new RouteSelector(TwoLinks(s_defaults)).Select(Flow.Parse("192.0.2.77 from 10.2.0.5"));

        RouteChoice choice = Assert.Single(decision.Choices);
        Assert.Equal((RouteOutcome.Unicast, Certainty.Certain), (decision.Outcome, decision.Certainty));
        Assert.Equal(("e1", "10.1.0.1", "10.2.0.5"), (choice.InterfaceName, choice.Gateway.ToString(), choice.Source.ToString()));
        Assert.Equal("192.0.2.77 from 10.2.0.5", decision.Flow.ToString());
    }

    [Fact]
    public void Select_RuleForTheSource_SendsItOutOfItsOwnInterface()
    {
        RoutingRuleRow[] rules = [s_defaults[0], new() { Priority = 100, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 100, From = NetPrefix.Parse("10.2.0.5/32") }, .. s_defaults[1..]];
        var selector = new RouteSelector(TwoLinks(rules, Route("0.0.0.0/0", 2, "10.2.0.1", table: 100)));

        RouteDecision bound = selector.Select(Flow.Parse("192.0.2.77 from 10.2.0.5"));
        RouteDecision other = selector.Select(Flow.Parse("192.0.2.77"));

        Assert.Equal("e2", Assert.Single(bound.Choices).InterfaceName);
        Assert.Contains(bound.Trace, step => step.Code == "route.rule" && step.Text.StartsWith("rule 100 matches", StringComparison.Ordinal));
        Assert.Equal("e1", Assert.Single(other.Choices).InterfaceName);
        Assert.Contains(other.Trace, step => step.Code == "route.rule.skipped" && step.Text == "rule 100 does not match: source");
    }

    /// <summary>A /32 in main inside of a local /8: one table finds it, two tables do not get to it.</summary>
    [Fact]
    public void Select_TablesThatMayBeOne_LikelyAndSaysWhatIsHidden()
    {
        HostSnapshot host = TwoLinks(s_defaults, Route("10.9.0.0/16", 1, null, table: 255) with { Kind = RouteKind.Local }, Route("10.9.1.1/32", 2, null));

        RouteDecision decision = new RouteSelector(host).Select(Flow.Parse("10.9.1.1"));

        Assert.Equal((RouteOutcome.Unicast, Certainty.Likely), (decision.Outcome, decision.Certainty));
        Assert.Contains(decision.Unseen, unseen => unseen.Contains("ever added or deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void Select_SeveralNextHops_AllOfThem()
    {
        RouteRow both = Route("0.0.0.0/0", null, null) with
        {
            Metric = 1,
            NextHops =
            [
                new NextHopRow { Interface = 1, Gateway = NetAddress.Parse("10.1.0.1"), Weight = 1, Flags = 0 },
                new NextHopRow { Interface = 2, Gateway = NetAddress.Parse("10.2.0.1"), Weight = 1, Flags = 0 },
            ],
        };
        HostSnapshot host = TwoLinks(s_defaults);
        host = host with { Routes = Table.Complete(host.Routes.Where(route => !route.Destination.IsDefault).Append(both), "test") };

        RouteDecision decision = new RouteSelector(host).Select(Flow.Parse("192.0.2.77"));

        Assert.Equal(["e1", "e2"], decision.Choices.Select(choice => choice.InterfaceName));
        Assert.Equal(["10.1.0.5", "10.2.0.5"], decision.Choices.Select(choice => choice.Source.ToString()));
        Assert.Contains("spread over 2 ways", RouteReport.ToText(decision), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.77")]
    [InlineData("192.0.2.77 from 10.1.0.9 iif e2")]
    public void Select_EveryNextHopWithoutCarrier_StillAnswers(string question)
    {
        const uint LinkDown = 16;
        NextHopRow hop = new() { Interface = 1, Gateway = NetAddress.Parse("10.1.0.1"), Weight = 1, Flags = LinkDown };
        HostSnapshot host = TwoLinks(s_defaults);
        host = host with
        {
            Routes = Table.Complete(host.Routes.Where(route => !route.Destination.IsDefault).Append(Route("0.0.0.0/0", null, null) with { NextHops = [hop, hop with { Weight = 2 }] }), "test"),
            Settings = Table.Complete(
                new[] { "net.ipv4.conf.all.ignore_routes_with_linkdown", "net.ipv4.conf.e2.forwarding" }.Select(name => new SettingRow { Name = name, Value = "1" }), "test"),
        };

        Assert.NotEqual(RouteOutcome.Undetermined, new RouteSelector(host).Select(Flow.Parse(question)).Outcome);
    }

    /// <summary>A case may hold anything: no interface, prefixes of the other family, a rule that goes to itself.</summary>
    [Theory]
    [InlineData("192.0.2.77")]
    [InlineData("2001:db8::77")]
    [InlineData("10.1.0.5 from 10.1.0.5")]
    [InlineData("::ffff:10.1.0.5")]
    [InlineData("0.0.0.0")]
    [InlineData("fe80::1%9 oif e1")]
    [InlineData("ff02::1 iif e1")]
    public void Select_ContradictorySnapshot_NeverThrows(string question)
    {
        RoutingRuleRow rule = new() { Priority = 5, IsIPv6 = false, Action = RoutingRuleAction.Goto, GotoPriority = 5, From = NetPrefix.Parse("2001:db8::/64"), To = NetPrefix.Parse("::/128") };
        HostSnapshot host = TwoLinks(
            [rule, rule with { IsIPv6 = true, From = NetPrefix.Parse("10.0.0.0/8") }, .. s_defaults],
            Route("0.0.0.0/0", 99, "2001:db8::1"), Route("::/0", 99, "10.1.0.1"), Route("fe80::/10", null, null), Route("2001:db8::/32", 2, null) with { From = NetPrefix.Parse("10.0.0.0/8"), PreferredSource = NetAddress.Parse("10.1.0.5") });
        host = host with { Interfaces = Table.Complete(host.Interfaces.Where(row => row.Name != "lo"), "test"), Addresses = Table.Complete(host.Addresses.Append(Address(1, "10.1.0.6") with { PrefixLength = 200 }), "test") };
        var selector = new RouteSelector(host);

        Assert.NotNull(RouteReport.ToText(selector.Select(Flow.Parse(question)), isVerbose: true));
        Assert.NotNull(RouteReport.ToJson(selector.SelectForConnect(Flow.Parse(question))));
    }

    [Fact]
    public void Select_NothingCaptured_Undetermined()
    {
        var host = new HostSnapshot { CapturedAt = DateTimeOffset.UnixEpoch, Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 1) } };

        RouteDecision decision = new RouteSelector(host).Select(Flow.Parse("192.0.2.1"));

        Assert.Equal((RouteOutcome.Undetermined, Certainty.None), (decision.Outcome, decision.Certainty));
        Assert.Empty(decision.Choices);
        Assert.Equal("interfaces: the table was not captured", Assert.Single(new RouteSelector(host with { Routes = Table.Complete<RouteRow>([], "test") }).Select(Flow.Parse("192.0.2.1")).Unseen));
    }

    [Fact]
    public void Select_OtherSystem_UndeterminedAndSaysSo()
    {
        HostSnapshot host = TwoLinks(s_defaults) with { Platform = new HostPlatform { Family = PlatformFamily.MacOS, Version = new Version(15, 0) } };

        Assert.Equal("the route selection of MacOS is not modelled", Assert.Single(new RouteSelector(host).Select(Flow.Parse("192.0.2.1")).Unseen));
    }

    [Theory]
    [InlineData("203.0.113.9", "A packet to 203.0.113.9 leaves by e1 to the router 10.1.0.1, with the source 10.1.0.5.\n  decided by default via 10.1.0.1 dev e1 table main\n")]
    [InlineData("203.0.113.9 from 9.9.9.9", "A packet to 203.0.113.9 has no valid source (ENETUNREACH).\n  because    9.9.9.9 is not an address of this host\n")]
    [InlineData("203.0.113.9 oif e9", "203.0.113.9 cannot be reached so (ENODEV).\n")]
    [InlineData("10.2.0.5", "10.2.0.5 is this host, with the source 10.2.0.5.\n  decided by local 10.2.0.5/32 dev e2 table local\n")]
    public void ToText_Answers_InASentence(string question, string expected) =>
        Assert.Equal(expected, RouteReport.ToText(new RouteSelector(TwoLinks(s_defaults)).Select(Flow.Parse(question))));

    [Fact]
    public void Select_WithoutDestinationOrWithMixedFamilies_Refused()
    {
        var selector = new RouteSelector(TwoLinks(s_defaults));

        Assert.Throws<ArgumentException>(() => selector.Select(new Flow { Destination = NetAddress.None }));
        Assert.Throws<ArgumentException>(() => selector.Select(new Flow { Destination = NetAddress.Parse("10.0.0.1"), Source = NetAddress.Parse("::1") }));
    }

    private static RouteRow Route(string destination, uint? device, string? gateway, uint table = 254) => new()
    {
        Destination = NetPrefix.Parse(destination),
        Kind = RouteKind.Unicast,
        Interface = device,
        Gateway = gateway is null ? null : NetAddress.Parse(gateway),
        Metric = 0,
        Table = table,
        Scope = gateway is null ? (byte)253 : (byte)0,
    };

    [Fact]
    public void Select_LinuxHostUnderAnotherModel_AsIfItsRoutesWereThere()
    {
        HostSnapshot host = TwoLinks(s_defaults, Route("0.0.0.0/0", 2, "10.2.0.1") with { Metric = 100 });

        Assert.Equal(
            [("e1", HostModel.Linux), ("e2", HostModel.Windows), ("e1", HostModel.WindowsWeak), ("e1", HostModel.WindowsXP)],
            new[] { HostModel.Native, HostModel.Windows, HostModel.WindowsWeak, HostModel.WindowsXP }.Select(model =>
            {
                RouteDecision decision = new RouteSelector(host, model).Select(Flow.Parse("192.0.2.77 from 10.2.0.5"));
                return (decision.Choices[0].InterfaceName, decision.Model);
            }));
    }

    [Fact]
    public void OrderDestinations_OfAName_UnreachableOnesLast() =>
        Assert.Equal(
            ["10.2.0.9", "192.0.2.1", "2001:db8::1"],
            new RouteSelector(TwoLinks(s_defaults)).OrderDestinations([NetAddress.Parse("2001:db8::1"), NetAddress.Parse("192.0.2.1"), NetAddress.Parse("10.2.0.9")])
                .Select(address => address.ToString()));

    private static HostSnapshot TwoLinks(RoutingRuleRow[] rules, params RouteRow[] more) => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
        Interfaces = Table.Complete(
            [
                Link(3, "lo") with { Type = NetworkInterfaceType.Loopback },
                Link(1, "e1"),
                Link(2, "e2"),
            ],
            "test"),
        Addresses = Table.Complete([Address(1, "10.1.0.5"), Address(2, "10.2.0.5")], "test"),
        Routes = Table.Complete(
            [
                Route("0.0.0.0/0", 1, "10.1.0.1"), Route("10.1.0.0/24", 1, null), Route("10.2.0.0/24", 2, null),
                Route("10.1.0.5/32", 1, null, table: 255) with { Kind = RouteKind.Local, Scope = 254, Protocol = 2 },
                Route("10.2.0.5/32", 2, null, table: 255) with { Kind = RouteKind.Local, Scope = 254, Protocol = 2 },
                .. more,
            ],
            "test"),
        RoutingRules = Table.Complete(rules, "test"),
        Settings = Table.Complete<SettingRow>([], "test"),
    };

    private static InterfaceRow Link(uint index, string name) => new()
    {
        Index = index,
        Name = name,
        Status = OperationalStatus.Up,
        Type = NetworkInterfaceType.Ethernet,
    };

    private static AddressRow Address(uint device, string address) => new()
    {
        Interface = device,
        Address = NetAddress.Parse(address),
        PrefixLength = 24,
        State = AddressState.Preferred,
        Scope = 0,
    };
}
