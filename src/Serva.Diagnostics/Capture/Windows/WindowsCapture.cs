using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads this machine on Windows.</summary>
internal static class WindowsCapture
{
    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
