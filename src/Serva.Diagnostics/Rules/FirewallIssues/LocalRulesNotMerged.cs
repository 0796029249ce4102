using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3104: a local rule lets the service's clients in, but group policy does not let local rules count.</summary>
internal sealed class LocalRulesNotMerged : WindowsKeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3104",
        Title = "Group policy leaves the local allow rule of Windows Firewall out",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References = [RulesPage, "https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/"],
    };

    /// <inheritdoc/>
    protected override WindowsKeptOutReason Reason => WindowsKeptOutReason.NotMerged;

    /// <inheritdoc/>
    protected override string SubjectOf(WindowsKeptOutCause cause, string service) => $"rule {SafeText.Of(cause.Rule!.RuleId)}";

    /// <inheritdoc/>
    protected override string Because(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) => 
        $"the local rule {SafeText.Of(cause.Rule!.Rule!.DisplayName ?? cause.Rule.RuleId)} would let it in, but group policy lets its own rules alone count (AllowLocalPolicyMerge=0)";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy> Help(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) =>
        [AskerRemedy.Configure("Ask whoever keeps the group policy to put the rule into it, or to let local rules count (AllowLocalPolicyMerge=1).", null, wayBack: "The rule is taken out of the group policy again.")];
}
