using System.Collections.Generic;
using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Linux: a rule is added to a chain of nftables, or of iptables in the same shape.</summary>
public sealed record AddNftablesRule : SnapshotChange
{
    /// <summary>The rule.</summary>
    public required NftablesRuleRow Rule { get; init; }

    /// <summary>The rule of the same chain that it stands before; null for the end of the chain.</summary>
    public NftablesRuleRow? Before { get; init; }

    // Rows of one chain stand in their order; those of other chains may stand between them.
    internal override HostSnapshot ApplyTo(HostSnapshot host)
    {
        List<NftablesRuleRow> rows = [.. host.NftablesRules];
        int at = Before is null ? -1 : rows.IndexOf(Before);
        rows.Insert(at < 0 ? rows.Count : at, Rule);
        return host with { NftablesRules = host.NftablesRules.WithRows([.. rows]) };
    }
}

/// <summary>Linux: a rule is taken away from its chain.</summary>
public sealed record RemoveNftablesRule : SnapshotChange
{
    /// <summary>The rule as it stands in the snapshot; of several that are equal the first one goes.</summary>
    public required NftablesRuleRow Rule { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host)
    {
        List<NftablesRuleRow> rows = [.. host.NftablesRules];
        rows.Remove(Rule);
        return host with { NftablesRules = host.NftablesRules.WithRows([.. rows]) };
    }
}
