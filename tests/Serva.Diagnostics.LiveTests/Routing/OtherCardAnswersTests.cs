using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Routing;

/// <summary>
/// SD2011 with two cards and a client in another namespace: the wrong card really answers, what comes by it really does not
/// arrive, the remedy stops the answer, and is taken back.
/// </summary>
[Trait("Proves", "SD2011")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class OtherCardAnswersTests
{
    private const string Server = "192.168.1.10", Service = "udp/192.168.1.10:6969";
    private const int SolSocket = 1, BindToDevice = 25;

    [Fact]
    public void Diagnose_TwoCardsInOneSubnet_FoundWhereItHurtsHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(OtherCardAnswersTests)))
            return;
        using OtherNamespace client = new();
        Tool.Run("ip", "link", "set", "lo", "up");
        foreach (string link in (string[])["e0", "e1"])
        {
            Tool.Run("ip", "link", "add", link, "type", "veth", "peer", "name", "c" + link, "netns", client.ProcessId);
            Tool.Run("ip", "link", "set", link, "up");
            client.Run($"ip link set c{link} up");
        }

        Type("sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.e1.rp_filter=0");
        Type($"ip address add {Server}/24 dev e0; ip address add 192.168.1.11/24 dev e1 noprefixroute; ip route add 192.168.1.0/24 dev e1 metric 100 src 192.168.1.11");

        // The client is on the wire of the second card: whatever it gets, it gets by that one.
        client.Run("ip address add 192.168.1.77/24 dev ce1");
        using var server = new UdpClient(new IPEndPoint(IPAddress.Parse(Server), 6969));
        bool Reaches()
        {
            client.Run($"ip neigh flush dev ce1; bash -c 'echo x > /dev/udp/{Server}/6969' || true");
            bool isThere = server.Client.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead);
            while (server.Available > 0)
            {
                var from = new IPEndPoint(IPAddress.Any, 0);
                server.Receive(ref from);
            }

            return isThere;
        }

        bool Answers() => client.Run($"ip neigh show {Server} dev ce1").Contains("lladdr", StringComparison.Ordinal);

        // It answers, and as nothing filters it the server is reached: nothing to tell.
        Assert.True(Reaches());
        Assert.True(Answers());
        Assert.Empty(Diagnose());

        // A server that is bound to the first card does not hear the second.
        server.Client.SetRawSocketOption(SolSocket, BindToDevice, "e0"u8);
        Assert.False(Reaches());
        Assert.True(Answers());
        string before = State();
        Finding finding = Assert.Single(Diagnose(" --device e0"));
        Assert.Equal("SD2011", finding.Issue.Id);
        Remedy remedy = finding.Remedies[0];
        Assert.All(remedy.Apply, command => Type(command.Text));
        Assert.False(Reaches());
        Assert.False(Answers());
        Assert.Empty(Diagnose(" --device e0"));
        Assert.All(remedy.Revert, command => Type(command.Text));
        Assert.Equal(before, State());
        Assert.Equal("SD2011", Assert.Single(Diagnose(" --device e0")).Issue.Id);

        // With a strict filter the second card does not answer: the kernel asks for the way back before it does.
        Type("sysctl -w net.ipv4.conf.e1.rp_filter=1");
        Assert.False(Reaches());
        Assert.False(Answers());
        Assert.Empty(Diagnose(" --device e0"));
        Type("sysctl -w net.ipv4.conf.e1.rp_filter=0");

        // Nor does a server that the firewall lets in by the first card alone.
        server.Client.SetRawSocketOption(SolSocket, BindToDevice, "\0"u8);
        Assert.True(Reaches());
        Type("nft 'table inet filter { chain input { type filter hook input priority 0; iifname \"e1\" udp dport 6969 drop; }; }'");
        Assert.False(Reaches());
        Assert.True(Answers());
        Assert.Contains(Diagnose(), found => found.Issue.Id == "SD2011");
    }

    private static string State() => Tool.Run("sh", "-c", "sysctl -a -r 'net.ipv4.conf.(all|e0|e1).(arp|rp)_'");

    private static void Type(string command) => Tool.Run("sh", "-c", command);

    private static Finding[] Diagnose(string options = "")
    {
        HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.All & ~SnapshotTables.Sockets }, TestContext.Current.CancellationToken);
        return [.. Diagnoser.Diagnose(new DiagnosticCase { Host = host with { Sockets = Table.Complete<SocketRow>([], "test") }, Questions = [new Question { Service = "test", Bind = BindRequest.Parse(Service + options) }] }).Findings];
    }
}
