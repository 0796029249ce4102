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
    private const int NearestPorts = 3;

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

    /// <summary>
    /// What a bind that fails could be instead: with another option, on another address, on a port nearby. Each is
    /// predicted on the same host; a change that would take somebody's traffic is said and not proposed.
    /// </summary>
    /// <param name="request">The bind.</param>
    /// <returns>Nothing to propose when the bind succeeds, or when nobody can say whether it does.</returns>
    /// <remarks>Costs some twenty predictions, and a look at each port between the wanted one and the free ones.</remarks>
    public BindAlternatives FindAlternatives(BindRequest request)
    {
        BindPrediction asked = Predict(request);
        return asked.Outcome is BindOutcome.Success or BindOutcome.Undetermined
            ? new BindAlternatives()
            : new OtherBinds(_facts, this, asked).Find(NearestPorts);
    }

    /// <summary>The free ports nearest to a wanted one, that are neither automatic, excluded, reserved nor well known.</summary>
    /// <param name="request">The bind; its options for sharing a port do not count.</param>
    /// <param name="count">How many to find.</param>
    public PortAvailability FindFreePorts(BindRequest request, int count = NearestPorts)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ushort.MaxValue);
        return FreePorts.Find(_facts, this, request, count);
    }
    /// <summary>The sockets of the host, by protocol and port.</summary>
    internal SocketIndex Sockets => _facts.Sockets;

    /// <summary>The lowest stretch of free ports, <see cref="FreePorts.FindStretch"/>.</summary>
    internal PortSpan? FindFreeStretch(BindRequest like, int count, Func<int, bool> isWanted) =>
        FreePorts.FindStretch(_facts, this, like, count, isWanted);

    /// <summary>The ports that the system hands out to such a bind; its default when the range was not captured.</summary>
    internal PortSpan AutomaticRange(BindRequest request, out bool isKnown) => FreePorts.AutomaticRange(_facts, request, out isKnown);
}
