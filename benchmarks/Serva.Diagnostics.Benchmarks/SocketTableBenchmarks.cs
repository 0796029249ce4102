using System;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>
/// Each kind of question about the sockets of this machine, beside what the framework offers. For a busy machine see
/// <c>benchmarks/peers/sockets</c>.
/// </summary>
[MemoryDiagnoser]
public class SocketTableBenchmarks : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private NetEndpoint _local;

    [GlobalSetup]
    public void Setup()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _local = NetEndpoint.FromIPEndPoint((IPEndPoint)_listener.LocalEndPoint!);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _listener.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public int FrameworkListeners()
    {
        IPGlobalProperties properties = IPGlobalProperties.GetIPGlobalProperties();
        return properties.GetActiveTcpListeners().Length + properties.GetActiveUdpListeners().Length;
    }

    [Benchmark]
    public int RowsWithoutOwners() => SocketTable.Read(SocketQuery.All with { Owners = OwnerSearch.None }).Count;

    [Benchmark]
    public int RowsWithFirstOwners() => SocketTable.Read(SocketQuery.All with { Owners = OwnerSearch.First }).Count;

    [Benchmark]
    public int RowsWithOwners() => SocketTable.Read().Count;

    [Benchmark]
    public int ListenersWithoutOwners() => SocketTable.Read(SocketQuery.Listening() with { Owners = OwnerSearch.None }).Count;

    [Benchmark]
    public int OnePortWithOwners() => SocketTable.Read(SocketQuery.Listening(_local.Port)).Count;

    [Benchmark]
    public int OnePortWithFirstOwner() => SocketTable.Read(SocketQuery.Listening(_local.Port) with { Owners = OwnerSearch.First }).Count;

    [Benchmark]
    public int OneProtocolPortAndAddress() => SocketTable.Read(SocketQuery.Listening(_local.Port) with
    {
        Protocol = TransportProtocol.Tcp,
        LocalPrefix = NetPrefix.Create(_local.Address, 32),
        Owners = OwnerSearch.First,
    }).Count;

    [Benchmark]
    public int RangeOfPortsAndStates() => SocketTable.Read(new SocketQuery
    {
        FirstPort = 1024,
        States = [TcpState.Listen, TcpState.TimeWait],
        Owners = OwnerSearch.None,
    }).Count;

    [Benchmark]
    public int OneProcess() => SocketTable.Read(new SocketQuery { ProcessId = Environment.ProcessId, Owners = OwnerSearch.First }).Count;

    [Benchmark]
    public int FindListener() => SocketTable.FindListener(_local)!.Value.Owners.Length;
}
