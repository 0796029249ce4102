using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>The sockets of this machine, with their owners.</summary>
public static class SocketTable
{
    /// <summary>Reads the sockets that a query asks for.</summary>
    /// <remarks>Synchronous and thread-safe. Needs no privilege; owners of other users' sockets may need elevation, and the row says so.</remarks>
    public static Table<SocketRow> Read(SocketQuery? query = null, CancellationToken cancellationToken = default)
    {
        var scope = new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = query ?? SocketQuery.All };
        return HostCapture.Capture(scope, TimeProvider.System, NullLogger.Instance, cancellationToken).Sockets;
    }

    /// <summary>Watches the sockets that a query asks for: first every one that is there, then what changes, without end.</summary>
    /// <remarks>
    /// <para>The table is read again and again, because no system tells of changes without privilege: a socket that comes and
    /// goes between two readings is not seen. The next reading begins one interval after the last one did, or when the caller
    /// has taken all changes. Memory is that of two readings, however long it runs.</para>
    /// <para>Owners are read when something appears, and about every two seconds to see sockets that were passed on; other
    /// readings do without, which makes them cheap. A query for one process needs owners each time. While a part of
    /// the table cannot be read, nothing of it is said to be gone.</para>
    /// <para>Reads on the thread pool: on Linux the network namespace of the process. Needs no privilege; owners of other users'
    /// sockets may need elevation, and the row says so.</para>
    /// </remarks>
    /// <param name="query">Which sockets; null for all.</param>
    /// <param name="interval">From the beginning of one reading to the next: 10 milliseconds to 1 day.</param>
    /// <param name="cancellationToken">Ends the watch, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is shorter or longer than that.</exception>
    public static IAsyncEnumerable<SocketChange> WatchAsync(SocketQuery? query, TimeSpan interval, CancellationToken cancellationToken = default)
    {
        SocketWatch.ThrowIfOutOfRange(interval, nameof(interval));
        return new SocketWatch(Read, TimeProvider.System).ChangesAsync(query ?? SocketQuery.All, interval, cancellationToken);
    }

    /// <summary>Waits until no socket answers a query, for example until a port is free.</summary>
    /// <remarks>
    /// Free means that one reading, of all parts that the query needs, showed no such socket. With
    /// <see cref="SocketQuery.Listening"/> those that wait for peers count; with <see cref="SocketQuery.ForPort"/> every socket
    /// with that local port does, also a connection that goes on without its listener and one in TIME_WAIT, which
    /// Linux keeps for a minute. Name the protocol too if only one counts. Another program may take the port before the caller
    /// does, and a bind may fail for other reasons: <see cref="HostDiagnostics.ExplainBind"/> says which. When the sockets
    /// cannot be read, or only in part, it waits on. Owners are read only when the query names a process.
    /// </remarks>
    /// <param name="query">Which sockets must be gone.</param>
    /// <param name="interval">The time between two readings: 10 milliseconds to 1 day.</param>
    /// <param name="cancellationToken">Ends the waiting, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is shorter or longer than that.</exception>
    public static Task WaitUntilFreeAsync(SocketQuery query, TimeSpan interval, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        SocketWatch.ThrowIfOutOfRange(interval, nameof(interval));
        return new SocketWatch(Read, TimeProvider.System).WaitUntilFreeAsync(query, interval, cancellationToken);
    }
}
