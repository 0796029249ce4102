using System;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace Serva.Diagnostics.Capture;

/// <summary>What a capture hands to each of its sources: the clock, the log if there is one, the limit, the way to stop.</summary>
internal sealed record CaptureRun(TimeProvider Time, ILogger? Logger, TimeSpan SourceDeadline, CancellationToken Cancellation)
{
    /// <summary>Starts the clock of one source.</summary>
    public SourceClock StartSource() => new(this, Time.GetTimestamp());
}

/// <summary>The time that one source has.</summary>
internal readonly struct SourceClock(CaptureRun run, long started)
{
    public const string TimedOut = "timed out";

    public TimeSpan Elapsed => run.Time.GetElapsedTime(started);

    public TimeSpan Remaining => run.SourceDeadline - Elapsed;

    /// <summary>Whether the time is over. Asked once per buffer.</summary>
    /// <exception cref="OperationCanceledException">The capture was cancelled.</exception>
    public bool IsOver()
    {
        run.Cancellation.ThrowIfCancellationRequested();
        return Elapsed >= run.SourceDeadline;
    }
}
