using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using System.Threading;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>What became of a packet.</summary>
internal enum PacketFate
{
    /// <summary>It never reached the rules.</summary>
    Unseen,
    Accepted,
    Dropped,
    Rejected,
}

/// <summary>
/// This network namespace as a firewall with two links to another one, from which packets of any source are sent. Counters
/// before all rules and behind them tell what became of each. Only inside of a namespace of its own.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed partial class FirewallNetwork : IDisposable
{
    private const string OracleTable = "zz_oracle";

    private const string Oracle = $$"""
        table inet {{OracleTable}} {
            chain seen { type filter hook prerouting priority -2147483647; iifname { "fw0", "fw1" } meta l4proto { tcp, udp, icmp, icmpv6 } counter; }
            chain in { type filter hook input priority 2147483647; iifname { "fw0", "fw1" } meta l4proto { tcp, udp, icmp, icmpv6 } counter; }
            chain forward { type filter hook forward priority 2147483647; iifname { "fw0", "fw1" } meta l4proto { tcp, udp, icmp, icmpv6 } counter; }
        }
        """;

    private readonly OtherNamespace _client = new();
    private readonly int[] _sockets;

    public FirewallNetwork()
    {
        Tool.Run("ip", "link", "set", "lo", "up");
        Set("net/ipv6/conf/default/accept_dad", "0");
        for (int i = 0; i < 2; i++)
        {
            Tool.Run("ip", "link", "add", $"fw{i}", "address", $"02:00:00:00:01:0{i}", "type", "veth", "peer", "name", $"cl{i}", "address", $"02:00:00:00:02:0{i}", "netns", _client.ProcessId);
            Tool.Run("ip", "link", "set", $"fw{i}", "up");
        }

        foreach (string address in (string[])["10.9.0.2/24 dev fw0 brd +", "10.8.0.2/24 dev fw1 brd +", "2001:db8:9::2/64 dev fw0 nodad", "2001:db8:8::2/64 dev fw1 nodad"])
            Tool.Run("ip", ["addr", "add", .. address.Split(' ')]);
        Tool.Run("ip", "link", "add", "docker0", "type", "bridge");
        Tool.Run("ip", "link", "set", "docker0", "up");
        Tool.Run("ip", "addr", "add", "172.17.0.1/16", "brd", "+", "dev", "docker0");
        Tool.Run("ip", "link", "add", "dk0", "type", "veth", "peer", "name", "dk1");
        Tool.Run("ip", "link", "set", "dk0", "master", "docker0");
        Tool.Run("ip", "link", "set", "dk0", "up");
        Tool.Run("ip", "link", "set", "dk1", "up");
        foreach ((string gateway, int link) in ((string, int)[])[("10.9.0.1", 0), ("10.8.0.1", 1), ("2001:db8:9::1", 0), ("2001:db8:8::1", 1)])
            Tool.Run("ip", "neigh", "replace", gateway, "lladdr", $"02:00:00:00:02:0{link}", "dev", $"fw{link}", "nud", "permanent");
        Tool.Run("ip", "route", "add", "default", "via", "10.9.0.1");
        Tool.Run("ip", "-6", "route", "add", "default", "via", "2001:db8:9::1");
        foreach (string link in (string[])["all", "default", "fw0", "fw1"])
            Set($"net/ipv4/conf/{link}/rp_filter", "0");
        foreach ((string name, string value) in ((string, string)[])[
            ("ipv4/ip_forward", "1"), ("ipv4/icmp_ratelimit", "0"), ("ipv6/icmp/ratelimit", "0"), ("ipv4/icmp_echo_ignore_broadcasts", "0"), ("ipv4/tcp_invalid_ratelimit", "0")])
            Set("net/" + name, value);
        _sockets = OpenSockets(_client.ProcessId);
        Thread.Sleep(1200);
    }

    /// <summary>Loads a rule set of <c>Data</c>, by nft or by iptables-restore.</summary>
    public static void LoadFile(string name)
    {
        Tool.Run("nft", "flush", "ruleset");
        if (ReadData(name + ".txt") is { } native)
        {
            Feed("nft", native, "-f", "-");
        }
        else
        {
            Feed("iptables-nft-restore", ReadData(name + ".save4")!);
            if (ReadData(name + ".save6") is { } six)
                Feed("ip6tables-nft-restore", six);
        }
    }

    /// <summary>Loads rules; lines that nft refuses, because their conditions exclude each other, are left out.</summary>
    /// <returns>What was loaded.</returns>
    public static string LoadText(string rules)
    {
        Tool.Run("nft", "flush", "ruleset");
        List<string> lines = [.. rules.Split('\n')];
        while (true)
        {
            (int status, string output) = TryFeed("nft", string.Join('\n', lines), "-f", "-");
            int[] refused = [.. RefusedLine().Matches(output).Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Distinct().OrderDescending()];
            if (status == 0)
                return string.Join('\n', lines);
            Assert.True(refused.Length > 0 && lines.Count > 1, output + rules);
            foreach (int line in refused)
                lines.RemoveAt(line - 1);
        }
    }

    /// <summary>Adds the counters; after the capture, since they are no part of the rule set.</summary>
    public static void AddOracle() => Feed("nft", Oracle, "-f", "-");

    public static HostSnapshot Capture()
    {
        HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(
            new CaptureScope { Tables = SnapshotTables.ForFirewall, SourceDeadline = TimeSpan.FromSeconds(20) }, TestContext.Current.CancellationToken);
        Assert.Equal(Coverage.Complete, host.NftablesRules.Coverage);
        return host;
    }

    public PacketFate Send(Packet packet)
    {
        int link = packet.Input == "fw0" ? 0 : 1;
        string destination = packet.Destination.ToString();
        byte[] frame = packet.ToFrame((byte)link, destination is "255.255.255.255" or "10.9.0.255" or "10.8.0.255");
        foreach (int socket in _sockets)
        {
            while (Receive(socket) is not null)
            {
            }
        }

        ulong[] before = Counters();
        Write(_sockets[link], frame);
        ulong[] after = Counters();
        for (int i = 0; i < 40 && after[0] == before[0]; i++)
        {
            Thread.Sleep(1);
            after = Counters();
        }

        if (after[0] == before[0])
            return PacketFate.Unseen;
        if (after[1] == before[1] && after[2] == before[2])
        {
            Thread.Sleep(1);
            after = Counters();
        }

        if (after[1] > before[1] || after[2] > before[2])
            return PacketFate.Accepted;
        Thread.Sleep(1);
        foreach (int socket in _sockets)
        {
            while (Receive(socket) is { } reply)
            {
                if (IsRefusal(reply, packet))
                    return PacketFate.Rejected;
            }
        }

        return PacketFate.Dropped;
    }

    public static void Set(string setting, string value) => File.WriteAllText($"/proc/sys/{setting}", value);

    public static string? ReadData(string name)
    {
        using Stream? stream = typeof(FirewallNetwork).Assembly.GetManifestResourceStream($"nft/{name}.gz");
        if (stream is null)
            return null;
        using var reader = new StreamReader(new GZipStream(stream, CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    public void Dispose()
    {
        foreach (int socket in _sockets)
            Close(socket);
        _client.Dispose();
    }

    private static void Feed(string tool, string input, params string[] arguments)
    {
        (int status, string output) = TryFeed(tool, input, arguments);
        Assert.True(status == 0, $"{tool} answered {status}: {output}\n{input[..Math.Min(4000, input.Length)]}");
    }

    private static (int Status, string Output) TryFeed(string tool, string input, params string[] arguments)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, input);
        (int, string) answer = Tool.Try("sh", "-c", $"exec {tool} {string.Join(' ', arguments)} < {file}");
        File.Delete(file);
        return answer;
    }

    [GeneratedRegex(@"stdin:(\d+):\d+-\d+: Error")]
    private static partial Regex RefusedLine();

    // A TCP reset, or ICMP or ICMPv6 destination unreachable about this very packet: of earlier ones some come late.
    private static bool IsRefusal(byte[] frame, Packet packet)
    {
        bool isIPv4 = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == 0x0800;
        int transport = isIPv4 ? 34 : 54;
        if (frame.Length < transport + 20 || frame[6] != 2 || frame[10] != 1)
            return false;
        byte protocol = frame[isIPv4 ? 23 : 20];
        if (protocol == Packet.Tcp)
            return (frame[transport + 13] & 4) != 0 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(transport + 2)) == packet.SourcePort;
        bool isUnreachable = (protocol == Packet.Icmp && frame[transport] == 3) || (protocol == Packet.IcmpV6 && frame[transport] == 1);

        // The packet itself stands behind eight bytes: its port, or the number of its echo.
        int inner = transport + 8 + (isIPv4 ? 20 : 40) + (packet.IsIcmp ? 4 : 0);
        bool isNeighborDiscovery = packet.Protocol == Packet.IcmpV6 && packet.IcmpType is 135 or 136;
        return isUnreachable && frame.Length >= inner + 2 && (isNeighborDiscovery || BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(inner)) == packet.SourcePort);
    }

    private static ulong[] Counters()
    {
        using var netlink = new NetlinkReader(NetlinkReader.Netfilter);
        ByteOrder order = NativeNumbers.OrderOf(BitConverter.IsLittleEndian);
        NetlinkReading<KernelRule> reading = netlink.Dump<KernelRule>(
            (destination, byteOrder, sequence) => NftablesProtocol.WriteDump(destination, byteOrder, sequence, NftablesProtocol.GetRule, NftablesFamily.Inet, OracleTable),
            NftablesDump.DecodeRule,
            new CaptureRun(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeSpan.FromSeconds(5), default).StartSource());
        Assert.Null(reading.Failure);
        var counters = new ulong[3];
        foreach (KernelRule rule in reading.Rows)
        {
            if (rule.Table != OracleTable)
                continue;
            var list = new NetlinkAttributes(rule.Expressions, order);
            while (list.MoveNext())
            {
                var expression = new ExpressionAttributes(list.Value, order);
                if (expression.Text(1) == "counter")
                    counters[rule.Chain switch { "seen" => 0, "in" => 1, _ => 2 }] = new ExpressionAttributes(expression.Bytes(2), order).Wide(2);
            }
        }

        return counters;
    }

    private static int[] OpenSockets(string process)
    {
        const int cloneNewNet = 0x40000000, packetFamily = 17, rawNonBlocking = 3 | 0x800, allProtocols = 0x0300;
        int[] sockets = [-1, -1];
        string failure = "";
        var thread = new Thread(() =>
        {
            using var space = File.OpenHandle($"/proc/{process}/ns/net");
            if (SetNamespace((int)space.DangerousGetHandle(), cloneNewNet) != 0)
            {
                failure = $"setns: {Marshal.GetLastPInvokeError()}";
                return;
            }

            // Nothing but our packets may move the counters.
            foreach (string link in (string[])["default", "cl0", "cl1"])
                Set($"net/ipv6/conf/{link}/disable_ipv6", "1");
            for (int i = 0; i < 2; i++)
            {
                Tool.Run("ip", "link", "set", $"cl{i}", "up");
                sockets[i] = Open(packetFamily, rawNonBlocking, allProtocols);
                var address = new byte[20];
                BinaryPrimitives.WriteUInt16LittleEndian(address, packetFamily);
                BinaryPrimitives.WriteUInt16LittleEndian(address.AsSpan(2), allProtocols);
                BinaryPrimitives.WriteInt32LittleEndian(address.AsSpan(4), IndexOf($"cl{i}"));
                if (Bind(sockets[i], address, 20) != 0)
                    failure = $"bind: {Marshal.GetLastPInvokeError()}";
            }
        });
        thread.Start();
        thread.Join();
        Assert.Equal("", failure);
        return sockets;
    }

    private static byte[]? Receive(int socket)
    {
        var buffer = new byte[2048];
        nint length = Read(socket, buffer, (nuint)buffer.Length);
        return length > 0 ? buffer[..(int)length] : null;
    }

    private static void Write(int socket, byte[] frame) =>
        Assert.True(Send(socket, frame, (nuint)frame.Length, 0) == frame.Length, $"send: {Marshal.GetLastPInvokeError()}");

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, byte[] address, uint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte[] bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int socket, byte[] bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int socket);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int IndexOf(string name);
}
