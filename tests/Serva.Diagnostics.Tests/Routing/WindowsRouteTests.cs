using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>
/// Windows' choices: what Microsoft published (its Knowledge Base and PowerShell's help), what users reported, and what follows
/// from the documented rules on tables that people pasted.
/// </summary>
public sealed class WindowsRouteTests
{
    // KB Q140859: two defaults of equal metric; the one printed first loses to the one first in the bindings.
    private const string TwoCards = """
        0.0.0.0/0 157.57.24.1 157.57.24.193 1
        0.0.0.0/0 199.199.40.1 199.199.40.139 1
        157.57.24.0/21 - 157.57.24.193 1
        199.199.40.0/24 - 199.199.40.139 1
        """;

    private const string OneCard = """
        0.0.0.0/0 157.57.8.1 157.57.11.169 1
        157.57.8.0/21 - 157.57.11.169 1
        """;

    // KB159168.
    private const string ThreeGateways = """
        0.0.0.0/0 11.100.0.1 11.100.1.1 1
        0.0.0.0/0 11.100.0.2 11.100.1.1 1
        0.0.0.0/0 11.200.0.1 11.200.1.1 1
        11.100.0.0/16 - 11.100.1.1 1
        11.200.0.0/16 - 11.200.1.1 1
        """;

    // KB Q128647.
    private const string DialUp = """
        0.0.0.0/0 199.199.41.1 199.199.41.254 2
        0.0.0.0/0 199.199.32.15 199.199.32.15 1
        """;

    // KB Q143168.
    private const string TwoSubnetRoutes = """
        0.0.0.0/0 10.2.1.1 10.2.1.1 1
        10.0.0.0/8 10.2.1.1 10.2.1.1 1
        10.1.0.0/16 10.1.1.1 10.1.1.1 2
        10.1.0.0/16 10.2.1.1 10.2.1.1 1
        """;

    // KB Q142052.
    private const string CableOut = """
        0.0.0.0/0 157.57.24.1 157.57.24.194 2
        0.0.0.0/0 157.54.24.66 157.54.24.66 1
        157.54.0.0/16 157.54.24.66 157.54.24.66 1
        157.57.24.0/21 157.57.24.194 157.57.24.194 2
        """;

    // The shape of golang/go#39293: a VPN that halves the default route.
    private const string SplitDefault = """
        0.0.0.0/0 192.168.0.1 192.168.0.26 55
        0.0.0.0/0 192.168.8.2 192.168.8.1 291
        0.0.0.0/1 26.26.26.3 26.26.26.1 1
        26.26.26.0/29 - 26.26.26.1 257
        127.0.0.0/8 - 127.0.0.1 331
        128.0.0.0/1 26.26.26.3 26.26.26.1 1
        192.168.0.0/24 - 192.168.0.26 311
        192.168.8.0/24 - 192.168.8.1 291
        192.168.18.0/24 - 192.168.18.1 281
        255.255.255.255/32 - 127.0.0.1 331
        255.255.255.255/32 - 192.168.18.1 281
        255.255.255.255/32 - 192.168.0.26 311
        """;

    private const string LoopbackByMistake = """
        0.0.0.0/0 192.168.31.1 192.168.31.221 30
        127.0.0.0/8 - 127.0.0.1 331
        157.0.0.0/8 157.55.80.1 127.0.0.1 78
        192.168.31.0/24 - 192.168.31.221 286
        """;

    private const string HostMask = """
        0.0.0.0/0 172.25.24.254 172.25.24.42 10
        0.0.0.0/0 192.168.1.1 192.168.1.7 276
        172.25.24.0/24 - 172.25.24.42 266
        192.168.1.7/32 - 192.168.1.7 276
        """;

    private static readonly Version s_nt4 = WindowsHost.NT4;

    public static TheoryData<string, HostSnapshot, string, string, string, string> Published => new()
    {
        { "K1 Q140859", InOrder(TwoCards, "199.199.40.139", "157.57.24.193"), "8.8.8.8", "199.199.40.139", "199.199.40.139", "199.199.40.1" },
        { "K2 Q140859", WindowsHost.Of(s_nt4, OneCard), "157.57.9.1", "157.57.11.169", "157.57.11.169", "-" },
        { "K3 KB159168", InOrder(ThreeGateways, "11.100.1.1", "11.200.1.1"), "130.20.20.100", "11.100.1.1", "11.100.1.1", "11.100.0.1" },
        { "K4 KB159168", InOrder(ThreeGateways, "11.100.1.1", "11.200.1.1"), "22.101.0.5", "11.100.1.1", "11.100.1.1", "11.100.0.1" },
        { "K5 KB159168", InOrder(ThreeGateways + "\n22.101.0.0/16 11.200.0.1 11.200.1.1 1", "11.100.1.1", "11.200.1.1"), "22.101.0.5", "11.200.1.1", "11.200.1.1", "11.200.0.1" },
        { "K6 Q128647", WindowsHost.Of(s_nt4, DialUp), "11.1.0.3", "199.199.32.15", "199.199.32.15", "-" },
        { "K7 Q128647", WindowsHost.Of(s_nt4, DialUp + "\n11.0.0.0/8 199.199.41.1 199.199.41.254 1"), "11.1.0.3", "199.199.41.254", "199.199.41.254", "199.199.41.1" },
        { "K8 Q143168", WindowsHost.Of(s_nt4, TwoSubnetRoutes), "10.1.5.5", "10.2.1.1", "10.2.1.1", "-" },
        { "K9 Q143168", WindowsHost.Of(s_nt4, TwoSubnetRoutes.Replace("10.1.0.0/16 10.2.1.1 10.2.1.1 1", "", StringComparison.Ordinal)), "10.1.5.5", "10.1.1.1", "10.1.1.1", "-" },
        { "K10 KB175767", InOrder("192.168.0.0/24 - 192.168.0.1 1\n192.168.0.0/24 - 192.168.0.2 1", "192.168.0.1", "192.168.0.2"), "192.168.0.119", "192.168.0.1", "192.168.0.1", "-" },
        { "K11 Q175396", WindowsHost.Of(WindowsHost.XP, TwoCards.Replace("199.199.40.139 1", "199.199.40.139 9", StringComparison.Ordinal)), "8.8.8.8 from 199.199.40.139", "157.57.24.193", "199.199.40.139", "157.57.24.1" },
        { "K12 Q142052", WindowsHost.Of(s_nt4, CableOut), "157.57.25.1", "157.57.24.194", "157.57.24.194", "-" },
        { "K13 cc779122", WindowsHost.Of(WindowsHost.Server2003, "0.0.0.0/0 10.0.0.1 10.0.0.169 30\n10.0.0.0/8 - 10.0.0.169 30"), "192.0.2.1", "10.0.0.169", "10.0.0.169", "10.0.0.1" },
        { "V1 KB969029", WindowsHost.Of(WindowsHost.Vista, "0.0.0.0/0 192.168.1.127 192.168.1.14 10\n192.168.1.0/24 - 192.168.1.14 266", "192.168.1.68 on 192.168.1.14"), "203.0.113.9", "192.168.1.14", "192.168.1.68", "192.168.1.127" },
        { "V3 Find-NetRoute", WindowsHost.Of(WindowsHost.Ten, "0.0.0.0/0 172.31.232.1 172.31.234.140 10\n172.31.232.0/21 - 172.31.234.140 266"), "10.79.197.200", "172.31.234.140", "172.31.234.140", "172.31.232.1" },
        { "V4 Test-NetConnection", TwoIPv6Defaults(), "2001:428:3805:187::2768", "2001:4898:e0:79:f17c:d212:8743:43c2", "2001:4898:e0:79:f17c:d212:8743:43c2", "fe80::200:5eff:fe00:202" },
        { "V5 Test-NetConnection", TwoIPv6Defaults(), "2600:1409:a:185::2768 oif 2001:4898:e0:79:75dd:64cf:d9ff:f86", "2001:4898:e0:79:75dd:64cf:d9ff:f86", "2001:4898:e0:79:75dd:64cf:d9ff:f86", "fe80::200:5eff:fe00:202" },
    };

    /// <summary>Rows that users reported (V7), and rows that follow from the rules and nobody observed.</summary>
    public static TheoryData<string, HostSnapshot, string, string, string, string> ReportedAndDerived => new()
    {
        { "V6", WindowsHost.Of(WindowsHost.Ten, "0.0.0.0/0 25.255.255.254 172.22.190.189 10034\n0.0.0.0/0 172.20.10.1 172.20.10.2 50"), "8.8.8.8", "172.20.10.2", "172.20.10.2", "172.20.10.1" },
        { "V7", WindowsHost.Of(WindowsHost.Ten, "0.0.0.0/0 192.168.1.254 192.168.1.192 35\n0.0.0.0/0 192.168.1.254 192.168.1.95 25"), "8.8.8.8", "192.168.1.95", "192.168.1.95", "192.168.1.254" },
        { "V8", WindowsHost.Of(WindowsHost.Ten, SplitDefault), "8.8.8.8", "26.26.26.1", "26.26.26.1", "26.26.26.3" },
        { "V9", WindowsHost.Of(WindowsHost.Ten, SplitDefault), "8.8.8.8 from 192.168.0.26", "192.168.0.26", "192.168.0.26", "192.168.0.1" },
        { "V10", WindowsHost.Of(WindowsHost.XP, SplitDefault), "8.8.8.8 from 192.168.0.26", "26.26.26.1", "192.168.0.26", "26.26.26.3" },
        { "V12", WindowsHost.Of(WindowsHost.Ten, LoopbackByMistake), "157.1.2.3", "127.0.0.1", "127.0.0.1", "157.55.80.1" },
        { "V13", WindowsHost.Of(WindowsHost.Ten, LoopbackByMistake), "157.1.2.3 from 192.168.31.221", "192.168.31.221", "192.168.31.221", "192.168.31.1" },
        { "V14", WindowsHost.Of(WindowsHost.Seven, HostMask), "8.8.8.8", "172.25.24.42", "172.25.24.42", "172.25.24.254" },
        { "V15", WindowsHost.Of(WindowsHost.Seven, HostMask), "8.8.8.8 from 192.168.1.7", "192.168.1.7", "192.168.1.7", "192.168.1.1" },
        { "V16", WindowsHost.Of(WindowsHost.Seven, HostMask), "192.168.1.50", "172.25.24.42", "172.25.24.42", "172.25.24.254" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Published))]
    [MemberData(nameof(ReportedAndDerived))]
    public void Select_WorkedCases_AsTheSourceSays(string id, HostSnapshot host, string question, string device, string source, string gateway)
    {
        RouteDecision decision = new RouteSelector(host).Select(FlowOf(question, host));

        RouteChoice choice = Assert.Single(decision.Choices);
        Assert.Equal((id, device), (id, choice.InterfaceName));
        Assert.Equal((id, source), (id, choice.Source.ToString()));
        Assert.Equal((id, gateway), (id, choice.Gateway?.ToString() ?? "-"));
        Assert.Equal(Certainty.Likely, decision.Certainty);
        Assert.NotEmpty(decision.Unseen);
    }

    /// <summary>V2: 25 bits each in common with the next hop, and no rule that could tell them apart for a host behind it.</summary>
    [Fact]
    public void Select_EqualBitsWithTheNextHop_SaysThatNoRuleDecides()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Vista, "0.0.0.0/0 192.168.1.127 192.168.1.14 10\n192.168.1.0/24 - 192.168.1.14 266", "192.168.1.15 on 192.168.1.14");

        RouteDecision decision = new RouteSelector(host).Select(Flow.Parse("203.0.113.9"));

        Assert.Contains(decision.Unseen, text => text.StartsWith("which source is taken", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("20.1.1.1", "20.0.0.5")]
    [InlineData("9.1.1.1", "10.0.0.5")]
    public void Select_EqualBitsWithTheNextHop_TheDestinationsBitsDecide(string destination, string source)
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Vista, "0.0.0.0/0 192.168.1.1 10.0.0.5 10", "20.0.0.5 on 10.0.0.5");

        Assert.Equal(source, new RouteSelector(host).Select(Flow.Parse(destination)).Choices[0].Source.ToString());
    }

    /// <summary>V11: a host-only interface has no route to the internet, and a strong host looks nowhere else.</summary>
    [Fact]
    public void Select_BoundToAnInterfaceWithoutARoute_NoRouteAndSaysThatTheErrorIsUnknown()
    {
        RouteDecision decision = new RouteSelector(WindowsHost.Of(WindowsHost.Ten, SplitDefault)).Select(Flow.Parse("8.8.8.8 from 192.168.18.1"));

        Assert.Equal((RouteOutcome.NoRoute, null), (decision.Outcome, decision.NativeError));
        Assert.Contains(decision.Unseen, text => text.StartsWith("which error", StringComparison.Ordinal));
        Assert.All(decision.Considered, considered => Assert.Equal(RouteLoss.OtherInterface, considered.Loss));
        Assert.Equal(3, decision.Considered.Length);
    }

    /// <summary>V17, golang/go#34171: with weak host sends too.</summary>
    [Theory]
    [InlineData(HostModel.Windows)]
    [InlineData(HostModel.WindowsWeak)]
    public void Select_LoopbackFromAnAddressOfTheNetwork_AddressNotAvailable(HostModel model)
    {
        RouteDecision decision = new RouteSelector(WindowsHost.Of(WindowsHost.Ten, SplitDefault), model).Select(Flow.Parse("127.0.0.1 from 192.168.0.26"));

        Assert.Equal((RouteOutcome.InvalidSource, "WSAEADDRNOTAVAIL"), (decision.Outcome, decision.NativeError));
    }

    [Fact]
    public void Select_SameHostUnderFourModels_TheBoundSourceDecidesOnlyOnAStrongHost()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, SplitDefault);

        Assert.Equal(
            [(HostModel.Windows, "192.168.0.26"), (HostModel.WindowsWeak, "26.26.26.1"), (HostModel.WindowsXP, "26.26.26.1"), (HostModel.Linux, "26.26.26.1")],
            new[] { HostModel.Native, HostModel.WindowsWeak, HostModel.WindowsXP, HostModel.Linux }.Select(model =>
            {
                RouteDecision decision = new RouteSelector(host, model).Select(Flow.Parse("8.8.8.8 from 192.168.0.26"));
                return (decision.Model, decision.Choices[0].InterfaceName);
            }));
    }

    [Fact]
    public void Select_WeakHostSendOnTheOwningInterface_LiftsTheConstraint()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, SplitDefault).With("192.168.0.26", row => row with { OptionsV4 = new InterfaceOptions { WeakHostSend = true } });

        Assert.Equal("26.26.26.1", new RouteSelector(host).Select(Flow.Parse("8.8.8.8 from 192.168.0.26")).Choices[0].InterfaceName);
        Assert.Equal("192.168.8.1", new RouteSelector(host).Select(Flow.Parse("8.8.8.8 from 192.168.8.1")).Choices[0].InterfaceName);
    }

    [Fact]
    public void Select_DefaultRoutesDisabled_TheOtherDefaultIsTaken()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, HostMask).With("172.25.24.42", row => row with { OptionsV4 = new InterfaceOptions { DisableDefaultRoutes = true } });

        RouteDecision decision = new RouteSelector(host).Select(Flow.Parse("8.8.8.8"));

        Assert.Equal("192.168.1.7", decision.Choices[0].InterfaceName);
        Assert.Contains(decision.Considered, considered => considered.Loss == RouteLoss.DefaultRoutesDisabled);
    }

    [Fact]
    public void Select_InterfaceMetrics_AreAddedToTheRoutes()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, "0.0.0.0/0 10.1.0.1 10.1.0.5 0\n0.0.0.0/0 10.2.0.1 10.2.0.5 0")
            .With("10.1.0.5", row => row with { MetricV4 = 35 })
            .With("10.2.0.5", row => row with { LinkSpeed = 1_000_000_000 });

        RouteDecision decision = new RouteSelector(host).Select(Flow.Parse("8.8.8.8"));

        Assert.Equal("10.2.0.5", decision.Choices[0].InterfaceName);
        Assert.Equal([25L, 35L], decision.Considered.Select(considered => considered.Cost));
    }

    /// <summary>Multicasts have a route on each interface; loopback costs 75 (Windows 10) and is never the cheapest.</summary>
    [Fact]
    public void Select_MetricsNotCaptured_LoopbackIsNotTheCheapest()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, "224.0.0.0/4 - 127.0.0.1 256\n224.0.0.0/4 - 10.1.0.5 256");

        Assert.Equal("10.1.0.5", new RouteSelector(host).Select(Flow.Parse("239.1.1.1")).Choices[0].InterfaceName);
    }

    /// <summary>On XP the metric of a route is the whole of it.</summary>
    [Fact]
    public void Select_LinkSpeedOnXP_AddsNothing()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.XP, "8.0.0.0/8 10.1.0.1 10.1.0.5 1\n8.0.0.0/8 10.2.0.1 10.2.0.5 20")
            .With("10.1.0.5", row => row with { LinkSpeed = 10_000_000 })
            .With("10.2.0.5", row => row with { LinkSpeed = 1_000_000_000 });

        Assert.Equal("10.1.0.5", new RouteSelector(host).Select(Flow.Parse("8.8.8.8")).Choices[0].InterfaceName);
    }

    /// <summary>The same link-local address on two interfaces: a strong host looks at the one that the packet comes in by.</summary>
    [Fact]
    public void Select_ArrivingForAnAddressOfTwoInterfaces_IsReceived()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, "fe80::/64 - 2001:db8::1 1\nfe80::/64 - 2001:db8::2 1", "fe80::1 on 2001:db8::1", "fe80::1 on 2001:db8::2");

        Assert.Equal(RouteOutcome.Local, new RouteSelector(host).Select(Flow.Parse("fe80::1 from fe80::9 iif 2001:db8::2")).Outcome);
    }

    [Fact]
    public void Select_InterfaceDown_IsPassedOver()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, HostMask).With("172.25.24.42", row => row with { Status = OperationalStatus.Down });

        Assert.Equal("192.168.1.7", new RouteSelector(host).Select(Flow.Parse("8.8.8.8")).Choices[0].InterfaceName);
    }

    [Fact]
    public void Select_SkipAsSource_IsNeverChosenUnlessBound()
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, "0.0.0.0/0 192.168.1.127 192.168.1.14 10\n192.168.1.0/24 - 192.168.1.14 266", "192.168.1.68 on 192.168.1.14");
        host = host with { Addresses = host.Addresses.WithRows([.. host.Addresses.Select(row => row.Address == NetAddress.Parse("192.168.1.68") ? row with { SkipAsSource = true } : row)]) };

        Assert.Equal("192.168.1.14", new RouteSelector(host).Select(Flow.Parse("8.8.8.8")).Choices[0].Source.ToString());
        Assert.Equal("192.168.1.68", new RouteSelector(host).Select(Flow.Parse("8.8.8.8 from 192.168.1.68")).Choices[0].Source.ToString());
    }

    /// <summary>KB Q140859: of equal metrics the binding order decides. Nobody knows it: both ways are told.</summary>
    [Fact]
    public void Select_EqualMetricsOnXPWithoutTheBindingOrder_EveryWay()
    {
        RouteDecision decision = new RouteSelector(WindowsHost.Of(WindowsHost.XP, TwoCards)).Select(Flow.Parse("8.8.8.8"));

        Assert.Equal(["157.57.24.193", "199.199.40.139"], decision.Choices.Select(choice => choice.InterfaceName));
        Assert.Contains(decision.Unseen, text => text.Contains("binding order", StringComparison.Ordinal));
    }

    [Fact]
    public void Select_EqualMetricsOnVista_TheFirstAndSaysThatNobodyKnows()
    {
        RouteDecision decision = new RouteSelector(WindowsHost.Of(WindowsHost.Vista, TwoCards)).Select(Flow.Parse("8.8.8.8"));

        Assert.Single(decision.Choices);
        Assert.Contains(decision.Unseen, text => text.Contains("RouteOrder", StringComparison.Ordinal));
        Assert.Equal([RouteLoss.None, RouteLoss.Order], decision.Considered.Select(considered => considered.Loss));
    }

    [Theory]
    [InlineData("192.168.0.26 from 203.0.113.5 iif 192.168.0.26", RouteOutcome.Local)]
    [InlineData("192.168.8.1 from 203.0.113.5 iif 192.168.0.26", RouteOutcome.Blackhole)]
    [InlineData("198.51.100.1 from 203.0.113.5 iif 192.168.0.26", RouteOutcome.Blackhole)]
    [InlineData("255.255.255.255 from 192.168.0.9 iif 192.168.0.26", RouteOutcome.Broadcast)]
    [InlineData("192.168.0.255 from 192.168.0.9 iif 192.168.0.26", RouteOutcome.Broadcast)]
    public void Select_Arriving_AStrongHostTakesOnlyWhatIsForThatInterface(string question, RouteOutcome outcome)
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.Ten, SplitDefault);

        Assert.Equal(outcome, new RouteSelector(host).Select(Flow.Parse(question)).Outcome);
        if (question.StartsWith("192.168.8.1 ", StringComparison.Ordinal))
        {
            Assert.Equal(RouteOutcome.Local, new RouteSelector(host, HostModel.WindowsWeak).Select(Flow.Parse(question)).Outcome);
            Assert.Equal(RouteOutcome.Local, new RouteSelector(host, HostModel.WindowsXP).Select(Flow.Parse(question)).Outcome);
        }
    }

    /// <summary>The limited broadcast has one route per interface: the lowest metric takes it, wherever the clients are.</summary>
    [Fact]
    public void Select_LimitedBroadcast_LeavesByTheLowestMetric()
    {
        RouteDecision decision = new RouteSelector(WindowsHost.Of(WindowsHost.Ten, SplitDefault)).Select(Flow.Parse("255.255.255.255"));

        Assert.Equal((RouteOutcome.Broadcast, "192.168.18.1"), (decision.Outcome, decision.Choices[0].InterfaceName));
    }

    [Fact]
    public void Select_ForeignSource_AddressNotAvailable()
    {
        RouteDecision decision = new RouteSelector(WindowsHost.Of(WindowsHost.Ten, HostMask)).Select(Flow.Parse("8.8.8.8 from 198.51.100.9"));

        Assert.Equal((RouteOutcome.InvalidSource, "WSAEADDRNOTAVAIL"), (decision.Outcome, decision.NativeError));
    }

    [Theory]
    [InlineData("xp-rtm-2003", "5.2", false, "2000000000=5 1999999999=10 200000001=10 200000000=20 20000001=20 20000000=30 4000001=30 4000000=40 500001=40 500000=50 0=50")]
    [InlineData("xpsp2-to-8.1", "6.3", false, "2000000000=5 1999999999=10 200000001=10 200000000=20 80000001=20 80000000=25 20000001=25 20000000=30 4000001=30 4000000=40 500001=40 500000=50")]
    [InlineData("win10+ wireless", "10.0", true, "2000000000=25 1999999999=30 500000000=30 499999999=35 200000000=35 150000000=40 149999999=45 80000000=45 50000000=50 20000000=55 10000000=60 4000000=65 2000000=70 500000=75 200000=80 199999=85")]
    [InlineData("win10+ other", "10.0", false, "100000000000=5 99999999999=10 40000000000=10 10000000000=15 2000000000=20 1999999999=25 200000000=25 199999999=35 80000000=35 20000000=45 4000000=55 500000=65 499999=75 0=75")]
    public void AutomaticMetric_ByLinkSpeed_AsMicrosoftsTable(string era, string version, bool isWireless, string expected)
    {
        string actual = string.Join(' ', expected.Split(' ').Select(pair => long.Parse(pair.Split('=')[0], System.Globalization.CultureInfo.InvariantCulture))
            .Select(speed => FormattableString.Invariant($"{speed}={WindowsAutomaticMetric.Of(speed, isWireless, Version.Parse(version))}")));

        Assert.Equal((era, expected), (era, actual));
    }

    private static HostSnapshot TwoIPv6Defaults() => WindowsHost.Of(WindowsHost.Ten, """
        ::/0 fe80::200:5eff:fe00:202 2001:4898:e0:79:f17c:d212:8743:43c2 256
        ::/0 fe80::200:5eff:fe00:202 2001:4898:e0:79:75dd:64cf:d9ff:f86 256
        """)
        .With("2001:4898:e0:79:f17c:d212:8743:43c2", row => row with { MetricV6 = 10 })
        .With("2001:4898:e0:79:75dd:64cf:d9ff:f86", row => row with { MetricV6 = 10 });

    private static HostSnapshot InOrder(string routes, params string[] bindings)
    {
        HostSnapshot host = WindowsHost.Of(WindowsHost.XP, routes);
        for (int i = 0; i < bindings.Length; i++)
        {
            int order = i;
            host = host.With(bindings[i], row => row with { BindingOrder = order });
        }

        return host;
    }

    private static Flow FlowOf(string question, HostSnapshot host)
    {
        Assert.True(Flow.TryParse(question, host, out Flow? flow, out string? error, out _), error);
        return flow;
    }
}
