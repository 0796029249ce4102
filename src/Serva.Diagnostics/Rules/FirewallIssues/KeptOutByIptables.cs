using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3004: a rule or policy that was written with iptables keeps the service's clients out.</summary>
internal sealed class KeptOutByIptables : KeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3004",
        Title = "iptables keeps the service's clients out",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References = ["https://manpages.debian.org/stable/iptables/iptables.8.en.html", NftablesPage],
    };

    /// <inheritdoc/>
    protected override FirewallOwner Owner => FirewallOwner.Iptables;

    /// <inheritdoc/>
    protected override string OwnerName => "iptables";
}
