using System;
using System.Linq;
using System.Net.NetworkInformation;
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
