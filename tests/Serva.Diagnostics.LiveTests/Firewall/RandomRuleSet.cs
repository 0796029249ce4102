using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>
/// Writes a random rule set for nft: families, hooks, priorities, sets and maps, verdict maps, concatenations, jumps and gotos,
/// negation, connection states, marks across chains, masks, ranges, address translation.
/// </summary>
internal sealed class RandomRuleSet(Random random)
{
    private readonly StringBuilder _text = new();
    private int _names;

    public string Write()
    {
        foreach (string family in Shuffled("inet", "ip", "ip6").Take(random.Next(1, 4)))
            WriteTable(family);
        if (random.Next(3) == 0)
            WriteNat();
        return _text.ToString();
    }

    private void WriteTable(string family)
    {
        _text.Append(CultureInfo.InvariantCulture, $"table {family} t{_names++} {{\n");
        List<(string Name, string Match)> sets = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => WriteSet(family))];
        List<string> chains = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => $"c{_names++}")];

        // Chains that only lead forward, so that nothing goes round.
        for (int i = chains.Count - 1; i >= 0; i--)
            WriteChain(chains[i], null, family, sets, chains[(i + 1)..]);
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            string hook = Pick("prerouting", "input", "input", "input", "forward");
            string policy = random.Next(3) == 0 ? "drop" : "accept";
            WriteChain($"b{_names++}", $"type filter hook {hook} priority {Pick(-350, -150, -50, 0, 0, 10, 150)}; policy {policy};", family, sets, chains);
        }

        _text.Append("}\n");
    }

    private void WriteChain(string name, string? hook, string family, List<(string Name, string Match)> sets, List<string> targets)
    {
        _text.Append(CultureInfo.InvariantCulture, $"  chain {name} {{\n");
        if (hook is not null)
            _text.Append(CultureInfo.InvariantCulture, $"    {hook}\n");
        for (int i = random.Next(1, 9); i > 0; i--)
        {
            string matches = string.Join(' ', Enumerable.Range(0, random.Next(0, 3)).Select(_ => Match(family, sets)));
            _text.Append(CultureInfo.InvariantCulture, $"    {matches} {Ending(family, targets, matches.Length == 0)}\n");
        }

        _text.Append("  }\n");
    }

    private string Ending(string family, List<string> targets, bool isBare) => random.Next(isBare ? 4 : 12) switch
    {
        0 => $"meta mark set {Pick("0x1", "0x2", "0x30", "meta mark & 0xf0 | 0x4", "meta mark xor 0x3")}",
        1 when targets.Count > 0 => $"{Pick("jump", "jump", "goto")} {targets[random.Next(targets.Count)]}",
        1 or 2 => "counter",
        3 => $"ct mark set {Pick("0x7", "meta mark")}",
        4 or 5 => "drop",
        6 => "return",
        7 => family == "inet" ? "reject with icmpx admin-prohibited" : "reject",
        8 when targets.Count > 0 => $"tcp dport vmap {{ {Port()} : jump {targets[0]}, {Pick("1-21", "24-50", "60000-65535")} : drop, {Pick("8000", "8001")}-8100 : accept }}",
        _ => "accept",
    };

    private (string Name, string Match) WriteSet(string family)
    {
        string name = $"s{_names++}";
        bool hasIPv4 = family != "ip6";
        switch (random.Next(6))
        {
            case 0 when hasIPv4:
                _text.Append(CultureInfo.InvariantCulture, $"  set {name} {{ type ipv4_addr; flags interval; elements = {{ 10.20.0.0/16, 172.16.5.1-172.16.5.{random.Next(40, 99)}, {Pick("203.0.113.7", "8.8.8.8", "10.66.0.0/15")} }}; }}\n");
                return (name, $"ip saddr {Not()}@{name}");
            case 1 when family != "ip":
                _text.Append(CultureInfo.InvariantCulture, $"  set {name} {{ type ipv6_addr; flags interval; elements = {{ 2001:db8:20::/48, {Pick("fd00::/8", "fe80::/10", "2001:db8:9::/64")} }}; }}\n");
                return (name, $"ip6 saddr {Not()}@{name}");
            case 2:
                _text.Append(CultureInfo.InvariantCulture, $"  set {name} {{ type inet_proto . inet_service; flags interval; elements = {{ tcp . 80, udp . {Pick("53", "443")}, tcp . {random.Next(1, 4000)}-{random.Next(4000, 9000)} }}; }}\n");
                return (name, $"meta l4proto . th dport {Not()}@{name}");
            case 3:
                _text.Append(CultureInfo.InvariantCulture, $"  set {name} {{ type ifname . inet_service; elements = {{ \"fw0\" . {Port()}, \"fw1\" . {Port()}, \"fw1\" . 1 }}; }}\n");
                return (name, $"iifname . tcp dport {Not()}@{name}");
            case 4:
                _text.Append(CultureInfo.InvariantCulture, $"  map {name} {{ type inet_service : mark; flags interval; elements = {{ 1-{random.Next(30, 500)} : 0x1, 5000-6000 : 0x2, {random.Next(6001, 9999)} : 0x30 }}; }}\n");
                return (name, $"meta mark set tcp dport map @{name}");
            default:
                _text.Append(CultureInfo.InvariantCulture, $"  set {name} {{ type mark; flags interval; elements = {{ 0x1-0x2, {Pick("0x30", "0x34", "0x4")} }}; }}\n");
                return (name, $"meta mark {Not()}@{name}");
        }
    }

    private string Match(string family, List<(string Name, string Match)> sets)
    {
        if (sets.Count > 0 && random.Next(4) == 0)
            return sets[random.Next(sets.Count)].Match;
        string address = family switch
        {
            "ip" => IPv4(),
            "ip6" => IPv6(),
            _ => random.Next(2) == 0 ? IPv4() : IPv6(),
        };
        return random.Next(20) switch
        {
            0 or 1 or 2 => $"tcp dport {Not()}{Ports()}",
            3 or 4 => $"udp dport {Not()}{Ports()}",
            5 => $"meta l4proto {{ tcp, udp }} th dport {Not()}{Ports()}",
            6 => $"meta l4proto {{ tcp, udp }} th sport {Pick("<", ">=", ">")} {random.Next(20_000, 60_000)}",
            7 => $"iifname {Not()}{Pick("\"fw0\"", "\"fw1\"", "\"fw*\"", "\"lo\"", "{ \"fw0\", \"lo\" }")}",
            8 => $"ct state {Pick("new", "established,related", "invalid", "untracked", "new,untracked")}",
            9 => $"ct state != {Pick("new", "invalid")}",
            10 => $"meta mark {Pick("0x1", "!= 0x1", "& 0xf0 == 0x30", "{ 0x0, 0x2 }", "and 0x3 != 0x0", "0x1-0x3", "< 0x3")}",
            11 => $"fib daddr type {Not()}{Pick("local", "{ broadcast, multicast }", "unicast")}",
            12 => Pick("fib saddr . iif oif missing", "fib saddr . iif oif exists", "fib daddr . iif type local", "fib saddr type unicast"),
            13 => $"meta pkttype {Not()}{Pick("host", "broadcast", "multicast", "{ broadcast, multicast }")}",
            14 => $"tcp flags {Pick("syn", "& (fin | syn | rst | ack) == syn", "& (syn | ack) != syn", "! ack")}",
            15 when family != "ip6" => $"icmp type {Not()}{Pick("echo-request", "{ echo-request, destination-unreachable }", "timestamp-request")}",
            15 or 16 when family != "ip" => $"icmpv6 type {Pick("echo-request", "{ nd-neighbor-solicit, nd-router-advert, echo-request }", "!= 128")}",
            17 => $"ct mark {Pick("0x7", "0x0", "!= 0x0")}",
            18 => $"meta l4proto {Not()}{Pick("tcp", "udp", "{ icmp, icmpv6 }")}",
            _ => address,
        };
    }

    private string IPv4() => random.Next(6) switch
    {
        0 => $"ip daddr {Not()}{Pick("10.9.0.2", "10.8.0.0/24", "{ 10.9.0.2, 255.255.255.255 }")}",
        1 => $"ip saddr . tcp dport {{ 10.20.0.0/16 . 1-1024, 203.0.113.7 . {Port()}, 10.1.2.0/28 . 1-65535 }}",
        2 => $"ip saddr {Not()}{Pick("10.1.2.3-10.1.2.14", "10.16.0.0-10.20.255.255")}",
        3 => $"ip ttl {Pick("255", "!= 64", "< 65")}",
        4 => $"ip saddr 10.9.0.1 ip daddr {Pick("10.9.0.2", "10.8.0.2")}",
        _ => $"ip saddr {Not()}{Pick("10.0.0.0/8", "10.20.0.0/14", "172.16.5.50", "{ 8.8.8.8, 100.64.0.0/10, 10.1.3.9 }", "192.168.0.0/16")}",
    };

    private string IPv6() => random.Next(4) switch
    {
        0 => $"ip6 daddr {Not()}{Pick("2001:db8:9::2", "ff02::/16", "2001:db8:8::/64")}",
        1 => $"ip6 hoplimit {Pick("255", "!= 64", "< 65")}",
        2 => $"ip6 saddr {Not()}{Pick("2001:db8:20::1-2001:db8:20::9", "fd00::/7")}",
        _ => $"ip6 saddr {Not()}{Pick("2001:db8::/32", "2001:db8:bad::1", "{ fe80::/10, fd00::5 }")}",
    };

    private void WriteNat()
    {
        string set = Pick("tcp dport 2222 redirect to :22", "tcp dport 8080 dnat to 10.8.0.2:80", "udp dport 514 dnat to 172.17.0.2", "tcp dport { 8443, 8888 } dnat to 172.17.0.2:443",
            "dnat to tcp dport map { 3306 : 10.9.0.2, 3389 : 172.17.0.2 }", "ip daddr 203.0.113.50 dnat to 10.9.0.2");
        _text.Append(CultureInfo.InvariantCulture, $"table ip n{_names++} {{ chain pre {{ type nat hook prerouting priority {Pick(-100, -110, 50)}; policy accept; {set} }} }}\n");
    }

    private string Not() => random.Next(4) == 0 ? "!= " : "";

    private string Port() => Pick("22", "53", "80", "443", "5353", "8080", "3306");

    private string Ports() => random.Next(4) switch
    {
        0 => Port(),
        1 => $"{random.Next(1, 400)}-{random.Next(401, 6000)}",
        2 => $"{{ 22, 53, 80, 443, {random.Next(1000, 2000)}-{random.Next(3000, 8000)} }}",
        _ => "{ 22, 25, 53, 67, 80, 113, 123, 137, 138, 161, 443, 5353, 8080 }",
    };

    private T Pick<T>(params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    private string[] Shuffled(params string[] words)
    {
        random.Shuffle(words);
        return words;
    }
}
