using System;
using System.Linq;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>Why Windows Firewall keeps a packet out.</summary>
internal enum WindowsKeptOutReason
{
    /// <summary>No rule lets it in.</summary>
    NoRule,

    /// <summary>A rule blocks it.</summary>
    BlockRule,

    /// <summary>A rule would let it in, in another profile.</summary>
    OtherProfile,

    /// <summary>A rule of the local policy would let it in, and group policy does not let local rules count.</summary>
    NotMerged,

    /// <summary>The firewall's service does not run.</summary>
    ServiceStopped,
}

/// <summary>The reason, and the rule that is to blame; null for none.</summary>
internal sealed record WindowsKeptOutCause(WindowsKeptOutReason Reason, WindowsFirewallRuleRow? Rule)
{
    private static readonly WindowsFirewallProfile[] s_profiles = [WindowsFirewallProfile.Domain, WindowsFirewallProfile.Private, WindowsFirewallProfile.Public];

    /// <summary>Whether Windows made the rule itself, when its question about a program was refused.</summary>
    public bool IsFromPrompt => Rule is { RuleId: var id } && (id.StartsWith("TCP Query User{", StringComparison.Ordinal) || id.StartsWith("UDP Query User{", StringComparison.Ordinal));

    /// <summary>The cause; null when no rule here explains it, as with all inbound blocked.</summary>
    public static WindowsKeptOutCause? Of(FirewallVerdict verdict, HostSnapshot host)
    {
        if (verdict is not { Outcome: FirewallOutcome.Drop, DecidedBy: { Table: WindowsFirewall.TableName } decision })
            return null;
        if (decision.RuleId is not null)
            return RuleOf(decision, host) is { Store: not WindowsFirewallStore.ServiceHardening } block ? new(WindowsKeptOutReason.BlockRule, block) : null;
        if (decision.Chain.Length == 0)
            return new(WindowsKeptOutReason.ServiceStopped, null);
        if (decision.Text != "DefaultInboundAction=1")
            return null;

        HostSnapshot merged = host with
        {
            WindowsFirewallProfiles = host.WindowsFirewallProfiles.WithRows([.. host.WindowsFirewallProfiles.Select(row => row with { AllowLocalPolicyMerge = null })]),
        };
        if (AllowedIn(merged, verdict.Flow) is { } left)
            return new(WindowsKeptOutReason.NotMerged, left);
        foreach (WindowsFirewallProfile profile in s_profiles)
        {
            HostSnapshot other = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row with { FirewallProfile = profile })]) };
            if (profile.ToString() != decision.Chain && AllowedIn(other, verdict.Flow) is { } elsewhere)
                return new(WindowsKeptOutReason.OtherProfile, elsewhere);
        }

        return new(WindowsKeptOutReason.NoRule, null);
    }

    private static WindowsFirewallRuleRow? AllowedIn(HostSnapshot host, Flow flow) =>
        new FirewallEvaluator(host).Evaluate(flow) is { Outcome: FirewallOutcome.Accept, DecidedBy: { RuleId: not null } decision } ? RuleOf(decision, host) : null;

    private static WindowsFirewallRuleRow? RuleOf(FirewallDecision decision, HostSnapshot host) =>
        host.WindowsFirewallRules.FirstOrDefault(row => row.RuleId == decision.RuleId && row.Store == decision.Store);
}
