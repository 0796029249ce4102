using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Routing;
using Xunit;

namespace Serva.Diagnostics.Tests.Snapshots;

/// <summary>Changes in the words of <c>ip</c>: what they do, and what is wrong with those that are refused.</summary>
public sealed class ChangeTextTests
{
    [Fact]
    public void RouteAdd_GivenARouterAlone_TheLinkThatItIsOn()
    {
        var change = Assert.IsType<AddRoute>(Read("route add 198.51.100.0/24 via 192.168.1.254", Windows()));

        Assert.Equal(
            new RouteRow { Destination = NetPrefix.Parse("198.51.100.0/24"), Kind = RouteKind.Unicast, Gateway = NetAddress.Parse("192.168.1.254"), Interface = 1, Metric = 256 },
            change.Route);
    }

    [Theory]
    [InlineData("route add default via 10.1.0.9 dev e1 metric 5 table 100", "0.0.0.0/0", 5, 100)]
    [InlineData("route add default via fe80::1 dev e1", "::/0", 1024, 254)]
    [InlineData("route add 203.0.113.9 dev e1 src 10.1.0.5", "203.0.113.9/32", 0, 254)]
    public void RouteAdd_OnLinux_HasTheKernelsDefaults(string text, string destination, int metric, int table)
    {
        RouteRow route = Assert.IsType<AddRoute>(Read(text, Linux())).Route;

        Assert.Equal((destination, (uint)metric, (uint)table), (route.Destination.ToString(), route.Metric, route.Table));
        Assert.Contains(route, Linux().With(Read(text, Linux())).Routes);
    }

    [Fact]
    public void RouteDel_FindsTheRowByWhatIsSaid()
    {
        HostSnapshot host = Linux();

        var change = Assert.IsType<RemoveRoute>(Read("route del default via 10.1.0.1", host));

        Assert.Equal(host.Routes[0], change.Route);
        Assert.Equal(host.Routes.Count - 1, host.With(change).Routes.Count);
    }

    [Fact]
    public void RuleAdd_WithoutAPriority_JustBeforeTheSecondRuleAsTheKernelDoes()
    {
        HostSnapshot host = Linux();
        RoutingRuleRow rule = Assert.IsType<AddRoutingRule>(Read("rule add from 10.1.0.5 fwmark 0x10/0xff oif e1 uidrange 1000-1999 ipproto 17 dport 53 lookup 100", host)).Rule;

        Assert.Equal(
            new RoutingRuleRow
            {
                Priority = 32_765,
                IsIPv6 = false,
                Action = RoutingRuleAction.Lookup,
                Table = 100,
                From = NetPrefix.Parse("10.1.0.5/32"),
                Mark = 0x10,
                MarkMask = 0xff,
                OutputInterface = "e1",
                FirstUserId = 1000,
                LastUserId = 1999,
                IPProtocol = 17,
                FirstDestinationPort = 53,
                LastDestinationPort = 53,
            },
            rule);
        Assert.Equal([0u, 32_765u, 32_766u, 32_767u], host.With(new AddRoutingRule { Rule = rule }).RoutingRules.Select(row => row.Priority));
    }

    [Theory]
    [InlineData("rule del priority 32766")]
    [InlineData("rule del from all lookup main")]
    public void RuleDel_FindsTheRule(string text)
    {
        HostSnapshot host = Linux();

        Assert.Equal([0u, 32_767u], host.With(Read(text, host)).RoutingRules.Select(row => row.Priority));
    }

    [Fact]
    public void LinkDown_OnLinux_TakesItsRoutesButThoseToItsOwnIPv4Addresses()
    {
        HostSnapshot host = Linux();

        HostSnapshot down = host.With(Read("link set dev e1 down", host));

        Assert.Equal(["10.1.0.5/32 Local"], down.Routes.Select(row => $"{row.Destination} {row.Kind}"));
        Assert.Equal(OperationalStatus.Down, down.Interfaces.Single(row => row.Name == "e1").Status);
        Assert.Equal(["10.1.0.5"], down.Addresses.Select(row => row.Address.ToString()));
    }

    [Fact]
    public void LinkDown_OnWindows_LeavesTheRoutesUnused()
    {
        HostSnapshot host = Windows();

        HostSnapshot down = host.With(Read("link 192.168.1.10 down", host));

        Assert.Equal(host.Routes.Count, down.Routes.Count);
        Assert.Equal(RouteOutcome.NoRoute, new RouteSelector(down).Select(Flow.Parse("8.8.8.8")).Outcome);
    }

    [Fact]
    public void Metric_WeakHost_Set_ChangeWhatTheySay()
    {
        HostSnapshot host = Windows();

        Assert.Equal(5u, host.With(Read("metric '192.168.1.10' 5", host)).Interfaces[0].MetricV4);
        Assert.Equal((true, true), host.With(Read("weakhost 1 on", host)).Interfaces[0].OptionsV4 is { } on ? (on.WeakHostSend, on.WeakHostReceive) : default);
        Assert.Equal("2", Linux().With(Read("set net.ipv4.conf.all.rp_filter=2", Linux())).FindSetting("net.ipv4.conf.all.rp_filter"));
    }

    [Theory]
    [InlineData("nft add rule inet filter input iifname e1 ip saddr 10.1.0.0/16 udp dport 69-70 counter accept", "22 drop NEW")]
    [InlineData("nft add rule inet filter input handle 4 udp dport 69 accept", "22 NEW drop")]
    [InlineData("nft insert rule inet filter input handle 5 udp dport 69 accept", "22 NEW drop")]
    [InlineData("nft insert rule inet filter input udp dport 69 accept", "NEW 22 drop")]
    [InlineData("nft delete rule inet filter input handle 4", "drop")]
    public void Nft_AddInsertDelete_StandWhereNftPutsThem(string text, string order)
    {
        HostSnapshot host = Linux();

        HostSnapshot after = host.With(Read(text, host));

        Assert.Equal(order, string.Join(' ', after.NftablesRules.Select(row => row.Handle switch { 4 => "22", 5 => "drop", _ => "NEW" })));
        Assert.Equal(2, host.NftablesRules.Count);
    }

    [Fact]
    public void NftAdd_ARule_HasTheShapeThatTheKernelGives()
    {
        NftablesRuleRow rule = Assert.IsType<AddNftablesRule>(Read("nft add rule inet filter input iifname e1 ip saddr 10.1.0.0/16 udp dport 69 accept", Linux())).Rule;

        Assert.Equal("iifname \"e1\" ip saddr 10.1.0.0/16 udp dport 69 accept", NftablesWords.Of(rule));
        Assert.Equal(["meta iifname", "ip saddr", "meta l4proto", "udp dport"], rule.Statements.SkipLast(1).Select(statement => statement.Fields[0].Name));
    }

    [Theory]
    [InlineData("", 0, "a change is expected")]
    [InlineData("reboot", 0, "a change begins with")]
    [InlineData("route put 10.0.0.0/8", 6, "add or del or delete is expected")]
    [InlineData("route add 10.0.0.300 via 10.1.0.1", 10, "a prefix is expected")]
    [InlineData("route add 10.0.0.0/8 via fe80::1 dev e1", 39, "the router is of the other family")]
    [InlineData("route add 10.0.0.0/8", 20, "a route needs dev NAME or via ADDR")]
    [InlineData("route add 10.0.0.0/8 via 172.31.0.1", 35, "no interface has that router on its link")]
    [InlineData("route add 10.0.0.0/8 dev e9", 25, "there is no such interface")]
    [InlineData("route del 10.99.0.0/16", 22, "there is no such route")]
    [InlineData("route add 10.0.0.0/8 dev e1 metric -1", 35, "a number from 0 to")]
    [InlineData("rule add from 10.1.0.5", 22, "a rule needs lookup TABLE")]
    [InlineData("rule add from 10.1.0.5 lookup", 29, "a number from 0 to")]
    [InlineData("rule del priority 5 lookup 7", 28, "there is no such rule")]
    [InlineData("link e1 up", 8, "down is expected")]
    [InlineData("link e1 down now", 13, "nothing more is expected")]
    [InlineData("set rp_filter", 4, "NAME=VALUE is expected")]
    [InlineData("metric e1 5", 0, "only interfaces of Windows")]
    [InlineData("nft flush ruleset", 4, "add or insert or delete is expected")]
    [InlineData("nft add rule inet filter output accept", 25, "there is no such chain")]
    [InlineData("nft insert rule inet filter input handle 9 accept", 41, "there is no rule with that handle")]
    [InlineData("nft delete rule inet filter input", 33, "handle N is expected")]
    [InlineData("nft add rule inet filter input udp dport 70000 accept", 41, "a number from 0 to 65535")]
    [InlineData("nft add rule inet filter input udp dport 69", 43, "accept, drop, reject or return is expected")]
    [InlineData("nft add rule inet filter input ct state new accept", 31, "a rule takes iifname")]
    public void TryParse_Refused_NamesThePlace(string text, int position, string error)
    {
        Assert.False(SnapshotChange.TryParse(text, Linux(), out SnapshotChange? change, out string? actual, out int at));

        Assert.Null(change);
        Assert.StartsWith(error, actual, StringComparison.Ordinal);
        Assert.Equal(position, at);
    }

    [Fact]
    public void TryParse_RandomWords_NeverThrows()
    {
        string[] words = ["route", "rule", "link", "add", "del", "via", "dev", "e1", "10.0.0.0/8", "default", "from", "all", "'", "\"x y", "fwmark", "/", "uidrange", "-", "table", "main", "5", "down", "set", "a=b", "\u0000", "lookup", "fe80::1", "nft", "insert", "inet", "filter", "input", "handle", "4", "udp", "dport", "69", "accept"];
        var random = new Random(6);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, random.Next(1, 9)).Select(_ => words[random.Next(words.Length)]));
            if (SnapshotChange.TryParse(text, Linux(), out SnapshotChange? change, out string? error, out int position))
                Assert.NotNull(Linux().With(change));
            else
                Assert.True(error.Length > 0 && position >= 0 && position <= text.Length, text);
        }
    }

    private static SnapshotChange Read(string text, HostSnapshot host)
    {
        Assert.True(SnapshotChange.TryParse(text, host, out SnapshotChange? change, out string? error, out int position), $"{error} at {position}");
        return change;
    }

    private static HostSnapshot Windows() => WindowsHost.Of(WindowsHost.Ten, "0.0.0.0/0 192.168.1.1 192.168.1.10 0\n192.168.1.0/24 - 192.168.1.10 256");

    private static HostSnapshot Linux()
    {
        HostSnapshot host = WindowsHost.Of(new Version(6, 18), "0.0.0.0/0 10.1.0.1 10.1.0.5 0\n10.1.0.0/24 - 10.1.0.5 0");
        RouteRow local = new() { Destination = NetPrefix.Parse("10.1.0.5/32"), Kind = RouteKind.Local, Interface = 1, Metric = 0, Table = 255 };
        return host with
        {
            Platform = host.Platform with { Family = PlatformFamily.Linux },
            Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row with { Name = "e1" })]),
            Routes = host.Routes.WithRows([.. host.Routes.Select(row => row with { Table = 254 }), local]),
            RoutingRules = Table.Complete(
                [
                    new RoutingRuleRow { Priority = 0, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 255 },
                    new RoutingRuleRow { Priority = 32_766, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 254 },
                    new RoutingRuleRow { Priority = 32_767, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = 253 },
                ],
                "test"),
            Settings = Table.Complete<SettingRow>([], "test"),
            NftablesChains = Table.Complete([new NftablesChainRow { Family = NftablesFamily.Inet, Table = "filter", Name = "input", Type = NftablesChainType.Filter, Hook = NftablesHook.Input, Policy = NftablesVerdictKind.Accept }], "test"),
            NftablesRules = Table.Complete(
                [
                    Rule(4, NftablesStatement.Is("tcp dport", NftablesValue.Of(22)), NftablesStatement.Say(NftablesVerdictKind.Accept)),
                    Rule(5, NftablesStatement.Say(NftablesVerdictKind.Drop)),
                ],
                "test"),
        };
    }

    private static NftablesRuleRow Rule(ulong handle, params NftablesStatement[] statements) =>
        new() { Family = NftablesFamily.Inet, Table = "filter", Chain = "input", Handle = handle, Statements = [.. statements] };
}
