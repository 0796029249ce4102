using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Capture;

public sealed class SocketWatchTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(-1)]
    [InlineData(86_400_001)]
    public void Watch_IntervalThatNobodyCanKeep_RefusedAtOnce(int milliseconds)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(milliseconds);

        var watch = Assert.Throws<ArgumentOutOfRangeException>(() => { _ = SocketTable.WatchAsync(null, interval, Cancelled); });
        var wait = Assert.Throws<ArgumentOutOfRangeException>(() => { _ = SocketTable.WaitUntilFreeAsync(SocketQuery.Listening(80), interval, Cancelled); });

        Assert.Equal(("interval", "interval"), (watch.ParamName, wait.ParamName));
        Assert.StartsWith("The interval between two readings is from 10 milliseconds to 1 day.", watch.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_NothingHappens_OwnersOnlyEveryTwoSeconds()
    {
        var queries = new List<SocketQuery>();
        var time = new SkippingTime();
        var watch = new SocketWatch((query, _) => Read(queries, query, queries.Count == 46 ? [] : [Listener(80)]), time);

        await TakeAsync(watch, SocketQuery.All, 2);

        // Begins with owners at 0, 2, 4, 6 and 8 seconds.
        Assert.Equal([0, 10, 20, 30, 40], queries.Index().Where(pair => pair.Item.Owners != OwnerSearch.None).Select(pair => pair.Index));
        Assert.Equal(46 * s_interval, time.Elapsed);
    }

    [Fact]
    public async Task Changes_SocketsAppear_OwnersOfTheirPortsAreRead()
    {
        var queries = new List<SocketQuery>();
        var watch = new SocketWatch((query, _) => Read(queries, query, queries.Count == 0 ? [Listener(80)] : [Listener(80), Listener(443), Listener(90)]), new SkippingTime());

        List<SocketChange> changes = await TakeAsync(watch, new SocketQuery { Protocol = TransportProtocol.Tcp }, 3);

        Assert.Equal([SocketChangeKind.Present, SocketChangeKind.Appeared, SocketChangeKind.Appeared], changes.Select(change => change.Kind));
        Assert.All(changes, change => Assert.Equal(change.Row!.Value.Local.Port, Assert.Single(change.Row!.Value.Owners).ProcessId));
        Assert.Equal(
            [(true, null, null), (false, null, null), (true, 90, 443)],
            queries.Select(query => (query.Owners != OwnerSearch.None, query.FirstPort, query.LastPort)));
        Assert.All(queries, query => Assert.Equal(TransportProtocol.Tcp, query.Protocol));
    }

    [Fact]
    public async Task Changes_OwnersNotWanted_NeverRead()
    {
        var queries = new List<SocketQuery>();
        var watch = new SocketWatch((query, _) => Read(queries, query, [.. Enumerable.Range(0, queries.Count).Select(Listener)]), new SkippingTime());

        List<SocketChange> changes = await TakeAsync(watch, new SocketQuery { Owners = OwnerSearch.None }, 20);

        Assert.DoesNotContain(queries, query => query.Owners != OwnerSearch.None);
        Assert.All(changes, change => Assert.Equal(OwnerGap.NotRequested, change.Row!.Value.OwnerMissingBecause));
    }

    [Fact]
    public async Task Changes_OfOneProcess_OwnersEachTime()
    {
        var queries = new List<SocketQuery>();
        var watch = new SocketWatch((query, _) => Read(queries, query, [.. Enumerable.Range(0, queries.Count).Select(Listener)]), new SkippingTime());

        await TakeAsync(watch, new SocketQuery { ProcessId = 1 }, 20);

        Assert.Equal(21, queries.Count);
        Assert.DoesNotContain(queries, query => query.Owners == OwnerSearch.None);
    }

    [Fact(Timeout = 60_000)]
    public async Task Changes_CancelledWhileWaiting_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        var watch = new SocketWatch((query, _) => Read([], query, [Listener(80)]), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SocketChange _ in watch.ChangesAsync(SocketQuery.All, TimeSpan.FromDays(1), stop.Token))
                stop.CancelAfter(50);
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task Changes_CancelledWhileReading_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource(50);
        var watch = new SocketWatch(
            (_, cancelled) =>
            {
                cancelled.WaitHandle.WaitOne();
                cancelled.ThrowIfCancellationRequested();
                return Table.Complete<SocketRow>([], "test");
            },
            TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SocketChange _ in watch.ChangesAsync(SocketQuery.All, s_interval, stop.Token))
                Assert.Fail("nothing was read");
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task Changes_CancelledAmongMany_TakesNoMore()
    {
        using var stop = new CancellationTokenSource();
        var watch = new SocketWatch((query, _) => Read([], query, [.. Enumerable.Range(0, 60_000).Select(Listener)]), TimeProvider.System);
        int taken = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SocketChange _ in watch.ChangesAsync(SocketQuery.All, s_interval, stop.Token))
            {
                if (++taken == 10)
                    await stop.CancelAsync();
            }
        });

        Assert.Equal(10, taken);
    }

    [Fact]
    public async Task Changes_ManyReadings_EarlierOnesAreNotKept()
    {
        var tables = new List<WeakReference>();
        var watch = new SocketWatch(
            (query, _) =>
            {
                Table<SocketRow> table = Read([], query, [.. Enumerable.Range(tables.Count, 50).Select(Listener)]);
                tables.Add(new WeakReference(table));
                return table;
            },
            new SkippingTime());
        int changes = 0, most = 0;

        await foreach (SocketChange change in watch.ChangesAsync(SocketQuery.All, s_interval, Cancelled))
        {
            changes++;
            if (changes % 100 != 0)
                continue;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            most = Math.Max(most, tables.Count(table => table.IsAlive));
            if (tables.Count > 300)
                break;
        }

        // The last reading, the one before, and the owners of the last.
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public async Task WaitUntilFree_SocketGoes_ReturnsWhenEverythingWasSeen()
    {
        Table<SocketRow>[] story =
        [
            Table.Complete([Listener(80)], "test"),
            Table.Unavailable<SocketRow>("test", "no right"),
            Table.Partial<SocketRow>([], "test", new TableGap { Part = "tcp6", Reason = "timed out" }),
            Table.Partial<SocketRow>([], "test", new TableGap { Part = "udp", Reason = "timed out" }),
            Table.Complete<SocketRow>([], "test"),
        ];
        var queries = new List<SocketQuery>();
        var time = new SkippingTime();
        var watch = new SocketWatch(
            (query, _) =>
            {
                queries.Add(query);
                return story[queries.Count - 1];
            },
            time);

        await watch.WaitUntilFreeAsync(SocketQuery.Listening(80) with { Protocol = TransportProtocol.Tcp }, s_interval, Cancelled);

        Assert.Equal(4, queries.Count);
        Assert.DoesNotContain(queries, query => query.Owners != OwnerSearch.None);
        Assert.Equal(3 * s_interval, time.Elapsed);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitUntilFree_NeverFree_CanBeCancelled()
    {
        using var stop = new CancellationTokenSource(50);
        var watch = new SocketWatch((query, _) => Read([], query, [Listener(80)]), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.WaitUntilFreeAsync(SocketQuery.Listening(80), TimeSpan.FromDays(1), stop.Token));
    }

    private static async Task<List<SocketChange>> TakeAsync(SocketWatch watch, SocketQuery query, int count)
    {
        var changes = new List<SocketChange>();
        await foreach (SocketChange change in watch.ChangesAsync(query, s_interval, Cancelled))
        {
            changes.Add(change);
            if (changes.Count == count)
                break;
        }

        return changes;
    }

    private static Table<SocketRow> Read(List<SocketQuery> queries, SocketQuery query, SocketRow[] rows)
    {
        queries.Add(query);
        return Table.Complete(query.Owners != OwnerSearch.None ? rows : rows.Select(row => row with { Owners = [], OwnerMissingBecause = OwnerGap.NotRequested }), "test");
    }

    private static SocketRow Listener(int port) => new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Create(NetAddress.AnyIPv4, port),
        State = TcpState.Listen,
        Cookie = (ulong)port + 1,
        Inode = (ulong)port + 1,
        Owners = [new ProcessRow { ProcessId = port }],
    };

    /// <summary>A clock on which every wait is over at once, and took as long as it was to.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        private long _ticks;

        public TimeSpan Elapsed => TimeSpan.FromTicks(_ticks);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2024, 5, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(_ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Add(ref _ticks, dueTime.Ticks);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return new Fired();
        }

        private sealed class Fired : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
