using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Routing;

/// <summary>
/// Each issue of routes is made in a namespace, found, and found alone; every remedy's commands are typed in and help; those of
/// the way back are typed in, and the host is as it was, with its issue.
/// </summary>
[Trait("Proves", "SD2001")]
[Trait("Proves", "SD2002")]
[Trait("Proves", "SD2003")]
[Trait("Proves", "SD2004")]
[Trait("Proves", "SD2005")]
[Trait("Proves", "SD2006")]
[Trait("Proves", "SD2007")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class RouteIssueTests(ITestOutputHelper output)
{
    // No command helps a server without an address of its own: one card too many is in the subnet.
    private const string UnboundInOneSubnet = "udp/0.0.0.0:6969";

    private static readonly string[] s_twoDefaults = ["ip route add default via 192.168.1.1 dev e0", "ip route add default via 10.2.0.1 dev e1 metric 100"];
    private static readonly string[] s_oneDefault = ["ip route add default via 192.168.1.1 dev e0"];

    private static readonly (string Id, string Service, string[] Plant)[] s_issues =
    [
        ("SD2001", "tcp/10.2.0.5:8080", s_twoDefaults),
        ("SD2002", "tcp/192.168.1.10:8080", s_twoDefaults),
        ("SD2003", UnboundInOneSubnet, ["ip address add 192.168.1.11/24 dev e1", .. s_oneDefault]),
        ("SD2003", "tcp/192.168.1.11:8080", ["ip address add 192.168.1.11/24 dev e1", .. s_oneDefault]),
        ("SD2004", "tcp/192.168.1.10:8080", [.. s_oneDefault, "ip address add 10.8.0.2/24 dev e2", "ip route add 0.0.0.0/1 via 10.8.0.1 dev e2", "ip route add 128.0.0.0/1 via 10.8.0.1 dev e2"]),
        ("SD2005", "udp/0.0.0.0:6969", s_twoDefaults),
        ("SD2006", "udp/0.0.0.0:67", s_oneDefault),
        ("SD2007", "tcp/10.2.0.5:8080", [.. s_twoDefaults, "sysctl -w net.ipv4.conf.e1.rp_filter=1"]),
    ];

    [Fact]
    public void Diagnose_PlantedIssue_FoundAloneHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(RouteIssueTests)))
            return;
        foreach ((string id, string service, string[] plant) in s_issues)
        {
            Build();
            Assert.Empty(Diagnose("tcp/192.168.1.10:8080").Findings);
            foreach (string command in plant)
                Type(command);
            string before = State();
            Diagnosis found = Diagnose(service);
            Assert.Equal([id], found.Findings.Select(finding => finding.Issue.Id));

            int typed = 0, rechecked = 0;
            bool helped = false;
            foreach (Remedy remedy in found.Findings[0].Remedies)
            {
                if (remedy.Recheck is { } recheck)
                {
                    Assert.DoesNotContain(id, Ids(Diagnose(recheck.ToString())));
                    rechecked++;
                }

                if (remedy.Apply.IsEmpty)
                    continue;
                foreach (RemedyCommand command in remedy.Apply)
                    Type(command.Text);
                HostSnapshot simulated = found.Case.Host.With(remedy.Change!);
                Assert.Equal(RoutesOf(Capture()), RoutesOf(simulated));
                string[] afterwards = Ids(Diagnose(service));
                // What a loose filter lets in again is answered by the other link.
                Assert.Equal(id == "SD2007" && remedy.Apply[0].Text.EndsWith("rp_filter=2", StringComparison.Ordinal) ? ["SD2001"] : [], afterwards);
                helped |= afterwards.Length == 0;
                foreach (RemedyCommand command in remedy.Revert)
                    Type(command.Text);
                Assert.Equal(before, State());
                Assert.Equal([id], Ids(Diagnose(service)));
                typed++;
            }

            output.WriteLine($"{id}: {typed} remedies typed in and taken back, {rechecked} asked again");
            Assert.True(helped || rechecked > 0 || service == UnboundInOneSubnet, id);
        }
    }

    /// <summary>What <c>--what-if</c> says of a link that goes down is what the kernel does to routes and addresses.</summary>
    [Fact]
    public void With_ALinkDown_AsTheKernelLeavesIt()
    {
        if (!PrivateNamespace.Enter(typeof(RouteIssueTests)))
            return;
        Build();
        foreach (string command in s_twoDefaults)
            Type(command);
        Type("ip route add 198.51.100.0/24 nexthop via 192.168.1.1 dev e0 nexthop via 10.2.0.1 dev e1");
        Type("ip -6 address add 2001:db8:2::5/64 dev e1 nodad");
        Type("ip -6 route add 2001:db8:99::/48 via 2001:db8:2::1 dev e1");
        HostSnapshot host = Capture();
        uint index = host.Interfaces.Single(row => row.Name == "e1").Index;

        HostSnapshot simulated = host.With(new LinkDown { Interface = index });
        Type("ip link set e1 down");
        HostSnapshot down = Capture();

        Assert.Equal(RoutesOf(down), RoutesOf(simulated));
        Assert.Equal(AddressesOf(down), AddressesOf(simulated));
        foreach (string question in (string[])["203.0.113.9", "203.0.113.9 from 10.2.0.5", "10.2.0.5", "10.2.0.99", "198.51.100.7", "2001:db8:2::5", "2001:db8:99::1"])
        {
            RouteDecision then = new RouteSelector(simulated).Select(Flow.Parse(question)), now = new RouteSelector(down).Select(Flow.Parse(question));
            Assert.Equal((question, now.Outcome, now.NativeError), (question, then.Outcome, then.NativeError));
            Assert.Equal(now.Choices.Select(choice => (choice.InterfaceName, choice.Gateway, choice.Source)), then.Choices.Select(choice => (choice.InterfaceName, choice.Gateway, choice.Source)));
        }
    }

    // Three links with the kernel's defaults, anew.
    private static void Build()
    {
        Tool.Run("ip", "link", "set", "lo", "up");
        foreach (string link in (string[])["e0", "e1", "e2"])
        {
            Tool.Try("ip", "link", "del", link);
            Tool.Run("ip", "link", "add", link, "type", "veth", "peer", "name", "p" + link);
            Tool.Run("ip", "link", "set", "p" + link, "up");
            Tool.Run("ip", "link", "set", link, "up");
        }

        Type("sysctl -w net.ipv4.conf.all.rp_filter=0");
        Tool.Run("ip", "address", "add", "192.168.1.10/24", "dev", "e0");
        Tool.Run("ip", "address", "add", "10.2.0.5/24", "dev", "e1");
    }

    private static void Type(string command) => Tool.Run("sh", "-c", command);

    private static string State() => Tool.Run("sh", "-c", "ip -4 -d route show table all; ip -4 -d rule; ip -4 address | grep inet; sysctl -a -r 'net.ipv4.conf.e[0-9].rp_filter'");

    private static HostSnapshot Capture() =>
        HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes }, TestContext.Current.CancellationToken);

    private static IEnumerable<string> RoutesOf(HostSnapshot host) => host.Routes
        .Where(row => !row.Destination.Address.IsMulticast && !(row.Destination.Address is { IsIPv6: true, IsLinkLocal: true }))
        .Select(row => $"{row.Destination} {row.Kind} {row.Gateway} {row.Interface} {row.Metric} {row.Table} {string.Join(',', row.NextHops.Select(hop => $"{hop.Interface}/{hop.Flags & 17}"))}")
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> AddressesOf(HostSnapshot host) =>
        host.Addresses.Where(row => !row.Address.IsLinkLocal).Select(row => $"{row.Address} {row.Interface}").Order(StringComparer.Ordinal);

    private static string[] Ids(Diagnosis diagnosis) => [.. diagnosis.Findings.Select(finding => finding.Issue.Id)];

    private static Diagnosis Diagnose(string service)
    {
        HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(CaptureScope.All, TestContext.Current.CancellationToken);
        return Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Service = "test", Bind = BindRequest.Parse(service) }] });
    }
}
