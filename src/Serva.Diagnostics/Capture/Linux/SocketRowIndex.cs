using System;
using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Finds the rows of a growing table by cookie or by inode: open addressing over row numbers in a rented array, so that a
/// table of a million sockets allocates nothing here. Many threads may look while none adds.
/// </summary>
internal sealed class SocketRowIndex(ImmutableArray<SocketRow>.Builder rows, bool byInode) : IDisposable
{
    private const int MinSlots = 64;

    // Row numbers from 1; 0 is free. At most half full.
    private int[] _slots = [];
    private int _mask;

    public int Count { get; private set; }

    /// <summary>The row with a key other than 0; -1 when there is none.</summary>
    public int Find(ulong key)
    {
        if (Count == 0)
            return -1;
        int slot = SlotOf(key);
        return _slots[slot] - 1;
    }

    /// <summary>Adds a row by its own key, or finds the one that has it already.</summary>
    /// <returns>The row that has the key now.</returns>
    public int Add(int row)
    {
        if ((Count + 1) * 2 > _mask)
            Grow();
        ref int slot = ref _slots[SlotOf(KeyOf(row))];
        if (slot == 0)
        {
            slot = row + 1;
            Count++;
        }

        return slot - 1;
    }

    public void Dispose()
    {
        if (_slots.Length > 0)
            ArrayPool<int>.Shared.Return(_slots);
        _slots = [];
        Count = 0;
    }

    private ulong KeyOf(int row)
    {
        ref readonly SocketRow one = ref rows.ItemRef(row);
        return byInode ? one.Inode : one.Cookie;
    }

    private int SlotOf(ulong key)
    {
        int slot = (int)((key * 0x9E3779B97F4A7C15) >> 32) & _mask;
        while (_slots[slot] != 0 && KeyOf(_slots[slot] - 1) != key)
            slot = (slot + 1) & _mask;
        return slot;
    }

    private void Grow()
    {
        int[] old = _slots;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(MinSlots, (Count + 1) * 4));
        _slots = ArrayPool<int>.Shared.Rent(size);
        Array.Clear(_slots, 0, size);
        int oldSize = old.Length == 0 ? 0 : _mask + 1;
        _mask = size - 1;
        for (int i = 0; i < oldSize; i++)
        {
            if (old[i] != 0)
                _slots[SlotOf(KeyOf(old[i] - 1))] = old[i];
        }

        if (old.Length > 0)
            ArrayPool<int>.Shared.Return(old);
    }
}
