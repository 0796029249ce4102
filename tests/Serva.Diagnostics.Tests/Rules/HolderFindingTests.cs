using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>What a finding about a holder claims, and how surely.</summary>
public sealed class HolderFindingTests
{
    private static readonly ProcessRow s_holder = new() { ProcessId = 700, Name = "holder.exe", Path = "C:\\holder.exe", User = "PC\\bob" };

    [Theory]
    [InlineData(null, Certainty.Likely, "so SNTP most likely cannot use it", "most likely fails")]
    [InlineData(BindOutcome.AccessDenied, Certainty.Certain, "so SNTP cannot use it", "was tried and fails")]
    public void Windows_GuessedOptions_AreLikelyUntilTried(BindOutcome? tried, Certainty certainty, string effect, string fails)
    {
        Finding finding = Ask(Hosts.Windows([Udp("0.0.0.0:123", s_holder)]), "udp/192.168.1.10:123", Probe(tried, "WSAEACCES", 10013));

        Assert.Equal(certainty, finding.Certainty);
        Assert.Contains(effect, finding.Summary, System.StringComparison.Ordinal);
        Assert.Contains(fails, finding.Evidence[0].Text, System.StringComparison.Ordinal);
        Assert.Contains("udp 0.0.0.0:123 is held by holder.exe", finding.Summary, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10013, Certainty.Certain)]
    [InlineData(10049, Certainty.Likely)]
    public void Windows_ErrorThatWasSeen_IsAsGoodAsATrial(int code, Certainty certainty) => Assert.Equal(
        certainty,
        Assert.Single(Diagnoser.Diagnose(new DiagnosticCase
        {
            Host = Hosts.Windows([Udp("0.0.0.0:123", s_holder)]),
            Questions = [new Question { Bind = BindRequest.Parse("udp/192.168.1.10:123"), Error = new ObservedError { Code = code } }],
        }).Findings).Certainty);

    [Fact]
    public void Windows_ReasonOfDenial_IsNoFactWhereOptionsAreGuessed()
    {
        SocketRow socket = Udp("0.0.0.0:123", s_holder);
        string guessed = Ask(Hosts.Windows([socket]), "udp/0.0.0.0:123 --reuse-address").Evidence[0].Text;
        string seen = Ask(Hosts.Windows([socket with { ReuseAddress = false, ExclusiveAddressUse = false }]), "udp/0.0.0.0:123 --reuse-address").Evidence[0].Text;

        Assert.Contains("its holder most likely did not allow SO_REUSEADDR", guessed, System.StringComparison.Ordinal);
        Assert.Contains("its holder did not allow SO_REUSEADDR", seen, System.StringComparison.Ordinal);
    }

    [Fact]
    public void PrivilegedPort_Held_IsNotBlamedOnTheHolder()
    {
        HostSnapshot host = Hosts.Linux([Udp("0.0.0.0:69", s_holder with { Name = "tftpd" })]) with
        {
            Identity = new Identity { UserName = "nobody", UserId = 65534, IsElevated = false, Capabilities = 0 },
        };

        Finding finding = Ask(host, "udp/0.0.0.0:69", Probe(BindOutcome.AccessDenied, "EACCES", 13));

        Assert.StartsWith(
            "Binding udp 0.0.0.0:69 was tried and fails with 13 EACCES (a privileged port, see SD1007); with the right to bind it, it would fail with 98 EADDRINUSE: ",
            finding.Evidence[0].Text, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PlatformFamily.Windows, null, true)]
    [InlineData(PlatformFamily.Windows, "svchost.exe", false)]
    [InlineData(PlatformFamily.Linux, null, false)]
    public void OwnerMissingFromTheProcesses_MayHaveEndedOnWindowsAlone(PlatformFamily family, string? name, bool expected)
    {
        SocketRow socket = Udp("0.0.0.0:123", new ProcessRow { ProcessId = 700, Name = name });
        HostSnapshot host = family == PlatformFamily.Windows ? Hosts.Windows([socket]) : Hosts.Linux([socket]);

        Finding finding = Ask(host with { Processes = Table.Complete([new ProcessRow { ProcessId = 701, Name = "child", ParentProcessId = 700 }], "test") }, "udp/0.0.0.0:123");

        Assert.Equal(expected, finding.Evidence.Any(evidence => evidence.Text.Contains("may have ended", System.StringComparison.Ordinal)));
        Assert.DoesNotContain(finding.Evidence, evidence => evidence.Text.Contains("has ended", System.StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(OwnerGap.NeedsElevation)]
    [InlineData(OwnerGap.NotFound)]
    public void HiddenOwner_BindTried_ConflictIsCertain(OwnerGap gap) =>
        Assert.Equal(Certainty.Certain, Ask(Hosts.Linux([Udp("0.0.0.0:123") with { OwnerMissingBecause = gap }]), "udp/0.0.0.0:123", Probe(BindOutcome.AddressInUse, "EADDRINUSE", 98)).Certainty);

    [Fact]
    public void HiddenOwner_OfABoundSocket_IsNotLookedForWithSs()
    {
        SocketRow bound = Udp("0.0.0.0:123") with { Protocol = TransportProtocol.Tcp, State = TcpState.Closed, OwnerMissingBecause = OwnerGap.NeedsElevation };
        HostSnapshot host = Hosts.Linux([bound]) with { Identity = new Identity { UserName = "alice", UserId = 1000, IsElevated = false, Capabilities = 1 << 10 } };

        Finding finding = Ask(host, "tcp/0.0.0.0:123");

        Assert.Equal("Run this diagnosis again with elevation, which names the holder.", Assert.Single(finding.Remedies, remedy => remedy.NeedsElevation).Summary);
        Assert.All(finding.Remedies, remedy => Assert.Empty(remedy.Apply));
    }

    [Fact]
    public void ReusePort_OfAnotherUser_SaysWhySharingFails()
    {
        HostSnapshot host = Hosts.Linux([Udp("0.0.0.0:1234", s_holder with { Name = "one" }) with { UserId = 0 }]) with
        {
            Identity = new Identity { UserName = "alice", UserId = 1000, IsElevated = false, Capabilities = 0 },
        };

        Assert.Contains(
            Ask(host, "udp/0.0.0.0:1234 --reuse-port").Evidence,
            evidence => evidence.Text == "SO_REUSEPORT shares a port among sockets of one user alone: udp 0.0.0.0:1234 was made by user 0, and the asker is user 1000.");
    }

    private static Finding Ask(HostSnapshot host, string bind, BindProbeResult? probe = null) =>
        Assert.Single(
            Diagnoser.Diagnose(new DiagnosticCase
            {
                Host = host,
                Questions = [new Question { Service = "SNTP", Bind = BindRequest.Parse(bind), BindProbe = probe }],
            }).Findings,
            finding => finding.Issue.Id != "SD1007");

    private static BindProbeResult? Probe(BindOutcome? outcome, string error, int code) =>
        outcome is { } found ? new BindProbeResult { Outcome = found, NativeError = error, NativeCode = code } : null;

    private static SocketRow Udp(string local, params ProcessRow[] owners) => new()
    {
        Protocol = TransportProtocol.Udp,
        Local = NetEndpoint.Parse(local),
        Owners = [.. owners],
    };
}
