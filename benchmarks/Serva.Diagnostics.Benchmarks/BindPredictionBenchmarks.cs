using System;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>One prediction on a host with many sockets: it grows with the sockets on the port, not with the table.</summary>
[MemoryDiagnoser]
public class BindPredictionBenchmarks
{
    private BindPredictor _predictor = null!;
    private BindRequest _request = null!;

    [Params(1_000, 100_000)]
    public int Sockets { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var rows = new List<SocketRow>(Sockets);
        for (int i = 0; i < Sockets; i++)
        {
            rows.Add(new SocketRow
            {
                Protocol = TransportProtocol.Tcp,
                Local = NetEndpoint.Create(NetAddress.FromIPv4(0x0A000001u + (uint)(i / 60_000)), 1024 + (i % 60_000)),
                State = TcpState.Listen,
                UserId = 1000,
            });
        }

        _predictor = new BindPredictor(new HostSnapshot
        {
            CapturedAt = DateTimeOffset.UnixEpoch,
            Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 12) },
            Sockets = Table.Complete(rows, "generated"),
            Addresses = Table.Complete<AddressRow>([], "generated"),
            Settings = Table.Complete<SettingRow>([], "generated"),
        });
        _request = BindRequest.Parse("tcp/0.0.0.0:8080");
    }

    [Benchmark]
    public BindPrediction Predict() => _predictor.Predict(_request);
}
