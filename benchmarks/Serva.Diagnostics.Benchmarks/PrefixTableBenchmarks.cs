using System;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>Full routing tables: built, and asked for a million addresses per operation.</summary>
[MemoryDiagnoser]
public class PrefixTableBenchmarks
{
    private readonly NetAddress[] _addresses = new NetAddress[1_000_000];
    private readonly int[] _found = new int[1_000_000];
    private NetPrefix[] _prefixes = [];
    private int[] _values = [];
    private PrefixTable<int> _table = new([], []);

    [Params(4, 6)]
    public int Version { get; set; }

    [GlobalSetup]
    public void Generate()
    {
        var random = new Random(1);
        _prefixes = Version == 4 ? FullTable.IPv4(1_000_000, random) : FullTable.IPv6(200_000, random);
        _values = new int[_prefixes.Length];
        for (int i = 0; i < _values.Length; i++)
            _values[i] = i;
        _table = new PrefixTable<int>(_prefixes, _values);
        for (int i = 0; i < _addresses.Length; i++)
        {
            _addresses[i] = Version == 4
                ? NetAddress.FromIPv4((uint)random.NextInt64(1L << 32))
                : FullTable.AddressIn(_prefixes[random.Next(_prefixes.Length)], random);
        }
    }

    [Benchmark]
    public PrefixTable<int> Build() => new(_prefixes, _values);

    [Benchmark(OperationsPerInvoke = 1_000_000)]
    public long Find()
    {
        long sum = 0;
        foreach (NetAddress address in _addresses)
        {
            if (_table.TryFind(address, out int value))
                sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = 1_000_000)]
    public int FindAll() => _table.FindAll(_addresses, _found, -1);

    [Benchmark(OperationsPerInvoke = 1_000_000)]
    public long FindWithPrefix()
    {
        long sum = 0;
        foreach (NetAddress address in _addresses)
        {
            if (_table.TryFind(address, out NetPrefix prefix, out int value))
                sum += value + prefix.Length;
        }

        return sum;
    }
}
