using System;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>Which packets a rule of nftables may be about, by its own words alone: what leads to its chain is not asked.</summary>
internal static class RuleReach
{
    // As nftables numbers the families (NFPROTO_IPV4, NFPROTO_IPV6).
    private const byte IPv4 = 2, IPv6 = 10;

    /// <summary>Whether a packet of that family, protocol and destination port may match; false only where a word of the rule says no.</summary>
    public static bool MayConcern(NftablesRuleRow rule, bool isIPv6, byte protocol, int port) =>
        rule.Family != (isIPv6 ? NftablesFamily.IPv4 : NftablesFamily.IPv6)
        && rule.Statements.All(statement => statement.Kind != NftablesStatementKind.Match || MayMatch(statement, isIPv6, protocol, port));

    private static bool MayMatch(NftablesStatement statement, bool isIPv6, byte protocol, int port)
    {
        foreach (NftablesField field in statement.Fields)
        {
            if (field.Name.StartsWith(isIPv6 ? "ip " : "ip6 ", StringComparison.Ordinal))
                return false;
        }

        if (statement.Set is not null || statement.Operator != NftablesOperator.Equal || statement.Fields is not [{ Mask: null } only])
            return true;
        int? wanted = only.Name switch
        {
            "meta nfproto" => isIPv6 ? IPv6 : IPv4,
            "meta l4proto" => protocol,
            _ when only.Name.EndsWith(" dport", StringComparison.Ordinal) => port,
            _ => null,
        };
        return wanted is null || statement.Elements.Any(element => element.Key is [{ First: { } first } value] && (ulong)wanted >= first && (ulong)wanted <= (value.Last ?? first));
    }
}
