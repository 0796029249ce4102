using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Probing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Answers questions about a host: this machine, or a saved case.</summary>
public sealed class HostDiagnostics
{
    private readonly IHostCapture _host;

    private HostDiagnostics(IHostCapture host) => _host = host;

    /// <summary>Questions about the machine this runs on.</summary>
    public static HostDiagnostics ForThisMachine(ILoggerFactory? loggerFactory = null) =>
        new(new ThisMachine((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Serva.Diagnostics")));

    /// <summary>Questions about another host, for example a saved case.</summary>
    public static HostDiagnostics For(IHostCapture host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new HostDiagnostics(host);
    }

    /// <summary>Reads the host.</summary>
    public HostSnapshot Capture(CaptureScope? scope = null, CancellationToken cancellationToken = default) =>
        _host.Capture(scope ?? CaptureScope.All, cancellationToken);

    /// <summary>Really makes a bind on the host and lets it go again, as far as the policy allows. A saved case tries nothing, and says so.</summary>
    /// <remarks>Expected trouble is in the answer, never an exception. Needs no privilege beyond those of the bind itself.</remarks>
    public BindProbeResult Probe(BindRequest request, ProbePolicy policy = ProbePolicy.BindOnly)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _host.Probe(request, policy);
    }

    private sealed class ThisMachine(ILogger logger) : IHostCapture
    {
        public HostSnapshot Capture(CaptureScope scope, CancellationToken cancellationToken = default) =>
            HostCapture.Capture(scope, TimeProvider.System, logger, cancellationToken);

        public BindProbeResult Probe(BindRequest request, ProbePolicy policy) =>
            BindProbe.Try(request, policy, TimeProvider.System);
    }
}
