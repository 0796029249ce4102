using System;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>Route questions on a host with twelve routes: with reasons, and without.</summary>
[MemoryDiagnoser]
public class RouteSelectionBenchmarks
{
    private readonly RouteSelector _selector = new(SmallHost.Create());
    private Flow _flow = null!;
    private FlowKey _key;

    [Params("192.0.2.77", "192.0.2.77 from 10.2.0.5", "10.1.0.5", "2001:db8:f::1", "2001:db8:f::1 from 2001:db8:2::5")]
    public string Question { get; set; } = "";

    [GlobalSetup]
    public void Parse()
    {
        _flow = Flow.Parse(Question);
        _key = new FlowKey { Destination = _flow.Destination, Source = _flow.Source ?? default };
        if (!_selector.TrySelect(_key, out _))
            throw new InvalidOperationException(Question);
    }

    [Benchmark(Baseline = true)]
    public RouteDecision Select() => _selector.Select(_flow);

    [Benchmark]
    public RouteResult TrySelect() => _selector.TrySelect(_key, out RouteResult result) ? result : default;
}
