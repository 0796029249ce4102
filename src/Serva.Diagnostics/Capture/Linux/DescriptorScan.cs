using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Looks through the descriptors of processes for sockets that are wanted; one per thread. What is found of a process is read
/// through its open directory, so that an id which is used anew is never mixed up.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class DescriptorScan(SocketOwners search, LinuxProcesses processes, SourceClock clock) : IDisposable
{
    // Servers bind early: their sockets have low numbers, which are tried without listing the directory.
    private const int LowDescriptors = 64;

    // Tables of descriptors are dense; so many misses on end are taken for the end of the dense part.
    private const int MostMisses = 8;
    private const int ClockInterval = 256;
    private const int StandardDescriptors = 3;
    private const int MaxLink = 64;

    private byte[]? _entries;
    private ImmutableArray<ProcessRow> _alone;
    private ulong _identity;
    private long _readAt;
    private ForeignSockets _sockets = new(0);
    private bool _isDenied;
    private bool _isGone;

    /// <summary>Processes whose descriptors could not be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Processes that were looked at.</summary>
    public int Seen { get; private set; }

    public bool TimedOut { get; private set; }

    /// <summary>Looks where an owner was found before.</summary>
    public void Look(in OwnerPlace place)
    {
        if (processes.TryOpen(place.ProcessId, out LinuxFile process) != 0)
            return;
        using (process)
        {
            Begin(place.ProcessId);
            if (place.IsFresh)
                Recall(place, process);
            Look(place.ProcessId, process, process, "fd/"u8, place.Descriptor);
        }
    }

    /// <summary>Looks at the low descriptors of a process that was an owner before.</summary>
    /// <returns>False when it is not known to be that process still; then it was not looked at.</returns>
    public bool LookLow(in OwnerPlace place)
    {
        if (processes.TryOpen(place.ProcessId, out LinuxFile process) != 0)
            return false;
        using (process)
        {
            Begin(place.ProcessId);
            if (!Recall(place, process))
                return false;
            Probe(place.ProcessId, process, process, "fd/"u8, LowDescriptors);
            return true;
        }
    }

    /// <summary>Looks at the low descriptors, if the process's user is one of those; null for any user.</summary>
    /// <returns>False when the process was passed over because of its user.</returns>
    public bool LookLow(int processId, NumberMap<bool>? users)
    {
        if (processes.TryOpen(processId, out LinuxFile process) != 0)
            return true;
        using (process)
        {
            if (users is not null && process.TryStatus(out FileStatus status) && !users.TryGetValue(status.UserId, out _))
                return false;
            Begin(processId);
            Probe(processId, process, process, "fd/"u8, LowDescriptors);
        }

        return true;
    }

    /// <summary>Looks at every descriptor.</summary>
    /// <returns>0, or why the process or its descriptors could not be opened.</returns>
    public int LookThrough(int processId)
    {
        int error = processes.TryOpen(processId, out LinuxFile process);
        if (error != 0)
            return error;
        using (process)
        {
            Seen++;
            error = process.TryOpen("fd\0"u8, out LinuxFile descriptors);
            if (error != 0)
            {
                Unreadable += IsRefusal(error) ? 1 : 0;
                return error;
            }

            using (descriptors)
            {
                Begin(processId);
                int next = Probe(processId, process, descriptors, [], int.MaxValue);
                if (!_isGone)
                    List(processId, process, descriptors, next);
            }
        }

        // The directory opens, and then it or its links may not be read: hidepid, or a process with rights that even
        // this root lacks (a container's process 1).
        Unreadable += _isDenied ? 1 : 0;
        return _isDenied ? LinuxError.AccessDenied : 0;
    }

    public void Dispose()
    {
        _sockets.Dispose();
        if (_entries is not null)
            KernelBuffer.Keep(_entries);
        _entries = null;
    }

    private static bool IsRefusal(int error) => error is LinuxError.AccessDenied or LinuxError.NotPermitted;

    // Whether it is known to be the process of that place still. Its row is not read again when that was done lately.
    private bool Recall(in OwnerPlace place, LinuxFile process)
    {
        bool isSame = place.Identity != 0 && process.TryStatus(out FileStatus status) && status.Inode == place.Identity;
        if (isSame && place.IsFresh)
            (_alone, _identity, _readAt) = (place.Owner, place.Identity, place.ReadAt);
        return isSame;
    }

    private void Begin(int processId)
    {
        _alone = default;
        _sockets.Dispose();
        _sockets = new ForeignSockets(processId);
        _isDenied = false;
        _isGone = false;
    }

    // Trying numbers in turn costs less than listing them. Answers the number that comes next. What a program was started with
    // comes last: it seldom is a socket.
    private int Probe(int processId, LinuxFile process, LinuxFile directory, ReadOnlySpan<byte> prefix, int limit)
    {
        int next = StandardDescriptors;
        for (int misses = 0; next < limit && misses < MostMisses && !_isGone && !IsOver(next - StandardDescriptors); next++)
            misses = Look(processId, process, directory, prefix, next) ? 0 : misses + 1;
        for (int descriptor = 0; descriptor < StandardDescriptors && !_isGone && !IsOver(descriptor); descriptor++)
            Look(processId, process, directory, prefix, descriptor);
        return next;
    }

    private void List(int processId, LinuxFile process, LinuxFile descriptors, int first)
    {
        // The position in this directory is the descriptor, behind the two dots (proc_readfd_common in fs/proc/fd.c).
        const int Dots = 2;
        descriptors.Seek(first + Dots);
        int length;
        _entries ??= KernelBuffer.Take();
        while ((length = descriptors.ReadEntries(_entries)) > 0)
        {
            var entries = new DirectoryEntries(_entries.AsSpan(0, length), NativeNumbers.OrderOf(BitConverter.IsLittleEndian));
            for (int i = 0; entries.MoveNext() && !_isGone && !IsOver(i); i++)
            {
                if (entries.TryNumber(out int descriptor))
                    LookAt(processId, process, descriptors, entries.TerminatedName, descriptor);
            }

            if (_isGone || IsOver(0))
                return;
        }

        _isDenied |= IsRefusal(-length);
    }

    private bool Look(int processId, LinuxFile process, LinuxFile directory, ReadOnlySpan<byte> prefix, int descriptor)
    {
        Span<byte> name = stackalloc byte[16];
        prefix.CopyTo(name);
        descriptor.TryFormat(name[prefix.Length..], out int digits, provider: CultureInfo.InvariantCulture);
        int length = prefix.Length + digits;
        name[length] = 0;
        return LookAt(processId, process, directory, name[..(length + 1)], descriptor);
    }

    // Whether there is such a descriptor.
    private bool LookAt(int processId, LinuxFile process, LinuxFile directory, ReadOnlySpan<byte> terminatedName, int descriptor)
    {
        Span<byte> link = stackalloc byte[MaxLink];
        int length = directory.ReadLink(terminatedName, link);
        if (length <= 0)
        {
            _isDenied |= IsRefusal(-length);
            _isGone |= -length == LinuxError.NoProcess || _isDenied;
            return false;
        }

        if (!ProcText.TryReadSocketLink(link[..length], out ulong inode) || !search.IsWanted(inode, out int row))
            return true;
        if (_alone.IsDefault)
        {
            ProcessRow holder = processes.Read(processId, process, out ulong identity);

            // It ended after the link was read: nobody holds the socket by it any more.
            if (holder.Name is null)
            {
                _isGone = true;
                return true;
            }

            _alone = [holder];
            _identity = identity;
            _readAt = Environment.TickCount64;
        }

        search.Found(row, new OwnerPlace(processId, descriptor, _identity, _alone, _readAt), ref _sockets);
        return true;
    }

    private bool IsOver(int count)
    {
        if (search.IsThrough)
            return true;
        if (count % ClockInterval == 0 && clock.IsOver())
            TimedOut = true;
        return TimedOut;
    }
}
