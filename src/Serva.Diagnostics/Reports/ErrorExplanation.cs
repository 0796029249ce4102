using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>What an error means, and which of its causes are there on a host.</summary>
public sealed class ErrorExplanation
{
    internal ErrorExplanation(ErrorReading reading, Diagnosis diagnosis, ImmutableArray<ErrorCause> causes, BindAlternatives? alternatives)
    {
        Reading = reading;
        Diagnosis = diagnosis;
        Causes = causes;
        Alternatives = alternatives;
    }

    /// <summary>What was read in the error's text.</summary>
    public ErrorReading Reading { get; }

    /// <summary>The diagnosis of the bind that failed, if that is known; else of the host alone. Its case can be saved and judged again.</summary>
    public Diagnosis Diagnosis { get; }

    /// <summary>How the bind that failed stands now; null when nobody knows which it was, or when the error is not of a bind.</summary>
    public ServiceVerdict? Verdict => Diagnosis.Services.FirstOrDefault();

    /// <summary>The causes: those that are there, most frequent first, then those that nobody can tell, then the others. Never default.</summary>
    public ImmutableArray<ErrorCause> Causes { get; }

    /// <summary>What the bind could be instead; null without a bind.</summary>
    public BindAlternatives? Alternatives { get; }

    /// <summary>The known issues that were found, worst first.</summary>
    public ImmutableArray<Finding> Findings => Diagnosis.Findings;

    /// <summary>The fact that would say more, as a request to the one who asks; null when nothing is missing.</summary>
    public string? Missing => ErrorText.Missing(this);

    /// <summary>The explanation for people.</summary>
    /// <param name="verbose">Whether to show how the prediction came about.</param>
    /// <param name="width">How many characters a line may have before prose is broken, at least 60.</param>
    public string ToText(bool verbose = false, int width = TextLines.UsualWidth) => ErrorText.Write(this, verbose, width);

    /// <summary>The explanation as one JSON document, <c>formatVersion</c> first.</summary>
    public string ToJson() => ReportJson.Write(ReportDocuments.Of(this), ReportJson.Default.ErrorDocument);
}
