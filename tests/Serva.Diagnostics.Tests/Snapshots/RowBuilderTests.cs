using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Snapshots;

/// <summary>Rows that are gathered: as a list gathers them.</summary>
public sealed class RowBuilderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AnyOperations_HaveTheRowsOfAList(int seed)
    {
        var random = new Random(seed);
        var expected = new List<long>();
        var rows = new RowBuilder<long>();
        for (int i = 0; i < 5000; i++)
        {
            long value = random.Next();
            switch (random.Next(12))
            {
                case < 6:
                    expected.Add(value);
                    rows.Add(value);
                    break;
                case 6 when expected.Count > 0:
                    int at = random.Next(expected.Count);
                    expected[at] = value;
                    rows[at] = value;
                    break;
                case 7:
                    long[] more = [.. Enumerable.Range(0, random.Next(20)).Select(number => value + number)];
                    expected.AddRange(more);
                    rows.AddRange(more);
                    break;
                case 8:
                    RowBuilder<long> other = Of([.. Enumerable.Repeat(value, random.Next(20))]);
                    expected.AddRange(other);
                    rows.AddRange(other);
                    break;
                case 9:
                    int count = random.Next(expected.Count + 5);
                    expected = [.. expected.Take(count), .. Enumerable.Repeat(0L, Math.Max(0, count - expected.Count))];
                    rows.Count = count;
                    break;
                case 10:
                    expected.RemoveAll(one => one % 7 == 0);
                    rows.RemoveAll(one => one % 7 == 0);
                    break;
                case 11 when random.Next(50) == 0:
                    Assert.Equal(expected, rows.DrainToImmutable());
                    expected.Clear();
                    break;
            }

            Assert.Equal(expected.Count, rows.Count);
            if (expected.Count > 0)
                Assert.Equal(expected[^1], rows.ItemRef(rows.Count - 1));
        }

        Assert.Equal(expected, rows);
        Assert.Equal(expected, rows.ToImmutable());
        Assert.Equal(expected, rows.ToArray());
    }

    [Fact]
    public void Index_BehindTheLastRow_IsRefused()
    {
        RowBuilder<int> rows = Of(1, 2, 3);
        rows.Count = 2;

        Assert.Throws<ArgumentOutOfRangeException>(() => rows[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.ItemRef(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[-1] = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.Count = -1);
    }

    [Fact]
    public void AddRange_OfItself_DoublesTheRows()
    {
        RowBuilder<int> rows = Of(1, 2, 3);

        rows.AddRange(rows);

        Assert.Equal([1, 2, 3, 1, 2, 3], rows);
    }

    [Fact]
    public void DrainToArray_FullRoom_CopiesNothing()
    {
        var rows = new RowBuilder<int>(capacity: 2);
        rows.Add(1);
        rows.Add(2);
        ref readonly int first = ref rows.ItemRef(0);

        int[] drained = rows.DrainToArray();

        Assert.True(Unsafe.AreSame(in first, in drained[0]));
        rows.Add(3);
        Assert.Equal([1, 2], drained);
        Assert.Equal([3], rows);
    }

    [Fact]
    public void ToArray_ChangesLater_StayOut()
    {
        RowBuilder<int> rows = Of(1, 2);
        int[] before = rows.ToArray();

        rows[0] = 9;

        Assert.Equal([1, 2], before);
    }

    [Fact]
    public void Clear_HoldsNoReferenceAndKeepsTheRoom()
    {
        var rows = new RowBuilder<object>();
        WeakReference added = Fill(rows);
        int room = rows.Capacity;

        rows.Clear();

        GC.Collect();
        Assert.False(added.IsAlive);
        Assert.Equal(room, rows.Capacity);
        Assert.Empty(rows);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Fill(RowBuilder<object> rows)
    {
        var one = new object();
        rows.Add(one);
        return new WeakReference(one);
    }

    private static RowBuilder<T> Of<T>(params T[] items)
    {
        var rows = new RowBuilder<T>();
        rows.AddRange(items);
        return rows;
    }
}
