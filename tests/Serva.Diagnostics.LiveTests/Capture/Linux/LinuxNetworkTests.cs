using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>Compares with <c>ip -N -d -j</c> in a namespace full of every kind of link, address, route and rule.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
public sealed class LinuxNetworkTests
{
    [Fact]
    public void Capture_RichNamespace_EqualsIPRoute2()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxNetworkTests)))
            return;
        string skipped = SetUp();

        HostSnapshot host = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.All & ~SnapshotTables.Sockets });

        TestContext.Current.TestOutputHelper?.WriteLine("not supported by this kernel: " + skipped);
        Assert.Equal(Coverage.Complete, host.Routes.Coverage);
        AssertSame([.. Lines("-4 route show table all", Route), .. Lines("-6 route show table all", Route)], host.Routes.Select(Route));
        AssertSame(Lines("link show", Link), host.Interfaces.Select(Link));
        AssertSame(AddressLines().Order(StringComparer.Ordinal), host.Addresses.Select(Address).Order(StringComparer.Ordinal));
        AssertSame([.. Lines("-4 rule show", Rule(isIPv6: false)), .. Lines("-6 rule show", Rule(isIPv6: true))], host.RoutingRules.Select(Rule));
        Assert.Equal(Coverage.Complete, host.RoutingRules.Coverage);
        Assert.True(host.Routes.Count >= 40, $"{host.Routes.Count} routes");
        Assert.True(host.RoutingRules.Count >= 18, $"{host.RoutingRules.Count} rules");
        Assert.Equal(AddressState.Duplicate, StateOf(host, "2001:db8:5::1"));
        Assert.Equal(AddressState.Deprecated, StateOf(host, "2001:db8:6::1"));
        Assert.Equal(OperationalStatus.Down, host.Interfaces.Single(row => row.Name == "d2").Status);
        Assert.Equal(OperationalStatus.LowerLayerDown, host.Interfaces.Single(row => row.Name == "v0").Status);
        Assert.Equal(NetworkInterfaceType.Loopback, host.Interfaces.Single(row => row.Name == "lo").Type);
    }

    [Fact]
    public void Capture_NextHopObjectsWithoutCompatibility_AreResolved()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxNetworkTests)))
            return;
        Do("link set lo up", "link add d0 type veth peer name p0", "link set p0 up", "link set d0 up", "addr add 192.0.2.1/24 dev d0");
        Assert.SkipUnless(Try("nexthop add id 7 via 192.0.2.7 dev d0"), "This kernel has no next hop objects.");
        Do("nexthop add id 8 via 192.0.2.8 dev d0", "nexthop add id 9 group 7/8,3", "nexthop add id 10 blackhole",
            "route add 198.51.100.0/24 nhid 7", "route add 203.0.113.0/24 nhid 9", "route add 192.0.2.128/25 nhid 10");
        Tool.Run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/nexthop_compat_mode");

        HostSnapshot host = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.Routes | SnapshotTables.Interfaces });

        Assert.Equal(Coverage.Complete, host.Routes.Coverage);
        uint device = host.Interfaces.Single(row => row.Name == "d0").Index;
        RouteRow single = host.Routes.Single(row => row.Destination == NetPrefix.Parse("198.51.100.0/24"));
        Assert.Equal((NetAddress.Parse("192.0.2.7"), device), (single.Gateway, single.Interface));
        RouteRow group = host.Routes.Single(row => row.Destination == NetPrefix.Parse("203.0.113.0/24"));
        Assert.Equal([("192.0.2.7", 1), ("192.0.2.8", 3)], group.NextHops.Select(hop => (hop.Gateway.ToString(), hop.Weight)));
        Assert.Equal(RouteKind.Blackhole, host.Routes.Single(row => row.Destination == NetPrefix.Parse("192.0.2.128/25")).Kind);
    }

    private static string SetUp()
    {
        Do("link set lo up", "link add d0 type veth peer name p0", "link add d1 type veth peer name p1", "link add d2 type veth peer name p2",
            "link set p0 up", "link set p1 up", "link set d0 address 02:00:5e:00:00:01 mtu 1400", "link set d0 group 7 alias hostile\"name", "link set d0 up", "link set d1 up",
            "addr add 192.0.2.1/24 broadcast + dev d0", "addr add 192.0.2.2/24 dev d0", "addr add 10.9.0.1 peer 10.9.0.2/32 dev d1",
            "addr add 198.51.100.9/24 scope link dev d1", "-6 addr add 2001:db8:1::1/64 dev d0 nodad",
            "-6 addr add 2001:db8:6::1/64 dev d0 nodad preferred_lft 0", "-6 addr add 2001:db8:7::1 peer 2001:db8:7::2/128 dev d1 nodad",
            "route add 10.1.0.0/16 via 192.0.2.254", "route add 10.2.0.0/16 via 192.0.2.253 metric 77 src 192.0.2.2 table 1000 proto static",
            "route add 10.3.0.0/16 via 203.0.113.1 dev d0 onlink", "route add 10.4.0.0/16 nexthop via 192.0.2.3 weight 2 nexthop dev d1 weight 5",
            "route add blackhole 10.5.0.0/16", "route add unreachable 10.6.0.0/16 metric 9", "route add prohibit 10.7.0.0/16", "route add throw 10.8.0.0/16",
            "route add local 10.55.0.0/16 dev lo table local", "route add 10.10.0.0/16 tos 0x10 dev d0", "route add default via 192.0.2.250 table 500",
            "route add 10.11.0.0/16 via inet6 2001:db8:1::99 dev d0", "-6 route add 2001:db8:aaaa::/48 via fe80::1 dev d0 pref high",
            "-6 route add 2001:db8:bbbb::/48 dev d1 pref low metric 5", "-6 route add default via 2001:db8:1::fe table 700",
            "-6 route add 2001:db8:cccc::/48 nexthop via fe80::2 dev d0 weight 3 nexthop via fe80::3 dev d1", "-6 route add blackhole 2001:db8:dddd::/48",
            "-6 route add unreachable 2001:db8:eeee::/48 metric 8", "-6 route add prohibit 2001:db8:ffff::/48",
            "rule add from 10.0.0.0/8 to 192.0.2.0/24 table 1000 pref 100", "rule add fwmark 0x5/0xff iif d0 table 500 pref 101",
            "rule add fwmark 0x6 oif d1 table 500 pref 102", "rule add uidrange 1000-2000 ipproto tcp sport 1000-2000 dport 80 table 500 pref 103",
            "rule add not from 10.1.0.0/16 table main suppress_prefixlength 0 pref 104", "rule add tos 0x10 table 500 suppress_ifgroup 7 pref 105",
            "rule add goto 32766 pref 106", "rule add blackhole pref 107 from 10.66.0.0/16", "rule add prohibit pref 108 from 10.67.0.0/16",
            "rule add unreachable pref 109 from 10.68.0.0/16", "rule add nop pref 110 from 10.69.0.0/16", "rule add fwmark 0/0xf table 500 pref 111",
            "-6 rule add from 2001:db8::/32 table 700 pref 100", "-6 rule add not to 2001:db8:1::/64 iif lo table 700 pref 101",
            "-6 rule add uidrange 5-5 dport 53 ipproto udp table 700 pref 102");
        var unsupported = new List<string>();
        foreach (string command in (string[])
            ["link add v0 type veth peer name v1", "link set v0 up", "-6 addr add 2001:db8:2::1/64 dev v0 nodad", "link add br0 type bridge", "link set d2 master br0",
                "link add vrf0 type vrf table 900", "link add tun9 type ipip local 192.0.2.1 remote 192.0.2.77", "rule add l3mdev pref 99",
                "-6 route add 2001:db8:9999::/48 from 2001:db8:1::/64 dev d0"])
        {
            if (!Try(command))
                unsupported.Add(command);
        }

        // Two ends with the same address: duplicate address detection finds it.
        foreach (string command in (string[])["link add w0 type veth peer name w1", "link set w0 up", "link set w1 up", "-6 addr add 2001:db8:5::1/64 dev w0 nodad"])
            Do(command);
        Do("-6 addr add 2001:db8:5::1/64 dev w1");
        for (int i = 0; i < 100 && !Tool.Run("ip", "-6", "addr", "show", "dev", "w1").Contains("dadfailed", StringComparison.Ordinal); i++)
            System.Threading.Thread.Sleep(100);
        System.Threading.Thread.Sleep(2000);
        return string.Join("; ", unsupported);
    }

    private static void Do(params string[] commands)
    {
        foreach (string command in commands)
            Tool.Run("ip", command.Split(' '));
    }

    private static bool Try(string command) => Tool.Try("ip", command.Split(' ')).Status == 0;

    private static AddressState StateOf(HostSnapshot host, string address) =>
        host.Addresses.Where(row => row.Address == NetAddress.Parse(address)).Select(row => row.State).Max();

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        string[] theirs = [.. expected];
        string[] ours = [.. actual];
        for (int i = 0; i < Math.Max(theirs.Length, ours.Length); i++)
        {
            string one = i < theirs.Length ? theirs[i] : "(nothing)";
            string other = i < ours.Length ? ours[i] : "(nothing)";
            Assert.True(one == other, $"line {i}\n ip   {one}\n ours {other}");
        }
    }

    private static List<string> Lines(string command, Func<JsonElement, string> line)
    {
        using JsonDocument document = Json(command);
        return [.. document.RootElement.EnumerateArray().Select(line)];
    }

    private static JsonDocument Json(string command) =>
        JsonDocument.Parse(Tool.Run("ip", [.. "-N -d -j".Split(' '), .. command.Split(' ')]));

    private static string Get(JsonElement row, string name, string otherwise = "-")
    {
        if (!row.TryGetProperty(name, out JsonElement value))
            return otherwise;
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    // /sys belongs to the namespace it was mounted in, so indexes come from ip itself.
    private static Dictionary<string, uint> Indexes()
    {
        using JsonDocument links = Json("link show");
        return links.RootElement.EnumerateArray().ToDictionary(row => row.GetProperty("ifname").GetString()!, row => row.GetProperty("ifindex").GetUInt32());
    }

    private static readonly Lazy<Dictionary<string, uint>> AllIndexes = new(Indexes);

    private static string Device(string name) => name == "-" ? "-" : AllIndexes.Value[name].ToString(CultureInfo.InvariantCulture);

    private static string Prefix(string text, bool isIPv6)
    {
        if (text is "default" or "all")
            return isIPv6 ? "::/0" : "0.0.0.0/0";
        return text.Contains('/', StringComparison.Ordinal) ? text : text + (isIPv6 ? "/128" : "/32");
    }

    private static uint Flags(JsonElement row)
    {
        if (!row.TryGetProperty("flags", out JsonElement flags))
            return 0;
        uint all = 0;
        foreach (JsonElement flag in flags.EnumerateArray())
        {
            all |= flag.GetString() switch
            {
                "dead" => 1,
                "pervasive" => 2,
                "onlink" => 4,
                "offload" => 8,
                "linkdown" => 16,
                _ => 0u,
            };
        }

        return all;
    }

    private static string Route(JsonElement row)
    {
        string type = Get(row, "type", "unicast") switch
        {
            "1" => "unicast", "2" => "local", "3" => "broadcast", "4" => "anycast", "5" => "multicast", "6" => "blackhole",
            "7" => "unreachable", "8" => "prohibit", "9" => "throw", var word => word,
        };
        bool sendsNothing = type is "blackhole" or "unreachable" or "prohibit" or "throw";
        string hops = "";
        if (row.TryGetProperty("nexthops", out JsonElement nexthops))
        {
            hops = string.Join(',', nexthops.EnumerateArray().Select(
                hop => $"{Gateway(hop)}@{Device(Get(hop, "dev"))}*{Get(hop, "weight")}+{Flags(hop)}"));
        }

        string gateway = hops.Length > 0 ? "-" : Gateway(row);
        string device = sendsNothing || hops.Length > 0 ? "-" : Device(Get(row, "dev"));
        bool isIPv6 = Get(row, "dst").Contains(':', StringComparison.Ordinal) || IsIPv6Default(row);
        string from = Get(row, "from") is var source and not "-" ? Prefix(source, isIPv6) : "-";
        string preference = Get(row, "pref") switch { "medium" => "0", "high" => "1", "low" => "3", var other => other };
        string scope = Get(row, "scope", isIPv6 ? "0" : "?");
        return $"{Prefix(Get(row, "dst"), isIPv6)} {type} via {gateway} dev {device} metric {Get(row, "metric", "0")} table {Get(row, "table", "254")} "
            + $"from {from} src {Get(row, "prefsrc")} tos {Tos(Get(row, "tos", "0"))} scope {Scope(scope)} proto {Get(row, "protocol", "?")} flags {Flags(row)} pref {preference} [{hops}]";
    }

    private static bool IsIPv6Default(JsonElement row) => row.TryGetProperty("pref", out _);

    private static string Gateway(JsonElement row) =>
        row.TryGetProperty("via", out JsonElement via) ? Get(via, "host") : Get(row, "gateway");

    private static string Scope(string text) => text switch { "global" => "0", "link" => "253", "host" => "254", "nowhere" => "255", _ => text };

    private static string Tos(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? byte.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        : text;

    private static string Route(RouteRow row)
    {
        string hops = string.Join(',', row.NextHops.Select(hop => $"{hop.Gateway?.ToString() ?? "-"}@{hop.Interface}*{hop.Weight}+{hop.Flags}"));
        return $"{row.Destination} {Lower(row.Kind)} via {row.Gateway?.ToString() ?? "-"} dev {row.Interface?.ToString(CultureInfo.InvariantCulture) ?? "-"} "
            + $"metric {row.Metric} table {row.Table} from {row.From?.ToString() ?? "-"} src {row.PreferredSource?.ToString() ?? "-"} tos {row.TypeOfService} "
            + $"scope {row.Scope} proto {row.Protocol} flags {row.Flags} pref {row.Preference?.ToString(CultureInfo.InvariantCulture) ?? "-"} [{hops}]";
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Link(JsonElement row)
    {
        bool up = row.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "UP");
        bool carrier = row.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "LOWER_UP");
        string kind = row.TryGetProperty("linkinfo", out JsonElement info) ? Get(info, "info_kind") : "-";
        string address = Get(row, "address");
        if (address.Replace("0", "", StringComparison.Ordinal).Trim(':').Length == 0 || kind == "ipip")
            address = "-";
        return $"{Get(row, "ifindex")} {Get(row, "ifname")} {(up ? carrier ? "Up" : "LowerLayerDown" : "Down")} {address} mtu {Get(row, "mtu")} "
            + $"master {Device(Get(row, "master"))} kind {kind} group {Get(row, "group")} alias {Get(row, "ifalias")}";
    }

    private static string Link(InterfaceRow row) =>
        $"{row.Index} {row.Name} {row.Status} {row.PhysicalAddress ?? "-"} mtu {row.Mtu} "
        + $"master {row.Master?.ToString(CultureInfo.InvariantCulture) ?? "-"} kind {row.Kind ?? "-"} group {row.Group} alias {row.Description ?? "-"}";

    private static IEnumerable<string> AddressLines()
    {
        using JsonDocument document = Json("addr show");
        foreach (JsonElement link in document.RootElement.EnumerateArray())
        {
            foreach (JsonElement row in link.GetProperty("addr_info").EnumerateArray())
            {
                string state = Is(row, "dadfailed") ? "Duplicate" : Is(row, "optimistic") ? "Optimistic" : Is(row, "tentative") ? "Tentative"
                    : Is(row, "deprecated") ? "Deprecated" : "Preferred";
                string local = Get(row, "local");
                string zone = local.StartsWith("fe80:", StringComparison.Ordinal) ? "%" + Get(link, "ifindex") : "";
                yield return $"{Get(link, "ifindex")} {local}{zone}/{Get(row, "prefixlen")} {state} peer {Get(row, "address")} "
                    + $"brd {Get(row, "broadcast")} scope {Scope(Get(row, "scope"))} secondary {Is(row, "secondary") || Is(row, "temporary")}";
            }
        }
    }

    private static bool Is(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static string Address(AddressRow row) =>
        $"{row.Interface} {row.Address}/{row.PrefixLength} {row.State} peer {row.Peer?.ToString() ?? "-"} "
        + $"brd {row.Broadcast?.ToString() ?? "-"} scope {row.Scope} secondary {row.IsSecondary}";

    private static Func<JsonElement, string> Rule(bool isIPv6) => row =>
    {
        string from = Get(row, "src", "all");
        string to = Get(row, "dst", "all");
        string source = from == "all" ? "-" : Prefix(Get(row, "srclen") is var length and not "-" ? $"{from}/{length}" : from, isIPv6);
        string destination = to == "all" ? "-" : Prefix(Get(row, "dstlen") is var other and not "-" ? $"{to}/{other}" : to, isIPv6);
        string action = row.TryGetProperty("goto", out _) ? "goto" : row.TryGetProperty("nop", out _) ? "nop"
            : row.TryGetProperty("action", out JsonElement named) ? named.GetString() switch { "to_tbl" => "lookup", "6" => "blackhole", "7" => "unreachable", "8" => "prohibit", var word => word! } : "lookup";
        string table = action is "lookup" && !row.TryGetProperty("l3mdev", out _) ? Get(row, "table", "0") : "*";
        return $"{(isIPv6 ? 6 : 4)} {Get(row, "priority")} {action} {table} goto {Get(row, "goto")} not {row.TryGetProperty("not", out _)} from {source} to {destination} "
            + $"iif {Get(row, "iif")} oif {Get(row, "oif")} mark {Number(Get(row, "fwmark"))}/{Number(Get(row, "fwmask"))} tos {Tos(Get(row, "tos", "0"))} "
            + $"uid {Get(row, "uid_start")}-{Get(row, "uid_end")} proto {Number(Get(row, "ipproto"))} "
            + $"sport {Get(row, "sport", Get(row, "sport_start"))}-{Get(row, "sport", Get(row, "sport_end"))} "
            + $"dport {Get(row, "dport", Get(row, "dport_start"))}-{Get(row, "dport", Get(row, "dport_end"))} "
            + $"plen {Get(row, "suppress_prefixlen")} group {Get(row, "suppress_ifgroup")} l3mdev {row.TryGetProperty("l3mdev", out _)}";
    };

    private static string Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        : text switch { "tcp" => "6", "udp" => "17", "ipproto-6" => "6", "ipproto-17" => "17", _ => text };

    private static string Rule(RoutingRuleRow row)
    {
        string table = row.Action == RoutingRuleAction.Lookup && !row.IsVrf ? row.Table.ToString(CultureInfo.InvariantCulture) : "*";
        return $"{(row.IsIPv6 ? 6 : 4)} {row.Priority} {Lower(row.Action)} {table} goto {Say(row.GotoPriority)} not {row.IsInverted} from {Say(row.From)} to {Say(row.To)} "
            + $"iif {row.InputInterface ?? "-"} oif {row.OutputInterface ?? "-"} mark {Say(row.Mark)}/{Say(row.MarkMask)} tos {row.TypeOfService} "
            + $"uid {Say(row.FirstUserId)}-{Say(row.LastUserId)} proto {Say(row.IPProtocol)} "
            + $"sport {Say(row.FirstSourcePort)}-{Say(row.LastSourcePort)} dport {Say(row.FirstDestinationPort)}-{Say(row.LastDestinationPort)} "
            + $"plen {Say(row.SuppressPrefixLength)} group {Say(row.SuppressGroup)} l3mdev {row.IsVrf}";
    }

    private static string Say<T>(T? value)
        where T : struct, IFormattable => value is { } known ? known.ToString(null, CultureInfo.InvariantCulture) : "-";
}
