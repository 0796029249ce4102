using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Probing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>
/// Makes sockets, reads the host as any caller would, predicts, and really binds: in a namespace where nothing else
/// happens, on a port that nobody used before. SERVA_SEED repeats a run.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public class LinuxAgreementTests
{
    private const int Pairs = 24_000;
    private const int PairsPerCapture = 400;
    private const ulong Refused = 1ul << 10 | 1ul << 12 | 1ul << 13;   // NET_BIND_SERVICE, NET_ADMIN, NET_RAW
    private const int PeerPort = 62000;

    private static readonly string[] s_held =
    [
        "0.0.0.0", "127.0.0.1", "127.0.0.6", "10.9.0.1", "10.9.0.2", "10.8.0.1", "[::]", "[::]", "[::1]", "[fd09::1]", "[fd09::2]",
        "[::ffff:0.0.0.0]", "[::ffff:10.9.0.1]", "[::ffff:127.0.0.1]", "[fe80::9%100]",
    ];

    private static readonly string[] s_rare =
    [
        "10.9.0.255", "255.255.255.255", "224.0.0.9", "10.55.1.2", "10.7.0.1", "127.255.255.255", "[fd09::5]", "[fd08::1]", "[fe80::9%101]",
        "[::ffff:10.55.1.2]", "[::ffff:224.0.0.9]",
    ];

    private static readonly string[] s_askedOnly =
    [
        "192.0.2.77", "[2001:db8::77]", "[::ffff:192.0.2.77]", "[fe80::9]", "[fe80::77%100]", "[fe80::9%77]", "[fd08::7]", "10.55.7.2", "10.56.1.1",
        "10.9.0.0", "[ff02::9]", "[ff02::9%100]", "[ff02::9%77]", "[ff0e::9]", "[ff01::9]",
    ];

    private readonly ITestOutputHelper _output;

    public LinuxAgreementTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void Predict_GeneratedBindsBesideGeneratedSockets_AsTheKernelAnswers()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxAgreementTests)))
            return;
        int seed = Seed();
        AgreementNetwork.Build();
        var run = new Run(new Random(seed));
        try
        {
            for (int done = 0; done < Pairs; done += PairsPerCapture)
                run.Batch(PairsPerCapture);
        }
        finally
        {
            run.Dispose();
        }

        string summary = $"seed {seed}: {run}";
        _output.WriteLine(summary);
        Assert.True(run.Wrong.Count == 0, $"{summary}\n{run.Wrong.Count} wrong, such as\n{string.Join('\n', run.Wrong.Take(20))}");
        Assert.True(run.Count >= 20_000 && run.ExactRight > run.Count * 0.995 && run.OutsideCertain > run.Count / 2, summary);
    }

    [Fact]
    public void Predict_PortZeroInSmallRanges_AsTheKernelAnswers()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxAgreementTests)))
            return;
        int seed = Seed();
        var random = new Random(seed);
        AgreementNetwork.Build();
        var wrong = new List<string>();
        int certain = 0, failed = 0;
        const int Cases = 1500;
        for (int i = 0; i < Cases; i++)
        {
            int first = 40000 + random.Next(2);
            int last = first + random.Next(8);
            int reserved = random.Next(3) == 0 ? random.Next(first, last + 1) : 0;
            int reuse = random.Next(2);
            AgreementNetwork.Set("net/ipv4/ip_local_port_range", $"{first} {last}");
            AgreementNetwork.Set("net/ipv4/ip_local_reserved_ports", reserved == 0 ? "\n" : $"{reserved}");
            AgreementNetwork.Set("net/ipv4/ip_autobind_reuse", $"{reuse}");
            TransportProtocol protocol = random.Next(2) == 0 ? TransportProtocol.Tcp : TransportProtocol.Udp;
            var open = new List<RawSocket>();
            try
            {
                // Most ports of the range are held, so that the search has something to do.
                for (int port = first; port <= last; port++)
                {
                    for (int n = random.Next(5) == 0 ? 0 : random.Next(1, 3); n > 0; n--)
                    {
                        BindRequest held = Request(random, protocol, port, s_held);
                        if (RawSocket.TryBind(held, random.Next(3) == 0 ? 1000u : 0u) is not { } socket)
                            continue;
                        open.Add(socket);
                        if (protocol == TransportProtocol.Tcp && random.Next(3) == 0)
                            _ = socket.Listen();
                    }
                }

                BindRequest request = Request(random, protocol, 0, s_held) with
                {
                    LowestAutomaticPort = random.Next(4) == 0 ? random.Next(first - 1, last + 2) : 0,
                    HighestAutomaticPort = random.Next(4) == 0 ? random.Next(first - 1, last + 2) : 0,
                    Listen = protocol == TransportProtocol.Tcp && random.Next(2) == 0,
                    Asker = new Identity { UserId = 0, Capabilities = ulong.MaxValue },
                };
                Table<SocketRow> sockets = Sockets(withOptions: false);
                HostSnapshot host = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds & ~SnapshotTables.Sockets })
                    with { Sockets = sockets.WithRows([.. sockets.Select(row => Reveal(row, open))]) };
                BindPrediction answer = new BindPredictor(host).Predict(request);
                BindAttempt real = LinuxBindAttempt.Make(request, request.Listen);
                certain += answer.Certainty == Certainty.Certain ? 1 : 0;
                failed += real.ErrorCode == 98 ? 1 : 0;
                if (answer.Certainty == Certainty.Certain && !IsRight(answer, real))
                {
                    wrong.Add($"range {first}-{last} reserved {reserved} reuse {reuse}: {request} beside {string.Join(", ", host.Sockets.Select(Words))}: "
                        + $"predicted {answer.Outcome} at {answer.Stage}, real {real.Outcome} {real.ErrorCode} at {real.Stage}");
                }
            }
            finally
            {
                open.ForEach(one => one.Reset());
            }
        }

        string summary = $"seed {seed}: {Cases} searches for a port, {failed} found none; {certain} certain";
        _output.WriteLine(summary);
        Assert.True(wrong.Count == 0, $"{summary}\n{wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(20))}");
        Assert.True(certain > Cases * 0.9 && failed > Cases / 10, summary);
    }

    [Fact]
    public void Predict_BesideMptcpSockets_AsBesideTcp()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxAgreementTests)))
            return;
        int seed = Seed();
        var random = new Random(seed);
        AgreementNetwork.Build();
        using (RawSocket? probe = RawSocket.TryOpen(BindRequest.Parse("tcp/0.0.0.0:1"), 0, RawSocket.Mptcp))
            Assert.SkipWhen(probe is null, "This kernel has no MPTCP.");
        var wrong = new List<string>();
        int all = 0;
        for (int port = 2000; port < 3000; port++)
        {
            BindRequest held = Request(random, TransportProtocol.Tcp, port, s_held);
            using RawSocket? socket = RawSocket.TryBind(held, random.Next(3) == 0 ? 1000u : 0u, RawSocket.Mptcp);
            if (socket is null)
                continue;
            if (random.Next(2) == 0)
                _ = socket.Listen();
            BindRequest request = Request(random, TransportProtocol.Tcp, port, s_held) with { Asker = new Identity { UserId = 0, Capabilities = ulong.MaxValue } };
            HostSnapshot host = LinuxHostTests.Capture(new CaptureScope
            {
                Tables = SnapshotTables.ForBinds,
                Sockets = SocketQuery.ForPort(port) with { Owners = OwnerSearch.None },
            });
            HostSnapshot known = host with
            {
                Sockets = host.Sockets.WithRows([.. host.Sockets.Select(row => row with { ReuseAddress = held.ReuseAddress, ReusePort = held.ReusePort })]),
            };
            BindAttempt real = LinuxBindAttempt.Make(request, request.Listen);
            all++;
            foreach (BindPrediction answer in (BindPrediction[])[new BindPredictor(host).Predict(request), new BindPredictor(known).Predict(request)])
            {
                if (answer.Certainty == Certainty.Certain && !IsRight(answer, real))
                    wrong.Add($"{request} beside {string.Join(", ", known.Sockets.Select(Words))}: predicted {answer.Outcome}, real {real.Outcome} at {real.Stage}");
            }
        }

        _output.WriteLine($"seed {seed}: {all} binds beside MPTCP sockets");
        Assert.True(wrong.Count == 0, $"seed {seed}: {wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(20))}");
        Assert.True(all > 500, $"only {all}");
    }

    /// <summary>The limit of what a snapshot can tell: no table shows what a port remembers, and the trace says so.</summary>
    [Fact]
    public void Predict_PortRemembersASocketThatHasGone_TheTraceSaysSo()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxAgreementTests)))
            return;
        AgreementNetwork.Build();
        using RawSocket? holder = RawSocket.TryBind(BindRequest.Parse("tcp/127.0.0.1:5000 --reuse-address"), 0);
        BindRequest request = BindRequest.Parse("tcp/127.0.0.1:5000 --reuse-port");
        HostSnapshot host = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds, WithSocketOptions = true });
        BindPrediction answer = new BindPredictor(host).Predict(request);
        BindAttempt before = LinuxBindAttempt.Make(request, listens: false);
        RawSocket.TryBind(BindRequest.Parse("tcp/127.0.0.1:5000 --reuse-address --reuse-port"), 0)!.Dispose();
        BindAttempt after = LinuxBindAttempt.Make(request, listens: false);

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Certain), (answer.Outcome, answer.Certainty));
        Assert.Contains(answer.Trace, step => step.Code == "bind.port.memory");
        Assert.Equal((98, 0), (before.ErrorCode, after.ErrorCode));
    }

    private static int Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("SERVA_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out int seed) ? seed : Environment.TickCount;

    private static Table<SocketRow> Sockets(bool withOptions) =>
        LinuxHostTests.Capture(new CaptureScope
        {
            Tables = SnapshotTables.Sockets,
            Sockets = new SocketQuery { Owners = OwnerSearch.None },
            WithSocketOptions = withOptions,
        }).Sockets;

    private static SocketRow Reveal(SocketRow row, IEnumerable<RawSocket> sockets) =>
        sockets.FirstOrDefault(one => one.Cookie == row.Cookie) is { } known ? Reveal(row, known) : row;

    private static SocketRow Reveal(SocketRow row, RawSocket known) => row with
    {
        ReuseAddress = known.ReuseAddress,
        ReusePort = known.ReusePort,
        IPv6Only = row.Local.Address is { IsIPv6: true, IsIPv4Mapped: false } ? known.IPv6Only : row.IPv6Only,
    };

    private static bool IsRight(BindPrediction answer, BindAttempt real) =>
        answer.Outcome == real.Outcome && (answer.NativeCode ?? 0) == real.ErrorCode && answer.Stage == real.Stage;

    private static string Words(SocketRow row) =>
        $"[{row.Protocol} {row.Local} {row.State} {(row.Remote is null ? "" : "connected ")}reuse {row.ReuseAddress} {row.ReusePort} v6only {row.IPv6Only} uid {row.UserId} dev {row.Interface}]";

    private static BindRequest Request(Random random, TransportProtocol protocol, int port, string[] addresses)
    {
        string address = addresses[random.Next(addresses.Length)];
        NetEndpoint endpoint = NetEndpoint.Parse($"{address}:{port}");
        return new BindRequest
        {
            Protocol = protocol,
            Endpoint = endpoint,
            ReuseAddress = random.Next(2) == 0,
            ReusePort = random.Next(3) == 0,
            DualMode = random.Next(2) == 0 || (endpoint.Address.IsIPv4Mapped && random.Next(8) != 0),
            Device = random.Next(10) switch { 0 => "lo", 1 => "lsb0", 2 => "lsb1", _ => null },
            Listen = protocol == TransportProtocol.Tcp && random.Next(3) != 0,
        };
    }

    /// <summary>The generated sockets and binds, and what came of them.</summary>
    private sealed class Run : IDisposable
    {
        private readonly Random _random;
        private readonly Queue<int> _ports;
        private readonly Queue<int> _privilegedPorts;
        private readonly RawSocket _peer;
        private readonly ulong _capabilities = LinuxThread.Capabilities();
        private readonly List<RawSocket> _open = [];
        private readonly Dictionary<ulong, RawSocket> _byCookie = [];
        private int _outsideRight, _exactCertain, _grantedCertain, _beside3, _failures, _denied, _optionsRead;

        public Run(Random random)
        {
            _random = random;
            int[] ports = [.. Enumerable.Range(1024, 32767 - 1024), .. Enumerable.Range(61000, 4500).Where(port => port != PeerPort)];
            int[] privileged = [.. Enumerable.Range(1, 1023)];
            random.Shuffle(ports);
            random.Shuffle(privileged);
            _ports = new Queue<int>(ports);
            _privilegedPorts = new Queue<int>(privileged);
            _peer = RawSocket.TryBind(BindRequest.Parse($"tcp/[::]:{PeerPort} --dual-mode"), 0)!;
            Assert.Equal(0, _peer.Listen());
        }

        public List<string> Wrong { get; } = [];

        public int Count { get; private set; }

        public int ExactRight { get; private set; }

        public int OutsideCertain { get; private set; }

        public void Batch(int count)
        {
            AgreementNetwork.Set("net/ipv4/ip_nonlocal_bind", _random.Next(8) == 0 ? "1" : "0");
            AgreementNetwork.Set("net/ipv6/ip_nonlocal_bind", _random.Next(8) == 0 ? "1" : "0");
            AgreementNetwork.Set("net/ipv4/ip_unprivileged_port_start", _random.Next(4) switch { 0 => "80", 1 => "5000", _ => "1024" });
            var requests = new List<(BindRequest Request, uint User)>();
            try
            {
                while (requests.Count < count)
                    requests.Add(Populate());
                Judge(requests);
            }
            finally
            {
                _open.ForEach(one => one.Reset());
                _open.Clear();
                _byCookie.Clear();
            }
        }

        public void Dispose() => _peer.Dispose();

        public override string ToString() =>
            $"{Count} binds ({_failures} failed, {_denied} of them denied; {_beside3} beside three sockets or more). Options known: {ExactRight} right, {_exactCertain} certain. "
            + $"From outside: {OutsideCertain} certain, {_outsideRight} right. Options read by pidfd_getfd ({_optionsRead} sockets): {_grantedCertain} certain.";

        private (BindRequest Request, uint User) Populate()
        {
            TransportProtocol protocol = _random.Next(5) < 3 ? TransportProtocol.Tcp : TransportProtocol.Udp;
            int port = _random.Next(25) == 0 && _privilegedPorts.TryDequeue(out int low) ? low : _ports.Dequeue();
            int wanted = _random.Next(10) switch { 0 => 0, < 4 => 1, < 6 => 2, 6 => 3, 7 => 4, _ => 6 };
            for (int i = 0; i < wanted; i++)
            {
                uint user = _random.Next(3) == 0 ? 1000u : 0u;
                BindRequest held = Request(_random, protocol, port, _random.Next(8) == 0 ? s_rare : s_held);
                if (RawSocket.TryBind(held, user) is { } socket)
                    Live(Keep(socket), user, isFirst: i == 0, mayConnect: held.Device is null);
            }

            BindRequest request = Request(_random, protocol, port, _random.Next(8) switch { 0 => s_askedOnly, 1 => s_rare, _ => s_held }) with
            {
                FreeBind = _random.Next(16) == 0,
                Transparent = _random.Next(16) == 0,
            };
            if (_random.Next(40) == 0)
                request = request with { Device = "nope0" };
            uint asker = _random.Next(3) == 0 ? 1000u : 0u;
            return (request with { Asker = new Identity { UserId = asker, IsElevated = asker == 0, Capabilities = CapabilitiesOf(asker) } }, asker);
        }

        private ulong CapabilitiesOf(uint user) => user == 0 ? _capabilities : _capabilities & ~Refused;

        private RawSocket Keep(RawSocket socket)
        {
            _open.Add(socket);
            if (socket.Cookie != 0)
                _byCookie[socket.Cookie] = socket;
            return socket;
        }

        /// <summary>What a bound socket goes on to do.</summary>
        private void Live(RawSocket socket, uint user, bool isFirst, bool mayConnect)
        {
            if (socket.Protocol == TransportProtocol.Udp)
            {
                if (mayConnect && _random.Next(3) == 0 && socket.Connect(NetEndpoint.Parse(_random.Next(2) == 0 ? "10.9.0.1:9" : "[::ffff:10.9.0.2]:9")) != 0)
                    _ = socket.Connect(NetEndpoint.Parse("[fd09::1]:9"));
                return;
            }

            int fate = _random.Next(10);
            if (fate < 3 || (fate == 3 && !mayConnect))
                return;
            if (fate == 3)
            {
                bool isConnected = socket.Connect(NetEndpoint.Parse($"10.9.0.1:{PeerPort}")) == 0
                    || socket.Connect(NetEndpoint.Parse($"[::ffff:10.9.0.1]:{PeerPort}")) == 0
                    || socket.Connect(NetEndpoint.Parse($"[fd09::1]:{PeerPort}")) == 0;
                if (isConnected && _peer.TryAccept(0) is { } accepted)
                    _open.Add(accepted);
                return;
            }

            // Beside other listeners nobody knows whose queue a client lands in.
            if (socket.Listen() == 0 && fate > 6 && isFirst)
                Serve(socket, user, fate);
        }

        private void Serve(RawSocket listener, uint user, int fate)
        {
            int port = listener.LocalPort();
            foreach (string to in (ReadOnlySpan<string>)["10.9.0.1", "127.0.0.1", "[fd09::1]", "10.9.0.2", "[::1]", "10.8.0.1"])
            {
                BindRequest request = BindRequest.Parse($"tcp/{(to[0] == '[' ? "[::]" : "0.0.0.0")}:0");
                RawSocket client = RawSocket.TryOpen(request, 0)!;
                if (client.Connect(NetEndpoint.Parse($"{to}:{port}")) != 0 || listener.TryAccept(user) is not { } accepted)
                {
                    client.Dispose();
                    continue;
                }

                _open.Add(client);
                Keep(accepted);
                if (fate == 9)
                    accepted.CloseIntoTimeWait(client);
                if (_random.Next(2) == 0)
                    listener.Dispose();
                return;
            }
        }

        private void Judge(List<(BindRequest Request, uint User)> requests)
        {
            HostSnapshot host = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds & ~SnapshotTables.Sockets });
            Table<SocketRow> outside = Sockets(withOptions: false);
            Table<SocketRow> granted = Sockets(withOptions: true);
            Assert.Equal((Coverage.Complete, Coverage.Complete), (outside.Coverage, granted.Coverage));
            foreach (SocketRow row in granted)
                CheckOptions(row);
            Table<SocketRow> known = outside.WithRows([.. outside.Select(row => _byCookie.TryGetValue(row.Cookie, out RawSocket? socket) ? Reveal(row, socket) : row)]);
            var fromOutside = new BindPredictor(host with { Sockets = outside });
            var fromInside = new BindPredictor(host with { Sockets = known });
            var fromGranted = new BindPredictor(host with { Sockets = granted });
            ILookup<(TransportProtocol, int), SocketRow> byPort = known.ToLookup(row => (row.Protocol, row.Local.Port));
            foreach ((BindRequest request, uint user) in requests)
            {
                SocketRow[] beside = [.. byPort[(request.Protocol, request.Endpoint.Port)]];
                BindPrediction exact = fromInside.Predict(request);
                BindPrediction blurred = fromOutside.Predict(request);
                BindPrediction seen = fromGranted.Predict(request);
                BindAttempt real = Attempt(request, user);
                Count++;
                _beside3 += beside.Length >= 3 ? 1 : 0;
                _failures += real.ErrorCode != 0 ? 1 : 0;
                _denied += real.Outcome == BindOutcome.AccessDenied ? 1 : 0;
                ExactRight += IsRight(exact, real) ? 1 : 0;
                _exactCertain += exact.Certainty == Certainty.Certain ? 1 : 0;
                OutsideCertain += blurred.Certainty == Certainty.Certain ? 1 : 0;
                _outsideRight += IsRight(blurred, real) ? 1 : 0;
                _grantedCertain += seen.Certainty == Certainty.Certain ? 1 : 0;
                if (Complaint(exact, blurred, seen, real, beside) is { } complaint)
                {
                    Wrong.Add($"{complaint}: {request} by {user} beside {string.Join(", ", beside.Select(Words))}: known {Say(exact)}, from outside {Say(blurred)}, "
                        + $"read {Say(seen)}; real {real.Outcome} {real.ErrorCode} at {real.Stage}");
                }
            }
        }

        private void CheckOptions(SocketRow row)
        {
            if (row.ReuseAddress is null || !_byCookie.TryGetValue(row.Cookie, out RawSocket? socket))
                return;
            _optionsRead++;
            if (row.ReuseAddress != socket.ReuseAddress || row.ReusePort != socket.ReusePort)
                Wrong.Add($"options misread: {Words(row)}");
        }

        private static string? Complaint(BindPrediction exact, BindPrediction blurred, BindPrediction seen, BindAttempt real, SocketRow[] beside)
        {
            foreach (BindPrediction answer in (ReadOnlySpan<BindPrediction>)[exact, blurred, seen])
            {
                if (answer.Certainty == Certainty.Certain && !IsRight(answer, real))
                    return "certain and wrong";
                if (answer.Certainty != Certainty.Certain && answer.Unseen.IsEmpty)
                    return "not certain and no reason";
            }

            // An address becomes ready when it likes, and of several sockets the order of binding is not to be seen.
            bool mayBeUnsure = beside.Length > 1 || beside.Any(row => row.State == TcpState.TimeWait) || exact.Outcome == BindOutcome.AddressNotAvailable;
            return seen.Certainty != Certainty.Certain && !mayBeUnsure ? "options read, yet not certain" : null;
        }

        private static string Say(BindPrediction answer) =>
            $"{answer.Outcome} at {answer.Stage} ({answer.Certainty}{(answer.Unseen.IsEmpty ? "" : ": " + string.Join("; ", answer.Unseen))})";

        private BindAttempt Attempt(BindRequest request, uint user)
        {
            if (user != 0)
                LinuxThread.SetCapabilities(CapabilitiesOf(user));
            try
            {
                using (LinuxThread.As(user))
                    return LinuxBindAttempt.Make(request, request.Listen);
            }
            finally
            {
                if (user != 0)
                    LinuxThread.SetCapabilities(_capabilities);
            }
        }
    }
}
