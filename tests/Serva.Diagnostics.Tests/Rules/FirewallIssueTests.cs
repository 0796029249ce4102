using System;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Rule sets that were captured from real managers: who owns them is told, and the remedy is in that manager's words and helps.</summary>
public sealed class FirewallIssueTests
{
    [Theory]
    [InlineData("ufw", "udp/10.9.0.2:69", "SD3001", "ufw allow 69/udp", "ufw delete allow 69/udp")]
    [InlineData("ufw", "tcp/10.9.0.2:113", "SD3001", "ufw insert 1 allow in on fw0 to any port 113 proto tcp", "ufw delete allow in on fw0 to any port 113 proto tcp")]
    [InlineData("firewalld", "udp/10.9.0.2:69", "SD3002", "firewall-cmd --zone=public --add-port=69/udp", "firewall-cmd --zone=public --remove-port=69/udp")]
    [InlineData("firewalld", "udp/10.8.0.2:69", "SD3002", "firewall-cmd --zone=internal --add-port=69/udp", "firewall-cmd --zone=internal --remove-port=69/udp")]
    [InlineData("server-iptables", "udp/10.9.0.2:69", "SD3004", "iptables -I INPUT 2 -p udp --dport 69 -j ACCEPT", "iptables -D INPUT -p udp --dport 69 -j ACCEPT")]
    public void Diagnose_CapturedRuleSet_TheRemedyIsInItsOwnersWords(string ruleSet, string service, string id, string apply, string revert)
    {
        Diagnosis diagnosis = Diagnose(Host(ruleSet), service);

        Finding finding = Assert.Single(diagnosis.Findings, found => found.Issue.Id.StartsWith("SD3", StringComparison.Ordinal));
        Assert.Equal(id, finding.Issue.Id);
        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Equal(apply, string.Join('|', remedy.Apply.Select(command => command.Text)));
        Assert.Equal(revert, string.Join('|', remedy.Revert.Select(command => command.Text)));
        Assert.All(remedy.Apply.Concat(remedy.Revert), command => Assert.True(CommandSyntaxTests.IsKnown(command), command.Text));
        Assert.Equal(FirewallOutcome.Accept, remedy.FirewallAfterwards!.Outcome);
        Assert.Empty(Ids(Diagnose(diagnosis.Case.Host.With(remedy.Change!), service)));
    }

    /// <summary>A range of ports, of every owner of rules, and on every link that keeps it out.</summary>
    [Theory]
    [InlineData("ufw", "tcp/10.9.0.2:22", "ufw allow 2000:2009/tcp", "ufw delete allow 2000:2009/tcp")]
    [InlineData("firewalld", "tcp/0.0.0.0:22", "firewall-cmd --zone=public --add-port=2000-2009/tcp|firewall-cmd --zone=internal --add-port=2000-2009/tcp", "firewall-cmd --zone=internal --remove-port=2000-2009/tcp|firewall-cmd --zone=public --remove-port=2000-2009/tcp")]
    [InlineData("server-iptables", "tcp/10.9.0.2:22", "iptables -I INPUT 2 -p tcp --dport 2000:2009 -j ACCEPT", "iptables -D INPUT -p tcp --dport 2000:2009 -j ACCEPT")]
    public void Diagnose_CapturedRuleSetWithDataPorts_TheRemedyIsInItsOwnersWords(string ruleSet, string service, string apply, string revert)
    {
        Assert.True(DataPortPool.TryParse("tcp/2000-2009", out DataPortPool? pool, out _));
        BindRequest bind = BindRequest.Parse(service);
        var profile = new ServiceProfile { Name = "lab", Services = [new ProfileService { Name = "FTP", Binds = [bind], DataPorts = pool }] };
        Diagnosis Ask(HostSnapshot host) => Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = profile, Questions = [new Question { Service = "FTP", Bind = bind }] });
        Diagnosis diagnosis = Ask(Host(ruleSet));

        Remedy remedy = Assert.Single(Assert.Single(diagnosis.Findings, found => found.Issue.Id == "SD3022").Remedies);
        Assert.Equal(apply, string.Join('|', remedy.Apply.Select(command => command.Text)));
        Assert.Equal(revert, string.Join('|', remedy.Revert.Select(command => command.Text)));
        Assert.All(remedy.Apply.Concat(remedy.Revert), command => Assert.True(CommandSyntaxTests.IsKnown(command), command.Text));
        Assert.DoesNotContain("SD3022", Ids(Ask(diagnosis.Case.Host.With(remedy.Change!))));
    }

    [Fact]
    public void Diagnose_PlainNftables_ARuleBeforeTheOneThatDecides()
    {
        Finding finding = Assert.Single(Diagnose(LinuxFirewallHost.With(NftablesJson.Decode(Encoding.UTF8.GetString(LinuxFirewallHost.ReadData("plain.json")))!), "udp/10.9.0.2:6969").Findings, found => found.Issue.Id == "SD3003");

        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Matches("^nft '(insert|add) rule [a-z0-9]+ [a-z]+ [a-z_]+ (handle [0-9]+ )?udp dport 6969 accept comment \"serva-diag udp 6969( before [0-9]+)?\"'$", remedy.Apply.Single().Text);
        Assert.Equal(FirewallOutcome.Accept, remedy.FirewallAfterwards!.Outcome);
    }

    [Theory]
    [InlineData("docker", "tcp/10.9.0.2:8080", "")]
    [InlineData("docker", "tcp/10.9.0.2:22", "SD3004")]
    [InlineData("ufw-docker", "tcp/10.9.0.2:8080", "SD3005")]
    [InlineData("ufw-docker", "udp/10.9.0.2:5353", "SD3005")]
    [InlineData("ufw-docker", "tcp/10.9.0.2:22", "")]
    public void Diagnose_PortThatDockerPublishes_FoundWhereUfwDeniesIt(string ruleSet, string service, string ids)
    {
        Diagnosis diagnosis = Diagnose(Host(ruleSet), service);

        Assert.Equal(ids, string.Join(' ', Ids(diagnosis)));
        foreach (Finding finding in diagnosis.Findings.Where(found => found.Issue.Id == "SD3005"))
        {
            Assert.Equal(FirewallOutcome.Drop, finding.Remedies[0].FirewallAfterwards!.Outcome);
            Assert.Empty(Ids(Diagnose(diagnosis.Case.Host.With(finding.Remedies[0].Change!), service)));
        }
    }

    /// <summary>"ufw deny 69" and a denial for each protocol write the same rules; only a rule for one link helps with either.</summary>
    [Fact]
    public void Diagnose_UfwDeniesBothProtocols_ARuleForTheLinkComesFirst()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\n-A INPUT -j ufw-user-input\n-A ufw-user-input -p tcp -m tcp --dport 69 -j DROP\n-A ufw-user-input -p udp -m udp --dport 69 -j DROP\nCOMMIT\n");

        Diagnosis diagnosis = Diagnose(host, "udp/10.9.0.2:69");

        Remedy remedy = Assert.Single(Assert.Single(diagnosis.Findings, found => found.Issue.Id == "SD3001").Remedies);
        Assert.Equal("ufw insert 1 allow in on fw0 to any port 69 proto udp", remedy.Apply.Single().Text);
        Assert.Equal("ufw delete allow in on fw0 to any port 69 proto udp", remedy.Revert.Single().Text);
        Assert.Empty(Ids(Diagnose(host.With(remedy.Change!), "udp/10.9.0.2:69")));
    }

    [Theory]
    [InlineData("x;reboot;", "input")]
    [InlineData("filter", "x'; reboot; '")]
    [InlineData("$(reboot)", "input")]
    public void Diagnose_NftablesOfAHostileName_NoCommand(string table, string chain)
    {
        var host = LinuxFirewallHost.With(new NftablesRuleSet(
            [new NftablesTableRow { Family = NftablesFamily.Inet, Name = table }],
            [new NftablesChainRow { Family = NftablesFamily.Inet, Table = table, Name = chain, Hook = NftablesHook.Input, Priority = 0, Policy = NftablesVerdictKind.Drop, Type = NftablesChainType.Filter }], [], []));

        Finding finding = Assert.Single(Diagnose(host, "udp/10.9.0.2:69").Findings, found => found.Issue.Id == "SD3003");

        Assert.All(finding.Remedies, remedy => Assert.Empty(remedy.Apply));
    }

    [Theory]
    [InlineData("br-lan", 1)]
    [InlineData("tap0", 1)]
    [InlineData("br-0123456789ab", 0)]
    [InlineData("docker0", 0)]
    public void Diagnose_ServerOfAllAddresses_IsMeantForLinksOfPeopleAlone(string link, int findings)
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\n-A INPUT -i fw0 -j ACCEPT\n-A INPUT -i fw1 -j ACCEPT\nCOMMIT\n");
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index == 4 ? row with { Name = link } : row)]) };

        Assert.Equal(findings, Ids(Diagnose(host, "udp/0.0.0.0:69")).Length);
    }

    /// <summary>As from a pasted iptables-save: the tables of nft, and those of the other family, are not there.</summary>
    [Fact]
    public void Diagnose_RulesThatNobodySaw_TheRemedySaysThatTheyMayKeepOutToo()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\nCOMMIT\n");
        host = host with
        {
            NftablesRules = Table<NftablesRuleRow>.Partial([.. host.NftablesRules], "test", [new TableGap { Part = "tables of nft", Reason = "not shown" }, new TableGap { Part = "IPv6", Reason = "not shown" }]),
        };

        Remedy remedy = Assert.Single(Assert.Single(Diagnose(host, "udp/10.9.0.2:69").Findings, found => found.Issue.Id == "SD3004").Remedies);

        Assert.Equal("iptables -A INPUT -p udp --dport 69 -j ACCEPT", Assert.Single(remedy.Apply).Text);
        Assert.Equal(FirewallOutcome.Undetermined, remedy.FirewallAfterwards!.Outcome);
        Assert.Equal(["tables of nft: not shown"], remedy.FirewallAfterwards.Unseen);
    }

    [Fact]
    public void Diagnose_ServiceForTheOwnLinkAlone_IsMeantSo()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.9.0.0/24 -p udp -m udp --dport 69 -j ACCEPT\nCOMMIT\n");

        Assert.Empty(Ids(Diagnose(host, "udp/10.9.0.2:69")));
        Assert.Equal(["SD3004"], Ids(Diagnose(host, "udp/10.8.0.2:69")));
    }

    [Fact]
    public void Diagnose_SeveralServicesOfOneCause_OneFindingLetsAllIn()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\nCOMMIT\n");

        Finding finding = Assert.Single(Diagnose(host, "udp/0.0.0.0:69", "tcp/0.0.0.0:80").Findings, found => found.Issue.Id == "SD3004");

        Assert.Equal([0, 1], finding.Questions);
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("udp 69 and tcp 80", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(["iptables -A INPUT -p udp --dport 69 -j ACCEPT", "iptables -A INPUT -p tcp --dport 80 -j ACCEPT"], finding.Remedies.Single().Apply.Select(command => command.Text));
    }

    [Fact]
    public void Diagnose_RulesThatWereNotCaptured_AreListedAsSkipped()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("") with { NftablesRules = Table<NftablesRuleRow>.NotRequested };

        Assert.Contains(Diagnose(host, "udp/10.9.0.2:69").Skipped, rule => rule.Id == "SD3001" && rule.Because == "table nftablesRules was not captured");
    }

    // The sample of ufw with Docker was put together with the policy of Docker's; ufw's own is to drop.
    private static HostSnapshot Host(string ruleSet) => LinuxFirewallHost.ReadData(ruleSet + ".json") is var json && ruleSet == "firewalld"
        ? LinuxFirewallHost.With(NftablesJson.Decode(Encoding.UTF8.GetString(json))!)
        : LinuxFirewallHost.WithIptables(Encoding.UTF8.GetString(LinuxFirewallHost.ReadData(ruleSet + ".save4")).Replace("*filter\n:INPUT ACCEPT", "*filter\n:INPUT DROP", StringComparison.Ordinal));

    private static Diagnosis Diagnose(HostSnapshot host, params string[] services) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [.. services.Select(service => new Question { Service = "test", Bind = BindRequest.Parse(service) })],
    });

    private static string[] Ids(Diagnosis diagnosis) => [.. TestCases.Ids(diagnosis).Where(id => id.StartsWith("SD3", StringComparison.Ordinal))];
}
