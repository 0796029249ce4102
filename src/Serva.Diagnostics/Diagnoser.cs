using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Formats.ErrorText;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

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
            Binds = examination.Binds,
        };
    }

    /// <summary>Reads an error as people paste it: a number, a name, a line of a log, an exception with what it wraps.</summary>
    /// <remarks>Every text has a reading; it is empty when nothing is recognised. Of a long text the first 64 Ki characters are read.</remarks>
    /// <param name="text">For example <c>10013</c>, or <c>bind() to 0.0.0.0:80 failed (98: Address already in use)</c>.</param>
    public static ErrorReading ReadError(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ErrorTextReader.Read(text);
    }

    /// <summary>Says what an error means, and judges its causes against a host.</summary>
    /// <param name="host">The host that is asked about.</param>
    /// <param name="reading">The error, from <see cref="ReadError"/>.</param>
    /// <param name="request">The bind that failed; null for what the error's text says of it.</param>
    /// <param name="text">The text as it was seen, for the case; null for none.</param>
    public static ErrorExplanation ExplainError(HostSnapshot host, ErrorReading reading, BindRequest? request = null, string? text = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(reading);
        var seen = new ObservedError { Code = reading.Code, Text = text };
        Question? question = reading.ToQuestion(host.Platform.Family, request, seen);
        Diagnosis diagnosis = Diagnose(new DiagnosticCase { Host = host, Questions = question is null ? [] : [question] });
        ServiceVerdict? verdict = diagnosis.Services.FirstOrDefault();
        var examination = new ErrorExamination(reading, host, verdict?.Bind, diagnosis.Findings, diagnosis.Binds);
        return new ErrorExplanation(reading, diagnosis, ErrorCauses.Judge(examination), verdict is null ? null : diagnosis.Binds.FindAlternatives(verdict.Request));
    }
}
