using System;
using System.Buffers;
using System.Numerics;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Finds the rows of a growing table by cookie or by inode: open addressing over row numbers in a rented array, so that a
/// table of a million sockets allocates nothing here. Many threads may look while none adds.
/// </summary>
internal sealed class SocketRowIndex(RowBuilder<SocketRow> rows, bool byInode) : IDisposable
{
    private const int MinSlots = 8;

    // Small arrays are made, not rented: a command that asks for one port should not wait for a pool of its own.
    private const int MostSlotsOfItsOwn = 1024;

    // Half a hash and a row number from 1; 0 is free. At most half full. The hash spares looks into the rows, which are large.
    private ulong[] _slots = [];
    private int _mask;

    public int Count { get; private set; }

    /// <summary>The row with a key other than 0; -1 when there is none.</summary>
    public int Find(ulong key)
    {
        if (Count == 0)
            return -1;
        return (int)(uint)_slots[SlotOf(key)] - 1;
    }

    /// <summary>Makes room for so many more rows at once.</summary>
    public void Reserve(int more)
    {
        if ((Count + more) * 2 > _mask)
            Grow(Count + more);
    }

    /// <summary>Adds a row by its own key, or finds the one that has it already.</summary>
    /// <returns>The row that has the key now.</returns>
    public int Add(int row)
    {
        Reserve(1);
        ulong key = KeyOf(row);
        ref ulong slot = ref _slots[SlotOf(key)];
        if (slot == 0)
        {
            slot = HashOf(key) | (uint)(row + 1);
            Count++;
        }

        return (int)(uint)slot - 1;
    }

    public void Dispose()
    {
        Return(_slots);
        _slots = [];
        Count = 0;
    }

    private ulong KeyOf(int row)
    {
        ref readonly SocketRow one = ref rows.ItemRef(row);
        return byInode ? one.Inode : one.Cookie;
    }

    // The kernel gives numbers in turn, and dumps them nearly so: eight that follow each other share a line of the cache.
    private static ulong HashOf(ulong key) => (((key >> 3) * 0x9E3779B97F4A7C15 >> 32) << 35) | ((key & 7) << 32);

    private int SlotOf(ulong key)
    {
        ulong hash = HashOf(key);
        int slot = (int)(hash >> 32) & _mask;
        while (_slots[slot] is not 0 and var taken && ((taken ^ hash) >> 32 != 0 || KeyOf((int)(uint)taken - 1) != key))
            slot = (slot + 1) & _mask;
        return slot;
    }

    private void Grow(int count)
    {
        ulong[] old = _slots;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(MinSlots, count * 4));
        _slots = size <= MostSlotsOfItsOwn ? new ulong[size] : ArrayPool<ulong>.Shared.Rent(size);
        Array.Clear(_slots, 0, size);
        int oldSize = old.Length == 0 ? 0 : _mask + 1;
        _mask = size - 1;
        for (int i = 0; i < oldSize; i++)
        {
            if (old[i] == 0)
                continue;
            int slot = (int)(old[i] >> 32) & _mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & _mask;
            _slots[slot] = old[i];
        }

        Return(old);
    }

    private static void Return(ulong[] slots)
    {
        if (slots.Length > MostSlotsOfItsOwn)
            ArrayPool<ulong>.Shared.Return(slots);
    }
}
