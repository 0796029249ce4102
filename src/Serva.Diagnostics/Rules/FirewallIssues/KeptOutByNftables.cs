using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3003: a rule or policy of nftables, which nobody's manager wrote, keeps the service's clients out.</summary>
internal sealed class KeptOutByNftables : KeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3003",
        Title = "nftables keeps the service's clients out",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References = ["https://wiki.nftables.org/wiki-nftables/index.php/Simple_rule_management", NftablesPage],
    };

    /// <inheritdoc/>
    protected override FirewallOwner Owner => FirewallOwner.Nftables;

    /// <inheritdoc/>
    protected override string OwnerName => "nftables";
}
