using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads this machine. The one place that chooses the system.</summary>
internal static class HostCapture
{
    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
            return LinuxCapture.Capture(scope, time, logger, cancellationToken);
        if (OperatingSystem.IsWindows())
            return WindowsCapture.Capture(scope, time, logger, cancellationToken);
        return PortableCapture.Capture(scope, time, logger, cancellationToken);
    }

    public static Table<SocketRow> ReadSockets(SocketQuery query, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
            return LinuxCapture.ReadSockets(query, time, logger, cancellationToken);
        var scope = new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = query };
        return Capture(scope, time, logger, cancellationToken).Sockets;
    }
}
