using System.Collections.Immutable;

namespace Serva.Diagnostics;

/// <summary>How sure an answer is.</summary>
public enum Certainty
{
    /// <summary>There is no answer: the outcome is undetermined.</summary>
    None = 0,

    /// <summary>Most likely so; the answer says what it could not see or what nobody could check.</summary>
    Likely,

    /// <summary>Follows from what was seen and from rules that were checked against the system itself.</summary>
    Certain,
}

/// <summary>A fact that an answer rests on.</summary>
public sealed record Evidence
{
    /// <summary>Where the fact stands, for example <c>sockets</c>, <c>settings</c> or <c>probe</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The fact, for people.</summary>
    public required string Text { get; init; }
}

/// <summary>One step of the way to an answer.</summary>
public sealed record TraceStep
{
    /// <summary>The rule that was applied: stable, for programs.</summary>
    public required string Code { get; init; }

    /// <summary>What it said here: for people, may change.</summary>
    public required string Text { get; init; }

    /// <summary>The fact it rests on; null when it rests on the question alone.</summary>
    public Evidence? Evidence { get; init; }
}

/// <summary>What every engine answers with.</summary>
public abstract class Answer
{
    private protected Answer()
    {
    }

    /// <summary><see cref="Certainty.None"/> exactly when the outcome is undetermined.</summary>
    public required Certainty Certainty { get; init; }

    /// <summary>How the answer came about, in order.</summary>
    public ImmutableArray<TraceStep> Trace
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}
