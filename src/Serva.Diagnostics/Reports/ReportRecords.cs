using System;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Net.NetworkInformation;
using System.Text.Json.Serialization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

// The shapes of the JSON documents. Their member names are a promise to programs: add, never rename.

/// <summary>The document of <c>doctor</c> and <c>explain</c>.</summary>
internal sealed class DiagnosisDocument
{
    public required int FormatVersion { get; init; }

    public required HostRecord Host { get; init; }

    public required bool HasProblems { get; init; }

    public required ImmutableArray<ServiceRecord> Services { get; init; }

    /// <summary>The TLS handshakes that were made or tried; empty when none were asked for.</summary>
    public required ImmutableArray<TlsRecord> Tls { get; init; }

    public required ImmutableArray<FindingRecord> Findings { get; init; }

    public required ImmutableArray<SkippedRecord> Skipped { get; init; }

    public required int RuleCount { get; init; }
}

/// <summary>A TLS handshake of the host with itself.</summary>
internal sealed class TlsRecord
{
    /// <summary>Null when none was made at all.</summary>
    public string? Version { get; init; }

    public required TlsHandshakeOutcome Outcome { get; init; }

    public int PartialBytes { get; init; }

    public int? PartialReads { get; init; }

    public string? Cipher { get; init; }

    public double? Milliseconds { get; init; }

    public int? NativeCode { get; init; }

    public string? Error { get; init; }
}

/// <summary>The document of <c>bind</c>.</summary>
internal sealed class BindDocument
{
    public required int FormatVersion { get; init; }

    public required string Request { get; init; }

    public required string Sentence { get; init; }

    public required ServiceStanding State { get; init; }

    public required PredictionRecord Prediction { get; init; }

    public required ProbeRecord Probe { get; init; }

    public ErrorRecord? Error { get; init; }

    /// <summary>What the bind could be instead; null when it succeeds or could not be judged.</summary>
    public AlternativesRecord? Alternatives { get; init; }

    public required ImmutableArray<FindingRecord> Findings { get; init; }

    public required ImmutableArray<SkippedRecord> Skipped { get; init; }
}

/// <summary>The answer on a changed host.</summary>
internal sealed class WhatIfRecord
{
    public required ImmutableArray<string> Changes { get; init; }

    public required RouteDocument Answer { get; init; }
}

/// <summary>The document of <c>route --reply</c>.</summary>
internal sealed class ReplyDocument
{
    public required int FormatVersion { get; init; }

    public required string Request { get; init; }

    /// <summary>Whether the socket answers without a source of its own.</summary>
    public required bool Unbound { get; init; }

    public required string Sentence { get; init; }

    public required ReplyOutcome Outcome { get; init; }

    public required Certainty Certainty { get; init; }

    public required RouteDocument Arrival { get; init; }

    /// <summary>Null when the request was dropped.</summary>
    public RouteDocument? Reply { get; init; }

    public required ImmutableArray<RemedyRecord> Remedies { get; init; }
}

/// <summary>The document of <c>route</c>, and of a part of other documents.</summary>
internal sealed class RouteDocument
{
    public required int FormatVersion { get; init; }

    public required string Flow { get; init; }

    /// <summary>The rules that were followed.</summary>
    public required HostModel HostModel { get; init; }

    public required string Sentence { get; init; }

    public required RouteOutcome Outcome { get; init; }

    public string? NativeError { get; init; }

    /// <summary>The interface of the first way; null after an error.</summary>
    public string? Interface { get; init; }

    public NetAddress? Gateway { get; init; }

    public NetAddress? Source { get; init; }

    public uint? Table { get; init; }

    /// <summary>The route or rule that decided, in the words of <c>ip</c>; null when none did.</summary>
    public string? DecidedBy { get; init; }

    public required Certainty Certainty { get; init; }

    /// <summary>Every way that the packet may take.</summary>
    public required ImmutableArray<RouteChoiceRecord> Candidates { get; init; }

    /// <summary>Every route that fits the destination, the taken one first.</summary>
    public required ImmutableArray<ConsideredRouteRecord> Considered { get; init; }

    public required ImmutableArray<string> Unseen { get; init; }

    public required ImmutableArray<TraceRecord> Trace { get; init; }

    /// <summary>How to send the packet by the interface that its source belongs to; empty when it leaves by it.</summary>
    public required ImmutableArray<RemedyRecord> Remedies { get; init; }

    /// <summary>What the answer would be after the changes that were asked about; null when none were.</summary>
    public WhatIfRecord? WhatIf { get; init; }
}

internal sealed class RouteChoiceRecord
{
    public required string Interface { get; init; }

    public NetAddress? Gateway { get; init; }

    public NetAddress? Source { get; init; }
}

internal sealed class ConsideredRouteRecord
{
    public required NetPrefix Destination { get; init; }

    public NetAddress? Gateway { get; init; }

    public string? Interface { get; init; }

    public uint? Table { get; init; }

    public required long Cost { get; init; }

    /// <summary>Why it was not taken; <c>none</c> of the taken one.</summary>
    public required RouteLoss Loss { get; init; }
}

/// <summary>The document of <c>why</c>.</summary>
internal sealed class ErrorDocument
{
    public required int FormatVersion { get; init; }

    public required ReadingRecord Error { get; init; }

    /// <summary>The bind that is judged; null when nobody knows which it was, or when the error is not of a bind.</summary>
    public string? Request { get; init; }

    public string? Sentence { get; init; }

    public ServiceStanding? State { get; init; }

    public required ImmutableArray<CauseRecord> Causes { get; init; }

    /// <summary>The fact that would say more; null when nothing is missing.</summary>
    public string? Missing { get; init; }

    /// <summary>The command that asks with that fact, with an example in its place.</summary>
    public string? AskWith { get; init; }

    public PredictionRecord? Prediction { get; init; }

    public AlternativesRecord? Alternatives { get; init; }

    public required ImmutableArray<FindingRecord> Findings { get; init; }

    public required ImmutableArray<SkippedRecord> Skipped { get; init; }
}

internal sealed class ReadingRecord
{
    public string? Name { get; init; }

    public int? Code { get; init; }

    public PlatformFamily? System { get; init; }

    public required BindOutcome Outcome { get; init; }

    public required ImmutableArray<SystemErrorRecord> Names { get; init; }

    public string? Program { get; init; }

    public TransportProtocol? Protocol { get; init; }

    public NetAddress? Address { get; init; }

    public int? Port { get; init; }

    public required ImmutableArray<PlaceOfFactRecord> Places { get; init; }

    public required ImmutableArray<string> Assumptions { get; init; }
}

internal sealed class SystemErrorRecord
{
    public required PlatformFamily System { get; init; }

    public required string Name { get; init; }

    public int? Code { get; init; }
}

/// <summary>Where the text says something: characters, counted from 0.</summary>
internal sealed class PlaceOfFactRecord
{
    public required ErrorFact Fact { get; init; }

    public required int Start { get; init; }

    public required int Length { get; init; }
}

internal sealed class CauseRecord
{
    public required string Code { get; init; }

    public required string Summary { get; init; }

    public required CauseStanding Standing { get; init; }

    public required ImmutableArray<EvidenceRecord> Evidence { get; init; }

    public string? Missing { get; init; }
}

internal sealed class AlternativesRecord
{
    public required ImmutableArray<AlternativeRecord> Proposed { get; init; }

    public required ImmutableArray<AlternativeRecord> NotProposed { get; init; }

    public PortsRecord? Ports { get; init; }
}

internal sealed class AlternativeRecord
{
    public required string Code { get; init; }

    public required string Change { get; init; }

    public required string Request { get; init; }

    public required BindOutcome Outcome { get; init; }

    public required Certainty Certainty { get; init; }

    /// <summary>What must be so for the outcome, and was not seen; null for nothing.</summary>
    public string? Condition { get; init; }

    public string? Note { get; init; }
}

internal sealed class PortsRecord
{
    public required ImmutableArray<NetEndpoint> Free { get; init; }

    public required Certainty Certainty { get; init; }

    public string? Unseen { get; init; }
}

/// <summary>The document of <c>ports</c>.</summary>
internal sealed class SocketsDocument
{
    public required int FormatVersion { get; init; }

    public required Coverage Coverage { get; init; }

    public string? Source { get; init; }

    public string? Note { get; init; }

    /// <summary>True when one owner of each socket was looked for: others may hold it too.</summary>
    public bool? FirstOwnerOnly { get; init; }

    public required ImmutableArray<GapRecord> Gaps { get; init; }

    public required ImmutableArray<SocketRecord> Sockets { get; init; }
}

/// <summary>One line of <c>ports --watch --json</c>.</summary>
internal sealed class SocketChangeDocument
{
    public required int FormatVersion { get; init; }

    public required SocketChangeKind Kind { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Absent when a part of the table could not be read.</summary>
    public SocketRecord? Socket { get; init; }

    public SocketRecord? Previous { get; init; }

    public string? Reason { get; init; }
}

/// <summary>The document of <c>rules</c>.</summary>
internal sealed class RulesDocument
{
    public required int FormatVersion { get; init; }

    public required ImmutableArray<RuleRecord> Rules { get; init; }
}

internal sealed class HostRecord
{
    public required PlatformFamily Platform { get; init; }

    public string? Name { get; init; }

    public required string Version { get; init; }

    public int? Revision { get; init; }

    public string? User { get; init; }

    public bool? Elevated { get; init; }

    public required DateTimeOffset CapturedAt { get; init; }
}

internal sealed class ServiceRecord
{
    public required string Name { get; init; }

    public required TransportProtocol Protocol { get; init; }

    public required NetEndpoint Endpoint { get; init; }

    public required ServiceStanding State { get; init; }

    public required string Sentence { get; init; }

    public required PredictionRecord Bind { get; init; }

    public required ProbeRecord Probe { get; init; }

    public required ServiceFirewallRecord Firewall { get; init; }

    public required ServiceRoutesRecord Routes { get; init; }
}

/// <summary>Which way the replies of a service leave.</summary>
internal sealed class ServiceRoutesRecord
{
    /// <summary><c>judged</c> or <c>notJudged</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why it was not judged; null when it was.</summary>
    public string? Reason { get; init; }

    /// <summary>For each address of the service, and clients on its link and beyond the routers.</summary>
    public required ImmutableArray<ReplyRecord> Replies { get; init; }
}

internal sealed class ReplyRecord
{
    public required NetAddress Address { get; init; }

    /// <summary>The interface that has the address, by which the request comes in.</summary>
    public required string Interface { get; init; }

    /// <summary><c>onLink</c> or <c>beyondRouters</c>.</summary>
    public required string Clients { get; init; }

    public required ReplyOutcome Outcome { get; init; }

    public required Certainty Certainty { get; init; }

    /// <summary>The interface that the reply leaves by; null when there is no reply.</summary>
    public string? LeavesBy { get; init; }

    public NetAddress? Gateway { get; init; }

    public NetAddress? Source { get; init; }
}

/// <summary>What was not judged, and why.</summary>
internal sealed class PredictionRecord
{
    public required BindOutcome Outcome { get; init; }

    public string? NativeError { get; init; }

    public int? NativeCode { get; init; }

    public required Certainty Certainty { get; init; }

    public required BindStage Stage { get; init; }

    [Description("The sockets in the way: at most 16 listeners and bound sockets, then at most three connections.")]
    public required ImmutableArray<ConflictRecord> Conflicts { get; init; }

    [Description("How many sockets are in the way, with those that conflicts leaves out.")]
    public required int ConflictCount { get; init; }

    public required ImmutableArray<string> Unseen { get; init; }

    public required ImmutableArray<TraceRecord> Trace { get; init; }
}

internal sealed class TraceRecord
{
    public required string Code { get; init; }

    public required string Text { get; init; }

    public EvidenceRecord? Evidence { get; init; }
}

internal sealed class ConflictRecord
{
    public required PlaceRecord Socket { get; init; }

    public required ImmutableArray<OwnerRecord> Owners { get; init; }

    public OwnerGap? OwnerMissingBecause { get; init; }

    public required string Code { get; init; }

    public required string Why { get; init; }
}

internal sealed class PlaceRecord
{
    public required TransportProtocol Protocol { get; init; }

    public required NetEndpoint Local { get; init; }

    public NetEndpoint? Remote { get; init; }

    public TcpState? State { get; init; }
}

internal sealed class OwnerRecord
{
    public required int ProcessId { get; init; }

    public string? Name { get; init; }

    public string? Path { get; init; }

    public string? User { get; init; }

    public string? Unit { get; init; }

    public uint? UnitUserId { get; init; }

    public string? ContainerId { get; init; }

    public ContainerEngine? ContainerEngine { get; init; }

    /// <summary>Where a relay such as docker-proxy sends what it gets; null for a process that serves its port itself.</summary>
    public NetEndpoint? RelaysTo { get; init; }

    public required ImmutableArray<string> Services { get; init; }
}

/// <summary>What a trial found. <c>outcome</c> is that of a prediction, or <c>notTried</c> with the reason.</summary>
internal sealed class ProbeRecord
{
    public required string Outcome { get; init; }

    public string? NativeError { get; init; }

    public int? NativeCode { get; init; }

    public BindStage? Stage { get; init; }

    public string? Modelled { get; init; }

    public string? Reason { get; init; }

    public double? Milliseconds { get; init; }
}

internal sealed class ErrorRecord
{
    public int? Code { get; init; }

    public string? Name { get; init; }

    public string? Text { get; init; }
}

internal sealed class FindingRecord
{
    public required string Id { get; init; }

    public required Severity Severity { get; init; }

    public required Certainty Certainty { get; init; }

    public required bool IsExperimental { get; init; }

    public required string Title { get; init; }

    public required string Summary { get; init; }

    public required string Subject { get; init; }

    /// <summary>The positions of the questions it answers; empty for the machine as a whole.</summary>
    public required ImmutableArray<int> Questions { get; init; }

    public required ImmutableArray<EvidenceRecord> Evidence { get; init; }

    public required ImmutableArray<RemedyRecord> Remedies { get; init; }

    public required ImmutableArray<string> References { get; init; }
}

internal sealed class EvidenceRecord
{
    public required string Table { get; init; }

    public required string Text { get; init; }
}

internal sealed class RemedyRecord
{
    public required string Summary { get; init; }

    public required ImmutableArray<CommandRecord> Apply { get; init; }

    public required ImmutableArray<CommandRecord> Revert { get; init; }

    public string? NothingToRevertBecause { get; init; }

    public required bool NeedsElevation { get; init; }

    public required bool NeedsReboot { get; init; }

    public required RemedyRisk Risk { get; init; }

    public string? Consequence { get; init; }

    public string? Recheck { get; init; }

    public string? RecheckRoute { get; init; }

    /// <summary>The question to ask the firewall again; null when it is no question of firewalls.</summary>
    public string? RecheckFirewall { get; init; }

    /// <summary>What it answers then, simulated.</summary>
    public FirewallDocument? FirewallAfterwards { get; init; }
}

internal sealed class CommandRecord
{
    public required CommandShell Shell { get; init; }

    public required string Text { get; init; }
}

internal sealed class SkippedRecord
{
    public required string Id { get; init; }

    public required string Because { get; init; }
}

internal sealed class GapRecord
{
    public required string Part { get; init; }

    public required string Reason { get; init; }
}

internal sealed class SocketRecord
{
    public required TransportProtocol Protocol { get; init; }

    public required NetEndpoint Local { get; init; }

    public NetEndpoint? Remote { get; init; }

    public TcpState? State { get; init; }

    public required NetAddress LocalAddress { get; init; }

    public required int LocalPort { get; init; }

    public int? ProcessId { get; init; }

    public string? ProcessName { get; init; }

    public required ImmutableArray<OwnerRecord> Owners { get; init; }

    public OwnerGap? OwnerMissingBecause { get; init; }

    /// <summary>The account of the owner, or the number of the user that made the socket.</summary>
    public string? User { get; init; }

    public uint? UserId { get; init; }

    public ulong? Inode { get; init; }

    public uint? Interface { get; init; }

    [JsonPropertyName("ipv6Only")]
    public bool? IPv6Only { get; init; }

    public uint? ReceiveQueue { get; init; }

    public uint? SendQueue { get; init; }
}

internal sealed class RuleRecord
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required Severity Severity { get; init; }

    public required SourceGrade Grade { get; init; }

    public required bool IsExperimental { get; init; }

    public required ImmutableArray<string> Needs { get; init; }

    public required ImmutableArray<PlatformFamily> Platforms { get; init; }

    public required ImmutableArray<string> DependsOn { get; init; }

    public required ImmutableArray<string> References { get; init; }

    public required string Page { get; init; }
}
