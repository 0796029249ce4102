using System;
using System.Threading;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>
/// Predicts binds from a snapshot alone: what error a bind would end with, every socket in its way, why each counts as
/// a conflict, and what could not be seen.
/// </summary>
/// <remarks>
/// Built once per snapshot and safe to share between threads. Pure and total: it asks the snapshot's system,
/// never the machine it runs on, and never throws for what a snapshot lacks.
/// </remarks>
public sealed class BindPredictor
{
    private readonly BindFacts _facts;
    private BindDraft? _spare;

    /// <summary>Builds the index over the snapshot's tables: linear in their rows.</summary>
    /// <param name="host">The host to predict for.</param>
    public BindPredictor(HostSnapshot host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _facts = new BindFacts(host);
    }

    /// <summary>What a bind would do on the snapshot's host.</summary>
    /// <param name="request">The bind.</param>
    /// <returns>The outcome, with the error of the snapshot's own system.</returns>
    /// <remarks>
    /// Costs a few microseconds, whatever the size of the table, and less than one more for each socket on the same
    /// port. Allocates the answer and nothing else.
    /// </remarks>
    public BindPrediction Predict(BindRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        BindDraft draft = Interlocked.Exchange(ref _spare, null) ?? new BindDraft(_facts);
        draft.Begin(request);
        BindPrediction answer = Predict(draft);
        if (draft.Clear())
            _spare = draft;
        return answer;
    }

    private static BindPrediction Predict(BindDraft draft)
    {
        if (draft.Request.Endpoint.Address.IsNone)
        {
            draft.Unknown("the request names no address");
            return draft.Succeed(BindStage.Bind);
        }

        return draft.Facts.Family switch
        {
            PlatformFamily.Linux => LinuxBindRules.Predict(draft),
            PlatformFamily.Windows => WindowsBindRules.Predict(draft),
            _ => GeneralBindRules.Predict(draft),
        };
    }
}
