using System;
using System.Diagnostics.CodeAnalysis;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Values by number; any number may be a key. It is our own for the reason of <see cref="RowBuilder{T}"/>.</summary>
/// <remarks>Open addressing, at most half full. For numbers that the system gave out: nobody may choose them so that they collide.</remarks>
internal sealed class NumberMap<TValue>
{
    private const int MinSlots = 4;

    private Slot[] _slots = new Slot[MinSlots];

    public int Count { get; private set; }

    public TValue this[ulong key]
    {
        set
        {
            ref Slot slot = ref Claim(key, out _);
            slot.Value = value;
        }
    }

    public bool TryGetValue(ulong key, [MaybeNullWhen(false)] out TValue value)
    {
        ref Slot slot = ref _slots[IndexOf(_slots, key)];
        value = slot.Value;
        return slot.IsTaken;
    }

    /// <summary>Adds a value, unless the key has one.</summary>
    public bool TryAdd(ulong key, TValue value)
    {
        ref Slot slot = ref Claim(key, out bool isNew);
        if (isNew)
            slot.Value = value;
        return isNew;
    }

    /// <summary>Forgets the values and keeps the room.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    private ref Slot Claim(ulong key, out bool isNew)
    {
        if ((Count + 1) * 2 > _slots.Length)
            Grow();
        ref Slot slot = ref _slots[IndexOf(_slots, key)];
        isNew = !slot.IsTaken;
        if (isNew)
        {
            slot.IsTaken = true;
            slot.Key = key;
            Count++;
        }

        return ref slot;
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].IsTaken)
                larger[IndexOf(larger, _slots[i].Key)] = _slots[i];
        }

        _slots = larger;
    }

    // Multiplying by 2^64 over the golden ratio spreads numbers that follow each other.
    private static int IndexOf(Slot[] slots, ulong key)
    {
        int mask = slots.Length - 1;
        int index = (int)((key * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (slots[index].IsTaken && slots[index].Key != key)
            index = (index + 1) & mask;
        return index;
    }

    private struct Slot
    {
        public ulong Key;
        public TValue Value;
        public bool IsTaken;
    }
}
