using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading;
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

    /// <summary>The issue, the bind that is asked for, what makes it and what takes it away; a program behind a percent sign is nc under its name.</summary>
    private static readonly (string Id, string Service, string[] Plant, string[] Undo)[] s_faults =
    [
        ("SD3003", "udp/0.0.0.0:69", ["nft add table inet t; nft add chain inet t i '{ type filter hook input priority 0; }'; nft add rule inet t i udp dport 69 drop"], ["nft delete table inet t"]),
        ("SD3001", "udp/0.0.0.0:69", ["iptables -N ufw-user-input; iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -j ufw-user-input; iptables -A ufw-user-input -p tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP"],
            ["iptables -P INPUT ACCEPT; iptables -F; iptables -X"]),
        ("SD2007", "tcp/10.2.0.5:8080", ["ip route add default via 10.2.0.1 dev e1 metric 900; sysctl -w net.ipv4.conf.e1.rp_filter=1"], ["ip route del default dev e1; sysctl -w net.ipv4.conf.e1.rp_filter=0"]),
        ("SD2003", "udp/0.0.0.0:6969", ["ip address add 192.0.2.12/24 dev e1"], ["ip address del 192.0.2.12/24 dev e1"]),
        ("SD1037", "udp/192.0.2.99:69", ["sysctl -w net.ipv4.ip_nonlocal_bind=1"], ["sysctl -w net.ipv4.ip_nonlocal_bind=0"]),
        ("SD1009", "tcp/192.0.2.11:8090", ["ip address del 192.0.2.11/24 dev eth0"], ["ip address add 192.0.2.11/24 dev eth0"]),
        ("SD1022", "udp/0.0.0.0:67", ["%dhcpd -4 -u -k -l 67"], []),
        ("SD1023", "tcp/0.0.0.0:53", ["%unbound -4 -k -l 53"], []),
        ("SD1030", "udp/0.0.0.0:123", ["%chronyd -4 -u -k -l 123"], []),
        ("SD1036", "tcp/0.0.0.0:40069", ["%other -4 -k -l 127.0.0.1 9999", "%client -4 -p 40069 127.0.0.1 9999"], []),
        ("SD1038", "tcp/[::1]:80", ["sysctl -w net.ipv6.conf.all.disable_ipv6=1"], ["sysctl -w net.ipv6.conf.all.disable_ipv6=0"]),
    ];

    [Fact]
    public void Import_PlantedFaults_FindsWhatACaptureFinds()
    {
        if (!PrivateNamespace.Enter(typeof(CollectScriptTests)))
            return;
        SetUp();
        Tool.Run("sh", "-c", "ip link add e1 type veth peer name p1; ip link set p1 up; ip link set e1 up; ip address add 10.2.0.5/24 dev e1; sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.e1.rp_filter=0");
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["collect.sh"], ServaDiag.Run("collect-script", "linux").Output);
        foreach ((string id, string service, string[] plant, string[] undo) in s_faults)
        {
            var programs = new List<Process>();
            try
            {
                foreach (string line in plant)
                    Plant(line, scratch, programs);
                string found = "";
                for (int tries = 0; tries < 100 && !found.Contains(id, StringComparison.Ordinal); tries++)
                {
                    Thread.Sleep(50);
                    found = Findings(Captured(), service);
                }

                ImportedHost imported = ImportedHost.Read([new ImportText { Name = "host.txt", Text = Tool.Run("sh", scratch["collect.sh"]) }], DateTimeOffset.UnixEpoch);

                Assert.Contains(id, found, StringComparison.Ordinal);
                Assert.Empty(imported.Unrecognized);
                Assert.Equal((service, found), (service, Findings(imported.Host!, service)));
            }
            finally
            {
                foreach (Process program in programs)
                {
                    program.Kill(entireProcessTree: true);
                    program.WaitForExit();
                    program.Dispose();
                }
            }

            foreach (string line in undo)
                Tool.Run("sh", "-c", line);
        }
    }

    [Fact]
    public void Import_OutputOfTheScript_IsWhatACaptureSays()
    {
        if (!PrivateNamespace.Enter(typeof(CollectScriptTests)))
            return;
        SetUp();
        using var scratch = new ScratchDirectory();
        using Socket tcp = Bound(SocketType.Stream, "0.0.0.0", 8080), dual = Bound(SocketType.Stream, "::", 8081), udp = Bound(SocketType.Dgram, "192.0.2.11", 69), loopback = Bound(SocketType.Dgram, "127.0.0.1", 53);
        File.WriteAllText(scratch["collect.sh"], ServaDiag.Run("collect-script", "linux").Output);

        ImportedHost imported = ImportedHost.Read([new ImportText { Name = "host.txt", Text = Tool.Run("sh", scratch["collect.sh"]) }], DateTimeOffset.UnixEpoch);
        HostSnapshot real = Captured();

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

    // The kernel adds routes when it has found an address to be its own.
    private static void SetUp()
    {
        foreach (string command in s_setup)
            Tool.Run("ip", command.Split(' '));
        for (int tries = 0; tries < 200 && Tool.Run("ip", "-6", "address", "show", "tentative").Contains("inet6", StringComparison.Ordinal); tries++)
            Thread.Sleep(50);
    }

    private static HostSnapshot Captured() => HostDiagnostics.ForThisMachine().Capture(new CaptureScope(), TestContext.Current.CancellationToken);

    private static void Plant(string line, ScratchDirectory scratch, List<Process> programs)
    {
        if (!line.StartsWith('%'))
        {
            Tool.Run("sh", "-c", line);
            return;
        }

        string[] words = line[1..].Split(' ');
        string copy = scratch[words[0]];
        if (!File.Exists(copy))
            File.Copy("/usr/bin/nc.openbsd", copy);
        words[0] = copy;
        // nc ends with its standard input.
        programs.Add(Tool.Start("sh", ["-c", "tail -f /dev/null | { exec \"$@\"; }", "sh", .. words]));
        Thread.Sleep(100);
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

    private static string[] Sorted(IEnumerable<string> rows) => [.. rows.Order(StringComparer.Ordinal)];
}
