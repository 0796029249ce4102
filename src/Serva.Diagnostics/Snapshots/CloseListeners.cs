using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>A process gives up the sockets on which it waits for peers at a local port, and goes on running.</summary>
public sealed record CloseListeners : SnapshotChange
{
    /// <summary>The process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The protocol; null for all.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>The local port, host order.</summary>
    public required int Port { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Sockets = host.Sockets.WithRows([.. host.Sockets.Where(row => !Closes(row))]),
    };

    private bool Closes(in SocketRow row) =>
        row.Local.Port == Port
        && (Protocol is null || row.Protocol == Protocol)
        && row.IsListening
        && !row.Owners.IsEmpty
        && row.Owners.All(owner => owner.ProcessId == ProcessId);
}
