using System.Threading;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>A host that can be read and tried: this machine, or a saved case, which tries nothing.</summary>
public interface IHostCapture
{
    /// <summary>Reads the tables of a scope. A table that cannot be read becomes coverage, never an exception.</summary>
    HostSnapshot Capture(CaptureScope scope, CancellationToken cancellationToken = default);

    /// <summary>Really makes a bind and lets it go again, as far as the policy allows.</summary>
    BindProbeResult Probe(BindRequest request, ProbePolicy policy);

    /// <summary>Really makes TLS handshakes of the host with itself. A host that cannot be tried says so.</summary>
    TlsProbeResult ProbeTls() => new() { NotTriedBecause = "this host cannot be tried" };
}
