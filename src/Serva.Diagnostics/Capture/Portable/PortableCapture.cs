using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads this machine on Portable.</summary>
internal static class PortableCapture
{
    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
