using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Firewall;

/// <summary>
/// What each part of the kernel's documented order does to a packet. That whole rule sets are judged as the kernel does is
/// checked against real packets in the live tests.
/// </summary>
public sealed class FirewallEvaluatorTests
{
    private const string Drop = ":INPUT DROP [0:0]", Accept = ":INPUT ACCEPT [0:0]";

    [Theory]
    // No rule decides: the policy does.
    [InlineData(Drop, "", "tcp 22", FirewallOutcome.Drop, "policy drop")]
    [InlineData(Accept, "", "tcp 22", FirewallOutcome.Accept, "policy accept")]
    // The first rule that matches decides; a rule that does not match decides nothing.
    [InlineData(Drop, "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "tcp 22", FirewallOutcome.Accept, "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT")]
    [InlineData(Drop, "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "tcp 23", FirewallOutcome.Drop, "policy drop")]
    [InlineData(Drop, "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "udp 22", FirewallOutcome.Drop, "policy drop")]
    [InlineData(Accept, "-A INPUT -p tcp -m tcp --dport 22 -j DROP|-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "tcp 22", FirewallOutcome.Drop, "-A INPUT -p tcp -m tcp --dport 22 -j DROP")]
    [InlineData(Accept, "-A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset", "tcp 113", FirewallOutcome.Reject, "-A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset")]
    // A first packet is new, not established.
    [InlineData(Drop, "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "tcp 22", FirewallOutcome.Drop, "policy drop")]
    [InlineData(Drop, "-A INPUT -m conntrack --ctstate NEW -j ACCEPT", "tcp 22", FirewallOutcome.Accept, "-A INPUT -m conntrack --ctstate NEW -j ACCEPT")]
    // A jump comes back, by return too; a goto comes back to where the last jump was, here nowhere.
    [InlineData(Drop, ":C - [0:0]|-A INPUT -j C|-A INPUT -j ACCEPT|-A C -j RETURN|-A C -j DROP", "tcp 22", FirewallOutcome.Accept, "-A INPUT -j ACCEPT")]
    [InlineData(Drop, ":C - [0:0]|-A INPUT -g C|-A INPUT -j ACCEPT|-A C -p udp -j ACCEPT", "tcp 22", FirewallOutcome.Drop, "policy drop")]
    // Sets of ports, ranges, negation.
    [InlineData(Drop, "-A INPUT -p tcp -m multiport --dports 80,8000:8010 -j ACCEPT", "tcp 8005", FirewallOutcome.Accept, "-A INPUT -p tcp -m multiport --dports 80,8000:8010 -j ACCEPT")]
    [InlineData(Drop, "-A INPUT -p tcp -m multiport --dports 80,8000:8010 -j ACCEPT", "tcp 8011", FirewallOutcome.Drop, "policy drop")]
    [InlineData(Accept, "-A INPUT ! -s 10.0.0.0/8 -j DROP", "tcp 22", FirewallOutcome.Drop, "-A INPUT ! -s 10.0.0.0/8 -j DROP")]
    [InlineData(Accept, "-A INPUT ! -i fw+ -j DROP", "tcp 22", FirewallOutcome.Accept, "policy accept")]
    [InlineData(Accept, "-A INPUT -m addrtype --dst-type LOCAL -j DROP", "tcp 22", FirewallOutcome.Drop, "-A INPUT -m addrtype --dst-type LOCAL -j DROP")]
    // What is not known, but would not matter, does not matter.
    [InlineData(Drop, "-A INPUT -m geoip --src-cc DE -j DROP", "tcp 22", FirewallOutcome.Drop, "policy drop")]
    public void Evaluate_Rules_DecideInTheirOrder(string policy, string rules, string packet, FirewallOutcome outcome, string text)
    {
        FirewallVerdict verdict = Judge(policy + "|" + rules, packet);

        Assert.Equal(outcome, verdict.Outcome);
        Assert.Equal(text, verdict.DecidedBy?.Text);
        Assert.Equal(Certainty.Certain, verdict.Certainty);
        Assert.Equal("input", verdict.Hook);
    }

    [Theory]
    // A router takes one off before the hook forward is asked (ip_forward, ip6_forward); what has one left goes no further.
    [InlineData("10.9.0.2", 64, FirewallOutcome.Accept)]
    [InlineData("172.17.0.2", 64, FirewallOutcome.Drop)]
    [InlineData("172.17.0.2", 65, FirewallOutcome.Accept)]
    [InlineData("172.17.0.2", 1, FirewallOutcome.Drop)]
    public void Evaluate_TimeToLive_IsOneLessWhereThePacketIsForwarded(string destination, int limit, FirewallOutcome outcome)
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -m ttl --ttl-eq 64 -j ACCEPT\n-A FORWARD -m ttl --ttl-eq 64 -j ACCEPT\nCOMMIT\n");

        Assert.Equal(outcome, new FirewallEvaluator(host).Evaluate(Flow.Parse($"{destination} from 10.8.0.1 iif fw1 ipproto tcp sport 40000 dport 80 ttl {limit}")).Outcome);
    }

    [Theory]
    [InlineData("xdp", "an XDP program (xdp)")]
    [InlineData("clsact", "filters of tc (clsact)")]
    public void Evaluate_ProgramsBeforeTheRules_WhatTheyMayTakeIsUndetermined(string programs, string reason)
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j DROP\nCOMMIT\n");
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Name == "fw0" ? row with { IngressPrograms = programs } : row)]) };
        FirewallVerdict Ask(string protocol, int link) => new FirewallEvaluator(host).Evaluate(Flow.Parse($"10.9.0.2 from 10.9.0.1 iif fw{link} ipproto {protocol} sport 40000 dport 80"));

        Assert.Equal(FirewallOutcome.Undetermined, Ask("tcp", 0).Outcome);
        Assert.Contains(reason, Assert.Single(Ask("tcp", 0).Unseen), StringComparison.Ordinal);
        Assert.Equal(FirewallOutcome.Accept, Ask("tcp", 1).Outcome);
        // Gone is gone, whoever took it.
        Assert.Equal(FirewallOutcome.Drop, Ask("udp", 0).Outcome);
    }

    [Fact]
    public void Evaluate_UnknownMatchThatMatters_IsUndeterminedAndNamesIt()
    {
        FirewallVerdict verdict = Judge(Drop + "|-A INPUT -m geoip --src-cc DE -j ACCEPT", "tcp 22");

        Assert.Equal(FirewallOutcome.Undetermined, verdict.Outcome);
        Assert.Equal(Certainty.None, verdict.Certainty);
        Assert.Contains("xt geoip", Assert.Single(verdict.Unseen), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_Limit_IsAConditionAndSaysWhatWouldBeOtherwise()
    {
        FirewallVerdict verdict = Judge(Drop + "|-A INPUT -p tcp -m limit --limit 10/min -j ACCEPT", "tcp 22");

        Assert.Equal((FirewallOutcome.Accept, Certainty.Likely), (verdict.Outcome, verdict.Certainty));
        Assert.EndsWith("dropped by policy drop of chain INPUT", Assert.Single(verdict.Conditions), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_SourceLeftOpen_IsNoneThatARuleNames()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables(Save(Drop + "|-A INPUT -s 10.20.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT"));

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.9.0.2 iif fw0 ipproto tcp dport 22"));

        Assert.Equal((FirewallOutcome.Drop, Certainty.Likely), (verdict.Outcome, verdict.Certainty));
        Assert.StartsWith("with ip saddr 10.20.0.0/16: accepted", Assert.Single(verdict.Conditions), StringComparison.Ordinal);
        Assert.Contains(verdict.Trace, step => step.Code == "firewall.policy");
    }

    [Fact]
    public void Evaluate_PublishedPort_EndsInForwardAndBypassesInput()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("""
            *nat
            :PREROUTING ACCEPT [0:0]
            -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
            COMMIT
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            -A FORWARD -d 172.17.0.2/32 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            COMMIT
            """);

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.9.0.2 from 192.0.2.7 iif fw0 ipproto tcp sport 40000 dport 8080"));

        Assert.Equal((FirewallOutcome.Accept, "forward"), (verdict.Outcome, verdict.Hook));
        Assert.Equal("172.17.0.2:80", verdict.TranslatedTo.ToString());
        Assert.Equal("FORWARD", verdict.DecidedBy?.Chain);
    }

    [Fact]
    public void Evaluate_NearlyMatchingRule_StandsInTheTrace()
    {
        FirewallVerdict verdict = Judge(Drop + "|-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT", "tcp 22");

        Assert.Contains(verdict.Trace, step => step.Code == "firewall.near" && step.Text.Contains("ip saddr 10.1.0.0/16 does not hold", StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluate_RuleSetNobodyCouldRead_IsUndeterminedWithTheReason()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables("") with { NftablesRules = Table<NftablesRuleRow>.Unavailable("nfnetlink", "EPERM (1): Operation not permitted") };

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.9.0.2 ipproto tcp dport 22"));

        Assert.Equal(FirewallOutcome.Undetermined, verdict.Outcome);
        Assert.Contains("EPERM", Assert.Single(verdict.Unseen), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_LegacyTablesBesideIt_AcceptIsUndetermined()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables(Save(Accept));
        host = host with { NftablesRules = Table<NftablesRuleRow>.Partial([.. host.NftablesRules], "nfnetlink", [new TableGap { Part = "iptables-legacy", Reason = "not read" }]) };

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.9.0.2 ipproto tcp dport 22"));

        Assert.Equal(FirewallOutcome.Undetermined, verdict.Outcome);
        Assert.Contains("iptables-legacy", Assert.Single(verdict.Unseen), StringComparison.Ordinal);
    }

    private static FirewallVerdict Judge(string rules, string packet)
    {
        string[] words = packet.Split(' ');
        return new FirewallEvaluator(LinuxFirewallHost.WithIptables(Save(rules)))
            .Evaluate(Flow.Parse($"10.9.0.2 from 192.0.2.7 iif fw0 ipproto {words[0]} sport 40000 dport {words[1]}"));
    }

    private static string Save(string rules) => $"*filter\n{rules.Replace('|', '\n')}\nCOMMIT\n";
}
