namespace Serva.Diagnostics.Rules;

/// <summary>What a trial says about a prediction.</summary>
internal static class ProbeComparison
{
    /// <summary>Whether the bind was really tried.</summary>
    public static bool WasTried(BindProbeResult? probe) =>
        probe is { Outcome: not BindOutcome.Undetermined, NotTriedBecause: null };

    /// <summary>
    /// Whether trial and prediction speak of the same thing: the same asker, and a trial that went as far as the
    /// prediction. A trial that binds and does not listen cannot contradict a failure of the listen stage.
    /// </summary>
    public static bool IsComparable(BindPrediction prediction, BindProbeResult? probe)
    {
        if (!WasTried(probe) || prediction.Request.Asker is not null)
            return false;
        bool predictedLater = prediction.Stage == BindStage.Listen && probe!.Stage != BindStage.Listen;
        return !(predictedLater && prediction.Outcome != BindOutcome.Success && probe!.Outcome == BindOutcome.Success);
    }

    /// <summary>Whether the trial ended otherwise than predicted. An undetermined prediction cannot be contradicted.</summary>
    public static bool Disagrees(BindPrediction prediction, BindProbeResult? probe) =>
        prediction.Outcome != BindOutcome.Undetermined
        && IsComparable(prediction, probe)
        && prediction.Outcome != probe!.Outcome;
}
