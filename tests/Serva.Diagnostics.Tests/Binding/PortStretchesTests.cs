using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>Port ranges asked by port, against a walk over the table.</summary>
public sealed class PortStretchesTests
{
    private static readonly string[] s_binds =
        ["tcp/0.0.0.0:80", "udp/0.0.0.0:69", "tcp/[::]:80", "tcp/[::]:80 --dual-mode", "udp/[::ffff:10.0.0.5]:69 --dual-mode", "udp/[fd00::1]:69"];

    [Fact]
    public void Stretches_AnyRanges_AnswerAsTheTableDoes()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            Table<PortRangeRow> table = Table.Complete(Enumerable.Range(0, random.Next(0, 60)).Select(_ => Range(random)), "test");
            PortRangeIndex index = PortRangeIndex.Of(table);
            foreach (TransportProtocol protocol in (TransportProtocol[])[TransportProtocol.Tcp, TransportProtocol.Udp])
            {
                Check(table, index.Kept(protocol), row => row.Kind is PortRangeKind.Excluded or PortRangeKind.Reserved && Speaks(row, protocol), random);
                Check(table, index.Reserved(protocol), row => row.Kind == PortRangeKind.Reserved && Speaks(row, protocol), random);
                Check(table, index.Excluded(protocol), row => row.Kind == PortRangeKind.Excluded && Speaks(row, protocol), random);
                Check(table, index.Dynamic(protocol), row => row.Kind == PortRangeKind.Dynamic && Speaks(row, protocol), random);
            }

            Check(table, index.Reserved(null), row => row.Kind == PortRangeKind.Reserved, random);
            foreach (BindRequest request in s_binds.Select(BindRequest.Parse))
            {
                Check(table, index.Held(request), row => row is { Kind: PortRangeKind.Excluded, IsAdministered: false } && Serves(row, request), random);
                Check(table, index.Administered(request), row => row is { Kind: PortRangeKind.Excluded, IsAdministered: true } && Serves(row, request), random);
                Check(table, index.Lowered(request), row => row is { Kind: PortRangeKind.Dynamic, First: < 49152 } && Serves(row, request), random);
                PortRangeRow? last = table.LastOrDefault(row => row.Kind == PortRangeKind.Dynamic && Serves(row, request));
                Assert.Equal(last is null ? null : new PortSpan(last.First, last.Last), index.LastDynamic(request));
            }

            PortRangeRow? first = table.FirstOrDefault(row => row.Kind == PortRangeKind.Dynamic);
            Assert.Equal(first is null ? null : new PortSpan(first.First, first.Last), index.FirstDynamic);
        }
    }

    [Theory]
    [InlineData(-5, -1, 0)]
    [InlineData(-5, 0, 1)]
    [InlineData(65535, 70000, 1)]
    [InlineData(70000, 80000, 0)]
    [InlineData(10, 9, 0)]
    [InlineData(int.MinValue, int.MaxValue, 65536)]
    public void Stretches_RangeThatMakesNoSense_HasThePortsThatThereAre(int first, int last, int ports)
    {
        PortStretches stretches = PortRangeIndex.Of(Table.Complete([new PortRangeRow { Kind = PortRangeKind.Reserved, First = first, Last = last }], "test")).Reserved(TransportProtocol.Udp);

        Assert.Equal(ports, stretches.CountIn(new PortSpan(0, 65535)));
    }

    [Fact]
    public void Predict_ManyRangesOverOnePort_OneIsTold()
    {
        HostSnapshot host = Hosts.Windows([]) with
        {
            PortRanges = Table.Complete(Enumerable.Range(0, 1000).Select(i => new PortRangeRow { Kind = PortRangeKind.Excluded, First = 1, Last = 60000 + i, IsAdministered = true }), "test"),
        };

        BindPrediction prediction = new BindPredictor(host).Predict(BindRequest.Parse("tcp/0.0.0.0:80"));

        Assert.Equal(BindOutcome.Success, prediction.Outcome);
        Assert.Contains("1-60000", Assert.Single(prediction.Trace, step => step.Code == BindSteps.ExcludedPort).Text, StringComparison.Ordinal);
    }

    private static void Check(Table<PortRangeRow> table, PortStretches stretches, Func<PortRangeRow, bool> counts, Random random)
    {
        PortRangeRow[] rows = [.. table.Where(counts)];
        for (int tries = 0; tries < 40; tries++)
        {
            int port = tries % 2 == 0 || rows.Length == 0 ? random.Next(0, 65536) : rows[random.Next(rows.Length)].Last + random.Next(-1, 2);
            if (port > 65535)
                continue;
            Assert.Same(rows.FirstOrDefault(row => port >= row.First && port <= row.Last), stretches.At(port));
            Assert.Equal(stretches.At(port) is not null, stretches.Contains(port));
        }

        int low = random.Next(0, 65536), high = Math.Min(65535, low + random.Next(0, 3000));
        Assert.Equal(Enumerable.Range(low, high - low + 1).Count(port => rows.Any(row => port >= row.First && port <= row.Last)), stretches.CountIn(new PortSpan(low, high)));
        HashSet<PortRangeRow> seen = [.. Enumerable.Range(low, high - low + 1).Select(port => rows.FirstOrDefault(row => port >= row.First && port <= row.Last)).OfType<PortRangeRow>()];
        Assert.Equal(seen, stretches.RangesIn(new PortSpan(low, high)).ToHashSet());
    }

    private static bool Speaks(PortRangeRow row, TransportProtocol protocol) => row.Protocol is null || row.Protocol == protocol;

    private static bool Serves(PortRangeRow row, BindRequest request) => Speaks(row, request.Protocol)
        && (row.IsIPv6 is not { } isIPv6
            || (request.Endpoint.Address.IsUnspecified && request.Endpoint.Address.IsIPv6 && request.DualMode)
            || isIPv6 == (request.Endpoint.Address.IsIPv6 && !request.Endpoint.Address.IsIPv4Mapped));

    private static PortRangeRow Range(Random random)
    {
        int first = random.Next(0, 65536);
        return new PortRangeRow
        {
            Kind = (PortRangeKind)random.Next(0, 4),
            Protocol = random.Next(3) switch { 0 => null, 1 => TransportProtocol.Tcp, _ => TransportProtocol.Udp },
            IsIPv6 = random.Next(3) switch { 0 => null, 1 => true, _ => false },
            IsAdministered = random.Next(2) == 0,
            First = first,
            Last = Math.Min(65535, first + random.Next(random.Next(2) == 0 ? 10 : 30000)),
        };
    }
}
