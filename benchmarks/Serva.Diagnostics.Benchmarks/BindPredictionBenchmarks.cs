using System;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>
/// Predictions on a host with many sockets, of which two are on the port that is asked for: they grow with those, not
/// with the table. A free port and a held one, always the same and each time another.
/// </summary>
[MemoryDiagnoser]
public class BindPredictionBenchmarks
{
    private const int HeldPorts = 500;
    private BindPredictor _predictor = null!;
    private BindRequest _free = null!;
    private BindRequest[] _held = null!;
    private int _next;

    [Params(1_000, 1_000_000)]
    public int Sockets { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var rows = new List<SocketRow>(Sockets);
        for (int i = 0; i < HeldPorts; i++)
        {
            rows.Add(Row(NetAddress.Parse("127.0.0.1"), 1024 + i, TcpState.Listen));
            rows.Add(Row(NetAddress.Parse("10.0.0.1"), 1024 + i, TcpState.Listen));
        }

        // The rest are connections of a busy proxy, on other ports.
        for (int i = rows.Count; i < Sockets; i++)
            rows.Add(Row(NetAddress.FromIPv4(0x0A000001u + (uint)(i / 50_000)), 10_000 + (i % 50_000), TcpState.Established));
        _predictor = new BindPredictor(new HostSnapshot
        {
            CapturedAt = DateTimeOffset.UnixEpoch,
            Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 12) },
            Identity = new Identity { UserId = 0, Capabilities = ulong.MaxValue },
            Sockets = Table.Complete(rows, "generated"),
            Addresses = Table.Complete<AddressRow>([], "generated"),
            Settings = Table.Complete<SettingRow>([], "generated"),
        });
        _free = BindRequest.Parse("tcp/0.0.0.0:9999");
        _held = new BindRequest[HeldPorts];
        for (int i = 0; i < HeldPorts; i++)
            _held[i] = BindRequest.Parse($"tcp/0.0.0.0:{1024 + i}");
    }

    [Benchmark]
    public BindPrediction Free() => _predictor.Predict(_free);

    [Benchmark]
    public BindPrediction Held() => _predictor.Predict(_held[7]);

    [Benchmark]
    public BindPrediction HeldElsewhereEachTime() => _predictor.Predict(_held[_next = (_next + 37) % HeldPorts]);

    private static SocketRow Row(NetAddress address, int port, TcpState state) => new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Create(address, port),
        Remote = state == TcpState.Listen ? null : NetEndpoint.Create(address, 443),
        State = state,
        UserId = 1000,
    };
}
