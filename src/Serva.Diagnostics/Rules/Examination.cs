using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>A question with what the engines answer to it. Computed once, shared by all rules.</summary>
public sealed class ExaminedQuestion
{
    /// <summary>The position of the question in the case.</summary>
    public required int Position { get; init; }

    /// <summary>The question.</summary>
    public required Question Question { get; init; }

    /// <summary>What the bind is predicted to do; null when the question is not about a bind.</summary>
    public BindPrediction? Prediction { get; init; }

    /// <summary>The conflicts whose holders are not the server itself.</summary>
    public ImmutableArray<BindConflict> ForeignConflicts
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The conflicts whose holders are the server itself: it runs and serves already.</summary>
    public ImmutableArray<BindConflict> OwnConflicts
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}

/// <summary>What a rule looks at: the case and the engines' answers.</summary>
public sealed class Examination
{
    /// <summary>The case.</summary>
    public required DiagnosticCase Case { get; init; }

    /// <summary>The host.</summary>
    public HostSnapshot Host => Case.Host;

    /// <summary>The product whose services are asked about; null when nobody said.</summary>
    public ServerIdentity? Server => Case.Profile?.Server;

    /// <summary>The questions with their answers, in the case's order.</summary>
    public required ImmutableArray<ExaminedQuestion> Questions { get; init; }
}
