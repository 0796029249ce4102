using System;
using System.Linq;
using System.Net.NetworkInformation;
using System.Threading;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>Answers without reasons allocate nothing: a host with three links, rules for a source, and six routes of each family.</summary>
[Collection(QuietRuntime.Name)]
public sealed class RouteAllocationTests
{
    [Theory]
    [InlineData("192.0.2.77", RouteOutcome.Unicast)]
    [InlineData("192.0.2.77 from 10.2.0.5", RouteOutcome.Unicast)]
    [InlineData("192.0.2.77 oif e2", RouteOutcome.Unicast)]
    [InlineData("10.2.0.77", RouteOutcome.Unicast)]
    [InlineData("10.1.0.5", RouteOutcome.Local)]
    [InlineData("10.1.0.5 from 10.2.0.9 iif e2", RouteOutcome.Local)]
    [InlineData("224.0.0.9 oif e1", RouteOutcome.Multicast)]
    [InlineData("198.51.100.1", RouteOutcome.Prohibited)]
    [InlineData("192.0.2.77 from 203.0.113.9", RouteOutcome.InvalidSource)]
    [InlineData("2001:db8:f::1", RouteOutcome.Unicast)]
    [InlineData("2001:db8:f::1 from 2001:db8:2::5", RouteOutcome.Unicast)]
    [InlineData("2001:db8:2::77", RouteOutcome.Unicast)]
    [InlineData("2001:db8:1::5", RouteOutcome.Local)]
    [InlineData("3fff::1", RouteOutcome.NoRoute)]
    public void TrySelect_HostWithRules_AllocatesNothing(string text, RouteOutcome expected)
    {
        HostSnapshot host = Host();
        var selector = new RouteSelector(host);
        Flow flow = Flow.Parse(text);
        uint IndexOf(string? name) => host.Interfaces.FirstOrDefault(row => row.Name == name)?.Index ?? 0;
        var key = new FlowKey
        {
            Destination = flow.Destination,
            Source = flow.Source ?? default,
            InputInterface = IndexOf(flow.InputInterface),
            OutputInterface = IndexOf(flow.OutputInterface),
            UserId = 0,
        };

        // Code that is not compiled for good yet boxes more: it is given time.
        long least = long.MaxValue;
        for (int round = 0; round < 100 && least > 0; round++)
        {
            if (round > 0)
                Thread.Sleep(20);
            for (int i = 0; i < 100; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                bool isAnswered = selector.TrySelect(key, out RouteResult result);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                Assert.True(isAnswered);
                Assert.Equal(expected, result.Outcome);
            }
        }

        Assert.Equal(0, least);
    }

    private static HostSnapshot Host() => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
        Interfaces = Table.Complete([Link(1, "lo", NetworkInterfaceType.Loopback), Link(2, "e1"), Link(3, "e2")], "test"),
        Addresses = Table.Complete([Address(2, "10.1.0.5", 24), Address(3, "10.2.0.5", 24), Address(2, "2001:db8:1::5", 64), Address(3, "2001:db8:2::5", 64)], "test"),
        Routes = Table.Complete(
            [
                Route("0.0.0.0/0", 2, "10.1.0.1"), Route("10.1.0.0/24", 2), Route("10.2.0.0/24", 3), Route("0.0.0.0/0", 3, "10.2.0.1", 100),
                Route("10.1.0.5/32", 2, table: 255) with { Kind = RouteKind.Local, Scope = 254, Protocol = 2 },
                Route("198.51.100.0/24", null) with { Kind = RouteKind.Prohibit },
                Route("2001:db8:f::/48", 2, "2001:db8:1::1"), Route("2001:db8:1::/64", 2), Route("2001:db8:2::/64", 3),
                Route("2001:db8:f::/48", 3, "2001:db8:2::1", 100), Route("2001:db8:1::5/128", 2, table: 255) with { Kind = RouteKind.Local },
                Route("2001:db8:2::5/128", 3, table: 255) with { Kind = RouteKind.Local },
            ],
            "test"),
        RoutingRules = Table.Complete(
            [
                Rule(0, 255), Rule(100, 100) with { From = NetPrefix.Parse("10.2.0.5/32") }, Rule(32_766, 254), Rule(32_767, 253),
                Rule(0, 255) with { IsIPv6 = true }, Rule(100, 100) with { IsIPv6 = true, From = NetPrefix.Parse("2001:db8:2::5/128") }, Rule(32_766, 254) with { IsIPv6 = true },
            ],
            "test"),
        AddressLabels = Table.Complete(AddressLabelRow.Defaults, "test"),
        Neighbors = Table.Complete<NeighborRow>([], "test"),
        Settings = Table.Complete<SettingRow>([], "test"),
    };

    private static InterfaceRow Link(uint index, string name, NetworkInterfaceType type = NetworkInterfaceType.Ethernet) =>
        new() { Index = index, Name = name, Status = OperationalStatus.Up, Type = type };

    private static AddressRow Address(uint device, string address, int length) =>
        new() { Interface = device, Address = NetAddress.Parse(address), PrefixLength = length, State = AddressState.Preferred, Scope = 0 };

    private static RoutingRuleRow Rule(uint priority, uint table) =>
        new() { Priority = priority, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = table };

    private static RouteRow Route(string prefix, uint? device, string? gateway = null, uint table = 254) => new()
    {
        Destination = NetPrefix.Parse(prefix),
        Kind = RouteKind.Unicast,
        Interface = device,
        Gateway = gateway is null ? null : NetAddress.Parse(gateway),
        Metric = 0,
        Table = table,
        Scope = gateway is null ? (byte)253 : (byte)0,
    };
}
