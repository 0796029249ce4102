using System;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
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
}
