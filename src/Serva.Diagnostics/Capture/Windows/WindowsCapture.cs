using System;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Capture.Windows;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads this machine on Windows. Needs no elevation; what elevation would show besides is said on the rows.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsCapture
{
    /// <summary>Reads the tables of the scope. Receive queues are not offered by Windows.</summary>
    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        DateTimeOffset capturedAt = time.GetUtcNow();
        cancellationToken.ThrowIfCancellationRequested();
        using var registry = new RegistryValues();
        var accounts = new AccountNames(time, scope.SourceDeadline, cancellationToken);
        bool namesProcesses =
            scope.Wants(SnapshotTables.Processes) || (scope.Wants(SnapshotTables.Sockets) && scope.Sockets.Owners != OwnerSearch.None);
        Table<ServiceRow> services = scope.Wants(SnapshotTables.Services) || namesProcesses
            ? ServiceSource.Read(scope.SourceDeadline, runningOnly: !scope.Wants(SnapshotTables.Services), cancellationToken)
            : Table<ServiceRow>.NotRequested;
        ProcessSource? processes = namesProcesses ? new ProcessSource(services, accounts) : null;

        // netsh is the slowest source by far: it works while the rest is read, but starts after the list of processes was
        // made, so that it is not in it.
        Task<Table<PortRangeRow>>? portRanges = scope.Wants(SnapshotTables.PortRanges)
            ? Task.Run(() => PortRangeSource.ReadAsync(scope.SourceDeadline, cancellationToken), cancellationToken)
            : null;

        Table<SocketRow> sockets = Wanted(scope, SnapshotTables.Sockets, () => SocketSource.Read(scope.Sockets, processes, cancellationToken));
        Task<(ImmutableArray<SettingRow> Rows, string? Reason)>? queues = scope.Wants(SnapshotTables.Settings) && RequestQueueSource.IsWorthAsking(sockets)
            ? Task.Run(() => RequestQueueSource.ReadAsync(scope.SourceDeadline, cancellationToken), cancellationToken)
            : null;

        var snapshot = new HostSnapshot
        {
            CapturedAt = capturedAt,
            Platform = PlatformSource.Read(registry),
            Identity = ReadIdentity(accounts),
            Sockets = sockets,
            Processes = Wanted(scope, SnapshotTables.Processes, () => processes!.ReadAll(cancellationToken)),
            Interfaces = Wanted(scope, SnapshotTables.Interfaces, () => InterfaceSource.ReadInterfaces(cancellationToken)),
            Addresses = Wanted(scope, SnapshotTables.Addresses, () => InterfaceSource.ReadAddresses(cancellationToken)),
            Routes = Wanted(scope, SnapshotTables.Routes, () => InterfaceSource.ReadRoutes(cancellationToken)),
            RoutingRules = Wanted(
                scope, SnapshotTables.RoutingRules,
                () => Table<RoutingRuleRow>.Complete([], "Windows", "Windows has no policy routing rules.")),
            Settings = Wanted(scope, SnapshotTables.Settings, () => SettingSource.Read(registry)),
            Services = scope.Wants(SnapshotTables.Services) ? services : Table<ServiceRow>.NotRequested,
            Updates = Wanted(
                scope, SnapshotTables.Updates,
                () => UpdateSource.Read(registry, time, scope.SourceDeadline, cancellationToken)),
            WindowsFirewallProfiles = Wanted(
                scope, SnapshotTables.WindowsFirewallProfiles, () => FirewallSource.ReadProfiles(registry, cancellationToken)),
            WindowsFirewallRules = Wanted(
                scope, SnapshotTables.WindowsFirewallRules,
                () => FirewallSource.ReadRules(registry, time, scope.SourceDeadline, cancellationToken)),
            PortRanges = portRanges is null ? Table<PortRangeRow>.NotRequested : portRanges.GetAwaiter().GetResult(),
        };
        if (queues is not null)
        {
            (ImmutableArray<SettingRow> rows, string? reason) = queues.GetAwaiter().GetResult();
            snapshot = snapshot with { Settings = RequestQueueSource.AddTo(snapshot.Settings, rows, reason) };
        }

        Log(logger, snapshot);
        return snapshot;
    }

    private static Identity ReadIdentity(AccountNames accounts)
    {
        string? user = null;
        _ = SourceBoundary.Guard(() =>
        {
            user = accounts.OfProcess(Kernel32.GetCurrentProcess());
            return null;
        });
        return new Identity
        {
            UserName = user ?? $@"{Environment.UserDomainName}\{Environment.UserName}",
            // Wine answers "elevated" for everybody.
            IsElevated = PlatformSource.WineVersion() is null ? Environment.IsPrivilegedProcess : null,
        };
    }

    private static Table<T> Wanted<T>(CaptureScope scope, SnapshotTables table, Func<Table<T>> read) =>
        scope.Wants(table) ? read() : Table<T>.NotRequested;

    private static void Log(ILogger logger, HostSnapshot snapshot)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        Log(logger, "sockets", snapshot.Sockets);
        Log(logger, "processes", snapshot.Processes);
        Log(logger, "interfaces", snapshot.Interfaces);
        Log(logger, "addresses", snapshot.Addresses);
        Log(logger, "routes", snapshot.Routes);
        Log(logger, "port ranges", snapshot.PortRanges);
        Log(logger, "settings", snapshot.Settings);
        Log(logger, "services", snapshot.Services);
        Log(logger, "updates", snapshot.Updates);
        Log(logger, "firewall profiles", snapshot.WindowsFirewallProfiles);
        Log(logger, "firewall rules", snapshot.WindowsFirewallRules);
    }

    private static void Log<T>(ILogger logger, string name, Table<T> table)
    {
        if (table.Coverage == Coverage.NotRequested)
            return;
        if (table.Coverage == Coverage.Unavailable)
            WindowsCaptureLog.TableUnavailable(logger, name, table.Note);
        else
            WindowsCaptureLog.TableRead(logger, name, table.Count, table.Source, table.Coverage.ToString());
        foreach (TableGap gap in table.Gaps)
            WindowsCaptureLog.PartMissing(logger, name, gap.Part, gap.Reason);
    }
}
