using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>What is proposed instead of a bind that fails really binds, on the machine that runs the tests.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class AlternativesTests(ITestOutputHelper output)
{
    private static readonly HostDiagnostics s_machine = HostDiagnostics.ForThisMachine();

    [Theory]
    [InlineData("tcp", "127.0.0.1", "tcp/0.0.0.0:{0}", "")]
    [InlineData("udp", "127.0.0.1", "udp/0.0.0.0:{0}", "")]
    [InlineData("tcp", "0.0.0.0", "tcp/[::]:{0} --dual-mode", "with.v6only")]
    [InlineData("udp", "0.0.0.0", "udp/[::]:{0} --dual-mode", "with.v6only")]
    [InlineData("udp", "127.0.0.1", "udp/203.0.113.77:0", "on.every-address with.free-bind")]
    [InlineData("timeWait", "127.0.0.1", "tcp/127.0.0.1:{0}", "with.reuse-address")]
    [InlineData("tcp", "127.0.0.1", "tcp/203.0.113.77:{0}", "with.free-bind")]
    public void FindAlternatives_BesideRealSockets_EachReallyBinds(string what, string address, string asked, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "needs Linux with IPv6");
        using Socket holder = Hold(what, IPAddress.Parse(address), out int port);
        BindRequest request = BindRequest.Parse(asked.Replace("{0}", $"{port}", StringComparison.Ordinal));
        var predictor = new BindPredictor(s_machine.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds }, TestContext.Current.CancellationToken));

        BindAlternatives alternatives = predictor.FindAlternatives(request);

        Assert.NotEqual(BindOutcome.Success, s_machine.Probe(request, ProbePolicy.Full).Outcome);
        foreach (BindAlternative alternative in alternatives.Proposed.Concat(alternatives.NotProposed))
        {
            BindProbeResult real = s_machine.Probe(alternative.Request, ProbePolicy.Full);
            output.WriteLine($"{alternative.Code} {alternative.Request}: {alternative.Prediction.Certainty}{(alternative.Condition is null ? "" : ", with a condition")}, real {real.Outcome} {real.NativeError}");

            // Sockets of .NET meet the condition of TCP, and do not meet that of UDP.
            if (alternative.Condition is null || request.Protocol == TransportProtocol.Tcp)
                Assert.Equal(alternative.Prediction.Outcome, real.Outcome);
            else
                Assert.Equal(BindOutcome.AddressInUse, real.Outcome);
        }

        Assert.All(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), code => Assert.Contains(alternatives.Proposed, one => one.Code == code));

        // What is not there would not have helped: the option is tried as well.
        if (!request.ReuseAddress && !alternatives.Proposed.Concat(alternatives.NotProposed).Any(one => one.Code == "with.reuse-address"))
            Assert.NotEqual(BindOutcome.Success, s_machine.Probe(request with { ReuseAddress = true }, ProbePolicy.Full).Outcome);
    }

    [Theory]
    [InlineData(TransportProtocol.Tcp)]
    [InlineData(TransportProtocol.Udp)]
    public void FindFreePorts_ManyNeighboursHeld_EveryProposedPortReallyBinds(TransportProtocol protocol)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        var held = new List<Socket>();
        try
        {
            for (int port = 20_000; port < 20_060; port += protocol == TransportProtocol.Tcp ? 2 : 3)
            {
                if (TryBind(protocol, port) is { } socket)
                    held.Add(socket);
            }

            HostSnapshot host = s_machine.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds }, TestContext.Current.CancellationToken);
            var request = new BindRequest { Protocol = protocol, Endpoint = NetEndpoint.Create(NetAddress.AnyIPv4, 20_030), Listen = protocol == TransportProtocol.Tcp };

            PortAvailability ports = new BindPredictor(host).FindFreePorts(request, count: 50);

            Assert.Equal(50, ports.Free.Length);
            Assert.Empty(ports.Free.Select(endpoint => endpoint.Port).Intersect(held.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)));
            Assert.Equal(ports.Free.OrderBy(endpoint => Math.Abs(endpoint.Port - 20_030)).Select(endpoint => Math.Abs(endpoint.Port - 20_030)), ports.Free.Select(endpoint => Math.Abs(endpoint.Port - 20_030)));
            foreach (NetEndpoint endpoint in ports.Free)
            {
                Socket? socket = TryBind(protocol, endpoint.Port);
                Assert.True(socket is not null, $"{protocol} {endpoint} does not bind");
                held.Add(socket);
            }

            output.WriteLine($"{ports.Free.Length} of {ports.Free.Length} proposed {protocol} ports bind");
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    private static Socket Hold(string what, IPAddress address, out int port)
    {
        bool isUdp = what == "udp";
        var socket = new Socket(address.AddressFamily, isUdp ? SocketType.Dgram : SocketType.Stream, isUdp ? ProtocolType.Udp : ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        if (isUdp)
            return socket;
        socket.Listen();
        if (what == "tcp")
            return socket;

        // The side that closes first keeps the port in TIME_WAIT; here that is the accepted socket.
        var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(address, port);
        using (Socket accepted = socket.Accept())
            accepted.Shutdown(SocketShutdown.Both);
        socket.Dispose();
        client.Shutdown(SocketShutdown.Both);
        while (client.Receive(new byte[1]) > 0)
        {
        }

        client.Dispose();
        return client;
    }

    private static Socket? TryBind(TransportProtocol protocol, int port)
    {
        bool isUdp = protocol == TransportProtocol.Udp;
        var socket = new Socket(AddressFamily.InterNetwork, isUdp ? SocketType.Dgram : SocketType.Stream, isUdp ? ProtocolType.Udp : ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            if (!isUdp)
                socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
