using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>Writes the explanation of one bind for people.</summary>
internal static class BindText
{
    public static string Write(BindExplanation explanation, bool verbose, int width)
    {
        var lines = new TextLines(width);
        BindPrediction prediction = explanation.Prediction;
        lines.Prose("", explanation.Verdict.Sentence);
        Error(lines, explanation);
        lines.Prose("  predicted  ", $"{prediction.Request} {Ending(prediction)}");
        ImmutableArray<BindConflict> shown = ShownConflicts.Of(prediction);
        foreach (string conflict in shown.Select(conflict => $"{conflict.Why.TrimEnd('.')}: {HolderWords.Describe(conflict.Socket, Family(explanation))}").Distinct())
            lines.Prose("             ", conflict);
        if (ShownConflicts.More(prediction, shown.Length) is { } more)
            lines.Prose("             ", more);
        foreach (string unseen in ShownConflicts.Unseen(prediction))
            lines.Prose("             ", $"not certain: {unseen}");
        lines.Prose("  tried      ", Tried(explanation.Probe));
        Alternatives(lines, explanation.Alternatives);
        if (verbose)
            DiagnosisText.Trace(lines, "  ", prediction);
        foreach (Finding finding in explanation.Findings)
        {
            lines.Blank();
            FindingText.Write(lines, finding);
        }

        return lines.ToString();
    }

    /// <summary>How a prediction ends, and how sure that is.</summary>
    public static string Ending(BindPrediction prediction) =>
        Ending(prediction.Outcome, prediction.NativeError, prediction.NativeCode) + Sure(prediction);

    /// <summary>What the bind could be instead.</summary>
    public static void Alternatives(TextLines lines, BindAlternatives alternatives)
    {
        foreach (BindAlternative alternative in alternatives.Proposed)
        {
            string condition = alternative.Condition is { } must ? $", if {must}" : "";
            string note = alternative.Note is { } mind ? $"; {mind}" : "";
            lines.Prose("  instead    ", $"{alternative.Change} it {Ending(alternative.Prediction)}{condition}{note}");
        }

        foreach (BindAlternative alternative in alternatives.NotProposed)
            lines.Prose("  not        ", $"{alternative.Change}, although it {Ending(alternative.Prediction)}: {alternative.Note}");
        if (alternatives.Ports is not { } ports)
            return;
        string name = BindRequestText.NameOf(ports.Wanted.Protocol);
        if (!ports.Free.IsEmpty)
            lines.Prose("  free       ", $"{string.Join(", ", ports.Free.Select(endpoint => $"{name} {endpoint}"))}{(ports.Certainty == Certainty.Likely ? ", most likely" : "")}");
        else if (ports.Certainty == Certainty.None)
            lines.Prose("  free       ", $"other ports could not be judged: {ports.Unseen}");
    }

    private static void Error(TextLines lines, BindExplanation explanation)
    {
        if (explanation.Error is not { } error)
            return;
        string name = error.Code is { } code ? HolderWords.Error(ReportWords.NameOf(Family(explanation), code), code) : "";
        string text = error.Text is { } words ? (name.Length == 0 ? words : $" \"{words}\"") : "";
        bool explains = !explanation.Findings.IsEmpty || explanation.Prediction.Outcome != BindOutcome.Success;
        lines.Prose("  you saw    ", name + text + (explains ? "" : ". Nothing that is on this host now explains it."));
    }

    private static string Ending(BindOutcome outcome, string? nativeError, int? nativeCode) =>
        nativeError is null && nativeCode is null
            ? ReportWords.Of(outcome)
            : $"{ReportWords.Of(outcome)} ({HolderWords.Error(nativeError, nativeCode)})";

    private static string Sure(BindPrediction prediction) => (prediction.Certainty, prediction.Stage) switch
    {
        (Certainty.Likely, BindStage.Listen) when prediction.Outcome != BindOutcome.Success => ", most likely, when it starts to listen",
        (Certainty.Likely, _) => ", most likely",
        (_, BindStage.Listen) when prediction.Outcome is not (BindOutcome.Success or BindOutcome.Undetermined) => ", when it starts to listen",
        _ => "",
    };

    private static string Tried(BindProbeResult? probe)
    {
        if (!ProbeComparison.WasTried(probe))
            return $"no: {probe?.NotTriedBecause ?? "no trial was asked for"}";
        string options = probe!.Modelled.Length == 0 ? "" : $", with {probe.Modelled}";
        string stage = probe.Stage == BindStage.Listen ? "bind and listen" : "the bind";
        return $"{stage} {Ending(probe.Outcome, probe.NativeError, probe.NativeCode)}{options}";
    }

    private static Snapshots.PlatformFamily Family(BindExplanation explanation) => explanation.Diagnosis.Case.Host.Platform.Family;
}
