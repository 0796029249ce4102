using System.Collections.Generic;
using System.Text.Json;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.ConsistencyIssues;

/// <summary>SD0001: a certain prediction and a real trial disagree, or a bind that nothing seemed to be in the way of fails.</summary>
internal sealed class PredictionDisagrees : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD0001",
        Title = "Prediction and reality disagree",
        Severity = Severity.Warning,
        Needs = SnapshotTables.None,
        IsAboutBinds = true,
        DependsOn = ["SD1011", "SD1041", "SD1042", "SD1064"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man2/bind.2.html",
            "https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Prediction is { } prediction
                && (prediction.Certainty == Certainty.Certain || (prediction.Outcome == BindOutcome.Success && question.IsBlocked))
                && ProbeComparison.Disagrees(prediction, question.Question.BindProbe))
            {
                yield return Find(question, prediction, question.Question.BindProbe!, examination.Host.Platform.Family);
            }
        }
    }

    private Finding Find(ExaminedQuestion question, BindPrediction prediction, BindProbeResult probe, PlatformFamily family)
    {
        string place = HolderWords.Place(prediction.Request);
        string likely = prediction.Certainty == Certainty.Certain ? "" : ", most likely";
        string predicted = Words(prediction.Outcome, prediction.NativeError, prediction.NativeCode) + likely;
        string found = Words(probe.Outcome, probe.NativeError, probe.NativeCode);
        return new Finding
        {
            Issue = Info,
            Subject = prediction.Request.ToEndpointText(),
            Summary = $"Binding {place} was predicted to end with {predicted}, and ended with {found} when it was tried. {Because(prediction)}",
            Certainty = Certainty.Certain,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "prediction", Text = $"{predicted}; {prediction.Trace.Length} steps, {prediction.Conflicts.Length} conflicts." },
                new Evidence { Table = "probe", Text = $"{found}{(probe.Modelled.Length == 0 ? "" : $", with {SafeText.Of(probe.Modelled)}")}." },
            ],
            Remedies =
            [
                new Remedy
                {
                    Summary = "Ask again. If it stays so, save the case and report it: it shows an error in this library.",
                    Apply = [Capture(prediction.Request, family)],
                    NothingToRevertBecause = "Nothing on the host changes; the command writes one file.",
                    Risk = RemedyRisk.None,
                    Recheck = prediction.Request,
                },
            ],
        };
    }

    private static string Because(BindPrediction prediction) => prediction.Certainty == Certainty.Certain
        ? "Either a socket came or went in between, or this library is wrong."
        : "Nothing that was seen explains it: a socket came in between, or what could not be seen is in the way.";

    // The options belong to the question, so they are one word with the endpoint.
    private static RemedyCommand Capture(BindRequest request, PlatformFamily family)
    {
        bool isWindows = family == PlatformFamily.Windows;
        string words = CommandText.Request(request);
        char quote = isWindows ? '"' : '\'';
        string word = words.Contains(' ', System.StringComparison.Ordinal) ? $"{quote}{words}{quote}" : words;
        return new RemedyCommand { Shell = isWindows ? CommandShell.Cmd : CommandShell.Sh, Text = $"serva-diag capture -o case.json {word}" };
    }

    private static string Words(BindOutcome outcome, string? name, int? code) =>
        name is null && code is null
            ? JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString())
            : $"{JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString())} ({HolderWords.Error(name, code)})";
}
