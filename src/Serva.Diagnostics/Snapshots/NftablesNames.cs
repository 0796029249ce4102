using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>The words that <c>nft</c> has for numbers, by the field that holds them.</summary>
internal static class NftablesNames
{
    private static readonly FrozenDictionary<string, (string Name, ulong Number)[]> s_byField = Make();

    /// <summary>The number of a word, or null when the field has no such word.</summary>
    public static ulong? NumberOf(string field, string word)
    {
        foreach ((string name, ulong number) in TableOf(field))
        {
            if (name.Equals(word, StringComparison.OrdinalIgnoreCase))
                return number;
        }

        return null;
    }

    /// <summary>A number of a field as <c>nft</c> writes it.</summary>
    public static string NameOf(string field, ulong number)
    {
        (string Name, ulong Number)[] table = TableOf(field);
        foreach ((string name, ulong known) in table)
        {
            if (known == number)
                return name;
        }

        if (IsFlags(field) && number != 0 && table.Aggregate(number, (left, entry) => left & ~entry.Number) == 0)
            return string.Join(',', table.Where(entry => (number & entry.Number) != 0).Select(entry => entry.Name));
        return field is "meta mark" or "ct mark"
            ? "0x" + number.ToString("x8", CultureInfo.InvariantCulture)
            : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the numbers of a field are sets of bits.</summary>
    public static bool IsFlags(string field) => field is "ct state" or "ct status" or "tcp flags" or "xt ctstate";

    private static (string Name, ulong Number)[] TableOf(string field) =>
        s_byField.GetValueOrDefault(field.StartsWith("fib ", StringComparison.Ordinal) && field.EndsWith(" type", StringComparison.Ordinal) ? "fib type" : field) ?? [];

    private static FrozenDictionary<string, (string Name, ulong Number)[]> Make()
    {
        (string, ulong)[] protocols =
        [
            ("icmp", 1), ("igmp", 2), ("tcp", 6), ("udp", 17), ("dccp", 33), ("gre", 47), ("esp", 50), ("ah", 51), ("icmpv6", 58), ("ipv6-icmp", 58),
            ("ospf", 89), ("vrrp", 112), ("comp", 108), ("sctp", 132), ("udplite", 136),
        ];
        var tables = new Dictionary<string, (string, ulong)[]>(StringComparer.Ordinal)
        {
            ["meta l4proto"] = protocols,
            ["ip protocol"] = protocols,
            ["ip6 nexthdr"] = protocols,
            ["ct protocol"] = protocols,
            ["meta nfproto"] = [("ipv4", 2), ("ipv6", 10)],
            ["ct l3proto"] = [("ipv4", 2), ("ipv6", 10)],
            ["meta protocol"] = [("ip", 0x0800), ("ip6", 0x86dd), ("arp", 0x0806), ("vlan", 0x8100)],
            ["meta pkttype"] = [("host", 0), ("unicast", 0), ("broadcast", 1), ("multicast", 2), ("other", 3)],
            ["ct state"] = [("invalid", 1), ("established", 2), ("related", 4), ("new", 8), ("untracked", 64)],
            ["xt ctstate"] = [("INVALID", 1), ("ESTABLISHED", 2), ("RELATED", 4), ("NEW", 8), ("SNAT", 64), ("DNAT", 128), ("UNTRACKED", 256)],
            ["ct status"] =
            [
                ("expected", 1), ("seen-reply", 2), ("assured", 4), ("confirmed", 8), ("snat", 16), ("dnat", 32), ("dying", 512),
            ],
            ["ct direction"] = [("original", 0), ("reply", 1)],
            ["fib type"] =
            [
                ("unspec", 0), ("unicast", 1), ("local", 2), ("broadcast", 3), ("anycast", 4), ("multicast", 5), ("blackhole", 6), ("unreachable", 7),
                ("prohibit", 8), ("throw", 9), ("nat", 10),
            ],
            ["tcp flags"] = [("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8), ("ack", 16), ("urg", 32), ("ecn", 64), ("cwr", 128)],
            ["icmp type"] =
            [
                ("echo-reply", 0), ("destination-unreachable", 3), ("source-quench", 4), ("redirect", 5), ("echo-request", 8), ("router-advertisement", 9),
                ("router-solicitation", 10), ("time-exceeded", 11), ("parameter-problem", 12), ("timestamp-request", 13), ("timestamp-reply", 14),
                ("info-request", 15), ("info-reply", 16), ("address-mask-request", 17), ("address-mask-reply", 18),
            ],
            ["icmp code"] = [("net-unreachable", 0), ("host-unreachable", 1), ("prot-unreachable", 2), ("port-unreachable", 3), ("frag-needed", 4), ("net-prohibited", 9), ("host-prohibited", 10), ("admin-prohibited", 13)],
            ["icmpv6 code"] = [("no-route", 0), ("admin-prohibited", 1), ("addr-unreachable", 3), ("port-unreachable", 4), ("policy-fail", 5), ("reject-route", 6)],
            ["icmpv6 type"] =
            [
                ("destination-unreachable", 1), ("packet-too-big", 2), ("time-exceeded", 3), ("parameter-problem", 4), ("echo-request", 128), ("echo-reply", 129),
                ("mld-listener-query", 130), ("mld-listener-report", 131), ("mld-listener-done", 132), ("mld-listener-reduction", 132), ("nd-router-solicit", 133),
                ("nd-router-advert", 134), ("nd-neighbor-solicit", 135), ("nd-neighbor-advert", 136), ("nd-redirect", 137), ("router-renumbering", 138),
                ("ind-neighbor-solicit", 141), ("ind-neighbor-advert", 142), ("mld2-listener-report", 143),
            ],
        };
        return tables.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
