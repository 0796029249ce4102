using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>A link to a client in another namespace, who sends real packets.</summary>
internal sealed class ClientNetwork : IDisposable
{
    private readonly OtherNamespace _client = new();
    private int _port = 5000;

    public ClientNetwork()
    {
        Tool.Run("ip", "link", "set", "lo", "up");
        Tool.Run("ip", "link", "add", "fw0", "type", "veth", "peer", "name", "cl0", "netns", _client.ProcessId);
        Tool.Run("ip", "addr", "add", "10.9.0.2/24", "dev", "fw0");
        Tool.Run("ip", "link", "set", "fw0", "up");
        _client.Run("ip addr add 10.9.0.1/24 dev cl0 && ip link set cl0 up");
    }

    /// <summary>Whether a datagram arrives.</summary>
    public bool Reaches(UdpClient server, int tries = 5)
    {
        for (int i = 0; i < tries; i++)
        {
            _client.Run("bash -c 'echo request > /dev/udp/10.9.0.2/69'");
            if (server.Client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead))
            {
                while (server.Available > 0)
                {
                    var from = new IPEndPoint(IPAddress.Any, 0);
                    server.Receive(ref from);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>A request, data from another port, and the acknowledgement to that: whether the data could be sent, and whether it was acknowledged.</summary>
    public (bool Sent, bool Acknowledged) Transfers()
    {
        // A port that no transfer before has used: connection tracking remembers.
        string port = (_port++).ToString(CultureInfo.InvariantCulture);
        using var server = new UdpClient(new IPEndPoint(IPAddress.Any, 69));
        using var data = new UdpClient(new IPEndPoint(IPAddress.Any, 0));
        _client.Run($"printf '\\000\\001f\\000octet\\000' | nc.openbsd -u -p {port} -w 1 10.9.0.2 69");
        Assert.True(server.Client.Poll(TimeSpan.FromSeconds(2), SelectMode.SelectRead));
        var client = new IPEndPoint(IPAddress.Any, 0);
        server.Receive(ref client);
        try
        {
            data.Send([0, 3, 0, 1, 42], client);
        }
        catch (SocketException)
        {
            return (false, false);
        }

        int own = ((IPEndPoint)data.Client.LocalEndPoint!).Port;
        _client.Run($"printf '\\000\\004\\000\\001' | nc.openbsd -u -p {port} -w 1 10.9.0.2 {own.ToString(CultureInfo.InvariantCulture)}");
        return (true, data.Client.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead));
    }

    /// <summary>Whether a connection is made.</summary>
    public bool Connects(int port) => _client.Try($"timeout 1 bash -c 'echo > /dev/tcp/10.9.0.2/{port.ToString(CultureInfo.InvariantCulture)}'");

    /// <summary>The ports among these to which a connection is made; asked at once, for each that is kept out takes its time.</summary>
    public string Open(params int[] ports) => _client.Run(
        $"for port in {string.Join(' ', ports)}; do (timeout 1 bash -c \"echo > /dev/tcp/10.9.0.2/$port\" 2> /dev/null && echo $port) & done | sort -n | xargs").Trim();

    public void Dispose() => _client.Dispose();
}
