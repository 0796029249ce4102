using System;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.LiveTests.Cli;
using Serva.Diagnostics.Probing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Probing;

/// <summary>What a probe meets on the machine that runs the tests, and that it leaves nothing behind.</summary>
[Trait("System", "Any")]
[Trait("Privilege", "Any")]
public class BindProbeTests
{
    [Theory]
    [InlineData("tcp", ProbePolicy.BindOnly)]
    [InlineData("tcp", ProbePolicy.Full)]
    [InlineData("udp", ProbePolicy.BindOnly)]
    public void Try_FreePort_SuccessAndNothingLeftBehind(string protocol, ProbePolicy policy)
    {
        int port = SocketHolder.FreePort();
        BindRequest request = BindRequest.Parse($"{protocol}/127.0.0.1:{port}");

        BindProbeResult first = BindProbe.Try(request, policy, TimeProvider.System);
        BindProbeResult second = BindProbe.Try(request, policy, TimeProvider.System);
        using Socket owner = Open(protocol);
        owner.Bind(new IPEndPoint(IPAddress.Loopback, port));

        Assert.Equal(BindOutcome.Success, first.Outcome);
        Assert.Equal(BindOutcome.Success, second.Outcome);
        Assert.Null(first.NotTriedBecause);
        Assert.Null(first.NativeCode);
        Assert.True(first.Duration > TimeSpan.Zero);
        Assert.Equal(policy == ProbePolicy.Full ? BindStage.Listen : BindStage.Bind, first.Stage);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public void Try_PortInUse_AddressInUseAtTheBind(string protocol)
    {
        using Socket holder = Open(protocol);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (protocol == "tcp")
            holder.Listen(1);

        BindProbeResult result = BindProbe.Try(BindRequest.Parse($"{protocol}/{holder.LocalEndPoint}"), ProbePolicy.BindOnly, TimeProvider.System);

        Assert.Equal((BindOutcome.AddressInUse, BindStage.Bind), (result.Outcome, result.Stage));
        Assert.Equal(
            OperatingSystem.IsWindows() ? ("WSAEADDRINUSE", 10048) : OperatingSystem.IsLinux() ? ("EADDRINUSE", 98) : ("EADDRINUSE", 48),
            (result.NativeError, result.NativeCode ?? 0));
    }

    [Theory]
    [InlineData("tcp/192.0.2.1:0")]
    [InlineData("udp/[2001:db8::1]:0")]
    public void Try_AddressOfNobody_NotAvailable(string request)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 || !request.Contains('[', StringComparison.Ordinal), "needs IPv6");

        BindProbeResult result = BindProbe.Try(BindRequest.Parse(request), ProbePolicy.BindOnly, TimeProvider.System);

        Assert.Equal(BindOutcome.AddressNotAvailable, result.Outcome);
        Assert.EndsWith("EADDRNOTAVAIL", result.NativeError, StringComparison.Ordinal);
    }

    [Fact]
    public void Try_ListeningRequestWithoutFullPolicy_StopsAtTheBind()
    {
        BindProbeResult result = BindProbe.Try(BindRequest.Parse($"tcp/127.0.0.1:{SocketHolder.FreePort()}"), ProbePolicy.BindOnly, TimeProvider.System);

        Assert.Equal((BindOutcome.Success, BindStage.Bind), (result.Outcome, result.Stage));
    }

    [Theory]
    [InlineData("tcp/127.0.0.1:0", ProbePolicy.None, "switched off")]
    [InlineData("udp/127.0.0.1:0 --reuse-address", ProbePolicy.BindOnly, "SO_REUSEADDR")]
    [InlineData("udplite/127.0.0.1:0 --reuse-address", ProbePolicy.BindOnly, "SO_REUSEADDR")]
    [InlineData("tcp/127.0.0.1:0 --reuse-port", ProbePolicy.BindOnly, "SO_REUSEPORT")]
    public void Try_BeyondThePolicy_NotTriedAndSaysWhy(string request, ProbePolicy policy, string reason)
    {
        BindProbeResult result = BindProbe.Try(BindRequest.Parse(request), policy, TimeProvider.System);

        Assert.Equal(BindOutcome.Undetermined, result.Outcome);
        Assert.Contains(reason, result.NotTriedBecause, StringComparison.Ordinal);
        Assert.Null(result.Duration);
        Assert.Equal("", result.Modelled);
    }

    [Fact]
    public void Try_SomebodyElsesBind_NotTried()
    {
        BindRequest request = BindRequest.Parse("tcp/127.0.0.1:0") with { Asker = new Identity { UserName = "nobody-like-us", UserId = 4_000_000, IsElevated = !Environment.IsPrivilegedProcess } };

        BindProbeResult result = BindProbe.Try(request, ProbePolicy.Full, TimeProvider.System);

        Assert.Contains("somebody else", result.NotTriedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void Try_OptionsOfTheRequest_AreModelled()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "needs IPv6");
        BindProbeResult plain = BindProbe.Try(BindRequest.Parse("udp/127.0.0.1:0"), ProbePolicy.BindOnly, TimeProvider.System);
        BindProbeResult dual = BindProbe.Try(BindRequest.Parse("udp/[::]:0 --dual-mode"), ProbePolicy.BindOnly, TimeProvider.System);
        BindProbeResult reuse = BindProbe.Try(BindRequest.Parse("udp/[::]:0 --reuse-address"), ProbePolicy.Full, TimeProvider.System);

        Assert.Equal(("", BindOutcome.Success), (plain.Modelled, plain.Outcome));
        Assert.Equal(("IPV6_V6ONLY=0", BindOutcome.Success), (dual.Modelled, dual.Outcome));
        Assert.Equal(("IPV6_V6ONLY=1 SO_REUSEADDR", BindOutcome.Success), (reuse.Modelled, reuse.Outcome));
    }

    private static Socket Open(string protocol) => protocol == "tcp"
        ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
}
