using System;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Nftables;

/// <summary>Dumps of a real kernel (Linux 6.18), and what nft 1.0.6 and iptables 1.8.9 print of the same rule sets.</summary>
public sealed class NftablesDecoderTests
{
    [Fact]
    public void Netlink_PlainRuleSet_IsWhatNftPrints()
    {
        NftablesRuleSet rules = DecodeDump(LinuxFirewallHost.ReadData("plain.netlink"), ByteOrder.LittleEndian);

        string[] input = [.. rules.Rules.Where(rule => rule is { Table: "filter", Chain: "input" }).Select(NftablesWords.Of)];
        Assert.Equal(
        [
            "ct state vmap { invalid : drop, established : accept, related : accept }",
            "iifname \"lo\" accept",
            "ip saddr @blocked counter drop",
            "icmp type { destination-unreachable, echo-request, time-exceeded } limit rate 20/second accept",
            "icmpv6 type { echo-request, mld-listener-query, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept",
            "meta l4proto . th dport @svc accept",
            "iifname . tcp dport vmap @ifmap",
            "tcp dport vmap @portmap",
            "udp dport 53 accept",
            "ip saddr @allowed4 tcp dport { 5432, 6379, 27017-27019 } accept",
            "ip daddr 10.9.0.2 tcp dport 9000 accept",
            "iifname \"fw1\" tcp dport != 1-1023 tcp dport < 4000 accept",
            "tcp flags & fin,syn,rst,ack == syn tcp dport 7777 goto tarpit",
            "udp dport 67-68 udp sport 67-68 accept",
            "ip protocol igmp accept",
            "meta mark 0x00000077 accept",
            "fib daddr type { broadcast, multicast } drop",
            "meta pkttype host reject with icmpx admin-prohibited",
        ], input.Select(SortElements));
        Assert.Equal("fib saddr . iif oif missing counter", NftablesWords.Of(rules.Rules.Last(rule => rule.Chain == "pre")));
        Assert.Equal(6, rules.Sets.Length);
        Assert.All(rules.Sets, set => Assert.Null(set.Problem));
        Assert.Equal(["10.20.0.0/16", "172.16.5.1/32", "172.16.5.2/31"], rules.Sets.Single(set => set.Name == "allowed4").Elements.Take(3).Select(element => element.Key[0].Prefix.ToString()));
        Assert.Equal((NftablesHook.Prerouting, -300), rules.Chains.Where(chain => chain.Name == "pre").Select(chain => (chain.Hook, chain.Priority)).Single());
    }

    [Fact]
    public void Netlink_ExtensionsOfIptables_AreUnderstoodWhole()
    {
        NftablesRuleSet rules = DecodeDump(LinuxFirewallHost.ReadData("ufw-docker.netlink"), ByteOrder.LittleEndian);

        Assert.Equal(214, rules.Rules.Length);
        Assert.DoesNotContain(rules.Rules.SelectMany(rule => rule.Statements), statement => statement.Kind == NftablesStatementKind.Unknown || (statement.Kind == NftablesStatementKind.Match && statement.Fields.IsEmpty));
        Assert.Contains(rules.Rules, rule => NftablesWords.Of(rule) == "ct state established,related counter accept");
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("fail2ban")]
    [InlineData("firewalld")]
    public void Json_NativeRuleSet_IsUnderstoodWhole(string name)
    {
        NftablesRuleSet rules = NftablesJson.Decode(Encoding.UTF8.GetString(LinuxFirewallHost.ReadData(name + ".json")))!;

        Assert.NotEmpty(rules.Rules);
        Assert.DoesNotContain(rules.Rules.SelectMany(rule => rule.Statements), statement => statement.Kind == NftablesStatementKind.Unknown || (statement.Kind == NftablesStatementKind.Match && statement.Fields.IsEmpty));
        Assert.All(rules.Sets, set => Assert.Null(set.Problem));
    }

    [Theory]
    [InlineData("in", "ack", true)]
    [InlineData("!", "ack", true)]
    [InlineData("!=", "ack", true)]
    [InlineData("!", "nonsense", false)]
    [InlineData("?", "ack", false)]
    public void Json_OperatorOnFlags_IsUnderstood(string comparison, string flag, bool isUnderstood)
    {
        NftablesRuleSet rules = NftablesJson.Decode($$$"""
            {"nftables": [{"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 1, "expr": [
                {"match": {"op": "{{{comparison}}}", "left": {"payload": {"protocol": "tcp", "field": "flags"}}, "right": "{{{flag}}}"}}, {"drop": null}]}}]}
            """)!;

        Assert.Equal(isUnderstood, rules.Rules.Single().Statements.All(statement => statement.Kind != NftablesStatementKind.Match || !statement.Fields.IsEmpty));
    }

    [Theory]
    [InlineData("docker.save4", false)]
    [InlineData("server-iptables.save4", false)]
    [InlineData("ufw.save4", false)]
    [InlineData("ufw.save6", true)]
    [InlineData("ufw-docker.save4", false)]
    public void Save_RuleSet_IsUnderstoodWhole(string name, bool isIPv6)
    {
        string text = Encoding.UTF8.GetString(LinuxFirewallHost.ReadData(name));

        NftablesRuleSet rules = IptablesSave.Decode(text, isIPv6);

        Assert.Equal(text.Split('\n').Count(line => line.StartsWith("-A ", StringComparison.Ordinal)), rules.Rules.Length);
        Assert.DoesNotContain(rules.Rules.SelectMany(rule => rule.Statements), statement => statement.Kind == NftablesStatementKind.Unknown || (statement.Kind == NftablesStatementKind.Match && statement.Fields.IsEmpty));
    }

    [Theory]
    [Trait("Long", "Yes")]
    [InlineData(1)]
    [InlineData(2)]
    public void Decoders_DamagedInput_NeverThrowAndAreJudged(int seed)
    {
        var random = new Random(Extent.Seed(seed));
        byte[][] dumps = [LinuxFirewallHost.ReadData("plain.netlink"), LinuxFirewallHost.ReadData("ufw-docker.netlink")];
        byte[][] texts = [LinuxFirewallHost.ReadData("plain.json"), LinuxFirewallHost.ReadData("docker.json"), LinuxFirewallHost.ReadData("server-iptables.save4")];
        Flow flow = Flow.Parse("10.9.0.2 from 10.20.5.5 iif fw0 ipproto tcp sport 40000 dport 22");
        int judged = 0;
        for (int i = 0; i < Extent.Of(plain: 300, ci: 1500, longRun: 50_000); i++)
        {
            NftablesRuleSet? rules = random.Next(2) == 0
                ? DecodeDump(Damage(random, dumps[random.Next(2)]), random.Next(8) == 0 ? ByteOrder.BigEndian : ByteOrder.LittleEndian)
                : DecodeText(Damage(random, texts[random.Next(3)]));
            if (rules is null)
                continue;
            FirewallVerdict verdict = new FirewallEvaluator(LinuxFirewallHost.With(rules)).Evaluate(flow);
            Assert.Equal(verdict.Outcome == FirewallOutcome.Undetermined, verdict.Certainty == Certainty.None);
            judged++;
        }

        Assert.True(judged > 100, $"seed {seed}: {judged}");
    }

    private static NftablesRuleSet? DecodeText(byte[] bytes) =>
        bytes is [(byte)'{', ..] ? NftablesJson.Decode(Encoding.UTF8.GetString(bytes)) : IptablesSave.Decode(Encoding.UTF8.GetString(bytes), isIPv6: false);

    private static byte[] Damage(Random random, byte[] bytes)
    {
        byte[] damaged = [.. bytes];
        for (int i = random.Next(1, 20); i > 0; i--)
            damaged[random.Next(damaged.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(32, 127));
        return damaged;
    }

    // The kernel keeps the elements of a set in no order that means anything.
    private static string SortElements(string words)
    {
        string[] order = ["invalid", "established", "related", "destination-unreachable", "echo-request", "time-exceeded", "mld-listener-query", "nd-router-advert", "nd-neighbor-solicit",
            "nd-neighbor-advert", "5432", "6379", "27017", "broadcast", "multicast"];
        int open = words.IndexOf("{ ", StringComparison.Ordinal), close = words.IndexOf(" }", StringComparison.Ordinal);
        return open < 0 ? words : words[..(open + 2)] + string.Join(", ", words[(open + 2)..close].Split(", ").OrderBy(word => Array.FindIndex(order, name => word.StartsWith(name, StringComparison.Ordinal)))) + words[close..];
    }

    private static NftablesRuleSet DecodeDump(byte[] bytes, ByteOrder order)
    {
        var tables = new RowBuilder<NftablesTableRow>();
        var chains = new RowBuilder<NftablesChainRow>();
        var rules = new RowBuilder<KernelRule>();
        var sets = new RowBuilder<KernelSet>();
        var elements = new RowBuilder<KernelElement>();
        ReadOnlySpan<byte> left = bytes;
        while (NetlinkMessage.TryRead(left, order, out NetlinkMessage message, out int length))
        {
            NftablesDump.DecodeTable(message, tables);
            NftablesDump.DecodeChain(message, chains);
            NftablesDump.DecodeRule(message, rules);
            NftablesDump.DecodeSet(message, sets);
            NftablesDump.DecodeElements(message, elements);
            left = left[length..];
        }

        return NftablesAssembly.Join(order, tables.ToImmutable(), chains.ToImmutable(), rules.ToImmutable(), sets.ToImmutable(), elements.ToImmutable());
    }
}
