using System;
using System.Net;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>Endpoint text to a value, per corpus and encoding, beside the framework's. 10,000 rows per operation.</summary>
[MemoryDiagnoser]
public class EndpointParseBenchmarks
{
    private EndpointRows _rows = null!;

    [Params(EndpointCorpus.IPv4, EndpointCorpus.FullIPv6, EndpointCorpus.IPv6, EndpointCorpus.Netstat)]
    public EndpointCorpus Corpus { get; set; }

    [GlobalSetup]
    public void Setup() => _rows = EndpointRows.Generate(Corpus);

    [Benchmark(Baseline = true)]
    public int Framework()
    {
        int sum = 0;
        foreach (string row in _rows.Texts)
            sum += IPEndPoint.TryParse(row, out IPEndPoint? endpoint) ? endpoint.Port : 0;
        return sum;
    }

    [Benchmark]
    public int Utf16()
    {
        int sum = 0;
        foreach (string row in _rows.Texts)
            sum += NetEndpoint.TryParse(row, out NetEndpoint endpoint) ? endpoint.Port : 0;
        return sum;
    }

    [Benchmark]
    public int Utf8()
    {
        int sum = 0;
        foreach (byte[] row in _rows.Utf8)
            sum += NetEndpoint.TryParse(row, out NetEndpoint endpoint) ? endpoint.Port : 0;
        return sum;
    }
}

/// <summary>A value to text, per corpus and encoding, beside the framework's. 10,000 rows per operation.</summary>
[MemoryDiagnoser]
public class EndpointFormatBenchmarks
{
    private readonly char[] _chars = new char[64];
    private readonly byte[] _bytes = new byte[64];
    private IPEndPoint[] _framework = [];
    private NetEndpoint[] _endpoints = [];

    [Params(EndpointCorpus.IPv4, EndpointCorpus.FullIPv6, EndpointCorpus.IPv6, EndpointCorpus.Netstat)]
    public EndpointCorpus Corpus { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _framework = Array.ConvertAll(EndpointRows.Generate(Corpus).Texts, IPEndPoint.Parse);
        _endpoints = Array.ConvertAll(_framework, NetEndpoint.FromIPEndPoint);
    }

    [Benchmark(Baseline = true)]
    public int Framework()
    {
        int sum = 0;
        foreach (IPEndPoint endpoint in _framework)
            sum += endpoint.ToString().Length;
        return sum;
    }

    [Benchmark]
    public int Utf16()
    {
        int sum = 0;
        foreach (NetEndpoint endpoint in _endpoints)
            sum += endpoint.TryFormat(_chars, out int written) ? written : 0;
        return sum;
    }

    [Benchmark]
    public int Utf8()
    {
        int sum = 0;
        foreach (NetEndpoint endpoint in _endpoints)
            sum += endpoint.TryFormat(_bytes, out int written) ? written : 0;
        return sum;
    }
}
