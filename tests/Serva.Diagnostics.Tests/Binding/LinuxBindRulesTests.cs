using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>The checks of a Linux bind before and after the conflict rule. Their order and errors were measured on Linux 6.18.</summary>
public class LinuxBindRulesTests
{
    private static readonly Identity s_user = new() { UserName = "www", UserId = 1000, IsElevated = false, Capabilities = 0 };
    private static readonly HostSnapshot s_idle = Hosts.Linux([]);

    [Theory]
    [InlineData("udp/0.0.0.0:5000", BindOutcome.Success)]
    [InlineData("udp/10.9.0.1:5000", BindOutcome.Success)]
    [InlineData("udp/127.200.3.4:5000", BindOutcome.Success)]
    [InlineData("tcp/255.255.255.255:5000", BindOutcome.Success)]
    [InlineData("tcp/10.9.0.255:5000", BindOutcome.Success)]
    [InlineData("tcp/224.0.0.1:5000", BindOutcome.Success)]
    [InlineData("tcp/10.9.0.0:5000", BindOutcome.AddressNotAvailable)]
    [InlineData("udp/192.0.2.1:5000", BindOutcome.AddressNotAvailable)]
    [InlineData("udp/192.0.2.1:5000 --free-bind", BindOutcome.Success)]
    [InlineData("udp/192.0.2.1:5000 --transparent", BindOutcome.Success)]
    [InlineData("udp/[::]:5000", BindOutcome.Success)]
    [InlineData("udp/[fd09::1]:5000", BindOutcome.Success)]
    [InlineData("udp/[fd09::1]:5000 --device lo", BindOutcome.Success)]
    [InlineData("udp/[2001:db8::1]:5000", BindOutcome.AddressNotAvailable)]
    [InlineData("udp/[2001:db8::1]:5000 --free-bind", BindOutcome.Success)]
    [InlineData("udp/[::1]:5000", BindOutcome.Success)]
    [InlineData("udp/[::1]:5000 --device lsb0", BindOutcome.AddressNotAvailable)]
    [InlineData("udp/[fe80::9]:5000", BindOutcome.InvalidArgument)]
    [InlineData("udp/[fe80::9%2]:5000", BindOutcome.Success)]
    [InlineData("udp/[fe80::9]:5000 --device lsb0", BindOutcome.Success)]
    [InlineData("udp/[fe80::9%2]:5000 --device lo", BindOutcome.Success)]
    [InlineData("udp/[fe80::9%1]:5000", BindOutcome.AddressNotAvailable)]
    [InlineData("udp/[fe80::9%77]:5000", BindOutcome.NoSuchDevice)]
    [InlineData("udp/[ff02::1]:5000", BindOutcome.InvalidArgument)]
    [InlineData("udp/[ff02::1%2]:5000", BindOutcome.Success)]
    [InlineData("udp/[ff0e::1]:5000", BindOutcome.Success)]
    [InlineData("tcp/[ff0e::1]:5000", BindOutcome.InvalidArgument)]
    [InlineData("udp/[::ffff:10.9.0.1]:5000", BindOutcome.InvalidArgument)]
    [InlineData("udp/[::ffff:10.9.0.1]:5000 --dual-mode", BindOutcome.Success)]
    [InlineData("udp/[::ffff:192.0.2.1]:5000 --dual-mode", BindOutcome.AddressNotAvailable)]
    [InlineData("udp/0.0.0.0:5000 --device nope0", BindOutcome.NoSuchDevice)]
    [InlineData("raw/10.9.0.1:1", BindOutcome.Success)]
    public void Predict_AddressOnIdleHost_AsTheKernelChecks(string request, BindOutcome outcome)
    {
        BindPrediction answer = s_idle.Predict(request);

        Assert.Equal(outcome, answer.Outcome);
        Assert.Equal(Certainty.Certain, answer.Certainty);
        Assert.Empty(answer.Unseen);
        Assert.NotEmpty(answer.Trace);
    }

    [Theory]
    [InlineData(AddressState.Preferred, BindOutcome.Success, Certainty.Certain)]
    [InlineData(AddressState.Deprecated, BindOutcome.Success, Certainty.Certain)]
    [InlineData(AddressState.Optimistic, BindOutcome.Success, Certainty.Certain)]
    [InlineData(AddressState.Tentative, BindOutcome.AddressNotAvailable, Certainty.Likely)]
    [InlineData(AddressState.Duplicate, BindOutcome.AddressNotAvailable, Certainty.Certain)]
    public void Predict_IPv6AddressInState_AvailableOrNot(AddressState state, BindOutcome outcome, Certainty certainty)
    {
        HostSnapshot host = s_idle with { Addresses = Table.Complete([Hosts.Address(2, "fd09::7", 64, state)], "test") };

        BindPrediction answer = host.Predict("udp/[fd09::7]:5000");

        Assert.Equal((outcome, certainty), (answer.Outcome, answer.Certainty));
    }

    [Fact]
    public void Predict_LocalTableHoldsAPrefix_EveryAddressOfItMayBeBound()
    {
        HostSnapshot host = s_idle with
        {
            Routes = Table.Complete(
                [Hosts.LocalRoute("10.55.0.0/16", RouteKind.Local), Hosts.LocalRoute("10.55.7.0/24", RouteKind.Blackhole)], "test"),
        };

        Assert.Equal(BindOutcome.Success, host.Predict("tcp/10.55.1.2:80").Outcome);
        Assert.Equal(BindOutcome.AddressNotAvailable, host.Predict("tcp/10.55.7.2:80").Outcome);
    }

    [Fact]
    public void Predict_NonlocalBindAllowed_EachSettingServesItsFamily()
    {
        HostSnapshot host = s_idle with
        {
            Settings = Table.Complete([Hosts.Setting("net.ipv4.ip_nonlocal_bind", "1"), Hosts.Setting("net.ipv6.ip_nonlocal_bind", "0")], "test"),
        };

        Assert.Equal(BindOutcome.Success, host.Predict("udp/192.0.2.1:5000").Outcome);
        Assert.Equal(BindOutcome.Success, host.Predict("udp/[::ffff:192.0.2.1]:5000 --dual-mode").Outcome);
        Assert.Equal(BindOutcome.AddressNotAvailable, host.Predict("udp/[2001:db8::1]:5000").Outcome);
    }

    [Theory]
    [InlineData("udp/0.0.0.0:69", BindOutcome.AccessDenied, "EACCES")]
    [InlineData("tcp/0.0.0.0:1023", BindOutcome.AccessDenied, "EACCES")]
    [InlineData("tcp/0.0.0.0:1024", BindOutcome.Success, null)]
    [InlineData("udp/192.0.2.1:69", BindOutcome.AddressNotAvailable, "EADDRNOTAVAIL")]
    [InlineData("udp/[2001:db8::1]:69", BindOutcome.AccessDenied, "EACCES")]
    [InlineData("raw/0.0.0.0:1", BindOutcome.AccessDenied, "EPERM")]
    [InlineData("udp/0.0.0.0:5000 --transparent", BindOutcome.AccessDenied, "EPERM")]
    public void Predict_UserWithoutCapabilities_ErrorInTheKernelsOrder(string request, BindOutcome outcome, string? error)
    {
        BindPrediction answer = s_idle.Predict(request, s_user);

        Assert.Equal((outcome, error, Certainty.Certain), (answer.Outcome, answer.NativeError, answer.Certainty));
    }

    [Fact]
    public void Predict_PrivilegedPortOfAUserWithTheCapability_Success()
    {
        Identity asker = s_user with { Capabilities = 1ul << 10 };

        Assert.Equal(BindOutcome.Success, s_idle.Predict("udp/0.0.0.0:69", asker).Outcome);
    }

    [Fact]
    public void Predict_PrivilegedPortThatIsHeldToo_DeniedAndTheHolderIsNamed()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("udp/0.0.0.0:67") with { UserId = 0 }]);

        BindPrediction answer = host.Predict("udp/0.0.0.0:67", s_user);

        Assert.Equal(BindOutcome.AccessDenied, answer.Outcome);
        Assert.Single(answer.Conflicts);
    }

    [Fact]
    public void Predict_SettingsNotCaptured_PrivilegedPortIsLikelyDenied()
    {
        HostSnapshot host = s_idle with { Settings = Table.NotRequested<SettingRow>() };

        BindPrediction answer = host.Predict("udp/0.0.0.0:69", s_user);

        Assert.Equal((BindOutcome.AccessDenied, Certainty.Likely), (answer.Outcome, answer.Certainty));
        Assert.Contains(answer.Unseen, text => text.Contains("ip_unprivileged_port_start", StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_AddressesNotCaptured_SuccessIsUndeterminedAndNamesThem()
    {
        HostSnapshot host = s_idle with { Addresses = Table.NotRequested<AddressRow>(), Routes = Table.NotRequested<RouteRow>() };

        BindPrediction answer = host.Predict("udp/10.9.0.1:5000");

        Assert.Equal((BindOutcome.Undetermined, Certainty.None, (string?)null), (answer.Outcome, answer.Certainty, answer.NativeError));
        Assert.Contains(answer.Unseen, text => text.StartsWith("addresses", StringComparison.Ordinal));
        Assert.Equal(BindOutcome.Success, host.Predict("udp/0.0.0.0:5000").Outcome);
    }

    [Fact]
    public void Predict_SeveralHolders_NamesAllListenersFirst()
    {
        HostSnapshot host = Hosts.Linux(
        [
            Hosts.Socket("tcp/10.9.0.1:80", TcpState.Established) with { UserId = 0, ReuseAddress = false },
            Hosts.Socket("tcp/127.0.0.1:80") with { UserId = 0 },
            Hosts.Socket("tcp/10.9.0.2:81") with { UserId = 0 },
            Hosts.Socket("udp/0.0.0.0:80") with { UserId = 0 },
        ]);

        BindPrediction answer = host.Predict("tcp/0.0.0.0:80");

        Assert.Equal(["127.0.0.1:80", "10.9.0.1:80"], answer.Conflicts.Select(conflict => $"{conflict.Socket.Local}"));
        Assert.All(answer.Conflicts, conflict => Assert.Equal("conflict.wildcard-request", conflict.Code));
    }

    [Theory]
    [InlineData("tcp/[::]:80", false, "tcp/0.0.0.0:80", "conflict.dual-stack-holder")]
    [InlineData("tcp/0.0.0.0:80", null, "tcp/[::]:80 --dual-mode", "conflict.dual-stack-request")]
    [InlineData("tcp/0.0.0.0:80", null, "tcp/10.9.0.1:80", "conflict.wildcard-holder")]
    [InlineData("tcp/[fd09::1]:80", true, "tcp/[::]:80", "conflict.wildcard-request")]
    [InlineData("tcp/[::]:80", true, "tcp/[::]:80", "conflict.same-endpoint")]
    public void Predict_HolderAndRequestMeet_CodeSaysHow(string holder, bool? ipv6Only, string request, string code)
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket(holder) with { IPv6Only = ipv6Only, UserId = 0 }]);

        BindPrediction answer = host.Predict(request);

        Assert.Equal(code, Assert.Single(answer.Conflicts).Code);
        Assert.Equal((BindOutcome.AddressInUse, Certainty.Certain), (answer.Outcome, answer.Certainty));
    }

    [Fact]
    public void Predict_TimeWaitOfAServer_ReuseAddressProbablyHelps()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("tcp/10.9.0.1:80", TcpState.TimeWait)]);

        BindPrediction without = host.Predict("tcp/0.0.0.0:80");
        BindPrediction with = host.Predict("tcp/0.0.0.0:80 --reuse-address");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Certain), (without.Outcome, without.Certainty));
        Assert.Equal((BindOutcome.Success, Certainty.Likely), (with.Outcome, with.Certainty));
        Assert.Contains("SO_REUSEADDR", Assert.Single(with.Unseen), StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_PortOfAnOutgoingConnection_ReuseAddressProbablyDoesNotHelp()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("tcp/10.9.0.1:40000", TcpState.Established) with { UserId = 1000 }]);

        BindPrediction answer = host.Predict("tcp/0.0.0.0:40000 --reuse-address");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Likely), (answer.Outcome, answer.Certainty));
    }

    [Fact]
    public void Predict_TwoUdpTwinsOnThePort_ReuseAddressProbablyHelps()
    {
        SocketRow responder = Hosts.Socket("udp/0.0.0.0:5353") with { UserId = 100 };

        BindPrediction alone = Hosts.Linux([responder]).Predict("udp/0.0.0.0:5353 --reuse-address");
        BindPrediction twins = Hosts.Linux([responder, responder with { UserId = 101 }]).Predict("udp/0.0.0.0:5353 --reuse-address");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Likely), (alone.Outcome, alone.Certainty));
        Assert.Equal((BindOutcome.Success, Certainty.Likely), (twins.Outcome, twins.Certainty));
    }

    [Fact]
    public void Predict_ListenerAndReusePortOfOneUser_Likely()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("tcp/0.0.0.0:80") with { UserId = 1000 }]);

        BindPrediction sameUser = host.Predict("tcp/0.0.0.0:80 --reuse-port", s_user with { Capabilities = ulong.MaxValue });
        BindPrediction otherUser = host.Predict("tcp/0.0.0.0:80 --reuse-port", s_user with { UserId = 1001, Capabilities = ulong.MaxValue });

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Likely), (sameUser.Outcome, sameUser.Certainty));
        Assert.Equal((BindOutcome.AddressInUse, Certainty.Certain), (otherUser.Outcome, otherUser.Certainty));
    }

    // The kernel stops at the first socket it meets; which one that is, the table's order tells only within a family. Found by really binding.
    [Theory]
    [InlineData(true, true, BindOutcome.Success, Certainty.Likely)]
    [InlineData(true, false, BindOutcome.AddressInUse, Certainty.Likely)]
    [InlineData(false, true, BindOutcome.AddressInUse, Certainty.Certain)]
    public void Predict_UdpReusePortBesideATwinAndAStranger_HangsOnTheLastBound(bool hasTwin, bool twinIsFirst, BindOutcome outcome, Certainty certainty)
    {
        SocketRow twin = Hosts.Socket("udp/127.0.0.1:5000") with { UserId = 0, ReuseAddress = true, ReusePort = hasTwin };
        SocketRow stranger = Hosts.Socket("udp/0.0.0.0:5000") with { UserId = 0, ReuseAddress = true, ReusePort = false };

        BindPrediction answer = Hosts.Linux(twinIsFirst ? [twin, stranger] : [stranger, twin]).Predict("udp/0.0.0.0:5000 --reuse-port");

        Assert.Equal((outcome, certainty), (answer.Outcome, answer.Certainty));
        Assert.Equal(outcome == BindOutcome.Success, answer.Conflicts.IsEmpty);
    }

    // The port remembers the last socket with SO_REUSEPORT, and lets its like in beside the others. Found by really binding.
    [Theory]
    [InlineData("tcp/[::1]:80", true, 0u, Certainty.Likely)]
    [InlineData("tcp/[::]:80", true, 0u, Certainty.Likely)]
    [InlineData("tcp/10.9.0.1:80", true, 0u, Certainty.Certain)]
    [InlineData("tcp/[::1]:80", true, 1000u, Certainty.Certain)]
    [InlineData("tcp/[::1]:80", false, 0u, Certainty.Certain)]
    public void Predict_TcpReusePortBesideAHolderAndATwin_CertainUnlessThePortMayRememberTheTwin(string twin, bool reusePort, uint user, Certainty certainty)
    {
        SocketRow holder = Hosts.Socket("tcp/[::1]:80", TcpState.Closed) with { UserId = 0, ReuseAddress = true, ReusePort = false };
        HostSnapshot host = Hosts.Linux([holder, Hosts.Socket(twin, TcpState.Closed) with { UserId = user, ReuseAddress = true, ReusePort = reusePort, IPv6Only = true }]);

        BindPrediction answer = host.Predict("tcp/[::1]:80 --reuse-port");

        Assert.Equal((BindOutcome.AddressInUse, certainty), (answer.Outcome, answer.Certainty));
        Assert.Equal(certainty == Certainty.Certain, answer.Trace.Any(step => step.Code == "bind.port.memory"));
    }

    [Theory]
    [InlineData("sock_diag, /proc/net/raw, /proc/net/raw6", Certainty.Certain)]
    [InlineData("sock_diag, /proc/net/tcp6", Certainty.Likely)]
    [InlineData("netstat", Certainty.Likely)]
    public void Predict_FreeTcpPort_LikelyWhereTheSourceLeavesBoundSocketsOut(string source, Certainty certainty)
    {
        BindPrediction answer = (s_idle with { Sockets = Table.Complete<SocketRow>([], source) }).Predict("tcp/0.0.0.0:8080");

        Assert.Equal((BindOutcome.Success, certainty), (answer.Outcome, answer.Certainty));
    }

    // An odd range: each search walks an even number of ports and leaves one out. Measured on Linux 6.18.
    [Theory]
    [InlineData("tcp/0.0.0.0:0", 40000, 40002, 2, BindOutcome.AddressInUse, Certainty.Certain)]
    [InlineData("udp/0.0.0.0:0", 40000, 40002, 2, BindOutcome.Success, Certainty.Certain)]
    [InlineData("tcp/0.0.0.0:0", 40000, 40001, 1, BindOutcome.Success, Certainty.Certain)]
    [InlineData("tcp/0.0.0.0:0", 40000, 40004, 4, BindOutcome.Success, Certainty.Likely)]
    [InlineData("tcp/0.0.0.0:0 --reuse-address", 40000, 40004, 4, BindOutcome.AddressInUse, Certainty.Certain)]
    [InlineData("tcp/0.0.0.0:0", 40000, 40004, 3, BindOutcome.Success, Certainty.Certain)]
    [InlineData("tcp/0.0.0.0:0 --automatic-ports 40002-40003", 40000, 40009, 3, BindOutcome.Success, Certainty.Certain)]
    [InlineData("tcp/0.0.0.0:0 --automatic-ports 40002-40002", 40000, 40009, 3, BindOutcome.AddressInUse, Certainty.Certain)]
    [InlineData("tcp/0.0.0.0:0 --automatic-ports 40003-40002", 40000, 40009, 0, BindOutcome.InvalidArgument, Certainty.Certain)]
    public void Predict_PortZeroWithTheFirstPortsHeld_AsTheSearchGoes(string request, int first, int last, int held, BindOutcome outcome, Certainty certainty)
    {
        string protocol = request[..3];
        HostSnapshot host = Hosts.Linux(Enumerable.Range(first, held).Select(port => Hosts.Socket($"{protocol}/0.0.0.0:{port}") with { UserId = 0, ReuseAddress = true })) with
        {
            PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = first, Last = last }], "test"),
            Settings = Table.Complete([Hosts.Setting("net.ipv4.ip_autobind_reuse", "0")], "test"),
        };

        BindPrediction answer = host.Predict(request);

        Assert.Equal((outcome, certainty), (answer.Outcome, answer.Certainty));
    }

    [Fact]
    public void Predict_FreeTcpPortBeforeLinux68_LikelyBecauseBoundSocketsAreInvisible()
    {
        BindPrediction old = Hosts.Linux([], "6.1.0").Predict("tcp/0.0.0.0:8080");
        BindPrediction now = Hosts.Linux([], "6.8.0").Predict("tcp/0.0.0.0:8080");
        BindPrediction udp = Hosts.Linux([], "6.1.0").Predict("udp/0.0.0.0:8080");

        Assert.Equal((BindOutcome.Success, Certainty.Likely), (old.Outcome, old.Certainty));
        Assert.Equal(Certainty.Certain, now.Certainty);
        Assert.Equal(Certainty.Certain, udp.Certainty);
    }

    [Fact]
    public void Predict_PortZero_SuccessUnlessTheRangeIsUsedUp()
    {
        HostSnapshot small = s_idle with { PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 40000, Last = 40002 }], "test") };
        SocketRow[] holders = [Hosts.Socket("udp/0.0.0.0:40000"), Hosts.Socket("udp/0.0.0.0:40001"), Hosts.Socket("udp/10.9.0.1:40002")];
        HostSnapshot full = small with { Sockets = Table.Complete(holders, "test") };

        Assert.Equal((BindOutcome.Success, Certainty.Certain), Of(s_idle.Predict("udp/0.0.0.0:0")));
        Assert.Equal((BindOutcome.AddressInUse, Certainty.Certain), Of(full.Predict("udp/0.0.0.0:0")));
        Assert.Equal((BindOutcome.Success, Certainty.Certain), Of(full.Predict("udp/10.9.0.2:0")));

        static (BindOutcome, Certainty) Of(BindPrediction answer) => (answer.Outcome, answer.Certainty);
    }

    [Fact]
    public void Predict_ListenOnADatagramSocket_NotSupported()
    {
        BindPrediction answer = new BindPredictor(s_idle).Predict(BindRequest.Parse("udp/0.0.0.0:5000") with { Listen = true });

        Assert.Equal((BindOutcome.OtherError, "EOPNOTSUPP", 95, BindStage.Listen), (answer.Outcome, answer.NativeError, answer.NativeCode, answer.Stage));
    }

    [Fact]
    public void Predict_HolderInAnotherVrf_LikelyApart()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("tcp/0.0.0.0:80") with { UserId = 0, Interface = 9 }]) with
        {
            Interfaces = Table.Complete([Hosts.Interface(9, "vrf-blue", NetworkInterfaceType.Ethernet, kind: "vrf")], "test"),
        };

        BindPrediction answer = host.Predict("tcp/0.0.0.0:80");

        Assert.Equal((BindOutcome.Success, Certainty.Likely), (answer.Outcome, answer.Certainty));
    }

    [Fact]
    public void Predict_ThousandsOfConnectionsOnThePort_OneSentenceForAll()
    {
        SocketRow[] rows = [.. Enumerable.Range(1, 5000).Select(i => Hosts.Socket("tcp/10.9.0.1:80", TcpState.Established) with
        {
            Remote = NetEndpoint.Create(NetAddress.FromIPv4(0x0a0a0000u + (uint)i), 4000),
            UserId = 0,
        })];

        BindPrediction answer = Hosts.Linux(rows).Predict("tcp/0.0.0.0:80");

        Assert.Equal(5000, answer.Conflicts.Length);
        Assert.Same(answer.Conflicts[0].Why, answer.Conflicts[^1].Why);
    }
}
