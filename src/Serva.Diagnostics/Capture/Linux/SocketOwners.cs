using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Finds the processes that hold sockets: only <c>/proc/PID/fd</c> knows. About 3 microseconds per open descriptor; the
/// descriptors of other users' processes need the right to trace them (CAP_SYS_PTRACE).
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SocketOwners
{
    // PROC_PID_INIT_INO of linux/proc_ns.h: the namespace that sees every process of the machine.
    private const ulong InitialProcessNamespace = 0xEFFFFFFC;

    private readonly CaptureRun _run;
    private readonly LinuxProcesses _processes;
    private readonly ImmutableArray<SocketRow>.Builder _rows;
    private readonly Dictionary<ulong, int> _byInode;
    private readonly Dictionary<int, ImmutableArray<ProcessRow>> _owners = [];
    private readonly byte[] _entries = ArrayPool<byte>.Shared.Rent(1 << 16);
    private readonly bool _withOptions;
    private int _unreadable;
    private int _seen;
    private bool _sawInit;
    private bool _timedOut;

    private SocketOwners(CaptureRun run, LinuxProcesses processes, ImmutableArray<SocketRow>.Builder rows, bool withOptions)
    {
        _withOptions = withOptions;
        _run = run;
        _processes = processes;
        _rows = rows;
        _byInode = new Dictionary<ulong, int>(rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Inode != 0)
                _byInode[rows[i].Inode] = i;
        }
    }

    /// <summary>
    /// Fills in the owners of the rows, and what their sockets say themselves if that is wanted; drops the rows that the
    /// query's process does not hold.
    /// </summary>
    public static void Find(CaptureRun run, TableReading<SocketRow> table, LinuxProcesses processes, SocketQuery query, bool withOptions)
    {
        var owners = new SocketOwners(run, processes, table.Rows, withOptions);
        if (owners._byInode.Count > 0)
            owners.Scan();
        ArrayPool<byte>.Shared.Return(owners._entries);
        OwnerGap gap = owners.GapOfTheOwnerless();
        int missing = 0;
        for (int i = 0; i < table.Rows.Count; i++)
        {
            SocketRow row = table.Rows[i];
            if (row.Inode == 0)
                continue;
            bool found = owners._owners.TryGetValue(i, out ImmutableArray<ProcessRow> holders);
            missing += found ? 0 : 1;
            table.Rows[i] = found
                ? row with { Owners = holders, OwnerMissingBecause = gap is OwnerGap.NeedsElevation or OwnerGap.TimedOut && owners.MayHaveMore(row, holders) ? gap : OwnerGap.None }
                : row with { OwnerMissingBecause = gap };
        }

        if (missing > 0 && (owners._unreadable > 0 || owners._timedOut))
            CaptureLog.OwnerScanPartial(run.Logger, owners._unreadable, owners._seen, missing);
        if (owners._timedOut)
            table.Note = "the search for owners timed out";
        if (query.ProcessId is { } wanted)
            KeepOwnedBy(table, wanted, missing > 0 && gap != OwnerGap.NotFound);
        if (query.WithOwners)
            return;
        for (int i = 0; i < table.Rows.Count; i++)
        {
            if (table.Rows[i].Inode != 0)
                table.Rows[i] = table.Rows[i] with { Owners = [], OwnerMissingBecause = OwnerGap.NotRequested };
        }
    }

    private static void KeepOwnedBy(TableReading<SocketRow> table, int processId, bool someUnknown)
    {
        var query = new SocketQuery { ProcessId = processId };
        table.Rows.RemoveAll(row => !query.Matches(row));

        // A socket whose owner is hidden may be this process's.
        if (someUnknown || table.Note is not null)
        {
            table.Succeeded();
            table.Missing("owners", table.Note ?? "some owners are not visible");
        }
    }

    private void Scan()
    {
        SourceClock clock = _run.StartSource();
        var processIds = new List<int>();
        _ = LinuxDirectory.ReadProcessIds(processIds, clock);
        foreach (int processId in processIds)
        {
            _sawInit |= processId == 1;
            _timedOut = clock.IsOver();
            if (_timedOut)
                return;
            ScanProcess(processId, clock);
        }
    }

    private void ScanProcess(int processId, SourceClock clock)
    {
        if (_processes.TryOpen(processId, out LinuxFile process) != 0)
            return;
        using (process)
        {
            _seen++;
            int error = process.TryOpen("fd\0"u8, out LinuxFile descriptors);
            if (error != 0)
            {
                if (error is LinuxError.AccessDenied or LinuxError.NotPermitted)
                    _unreadable++;
                return;
            }

            using (descriptors)
                ScanDescriptors(processId, process, descriptors, clock);
        }
    }

    private void ScanDescriptors(int processId, LinuxFile process, LinuxFile descriptors, SourceClock clock)
    {
        var sockets = new ForeignSockets(processId);
        try
        {
            ScanDescriptors(processId, process, descriptors, clock, ref sockets);
        }
        finally
        {
            sockets.Dispose();
        }
    }

    private void ScanDescriptors(int processId, LinuxFile process, LinuxFile descriptors, SourceClock clock, ref ForeignSockets sockets)
    {
        Span<byte> link = stackalloc byte[64];
        ImmutableArray<ProcessRow> alone = default;
        bool isDenied = false;
        int length;
        while ((length = descriptors.ReadEntries(_entries)) > 0)
        {
            var entries = new DirectoryEntries(_entries.AsSpan(0, length), NativeNumbers.OrderOf(BitConverter.IsLittleEndian));
            while (entries.MoveNext())
            {
                if (entries.Name[0] == (byte)'.')
                    continue;
                int linkLength = descriptors.ReadLink(entries.TerminatedName, link);
                isDenied |= linkLength is -LinuxError.AccessDenied or -LinuxError.NotPermitted;
                if (linkLength <= 0 || !ProcText.TryReadSocketLink(link[..linkLength], out ulong inode)
                    || !_byInode.TryGetValue(inode, out int row))
                {
                    continue;
                }

                if (alone.IsDefault)
                    alone = [_processes.Read(processId, process)];
                AddOwner(row, alone);
                if (_withOptions && _rows[row].ReuseAddress is null && entries.TryNumber(out int descriptor))
                    _rows[row] = sockets.Ask(_rows[row], descriptor);
            }

            _timedOut = clock.IsOver();
            if (_timedOut)
                return;
        }

        // The directory opens, and then it or its links may not be read: hidepid, or a process with rights that even
        // this root lacks (a container's process 1).
        if (isDenied || length is -LinuxError.AccessDenied or -LinuxError.NotPermitted)
            _unreadable++;
    }

    // Nearly every socket has one holder, so the holder's array is shared by all of its sockets.
    private void AddOwner(int row, ImmutableArray<ProcessRow> alone)
    {
        if (!_owners.TryGetValue(row, out ImmutableArray<ProcessRow> known))
            _owners[row] = alone;
        else if (!ReferenceEquals(known[^1], alone[0]))
            _owners[row] = known.Add(alone[0]);
    }

    // Who made the socket is not among those that were seen to hold it: a master that kept root's rights, most likely.
    private bool MayHaveMore(in SocketRow row, ImmutableArray<ProcessRow> holders)
    {
        if (row.UserId is not { } user)
            return false;
        string name = _processes.UserName(user) ?? user.ToString(CultureInfo.InvariantCulture);
        foreach (ProcessRow holder in holders)
        {
            if (holder.User == name)
                return false;
        }

        return true;
    }

    private OwnerGap GapOfTheOwnerless()
    {
        if (_timedOut)
            return OwnerGap.TimedOut;

        // Where process 1 is not listed, /proc is mounted with hidepid: other users' processes are not even named.
        if (_unreadable > 0 || !_sawInit)
            return Environment.IsPrivilegedProcess ? OwnerGap.Unreadable : OwnerGap.NeedsElevation;
        return _processes.ProcessNamespace is null or InitialProcessNamespace ? OwnerGap.NotFound : OwnerGap.OtherProcessNamespace;
    }
}
