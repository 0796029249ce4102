using System;
using System.Collections.Generic;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>The pure heart: a case in, a diagnosis out. The same answer on any system, any day.</summary>
public static class Diagnoser
{
    /// <summary>Judges a case.</summary>
    /// <param name="diagnosticCase">The host and the questions.</param>
    /// <param name="rules">The rules to apply; null for <see cref="KnownIssues.All"/>.</param>
    public static Diagnosis Diagnose(DiagnosticCase diagnosticCase, IEnumerable<KnownIssue>? rules = null)
    {
        ArgumentNullException.ThrowIfNull(diagnosticCase);
        _ = rules;
        throw new NotImplementedException();
    }
}
