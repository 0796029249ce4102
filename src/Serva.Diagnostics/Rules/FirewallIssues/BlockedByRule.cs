using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3102: a block rule, often one that Windows made when its question about the program was refused. It goes before every allow rule.</summary>
internal sealed class BlockedByRule : WindowsKeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3102",
        Title = "A block rule of Windows Firewall keeps the service's clients out",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References = [RulesPage],
    };

    /// <inheritdoc/>
    protected override WindowsKeptOutReason Reason => WindowsKeptOutReason.BlockRule;

    /// <inheritdoc/>
    protected override string SubjectOf(WindowsKeptOutCause cause, string service) => $"rule {SafeText.Of(cause.Rule!.Rule!.Application ?? cause.Rule.RuleId)}";

    /// <inheritdoc/>
    protected override string Because(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) => 
        (cause.IsFromPrompt ? "Windows made a block rule for the program when its question was refused" : $"the block rule {SafeText.Of(cause.Rule!.Rule!.DisplayName ?? cause.Rule.RuleId)} matches")
        + (HasAllowBeside(cause, client, host) ? ", and it goes before the allow rule beside it" : "");

    /// <inheritdoc/>
    protected override IEnumerable<Remedy> Help(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host)
    {
        if (cause.Rule!.Store == WindowsFirewallStore.GroupPolicy)
            return [AskerRemedy.Configure("Ask whoever keeps the group policy to take the block rule out of it.", null, wayBack: "The rule goes back into the group policy.")];
        return WindowsFirewallRemedies.SwitchOff(OfPrompt(cause, host), client, host) is { } remedy ? [remedy] : [];
    }

    // One refusal makes two rules, for TCP and for UDP.
    private static WindowsFirewallRuleRow[] OfPrompt(WindowsKeptOutCause cause, HostSnapshot host) => !cause.IsFromPrompt ? [cause.Rule!] :
    [
        .. host.WindowsFirewallRules.Where(row => row.Store == cause.Rule!.Store && row.Rule is { Active: true, Action: WindowsFirewallAction.Block } rule
            && rule.Application == cause.Rule.Rule!.Application && new WindowsKeptOutCause(cause.Reason, row).IsFromPrompt),
    ];

    private static bool HasAllowBeside(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host)
    {
        WindowsFirewallRuleRow[] blocks = OfPrompt(cause, host);
        HostSnapshot without = host with { WindowsFirewallRules = host.WindowsFirewallRules.WithRows([.. host.WindowsFirewallRules.Except(blocks)]) };
        return new FirewallEvaluator(without).Evaluate(client.Verdict.Flow) is { Outcome: FirewallOutcome.Accept, DecidedBy.RuleId: not null };
    }
}
