using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.LiveTests.Cli;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

[Trait("System", "Linux")]
public class SocketWatchTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    [Fact(Timeout = 120_000)]
    [Trait("Privilege", "Any")]
    public async Task Watch_ScriptOfFiftyEvents_NoneIsMissed()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var script = new SocketScript();
        SocketQuery query = script.Query;
        var seen = new ConcurrentQueue<string>();
        var watch = Task.Run(
            async () =>
            {
                await foreach (SocketChange change in SocketTable.WatchAsync(query, s_interval, stop.Token))
                {
                    if (script.IsAbout(change))
                        seen.Enqueue(SocketScript.Describe(change));
                }
            },
            CancellationToken.None);

        // The script's own mark shows that the watch has begun.
        while (seen.IsEmpty)
            await Task.Delay(5, TestContext.Current.CancellationToken);

        // The next event comes as soon as the one before was seen, whatever else the machine has to do.
        var clock = Stopwatch.StartNew();
        var longest = TimeSpan.Zero;
        foreach (Action step in script.Steps)
        {
            int before = seen.Count;
            TimeSpan began = clock.Elapsed;
            step();
            while (seen.Count == before && clock.Elapsed - began < TimeSpan.FromSeconds(5))
                await Task.Delay(5, TestContext.Current.CancellationToken);
            longest = clock.Elapsed - began > longest ? clock.Elapsed - began : longest;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"seen after {longest.TotalMilliseconds:0} ms at the latest");
        await Task.Delay(3 * s_interval, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);

        Assert.Equal(50, script.Steps.Count);
        Assert.Equal(script.Expected, seen);
    }

    [Fact(Timeout = 60_000)]
    [Trait("Privilege", "Any")]
    public async Task Watch_OwnListener_PresentWithItsOwner()
    {
        using Socket listener = Listen(SocketHolder.FreePort());
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        await foreach (SocketChange change in SocketTable.WatchAsync(SocketQuery.Listening(port), s_interval, TestContext.Current.CancellationToken))
        {
            Assert.Equal(SocketChangeKind.Present, change.Kind);
            Assert.Equal(Environment.ProcessId, Assert.Single(change.Row!.Value.Owners).ProcessId);
            Assert.InRange(change.At, DateTimeOffset.UtcNow.AddSeconds(-30), DateTimeOffset.UtcNow.AddSeconds(1));
            break;
        }
    }

    [Fact(Timeout = 60_000)]
    [Trait("Privilege", "Any")]
    public async Task WaitUntilFree_ListenerThatCloses_ReturnsAfterwards()
    {
        using Socket listener = Listen(SocketHolder.FreePort());
        SocketQuery query = SocketQuery.ForPort(((IPEndPoint)listener.LocalEndPoint!).Port) with { Protocol = TransportProtocol.Tcp };

        Task free = SocketTable.WaitUntilFreeAsync(query, TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        await Task.Delay(s_interval, TestContext.Current.CancellationToken);
        Assert.False(free.IsCompleted);
        listener.Dispose();
        await free;

        Assert.Empty(SocketTable.Read(query, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    [Trait("Privilege", "Any")]
    public async Task WaitUntilFree_TimeWait_CountsUnlessOnlyListenersDo()
    {
        int port = SocketHolder.FreePort();
        using (Socket listener = Listen(port))
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            // The side that closes first keeps the TIME_WAIT: here the one with the port.
            using (Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken))
                accepted.Shutdown(SocketShutdown.Send);
            client.Receive(new byte[1]);
        }

        using var patience = new CancellationTokenSource(1000);
        await SocketTable.WaitUntilFreeAsync(SocketQuery.Listening(port), TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SocketTable.WaitUntilFreeAsync(SocketQuery.ForPort(port), TimeSpan.FromMilliseconds(20), patience.Token));
        Assert.Contains(SocketTable.Read(SocketQuery.ForPort(port), TestContext.Current.CancellationToken), row => row.State == TcpState.TimeWait);
    }

    [Fact(Timeout = 120_000)]
    [Trait("Privilege", "Root")]
    public async Task Watch_InANamespaceOfItsOwn_NothingHappensAndNothingIsSaid()
    {
        if (!PrivateNamespace.Enter(typeof(SocketWatchTests)))
            return;
        Tool.Run("ip", "link", "set", "lo", "up");
        using Socket listener = Listen(22_000), other = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.IPv6Any, 22_001));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, 22_000, TestContext.Current.CancellationToken);
        using Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(6));
        var seen = new List<SocketChange>();

        // Data that waits is no change; owners are read three times.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SocketChange change in SocketTable.WatchAsync(null, TimeSpan.FromMilliseconds(20), stop.Token))
            {
                seen.Add(change);
                client.Send([1, 2, 3]);
            }
        });

        Assert.Equal(Enumerable.Repeat(SocketChangeKind.Present, 4), seen.Select(change => change.Kind));
        Assert.All(seen, change => Assert.Equal(Environment.ProcessId, Assert.Single(change.Row!.Value.Owners).ProcessId));
    }

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        return socket;
    }

    /// <summary>Ten ports, each with five events.</summary>
    private sealed class SocketScript : IDisposable
    {
        private readonly HashSet<int> _ports = [];

        private readonly Socket _mark;

        public SocketScript()
        {
            int port = Next();
            _mark = Listen(port);
            Expected.Add(Line("Present", "Tcp", port, "Listen")());
            for (int i = 0; i < 5; i++)
            {
                AddTcp();
                AddUdp();
            }
        }

        public List<string> Expected { get; } = [];

        public List<Action> Steps { get; } = [];

        public SocketQuery Query => SocketQuery.All with { FirstPort = _ports.Min(), LastPort = _ports.Max() };

        /// <summary>Other tests may have ports between those of the script.</summary>
        public bool IsAbout(SocketChange change) => change.Row is not { } row || _ports.Contains(row.Local.Port);

        public static string Describe(SocketChange change) =>
            $"{change.Kind} {change.Row?.Protocol} {change.Row?.Local.Port} {change.Row?.State} {change.Row?.Remote} {string.Join(',', change.Row?.Owners.Select(owner => owner.ProcessId) ?? [])}";

        public void Dispose() => _mark.Dispose();

        // Bound, listening, with a connection, without it, closed. Five events of two sockets.
        private void AddTcp()
        {
            int port = Next();
            Socket? listener = null, client = null, server = null;
            Add(
                () =>
                {
                    listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
                },
                Line("Appeared", "Tcp", port, "Closed"));
            Add(() => listener!.Listen(), Line("Changed", "Tcp", port, "Listen"));
            int from = 0;
            Add(
                () =>
                {
                    client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    client.Connect(IPAddress.Loopback, port);
                    from = ((IPEndPoint)client.LocalEndPoint!).Port;
                    server = listener!.Accept();
                },
                () => Line("Appeared", "Tcp", port, "Established", $"127.0.0.1:{from}")());
            Add(
                () =>
                {
                    // A reset: no TIME_WAIT is left.
                    client!.LingerState = new LingerOption(true, 0);
                    client.Dispose();
                    server!.Dispose();
                },
                () => Line("Gone", "Tcp", port, "Established", $"127.0.0.1:{from}")());
            Add(() => listener!.Dispose(), Line("Gone", "Tcp", port, "Listen"));
        }

        // Bound, connected to three peers in turn, closed.
        private void AddUdp()
        {
            int port = Next();
            Socket? socket = null;
            Add(
                () =>
                {
                    socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                    socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                },
                Line("Appeared", "Udp", port, ""));
            for (int peer = 1; peer <= 3; peer++)
            {
                int to = peer;
                Add(() => socket!.Connect(IPAddress.Loopback, to), Line("Changed", "Udp", port, "", $"127.0.0.1:{to}"));
            }

            Add(() => socket!.Dispose(), Line("Gone", "Udp", port, "", "127.0.0.1:3"));
        }

        private static Func<string> Line(string kind, string protocol, int port, string state, string remote = "") =>
            () => $"{kind} {protocol} {port} {state} {remote} {Environment.ProcessId}";

        private void Add(Action step, Func<string> expected) => Steps.Add(() =>
        {
            step();
            Expected.Add(expected());
        });

        private int Next()
        {
            int port = SocketHolder.FreePort();
            _ports.Add(port);
            return port;
        }
    }
}
