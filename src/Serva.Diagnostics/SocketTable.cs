using System;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
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
        HostCapture.ReadSockets(query ?? SocketQuery.All, TimeProvider.System, NullLogger.Instance, cancellationToken);

    /// <summary>
    /// Finds the TCP listener that gets a connection to a local endpoint: the one that listens on its address, or on the
    /// wildcard. Of several that share the port by SO_REUSEPORT it is one.
    /// </summary>
    /// <remarks>
    /// On Linux the kernel is asked as if a segment arrived, which takes microseconds on any server (<c>sock_diag</c>, no
    /// privilege); elsewhere the listeners of the port are read. The scope of a link-local address is the interface. A
    /// wildcard address finds a listener on the wildcard alone.
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
        return HostCapture.FindListener(local, owners, TimeProvider.System, NullLogger.Instance, cancellationToken);
    }
}
