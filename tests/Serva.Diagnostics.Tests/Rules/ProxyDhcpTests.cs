using System;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>PXE-E55: DHCP answers at an address where nobody answers on 4011.</summary>
public sealed class ProxyDhcpTests
{
    private static readonly ProcessRow s_server = new() { ProcessId = 700, Name = "labd", User = "root" };
    private static readonly ProcessRow s_dhcpd = new() { ProcessId = 800, Name = "dhcpd", User = "root" };

    [Theory]
    [InlineData("0.0.0.0:67 0.0.0.0:69", null, Severity.Note)]
    [InlineData("0.0.0.0:67 0.0.0.0:4011", null, null)]
    [InlineData("10.9.0.1:67 10.9.0.1:4011", null, null)]
    [InlineData("10.9.0.1:67 10.9.0.2:4011", null, Severity.Warning)]
    [InlineData("0.0.0.0:67 10.9.0.2:4011", null, null)]
    [InlineData("0.0.0.0:69", "0.0.0.0:67", Severity.Warning)]
    [InlineData("0.0.0.0:69", "127.0.0.1:67", null)]
    [InlineData("", "0.0.0.0:67", null)]
    [InlineData("0.0.0.0:69", null, null)]
    public void Sockets_OfServerAndDhcpd_AreHeldAgainstEachOther(string own, string? dhcpd, Severity? severity)
    {
        SocketRow[] rows = [.. own.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(local => Udp(local, s_server)), .. dhcpd is null ? [] : new[] { Udp(dhcpd, s_dhcpd) }];

        Finding[] found = [.. Diagnose(rows).Findings.Where(finding => finding.Issue.Id == "SD5001")];

        Assert.Equal(severity is null ? 0 : 1, found.Length);
        Assert.All(found, finding => Assert.Equal((severity, Certainty.Likely), (finding.Severity, finding.Certainty)));
    }

    [Fact]
    public void Addresses_ThatDiffer_AreBothNamed()
    {
        Finding finding = Diagnose([Udp("10.9.0.1:67", s_server), Udp("10.9.0.2:4011", s_server)]).Findings.Single(finding => finding.Issue.Id == "SD5001");

        Assert.Contains("answers DHCP on udp 10.9.0.1:67, and udp 4011 is served at 10.9.0.2 only", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("serve udp 10.9.0.1:4011", finding.Remedies[0].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherHolderOf4011_IsToldByItsOwnRuleAlone() =>
        Assert.DoesNotContain("SD5001", TestCases.Ids(Diagnose([Udp("0.0.0.0:69", s_server), Udp("10.9.0.1:67", s_dhcpd), Udp("10.9.0.2:4011", new ProcessRow { ProcessId = 5, Name = "other" })])));

    [Theory]
    [InlineData("dnsmasq", 2, true)]
    [InlineData("dnsmasq", 9, false)]
    [InlineData("dhclient", 2, false)]
    public void Holder_ThatServesGuestsOrNobody_IsNotMeant(string name, int device, bool isFound)
    {
        HostSnapshot host = Hosts.Linux([Udp("0.0.0.0:69", s_server), Udp("0.0.0.0:67", new ProcessRow { ProcessId = 5, Name = name }) with { Interface = (uint)device }]);
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces, host.Interfaces[1] with { Index = 9, Name = "virbr0" }]) };

        Assert.Equal(isFound, TestCases.Ids(Diagnose(host)).Contains("SD5001"));
    }

    [Fact]
    public void DhcpServerOfWindows_CanBeLookedAt() =>
        Assert.Equal("netsh dhcp server show optionvalue", Diagnoser.Diagnose(TestCases.Read("SD5001.hit")).Findings[0].Remedies[1].Apply[0].Text);

    private static Diagnosis Diagnose(SocketRow[] rows) => Diagnose(Hosts.Linux(rows));

    private static Diagnosis Diagnose(HostSnapshot host) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Profile = new ServiceProfile { Name = "lab", Server = new ServerIdentity { Names = ["labd"] }, Services = [] },
        Questions = [.. new[] { "udp/0.0.0.0:69", "udp/0.0.0.0:67", "udp/0.0.0.0:4011" }.Select(bind => new Question { Service = bind, Bind = BindRequest.Parse(bind) })],
    });

    private static SocketRow Udp(string local, ProcessRow owner) => new() { Protocol = TransportProtocol.Udp, Local = NetEndpoint.Parse(local), Owners = [owner] };
}
