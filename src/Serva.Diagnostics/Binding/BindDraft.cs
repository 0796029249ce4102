using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// A prediction in the making: the checks of a system write their steps here in order, and the first that fails ends
/// it. What stays in doubt makes the answer likely; what stays unknown makes a success undetermined.
/// </summary>
internal sealed class BindDraft(BindFacts facts, BindRequest request)
{
    private readonly ImmutableArray<TraceStep>.Builder _trace = ImmutableArray.CreateBuilder<TraceStep>(8);
    private readonly List<BindConflict> _conflicts = [];
    private List<string>? _unseen;
    private bool _successIsUnknown;

    public BindFacts Facts { get; } = facts;

    public BindRequest Request { get; } = request;

    public void Step(string code, string text) => _trace.Add(new TraceStep { Code = code, Text = text });

    public void Step(string code, string text, string table, string evidence) =>
        _trace.Add(new TraceStep { Code = code, Text = text, Evidence = new Evidence { Table = table, Text = evidence } });

    /// <summary>Something was not seen that could turn the answer, but probably does not.</summary>
    public void Doubt(string unseen)
    {
        _unseen ??= [];
        if (!_unseen.Contains(unseen))
            _unseen.Add(unseen);
    }

    /// <summary>Something was not seen without which nobody can say that the bind succeeds.</summary>
    public void Unknown(string unseen)
    {
        Doubt(unseen);
        _successIsUnknown = true;
    }

    public void Conflict(in SocketRow socket, string code, string why) =>
        _conflicts.Add(new BindConflict { Socket = socket, Code = code, Why = why });

    public int ConflictCount => _conflicts.Count;

    /// <summary>The bind ends here with the error that the system's <c>bind()</c> has for the outcome.</summary>
    public BindPrediction Fail(BindOutcome outcome, BindStage stage, bool isLikely = false) =>
        End(outcome, stage, isLikely, NativeErrors.For(Facts.Family, outcome));

    /// <summary>The bind ends here with an error of this name.</summary>
    public BindPrediction Fail(string nativeName, BindStage stage, bool isLikely = false)
    {
        NativeError? error = NativeErrors.Find(Facts.Family, nativeName);
        return End(error?.Outcome ?? BindOutcome.OtherError, stage, isLikely, error);
    }

    /// <summary>Every check passed.</summary>
    public BindPrediction Succeed(BindStage stage) =>
        _successIsUnknown
            ? End(BindOutcome.Undetermined, stage, isLikely: true, error: null)
            : End(BindOutcome.Success, stage, isLikely: false, error: null);

    private BindPrediction End(BindOutcome outcome, BindStage stage, bool isLikely, NativeError? error)
    {
        Certainty certainty = outcome == BindOutcome.Undetermined ? Certainty.None
            : isLikely || _unseen is not null ? Certainty.Likely
            : Certainty.Certain;
        return new BindPrediction
        {
            Request = Request,
            Outcome = outcome,
            Certainty = certainty,
            Stage = stage,
            NativeError = error?.Name,
            NativeCode = error?.Code,
            Conflicts = ListenersFirst(),
            Unseen = _unseen is null ? [] : [.. _unseen],
            Trace = _trace.DrainToImmutable(),
        };
    }

    private ImmutableArray<BindConflict> ListenersFirst()
    {
        if (_conflicts.Count == 0)
            return [];
        if (_conflicts.Count == 1)
            return [_conflicts[0]];
        var sorted = ImmutableArray.CreateBuilder<BindConflict>(_conflicts.Count);
        foreach (BindConflict conflict in _conflicts)
        {
            if (conflict.Socket.IsListening)
                sorted.Add(conflict);
        }

        foreach (BindConflict conflict in _conflicts)
        {
            if (!conflict.Socket.IsListening)
                sorted.Add(conflict);
        }

        return sorted.MoveToImmutable();
    }
}
