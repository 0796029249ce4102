using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads this machine on Linux.</summary>
internal static class LinuxCapture
{
    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
