using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats;
using Serva.Diagnostics.Formats.RoutePrint;
using Serva.Diagnostics.Snapshots;
using Xunit;
using Print = Serva.Diagnostics.Formats.RoutePrint.RoutePrint;

namespace Serva.Diagnostics.Tests.Formats.RoutePrint;

public sealed class RoutePrintTextTests
{
    private static readonly int Iterations = Extent.Of(plain: 3_000, ci: 20_000, longRun: 500_000);

    [Fact]
    public void Decode_Windows10_EveryRowWithItsLine()
    {
        Print print = RoutePrintText.Decode(RoutePrints.English);

        Assert.Empty(print.Unread);
        Assert.True(print is { IsVistaOrLater: true, HasIPv4: true, HasIPv6: true, EndsEarly: false });
        Assert.Equal(
            ["3: 13 Intel(R) Ethernet Connection 00:00:5e:00:53:01 Unknown Up", "4: 7 Intel(R) Dual Band Wireless 00:00:5e:00:53:02 Unknown Unknown",
             "5: 1 Software Loopback Interface 1 - Loopback Up", "6: 11 Teredo Tunneling Pseudo-Interface 00:00:00:00:00:00:00:e0 Tunnel Unknown",
             "13: 2147483648 192.0.2.10 - Unknown Up", "21: 2147483649 198.51.100.5 - Unknown Up"],
            print.Interfaces.Select(row => $"{row.Line}: {row.Row.Index} {row.Row.Name} {row.Row.PhysicalAddress ?? "-"} {row.Row.Type} {row.Row.Status}"));
        Assert.Equal(
            ["13: 0.0.0.0/0 via 192.0.2.1 dev 2147483648 metric 25 Unicast", "14: 127.0.0.0/8 dev 1 metric 331 Local", "15: 127.0.0.1/32 dev 1 metric 331 Local",
             "16: 127.255.255.255/32 dev 1 metric 331 Broadcast", "17: 192.0.2.0/24 dev 2147483648 metric 281 Unicast", "18: 192.0.2.10/32 dev 2147483648 metric 281 Local",
             "19: 192.0.2.77/32 dev 2147483648 metric 281 Local", "20: 192.0.2.255/32 dev 2147483648 metric 281 Broadcast", "21: 198.51.100.0/25 dev 2147483649 metric 306 Unicast",
             "22: 198.51.100.5/32 dev 2147483649 metric 306 Local", "23: 203.0.113.99/32 dev 2147483649 metric 306 Unicast", "24: 224.0.0.0/4 dev 1 metric 331 Multicast",
             "25: 255.255.255.255/32 dev 2147483648 metric 281 Broadcast",
             "37: ::/0 via fe80::1%13 dev 13 metric 281 Unicast", "38: ::1/128 dev 1 metric 331 Local", "39: 2001:db8:1:2::/64 dev 13 metric 281 Unicast",
             "40: 2001:db8:1:2:8bd5:17a8:5e7d:9a50/128 dev 13 metric 281 Local", "42: fe80::/64 dev 13 metric 281 Unicast",
             "43: fe80::8bd5:17a8:5e7d:9a50/128 dev 13 metric 281 Local", "45: ff00::/8 dev 1 metric 331 Multicast"],
            print.Routes.Select(Words));
        Assert.Equal(
            ["29: 0.0.0.0/0 via 192.0.2.1 metric 256 Unicast", "30: 203.0.113.64/27 metric 3 Unicast", "49: 2001:db8:ffff::/48 via 2001:db8:1:2:ffff:ffff:ffff:fff1 metric 256 Unicast"],
            print.PersistentRoutes.Select(Words));
        Assert.Equal(
            ["13: 192.0.2.10/24 dev 2147483648", "14: 127.0.0.1/8 dev 1", "21: 198.51.100.5/25 dev 2147483649", "19: 192.0.2.77/24 dev 2147483648",
             "38: ::1/128 dev 1", "40: 2001:db8:1:2:8bd5:17a8:5e7d:9a50/64 dev 13", "43: fe80::8bd5:17a8:5e7d:9a50%13/64 dev 13"],
            print.Addresses.Select(row => $"{row.Line}: {row.Row.Address}/{row.Row.PrefixLength} dev {row.Row.Interface}"));
        // The column is the sum of both metrics: nothing may come on top.
        Assert.All(print.Interfaces, row => Assert.True(row.Row is { MetricV4: 0, MetricV6: 0 }));
        Assert.Equal([13u, 7u, 1u, 11u], print.Interfaces.Where(row => !row.Row.IsIndexInvented).Select(row => row.Row.Index));
    }

    [Theory]
    [InlineData("German", RoutePrints.German, 3, 2)]
    [InlineData("French", RoutePrints.French, 3, 1)]
    [InlineData("Chinese", RoutePrints.Chinese, 5, 1)]
    public void Decode_OtherLanguages_SameRows(string language, string text, int routes, int persistent)
    {
        Print print = RoutePrintText.Decode(text);

        Assert.NotEmpty(language);
        Assert.Empty(print.Unread);
        Assert.True(print.IsVistaOrLater);
        Assert.Equal((routes, persistent), (print.Routes.Length, print.PersistentRoutes.Length));
        // One adapter, one address: they belong together.
        uint adapter = print.Interfaces[0].Row.Index;
        Assert.Equal(2, print.Interfaces.Length);
        Assert.Equal(
            [$"0.0.0.0/0 via 192.0.2.1 dev {adapter} metric 30 Unicast", "127.0.0.0/8 dev 1 metric 331 Local", $"192.0.2.0/24 dev {adapter} metric 286 Unicast"],
            print.Routes.Take(3).Select(row => Words(row)[(Words(row).IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        Assert.Equal(("198.51.100.0/24", 256u), (print.PersistentRoutes[0].Row.Destination.ToString(), print.PersistentRoutes[0].Row.Metric));
    }

    [Fact]
    public void Decode_WindowsXp_OwnAddressesAndNumbers()
    {
        Print print = RoutePrintText.Decode(RoutePrints.Xp);

        Assert.Empty(print.Unread);
        Assert.True(print is { IsVistaOrLater: false, HasIPv6: false, EndsEarly: false });
        Assert.Equal(
            ["10: 0.0.0.0/0 via 192.0.2.1 dev 2147483648 metric 30 Unicast", "11: 127.0.0.0/8 dev 1 metric 1 Local", "12: 192.0.2.0/24 dev 2147483648 metric 30 Unicast",
             "13: 192.0.2.100/32 dev 1 metric 30 Local", "14: 192.0.2.101/32 dev 1 metric 30 Local", "15: 192.0.2.255/32 dev 2147483648 metric 30 Broadcast",
             "16: 224.0.0.0/4 dev 2147483648 metric 30 Multicast", "17: 255.255.255.255/32 via 192.0.2.100 dev 131075 metric 1 Unicast",
             "18: 255.255.255.255/32 dev 2147483648 metric 1 Broadcast"],
            print.Routes.Select(Words));
        Assert.Equal(["192.0.2.100/24 dev 2147483648", "127.0.0.1/8 dev 1", "192.0.2.101/24 dev 2147483648"],
            print.Addresses.Select(row => $"{row.Row.Address}/{row.Row.PrefixLength} dev {row.Row.Interface}"));
        Assert.Equal("23: 198.51.100.0/24 via 192.0.2.254 metric 1 Unicast", Words(Assert.Single(print.PersistentRoutes)));
    }

    [Theory]
    [InlineData("          0.0.0.0          0.0.0.0        192.0.2.1")]
    [InlineData("          0.0.0.0          0.0.0.0        192.0.2.999       192.0.2.10     25")]
    [InlineData("          0.0.0.0      255.0.255.0        192.0.2.1         192.0.2.10     25")]
    [InlineData("        192.0.2.1    255.255.255.0        192.0.2.1         192.0.2.10     25")]
    [InlineData("          0.0.0.0          0.0.0.0        192.0.2.1         192.0.2.10     -1")]
    [InlineData("          0.0.0.0          0.0.0.0        2001:db8::1       192.0.2.10     25")]
    [InlineData("          0.0.0.0          0.0.0.0  Auf Verbindung")]
    [InlineData(" 13    281 2001:db8::/129            On-link")]
    [InlineData(" 13    281 2001:db8::/64")]
    [InlineData(" 13    281 2001:db8::/64            192.0.2.1")]
    [InlineData(" 13...")]
    [InlineData("Link-local address: fe80::1")]
    public void Decode_DamagedLine_IsToldWithItsNumber(string line)
    {
        Print print = RoutePrintText.Decode($"Active Routes:\n{line}\n\n          0.0.0.0          0.0.0.0        192.0.2.1       192.0.2.10     25\n");

        Assert.Equal(new UnreadLine(2, line.Trim()), Assert.Single(print.Unread));
        Assert.Equal(4, Assert.Single(print.Routes).Line);
    }

    [Fact]
    public void Decode_ManyAndLongUnreadLines_AreCountedAndCut()
    {
        Print print = RoutePrintText.Decode(string.Concat(Enumerable.Repeat($"{new string('9', 5000)}\n", 500)));

        Assert.Equal((500, RoutePrintText.MostUnread), (print.UnreadCount, print.Unread.Length));
        Assert.All(print.Unread, line => Assert.Equal(UnreadLine.LongestText + 3, line.Text.Length));
    }

    [Fact]
    public void Decode_MoreLinesThanTheLimit_RestIsCounted()
    {
        Print print = RoutePrintText.Decode(new string('\n', RoutePrintText.MostLines + 6));

        Assert.Equal(7, print.UnreadCount);
    }

    // Counted by hand in the files: listed interfaces and those that only routes name; IPv4 and IPv6 rows; persistent ones; addresses.
    [Theory]
    [InlineData("nt-en-route-print-Q142052.txt", 3, 11, 0, 0, 3)]
    [InlineData("nt35-en-route-print-Q143168.txt", 3, 11, 0, 0, 3)]
    [InlineData("nt4-en-route-print-Q140859-multihomed.txt", 3, 11, 0, 0, 3)]
    [InlineData("nt4-en-route-print-Q140859-singlehomed.txt", 2, 6, 0, 0, 2)]
    [InlineData("nt4-en-route-print-Q162055-two-gateways.txt", 2, 9, 0, 0, 2)]
    [InlineData("winxp-en-route-print-windowsitpro.txt", 4 + 1, 9, 0, 0, 2)]
    [InlineData("win7-zh-route-print-beacon-partial.txt", 3, 13, 0, 0, 3)]
    [InlineData("win7-zh-route-print-dualhomed-partial.txt", 8 + 2, 13, 0, 0, 3)]
    [InlineData("win7-en-netstat-nr-frostwire642-partial.txt", 8 + 1, 5, 0, 0, 2)]
    [InlineData("win10-de-route-print-anyconnect-fragment.txt", 1, 8, 0, 0, 1)]
    [InlineData("win10-en-jc-route.txt", 9 + 8 + 1, 47, 26, 1, 9 + 9)]
    [InlineData("win10-en-route-print-quirktiva75-fragment.txt", 2, 2, 0, 0, 2)]
    [InlineData("win10-en-route-print-systeminformation228.txt", 3, 6, 0, 0, 3)]
    [InlineData("win10-en-route-print-wsl5068-partial.txt", 7 + 2, 6, 0, 0, 3)]
    [InlineData("win10-fr-route-print-4-full.txt", 7 + 2, 16, 0, 0, 3)]
    [InlineData("win10-zh-route-print-4-splitdefault.txt", 11 + 6, 39, 0, 1, 7)]
    [InlineData("win10-zh-route-print-full-ipv4-ipv6.txt", 9 + 3, 25, 5, 0, 6 + 2)]
    [InlineData("win11-de-route-print-4-anonymised.txt", 1 + 3, 5, 0, 0, 3)]
    public void Corpus_EveryFile_NoRowIsLost(string file, int interfaces, int routes4, int routes6, int persistent, int addresses)
    {
        string path = Path.Combine(Environment.GetEnvironmentVariable("SERVA_DIAGNOSTICS_CORPUS") ?? "", "samples", "windows", file);
        Assert.SkipUnless(File.Exists(path), "the corpus is absent: SERVA_DIAGNOSTICS_CORPUS names its folder");

        Print print = RoutePrintText.Decode(File.ReadAllText(path));

        Assert.Empty(print.Unread);
        Assert.Equal((interfaces, routes4, routes6, persistent, addresses), (
            print.Interfaces.Length, print.Routes.Count(row => row.Row.Destination.Address.IsIPv4), print.Routes.Count(row => row.Row.Destination.Address.IsIPv6),
            print.PersistentRoutes.Length, print.Addresses.Length));
        Assert.Equal(file.StartsWith("win10", StringComparison.Ordinal) || file.StartsWith("win7", StringComparison.Ordinal) || file.StartsWith("win11", StringComparison.Ordinal), print.IsVistaOrLater);
        Assert.Equal(file.StartsWith("nt", StringComparison.Ordinal) || file.Contains("partial", StringComparison.Ordinal) || file.Contains("quirktiva75", StringComparison.Ordinal)
            || file.Contains("systeminformation228", StringComparison.Ordinal), print.EndsEarly);
    }

    [Fact]
    [Trait("Long", "Yes")]
    public void Decode_MutatedPrint_NeverThrowsAndAccountsForEveryRow()
    {
        var random = new Random(Extent.Seed(6));
        string[] prints = [RoutePrints.English, RoutePrints.German, RoutePrints.French, RoutePrints.Chinese, RoutePrints.Xp];
        string[] pieces = ["\n", "\r", " ", "...", "0x", "1", "4294967295", "4294967296", "::", "fe80::1%", "/", "255.255.255.255", "10.0.0.1", "On-link", ":", "=", "*", "\0", "\ud800", "xx ", "IPv6"];
        int told = 0;
        for (int i = 0; i < Iterations; i++)
        {
            var text = new StringBuilder(prints[random.Next(prints.Length)]);
            for (int times = random.Next(1, 12); times > 0; times--)
            {
                int at = random.Next(text.Length);
                if (random.Next(3) == 0)
                    text.Remove(at, Math.Min(random.Next(80), text.Length - at));
                else
                    text.Insert(at, pieces[random.Next(pieces.Length)]);
            }

            string mutated = text.ToString();
            Print print = RoutePrintText.Decode(mutated);

            // Each line with two dotted numbers or a prefix is a row, or is told.
            var seen = new HashSet<int>(print.Routes.Select(row => row.Line).Concat(print.PersistentRoutes.Select(row => row.Line)).Concat(print.Interfaces.Select(row => row.Line)).Concat(print.Unread.Select(row => row.Line)));
            int number = 0;
            foreach (ReadOnlySpan<char> line in mutated.AsSpan().EnumerateLines())
            {
                number++;
                if (line.Count('.') >= 6 && line.ContainsAnyInRange('0', '9') && !line.Contains("Default Gateway", StringComparison.Ordinal))
                    Assert.True(seen.Contains(number), $"line {number} of:\n{mutated}");
            }

            told += print.UnreadCount;
            Assert.All(print.Routes, row => Assert.True(row.Row.Interface is null || print.Interfaces.Any(known => known.Row.Index == row.Row.Interface), mutated));
        }

        Assert.InRange(told, Iterations / 2, Iterations * 20);
    }

    private static string Words(TextRow<RouteRow> row) =>
        $"{row.Line}: {row.Row.Destination}{(row.Row.Gateway is { } gateway ? $" via {gateway}" : "")}{(row.Row.Interface is { } index ? $" dev {index}" : "")} metric {row.Row.Metric} {row.Row.Kind}";
}
