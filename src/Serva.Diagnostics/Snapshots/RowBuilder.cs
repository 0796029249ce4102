using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Rows that are still gathered.</summary>
/// <remarks>
/// The framework's collections of our structs have no code before a program runs, because ahead of time only an assembly's own
/// generic types can be compiled for them: a command that asks for one port would compile for longer than it reads.
/// </remarks>
internal sealed class RowBuilder<T>(int capacity = 0) : IReadOnlyList<T>
{
    private const int MinCapacity = 8;

    private T[] _items = new T[capacity];
    private int _count;

    /// <summary>How many rows there are. Those that a smaller number cuts off are forgotten, those that a larger one adds are default.</summary>
    public int Count
    {
        get => _count;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value < _count)
                Array.Clear(_items, value, _count - value);
            Reserve(value);
            _count = value;
        }
    }

    public int Capacity => _items.Length;

    public T this[int index]
    {
        get => ItemRef(index);
        set
        {
            CheckIndex(index);
            _items[index] = value;
        }
    }

    /// <summary>A row where it lies, until more are added.</summary>
    public ref readonly T ItemRef(int index)
    {
        CheckIndex(index);
        return ref _items[index];
    }

    public void Add(T item)
    {
        Reserve(_count + 1);
        _items[_count++] = item;
    }

    public void AddRange(RowBuilder<T> items)
    {
        Reserve(_count + items._count);
        Array.Copy(items._items, 0, _items, _count, items._count);
        _count += items._count;
    }

    public void AddRange(IEnumerable<T> items)
    {
        foreach (T item in items)
            Add(item);
    }

    public void RemoveAll(Predicate<T> match)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (!match(_items[i]))
                _items[kept++] = _items[i];
        }

        Count = kept;
    }

    /// <summary>Forgets the rows and keeps the room.</summary>
    public void Clear() => Count = 0;

    public T[] ToArray()
    {
        var rows = new T[_count];
        Array.Copy(_items, rows, _count);
        return rows;
    }

    /// <summary>The rows, without a copy where they fill the room; none are left.</summary>
    public T[] DrainToArray()
    {
        T[] rows = _count == _items.Length ? _items : ToArray();
        _items = new T[capacity];
        _count = 0;
        return rows;
    }

    public ImmutableArray<T> ToImmutable() => ImmutableCollectionsMarshal.AsImmutableArray(ToArray());

    public ImmutableArray<T> DrainToImmutable() => ImmutableCollectionsMarshal.AsImmutableArray(DrainToArray());

    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < _count; i++)
            yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)_count)
            throw new ArgumentOutOfRangeException(nameof(index));
    }

    public void Reserve(int count)
    {
        if (count <= _items.Length)
            return;
        T[] old = _items;
        _items = new T[Math.Max(count, Math.Max(MinCapacity, (int)Math.Min((uint)old.Length * 2, (uint)Array.MaxLength)))];
        Array.Copy(old, _items, _count);
    }
}
