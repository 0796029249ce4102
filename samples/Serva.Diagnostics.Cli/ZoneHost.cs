using System;
using System.Diagnostics.CodeAnalysis;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary>The host whose interfaces a zone may name, read when the first zone needs it: the saved one, or this machine.</summary>
internal sealed class ZoneHost
{
    private readonly Lazy<HostSnapshot> _host;

    public ZoneHost(Func<HostSnapshot> read) => _host = new Lazy<HostSnapshot>(read);

    public static ZoneHost OfThisMachine { get; } =
        new(() => HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.Interfaces }));

    public HostSnapshot Snapshot => _host.Value;

    /// <summary>Reads a bind; only one with a zone asks for the host.</summary>
    public bool TryParse(string text, [NotNullWhen(true)] out BindRequest? request, [NotNullWhen(false)] out string? error, out int position) => text.Contains('%', StringComparison.Ordinal)
        ? BindRequest.TryParse(text, Snapshot, out request, out error, out position)
        : BindRequest.TryParse(text, out request, out error, out position);
}
