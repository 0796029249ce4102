using System;
using System.Numerics;

namespace Serva.Diagnostics.Snapshots;

/// <summary>How much a row of one reading is like one of another.</summary>
internal enum Likeness
{
    /// <summary>The same socket, and nothing of it changed but the sizes of its queues.</summary>
    Unchanged,

    /// <summary>The same socket by number, or by endpoints and owner.</summary>
    Same,

    /// <summary>The same endpoints, and one of the two has no owner to compare: a connection outlives its process.</summary>
    Likely,
}

/// <summary>Finds known sockets again, each at most once. Linear in the number of rows; it costs eight bytes for each.</summary>
internal sealed class SocketMatching
{
    private const int End = -1;
    private const int Taken = -2;

    private readonly KnownSockets _known;
    private readonly int[] _heads;
    private readonly int[] _next;
    private int _left;

    public SocketMatching(KnownSockets known)
    {
        _known = known;
        _left = known.Count;
        _next = new int[known.Count];
        _heads = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(known.Count, 1))];
        Array.Fill(_heads, End);

        // Backwards, so that each chain is in the order of the rows.
        for (int i = known.Count - 1; i >= 0; i--)
        {
            ref int head = ref HeadFor(known.Raw(i));
            _next[i] = head;
            head = i;
        }
    }

    public bool IsEmpty => _left == 0;

    public bool IsTaken(int index) => _next[index] == Taken;

    /// <summary>The position of the first known socket that is like the row and was not taken before; -1 when there is none.</summary>
    public int Take(in SocketRow row, Likeness likeness)
    {
        ref int link = ref HeadFor(row);
        while (link != End)
        {
            int candidate = link;
            if (IsLike(candidate, row, likeness))
            {
                link = _next[candidate];
                _next[candidate] = Taken;
                _left--;
                return candidate;
            }

            link = ref _next[candidate];
        }

        return -1;
    }

    private ref int HeadFor(in SocketRow row) => ref _heads[Hash(row) & (_heads.Length - 1)];

    private bool IsLike(int candidate, in SocketRow row, Likeness likeness)
    {
        ref readonly SocketRow known = ref _known.Raw(candidate);
        if (!IsSameByRow(known, row))
            return false;
        SocketHolders holders = _known.Holders(candidate);
        SocketHolders now = SocketHolders.Of(row);
        return likeness switch
        {
            Likeness.Unchanged => IsUnchanged(known, row) && holders.UpdatedBy(now) == holders,
            Likeness.Same => row.Cookie != 0 || row.Inode != 0 || !now.AreKnown || holders.First == now.First,
            _ => holders.First is null || row.Owners.IsEmpty,
        };
    }

    private static bool IsSameByRow(in SocketRow a, in SocketRow b)
    {
        if (a.Cookie != 0 || b.Cookie != 0)
            return a.Cookie == b.Cookie;
        return a.Protocol == b.Protocol && a.Local == b.Local && a.Remote == b.Remote && a.Interface == b.Interface
            && a.Inode == b.Inode && a.CreatedAt == b.CreatedAt;
    }

    // Written as what does not count, so that a column that is added counts.
    private static bool IsUnchanged(in SocketRow known, in SocketRow row) => known == row with
    {
        ReceiveQueue = known.ReceiveQueue,
        SendQueue = known.SendQueue,
        Owners = known.Owners,
        OwnerMissingBecause = known.OwnerMissingBecause,
    };

    private static int Hash(in SocketRow row) => row.Cookie != 0
        ? HashCode.Combine(row.Cookie)
        : HashCode.Combine(row.Protocol, row.Local, row.Remote, row.Interface, row.Inode, row.CreatedAt);
}
