using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// What a reading of a host's sockets says that the one before it did not. A reading without owners keeps those that are
/// known; sockets of a part that could not be read stay known until it is read again.
/// </summary>
/// <remarks>
/// A socket is the same by its cookie; without one by protocol, endpoints, interface, inode and time of creation, and where
/// there is no inode either, by its first owner. Among several that are the same by all of this, those that did not change
/// are paired first, so that the order of rows does not matter.
/// </remarks>
internal sealed class SocketDifference
{
    /// <summary>How many sockets are kept that a reading could not show: their rows take some 20 MB.</summary>
    public const int MostUnseen = 65_536;

    private const int NotThere = -1;

    private readonly KnownSockets _before;
    private readonly Table<SocketRow> _table;
    private readonly SocketGaps _gaps;
    private readonly SocketHolders[] _holders;

    // For each row of the table: where it was before, and whether it is as it was.
    private readonly (int Before, bool IsSame)[] _origins;
    private readonly List<int> _gone = [];
    private readonly List<int> _forgotten = [];

    private SocketDifference(KnownSockets before, Table<SocketRow> table, int mostUnseen)
    {
        _before = before;
        _table = table;
        _gaps = SocketGaps.Of(table);
        _holders = new SocketHolders[table.Count];
        _origins = new (int, bool)[table.Count];
        SocketMatching matching = Match();
        var unseen = ImmutableArray.CreateBuilder<SocketRow>();
        for (int i = 0; i < before.Count; i++)
        {
            if (matching.IsTaken(i))
                continue;
            if (!_gaps.MayHide(before.Raw(i)))
                _gone.Add(i);
            else if (unseen.Count < mostUnseen)
                unseen.Add(before[i]);
            else
                _forgotten.Add(i);
        }

        After = new KnownSockets(table, _holders, unseen.DrainToImmutable(), _gaps);
    }

    /// <summary>What is known after the reading: where the next difference starts from.</summary>
    public KnownSockets After { get; }

    /// <summary>The lowest and the highest local port of the sockets whose owners were neither read nor known; null when there is none.</summary>
    public (int First, int Last)? PortsWithoutOwners
    {
        get
        {
            (int First, int Last)? ports = null;
            for (int i = 0; i < _holders.Length; i++)
            {
                if (_holders[i].MissingBecause != OwnerGap.NotRequested)
                    continue;
                int port = _table.AsSpan()[i].Local.Port;
                ports = ports is { } range ? (Math.Min(range.First, port), Math.Max(range.Last, port)) : (port, port);
            }

            return ports;
        }
    }

    /// <summary>Compares a reading with what is known.</summary>
    /// <param name="before">What is known; null before the first reading.</param>
    /// <param name="table">The reading.</param>
    /// <param name="mostUnseen">How many sockets are kept that the reading could not show.</param>
    public static SocketDifference Between(KnownSockets? before, Table<SocketRow> table, int mostUnseen = MostUnseen) =>
        new(before ?? KnownSockets.Nothing, table, mostUnseen);

    /// <summary>Takes the missing owners from another reading that has them; what is not there has none that could be found.</summary>
    public void AddOwners(Table<SocketRow> owned)
    {
        var matching = new SocketMatching(KnownSockets.Of(owned));
        ReadOnlySpan<SocketRow> rows = _table.AsSpan();
        for (int i = 0; i < rows.Length; i++)
        {
            if (_holders[i].MissingBecause != OwnerGap.NotRequested)
                continue;
            int found = matching.Take(rows[i], Likeness.Likely);
            SocketHolders holders = found == NotThere ? default : SocketHolders.Of(owned.AsSpan()[found]);
            _holders[i] = found == NotThere || holders.MissingBecause == OwnerGap.NotRequested
                ? new SocketHolders([], OwnerGap.NotFound)
                : holders;
        }
    }

    /// <summary>The changes: what could not be read, then the sockets that are gone, then the others in the table's order.</summary>
    public IEnumerable<SocketChange> Changes(DateTimeOffset at)
    {
        if (_gaps.Reason is { } reason && reason != _before.Gaps.Reason)
            yield return new SocketChange { Kind = SocketChangeKind.NotRead, Reason = reason, At = at };
        foreach (int i in _gone)
            yield return new SocketChange { Kind = SocketChangeKind.Gone, Row = _before[i], At = at };
        foreach (int i in _forgotten)
            yield return new SocketChange { Kind = SocketChangeKind.Undetermined, Row = _before[i], Reason = _gaps.Reason, At = at };
        for (int i = 0; i < _origins.Length; i++)
        {
            (int before, bool isSame) = _origins[i];
            if (before == NotThere)
            {
                SocketRow row = After[i];
                yield return new SocketChange { Kind = _before.Gaps.MayHide(row) ? SocketChangeKind.Present : SocketChangeKind.Appeared, Row = row, At = at };
            }
            else if (!isSame)
            {
                yield return new SocketChange { Kind = SocketChangeKind.Changed, Row = After[i], Previous = _before[before], At = at };
            }
        }
    }

    private SocketMatching Match()
    {
        var matching = new SocketMatching(_before);
        ReadOnlySpan<SocketRow> rows = _table.AsSpan();
        Array.Fill(_origins, (NotThere, false));

        // A row without owners is like any that has the rest: those that know better come first.
        foreach (Likeness likeness in (ReadOnlySpan<Likeness>)[Likeness.Unchanged, Likeness.Same, Likeness.Likely])
        {
            Pair(matching, likeness, knowOwners: true);
            Pair(matching, likeness, knowOwners: false);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            int before = _origins[i].Before;
            SocketHolders now = SocketHolders.Of(rows[i]);

            // Another inode is another holder: a connection that was accepted meanwhile.
            _holders[i] = before != NotThere && _before.Raw(before).Inode == rows[i].Inode ? _before.Holders(before).UpdatedBy(now) : now;
        }

        return matching;
    }

    private void Pair(SocketMatching matching, Likeness likeness, bool knowOwners)
    {
        ReadOnlySpan<SocketRow> rows = _table.AsSpan();
        for (int i = 0; i < rows.Length && !matching.IsEmpty; i++)
        {
            if (_origins[i].Before == NotThere && SocketHolders.Of(rows[i]).AreKnown == knowOwners)
                _origins[i] = (matching.Take(rows[i], likeness), likeness == Likeness.Unchanged);
        }
    }
}

/// <summary>Who holds a socket.</summary>
/// <param name="Owners">The processes.</param>
/// <param name="MissingBecause">Why there is none, or may be more.</param>
/// <param name="IsDoubtful">Whether the last search did not find the processes, which an earlier one had found.</param>
internal readonly record struct SocketHolders(ImmutableArray<ProcessRow> Owners, OwnerGap MissingBecause, bool IsDoubtful = false)
{
    public static SocketHolders Of(in SocketRow row) => new(row.Owners, row.OwnerMissingBecause);

    /// <summary>Whether it is known who holds the socket, or that nobody does.</summary>
    public bool AreKnown => MissingBecause != OwnerGap.NotRequested && !WereSoughtInVain;

    private bool WereSoughtInVain => Owners.IsEmpty
        && MissingBecause is (OwnerGap.NotFound or OwnerGap.NeedsElevation or OwnerGap.Unreadable or OwnerGap.OtherProcessNamespace);

    /// <summary>
    /// Who holds the socket after another reading of it. A search in vain says nothing against the holders that are known,
    /// once: its time was up, or the socket was closed meanwhile.
    /// </summary>
    public SocketHolders UpdatedBy(SocketHolders now)
    {
        if (now.MissingBecause == OwnerGap.NotRequested)
            return this;
        if (!now.WereSoughtInVain)
            return now;
        if (Owners.IsEmpty)
            return WereSoughtInVain ? this : now;
        return IsDoubtful ? now : this with { IsDoubtful = true };
    }

    public int? First => Owners.IsDefaultOrEmpty ? null : Owners[0].ProcessId;

    /// <summary>The same processes, in whatever order they were found and whatever the doubts.</summary>
    public bool Equals(SocketHolders other)
    {
        if (MissingBecause != other.MissingBecause || Owners.Length != other.Owners.Length)
            return false;
        return Owners.AsSpan().SequenceEqual(other.Owners.AsSpan()) || Sorted(Owners).SequenceEqual(Sorted(other.Owners));
    }

    public override int GetHashCode() => HashCode.Combine(MissingBecause, Owners.Length);

    private static IEnumerable<ProcessRow> Sorted(ImmutableArray<ProcessRow> owners) =>
        owners.OrderBy(owner => owner.ProcessId).ThenBy(owner => owner.StartedAt);
}

/// <summary>The sockets that are known after a reading: those that it shows, and those that it could not have shown.</summary>
internal sealed class KnownSockets(Table<SocketRow> table, SocketHolders[] holders, ImmutableArray<SocketRow> unseen, SocketGaps gaps)
{
    /// <summary>Before the first reading any socket may be there, and nobody has been told so.</summary>
    public static KnownSockets Nothing { get; } = new(Table<SocketRow>.NotRequested, [], [], SocketGaps.OfNothing);

    public SocketGaps Gaps => gaps;

    public int Count => table.Count + unseen.Length;

    /// <summary>A socket with its owners, read now or earlier.</summary>
    public SocketRow this[int index] => index < table.Count
        ? table.AsSpan()[index] with { Owners = holders[index].Owners, OwnerMissingBecause = holders[index].MissingBecause }
        : unseen[index - table.Count];

    public static KnownSockets Of(Table<SocketRow> table)
    {
        var holders = new SocketHolders[table.Count];
        for (int i = 0; i < holders.Length; i++)
            holders[i] = SocketHolders.Of(table.AsSpan()[i]);
        return new KnownSockets(table, holders, [], SocketGaps.Of(table));
    }

    /// <summary>A socket as it was read: its owners may be known although they are not there.</summary>
    public ref readonly SocketRow Raw(int index) =>
        ref index < table.Count ? ref table.AsSpan()[index] : ref unseen.AsSpan()[index - table.Count];

    public SocketHolders Holders(int index) => index < table.Count ? holders[index] : SocketHolders.Of(unseen[index - table.Count]);
}
