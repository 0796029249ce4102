using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>One copy of the server: its processes, from the one that was started down to its workers.</summary>
/// <remarks>
/// A master and its workers are one copy, and so are processes that share a socket or a systemd service. Two copies
/// that were started independently are two groups.
/// </remarks>
internal sealed class ServerGroup
{
    private readonly HashSet<int> _ids;
    private readonly bool _hasNoWork;

    private ServerGroup(ImmutableArray<ProcessRow> processes, HashSet<int> holders)
    {
        Processes = processes;
        _ids = [.. processes.Select(process => process.ProcessId)];
        _hasNoWork = !_ids.Overlaps(holders) && !Interpreters.IsOne(Root.Name) && !processes.Any(process => HolderWords.UnitKey(process) is not null || IsSession(process));
    }

    /// <summary>The processes, the root first, then by process id.</summary>
    public ImmutableArray<ProcessRow> Processes { get; }

    /// <summary>The process that was started first.</summary>
    public ProcessRow Root => Processes[0];

    /// <summary>Whether a process of this copy holds the socket.</summary>
    public bool Holds(in SocketRow socket)
    {
        foreach (ProcessRow owner in socket.Owners)
        {
            if (Contains(owner.ProcessId))
                return true;
        }

        return false;
    }

    /// <summary>Finds the copies of a server on a host.</summary>
    public static ImmutableArray<ServerGroup> Find(HostSnapshot host, ServerIdentity? server)
    {
        if (server is null)
            return [];
        var processes = new SortedDictionary<int, ProcessRow>();
        var together = new Dictionary<int, int>();
        var holders = new HashSet<int>();
        foreach (ProcessRow process in host.Processes)
            Add(process);
        foreach (SocketRow socket in host.Sockets)
        {
            int? first = null;
            foreach (ProcessRow owner in socket.Owners)
            {
                Add(owner);
                if (!processes.ContainsKey(owner.ProcessId))
                    continue;
                holders.Add(owner.ProcessId);
                first ??= owner.ProcessId;
                Join(first.Value, owner.ProcessId);
            }
        }

        var units = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (ProcessRow process in processes.Values)
        {
            if (process.ParentProcessId is { } id && processes.TryGetValue(id, out ProcessRow? parent) && IsParent(parent, process))
                Join(id, process.ProcessId);
            if (HolderWords.UnitKey(process) is { } unit && !units.TryAdd(unit, process.ProcessId))
                Join(units[unit], process.ProcessId);
        }

        return
        [
            .. processes.Values
                .GroupBy(process => Leader(process.ProcessId))
                .Select(group => new ServerGroup([.. group.OrderBy(process => HasParentIn(process) ? 1 : 0).ThenBy(process => process.ProcessId)], holders)),
        ];

        void Add(ProcessRow process)
        {
            if (server.Matches(process) && processes.TryAdd(process.ProcessId, process))
                together[process.ProcessId] = process.ProcessId;
        }

        int Leader(int id)
        {
            while (together[id] != id)
                id = together[id];
            return id;
        }

        void Join(int left, int right) => together[Leader(right)] = Leader(left);

        bool HasParentIn(ProcessRow process) =>
            process.ParentProcessId is { } id && processes.TryGetValue(id, out ProcessRow? parent) && IsParent(parent, process);
    }

    /// <summary>The copies that are in each other's way on an endpoint: none, or two and more.</summary>
    /// <param name="groups">Every copy of the server.</param>
    /// <param name="endpointSockets">The server's sockets on the endpoint.</param>
    /// <param name="host">The host.</param>
    public static ImmutableArray<ServerGroup> InEachOthersWay(
        ImmutableArray<ServerGroup> groups, ImmutableArray<SocketRow> endpointSockets, HostSnapshot host)
    {
        if (groups.Length < 2 || endpointSockets.IsEmpty)
            return [];
        foreach (SocketRow socket in endpointSockets)
        {
            ServerGroup? holder = groups.FirstOrDefault(group => group.Holds(socket));
            if (holder is null)
                continue;
            ImmutableArray<ServerGroup> others =
            [
                .. groups.Where(other => other != holder
                    && (HoldsSame(other, socket, endpointSockets) || IsIdleCopy(other, holder, host))),
            ];
            if (!others.IsEmpty)
                return [holder, .. others];
        }

        return [];
    }

    private static bool HoldsSame(ServerGroup other, SocketRow socket, ImmutableArray<SocketRow> sockets) =>
        sockets.Any(row => row.Local == socket.Local && other.Holds(row));

    // Sockets of any kind show that a process has work of its own: a session of an SSH server, a second configuration.
    // So do a service or a session that it was started in, and one in a container serves another network.
    private static bool IsIdleCopy(ServerGroup other, ServerGroup holder, HostSnapshot host) =>
        other._hasNoWork && host.Sockets.Filter is null && other.Root.ContainerId == holder.Root.ContainerId
        && !other.Processes.Any(process => process.ParentProcessId is { } id && holder.Contains(id))
        && !holder.Processes.Any(process => process.ParentProcessId is { } id && other.Contains(id));

    private static bool IsSession(ProcessRow process) =>
        process.Unit is { } unit && unit.StartsWith("session-", StringComparison.Ordinal) && unit.EndsWith(".scope", StringComparison.Ordinal);

    private bool Contains(int processId) => _ids.Contains(processId);

    // Process ids are used again: a parent that started after its child is somebody else.
    private static bool IsParent(ProcessRow parent, ProcessRow child) =>
        parent.ProcessId != child.ProcessId
        && (parent.StartedAt is null || child.StartedAt is null || parent.StartedAt <= child.StartedAt);
}
