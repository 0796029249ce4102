using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>Why a bind fails, or that it would succeed: the diagnosis of one question.</summary>
public sealed class BindExplanation
{
    /// <summary>Wraps a diagnosis.</summary>
    /// <exception cref="ArgumentException">The diagnosis does not answer exactly one bind question.</exception>
    public BindExplanation(Diagnosis diagnosis)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        if (diagnosis.Services.Length != 1)
            throw new ArgumentException("An explanation is the diagnosis of exactly one bind question.", nameof(diagnosis));
        Diagnosis = diagnosis;
    }

    /// <summary>The diagnosis with its case, which can be saved and judged again.</summary>
    public Diagnosis Diagnosis { get; }

    /// <summary>How the endpoint stands, and the sentence that says so.</summary>
    public ServiceVerdict Verdict => Diagnosis.Services[0];

    /// <summary>What the bind is predicted to do.</summary>
    public BindPrediction Prediction => Verdict.Bind;

    /// <summary>What happened when it was tried; null when it was not.</summary>
    public BindProbeResult? Probe => Verdict.Probe;

    /// <summary>The error that was seen; null when none was given.</summary>
    public ObservedError? Error => Diagnosis.Case.Questions[Verdict.Position].Error;

    /// <summary>The known issues that were found, worst first.</summary>
    public ImmutableArray<Finding> Findings => Diagnosis.Findings;

    /// <summary>
    /// What the bind could be instead, when it fails: with other options, on other addresses and ports. Nothing to propose
    /// when it succeeds, or when the server itself holds the endpoint.
    /// </summary>
    public BindAlternatives Alternatives => field ??= Verdict.Standing is ServiceStanding.HeldByServer
        ? new BindAlternatives()
        : Diagnosis.Binds.FindAlternatives(Prediction.Request);

    /// <summary>The explanation for people.</summary>
    /// <param name="verbose">Whether to show how the prediction came about.</param>
    /// <param name="width">How many characters a line may have before prose is broken, at least 60.</param>
    public string ToText(bool verbose = false, int width = TextLines.UsualWidth) => BindText.Write(this, verbose, width);

    /// <summary>The explanation as one JSON document, <c>formatVersion</c> first.</summary>
    public string ToJson() => ReportJson.Write(ReportDocuments.Of(this), ReportJson.Default.BindDocument);

    /// <summary>The explanation as JSON on one line, for JSON Lines.</summary>
    public string ToJsonLine() => ReportJson.WriteLine(ReportDocuments.Of(this));
}
