using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>Sockets of processes that have ended: Windows' table names the process that made a socket, also when a child holds on to it.</summary>
internal static class EndedOwner
{
    /// <summary>
    /// Whether a process may have ended. One whose name was read lived after the table was, and one that is merely missing may
    /// have come or gone in between.
    /// </summary>
    public static bool MayBeGone(ProcessRow owner, HostSnapshot host) =>
        host.Platform.Family == PlatformFamily.Windows
        && owner is { Name: null, StartedAt: null }
        && host.Processes.Coverage == Coverage.Complete
        && owner.ProcessId is not (0 or 4)
        && host.FindProcess(owner.ProcessId) is null;

    /// <summary>The first of its children that still run.</summary>
    public static ImmutableArray<ProcessRow> ChildrenOf(ProcessRow owner, HostSnapshot host) =>
        [.. TableIndex.ChildrenOf(host.Processes, owner.ProcessId).Take(4)];
}
