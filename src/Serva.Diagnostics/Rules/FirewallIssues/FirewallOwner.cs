using System.Linq;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>Who writes a rule set of Linux: whoever changes it otherwise has it changed back.</summary>
internal enum FirewallOwner
{
    /// <summary>No firewall: routes, for example.</summary>
    None,

    /// <summary>ufw, through iptables.</summary>
    Ufw,

    /// <summary>firewalld.</summary>
    Firewalld,

    /// <summary>Somebody with iptables.</summary>
    Iptables,

    /// <summary>Somebody with nft.</summary>
    Nftables,
}

/// <summary>The place in a rule set where a packet was decided, and what can be told of it by the names that stand there.</summary>
internal sealed class DecidingPlace
{
    private DecidingPlace(FirewallDecision decision, NftablesFamily family, string table, HostSnapshot host)
    {
        Decision = decision;
        Family = family;
        Table = table;
        Rule = decision.IsPolicy ? null : host.NftablesRules.FirstOrDefault(row => IsHere(row) && row.Chain == decision.Chain
            && (decision.Handle is null ? NftablesWords.Of(row) == decision.Text : row.Handle == decision.Handle));
        bool isIptables = family is NftablesFamily.IPv4 or NftablesFamily.IPv6
            && host.NftablesChains.Any(row => row.Family == family && row.Table == table && row.Name is "INPUT" or "PREROUTING" or "FORWARD" && row.Hook != NftablesHook.None);
        Owner = table == "firewalld" ? FirewallOwner.Firewalld
            : !isIptables ? FirewallOwner.Nftables
            : UfwChain is { } chain && host.NftablesChains.Any(row => row.Family == family && row.Table == table && row.Name == chain) ? FirewallOwner.Ufw
            : FirewallOwner.Iptables;
    }

    public FirewallDecision Decision { get; }

    public NftablesFamily Family { get; }

    public string Table { get; }

    /// <summary>The rule that decided; null for a policy.</summary>
    public NftablesRuleRow? Rule { get; }

    public FirewallOwner Owner { get; }

    /// <summary>The chain into which ufw puts its user's rules; null where it has none.</summary>
    public string? UfwChain => UfwChainOf(Family);

    /// <summary>The place; null when no rule set decided.</summary>
    public static DecidingPlace? Of(FirewallVerdict verdict, HostSnapshot host) =>
        verdict.DecidedBy is { } decision && decision.Table.Split(' ') is [{ } word, { } table] && FamilyOf(word) is { } family
            ? new DecidingPlace(decision, family, table, host)
            : null;

    public static string? UfwChainOf(NftablesFamily family) => family switch
    {
        NftablesFamily.IPv4 => "ufw-user-input",
        NftablesFamily.IPv6 => "ufw6-user-input",
        _ => null,
    };

    private static NftablesFamily? FamilyOf(string word) =>
        word switch { "ip" => NftablesFamily.IPv4, "ip6" => NftablesFamily.IPv6, "inet" => NftablesFamily.Inet, "netdev" => NftablesFamily.Netdev, _ => null };

    private bool IsHere(NftablesRuleRow row) => row.Family == Family && row.Table == Table;
}
