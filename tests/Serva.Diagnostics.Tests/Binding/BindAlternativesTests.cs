using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

public class BindAlternativesTests
{
    [Theory]
    [InlineData("TIME_WAIT is forgiven", "tcp/127.0.0.1:8080", TcpState.TimeWait, "tcp/8080", "with.reuse-address on.address on.address")]
    [InlineData("another address is free", "tcp/127.0.0.1:8080", TcpState.Listen, "tcp/8080", "on.address on.address")]
    [InlineData("IPv6 alone is free", "tcp/0.0.0.0:8080", TcpState.Listen, "tcp/[::]:8080 --dual-mode", "with.v6only")]
    [InlineData("a wildcard listener leaves nothing", "tcp/0.0.0.0:8080", TcpState.Listen, "tcp/127.0.0.1:8080", "")]
    [InlineData("nothing is in the way", "tcp/127.0.0.1:8081", TcpState.Listen, "tcp/8080", "")]
    [InlineData("the address comes later", "tcp/127.0.0.1:1", TcpState.Listen, "tcp/192.0.2.7:8080", "with.free-bind on.every-address")]
    [InlineData("a mapped address", "tcp/127.0.0.1:1", TcpState.Listen, "tcp/[::ffff:127.0.0.1]:8080", "with.dual-mode on.ipv4")]
    [InlineData("a link-local address", "tcp/127.0.0.1:1", TcpState.Listen, "tcp/[fe80::9]:8080", "on.scope")]
    public void FindAlternatives_OnLinux_WhatWouldSucceed(string situation, string holder, TcpState state, string request, string codes)
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket(holder, state)]);

        BindAlternatives alternatives = new BindPredictor(host).FindAlternatives(BindRequest.Parse(request));

        Assert.True(codes == string.Join(' ', alternatives.Proposed.Select(one => one.Code)), $"{situation}: {string.Join(' ', alternatives.Proposed.Select(one => one.Code))}");
        Assert.Empty(alternatives.NotProposed);
        Assert.All(alternatives.Proposed, one => Assert.Equal((BindOutcome.Success, one.Prediction.Certainty), (new BindPredictor(host).Predict(one.Request).Outcome, new BindPredictor(host).Predict(one.Request).Certainty)));
    }

    [Fact]
    public void FindAlternatives_WithoutTheRight_WithItAndHigherPorts()
    {
        HostSnapshot host = Hosts.Linux([]) with { Identity = new Identity { UserName = "www", UserId = 33, Capabilities = 0 } };

        BindAlternatives alternatives = new BindPredictor(host).FindAlternatives(BindRequest.Parse("tcp/80"));

        Assert.Equal("with.right", Assert.Single(alternatives.Proposed).Code);
        Assert.Equal(["0.0.0.0:1024", "0.0.0.0:1025", "0.0.0.0:1026"], alternatives.Ports!.Free.Select(endpoint => endpoint.ToString()));
        Assert.Equal(Certainty.Certain, alternatives.Ports.Certainty);
    }

    [Fact]
    public void FindAlternatives_DatagramHolderOfOneAddress_ReuseIsProposedIfItSharesToo()
    {
        // As the stub of systemd-resolved: SO_REUSEADDR is set, and from outside nobody sees it.
        HostSnapshot known = Hosts.Linux([Hosts.Socket("udp/127.0.0.53:53") with { ReuseAddress = true, ReusePort = false, UserId = 0 }]);
        HostSnapshot outside = Hosts.Linux([Hosts.Socket("udp/127.0.0.53:53") with { UserId = 0 }]);

        BindAlternative certain = new BindPredictor(known).FindAlternatives(BindRequest.Parse("udp/53")).Proposed[0];
        BindAlternative conditional = new BindPredictor(outside).FindAlternatives(BindRequest.Parse("udp/53")).Proposed[0];

        Assert.Equal(("with.reuse-address", null), (certain.Code, certain.Condition));
        Assert.Equal(("with.reuse-address", true), (conditional.Code, conditional.Condition is not null));
    }

    [Theory]
    [InlineData("udp/127.0.0.1:514", "udp/127.0.0.1:514")]
    [InlineData("udp/0.0.0.0:514", "udp/127.0.0.1:514")]
    [InlineData("udp/0.0.0.0:514", "udp/0.0.0.0:514")]
    public void FindAlternatives_DatagramHolderWouldLoseTraffic_ReuseIsNotProposed(string holder, string request)
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket(holder) with { ReuseAddress = true, ReusePort = false, UserId = 0 }]);

        BindAlternatives alternatives = new BindPredictor(host).FindAlternatives(BindRequest.Parse(request));

        Assert.Empty(alternatives.Proposed);
        BindAlternative reuse = Assert.Single(alternatives.NotProposed);
        Assert.Equal("with.reuse-address", reuse.Code);
        Assert.Contains("takes datagrams", reuse.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5.1.2600", false)]
    [InlineData("10.0.19045", true)]
    public void FindAlternatives_OnWindows_ReuseThatHijacksIsSaidAndNotProposed(string version, bool holderReuses)
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("tcp/0.0.0.0:80").OwnedBy(9, "a.exe", "PC\\alice") with { ReuseAddress = holderReuses, ExclusiveAddressUse = false }], version);

        BindAlternatives alternatives = new BindPredictor(host).FindAlternatives(BindRequest.Parse("tcp/80"));

        Assert.Equal("with.reuse-address", Assert.Single(alternatives.NotProposed).Code);
        Assert.DoesNotContain(alternatives.Proposed, one => one.Request.ReuseAddress);

        // One address beside a wildcard holder would take its traffic.
        Assert.DoesNotContain(alternatives.Proposed, one => one.Code == "on.address");
    }

    [Fact]
    public void FindAlternatives_OnWindowsBesideAnExclusiveAddress_TheOtherAddress()
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("udp/127.0.0.1:69").OwnedBy(9, "a.exe", "PC\\bob")]);

        BindAlternatives alternatives = new BindPredictor(host).FindAlternatives(BindRequest.Parse("udp/0.0.0.0:69 --exclusive"));

        BindAlternative other = Assert.Single(alternatives.Proposed);
        Assert.Equal(("on.address", "on 192.168.1.10 only"), (other.Code, other.Change));
    }

    [Fact]
    public void FindFreePorts_BesideTheAutomaticRange_SkipsWhatIsKeptOrHeld()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("udp/127.0.0.1:32766"), Hosts.Socket("tcp/32765")]) with
        {
            PortRanges = Table.Complete(
            [
                new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 32768, Last = 60999 },
                new PortRangeRow { Kind = PortRangeKind.Reserved, First = 32760, Last = 32763 },
            ], "test"),
        };

        PortAvailability ports = new BindPredictor(host).FindFreePorts(BindRequest.Parse("udp/32767"), count: 4);

        Assert.Equal([32765, 32764, 32759, 32758], ports.Free.Select(endpoint => endpoint.Port));
    }

    [Theory]
    [InlineData("10.0.19045", 50000, new[] { 49151, 49150, 49149 })]
    [InlineData("5.1.2600", 1024, new[] { 5001, 5002, 5003 })]
    public void FindFreePorts_OnWindows_OutsideTheAutomaticRangeOfTheVersion(string version, int wanted, int[] free)
    {
        HostSnapshot host = Hosts.Windows([], version) with { PortRanges = Table.Complete(Array.Empty<PortRangeRow>(), "test") };

        PortAvailability ports = new BindPredictor(host).FindFreePorts(BindRequest.Parse($"tcp/{wanted}"));

        Assert.Equal(free, ports.Free.Select(endpoint => endpoint.Port));
        Assert.Equal(Certainty.Likely, ports.Certainty);
    }

    [Fact]
    public void FindFreePorts_ExcludedRanges_AreLeftOutEvenAdministered()
    {
        HostSnapshot host = Hosts.Windows([]) with
        {
            PortRanges = Table.Complete(
            [
                new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 49152, Last = 65535 },
                new PortRangeRow { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Udp, First = 8081, Last = 8180 },
                new PortRangeRow { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Udp, First = 8078, Last = 8079, IsAdministered = true },
            ], "test"),
        };

        Assert.Equal([8077, 8076, 8075], new BindPredictor(host).FindFreePorts(BindRequest.Parse("udp/8080")).Free.Select(endpoint => endpoint.Port));
    }

    [Fact]
    public void FindFreePorts_OtherPortsNotCaptured_NobodyKnows()
    {
        HostSnapshot host = Hosts.Linux([]) with
        {
            Sockets = Table<SocketRow>.Complete([Hosts.Socket("tcp/80")], "test", filter: new TableFilter { FirstPort = 80, LastPort = 80 }),
        };

        PortAvailability ports = new BindPredictor(host).FindFreePorts(BindRequest.Parse("tcp/80"));

        Assert.Equal((Certainty.None, true), (ports.Certainty, ports.Free.IsEmpty));
        Assert.Contains("sockets", ports.Unseen, StringComparison.Ordinal);
    }
}
