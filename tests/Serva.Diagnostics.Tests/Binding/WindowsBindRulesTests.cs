using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

public class WindowsBindRulesTests
{
    private static readonly HostSnapshot s_idle = Hosts.Windows([]);

    [Theory]
    [InlineData("udp/0.0.0.0:69", BindOutcome.Success, null)]
    [InlineData("udp/192.168.1.10:69", BindOutcome.Success, null)]
    [InlineData("udp/192.0.2.0:69", BindOutcome.AddressNotAvailable, 10049)]
    [InlineData("tcp/192.0.2.0:69", BindOutcome.AddressNotAvailable, 10049)]
    [InlineData("udp/[fe80::7]:69", BindOutcome.Success, null)]
    [InlineData("udp/[fe80::7%7]:69", BindOutcome.Success, null)]
    [InlineData("udp/[fe80::7%11256099]:69", BindOutcome.AddressNotAvailable, 10049)]
    [InlineData("udp/255.255.255.255:69", BindOutcome.AccessDenied, 10013)]
    [InlineData("udp/192.168.1.255:69", BindOutcome.AccessDenied, 10013)]
    [InlineData("raw/192.168.1.10:1", BindOutcome.AccessDenied, 10013)]
    [InlineData("udplite/0.0.0.0:1", BindOutcome.OtherError, 10043)]
    public void Predict_AddressOnIdleHost_OutcomeAndCode(string request, BindOutcome outcome, int? code)
    {
        BindPrediction answer = s_idle.Predict(request);

        Assert.Equal((outcome, code), (answer.Outcome, answer.NativeCode));
    }

    [Fact]
    public void Predict_ReuseAndExclusiveTogether_InvalidAtTheSocketStage()
    {
        BindRequest request = BindRequest.Parse("tcp/80") with { ReuseAddress = true, ExclusiveAddressUse = true };

        BindPrediction answer = new BindPredictor(s_idle).Predict(request);

        Assert.Equal((BindOutcome.InvalidArgument, 10022, BindStage.Socket), (answer.Outcome, answer.NativeCode, answer.Stage));
    }

    [Fact]
    public void Predict_PrivilegedPort_NoSuchThingOnWindows() =>
        Assert.Equal((BindOutcome.Success, Certainty.Certain), (s_idle.Predict("udp/67").Outcome, s_idle.Predict("udp/67").Certainty));

    [Theory]
    [InlineData("udp/50010", false, BindOutcome.AccessDenied)]
    [InlineData("udp/50010", true, BindOutcome.Success)]
    [InlineData("udp/50100", false, BindOutcome.Success)]
    [InlineData("tcp/50010", false, BindOutcome.Success)]
    public void Predict_ExcludedRange_DeniedUnlessAdministered(string request, bool isAdministered, BindOutcome outcome)
    {
        HostSnapshot host = s_idle with
        {
            PortRanges = Table.Complete(
                [new PortRangeRow { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Udp, First = 50000, Last = 50059, IsAdministered = isAdministered }], "test"),
        };

        BindPrediction answer = host.Predict(request);

        Assert.Equal(outcome, answer.Outcome);
        if (outcome == BindOutcome.AccessDenied)
        {
            Assert.Equal((Certainty.Likely, "WSAEACCES"), (answer.Certainty, answer.NativeError));
            Assert.Contains(answer.Trace, step => step.Code == "bind.port.excluded");
        }
    }

    [Theory]
    [InlineData("6.2.9200", BindOutcome.AccessDenied)]
    [InlineData("6.0.6002", BindOutcome.Success)]
    [InlineData("10.0.19045", BindOutcome.Success)]
    public void Predict_SecondReuseBindInAdministeredRange_DeniedOnTheReleasesOfKB3039044(string version, BindOutcome outcome)
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("tcp/8080").OwnedBy(9, "a.exe", "PC\\alice") with { ReuseAddress = true }], version) with
        {
            PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Excluded, First = 8000, Last = 8099, IsAdministered = true }], "test"),
        };

        Assert.Equal(outcome, host.Predict("tcp/8080 --reuse-address").Outcome);
    }

    [Fact]
    public void Predict_PortRangesNotCaptured_FreeIsLikely()
    {
        BindPrediction answer = (s_idle with { PortRanges = Table.NotRequested<PortRangeRow>() }).Predict("udp/69");

        Assert.Equal((BindOutcome.Success, Certainty.Likely), (answer.Outcome, answer.Certainty));
        Assert.Contains(answer.Unseen, text => text.StartsWith("portRanges", StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_HolderWithUnknownOptions_LikelyBecauseSomeCellsWereNotMeasured()
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("tcp/0.0.0.0:80").OwnedBy(9, "httpd.exe", "PC\\alice")]);

        BindPrediction wildcard = host.Predict("tcp/0.0.0.0:80");
        BindPrediction specific = host.Predict("tcp/192.168.1.10:80");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Likely), (wildcard.Outcome, wildcard.Certainty));
        Assert.Contains(wildcard.Unseen, text => text.Contains("was not measured", StringComparison.Ordinal));
        Assert.Equal((BindOutcome.Success, Certainty.Likely), (specific.Outcome, specific.Certainty));
        Assert.Contains(specific.Unseen, text => text.StartsWith("the sharing options", StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_HolderOfUnknownAccount_BothAreTriedAndTheDifferenceIsNamed()
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("tcp/0.0.0.0:80") with { ReuseAddress = false, ExclusiveAddressUse = false }]);

        BindPrediction wildcard = host.Predict("tcp/0.0.0.0:80");
        BindPrediction specific = host.Predict("tcp/192.168.1.10:80");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Likely), (wildcard.Outcome, wildcard.Certainty));
        Assert.Equal((BindOutcome.AccessDenied, Certainty.Likely), (specific.Outcome, specific.Certainty));
        Assert.Contains(specific.Unseen, text => text.Contains("account", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TcpState.Established, "tcp/80", Certainty.Likely, false)]
    [InlineData(TcpState.TimeWait, "tcp/80", Certainty.Likely, false)]
    [InlineData(TcpState.Established, "tcp/80 --exclusive", Certainty.Likely, true)]
    public void Predict_OnlyConnectionsOnThePort_Success(TcpState state, string request, Certainty certainty, bool namesConnections)
    {
        BindPrediction answer = Hosts.Windows([Hosts.Socket("tcp/192.168.1.10:80", state)]).Predict(request);

        Assert.Equal((BindOutcome.Success, certainty), (answer.Outcome, answer.Certainty));
        Assert.Equal(namesConnections, string.Join(' ', answer.Unseen).Contains("exclusive bind", StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_TwoHoldersThatRefuseDifferently_NamesBothAndIsLikely()
    {
        HostSnapshot host = Hosts.Windows(
        [
            Hosts.Socket("tcp/0.0.0.0:80").OwnedBy(4, "System") with { ExclusiveAddressUse = true },
            Hosts.Socket("tcp/192.168.1.10:80").OwnedBy(9, "a.exe", "PC\\alice") with { ReuseAddress = false, ExclusiveAddressUse = false },
        ]);

        BindPrediction answer = host.Predict("tcp/192.168.1.10:80");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Likely, 2), (answer.Outcome, answer.Certainty, answer.Conflicts.Length));
    }

    [Theory]
    [InlineData("tcp/80", null)]
    [InlineData("tcp/127.0.0.1:80", null)]
    [InlineData("tcp/80", false)]
    public void Predict_AddressSharingSwitchedOff_DeniedAndReportedByUsersOnly(string request, bool? holderReuses)
    {
        HostSnapshot host = Hosts.Windows([Hosts.Socket("tcp/80").OwnedBy(9, "a.exe", "PC\\alice") with { ReuseAddress = holderReuses }]) with
        {
            Settings = Table.Complete([Hosts.Setting("HKLM\\SYSTEM\\CurrentControlSet\\Services\\AFD\\Parameters\\DisableAddressSharing", "1")], "test"),
        };

        BindPrediction answer = host.Predict(request);

        Assert.Equal((BindOutcome.AccessDenied, 10013, Certainty.Likely), (answer.Outcome, answer.NativeCode, answer.Certainty));
        Assert.Contains(answer.Trace, step => step.Code == "bind.matrix" && step.Text.Contains("reported by users", StringComparison.Ordinal));
        Assert.Contains(answer.Unseen, text => text.Contains("DisableAddressSharing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("6.1.7601", "Client", "raw/192.168.1.10:6", BindOutcome.OtherError)]
    [InlineData("6.0.6002", "Client", "raw/192.168.1.10:6", BindOutcome.OtherError)]
    [InlineData("6.1.7601", "Client", "raw/192.168.1.10:1", BindOutcome.Success)]
    [InlineData("6.1.7601", "Client", "raw/icmp", BindOutcome.Success)]
    [InlineData("6.1.7601", "Server", "raw/192.168.1.10:6", BindOutcome.Success)]
    [InlineData("5.2.3790", "Server", "raw/192.168.1.10:6", BindOutcome.Success)]
    [InlineData("10.0.19045", "Client", "raw/192.168.1.10:6", BindOutcome.Success)]
    public void Predict_RawSocketOfAnAdministrator_TcpRefusedOnVistaAnd7(string version, string installation, string request, BindOutcome outcome)
    {
        HostSnapshot host = Hosts.Windows([], version);
        host = host with { Platform = host.Platform with { InstallationType = installation } };

        BindPrediction answer = host.Predict(request, new Identity { UserName = "PC\\admin", IsElevated = true });

        Assert.Equal(outcome, answer.Outcome);
        Assert.Equal(outcome == BindOutcome.OtherError, answer.Unseen.Any(text => text.Contains("raw TCP bind;", StringComparison.Ordinal)));
    }

    [Fact]
    public void Predict_WildcardTaken_SaysThatTheErrorMayComeLate() =>
        Assert.Contains(
            Hosts.Windows([Hosts.Socket("tcp/80").OwnedBy(9, "a.exe", "PC\\alice")]).Predict("tcp/80").Trace,
            step => step.Code == "bind.listen" && step.Text.Contains("no sooner", StringComparison.Ordinal));

    [Theory]
    [InlineData("NT AUTHORITY\\LOCAL SERVICE", "LocalService", true)]
    [InlineData("LocalSystem", "NT AUTHORITY\\SYSTEM", true)]
    [InlineData(".\\alice", "PC\\Alice", true)]
    [InlineData("OTHER\\alice", "PC\\alice", false)]
    [InlineData("NT AUTHORITY\\NETWORK SERVICE", "NT AUTHORITY\\LOCAL SERVICE", false)]
    public void IsSame_SpellingsOfAccounts_OneAccountOrNot(string first, string second, bool isSame)
    {
        Assert.Equal(isSame, Serva.Diagnostics.Binding.WindowsAccounts.IsSame(first, second));
        Assert.Equal(isSame, Serva.Diagnostics.Binding.WindowsAccounts.IsSame(second, first));
    }
}
