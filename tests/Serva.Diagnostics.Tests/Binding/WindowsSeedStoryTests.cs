using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>The story this library began with: an SNTP server on Vista, and W32Time on its port.</summary>
public class WindowsSeedStoryTests
{
    private static readonly HostSnapshot s_vista = Hosts.Windows(
        [Hosts.Socket("udp/0.0.0.0:123").OwnedBy(1504, "svchost.exe", "NT AUTHORITY\\LOCAL SERVICE")], "6.0.6002");

    [Fact]
    public void Predict_WildcardBesideW32Time_InUse()
    {
        BindPrediction answer = s_vista.Predict("udp/0.0.0.0:123");

        Assert.Equal((BindOutcome.AddressInUse, "WSAEADDRINUSE", 10048), (answer.Outcome, answer.NativeError, answer.NativeCode));
        Assert.Equal(1504, Assert.Single(answer.Conflicts).Socket.Owners[0].ProcessId);
        Assert.Equal("conflict.same-endpoint", answer.Conflicts[0].Code);
    }

    [Fact]
    public void Predict_AddressBesideW32Time_AccessDenied()
    {
        BindPrediction answer = s_vista.Predict("udp/192.168.1.10:123");

        Assert.Equal((BindOutcome.AccessDenied, "WSAEACCES", 10013), (answer.Outcome, answer.NativeError, answer.NativeCode));
        BindConflict conflict = Assert.Single(answer.Conflicts);
        Assert.Equal("conflict.wildcard-holder", conflict.Code);
        Assert.StartsWith("udp 0.0.0.0:123 covers every IPv4 address, so 192.168.1.10:123 is taken too", conflict.Why, System.StringComparison.Ordinal);
        Assert.Equal(Certainty.Likely, answer.Certainty);
        Assert.Contains(answer.Trace, step => step.Code == "bind.matrix" && step.Text.Contains("not measured", System.StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NT AUTHORITY\\LocalService")]
    [InlineData("nt authority\\local service")]
    public void Predict_AccountKnownFromTheServiceAlone_AccessDenied(string account)
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("udp/0.0.0.0:123").OwnedBy(1504, "svchost.exe")], "6.0.6002") with
        {
            Services = Table.Complete(
                [new ServiceRow { Name = "W32Time", State = ServiceState.Running, Start = ServiceStart.Automatic, ProcessId = 1504, Account = account }], "test"),
        };

        Assert.Equal(10013, host.Predict("udp/192.168.1.10:123").NativeCode);
        Assert.Equal(BindOutcome.Success, host.Predict("udp/192.168.1.10:123", new Identity { UserName = "LOCAL SERVICE" }).Outcome);
    }
}
