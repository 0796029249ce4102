using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// Lets the rows of a table that is read from text share their owners, as the rows of a capture do: a busy server's
/// process stands in a million rows. Remembers the last owners of each process id, so that no text makes it slow.
/// </summary>
internal sealed class OwnerPool
{
    private readonly Dictionary<int, ImmutableArray<ProcessRow>> _last = [];

    /// <summary>The row with equal owners that an earlier row has, if one does.</summary>
    public SocketRow Share(in SocketRow row)
    {
        if (row.Owners.IsEmpty)
            return row;
        int processId = row.Owners[0].ProcessId;
        if (_last.TryGetValue(processId, out ImmutableArray<ProcessRow> known) && known.AsSpan().SequenceEqual(row.Owners.AsSpan()))
            return row with { Owners = known };
        _last[processId] = row.Owners;
        return row;
    }
}
