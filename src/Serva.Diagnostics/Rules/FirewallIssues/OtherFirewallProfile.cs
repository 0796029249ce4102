using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3103: a rule lets the service's clients in, but not in the profile of the network that they come from.</summary>
internal sealed class OtherFirewallProfile : WindowsKeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3103",
        Title = "The allow rule of Windows Firewall is for another profile",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References = [RulesPage, "https://learn.microsoft.com/powershell/module/netsecurity/set-netfirewallrule"],
    };

    /// <inheritdoc/>
    protected override WindowsKeptOutReason Reason => WindowsKeptOutReason.OtherProfile;

    /// <inheritdoc/>
    protected override string SubjectOf(WindowsKeptOutCause cause, string service) => $"rule {SafeText.Of(cause.Rule!.RuleId)}";

    /// <inheritdoc/>
    protected override string Because(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) => 
        $"the rule {SafeText.Of(cause.Rule!.Rule!.DisplayName ?? cause.Rule.RuleId)} lets it in, but in the profile {string.Join(" and ", cause.Rule.Rule.Profiles)}, and {SafeText.Of(client.Client.Interface.Name)} is in {client.Client.Interface.FirewallProfile}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy> Help(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) =>
        ((Remedy?[])[WindowsFirewallRemedies.Extend(cause.Rule!, client, host), WindowsFirewallRemedies.Allow(client, host)]).OfType<Remedy>();
}
