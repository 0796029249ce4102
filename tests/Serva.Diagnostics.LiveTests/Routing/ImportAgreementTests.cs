using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Routing;

/// <summary>What is imported from the text of <c>ip</c> is what rtnetlink says of the same namespace.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class ImportAgreementTests
{
    private static readonly string[] s_setup =
    [
        "link set lo up", "link add eth0 type veth peer name peer0", "link add eth1 type veth peer name peer1", "link set eth0 up", "link set peer0 up", "link set eth1 up",
        "addr add 192.0.2.10/24 dev eth0", "addr add 192.0.2.11/24 dev eth0", "addr add 198.51.100.1 peer 198.51.100.2/32 dev peer0", "-6 addr add 2001:db8::10/64 dev eth0 nodad",
        "route add default via 192.0.2.1 metric 100", "route add 203.0.113.0/24 nexthop via 192.0.2.2 weight 3 nexthop via 198.51.100.2 weight 1",
        "route add blackhole 10.0.0.0/8", "route add 10.1.0.0/16 via 192.0.2.3 table 100 tos 0x10", "-6 route add default via 2001:db8::1", "-6 route add unreachable 2001:db8:9::/48",
        "-6 route add 2001:db8:5::/48 from 2001:db8::/64 via 2001:db8::2", "rule add from 198.51.100.0/24 to 10.0.0.0/8 iif eth0 lookup 100", "rule add fwmark 0x10/0xff ipproto tcp dport 80-90 lookup 100 pref 500",
        "rule add not uidrange 10-20 lookup main suppress_prefixlength 0", "-6 rule add oif eth0 prohibit", "neigh add 192.0.2.1 lladdr 00:00:5e:00:53:01 dev eth0", "addrlabel add prefix 2001:db8::/32 label 99",
    ];

    [Fact]
    public void Read_TextOfIp_IsWhatRtnetlinkSays()
    {
        if (!PrivateNamespace.Enter(typeof(ImportAgreementTests)))
            return;
        foreach (string command in s_setup)
            Tool.Run("ip", command.Split(' '));

        string[] commands = ["-j -d link", "-j -d addr", "-j -d route show table all", "-j -d rule", "-6 -j -d rule", "-j addrlabel", "-j neigh"];
        ImportedHost imported = ImportedHost.Read(
            [.. commands.Select(command => new ImportText { Name = command, Text = $"# ip {command}\n{Tool.Run("ip", command.Split(' '))}" })], DateTimeOffset.UnixEpoch);
        HostSnapshot real = HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes }, TestContext.Current.CancellationToken);

        HostSnapshot host = imported.Host!;
        Assert.Empty(imported.Unrecognized);
        Assert.All<Coverage>(
            [host.Interfaces.Coverage, host.Addresses.Coverage, host.Routes.Coverage, host.RoutingRules.Coverage, host.AddressLabels.Coverage, host.Neighbors.Coverage],
            coverage => Assert.Equal(Coverage.Complete, coverage));
        AssertSame(real.Interfaces, host.Interfaces);
        AssertSame(real.Addresses, host.Addresses);
        AssertSame(real.Routes, host.Routes);
        AssertSame(real.RoutingRules, host.RoutingRules);
        AssertSame(real.AddressLabels, host.AddressLabels);
        // Unless asked for all, ip leaves out those that need no resolution.
        AssertSame(real.Neighbors.Where(row => !row.Address.IsMulticast), host.Neighbors);
        Assert.True(real.Routes.Count > 20 && real.RoutingRules.Count == 9, $"{real.Routes.Count} routes, {real.RoutingRules.Count} rules");
    }

    // iproute2 sorts nothing; it asks for one family after the other, as we do, or for both at once.
    private static void AssertSame<T>(IEnumerable<T> real, IEnumerable<T> imported)
        where T : notnull =>
        Assert.Equal(Sorted(real), Sorted(imported));

    private static List<string> Sorted<T>(IEnumerable<T> rows)
        where T : notnull => [.. rows.Select(row => row is RouteRow route ? $"{route} {string.Join(", ", route.NextHops)}" : $"{row}").Order(StringComparer.Ordinal)];
}
