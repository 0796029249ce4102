using System;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Why Windows Firewall keeps a service's clients out, and what lets them in: least first, and taken back by its opposite.</summary>
public sealed class WindowsFirewallIssueTests
{
    [Theory]
    // A program of its own, the system, a service of a shared host: the rule is for it alone, on this port, in this profile.
    [InlineData("udp/0.0.0.0:69", @"netsh advfirewall firewall add rule name=""Serva64.exe udp 69"" dir=in action=allow protocol=udp localport=69 program=""C:\Serva\Serva64.exe"" profile=public")]
    [InlineData("tcp/0.0.0.0:80", @"netsh advfirewall firewall add rule name=""Port tcp 80"" dir=in action=allow protocol=tcp localport=80 program=""System"" profile=public")]
    [InlineData("udp/0.0.0.0:123", @"netsh advfirewall firewall add rule name=""W32Time udp 123"" dir=in action=allow protocol=udp localport=123 program=""D:\WINNT\System32\svchost.exe"" service=W32Time profile=public")]
    // Nobody listens, or nobody may see who: the rule is for the port alone.
    [InlineData("tcp/0.0.0.0:8080", @"netsh advfirewall firewall add rule name=""Port tcp 8080"" dir=in action=allow protocol=tcp localport=8080 profile=public")]
    public void Diagnose_NoRule_OneForThisProgramPortAndProfile(string service, string command)
    {
        Finding finding = Assert.Single(Find(WindowsFirewallHost.Host, service));

        Assert.Equal("SD3101", finding.Issue.Id);
        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Equal(command, Assert.Single(remedy.Apply).Text);
        Assert.Equal(FirewallOutcome.Accept, remedy.FirewallAfterwards!.Outcome);
        Assert.Empty(Find(WindowsFirewallHost.Host.With(remedy.Change!), service));
    }

    [Theory]
    [InlineData(true, ", and it goes before the allow rule beside it.", 2)]
    [InlineData(false, "when its question was refused.", 3)]
    public void Diagnose_RulesOfThePrompt_BothAreSwitchedOff(bool hasAllow, string end, int commands)
    {
        HostSnapshot host = WindowsFirewallHost.With(Prompt(6) + "\n"
            + Prompt(17) + (hasAllow ? "\nAllow|Protocol=17|LPort=69" : ""));
        host = host with
        {
            WindowsFirewallRules = host.WindowsFirewallRules.WithRows(
            [
                .. host.WindowsFirewallRules.Select((row, position) => position > 1 ? row : row with { RuleId = $"{(position == 0 ? "TCP" : "UDP")} Query User{{{Guid.Empty}}}C:\\serva\\serva64.exe" }),
            ]),
        };

        Finding finding = Assert.Single(Find(host, "udp/0.0.0.0:69"));

        Assert.Equal("SD3102", finding.Issue.Id);
        Assert.EndsWith(end, finding.Summary, StringComparison.Ordinal);
        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Equal(commands, remedy.Apply.Length);
        Assert.StartsWith("Disable-NetFirewallRule -Name 'TCP Query User{", remedy.Apply[0].Text, StringComparison.Ordinal);
        Assert.Equal(commands, remedy.Revert.Length);
        Assert.Empty(Find(host.With(remedy.Change!), "udp/0.0.0.0:69"));
    }

    [Fact]
    public void Diagnose_BlockRuleOfGroupPolicy_IsForWhoeverKeepsIt()
    {
        Finding finding = Assert.Single(Find(WindowsFirewallHost.With("G:Block|Protocol=17|LPort=69"), "udp/0.0.0.0:69"));

        Assert.Equal("SD3102", finding.Issue.Id);
        Assert.Empty(Assert.Single(finding.Remedies).Apply);
    }

    [Fact]
    public void Diagnose_RuleForAnotherProfile_IsExtendedAndTakenBack()
    {
        HostSnapshot host = WindowsFirewallHost.With("Allow|Protocol=17|LPort=69|Profile=Private|Profile=Domain|Name=Serva");

        Finding finding = Assert.Single(Find(host, "udp/0.0.0.0:69"));

        Assert.Equal("SD3103", finding.Issue.Id);
        Assert.Equal("Set-NetFirewallRule -Name 'r1' -Profile Private,Domain,Public", finding.Remedies[0].Apply[0].Text);
        Assert.Equal("Set-NetFirewallRule -Name 'r1' -Profile Private,Domain", finding.Remedies[0].Revert[0].Text);
        Assert.All(finding.Remedies, remedy => Assert.Empty(Find(host.With(remedy.Change!), "udp/0.0.0.0:69")));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("TCP Query User{1}C:\\games [beta]\\serva64.exe")]
    [InlineData("a'; Stop-Computer; '")]
    public void Diagnose_RuleWhoseIdIsAPattern_IsNotSwitchedOffByIt(string id)
    {
        HostSnapshot host = WindowsFirewallHost.With("Block|Protocol=17|LPort=69");
        host = host with { WindowsFirewallRules = host.WindowsFirewallRules.WithRows([.. host.WindowsFirewallRules.Select(row => row with { RuleId = id })]) };

        Finding finding = Assert.Single(Find(host, "udp/0.0.0.0:69"));

        Assert.All(finding.Remedies, remedy => Assert.Empty(remedy.Apply));
    }

    [Fact]
    public void Diagnose_NoRule_TheWayBackDeletesThatRuleAlone() => Assert.Equal(
        @"netsh advfirewall firewall delete rule name=""W32Time udp 123"" dir=in profile=public program=""D:\WINNT\System32\svchost.exe"" service=W32Time localport=123 protocol=udp",
        Assert.Single(Assert.Single(Assert.Single(Find(WindowsFirewallHost.Host, "udp/0.0.0.0:123")).Remedies).Revert).Text);

    [Theory]
    // Shields up is meant so; a rule for the own subnet too; what nobody can tell is no finding.
    [InlineData("Public.DoNotAllowExceptions=1", "Allow|Protocol=17|LPort=69")]
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=LocalSubnet")]
    [InlineData("", "Allow|Protocol=17|LPort=69|Later3_1=x")]
    [InlineData("MpsSvc=Stopped Public.EnableFirewall=0 Domain.EnableFirewall=0 Standard.EnableFirewall=0", "")]
    public void Diagnose_MeantSoOrNotKnown_NoFinding(string changes, string rules) =>
        Assert.Empty(Find(WindowsFirewallHost.Change(WindowsFirewallHost.With(rules), changes), "udp/10.0.0.5:69"));

    [Fact]
    public void Diagnose_ServiceStopped_SaysWhatStartingItWouldDo()
    {
        Finding finding = Assert.Single(Find(WindowsFirewallHost.Change(WindowsFirewallHost.With("Allow|Protocol=17|LPort=69"), "MpsSvc=Stopped"), "udp/0.0.0.0:69"));

        Assert.Equal("SD3105", finding.Issue.Id);
        Assert.Equal(FirewallOutcome.Accept, Assert.Single(finding.Remedies).FirewallAfterwards!.Outcome);
    }

    private static string Prompt(int protocol) => $@"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol={protocol}|Profile=Public|App=C:\serva\serva64.exe|Name=Serva64.exe|";

    private static Finding[] Find(HostSnapshot host, string service)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse(service) }] });
        return [.. diagnosis.Findings.Where(finding => finding.Issue.Id.StartsWith("SD31", StringComparison.Ordinal))];
    }
}
