using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.WindowsSystem;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Describes processes: names and parents from one Toolhelp snapshot, which needs no right, and path, start time and
/// account from each process itself, which other users' processes may refuse. What is refused stays null.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class ProcessSource
{
    private const string Source = "CreateToolhelp32Snapshot, OpenProcess";
    private const int MostProcesses = 100_000;
    private const int SystemProcess = 4;

    private readonly Dictionary<int, ProcessEntry> _entries = [];
    private readonly Dictionary<int, ImmutableArray<string>.Builder> _services = [];
    private readonly Dictionary<int, string?> _serviceAccounts = [];
    private readonly Dictionary<int, (ProcessRow Row, OwnerGap Gap)> _known = [];
    private readonly AccountNames _accounts;
    private readonly string? _snapshotReason;

    /// <param name="services">The services, whose processes are named by them; may be unavailable.</param>
    /// <param name="accounts">Names accounts.</param>
    public ProcessSource(Table<ServiceRow> services, AccountNames accounts)
    {
        _accounts = accounts;
        foreach (ServiceRow service in services)
        {
            if (service.ProcessId is not { } id)
                continue;
            if (!_services.TryGetValue(id, out ImmutableArray<string>.Builder? names))
                _services.Add(id, names = ImmutableArray.CreateBuilder<string>());
            names.Add(service.Name);
            // Services share a process only under one account; two names would mean that the list is from two moments.
            _serviceAccounts[id] =
                !_serviceAccounts.TryGetValue(id, out string? account) || account == service.Account ? service.Account : null;
        }

        _snapshotReason = SourceBoundary.Guard(ReadSnapshot);
    }

    /// <summary>Every process of the snapshot.</summary>
    public Table<ProcessRow> ReadAll(CancellationToken cancellationToken)
    {
        if (_snapshotReason is not null && _entries.Count == 0)
            return Table<ProcessRow>.Unavailable(Source, _snapshotReason);
        var rows = ImmutableArray.CreateBuilder<ProcessRow>(_entries.Count);
        foreach (int id in _entries.Keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // 0 is the idle loop, not a process.
            if (id != 0)
                rows.Add(Find(id, out _));
        }

        rows.Sort((left, right) => left.ProcessId.CompareTo(right.ProcessId));
        return _snapshotReason is null
            ? Table<ProcessRow>.Complete(rows.DrainToImmutable(), Source)
            : Table<ProcessRow>.Partial(
                rows.DrainToImmutable(), Source, [new TableGap { Part = "processes", Reason = _snapshotReason }]);
    }

    /// <summary>A process by its number, described as far as it lets itself be seen.</summary>
    /// <param name="processId">The number, not 0.</param>
    /// <param name="gap">Why not even a name is known; none when one is.</param>
    public ProcessRow Find(int processId, out OwnerGap gap)
    {
        if (!_known.TryGetValue(processId, out (ProcessRow Row, OwnerGap Gap) known))
        {
            known = Describe(processId);
            _known.Add(processId, known);
        }

        gap = known.Gap;
        return known.Row;
    }

    private (ProcessRow Row, OwnerGap Gap) Describe(int processId)
    {
        bool isListed = _entries.TryGetValue(processId, out ProcessEntry entry);
        Details details = default;
        _ = SourceBoundary.Guard(() =>
        {
            details = Open(processId);
            return null;
        });
        // Process 4 is the kernel: it has no image, and its token is not for users to read.
        bool isSystem = processId == SystemProcess && details.Path is null;
        string? name = entry.Name ?? FileName(details.Path) ?? (isSystem ? "System" : null);
        var row = new ProcessRow
        {
            ProcessId = processId,
            Name = name,
            Path = details.Path,
            ParentProcessId = isListed && entry.ParentProcessId != 0 ? entry.ParentProcessId : null,
            StartedAt = details.StartedAt,
            User = details.User ?? _serviceAccounts.GetValueOrDefault(processId) ?? (isSystem ? ServiceAccount.LocalSystem : null),
            Services = _services.TryGetValue(processId, out ImmutableArray<string>.Builder? services) ? services.ToImmutable() : [],
        };
        OwnerGap gap = name is not null
            ? OwnerGap.None
            : details.Error == WindowsError.AccessDenied ? OwnerGap.NeedsElevation : OwnerGap.NotFound;
        return (row, gap);
    }

    private Details Open(int processId)
    {
        nint process = Kernel32.OpenProcess(Kernel32.ProcessQueryLimitedInformation, 0, (uint)processId);
        if (process == 0)
            return new Details { Error = (uint)Marshal.GetLastPInvokeError() };
        try
        {
            long created;
            long other;
            bool hasTimes = Kernel32.GetProcessTimes(process, &created, &other, &other, &other) != 0;
            return new Details
            {
                Path = PathOf(process),
                StartedAt = hasTimes ? FileTime.Decode(created) : null,
                User = _accounts.OfProcess(process),
            };
        }
        finally
        {
            _ = Kernel32.CloseHandle(process);
        }
    }

    private static string? PathOf(nint process)
    {
        // The longest path that Windows knows.
        char[] buffer = new char[NativeText.LongestText];
        uint length = (uint)buffer.Length;
        fixed (char* text = buffer)
        {
            return Kernel32.QueryFullProcessImageNameW(process, 0, text, &length) != 0 && length > 0 && length <= buffer.Length
                ? new string(text, 0, (int)length)
                : null;
        }
    }

    // Paths of Windows, wherever this code is tested.
    private static string? FileName(string? path) => path?[(path.LastIndexOf('\\') + 1)..];

    private string? ReadSnapshot()
    {
        nint snapshot = Kernel32.CreateToolhelp32Snapshot(Kernel32.SnapshotProcesses, 0);
        if (snapshot is 0 or Kernel32.InvalidHandle)
            return WindowsError.Describe("CreateToolhelp32Snapshot", (uint)Marshal.GetLastPInvokeError());
        try
        {
            int size = ProcessEntry32.SizeOf(sizeof(nint));
            byte* entry = stackalloc byte[size];
            new Span<byte>(entry, size).Clear();
            *(uint*)entry = (uint)size;
            for (int more = Kernel32.Process32FirstW(snapshot, entry); more != 0; more = Kernel32.Process32NextW(snapshot, entry))
            {
                if (ProcessEntry32.Decode(new ReadOnlySpan<byte>(entry, size), sizeof(nint)) is { } process)
                    _entries.TryAdd(process.ProcessId, process);
                if (_entries.Count >= MostProcesses)
                    return $"stopped after {MostProcesses} processes";
            }

            uint error = (uint)Marshal.GetLastPInvokeError();
            return error == WindowsError.NoMoreFiles ? null : WindowsError.Describe("Process32NextW", error);
        }
        finally
        {
            _ = Kernel32.CloseHandle(snapshot);
        }
    }

    private readonly struct Details
    {
        public string? Path { get; init; }

        public DateTimeOffset? StartedAt { get; init; }

        public string? User { get; init; }

        public uint Error { get; init; }
    }
}
