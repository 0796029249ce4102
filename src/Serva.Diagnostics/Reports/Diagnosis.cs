using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>How a service stands.</summary>
public enum ServiceStanding
{
    /// <summary>What would be needed to know was not seen.</summary>
    Undetermined = 0,

    /// <summary>Nothing is in the way: the service could be started.</summary>
    Free,

    /// <summary>The server itself holds the endpoint: the service runs.</summary>
    HeldByServer,

    /// <summary>Two copies of the server run; at most one of them can serve.</summary>
    StartedTwice,

    /// <summary>Somebody else holds the endpoint.</summary>
    HeldByAnother,

    /// <summary>Nobody holds it, and yet it cannot be bound: no right, no such address, excluded.</summary>
    CannotBind,

    /// <summary>It can be bound, but somebody else holds an overlapping endpoint too and may get the traffic.</summary>
    Shared,
}

/// <summary>What was not judged, and why.</summary>
public sealed record NotJudged
{
    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>How one service stands, and why.</summary>
public sealed class ServiceVerdict
{
    /// <summary>The position of the question in the case.</summary>
    public required int Position { get; init; }

    /// <summary>The service's name; the endpoint's text when it has none.</summary>
    public required string Name { get; init; }

    /// <summary>The bind that was asked about.</summary>
    public required BindRequest Request { get; init; }

    /// <summary>How it stands.</summary>
    public required ServiceStanding Standing { get; init; }

    /// <summary>The verdict in one sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>What the bind is predicted to do.</summary>
    public required BindPrediction Bind { get; init; }

    /// <summary>What happened when it was tried; null when it was not.</summary>
    public BindProbeResult? Probe { get; init; }

    /// <summary>Which way its replies leave, for each of its addresses; empty when that was not judged.</summary>
    internal ImmutableArray<ServiceReply> Replies { get; init; } = [];

    /// <summary>Why that was not judged; null when it was.</summary>
    internal string? NoRepliesBecause { get; init; }

    /// <summary>Whether the firewall lets in a client that no rule names; null when that was not judged.</summary>
    internal FirewallVerdict? Firewall { get; init; }

    /// <summary>Why that was not judged; null when it was.</summary>
    internal string? NoFirewallBecause { get; init; }
}

/// <summary>The answer to a case: how each service stands, which known issues are there, what helps and how to put it back.</summary>
public sealed partial class Diagnosis
{
    /// <summary>The case.</summary>
    public required DiagnosticCase Case { get; init; }

    /// <summary>How each service stands, in the case's order.</summary>
    public required ImmutableArray<ServiceVerdict> Services { get; init; }

    /// <summary>The known issues that were found, worst first.</summary>
    public required ImmutableArray<Finding> Findings { get; init; }

    /// <summary>The rules that could not judge.</summary>
    public required ImmutableArray<SkippedRule> Skipped { get; init; }

    /// <summary>How many rules were asked, with those that were skipped.</summary>
    public int RuleCount { get; init; }

    /// <summary>Predicts binds on the case's host; built once and shared.</summary>
    internal BindPredictor Binds
    {
        get => field ??= new BindPredictor(Case.Host);
        init;
    }

    /// <summary>Whether a finding of warning or worse was made, or a service cannot be started as asked.</summary>
    public bool HasProblems
    {
        get
        {
            foreach (Finding finding in Findings)
            {
                if (finding.Severity >= Severity.Warning)
                    return true;
            }

            foreach (ServiceVerdict service in Services)
            {
                if (service.Standing is ServiceStanding.StartedTwice or ServiceStanding.HeldByAnother or ServiceStanding.CannotBind or ServiceStanding.Shared)
                    return true;
            }

            return false;
        }
    }

    /// <summary>The report for people: one sentence per service, then each finding with what helps and the way back.</summary>
    public string ToText() => ToText(verbose: false);

    /// <summary>The report for people.</summary>
    /// <param name="verbose">Whether to show how each prediction came about, and why rules were skipped.</param>
    /// <param name="width">How many characters a line may have before prose is broken, at least 60.</param>
    public string ToText(bool verbose, int width = TextLines.UsualWidth) => DiagnosisText.Write(this, verbose, width);

    /// <summary>The report as Markdown, for an issue or a ticket. Text from the machine is escaped.</summary>
    public string ToMarkdown() => DiagnosisMarkdown.Write(this);

    /// <summary>The report as one JSON document, <c>formatVersion</c> first.</summary>
    public string ToJson() => ReportJson.Write(ReportDocuments.Of(this), ReportJson.Default.DiagnosisDocument);
}
