using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>What a firewall does with a packet.</summary>
public enum FirewallOutcome
{
    /// <summary>What would be needed to know was not seen.</summary>
    Undetermined = 0,

    /// <summary>It is let in, or passed on.</summary>
    Accept,

    /// <summary>It is gone without a word.</summary>
    Drop,

    /// <summary>It is gone, and its sender is told: a TCP reset or an ICMP error.</summary>
    Reject,
}

/// <summary>The rule or policy that decided, as its system writes it.</summary>
public sealed record FirewallDecision
{
    /// <summary>Linux: the family and table, for example <c>inet filter</c>. Windows: <c>Windows Firewall</c>.</summary>
    public required string Table { get; init; }

    /// <summary>Linux: the chain. Windows: the profile; empty for none.</summary>
    public required string Chain { get; init; }

    /// <summary>Linux: the rule's handle; null for a policy and where the source does not say.</summary>
    public ulong? Handle { get; init; }

    /// <summary>Windows: the rule's identifier, the name of its registry value; null for a setting, and elsewhere.</summary>
    public string? RuleId { get; init; }

    /// <summary>Windows: where the rule or setting stands, <see cref="WindowsFirewallStore.Unknown"/> for a default; null elsewhere.</summary>
    public WindowsFirewallStore? Store { get; init; }

    /// <summary>Whether no rule decided but the chain's policy, or a setting of the profile.</summary>
    public bool IsPolicy { get; init; }

    /// <summary>The rule: <c>tcp dport 22 accept</c>, or <c>policy drop</c>; Windows: the text in the registry, or <c>DefaultInboundAction=1</c>.</summary>
    public required string Text { get; init; }

    /// <summary>Its comment, Windows: its name; null for none.</summary>
    public string? Comment { get; init; }
}

/// <summary>Whether a firewall lets a packet in, found from a snapshot alone.</summary>
public sealed class FirewallVerdict : Answer
{
    /// <summary>The question.</summary>
    public required Flow Flow { get; init; }

    /// <summary>What becomes of the packet.</summary>
    public required FirewallOutcome Outcome { get; init; }

    /// <summary>What decided; null when nothing did: no chain is asked, or the outcome is undetermined.</summary>
    public FirewallDecision? DecidedBy { get; init; }

    /// <summary>Linux: the last hook that was asked: <c>prerouting</c>, <c>input</c> or <c>forward</c>; null for none.</summary>
    public string? Hook { get; init; }

    /// <summary>Where a rule sends the packet instead; null when it keeps its destination.</summary>
    public NetEndpoint? TranslatedTo { get; init; }

    /// <summary>The rule that sends it there, a row of the host's table; null when it keeps its destination.</summary>
    internal NftablesRuleRow? TranslatedBy { get; init; }

    /// <summary>What the outcome hangs on, with what would be otherwise: rates, sources that the question left open. Never default.</summary>
    public ImmutableArray<string> Conditions
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>What was needed and not seen: why there is no answer, or no certain one. Never default.</summary>
    public ImmutableArray<string> Unseen
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}
