using System;
using System.Threading;
using System.Threading.Tasks;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// The edge of a source: what an older, newer or imitated Windows lacks is an ordinary outcome that becomes coverage.
/// </summary>
internal static class SourceBoundary
{
    /// <summary>Runs a reading; a missing library or entry point becomes the reason it answers.</summary>
    public static string? Guard(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (EntryPointNotFoundException error)
        {
            return $"this Windows has no such function: {error.Message}";
        }
        catch (DllNotFoundException error)
        {
            return $"this Windows has no such library: {error.Message}";
        }
    }

    /// <summary>
    /// Runs a reading that may wait for another process, and gives up after a while. A reading given up on ends by itself
    /// later on its own thread; its result is dropped.
    /// </summary>
    public static T? Within<T>(TimeSpan limit, Func<T> read, CancellationToken cancellationToken)
        where T : class
    {
        var task = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return task.Wait((int)Math.Clamp(limit.TotalMilliseconds, 0, int.MaxValue), cancellationToken) ? task.Result : null;
    }
}
