using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Probing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>Predict, then really bind: the kernel that runs the tests is the oracle.</summary>
[Trait("System", "Linux")]
[SupportedOSPlatform("linux")]
public class LinuxPredictionTests
{
    private const int Rounds = 400;
    private const int RequestsPerRound = 8;
    private static readonly string[] s_addresses =
    [
        "0.0.0.0", "127.0.0.1", "127.0.0.2", "127.0.0.6", "[::]", "[::1]", "[::ffff:0.0.0.0]", "[::ffff:127.0.0.1]",
    ];

    private static readonly string[] s_askedOnly = ["192.0.2.77", "[2001:db8::77]", "[::ffff:192.0.2.77]", "[fe80::77]", "224.0.0.9", "[ff02::9]", "[ff0e::9]"];

    private static int s_lastPort = Environment.ProcessId * 31 % 2_700;

    private readonly ITestOutputHelper _output;

    public LinuxPredictionTests(ITestOutputHelper output) => _output = output;

    [Fact]
    [Trait("Privilege", "Any")]
    public void Predict_RandomBindsBesideRealSockets_NeverCertainAndWrong()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        Assert.SkipUnless(Socket.OSSupportsIPv6, "needs IPv6");
        int seed = Environment.TickCount;
        var random = new Random(seed);
        bool isRoot = Serva.Diagnostics.Probing.Native.LinuxSocketCalls.EffectiveUserId() == 0;
        var wrong = new List<string>();
        int certain = 0, rightInside = 0, certainFromOutside = 0, rightFromOutside = 0, all = 0;
        for (int round = 0; round < Rounds; round++)
        {
            TransportProtocol protocol = random.Next(2) == 0 ? TransportProtocol.Tcp : TransportProtocol.Udp;
            int port = FreePort(protocol);
            var rows = new List<SocketRow>();
            var open = new List<IDisposable>();
            try
            {
                Populate(random, protocol, port, isRoot, rows, open);
                var known = new BindPredictor(LinuxThisHost.Describe(rows));
                var outside = new BindPredictor(LinuxThisHost.Describe(rows.Select(Hide)));
                foreach (BindRequest request in Questions(random, protocol, port))
                {
                    BindPrediction inside = known.Predict(request);
                    BindPrediction blurred = outside.Predict(request);
                    BindProbeResult real = BindProbe.Try(request, ProbePolicy.Full, TimeProvider.System);

                    // A process that another test starts has every descriptor from its fork to its exec: what was closed here lives on for
                    // that moment. A bind that fails leaves nothing, so that it can be tried again.
                    for (int tries = 0; tries < 5 && real.Outcome == BindOutcome.AddressInUse && inside.Outcome != real.Outcome; tries++)
                    {
                        Thread.Sleep(50);
                        real = BindProbe.Try(request, ProbePolicy.Full, TimeProvider.System);
                    }

                    all++;
                    certain += inside.Certainty == Certainty.Certain ? 1 : 0;
                    certainFromOutside += blurred.Certainty == Certainty.Certain ? 1 : 0;
                    rightFromOutside += blurred.Outcome == real.Outcome ? 1 : 0;
                    rightInside += inside.Outcome == real.Outcome && inside.NativeCode == real.NativeCode ? 1 : 0;
                    if ((inside.Certainty == Certainty.Certain && (inside.Outcome != real.Outcome || inside.NativeCode != real.NativeCode))
                        || (blurred.Certainty == Certainty.Certain && blurred.Outcome != real.Outcome))
                    {
                        wrong.Add($"{request} beside {string.Join(", ", rows.Select(Words))}: predicted {inside.Outcome} ({inside.Certainty}), "
                            + $"from outside {blurred.Outcome} ({blurred.Certainty}), real {real.Outcome} {real.NativeError} at {real.Stage}");
                    }
                }
            }
            finally
            {
                open.ForEach(one => one.Dispose());
            }
        }

        _output.WriteLine($"seed {seed}: {all} binds; {certain} certain, {rightInside} right; from outside {certainFromOutside} certain, {rightFromOutside} right");
        Assert.True(wrong.Count == 0, $"seed {seed}: {wrong.Count} of {all} wrong, such as\n{string.Join('\n', wrong.Take(10))}");
        Assert.True(certain > all / 2 && rightInside > all * 95 / 100, $"only {certain} of {all} certain, {rightInside} right");
    }

    /// <summary>A port remembers a socket with SO_REUSEPORT when it has gone: such a one is asked for last, and once.</summary>
    private static IEnumerable<BindRequest> Questions(Random random, TransportProtocol protocol, int port)
    {
        BindRequest[] all = [.. Enumerable.Range(0, RequestsPerRound).Select(_ => Ask(random, protocol, port, askForMore: true))];
        return all.Where(request => !request.ReusePort).Concat(all.Where(request => request.ReusePort).Take(1));
    }

    /// <summary>One to four sockets on the port, as far as the kernel lets them be there together.</summary>
    private static void Populate(Random random, TransportProtocol protocol, int port, bool isRoot, List<SocketRow> rows, List<IDisposable> open)
    {
        int wanted = random.Next(0, 5);
        for (int i = 0; i < wanted; i++)
        {
            uint user = isRoot && random.Next(3) == 0 ? 1000u : Serva.Diagnostics.Probing.Native.LinuxSocketCalls.EffectiveUserId();
            LinuxSocket? socket = LinuxSocket.TryBind(Ask(random, protocol, port, askForMore: false), user);
            if (socket is null)
                continue;
            open.Add(socket);
            if (protocol == TransportProtocol.Udp)
            {
                bool reachesLoopback = socket.Row.Local.Address.UnmapIPv4() is { IsUnspecified: true } or { IsLoopback: true };
                if (random.Next(3) == 0 && reachesLoopback)
                    socket.ConnectToLoopback();
                rows.Add(socket.Row);
                continue;
            }

            if (random.Next(3) == 0 || !socket.TryListen())
            {
                rows.Add(socket.Row);
                continue;
            }

            AddConnections(random, socket, rows, open);
        }
    }

    private static void AddConnections(Random random, LinuxSocket listener, List<SocketRow> rows, List<IDisposable> open)
    {
        int kind = random.Next(4);
        if (kind == 0)
        {
            rows.Add(listener.Row);
            return;
        }

        NetAddress address = listener.Row.Local.Address;
        IPAddress to = !address.UnmapIPv4().IsUnspecified ? (IPAddress)address.UnmapIPv4()
            : address.IsIPv4 || address.IsIPv4Mapped || (listener.Row.IPv6Only == false && random.Next(2) == 0) ? IPAddress.Loopback
            : IPAddress.IPv6Loopback;

        // Several listeners may share the port; then nobody knows whose backlog the client lands in.
        if (rows.Count > 0)
        {
            rows.Add(listener.Row);
            return;
        }

        (LinuxSocket accepted, Socket client) = listener.Accept(to);
        open.Add(accepted);
        open.Add(client);
        if (kind == 3)
        {
            rows.Add(accepted.CloseIntoTimeWait(client));
        }
        else
        {
            // A reset at the end leaves nothing on the port.
            client.LingerState = new LingerOption(true, 0);
            rows.Add(accepted.Row);
        }

        if (kind == 1)
            rows.Add(listener.Row);
        else
            listener.Dispose();
    }

    private static BindRequest Ask(Random random, TransportProtocol protocol, int port, bool askForMore)
    {
        string address = askForMore && random.Next(6) == 0
            ? s_askedOnly[random.Next(s_askedOnly.Length)]
            : s_addresses[random.Next(s_addresses.Length)];
        NetEndpoint endpoint = NetEndpoint.Parse($"{address}:{port}");
        return new BindRequest
        {
            Protocol = protocol,
            Endpoint = endpoint,
            ReuseAddress = random.Next(2) == 0,
            ReusePort = random.Next(3) == 0,
            DualMode = random.Next(2) == 0 || (endpoint.Address.IsIPv4Mapped && random.Next(8) != 0),
            FreeBind = askForMore && random.Next(8) == 0,
            Device = askForMore && random.Next(6) == 0 ? (random.Next(4) == 0 ? "nope0" : "lo") : null,
            Listen = protocol == TransportProtocol.Tcp && random.Next(3) != 0,
        };
    }

    private static SocketRow Hide(SocketRow row) => row with
    {
        ReuseAddress = null,
        ReusePort = null,
        IPv6Only = row.Remote is null ? row.IPv6Only : null,
    };

    private static string Words(SocketRow row) =>
        $"[{row.Local} {row.State} reuse {row.ReuseAddress} {row.ReusePort} v6only {row.IPv6Only} uid {row.UserId}]";

    /// <summary>
    /// A port of nobody, not even of a connection that has ended: below those that the system gives out by itself, and
    /// above those of the other tests, because a round asks several times and the port must stay as it is meanwhile.
    /// </summary>
    private static int FreePort(TransportProtocol protocol)
    {
        const int First = 30_000;
        const int Count = 2_700;
        while (true)
        {
            s_lastPort = (s_lastPort + 1) % Count;
            var request = new BindRequest
            {
                Protocol = protocol,
                Endpoint = NetEndpoint.Create(NetAddress.AnyIPv6, First + s_lastPort),
                DualMode = true,
            };
            if (BindProbe.Try(request, ProbePolicy.Full, TimeProvider.System).Outcome == BindOutcome.Success)
                return request.Endpoint.Port;
        }
    }
}
