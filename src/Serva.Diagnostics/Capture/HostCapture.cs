using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads this machine. The one class that chooses the system.</summary>
internal static class HostCapture
{
    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
            return LinuxCapture.Capture(scope, time, logger, cancellationToken);
        HostSnapshot host = OperatingSystem.IsWindows()
            ? WindowsCapture.Capture(scope, time, logger, cancellationToken)
            : PortableCapture.Capture(scope, time, logger, cancellationToken);
        return scope.Wants(SnapshotTables.Sockets) && scope.Sockets.NetworkNamespace is not null
            ? host with { Sockets = Table<SocketRow>.Unavailable("sockets", "only Linux has network namespaces") }
            : host;
    }

    public static Table<SocketRow> ReadSockets(SocketQuery query, TimeProvider time, ILogger? logger, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
            return LinuxCapture.ReadSockets(query, time, logger, cancellationToken);
        var scope = new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = query };
        return Capture(scope, time, logger ?? NullLogger.Instance, cancellationToken).Sockets;
    }

    public static SocketRow? FindListener(
        NetEndpoint local, OwnerSearch owners, TimeProvider time, ILogger? logger, CancellationToken cancellationToken)
    {
        Table<SocketRow>? table = OperatingSystem.IsLinux() ? LinuxCapture.FindListener(local, owners, time, logger, cancellationToken) : null;
        table ??= ReadSockets(
            SocketQuery.Listening(local.Port) with { Protocol = TransportProtocol.Tcp, Owners = owners }, time, logger, cancellationToken);
        return ListenerChoice.For(local, table);
    }
}
