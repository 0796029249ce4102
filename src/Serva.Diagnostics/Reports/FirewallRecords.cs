using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>The document of <c>firewall</c>, and of a service in other documents.</summary>
internal sealed class FirewallDocument
{
    public required int FormatVersion { get; init; }

    public required string Flow { get; init; }

    public required string Sentence { get; init; }

    public required FirewallOutcome Outcome { get; init; }

    public required Certainty Certainty { get; init; }

    /// <summary>The last hook that was asked; null for none.</summary>
    public string? Hook { get; init; }

    /// <summary>The rule or policy that decided; null when none did.</summary>
    public FirewallDecisionRecord? DecidedBy { get; init; }

    /// <summary>Where a rule sends the packet instead; null when it keeps its destination.</summary>
    public NetEndpoint? TranslatedTo { get; init; }

    /// <summary>What the outcome hangs on, with what would be otherwise.</summary>
    public required ImmutableArray<string> Conditions { get; init; }

    public required ImmutableArray<string> Unseen { get; init; }

    public required ImmutableArray<TraceRecord> Trace { get; init; }
}

internal sealed class FirewallDecisionRecord
{
    public required string Table { get; init; }

    public required string Chain { get; init; }

    public ulong? Handle { get; init; }

    /// <summary>Windows: the rule's identifier; null for a setting, and elsewhere.</summary>
    public string? RuleId { get; init; }

    /// <summary>Windows: where it stands; null elsewhere.</summary>
    public WindowsFirewallStore? Store { get; init; }

    public required bool IsPolicy { get; init; }

    /// <summary>The rule in the words of nft or iptables; Windows: the text in the registry, or a setting.</summary>
    public required string Text { get; init; }

    public string? Comment { get; init; }
}

/// <summary>Whether packets of new clients of a service are let in.</summary>
internal sealed class ServiceFirewallRecord
{
    /// <summary><c>judged</c> or <c>notJudged</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why it was not judged; null when it was.</summary>
    public string? Reason { get; init; }

    /// <summary>Of a client that no rule names; null when it was not judged.</summary>
    public FirewallDocument? Verdict { get; init; }
}
