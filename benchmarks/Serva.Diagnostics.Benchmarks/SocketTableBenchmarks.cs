using System.Net.NetworkInformation;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>The socket table of this machine, beside what the framework offers.</summary>
[MemoryDiagnoser]
public class SocketTableBenchmarks
{
    [Benchmark(Baseline = true)]
    public int FrameworkListeners()
    {
        IPGlobalProperties properties = IPGlobalProperties.GetIPGlobalProperties();
        return properties.GetActiveTcpListeners().Length + properties.GetActiveUdpListeners().Length;
    }

    [Benchmark]
    public int RowsWithoutOwners() => SocketTable.Read(SocketQuery.All with { Owners = OwnerSearch.None }).Count;

    [Benchmark]
    public int RowsWithOwners() => SocketTable.Read().Count;

    [Benchmark]
    public int OnePortWithOwner() => SocketTable.Read(SocketQuery.Listening(53)).Count;
}
