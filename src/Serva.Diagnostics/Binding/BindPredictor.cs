using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Predicts binds from a snapshot alone. Immutable; built once per snapshot and safe to share.</summary>
public sealed class BindPredictor
{
    private readonly HostSnapshot _host;
    private readonly SocketIndex _sockets;

    /// <summary>Builds the index over the snapshot's sockets: linear in their number.</summary>
    public BindPredictor(HostSnapshot host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _sockets = new SocketIndex(host.Sockets);
    }

    /// <summary>What a bind would do on the snapshot's host.</summary>
    public BindPrediction Predict(BindRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _ = (_host, _sockets);
        throw new NotImplementedException();
    }
}
