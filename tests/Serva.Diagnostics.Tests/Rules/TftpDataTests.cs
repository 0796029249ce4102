using System;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD3010 of a server for both families, whose rules iptables keeps apart.</summary>
public sealed class TftpDataTests
{
    private const string KeepsIn = "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n";
    private const string Helper = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -m udp --dport 69 -j CT --helper tftp\nCOMMIT\n";
    private const string LetsOut = "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";

    [Theory]
    [InlineData(KeepsIn, KeepsIn, "iptables ip6tables", null)]
    [InlineData(KeepsIn, LetsOut, "iptables", Severity.Warning)]
    [InlineData(LetsOut, KeepsIn, "ip6tables", Severity.Warning)]
    [InlineData(KeepsIn + Helper, KeepsIn, "ip6tables", Severity.Warning)]
    [InlineData(KeepsIn, KeepsIn + Helper, "iptables", Severity.Warning)]
    [InlineData(LetsOut + Helper, KeepsIn, "ip6tables", Severity.Warning)]
    public void DataKeptIn_OfEitherFamily_TheHelperIsGivenToThatFamily(string rules4, string rules6, string tools, Severity? severity)
    {
        Finding finding = Assert.Single(Ask(rules4, rules6).Findings);

        Assert.Equal(("SD3010", severity ?? Severity.Error), (finding.Issue.Id, finding.Severity));
        string[] wanted = tools.Split(' ');
        Assert.Equal(wanted.Select(tool => $"{tool} -t raw -A PREROUTING -p udp --dport 69 -j CT --helper tftp"), finding.Remedies[0].Apply.Select(command => command.Text));
        Assert.Equal(wanted.Select(tool => $"{tool} -t raw -D PREROUTING -p udp --dport 69 -j CT --helper tftp"), finding.Remedies[0].Revert.Select(command => command.Text));
    }

    [Fact]
    public void DataKeptIn_AfterTheRemedy_IsNot()
    {
        Diagnosis before = Ask(KeepsIn, KeepsIn);

        HostSnapshot after = before.Case.Host.With(before.Findings[0].Remedies[0].Change!);

        Assert.Empty(Ask(after).Findings);
    }

    [Fact]
    public void Helper_OfBothFamilies_IsEnough() => Assert.Empty(Ask(KeepsIn + Helper, KeepsIn + Helper).Findings);

    private static Diagnosis Ask(string rules4, string rules6)
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables(rules4), other = LinuxFirewallHost.WithIptables(rules6, isIPv6: true);
        return Ask(host with
        {
            Sockets = Table.Complete<SocketRow>([], "test"),
            NftablesTables = host.NftablesTables.WithRows([.. host.NftablesTables, .. other.NftablesTables]),
            NftablesChains = host.NftablesChains.WithRows([.. host.NftablesChains, .. other.NftablesChains]),
            NftablesRules = host.NftablesRules.WithRows([.. host.NftablesRules, .. other.NftablesRules]),
        });
    }

    private static Diagnosis Ask(HostSnapshot host) => Diagnoser.Diagnose(
        new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse("udp/[::]:69 --dual-mode") }] });
}
