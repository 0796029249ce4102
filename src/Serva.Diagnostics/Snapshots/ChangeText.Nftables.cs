using System;
using System.Collections.Generic;
using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// Changes in the words of <c>nft</c>: <c>nft add rule inet filter input udp dport 69 accept</c>, <c>nft insert rule FAMILY TABLE
/// CHAIN [handle N] ...</c>, <c>nft delete rule FAMILY TABLE CHAIN handle N</c>. Of a rule's words those that let a service in
/// or keep clients out: interface, addresses, protocol, ports, verdict.
/// </summary>
internal ref partial struct ChangeText
{
    private SnapshotChange? ReadNft()
    {
        if (Choice("add", "insert", "delete") is not { } verb || Choice("rule") is null || Family() is not { } family)
            return null;
        string? table = Word(), name = Word();
        if (!_host.NftablesChains.Any(row => row.Family == family && row.Table == table && row.Name == name))
            return Fail<SnapshotChange>("there is no such chain");
        NftablesRuleRow? marked = null;
        int before = _next;
        if (Word() is "handle" or "position")
        {
            if (Number(uint.MaxValue) is not { } handle)
                return null;
            marked = _host.NftablesRules.FirstOrDefault(row => row.Family == family && row.Table == table && row.Chain == name && row.Handle == handle);
            if (marked is null)
                return Fail<SnapshotChange>("there is no rule with that handle in the chain");
        }
        else
        {
            _next = before;
        }

        if (verb == "delete")
            return marked is null ? Fail<SnapshotChange>("handle N is expected") : IsAtEnd() ? new RemoveNftablesRule { Rule = marked } : null;
        if (Statements() is not { } statements)
            return null;
        NftablesRuleRow[] chain = [.. _host.NftablesRules.Where(row => row.Family == family && row.Table == table && row.Chain == name)];

        // "add" stands behind the rule that is named, "insert" before it; without one they mean the end and the beginning.
        NftablesRuleRow? next = verb == "insert" ? marked ?? chain.FirstOrDefault()
            : marked is null ? null : chain.SkipWhile(row => row != marked).Skip(1).FirstOrDefault();
        return new AddNftablesRule { Rule = new NftablesRuleRow { Family = family, Table = table!, Chain = name!, Statements = [.. statements] }, Before = next };
    }

    private NftablesFamily? Family() => Word() switch
    {
        "ip" => NftablesFamily.IPv4,
        "ip6" => NftablesFamily.IPv6,
        "inet" => NftablesFamily.Inet,
        "netdev" => NftablesFamily.Netdev,
        _ => FailValue<NftablesFamily>("ip, ip6, inet or netdev is expected"),
    };

    private List<NftablesStatement>? Statements()
    {
        var statements = new List<NftablesStatement>();
        while (Word() is { } word)
        {
            switch (word)
            {
                case "iifname" or "iif":
                    statements.Add(NftablesStatement.Is("meta iifname", new NftablesValue { Text = Word() ?? Fail<string>("the name of an interface is expected") }));
                    break;
                case "ip" or "ip6":
                    if (Choice("saddr", "daddr") is { } side && Prefix(Word()) is { } prefix)
                        statements.Add(NftablesStatement.Is($"{word} {side}", new NftablesValue { Prefix = prefix }));
                    break;
                case "tcp" or "udp" or "sctp":
                    if (Choice("dport", "sport") is { } port && Ports() is { } ports)
                        statements.AddRange([NftablesStatement.Is("meta l4proto", NftablesValue.Of(NftablesNames.NumberOf("meta l4proto", word)!.Value)), NftablesStatement.Is($"{word} {port}", ports)]);
                    break;
                case "counter":
                    break;
                case "accept" or "drop" or "reject" or "return":
                    statements.Add(NftablesStatement.Say(Enum.Parse<NftablesVerdictKind>(word, ignoreCase: true)));
                    return IsAtEnd() ? statements : null;
                default:
                    return Fail<List<NftablesStatement>>("a rule takes iifname, ip or ip6 saddr and daddr, tcp, udp or sctp dport and sport, and ends with accept, drop, reject or return");
            }

            if (_error is not null)
                return null;
        }

        return Fail<List<NftablesStatement>>("accept, drop, reject or return is expected");
    }

    private NftablesValue? Ports()
    {
        string[] ends = (Word() ?? "").Split('-');
        uint? first = Number(ends[0], ushort.MaxValue), last = ends.Length == 2 ? Number(ends[1], ushort.MaxValue) : null;
        return _error is not null || ends.Length > 2 ? Fail<NftablesValue>("a port or a range of ports is expected, for example 69 or 5000-5010") : new NftablesValue { First = first, Last = last };
    }
}
