using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3002: the zone of the clients does not let the service in.</summary>
internal sealed class KeptOutByFirewalld : KeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3002",
        Title = "firewalld keeps the service's clients out",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References = ["https://firewalld.org/documentation/man-pages/firewall-cmd.html", NftablesPage],
    };

    /// <inheritdoc/>
    protected override FirewallOwner Owner => FirewallOwner.Firewalld;

    /// <inheritdoc/>
    protected override string OwnerName => "firewalld";
}
