using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3001: ufw lets in nothing that its user did not allow, and nobody allowed this service.</summary>
internal sealed class KeptOutByUfw : KeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3001",
        Title = "ufw keeps the service's clients out",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References = ["https://manpages.debian.org/stable/ufw/ufw.8.en.html", NftablesPage],
    };

    /// <inheritdoc/>
    protected override FirewallOwner Owner => FirewallOwner.Ufw;

    /// <inheritdoc/>
    protected override string OwnerName => "ufw";
}
