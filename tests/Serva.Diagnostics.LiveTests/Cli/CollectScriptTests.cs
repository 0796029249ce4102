using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>What the script collects and <c>import</c> reads is what a capture of the same namespace says.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class CollectScriptTests
{
    private static readonly string[] s_setup =
    [
        "link set lo up", "link add eth0 type veth peer name peer0", "link set eth0 up", "link set peer0 up", "addr add 192.0.2.10/24 dev eth0", "addr add 192.0.2.11/24 dev eth0",
        "-6 addr add 2001:db8::10/64 dev eth0 nodad", "route add default via 192.0.2.1 metric 100", "-6 route add default via 2001:db8::1", "rule add from 198.51.100.0/24 lookup 100",
    ];

    [Fact]
    public void Import_OutputOfTheScript_IsWhatACaptureSays()
    {
        if (!PrivateNamespace.Enter(typeof(CollectScriptTests)))
            return;
        foreach (string command in s_setup)
            Tool.Run("ip", command.Split(' '));
        using var scratch = new ScratchDirectory();
        using Socket tcp = Bound(SocketType.Stream, "0.0.0.0", 8080), dual = Bound(SocketType.Stream, "::", 8081), udp = Bound(SocketType.Dgram, "192.0.2.11", 69), loopback = Bound(SocketType.Dgram, "127.0.0.1", 53);
        File.WriteAllText(scratch["collect.sh"], ServaDiag.Run("collect-script", "linux").Output);

        ImportedHost imported = ImportedHost.Read([new ImportText { Name = "host.txt", Text = Tool.Run("sh", scratch["collect.sh"]) }], DateTimeOffset.UnixEpoch);
        HostSnapshot real = HostDiagnostics.ForThisMachine().Capture(new CaptureScope(), TestContext.Current.CancellationToken);

        HostSnapshot host = imported.Host!;
        Assert.Empty(imported.Unrecognized);
        Assert.Equal(Sorted(real.Sockets.Select(Brief)), Sorted(host.Sockets.Select(Brief)));
        Assert.Equal(Coverage.Complete, host.Sockets.Coverage);
        Assert.Equal(Sorted(real.Interfaces.Select(row => $"{row}")), Sorted(host.Interfaces.Select(row => $"{row}")));
        Assert.Equal(Sorted(real.Addresses.Select(Settled)), Sorted(host.Addresses.Select(Settled)));
        Assert.Equal(Sorted(real.Routes.Select(row => $"{row}")), Sorted(host.Routes.Select(row => $"{row}")));
        Assert.Equal(Sorted(real.RoutingRules.Select(row => $"{row}")), Sorted(host.RoutingRules.Select(row => $"{row}")));
        Assert.Equal(real.Platform.Version, host.Platform.Version);
        foreach (string wanted in (string[])["tcp/0.0.0.0:8080", "tcp/192.0.2.10:8080", "tcp/[::]:8081", "tcp/0.0.0.0:8081", "udp/0.0.0.0:69", "udp/192.0.2.11:69", "udp/192.0.2.10:69", "udp/0.0.0.0:53", "udp/127.0.0.1:53", "udp/198.51.100.1:53", "tcp/0.0.0.0:9090", "udp/[2001:db8::10]:69"])
            Assert.Equal((wanted, Findings(real, wanted)), (wanted, Findings(host, wanted)));
    }

    private static Socket Bound(SocketType type, string address, int port)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), port);
        var socket = new Socket(endpoint.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            socket.DualMode = true;
        socket.Bind(endpoint);
        if (type == SocketType.Stream)
            socket.Listen();
        return socket;
    }

    private static string Findings(HostSnapshot host, string wanted)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse(wanted) }] });
        return $"{diagnosis.Services[0].Bind.Outcome} {string.Join(", ", diagnosis.Findings.Select(finding => finding.Issue.Id))}";
    }

    // An address of the link becomes usable while the test runs.
    private static string Settled(AddressRow row) => $"{row with { State = AddressState.Preferred }}";

    private static string Brief(SocketRow row) =>
        $"{row.Protocol} {row.Local} {row.Remote} {row.State} {row.Inode} {row.UserId} {row.IPv6Only} {string.Join(',', row.Owners.Select(owner => owner.ProcessId))}";

    private static string[] Sorted(System.Collections.Generic.IEnumerable<string> rows) => [.. rows.Order(StringComparer.Ordinal)];
}
