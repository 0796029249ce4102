using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>The pure heart: a case in, a diagnosis out. The same answer on any system, any day.</summary>
public static class Diagnoser
{
    /// <summary>Judges a case.</summary>
    /// <remarks>Linear in the sockets of the case; the prediction engine is built once and shared by all questions.</remarks>
    /// <param name="diagnosticCase">The host and the questions.</param>
    /// <param name="rules">The rules to apply; null for <see cref="KnownIssues.All"/>.</param>
    public static Diagnosis Diagnose(DiagnosticCase diagnosticCase, IEnumerable<KnownIssue>? rules = null)
    {
        ArgumentNullException.ThrowIfNull(diagnosticCase);
        ImmutableArray<KnownIssue> applied = rules is null ? KnownIssues.All : [.. rules];
        Examination examination = QuestionExaminer.Examine(diagnosticCase, applied.Select(rule => rule.Info.Id).ToHashSet(StringComparer.Ordinal));
        RuleRunResult result = RuleRun.Apply(applied, examination);
        return new Diagnosis
        {
            Case = diagnosticCase,
            Services = [.. examination.Questions.Select(question => ServiceJudge.Judge(question, examination)).OfType<ServiceVerdict>()],
            Findings = result.Findings,
            Skipped = result.Skipped,
            RuleCount = applied.Length,
        };
    }
}
