using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD1040 where its two cases do not lead.</summary>
public class AddressNotReadyTests
{
    [Theory]
    [InlineData(AddressState.Tentative, "fd09::7", "still being checked")]
    [InlineData(AddressState.Duplicate, "fd09::7", "another host")]
    [InlineData(AddressState.Tentative, "fe80::7%2", "still being checked")]
    public void OnLinux_AddressOfThatState_IsSaidAlone(AddressState state, string address, string said)
    {
        Diagnosis diagnosis = Ask(With(Hosts.Linux([]), Hosts.Address(BindPair.OtherDevice, address, 64, state)), $"udp/[{address}]:69");

        Assert.Equal(["SD1040"], TestCases.Ids(diagnosis));
        Assert.Contains(said, diagnosis.Findings[0].Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Error, diagnosis.Findings[0].Severity);
    }

    [Fact]
    public void OnLinux_TentativeWithoutALink_SaysThatTheLinkIsMissing()
    {
        HostSnapshot host = With(Hosts.Linux([]), Hosts.Address(BindPair.OtherDevice, "fd09::7", 64, AddressState.Tentative));
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Name == "lsb0" ? row with { Status = OperationalStatus.LowerLayerDown } : row)]) };

        Finding finding = Assert.Single(Ask(host, "udp/[fd09::7]:69").Findings);

        Assert.Contains("has no link", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Summary.StartsWith("Wait", StringComparison.Ordinal));
    }

    [Fact]
    public void Wildcard_BesideADuplicate_IsAWarning()
    {
        HostSnapshot host = With(Hosts.Linux([]), Hosts.Address(BindPair.OtherDevice, "fd09::7", 64, AddressState.Duplicate));

        Finding finding = Assert.Single(Ask(host, "tcp/[::]:8080").Findings);

        Assert.Equal(("SD1040", Severity.Warning, "fd09::7"), (finding.Issue.Id, finding.Severity, finding.Subject));
        Assert.Empty(Ask(host, "tcp/0.0.0.0:8080").Findings);
    }

    [Fact]
    public void Wildcard_BesideManyDuplicates_IsOneFindingThatNamesEight()
    {
        HostSnapshot host = Hosts.Linux([]);
        host = host with { Addresses = host.Addresses.WithRows([.. host.Addresses, .. Enumerable.Range(1, 50).Select(i => Hosts.Address(BindPair.OtherDevice, $"fd09::{i:x}", 64, AddressState.Duplicate))]) };

        Finding finding = Assert.Single(Ask(host, "tcp/[::]:8080").Findings);

        Assert.Equal("fd09::1, fd09::2, fd09::3, fd09::4, fd09::5, fd09::6, fd09::7, fd09::8 and 42 more", finding.Subject);
        Assert.Contains("fd09::8 on lsb0 and 42 more are in use by other hosts", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(1 + 8 + 8, finding.Remedies.Single(remedy => !remedy.Apply.IsEmpty).Apply.Length);
        Assert.True(finding.Evidence.Length <= 10);
    }

    [Theory]
    [InlineData("fd09::7", 64, null, null, null, "-6 address del fd09::7/64 dev lsb0", "-6 address add fd09::7/64 dev lsb0")]
    [InlineData("fd09::7", 128, "fd09::8", null, null, "-6 address del fd09::7 peer fd09::8/128 dev lsb0", "-6 address add fd09::7 peer fd09::8/128 dev lsb0")]
    [InlineData("fe80::7%2", 64, null, null, 253, "-6 address del fe80::7/64 dev lsb0", "-6 address add fe80::7/64 dev lsb0")]
    [InlineData("192.168.7.7", 24, null, "192.168.7.255", 253, "address del 192.168.7.7/24 dev lsb0", "address add 192.168.7.7/24 broadcast 192.168.7.255 scope link dev lsb0")]
    [InlineData("192.168.7.7", 32, "192.168.7.1", null, 200, "address del 192.168.7.7 peer 192.168.7.1/32 dev lsb0", "address add 192.168.7.7 peer 192.168.7.1/32 scope 200 dev lsb0")]
    public void Duplicate_AddedAgain_HasWhatTheRowKnows(string address, int length, string? peer, string? broadcast, int? scope, string del, string add)
    {
        AddressRow row = Hosts.Address(BindPair.OtherDevice, address, length, AddressState.Duplicate) with
        {
            Peer = peer is null ? null : NetAddress.Parse(peer),
            Broadcast = broadcast is null ? null : NetAddress.Parse(broadcast),
            Scope = (byte?)scope,
        };

        Finding finding = Assert.Single(Ask(With(Hosts.Linux([]), row), $"udp/{(row.Address.IsIPv4 ? address : $"[{address}]")}:69").Findings);

        Remedy remedy = finding.Remedies.Single(remedy => !remedy.Apply.IsEmpty);
        Assert.Equal(["ip address show", $"ip {del}", $"ip {add}"], remedy.Apply.Select(command => command.Text));
        Assert.Contains("noprefixroute", remedy.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void Wildcard_BesideATentativeAddress_IsNothing() =>
        Assert.Empty(Ask(With(Hosts.Linux([]), Hosts.Address(BindPair.OtherDevice, "fd09::7", 64, AddressState.Tentative)), "tcp/[::]:8080").Findings);

    [Theory]
    [InlineData(AddressState.Tentative)]
    [InlineData(AddressState.Duplicate)]
    public void OnWindows_AddressOfThatState_IsSaidWithoutCommandsOfLinux(AddressState state)
    {
        Diagnosis diagnosis = Ask(With(Hosts.Windows([]), Hosts.Address(7, "192.168.1.99", 24, state)), "udp/192.168.1.99:69");

        Assert.Equal(["SD1040"], TestCases.Ids(diagnosis));
        Assert.Empty(TestCases.Commands(diagnosis));
    }

    [Fact]
    public void ServerThatHoldsTheAddressAlready_IsNotBlocked()
    {
        HostSnapshot host = With(Hosts.Linux([Hosts.Socket("udp/[fd09::7]:69").OwnedBy(9, "mytftpd")]), Hosts.Address(BindPair.OtherDevice, "fd09::7", 64, AddressState.Tentative));

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase
        {
            Host = host,
            Profile = new ServiceProfile { Name = "x", Server = ServerIdentity.Parse("mytftpd"), Services = [] },
            Questions = [new Question { Bind = BindRequest.Parse("udp/[fd09::7]:69") }],
        });

        Assert.DoesNotContain("SD1040", TestCases.Ids(diagnosis));
    }

    [Fact]
    public void InterfaceWithANameThatNoCommandMayHold_LosesTheCommandsAlone()
    {
        HostSnapshot host = With(Hosts.Linux([]), Hosts.Address(BindPair.OtherDevice, "fd09::7", 64, AddressState.Duplicate));
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row with { Name = "-e\u001b" })]) };

        Diagnosis diagnosis = Ask(host, "udp/[fd09::7]:69");

        Assert.Equal(["SD1040"], TestCases.Ids(diagnosis));
        Assert.Empty(TestCases.Commands(diagnosis));
        Assert.DoesNotContain('\u001b', diagnosis.ToText());
    }

    private static HostSnapshot With(HostSnapshot host, AddressRow row) => host with { Addresses = host.Addresses.WithRows([.. host.Addresses, row]) };

    private static Diagnosis Ask(HostSnapshot host, string bind) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Bind = BindRequest.Parse(bind) }],
    });
}
