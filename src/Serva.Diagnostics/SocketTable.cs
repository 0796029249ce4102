using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>The sockets of this machine, with their owners.</summary>
public static class SocketTable
{
    /// <summary>Reads the sockets that a query asks for.</summary>
    /// <remarks>Synchronous and thread-safe. Needs no privilege; owners of other users' sockets may need elevation, and the row says so.</remarks>
    public static Table<SocketRow> Read(SocketQuery? query = null, CancellationToken cancellationToken = default) =>
        HostCapture.ReadSockets(query ?? SocketQuery.All, TimeProvider.System, logger: null, cancellationToken);

    /// <summary>
    /// Finds the TCP listener that gets a connection to a local endpoint: the one that listens on its address, or on the
    /// wildcard. Of several that share the port by SO_REUSEPORT it is one.
    /// </summary>
    /// <remarks>
    /// On Linux the kernel is asked as if a segment arrived, which takes microseconds on any server (<c>sock_diag</c>, no
    /// privilege); elsewhere the listeners of the port are read. The scope of a link-local address is the interface. A
    /// wildcard address finds a listener on the wildcard alone. What a process is called may be known from a second before.
    /// </remarks>
    /// <param name="local">The endpoint, for example 127.0.0.1:8080.</param>
    /// <param name="owners">Which owners to look for.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The listener; null when nobody listens.</returns>
    /// <exception cref="ArgumentException">The endpoint is none.</exception>
    public static SocketRow? FindListener(NetEndpoint local, OwnerSearch owners = OwnerSearch.First, CancellationToken cancellationToken = default)
    {
        if (local.IsNone)
            throw new ArgumentException("A listener has an endpoint.", nameof(local));
        return HostCapture.FindListener(local, owners, TimeProvider.System, logger: null, cancellationToken);
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
