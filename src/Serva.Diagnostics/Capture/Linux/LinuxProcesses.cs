using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// The processes of this process namespace, from <c>/proc/PID/{stat,status,exe,cgroup,attr,ns}</c>. Each is read once per capture and
/// its row shared; any thread may ask. <c>exe</c> of another user's process needs the right to trace it; the rest is for everyone.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxProcesses
{
    private const int ClockTicksPerSecond = 2;   // _SC_CLK_TCK
    private const int LongestCutName = 15;       // TASK_COMM_LEN less the NUL
    private const int MaxLargeFile = 1 << 20;
    private const int BufferLength = 1 << 14;
    private const string DockerProxy = "docker-proxy";

    // Written whole: who reads one while another writes sees the one or the other.
    private static volatile Accounts? s_accounts;
    private static volatile BootTime? s_boot;

    // Known for good: a module that has labels is there from the start of the system or never.
    private static volatile bool s_hasNoLabels;

    private readonly CaptureRun _run;
    private readonly NumberMap<ProcessRow> _rows = new();
    private volatile NumberMap<string>? _userNames;
    private volatile string? _ownLabel;
    private volatile bool _isOwnLabelKnown;
    private readonly long _ticksPerSecond = LinuxLibrary.SystemConfiguration(ClockTicksPerSecond);

    public LinuxProcesses(CaptureRun run) => _run = run;

    /// <summary>The inode of the process namespace; null when unknown.</summary>
    public static ulong? ProcessNamespace => LinuxHost.ReadProcessNamespace();

    /// <summary>The security label of the calling thread; null without a security module that has labels.</summary>
    public string? OwnLabel
    {
        get
        {
            if (!_isOwnLabelKnown)
            {
                _ownLabel = ReadOwnLabel();
                _isOwnLabelKnown = true;
            }

            return _ownLabel;
        }
    }

    /// <summary>The account of a user id, as <c>/etc/passwd</c> names it; null when it does not.</summary>
    public string? UserName(uint userId) => (_userNames ??= ReadUserNames()).TryGetValue(userId, out string? name) ? name : null;

    /// <summary>Opens a process's directory: what is read in it is of one process, also when its id is used anew.</summary>
    public int TryOpen(int processId, out LinuxFile directory)
    {
        Span<byte> path = stackalloc byte[24];
        "/proc/"u8.CopyTo(path);
        processId.TryFormat(path[6..], out int digits, provider: CultureInfo.InvariantCulture);
        path[6 + digits] = 0;
        return LinuxFile.TryOpenAbsolute(path[..(7 + digits)], out directory);
    }

    /// <summary>The row of a process whose directory is open; without a name when the process has ended.</summary>
    public ProcessRow Read(int processId, LinuxFile directory) => Read(processId, directory, out _);

    /// <summary>The same, and the inode of the directory, which no other process gets; 0 when it cannot be asked.</summary>
    [SkipLocalsInit]
    public ProcessRow Read(int processId, LinuxFile directory, out ulong identity)
    {
        bool hasStatus = directory.TryStatus(out FileStatus status);
        identity = status.Inode;
        Span<byte> buffer = stackalloc byte[BufferLength];
        ProcStat? stat = directory.ReadOnce("stat\0"u8, buffer) is var statLength and > 0 ? ProcStat.TryRead(buffer[..statLength]) : null;
        DateTimeOffset? started = StartTime(stat);
        bool? isStopped = stat is null ? null : stat.State == ProcStat.Stopped;
        lock (_rows)
        {
            if (_rows.TryGetValue((ulong)processId, out ProcessRow? known) && known.StartedAt == started && known.IsStopped == isStopped)
                return known;
        }

        uint? user = hasStatus ? status.UserId
            : directory.ReadOnce("status\0"u8, buffer) is var statusLength and > 0 ? ProcStatus.Read(buffer[..statusLength]).EffectiveUserId
            : null;
        ProcCgroup group = directory.ReadOnce("cgroup\0"u8, buffer) is var groupLength and > 0
            ? ProcCgroup.Read(buffer[..groupLength])
            : default;
        string? path = ReadImagePath(directory);
        string? name = ImageName(stat?.Command, path);
        NetEndpoint? relaysTo = name == DockerProxy && directory.ReadAll("cmdline\0"u8, buffer) is var lineLength and > 0
            ? ProcCommandLine.DockerProxyTarget(buffer[..lineLength])
            : null;
        var row = new ProcessRow
        {
            ProcessId = processId,
            Name = name,
            Path = path,
            ParentProcessId = stat?.ParentProcessId,
            StartedAt = started,
            IsStopped = isStopped,
            User = user is { } id ? UserName(id) ?? id.ToString(CultureInfo.InvariantCulture) : null,
            Unit = group.Unit,
            UnitUserId = group.UnitUserId,
            ContainerId = group.ContainerId,
            ContainerEngine = group.Engine,
            RelaysTo = relaysTo,
            SecurityLabel = OwnLabel is null ? null : ReadLabel(directory.ReadAll("attr/current\0"u8, buffer), buffer),
        };
        lock (_rows)
            _rows[(ulong)processId] = row;
        return row;
    }

    /// <summary>Every process, with the network namespace of those that are in another one.</summary>
    /// <param name="networkNamespace">The namespace that is read; null when unknown: then no row tells.</param>
    public Table<ProcessRow> ReadAll(ulong? networkNamespace)
    {
        var table = new TableReading<ProcessRow>(_run, "Processes", "/proc");
        SourceClock clock = _run.StartSource();
        var processIds = new List<int>();
        int error = LinuxDirectory.ReadProcessIds(processIds, clock);
        if (error != 0)
            table.Missing("processes", $"/proc: {LinuxError.Describe(error)}");
        else
            table.Succeeded();
        foreach (int processId in processIds)
        {
            if (clock.IsOver())
            {
                table.Missing("processes", SourceClock.TimedOut);
                break;
            }

            if (TryOpen(processId, out LinuxFile directory) != 0)
                continue;
            using (directory)
            {
                ProcessRow row = Read(processId, directory);

                // A process that ended meanwhile leaves nothing to read.
                if (row.Name is not null)
                    table.Rows.Add(networkNamespace is { } here && ReadNetworkNamespace(directory) is { } other && other != here ? row with { NetworkNamespace = other } : row);
            }
        }

        if (error == 0 && !processIds.Contains(1))
            table.Missing("processes", "other users' processes are hidden (hidepid)");
        return table.ToTable();
    }

    /// <summary>
    /// The image's file name where the kernel's 15 bytes cut it; else the kernel's name, which a program may set itself.
    /// </summary>
    private static string? ImageName(string? command, string? path)
    {
        if (command is null || path is null || Encoding.UTF8.GetByteCount(command) < LongestCutName)
            return command;
        const string Deleted = " (deleted)";
        string file = path[(path.LastIndexOf('/') + 1)..];
        if (file.EndsWith(Deleted, StringComparison.Ordinal))
            file = file[..^Deleted.Length];
        return file.StartsWith(command, StringComparison.Ordinal) ? file : command;
    }

    // The kernel's " (deleted)" stays: such a program cannot be started again from there.
    [SkipLocalsInit]
    private static string? ReadImagePath(LinuxFile directory)
    {
        Span<byte> link = stackalloc byte[MachineText.MaxLength];
        int length = directory.ReadLink("exe\0"u8, link);
        return length <= 0 ? null : MachineText.Read(link[..length]);
    }

    // Needs the right to trace the process, as exe does.
    private static ulong? ReadNetworkNamespace(LinuxFile directory)
    {
        Span<byte> link = stackalloc byte[64];
        int length = directory.ReadLink("ns/net\0"u8, link);
        return length > 0 ? ProcText.NamespaceInode(link[..length]) : null;
    }

    // Without a module that has labels, reading one fails for every process alike (EINVAL): then no other is asked.
    private static string? ReadOwnLabel()
    {
        if (s_hasNoLabels)
            return null;
        Span<byte> buffer = stackalloc byte[BufferLength];
        int length = LinuxFile.ReadAll("/proc/thread-self/attr/current", buffer);
        s_hasNoLabels = length == -LinuxError.Invalid;
        return ReadLabel(length, buffer);
    }

    private static string? ReadLabel(int length, ReadOnlySpan<byte> buffer) => length > 0 ? ProcText.SecurityLabel(buffer[..length]) : null;

    private DateTimeOffset? StartTime(ProcStat? stat)
    {
        const double LongestUptime = 1e10;
        if (stat is null || _ticksPerSecond <= 0 || ReadBootTime() is not { } boot)
            return null;
        double seconds = stat.StartTicks / (double)_ticksPerSecond;
        return seconds < LongestUptime ? boot.AddSeconds(seconds) : null;
    }

    // /etc/passwd can be long: it is read again when it has changed, for which it is looked at once a second.
    private static NumberMap<string> ReadUserNames()
    {
        const string Path = "/etc/passwd";
        const int TrustedMilliseconds = 1000;
        long now = Environment.TickCount64;
        Accounts? known = s_accounts;
        if (known is not null && now - known.CheckedAt < TrustedMilliseconds)
            return known.Names;
        FileStatus? status = LinuxFile.TryOpen(Path, out LinuxFile file) == 0 ? StatusOf(file) : null;
        NumberMap<string> names = known is not null && known.Status == status ? known.Names : ProcText.UserNames(ReadLarge(Path));
        s_accounts = status is { } seen ? new Accounts(seen, names, now) : null;
        return names;

        static FileStatus? StatusOf(LinuxFile file)
        {
            using (file)
                return file.TryStatus(out FileStatus status) ? status : null;
        }
    }

    // /proc/stat takes the kernel a while. The boot moves only when somebody sets the clock (or the machine slept).
    private DateTimeOffset? ReadBootTime()
    {
        const double SteadyMilliseconds = 500;
        TimeSpan offset = _run.Time.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromMilliseconds(Environment.TickCount64);
        if (s_boot is { } known && (known.Offset - offset).Duration().TotalMilliseconds < SteadyMilliseconds)
            return known.Boot;
        DateTimeOffset? boot = ProcText.BootTime(ReadLarge("/proc/stat"));
        s_boot = boot is { } time ? new BootTime(time, offset) : null;
        return boot;
    }

    private static byte[] ReadLarge(string path)
    {
        if (LinuxFile.TryOpen(path, out LinuxFile file) != 0)
            return [];
        using (file)
        {
            byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxLargeFile);
            return buffer.AsSpan(0, Math.Max(0, file.ReadAll(buffer))).ToArray();
        }
    }

    private sealed class Accounts(FileStatus status, NumberMap<string> names, long checkedAt)
    {
        public FileStatus Status => status;

        public NumberMap<string> Names => names;

        public long CheckedAt => checkedAt;
    }

    private sealed record BootTime(DateTimeOffset Boot, TimeSpan Offset);
}
