using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Finds the processes that hold sockets: only <c>/proc/PID/fd</c> knows. About 3 microseconds per open descriptor; the
/// descriptors of other users' processes need the right to trace them (CAP_SYS_PTRACE).
/// </summary>
/// <remarks>
/// Where the first owner of a few sockets is enough, the likely ones come first: where an owner was found lately, the control
/// group that the socket was created in, processes of its user, low descriptors. All of that only orders the search.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class SocketOwners : IDisposable
{
    // PROC_PID_INIT_INO of linux/proc_ns.h: the namespace that sees every process of the machine.
    private const ulong InitialProcessNamespace = 0xEFFFFFFC;
    private const int FewSockets = 512;
    private const int ProcessesPerThread = 8;
    private const int StackBytes = 1 << 18;

    private readonly LinuxProcesses _processes;
    private readonly RowBuilder<SocketRow> _rows;
    private readonly SocketRowIndex _byInode;
    private readonly OwnerSearch _search;
    private readonly bool _withOptions;
    private readonly bool _isFew;
    private readonly SourceClock _clock;
    private readonly DescriptorScan _scan;

    // Control groups of sockets, by cookie.
    private readonly NumberMap<ulong>? _groups;
    private ImmutableArray<ProcessRow>[] _owners;
    private ImmutableArray<ProcessRow> _joinedKnown;
    private ProcessRow? _joinedOther;
    private ImmutableArray<ProcessRow> _joined;
    private int _missing;
    private int _unreadable;
    private int _seen;
    private bool _sawInit;
    private bool _timedOut;

    private SocketOwners(CaptureRun run, LinuxProcesses processes, RowBuilder<SocketRow> rows, OwnerSearch search, bool withOptions, NumberMap<ulong>? groups)
    {
        _groups = groups;
        _processes = processes;
        _rows = rows;
        _search = search;
        _withOptions = withOptions;
        _clock = run.StartSource();
        _scan = new DescriptorScan(this, processes, _clock);
        _owners = rows.Count <= FewSockets ? new ImmutableArray<ProcessRow>[rows.Count] : RentOwners(rows.Count);
        _byInode = new SocketRowIndex(rows, byInode: true);
        _byInode.Reserve(rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows.ItemRef(i).Inode != 0)
                _byInode.Add(i);
        }

        _missing = _byInode.Count;
        _isFew = search == OwnerSearch.First && _missing <= FewSockets;
    }

    /// <summary>Whether nothing is left to look for.</summary>
    public bool IsThrough => Volatile.Read(ref _missing) == 0 && _search == OwnerSearch.First && !_withOptions;

    /// <summary>
    /// Fills in the owners of the rows, and what their sockets say themselves if that is wanted; drops the rows that the
    /// query's process does not hold.
    /// </summary>
    /// <param name="run">The capture.</param>
    /// <param name="table">The rows.</param>
    /// <param name="processes">Names the owners.</param>
    /// <param name="query">What is wanted.</param>
    /// <param name="withOptions">Whether sockets are asked for their options.</param>
    /// <param name="groups">Control groups of sockets by cookie, where known.</param>
    public static void Find(
        CaptureRun run, TableReading<SocketRow> table, LinuxProcesses processes, SocketQuery query, bool withOptions, NumberMap<ulong>? groups)
    {
        if (query.ProcessId is { } wanted)
            KeepHeldBy(run, table, processes, wanted);
        if (query.Owners == OwnerSearch.None && !withOptions)
            return;
        using var owners = new SocketOwners(run, processes, table.Rows, withOptions ? OwnerSearch.All : query.Owners, withOptions, groups);
        owners.Search(query.ProcessId);
        if (owners._missing > 0 && (owners._unreadable > 0 || owners._timedOut))
            CaptureLog.OwnerScanPartial(run.Logger, owners._unreadable, owners._seen, owners._missing);
        if (owners._timedOut)
            table.Note = "the search for owners timed out";
        if (query.Owners != OwnerSearch.None)
            owners.Fill();
    }

    public void Dispose()
    {
        _scan.Dispose();
        _byInode.Dispose();
        if (_owners.Length > FewSockets)
            ReturnOwners();
    }

    /// <summary>Whether an owner of the socket with this inode is still looked for. Any thread.</summary>
    public bool IsWanted(ulong inode, out int row) => (row = _byInode.Find(inode)) >= 0;

    /// <summary>A process holds the socket of a row. Any thread.</summary>
    public void Found(int row, in OwnerPlace place, ref ForeignSockets sockets)
    {
        lock (_byInode)
        {
            ref ImmutableArray<ProcessRow> owners = ref _owners[row];
            if (owners.IsDefault)
            {
                // Nearly every socket has one holder, so the holder's array is shared by all of its sockets.
                owners = place.Owner;
                _missing--;
                if (_isFew && _rows.ItemRef(row).Cookie is not 0 and var cookie)
                    Remember(cookie, place);
            }
            else if (_search == OwnerSearch.All && !owners.Contains(place.Owner[0]))
            {
                owners = Join(owners, place.Owner[0]);
            }
        }

        if (_withOptions && _rows.ItemRef(row).ReuseAddress is null)
            _rows[row] = sockets.Ask(_rows.ItemRef(row), place.Descriptor);
    }

    private static ImmutableArray<ProcessRow>[] RentOwners(int count)
    {
        ImmutableArray<ProcessRow>[] owners = ArrayPool<ImmutableArray<ProcessRow>>.Shared.Rent(count);
        Array.Clear(owners, 0, count);
        return owners;
    }

    private void ReturnOwners()
    {
        ArrayPool<ImmutableArray<ProcessRow>>.Shared.Return(_owners, clearArray: true);
        _owners = [];
    }

    private void Remember(ulong cookie, in OwnerPlace place)
    {
        OwnerMemory.OfSockets.Remember(cookie, place);
        if (_groups is not null && _groups.TryGetValue(cookie, out ulong group))
            OwnerMemory.OfGroups.Remember(group, place);
    }

    // A process that is not there holds nothing; one that hides may hold anything.
    private static void KeepHeldBy(CaptureRun run, TableReading<SocketRow> table, LinuxProcesses processes, int processId)
    {
        using var held = new SocketOwners(run, processes, table.Rows, OwnerSearch.First, withOptions: false, groups: null);
        int error = held._scan.LookThrough(processId);
        int kept = 0;
        for (int i = 0; i < table.Rows.Count; i++)
        {
            if (!held._owners[i].IsDefault)
                table.Rows[kept++] = table.Rows.ItemRef(i);
        }

        table.Rows.Count = kept;
        bool mayHide = error is LinuxError.AccessDenied or LinuxError.NotPermitted
            || (error == LinuxError.NoEntry && !IsThere(processes, processId: 1));
        if (held._scan.TimedOut || mayHide)
        {
            table.Succeeded();
            table.Missing("owners", mayHide ? "some owners are not visible" : SourceClock.TimedOut);
        }
    }

    private static bool IsThere(LinuxProcesses processes, int processId)
    {
        if (processes.TryOpen(processId, out LinuxFile process) != 0)
            return false;
        process.Dispose();
        return true;
    }

    // Processes share their master's sockets by the thousand: the same owners are one array. In the order of their ids.
    private ImmutableArray<ProcessRow> Join(ImmutableArray<ProcessRow> known, ProcessRow other)
    {
        if (ReferenceEquals(other, _joinedOther) && known == _joinedKnown)
            return _joined;
        int at = 0;
        while (at < known.Length && known[at].ProcessId < other.ProcessId)
            at++;
        (_joinedKnown, _joinedOther) = (known, other);
        return _joined = known.Insert(at, other);
    }

    private void Search(int? likely)
    {
        if (_byInode.Count == 0)
            return;
        if (likely is { } held && _search == OwnerSearch.First)
            _scan.LookThrough(held);
        if (_isFew && !IsThrough)
        {
            LookWhereTheyWere();
            if (!IsThrough && _groups is not null)
                LookInGroups(_groups);
        }

        if (IsThrough)
            return;
        var processIds = new List<int>();
        _ = LinuxDirectory.ReadProcessIds(processIds, _clock);
        _sawInit = processIds.Contains(1);
        if (_isFew)
            LookLow(processIds);
        if (!IsThrough)
            LookThrough(processIds);
    }

    private void LookWhereTheyWere()
    {
        for (int i = 0; i < _rows.Count && !IsThrough; i++)
        {
            if (OwnerMemory.OfSockets.TryRecall(_rows.ItemRef(i).Cookie, out OwnerPlace place))
                _scan.Look(place);
        }
    }

    // First where an owner was found in a group before: that saves reading the group.
    private void LookInGroups(NumberMap<ulong> groups)
    {
        List<int> processIds = [], looked = [];
        var isRead = new NumberMap<bool>();
        for (int i = 0; i < _rows.Count && !IsThrough; i++)
        {
            if (IsOwnerless(i, groups, out ulong group) && isRead.TryAdd(group, false)
                && OwnerMemory.OfGroups.TryRecall(group, out OwnerPlace place) && _scan.LookLow(place))
            {
                looked.Add(place.ProcessId);
            }
        }

        for (int i = 0; i < _rows.Count && !IsThrough; i++)
        {
            if (!IsOwnerless(i, groups, out ulong group) || (isRead.TryGetValue(group, out bool wasRead) && wasRead))
                continue;
            isRead[group] = true;
            ControlGroups.AddProcesses(group, processIds);
        }

        for (int i = 0; i < processIds.Count && !IsThrough; i++)
        {
            if (!looked.Contains(processIds[i]))
                _scan.LookLow(processIds[i], users: null);
        }

        for (int i = 0; i < processIds.Count && !IsThrough; i++)
            _scan.LookThrough(processIds[i]);
    }

    private bool IsOwnerless(int row, NumberMap<ulong> groups, out ulong group)
    {
        group = 0;
        return _owners[row].IsDefault && groups.TryGetValue(_rows.ItemRef(row).Cookie, out group);
    }

    /// <summary>Processes of the sockets' users first, in this search and in the order of the ids from now on.</summary>
    private void LookLow(List<int> processIds)
    {
        var users = new NumberMap<bool>();
        for (int i = 0; i < _rows.Count; i++)
        {
            if (_owners[i].IsDefault && _rows.ItemRef(i).UserId is { } user)
                users.TryAdd(user, true);
        }

        var others = new List<int>();
        int same = 0;
        for (int i = 0; i < processIds.Count; i++)
        {
            if (IsThrough || _clock.IsOver())
                return;
            int processId = processIds[i];
            if (_scan.LookLow(processId, users.Count > 0 ? users : null))
                processIds[same++] = processId;
            else
                others.Add(processId);
        }

        foreach (int processId in others)
        {
            if (IsThrough || _clock.IsOver())
                return;
            _scan.LookLow(processId, users: null);
            processIds[same++] = processId;
        }
    }

    private void LookThrough(List<int> processIds)
    {
        // What sockets are asked is written to their rows: by one thread.
        int threads = _withOptions ? 1 : Math.Clamp(processIds.Count / ProcessesPerThread, 1, Environment.ProcessorCount);
        int next = -1;
        ExceptionDispatchInfo? failure = null;
        var others = new Thread[threads - 1];
        var scans = new DescriptorScan[threads - 1];
        for (int i = 0; i < others.Length; i++)
        {
            DescriptorScan scan = scans[i] = new DescriptorScan(this, _processes, _clock);
            others[i] = new Thread(() => Work(scan), StackBytes) { IsBackground = true, Name = "Socket owners" };
            others[i].Start();
        }

        Work(_scan);
        foreach (Thread other in others)
            other.Join();
        Count(_scan);
        foreach (DescriptorScan scan in scans)
        {
            Count(scan);
            scan.Dispose();
        }

        failure?.Throw();
        _timedOut |= !IsThrough && next < processIds.Count;

        void Work(DescriptorScan scan)
        {
            try
            {
                while (!IsThrough && !scan.TimedOut && !_clock.IsOver() && Interlocked.Increment(ref next) is var at && at < processIds.Count)
                    scan.LookThrough(processIds[at]);
            }
            catch (OperationCanceledException cancelled)
            {
                failure = ExceptionDispatchInfo.Capture(cancelled);
            }
        }

        void Count(DescriptorScan scan)
        {
            _timedOut |= scan.TimedOut;
            _unreadable += scan.Unreadable;
            _seen += scan.Seen;
        }
    }

    private void Fill()
    {
        OwnerGap gap = IsThrough ? OwnerGap.None : GapOfTheOwnerless();
        for (int i = 0; i < _rows.Count; i++)
        {
            ref readonly SocketRow row = ref _rows.ItemRef(i);
            if (row.Inode == 0)
                continue;
            ImmutableArray<ProcessRow> holders = _owners[i];
            _rows[i] = holders.IsDefault
                ? row with { OwnerMissingBecause = gap }
                : row with { Owners = holders, OwnerMissingBecause = _search == OwnerSearch.All && gap == OwnerGap.NeedsElevation && MayHaveMore(row, holders) ? gap : OwnerGap.None };
        }
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
        return LinuxProcesses.ProcessNamespace is null or InitialProcessNamespace ? OwnerGap.NotFound : OwnerGap.OtherProcessNamespace;
    }
}
