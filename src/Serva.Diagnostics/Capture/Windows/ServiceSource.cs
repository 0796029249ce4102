using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.IpHelper;
using Serva.Diagnostics.Formats.WindowsSystem;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads the services through the service control manager: EnumServicesStatusExW, then QueryServiceConfigW for start
/// type, account and dependencies. An ordinary user may do both; a service that hides its configuration keeps its row without it.
/// </summary>
[SupportedOSPlatform("windows")]
internal static unsafe class ServiceSource
{
    private const string Source = "EnumServicesStatusExW, QueryServiceConfigW";
    private const int BufferSize = 256 * 1024;
    private const int ConfigSize = 8 * 1024;
    private const int MostServices = 10_000;
    private const int MostBuffers = 64;

    /// <summary>Reads within the limit.</summary>
    /// <param name="limit">How long the service control manager may take.</param>
    /// <param name="runningOnly">True to ask only running services for their configuration: enough to name owners.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static Table<ServiceRow> Read(TimeSpan limit, bool runningOnly, CancellationToken cancellationToken)
    {
        // A local: a reading that was given up on must not touch what was answered.
        string machine = Environment.MachineName;
        Table<ServiceRow>? table = SourceBoundary.Within(
            limit,
            () =>
            {
                var services = new List<ServiceRow>();
                string? reason = SourceBoundary.Guard(() => ReadAll(services, runningOnly, machine, cancellationToken));
                if (reason is null)
                    return Table<ServiceRow>.Complete([.. services], Source);
                return services.Count == 0
                    ? Table<ServiceRow>.Unavailable(Source, reason)
                    : Table<ServiceRow>.Partial([.. services], Source, [new TableGap { Part = "services", Reason = reason }]);
            },
            cancellationToken);
        return table ?? Table<ServiceRow>.Unavailable(Source, string.Create(CultureInfo.InvariantCulture, $"timed out after {limit.TotalSeconds} s"));
    }

    private static string? ReadAll(List<ServiceRow> services, bool runningOnly, string machine, CancellationToken cancellationToken)
    {
        nint manager = Advapi32.OpenSCManagerW(null, null, Advapi32.ManagerConnectAndEnumerate);
        if (manager == 0)
            return WindowsError.Describe("OpenSCManagerW", (uint)Marshal.GetLastPInvokeError());
        try
        {
            var statuses = new List<ServiceStatus>();
            string? reason = Enumerate(manager, statuses, cancellationToken);
            foreach (ServiceStatus status in statuses)
            {
                if (cancellationToken.IsCancellationRequested)
                    return "cancelled";
                services.Add(ToRow(manager, status, withConfig: !runningOnly || status.ProcessId is not null, machine));
            }

            return reason;
        }
        finally
        {
            _ = Advapi32.CloseServiceHandle(manager);
        }
    }

    private static string? Enumerate(nint manager, List<ServiceStatus> statuses, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[BufferSize];
        // What is needed besides, how many services there are in the buffer, where to go on.
        uint* results = stackalloc uint[3] { 0, 0, 0 };
        fixed (byte* buffer = bytes)
        {
            for (int i = 0; i < MostBuffers; i++)
            {
                if (cancellationToken.IsCancellationRequested)
                    return "cancelled";
                int done = Advapi32.EnumServicesStatusExW(
                    manager, 0, Advapi32.Win32Services, Advapi32.AllStates, buffer, BufferSize,
                    results, results + 1, results + 2, null);
                uint error = done != 0 ? WindowsError.Success : (uint)Marshal.GetLastPInvokeError();
                if (error is not (WindowsError.Success or WindowsError.MoreData))
                    return WindowsError.Describe("EnumServicesStatusExW", error);
                NativeFault? fault =
                    EnumServiceStatusProcess.Decode(new PointerBuffer(bytes, (ulong)buffer, sizeof(nint)), results[1], statuses);
                if (fault is not null)
                    return $"EnumServicesStatusExW {fault}";
                if (error == WindowsError.Success)
                    return null;
                if (results[1] == 0 || statuses.Count > MostServices)
                    break;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"stopped after {statuses.Count} services");
    }

    private static ServiceRow ToRow(nint manager, ServiceStatus status, bool withConfig, string machine)
    {
        ServiceConfig config = withConfig ? ConfigOf(manager, status.Name) : default;
        return new ServiceRow
        {
            Name = status.Name,
            DisplayName = status.DisplayName,
            State = status.State,
            Start = config.Start,
            ProcessId = status.ProcessId,
            Account = ServiceAccount.Normalize(config.Account, machine),
            DependsOn = config.DependsOn,
        };
    }

    private static ServiceConfig ConfigOf(nint manager, string name)
    {
        nint service;
        fixed (char* text = name)
            service = Advapi32.OpenServiceW(manager, text, Advapi32.ServiceQueryConfig);
        if (service == 0)
            return default;
        try
        {
            // 8 KiB is the most that QueryServiceConfigW ever wants.
            byte* buffer = stackalloc byte[ConfigSize];
            uint needed = 0;
            if (Advapi32.QueryServiceConfigW(service, buffer, ConfigSize, &needed) == 0)
                return default;
            var bytes = new ReadOnlySpan<byte>(buffer, ConfigSize);
            ServiceConfig config = QueryServiceConfig.Decode(new PointerBuffer(bytes, (ulong)buffer, sizeof(nint))) ?? default;
            if (config.Start != ServiceStart.Automatic)
                return config;
            byte* isDelayed = stackalloc byte[sizeof(int)];
            bool known = Advapi32.QueryServiceConfig2W(service, Advapi32.DelayedAutoStart, isDelayed, sizeof(int), &needed) != 0;
            return known && isDelayed[0] != 0 ? config with { Start = ServiceStart.AutomaticDelayed } : config;
        }
        finally
        {
            _ = Advapi32.CloseServiceHandle(service);
        }
    }
}
