using System.Net;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>Endpoint text to a value, beside the framework's.</summary>
[MemoryDiagnoser]
public class EndpointBenchmarks
{
    [Params("192.168.1.5:69", "[2001:db8::1]:443")]
    public string Text { get; set; } = "";

    [Benchmark(Baseline = true)]
    public bool Framework() => IPEndPoint.TryParse(Text, out _);

    [Benchmark]
    public bool NetEndpointTryParse() => NetEndpoint.TryParse(Text, out _);
}
