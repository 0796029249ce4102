using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>A bind that succeeds beside somebody else's socket is not free.</summary>
public sealed class PortSharedTests
{
    private static readonly ProcessRow s_other = new() { ProcessId = 700, Name = "other.exe", User = "PC\\alice" };

    [Theory]
    [InlineData("0.0.0.0:8080", "tcp/192.168.1.10:8080")]
    [InlineData("192.168.1.10:8080", "tcp/0.0.0.0:8080")]
    public void Windows_SameAccount_IsSharedAndNotFree(string held, string bind)
    {
        Diagnosis diagnosis = Ask(Hosts.Windows([Socket(TransportProtocol.Tcp, held, s_other)]), bind);

        Assert.Equal(BindOutcome.Success, diagnosis.Services[0].Bind.Outcome);
        Assert.Equal(ServiceStanding.Shared, diagnosis.Services[0].Standing);
        Assert.Contains($"but other.exe (PID 700, PC\\alice) also holds tcp {held} and may get the traffic", diagnosis.Services[0].Sentence, System.StringComparison.Ordinal);
        Assert.Equal(["SD1013"], TestCases.Ids(diagnosis));
        Assert.True(diagnosis.HasProblems);
    }

    [Fact]
    public void LinuxReusePort_TwoHolders_IsShared()
    {
        SocketRow first = Socket(TransportProtocol.Udp, "0.0.0.0:69", s_other with { Name = "one" }) with { UserId = 0 };
        SocketRow second = Socket(TransportProtocol.Udp, "0.0.0.0:69", s_other with { Name = "two", ProcessId = 701 }) with { UserId = 0 };

        Diagnosis diagnosis = Ask(Hosts.Linux([first, second]), "udp/0.0.0.0:69 --reuse-port");

        Assert.Equal(ServiceStanding.Shared, diagnosis.Services[0].Standing);
        Assert.Equal(["SD1013", "SD1013"], TestCases.Ids(diagnosis));
    }

    [Theory]
    [InlineData("127.0.0.1:69", "udp/10.9.0.1:69")]
    [InlineData("0.0.0.0:70", "udp/0.0.0.0:69")]
    [InlineData("[::]:69", "udp/0.0.0.0:69")]
    public void OtherEndpoints_AreNotShared(string held, string bind)
    {
        SocketRow socket = Socket(TransportProtocol.Udp, held, s_other) with { IPv6Only = held[0] == '[' ? true : null };

        Assert.Equal(ServiceStanding.Free, Ask(Hosts.Linux([socket]), bind).Services[0].Standing);
    }

    [Fact]
    public void Multicast_ResponderOn5353_IsNotStopped()
    {
        SocketRow avahi = Socket(TransportProtocol.Udp, "0.0.0.0:5353", new ProcessRow { ProcessId = 600, Name = "avahi-daemon", Unit = "avahi-daemon.service" }) with { ReuseAddress = true };

        Diagnosis diagnosis = Ask(Hosts.Linux([avahi]), "udp/0.0.0.0:5353 --reuse-address");

        Assert.Equal(["SD1013"], TestCases.Ids(diagnosis));
        Assert.Empty(TestCases.Commands(diagnosis));
    }

    private static Diagnosis Ask(HostSnapshot host, string bind) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Bind = BindRequest.Parse(bind) }],
    });

    private static SocketRow Socket(TransportProtocol protocol, string local, ProcessRow owner) => new()
    {
        Protocol = protocol,
        Local = NetEndpoint.Parse(local),
        State = protocol == TransportProtocol.Tcp ? TcpState.Listen : null,
        Owners = [owner],
    };
}
