using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public sealed class LinuxSocketTests
{
    private static Table<SocketRow> Read(SocketQuery query) =>
        LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = query }).Sockets;

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static Socket Listener(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(17);
        return socket;
    }

    [Fact]
    public void Read_OwnListener_NamesThisProcess()
    {
        using Socket listener = Listener(IPAddress.Loopback);

        SocketRow row = Assert.Single(Read(SocketQuery.Listening(PortOf(listener))));

        Assert.Equal(NetEndpoint.FromIPEndPoint((IPEndPoint)listener.LocalEndPoint!), row.Local);
        Assert.Equal((TransportProtocol.Tcp, TcpState.Listen, OwnerGap.None), (row.Protocol, row.State, row.OwnerMissingBecause));
        Assert.Null(row.Remote);
        Assert.Equal((0u, 17u), (row.ReceiveQueue, row.SendQueue));
        ProcessRow owner = Assert.Single(row.Owners);
        Assert.Equal((Environment.ProcessId, Environment.ProcessPath), (owner.ProcessId, owner.Path));
        Assert.Equal(Tool.Run("id", "-un").Trim(), owner.User);
        Assert.Equal(Tool.Run("id", "-u").Trim(), row.UserId!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.NotEqual(0ul, row.Cookie);
        Assert.Contains(
            new DirectoryInfo("/proc/self/fd").GetFileSystemInfos(), link => link.LinkTarget == $"socket:[{row.Inode}]");
    }

    /// <summary>The halves that two threads read of a large table: every socket of ours is in one of them, and once in the whole.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [SupportedOSPlatform("linux")]
    public void Read_InHalves_HasEverySocketOnce(bool isIPv6)
    {
        IPAddress address = isIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        var made = new List<Socket>();
        try
        {
            // Ends below the automatic ports, in the lower and in the upper half of them; a socket that is only bound.
            foreach ((int server, int client) in (IEnumerable<(int, int)>)[(0, 0), (0, 0), (0, 0), (20, 22), (21, 33000), (22, 52000), (33001, 52001), (52002, 33002), (0, 20)])
            {
                Socket listener = Bound(address, server);
                made.Add(listener);
                listener.Listen();
                Socket peer = Bound(address, client);
                made.Add(peer);
                peer.Connect(listener.LocalEndPoint!);
                made.Add(listener.Accept());
            }

            made.Add(Bound(address, 0));
            HashSet<NetEndpoint> wanted = [.. made.Select(socket => NetEndpoint.FromIPEndPoint((IPEndPoint)socket.LocalEndPoint!))];
            var run = new CaptureRun(TimeProvider.System, Logger: null, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            var query = new SocketQuery { Protocol = TransportProtocol.Tcp };
            SocketRow[] whole = Ours(LinuxSockets.Read(run, query, withOptions: false, new LinuxProcesses(run), int.MaxValue));
            Table<SocketRow> read = LinuxSockets.Read(run, query, withOptions: false, new LinuxProcesses(run), largeTable: 1);

            Assert.Equal(Coverage.Complete, read.Coverage);
            // Older kernels do not tell of sockets that are only bound.
            Assert.InRange(whole.Length, made.Count - 1, made.Count);
            Assert.Equal(whole.OrderBy(row => row.Cookie), Ours(read).OrderBy(row => row.Cookie));

            SocketRow[] Ours(Table<SocketRow> table) => [.. table.Where(row => wanted.Contains(row.Local) && row.State != TcpState.TimeWait)];
        }
        finally
        {
            made.ForEach(socket => socket.Dispose());
        }

        // A port of ours that somebody has is another one then: which half it is in does not matter.
        static Socket Bound(IPAddress address, int offset)
        {
            int port = offset is > 0 and < 1024 ? 10900 + offset : offset;
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, port));
            }
            catch (SocketException)
            {
                socket.Bind(new IPEndPoint(address, 0));
            }

            return socket;
        }
    }

    [Fact]
    public void Read_UnacceptedConnections_AreCountedAndHaveNoProcess()
    {
        using Socket listener = Listener(IPAddress.Loopback);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        first.Connect(listener.LocalEndPoint!);
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        second.Connect(listener.LocalEndPoint!);

        Table<SocketRow> rows = Read(SocketQuery.ForPort(PortOf(listener)));

        Assert.Equal(2u, Assert.Single(rows, row => row.State == TcpState.Listen).ReceiveQueue);
        SocketRow[] waiting = [.. rows.Where(row => row.State == TcpState.Established)];
        Assert.Equal(2, waiting.Length);
        Assert.All(waiting, row => Assert.Equal((OwnerGap.NoProcess, 0ul), (row.OwnerMissingBecause, row.Inode)));
        SocketRow client = Assert.Single(Read(SocketQuery.ForPort(PortOf(first))));
        Assert.Equal(NetEndpoint.FromIPEndPoint((IPEndPoint)listener.LocalEndPoint!), client.Remote);
        Assert.Equal(Environment.ProcessId, Assert.Single(client.Owners).ProcessId);
    }

    [Fact]
    public void Read_TimeWait_HasNeitherUserNorProcess()
    {
        using Socket listener = Listener(IPAddress.Loopback);
        using (var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            client.Connect(listener.LocalEndPoint!);
            Socket accepted = listener.Accept();
            accepted.Shutdown(SocketShutdown.Both);
            client.Shutdown(SocketShutdown.Both);
            accepted.Dispose();
        }

        SpinWait.SpinUntil(() => Read(SocketQuery.ForPort(PortOf(listener))).Any(row => row.State == TcpState.TimeWait), 3000);
        SocketRow row = Assert.Single(Read(SocketQuery.ForPort(PortOf(listener))), row => row.State == TcpState.TimeWait);

        Assert.Null(row.UserId);
        Assert.Equal(OwnerGap.NoProcess, row.OwnerMissingBecause);
        Assert.Empty(row.Owners);
    }

    [Fact]
    public void Read_BoundAndNothingElse_IsClosedWithItsOwner()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        HostSnapshot host = LinuxHostTests.Capture(
            new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = SocketQuery.ForPort(PortOf(socket)) });

        // Kernels before 6.8 do not tell of such sockets at all.
        if (host.Platform.Version < new Version(6, 8))
        {
            Assert.Empty(host.Sockets);
            return;
        }

        SocketRow row = Assert.Single(host.Sockets);
        Assert.Equal(TcpState.Closed, row.State);
        Assert.Null(row.Remote);
        Assert.False(row.IsListening);
        Assert.Equal(Environment.ProcessId, Assert.Single(row.Owners).ProcessId);
    }

    [Fact]
    public void Read_DualStackAndIPv6OnlyListeners_AreToldApart()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "Needs IPv6.");
        using var dual = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        dual.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        dual.Listen();
        using var only = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
        only.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        only.Listen();
        using var mapped = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        mapped.Connect(IPAddress.Loopback, PortOf(dual));

        Assert.False(Assert.Single(Read(SocketQuery.Listening(PortOf(dual)))).IPv6Only);
        Assert.True(Assert.Single(Read(SocketQuery.Listening(PortOf(only)))).IPv6Only);
        SocketRow client = Assert.Single(Read(SocketQuery.ForPort(PortOf(mapped))));
        Assert.True(client.Local.Address.IsIPv4Mapped);
        Assert.False(client.IPv6Only);
    }

    [Fact]
    public void Read_UdpConnectedAndNot_RemoteIsSetOrNull()
    {
        using var open = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        open.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var connected = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        connected.Connect(open.LocalEndPoint!);
        open.SendTo(new byte[100], connected.LocalEndPoint!);

        SocketRow waiting = Assert.Single(Read(SocketQuery.Listening(PortOf(open))));
        Assert.Null(waiting.Remote);
        Assert.Null(waiting.State);
        SocketRow talking = Assert.Single(Read(SocketQuery.ForPort(PortOf(connected))));
        Assert.Equal(waiting.Local, talking.Remote);
        Assert.True(talking.ReceiveQueue >= 100, $"{talking.ReceiveQueue} bytes wait");
        Assert.Empty(Read(SocketQuery.Listening(PortOf(connected))));
    }

    [Fact]
    public void Read_UdpLite_IsAProtocolOfItsOwn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        const ushort Port = 47136;
        using Socket? socket = LibC.TryBind(type: 2, protocol: 136, Port);

        // Linux is about to drop the protocol: then there are no such sockets, and the table is complete without them.
        Table<SocketRow> rows = Read(SocketQuery.ForPort(Port));
        Assert.Equal(Coverage.Complete, rows.Coverage);
        if (socket is null)
        {
            Assert.Empty(rows);
            return;
        }

        SocketRow row = Assert.Single(rows, row => row.Protocol == TransportProtocol.UdpLite);
        Assert.Equal(Environment.ProcessId, Assert.Single(row.Owners).ProcessId);
    }

    [Fact]
    public void Read_InheritedSocket_EveryHolderIsAnOwner()
    {
        using Socket listener = Listener(IPAddress.Loopback);
        LibC.LetChildrenInherit(listener);
        using Process child = Tool.Start("sleep", "60");
        try
        {
            // Until the child has become "sleep" it is a copy of this process.
            SpinWait.SpinUntil(() => Read(SocketQuery.Listening(PortOf(listener)))[0].Owners.Any(owner => owner.Name == "sleep"), 5000);
            SocketRow row = Assert.Single(Read(SocketQuery.Listening(PortOf(listener))));

            // A test beside this one may start a process just now; that one and its children inherit the socket too.
            Assert.Superset(new HashSet<int> { Environment.ProcessId, child.Id }, row.Owners.Select(owner => owner.ProcessId).ToHashSet());
            ProcessRow sleeper = row.Owners.Single(owner => owner.ProcessId == child.Id);
            Assert.Equal(("sleep", Environment.ProcessId), (sleeper.Name, sleeper.ParentProcessId));
            Assert.InRange((DateTimeOffset.UtcNow - sleeper.StartedAt!.Value).TotalSeconds, -2, 30);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }

    [Fact]
    public void Read_ProgramWithALongName_IsNamedInFull()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        string folder = Directory.CreateTempSubdirectory("serva-").FullName;
        string program = Path.Combine(folder, "a-name-of-more-than-15-bytes");
        File.Copy("/bin/sleep", program);
        using Socket listener = Listener(IPAddress.Loopback);
        LibC.LetChildrenInherit(listener);
        using Process child = Tool.Start(program, "60");
        try
        {
            Func<ProcessRow?> find = () => Read(SocketQuery.Listening(PortOf(listener)))[0].Owners.FirstOrDefault(owner => owner.ProcessId == child.Id);
            SpinWait.SpinUntil(() => find()?.Path == program, 5000);
            File.Delete(program);

            ProcessRow owner = find()!;
            Assert.Equal(("a-name-of-more-than-15-bytes", program + " (deleted)"), (owner.Name, owner.Path));
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Read_ProcessFilter_GivesItsSocketsAlone()
    {
        using Socket listener = Listener(IPAddress.Loopback);

        Table<SocketRow> rows = Read(new SocketQuery { ProcessId = Environment.ProcessId });

        Assert.Contains(rows, row => row.Local.Port == PortOf(listener));
        Assert.All(rows, row => Assert.Contains(row.Owners, owner => owner.ProcessId == Environment.ProcessId));
        Assert.Equal(Environment.ProcessId, rows.Filter!.ProcessId);
        Assert.DoesNotContain(Read(new SocketQuery { ProcessId = 1 }), row => row.Local.Port == PortOf(listener));
    }

    [Fact]
    public void Read_ProtocolRangeAndListeningFilters_LetThroughWhatTheySay()
    {
        using Socket tcp = Listener(IPAddress.Loopback);
        int port = PortOf(tcp);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, port));

        Assert.Equal(2, Read(SocketQuery.ForPort(port)).Count);
        Assert.Equal(TransportProtocol.Udp, Assert.Single(Read(SocketQuery.ForPort(port) with { Protocol = TransportProtocol.Udp })).Protocol);
        Table<SocketRow> range = Read(new SocketQuery { FirstPort = port - 1, LastPort = port + 1, ListeningOnly = true });
        Assert.All(range, row => Assert.InRange(row.Local.Port, port - 1, port + 1));
        Assert.All(range, row => Assert.True(row.IsListening));
        Assert.Equal(2, range.Count(row => row.Local.Port == port));
        Assert.True(Read(SocketQuery.ForPort(port)).Covers(TransportProtocol.Tcp, port));
    }

    /// <summary>What the kernel filters is what the query's own judgement of a whole table leaves.</summary>
    [Fact]
    public void Read_FilterOfEveryKind_IsTheWholeTableFiltered()
    {
        using Socket tcp = Listener(IPAddress.Loopback);
        using Socket other = Listener(IPAddress.Parse("127.9.8.7"));
        using Socket six = Listener(IPAddress.IPv6Loopback);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(tcp.LocalEndPoint!);
        int[] ports = [PortOf(tcp), PortOf(other), PortOf(six), PortOf(client)];
        (SocketQuery Query, Socket[] Expected)[] questions =
        [
            (new SocketQuery { LocalPrefix = NetPrefix.DefaultIPv6 }, [six]),
            (new SocketQuery { LocalPrefix = NetPrefix.DefaultIPv4, ListeningOnly = true }, [tcp, other]),
            (new SocketQuery { LocalPrefix = NetPrefix.Parse("127.9.8.7/32") }, [other]),
            (new SocketQuery { LocalPrefix = NetPrefix.Parse("127.9.0.0/16"), FirstPort = PortOf(other), LastPort = PortOf(other) }, [other]),
            (new SocketQuery { LocalPrefix = NetPrefix.Parse("127.9.0.0/16"), FirstPort = PortOf(other) + 1 }, []),
            (new SocketQuery { LocalPrefix = NetPrefix.Parse("::1/128"), FirstPort = PortOf(six), LastPort = 65535 }, [six]),
            (new SocketQuery { States = [TcpState.Listen, TcpState.Closed] }, [tcp, other, six]),
            (new SocketQuery { States = [TcpState.Established], FirstPort = PortOf(client), LastPort = PortOf(client) }, [client]),
            (new SocketQuery { States = [TcpState.Established], ListeningOnly = true }, []),
            (new SocketQuery { FirstPort = PortOf(tcp), LastPort = PortOf(tcp), ListeningOnly = true }, [tcp]),
        ];
        Assert.All(questions, question =>
        {
            Table<SocketRow> table = Read(question.Query with { Owners = OwnerSearch.None });
            Assert.All(table, row => Assert.True(question.Query.Matches(row), row.ToString()));
            Assert.Equal(
                question.Expected.Select(PortOf).Order(),
                table.Where(row => row.Protocol == TransportProtocol.Tcp && ports.Contains(row.Local.Port) && (row.Remote is null || row.Local.Port == PortOf(client)))
                    .Select(row => row.Local.Port).Order());
        });
    }

    [Fact]
    public void Read_FirstOwnerOfAnInheritedSocket_IsOneOfThem()
    {
        using Socket listener = Listener(IPAddress.Loopback);
        LibC.LetChildrenInherit(listener);
        using Process child = Tool.Start("sleep", "60");
        try
        {
            Table<SocketRow> first = Read(SocketQuery.Listening(PortOf(listener)) with { Owners = OwnerSearch.First });

            SocketRow row = Assert.Single(first);
            Assert.Single(row.Owners);
            Assert.Equal(OwnerGap.None, row.OwnerMissingBecause);
            Assert.True(first.Filter!.FirstOwnerOnly);
            Assert.Equal(Coverage.Complete, first.Coverage);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }

    /// <summary>Where an owner was found is remembered: it must not be believed when the socket has gone to another process.</summary>
    [Fact]
    public void Read_FirstOwnerAfterTheLastOneClosedIt_IsTheNewOne()
    {
        Socket listener = Listener(IPAddress.Loopback);
        int port = PortOf(listener);
        SocketQuery query = SocketQuery.Listening(port) with { Owners = OwnerSearch.First, Protocol = TransportProtocol.Tcp };
        Assert.Equal(Environment.ProcessId, Assert.Single(Assert.Single(Read(query)).Owners).ProcessId);
        LibC.LetChildrenInherit(listener);
        using Process child = Tool.Start("sleep", "60");
        try
        {
            SpinWait.SpinUntil(() => Read(SocketQuery.Listening(port))[0].Owners.Any(owner => owner.Name == "sleep"), 5000);
            listener.Dispose();

            // Twice: found anew, and where it was found. A child that another test starts just then inherits the socket too.
            for (int i = 0; i < 2; i++)
                Assert.NotEqual(Environment.ProcessId, Assert.Single(Assert.Single(Read(query)).Owners).ProcessId);
            Assert.Contains(Assert.Single(Read(query with { Owners = OwnerSearch.All })).Owners, owner => owner.ProcessId == child.Id && owner.Name == "sleep");
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }

        Assert.True(SpinWait.SpinUntil(() => Read(query).Count == 0, 30_000), "the socket outlived its last owner");
    }

    [Fact]
    public void FindListener_AtAnAddress_IsTheOneThatGetsTheConnection()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "Needs Linux and IPv6.");
        using Socket specific = Listener(IPAddress.Parse("127.9.8.7"));
        using var dual = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        dual.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        dual.Listen();

        foreach ((string address, NetEndpoint expected) in ((string, NetEndpoint)[])
        [
            ("127.9.8.7", NetEndpoint.FromIPEndPoint((IPEndPoint)specific.LocalEndPoint!)),
            ("127.0.0.1", NetEndpoint.Create(NetAddress.AnyIPv6, PortOf(dual))),
            ("::1", NetEndpoint.Create(NetAddress.AnyIPv6, PortOf(dual))),
        ])
        {
            var local = NetEndpoint.Create(NetAddress.Parse(address), expected.Port);
            SocketRow row = SocketTable.FindListener(local, cancellationToken: TestContext.Current.CancellationToken)!.Value;
            Assert.Equal((expected, Environment.ProcessId), (row.Local, row.Owners[0].ProcessId));
            Assert.Equal(row, ListenerChoice.For(local, Read(SocketQuery.Listening(local.Port) with { Protocol = TransportProtocol.Tcp })));
            Assert.Equal(
                OwnerGap.NotRequested, SocketTable.FindListener(local, OwnerSearch.None, TestContext.Current.CancellationToken)!.Value.OwnerMissingBecause);
        }

        specific.Dispose();
        dual.Dispose();
        Assert.Null(SocketTable.FindListener(NetEndpoint.Create(NetAddress.LoopbackIPv4, 1), cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Read_WithoutOwners_SaysThatNobodyAsked()
    {
        using Socket listener = Listener(IPAddress.Loopback);

        SocketRow row = Assert.Single(Read(SocketQuery.Listening(PortOf(listener)) with { Owners = OwnerSearch.None }));

        Assert.Equal(OwnerGap.NotRequested, row.OwnerMissingBecause);
        Assert.Empty(row.Owners);
    }

    [Fact]
    public void SocketTableRead_OfThisMachine_IsTheSameTable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        using Socket listener = Listener(IPAddress.Loopback);

        Assert.Equal(
            Environment.ProcessId,
            Assert.Single(SocketTable.Read(SocketQuery.Listening(PortOf(listener)), TestContext.Current.CancellationToken)).Owners[0].ProcessId);
    }

    [Fact]
    public void Read_ManyThreadsAtOnce_EachSeesItsListener()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        System.Threading.Tasks.Parallel.For(0, 32, _ =>
        {
            using Socket listener = Listener(IPAddress.Loopback);
            Assert.Equal(Environment.ProcessId, Assert.Single(Read(SocketQuery.Listening(PortOf(listener)))).Owners[0].ProcessId);
        });
    }
}
