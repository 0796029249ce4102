using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Formats.RoutePrint;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

public sealed class ImportedHostTests
{
    private const string Addresses = """
        [{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"operstate":"UNKNOWN","group":"default","link_type":"loopback","address":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"},{"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]},{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"operstate":"UP","group":"default","link_type":"ether","address":"00:00:5e:00:53:01","addr_info":[{"family":"inet","local":"192.0.2.10","prefixlen":24,"broadcast":"192.0.2.255","scope":"global"}]},{"ifindex":3,"ifname":"eth1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"operstate":"UP","group":"default","link_type":"ether","address":"00:00:5e:00:53:02","addr_info":[{"family":"inet","local":"198.51.100.10","prefixlen":24,"scope":"global"},{"family":"inet6","local":"2001:db8::10","prefixlen":64,"scope":"global"}]}]
        """;

    private const string Routes = """
        [{"type":"unicast","dst":"default","gateway":"198.51.100.1","dev":"eth1","table":"uplink","protocol":"boot","scope":"global","flags":[]},{"type":"unicast","dst":"default","gateway":"192.0.2.1","dev":"eth0","protocol":"dhcp","scope":"global","metric":100,"flags":[]},{"type":"unicast","dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.10","flags":[]},{"type":"unicast","dst":"198.51.100.0/24","dev":"eth1","protocol":"kernel","scope":"link","prefsrc":"198.51.100.10","flags":[]},{"type":"local","dst":"192.0.2.10","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"192.0.2.10","flags":[]},{"type":"local","dst":"198.51.100.10","dev":"eth1","table":"local","protocol":"kernel","scope":"host","prefsrc":"198.51.100.10","flags":[]},{"type":"unicast","dst":"default","gateway":"2001:db8::1","dev":"eth1","protocol":"ra","scope":"global","metric":1024,"flags":[],"pref":"medium"},{"type":"unreachable","dst":"default","dev":"lo","protocol":"kernel","scope":"global","metric":4294967295,"flags":[],"pref":"medium"}]
        """;

    private const string Rules = """
        [{"priority":0,"src":"all","table":"local"},{"priority":1000,"src":"198.51.100.10","table":"uplink"},{"priority":32766,"src":"all","table":"main"},{"priority":32767,"src":"all","table":"default"}]
        """;

    private const string Rules6 = """[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]""";

    private const string Session = "It fails since Tuesday, see below.\nbob@host2:~$ ip -j -d addr\n" + Addresses + "\nbob@host2:~$ ip -d -j route show table all\n" + Routes
        + "\nbob@host2:~$ ip -j rule\n" + Rules + "\n\nbob@host2:~$ ip -6 -j rule\n" + Rules6 + "bob@host2:~$ ip -j neigh\n[ ]bob@host2:~$ uptime\n 21:50:16 up 3:40\n";

    [Fact]
    public void Read_SessionOnLinux_AnswersWhereAPacketGoes()
    {
        ImportedHost imported = Read(Session);

        HostSnapshot host = imported.Host!;
        Assert.Equal(PlatformFamily.Linux, host.Platform.Family);
        Assert.Equal(["lo 1 Loopback Up", "eth0 2 Ethernet Up", "eth1 3 Ethernet Up"], host.Interfaces.Select(row => $"{row.Name} {row.Index} {row.Type} {row.Status}"));
        Assert.Equal(["127.0.0.1/8", "::1/128", "192.0.2.10/24", "198.51.100.10/24", "2001:db8::10/64"], host.Addresses.Select(row => $"{row.Address}/{row.PrefixLength}"));
        Assert.Equal((6, 2), (host.Routes.Count(row => row.Destination.Address.IsIPv4), host.Routes.Count(row => row.Destination.Address.IsIPv6)));
        Assert.Equal((4, 2), (host.RoutingRules.Count(row => !row.IsIPv6), host.RoutingRules.Count(row => row.IsIPv6)));
        Assert.Equal(
            [Coverage.Complete, Coverage.Complete, Coverage.Complete, Coverage.Complete, Coverage.Complete, Coverage.NotRequested, Coverage.NotRequested, Coverage.NotRequested],
            [host.Interfaces.Coverage, host.Addresses.Coverage, host.Routes.Coverage, host.RoutingRules.Coverage, host.Neighbors.Coverage, host.AddressLabels.Coverage, host.Settings.Coverage, host.Sockets.Coverage]);
        Assert.Equal(["ip addr 3-3: 5", "ip route 5-5: 8", "ip rule 7-7: 4", "ip rule 10-10: 2", "ip neigh 11-11: 0"],
            imported.Blocks.Select(block => $"{block.Command} {block.FirstLine}-{block.LastLine}: {block.Rows}"));
        Assert.Equal("12: 21:50:16 up 3:40", Assert.Single(imported.Unrecognized.Select(place => $"{place.FirstLine}: {place.Reason}")));

        // The rule names its table by a name of that machine.
        var selector = new RouteSelector(host);
        Assert.Equal(("eth0", "192.0.2.10"), Way(selector, "203.0.113.5", null));
        Assert.Equal(("eth1", "198.51.100.10"), Way(selector, "203.0.113.5", "198.51.100.10"));
        Assert.Equal(("eth1", "2001:db8::10"), Way(selector, "2001:db8:1::1", null));
        Assert.Contains("uplink 2147483648", host.Routes.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SavedAndReadAgain_IsTheSameHost()
    {
        HostSnapshot host = Read(Session).Host!;

        HostSnapshot again = DiagnosticCase.FromJson(new DiagnosticCase { Host = host }.ToJson()).Host;

        Assert.Equal(host, again);
    }

    [Fact]
    public void Read_SameInSeveralTexts_IsReadOnce()
    {
        HostSnapshot one = Read(Session).Host!;

        HostSnapshot several = Read(Rules, Addresses, Routes, Routes, Rules6, Addresses).Host!;

        Assert.Equal((one.Interfaces.Count, one.Addresses.Count, one.Routes.Count, one.RoutingRules.Count),
            (several.Interfaces.Count, several.Addresses.Count, several.Routes.Count, several.RoutingRules.Count));
        Assert.Equal(one.Routes.Order(ByDestination), several.Routes.Order(ByDestination));
    }

    [Fact]
    public void Read_RoutesAlone_InterfacesAreInventedAndSaidToBe()
    {
        HostSnapshot host = Read(Routes).Host!;

        Assert.Equal(Coverage.Partial, host.Interfaces.Coverage);
        Assert.Equal(["eth1", "eth0"], host.Interfaces.Select(row => row.Name));
        Assert.All(host.Interfaces, row => Assert.True(row.IsIndexInvented && row.Status == OperationalStatus.Unknown));
        Assert.Equal(Coverage.NotRequested, host.RoutingRules.Coverage);
        Assert.Equal(("eth0", null), Way(new RouteSelector(host), "203.0.113.5", null));
    }

    [Fact]
    public void Read_PartsMissing_AreNamed()
    {
        HostSnapshot host = Read("""[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},{"dst":"10.0.0.0/8","dev":"eth0","type":"nonsense"},{"dst":"10.0.0.0/33","dev":"eth0"}]""", Rules).Host!;

        Assert.Equal(["a line 1: route 2: type 'nonsense' is not known", "a line 1: route 3: dst '10.0.0.0/33' is not known", "table local", "IPv6"],
            host.Routes.Gaps.Select(gap => gap.Part.StartsWith('a') ? $"{gap.Part}: {gap.Reason}" : gap.Part));
        Assert.Equal(["IPv6"], host.RoutingRules.Gaps.Select(gap => gap.Part));
    }

    [Theory]
    [InlineData(RoutePrints.English, "6.0", 20, 7)]
    [InlineData(RoutePrints.Xp, "5.1", 9, 3)]
    public void Read_RoutePrint_IsAWindowsHost(string print, string version, int routes, int addresses)
    {
        ImportedHost imported = Read($"Hello,\r\nC:\\Users\\bob2>route print\r\n{print}\r\nC:\\Users\\bob2>ping 192.0.2.1\r\n");

        HostSnapshot host = imported.Host!;
        Assert.Equal((PlatformFamily.Windows, version), (host.Platform.Family, host.Platform.Version.ToString()));
        Assert.Equal((routes, addresses), (host.Routes.Count, host.Addresses.Count));
        Assert.Equal(@"C:\Users\bob2>ping 192.0.2.1", Assert.Single(imported.Unrecognized).Reason);
        Assert.Equal((5, "route print"), (Assert.Single(imported.Blocks).FirstLine, imported.Blocks[0].Command));
        Assert.Equal(host, DiagnosticCase.FromJson(new DiagnosticCase { Host = host }.ToJson()).Host);
    }

    [Fact]
    public void Read_RoutePrint_RemedyNamesNoInventedNumber()
    {
        HostSnapshot host = Read(RoutePrints.English + "  198.51.100.128  255.255.255.128      198.51.100.1      198.51.100.5     51\n").Host!;
        host = host with { Platform = host.Platform with { Version = new Version(5, 1) } };
        var flow = new Flow { Destination = NetAddress.Parse("203.0.113.5"), Source = NetAddress.Parse("198.51.100.5") };
        RouteDecision decision = new RouteSelector(host).Select(flow);

        Assert.Equal("192.0.2.10", Assert.Single(decision.Choices).InterfaceName);
        Assert.Equal("route -p add 203.0.113.5 mask 255.255.255.255 198.51.100.1 metric 1", Assert.Single(Assert.Single(RouteRemedies.For(host, decision)).Apply).Text);
    }

    [Fact]
    public void Read_PrintInTwoTexts_AnAddressIsTheSameInterfaceInBoth()
    {
        const string more = "  198.51.100.128  255.255.255.128        192.0.2.9       192.0.2.10     26\n";
        HostSnapshot host = Read(RoutePrints.English, more).Host!;

        Assert.Equal(host.Routes[0].Interface, host.Routes[^1].Interface);
        Assert.Equal(6, host.Interfaces.Count);
    }

    [Theory]
    [InlineData("the texts are of a Linux and of a Windows host", Routes, RoutePrints.English)]
    [InlineData("nothing in the texts was recognized", "Proto  Name\n  ICMP    0.0.0.0:135", "[1, 2]")]
    [InlineData("nothing in the texts was recognized", "[{\"ifindex\":1,", "[]")]
    [InlineData("nothing in the texts was recognized", "", "[{\"answer\":42}]")]
    public void Read_NoHostOrTwo_SaysWhy(string fault, params string[] texts)
    {
        ImportedHost imported = Read(texts);

        Assert.Null(imported.Host);
        Assert.StartsWith(fault, imported.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyBrokenLists_StaysLinear()
    {
        string text = string.Concat(Enumerable.Repeat("[{\"dst\":[{\n", 50_000)) + Routes;

        ImportedHost imported = Read(text);

        Assert.Equal(8, imported.Host!.Routes.Count);
    }

    [Fact]
    [Trait("Long", "Yes")]
    public void Read_MutatedSession_NeverThrowsAndMakesACaseThatReads()
    {
        var random = new Random(Extent.Seed(7));
        string[] pieces = ["\n", "[", "]", "{", "}", "\"", ",", "null", "-1", "4294967296", "300", "\"::\"", "\ud800", "\\ud800", "\"\\ud800\"", "\u2028", "/129", "[]", "{}", "true"];
        int hosts = 0, iterations = Extent.Of(plain: 1_500, ci: 10_000, longRun: 200_000);
        for (int i = 0; i < iterations; i++)
        {
            var text = new StringBuilder(Session);
            for (int times = random.Next(1, 10); times > 0; times--)
            {
                int at = random.Next(text.Length);
                string piece = pieces[random.Next(pieces.Length)];
                if (random.Next(3) == 0)
                    text.Remove(at, Math.Min(random.Next(6), text.Length - at));
                else if (random.Next(2) == 0)
                    text.Insert(at, piece);
                else
                    Replace(text, at, piece);
            }

            if (Read(text.ToString()).Host is not { } host)
                continue;
            hosts++;
            Assert.NotNull(DiagnosticCase.FromJson(new DiagnosticCase { Host = host }.ToJson()));
        }

        Assert.InRange(hosts, iterations / 2, iterations);
    }

    // The value of a member, so that the JSON stays whole and says something else.
    private static void Replace(StringBuilder text, int at, string piece)
    {
        string all = text.ToString();
        int colon = all.IndexOf("\":", at, StringComparison.Ordinal);
        int end = colon < 0 ? -1 : all.IndexOfAny([',', '}'], colon);
        if (end > 0)
            text.Remove(colon + 2, end - colon - 2).Insert(colon + 2, piece);
    }

    private static Comparer<RouteRow> ByDestination { get; } =
        Comparer<RouteRow>.Create((a, b) => string.CompareOrdinal($"{a.Destination} {a.Table} {a.Metric}", $"{b.Destination} {b.Table} {b.Metric}"));

    private static ImportedHost Read(params string[] texts) =>
        ImportedHost.Read([.. texts.Select((text, i) => new ImportText { Name = $"{(char)('a' + i)}", Text = text })], DateTimeOffset.UnixEpoch);

    private static (string Interface, string? Source) Way(RouteSelector selector, string destination, string? source)
    {
        RouteDecision decision = selector.Select(new Flow { Destination = NetAddress.Parse(destination), Source = source is null ? null : NetAddress.Parse(source) });
        RouteChoice choice = Assert.Single(decision.Choices);
        return (choice.InterfaceName, choice.Source?.ToString());
    }
}
