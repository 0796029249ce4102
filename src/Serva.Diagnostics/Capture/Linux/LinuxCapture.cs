using System;
using System.Runtime.Versioning;
using System.Threading;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Reads this machine on Linux: the network namespace of the calling thread and the process namespace of <c>/proc</c>.
/// Synchronous; starts no process, opens only netlink sockets and files of the kernel.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LinuxCapture
{
    // Nobody waits for anything else, and who waits can cancel.
    private static readonly TimeSpan s_socketDeadline = TimeSpan.FromSeconds(10);

    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var run = new CaptureRun(time, logger, scope.SourceDeadline, cancellationToken);
        DateTimeOffset began = time.GetUtcNow();
        HostPlatform platform = LinuxHost.ReadPlatform();
        var processes = new LinuxProcesses(run);
        var settings = new LinuxSettings(run);
        using var network = new LinuxNetwork(run);
        var nftables = scope.Wants(SnapshotTables.Nftables) ? new LinuxNftables(run).Read() : default;

        // Updates and the Windows Firewall are tables of Windows: they stay as nobody asked for them.
        return new HostSnapshot
        {
            CapturedAt = began,
            Platform = platform,
            Identity = LinuxHost.ReadIdentity(processes),
            Sockets = Read(scope, SnapshotTables.Sockets, () => LinuxSockets.Read(run, scope.Sockets, scope.WithSocketOptions, processes)),
            Processes = Read(scope, SnapshotTables.Processes, () => processes.ReadAll(platform.NetworkNamespace)),
            Interfaces = Read(scope, SnapshotTables.Interfaces, network.ReadInterfaces),
            Addresses = Read(scope, SnapshotTables.Addresses, network.ReadAddresses),
            Routes = Read(scope, SnapshotTables.Routes, network.ReadRoutes),
            RoutingRules = Read(scope, SnapshotTables.RoutingRules, network.ReadRules),
            AddressLabels = Read(scope, SnapshotTables.AddressLabels, network.ReadAddressLabels),
            Neighbors = Read(scope, SnapshotTables.Neighbors, network.ReadNeighbors),
            PortRanges = Read(scope, SnapshotTables.PortRanges, settings.ReadPortRanges),
            NftablesTables = nftables.Tables,
            NftablesChains = nftables.Chains,
            NftablesRules = nftables.Rules,
            NftablesSets = nftables.Sets,
            Settings = Read(scope, SnapshotTables.Settings, settings.ReadSettings),
            Services = Read(scope, SnapshotTables.Services, new LinuxUnits(run, UnitPlaces.OfSystem).Read),
        };
    }

    /// <summary>Reads sockets and nothing else, with more time for it than in a capture.</summary>
    public static Table<SocketRow> ReadSockets(SocketQuery query, TimeProvider time, ILogger? logger, CancellationToken cancellationToken)
    {
        var run = new CaptureRun(time, logger, s_socketDeadline, cancellationToken);
        return LinuxSockets.Read(run, query, withOptions: false, new LinuxProcesses(run));
    }

    /// <summary>The listener that gets a connection to a local endpoint.</summary>
    /// <returns>No row when nobody listens; null when the kernel did not say.</returns>
    public static Table<SocketRow>? FindListener(
        NetEndpoint local, OwnerSearch owners, TimeProvider time, ILogger? logger, CancellationToken cancellationToken)
    {
        var run = new CaptureRun(time, logger, s_socketDeadline, cancellationToken);
        return LinuxSockets.FindListener(run, local, owners, new LinuxProcesses(run));
    }

    private static Table<T> Read<T>(CaptureScope scope, SnapshotTables table, Func<Table<T>> read) =>
        scope.Wants(table) ? read() : Table<T>.NotRequested;
}
