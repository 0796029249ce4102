using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD1043: a server that runs in another network namespace, and what else may serve the port here.</summary>
public sealed class OtherNamespaceTests
{
    [Fact]
    public void Server_WithACopyHere_MayBeTheOne()
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        ProcessRow there = before.Host.Processes[0];

        Assert.Empty(Ask(before, before.Host with { Processes = before.Host.Processes.WithRows([there, there with { ProcessId = 900, ContainerId = null, NetworkNamespace = null }]) }).Findings);
        Assert.Equal(["SD1043"], TestCases.Ids(Ask(before, before.Host with { Processes = before.Host.Processes.WithRows([there, there with { ProcessId = 900, NetworkNamespace = 4026532300 }]) })));
    }

    [Theory]
    [InlineData("docker-proxy", "SD1027")]
    [InlineData("other", "SD1001")]
    public void Port_HeldHere_IsTheHoldersMatter(string name, string id)
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        var socket = new SocketRow { Protocol = TransportProtocol.Udp, Local = NetEndpoint.Parse("0.0.0.0:69"), Owners = [new ProcessRow { ProcessId = 950, Name = name }] };

        Assert.Equal([id], TestCases.Ids(Ask(before, before.Host with { Sockets = before.Host.Sockets.WithRows([socket]) })));
    }

    [Fact]
    public void Sockets_ReadInPart_AreNoProofThatNobodyListens()
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        Table<SocketRow> partial = Table.Partial<SocketRow>([], "test", [new TableGap { Part = "udp", Reason = "timed out" }]);

        Assert.Empty(Ask(before, before.Host with { Sockets = partial }).Findings);
    }

    [Theory]
    [InlineData("-p udp -m udp --dport 69", false)]
    [InlineData("-p udp", false)]
    [InlineData("-p udp -m udp --dport 53", true)]
    [InlineData("-p tcp -m tcp --dport 69", true)]
    public void Translation_ThatMayBeOfThePort_MakesItLikely(string match, bool isCertain)
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        // For clients of one network alone: those that are looked at are not among them.
        HostSnapshot rules = LinuxFirewallHost.WithIptables($"*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -s 192.0.2.64/26 {match} -j DNAT --to-destination 172.17.0.9\nCOMMIT\n");

        Finding finding = Assert.Single(Ask(before, before.Host with { NftablesTables = rules.NftablesTables, NftablesChains = rules.NftablesChains, NftablesRules = rules.NftablesRules }).Findings);

        Assert.Equal(("SD1043", isCertain ? Certainty.Certain : Certainty.Likely), (finding.Issue.Id, finding.Certainty));
    }

    [Fact]
    public void Firewall_NotReadOrInPart_MakesItLikely()
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        Assert.Equal(Certainty.Certain, Assert.Single(Diagnoser.Diagnose(before).Findings).Certainty);
        HostSnapshot[] hosts =
        [
            before.Host with { NftablesRules = Table<NftablesRuleRow>.NotRequested },
            before.Host with { NftablesChains = Table<NftablesChainRow>.NotRequested },
            before.Host with { NftablesRules = Table.Partial<NftablesRuleRow>([], "test", [new TableGap { Part = "IPv4", Reason = "not read" }]) },
            before.Host with { Interfaces = before.Host.Interfaces.WithRows([.. before.Host.Interfaces.Select(row => row.Name == "eth0" ? row with { IngressPrograms = "xdp" } : row)]) },
        ];

        Assert.All(hosts, host =>
        {
            Finding finding = Assert.Single(Ask(before, host).Findings);
            Assert.Equal(("SD1043", Certainty.Likely), (finding.Issue.Id, finding.Certainty));
        });
    }

    private static Diagnosis Ask(DiagnosticCase before, HostSnapshot host) =>
        Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = before.Profile, Questions = before.Questions });
}
