using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// A prediction in the making: the checks of a system write their steps here in order, and the first that fails ends
/// it. What stays in doubt makes the answer likely; what stays unknown makes a success undetermined.
/// </summary>
/// <remarks>Used for one prediction after the other, so that a prediction allocates nothing but its answer.</remarks>
internal sealed class BindDraft(BindFacts facts)
{
    private const int LargestKept = 1024;

    private readonly List<TraceStep> _trace = new(8);
    private readonly List<BindConflict> _conflicts = [];
    private readonly List<string> _unseen = [];
    private readonly HashSet<(NetEndpoint, TcpState?, int)> _explained = [];
    private BindRequest? _request;
    private bool _successIsUnknown;

    public BindFacts Facts { get; } = facts;

    public BindRequest Request => _request!;

    /// <summary>Begins a prediction.</summary>
    public void Begin(BindRequest request) => _request = request;

    /// <summary>Forgets the prediction; false when the draft grew so much that it is not worth keeping.</summary>
    public bool Clear()
    {
        bool isSmall = _conflicts.Capacity <= LargestKept;
        _trace.Clear();
        _conflicts.Clear();
        _unseen.Clear();
        _explained.Clear();
        _request = null;
        _successIsUnknown = false;
        return isSmall;
    }

    public void Step(string code, string text) => _trace.Add(new TraceStep { Code = code, Text = text });

    public void Step(string code, string text, string table, string evidence) =>
        _trace.Add(new TraceStep { Code = code, Text = text, Evidence = new Evidence { Table = table, Text = evidence } });

    /// <summary>Something was not seen that could turn the answer, but probably does not.</summary>
    public void Doubt(string unseen)
    {
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

    /// <summary>Whether nothing was said yet of a socket that looks like this one.</summary>
    public bool IsNew(NetEndpoint local, TcpState? state, int what) => _explained.Add((local, state, what));

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
            : isLikely || _unseen.Count > 0 ? Certainty.Likely
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
            Unseen = Freeze(_unseen),
            Trace = Freeze(_trace),
        };
    }

    private static ImmutableArray<T> Freeze<T>(List<T> list) =>
        list.Count == 0 ? [] : ImmutableCollectionsMarshal.AsImmutableArray(list.ToArray());

    private ImmutableArray<BindConflict> ListenersFirst()
    {
        if (_conflicts.Count <= 1)
            return Freeze(_conflicts);
        var sorted = new BindConflict[_conflicts.Count];
        int next = 0;
        foreach (BindConflict conflict in _conflicts)
        {
            if (conflict.Socket.IsListening)
                sorted[next++] = conflict;
        }

        foreach (BindConflict conflict in _conflicts)
        {
            if (!conflict.Socket.IsListening)
                sorted[next++] = conflict;
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(sorted);
    }
}
