using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Snapshots;

/// <summary>Values by number: as a dictionary keeps them.</summary>
public sealed class NumberMapTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 3000)]
    [InlineData(3, int.MaxValue)]
    public void AnyOperations_HaveTheValuesOfADictionary(int seed, int keys)
    {
        var random = new Random(seed);
        var expected = new Dictionary<ulong, string>();
        var map = new NumberMap<string>();
        for (int i = 0; i < 20_000; i++)
        {
            // Neighbors, and numbers that differ in their upper half alone.
            ulong key = (ulong)random.Next(keys) << (random.Next(2) * 32);
            string value = $"{i}";
            switch (random.Next(3))
            {
                case 0:
                    expected[key] = map[key] = value;
                    break;
                case 1:
                    Assert.Equal(expected.TryAdd(key, value), map.TryAdd(key, value));
                    break;
                default:
                    Assert.Equal(expected.TryGetValue(key, out string? known), map.TryGetValue(key, out string? found));
                    Assert.Equal(known, found);
                    break;
            }

            Assert.Equal(expected.Count, map.Count);
        }

        foreach ((ulong key, string value) in expected)
        {
            Assert.True(map.TryGetValue(key, out string? found));
            Assert.Equal(value, found);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ulong.MaxValue)]
    public void AnyKey_IsThereOnceItWasAdded(ulong key)
    {
        var map = new NumberMap<int>();
        Assert.False(map.TryGetValue(key, out _));

        map[key] = 7;

        Assert.True(map.TryGetValue(key, out int value));
        Assert.Equal(7, value);
        Assert.False(map.TryAdd(key, 8));
        Assert.Equal(1, map.Count);
    }

    [Fact]
    public void Clear_ForgetsEverything()
    {
        var map = new NumberMap<int>();
        for (ulong key = 0; key < 100; key++)
            map[key] = 1;

        map.Clear();

        Assert.Equal(0, map.Count);
        for (ulong key = 0; key < 100; key++)
            Assert.False(map.TryGetValue(key, out _));
        Assert.True(map.TryAdd(5, 2));
    }
}
