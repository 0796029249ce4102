using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>A Linux host with two links, a rule for the second one's sources, and twelve routes, six of each family.</summary>
public static class SmallHost
{
    public static HostSnapshot Create() => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
        Identity = new Identity { UserId = 0 },
        Interfaces = Table.Complete([Link(1, "lo", NetworkInterfaceType.Loopback), Link(2, "e1"), Link(3, "e2")], "generated"),
        Addresses = Table.Complete(
            [
                Address(1, "127.0.0.1", 8), Address(2, "10.1.0.5", 24), Address(3, "10.2.0.5", 24),
                Address(1, "::1", 128), Address(2, "2001:db8:1::5", 64), Address(3, "2001:db8:2::5", 64),
            ],
            "generated"),
        Routes = Table.Complete(
            [
                Route("0.0.0.0/0", 2, "10.1.0.1"), Route("10.1.0.0/24", 2), Route("10.2.0.0/24", 3),
                Route("0.0.0.0/0", 3, "10.2.0.1", 100), Own("10.1.0.5/32", 2), Own("10.2.0.5/32", 3),
                Route("::/0", 2, "2001:db8:1::1"), Route("2001:db8:1::/64", 2), Route("2001:db8:2::/64", 3),
                Route("::/0", 3, "2001:db8:2::1", 100), Own("2001:db8:1::5/128", 2), Own("2001:db8:2::5/128", 3),
            ],
            "generated"),
        RoutingRules = Table.Complete(
            [
                Rule(0, 255), Rule(100, 100) with { From = NetPrefix.Parse("10.2.0.5/32") }, Rule(32_766, 254), Rule(32_767, 253),
                Rule(0, 255, isIPv6: true), Rule(100, 100, isIPv6: true) with { From = NetPrefix.Parse("2001:db8:2::5/128") }, Rule(32_766, 254, isIPv6: true),
            ],
            "generated"),
        AddressLabels = Table.Complete<AddressLabelRow>([new() { Prefix = NetPrefix.DefaultIPv6, Label = 1 }], "generated"),
        Neighbors = Table.Complete<NeighborRow>([], "generated"),
        Settings = Table.Complete<SettingRow>([], "generated"),
    };

    private static InterfaceRow Link(uint index, string name, NetworkInterfaceType type = NetworkInterfaceType.Ethernet) =>
        new() { Index = index, Name = name, Status = OperationalStatus.Up, Type = type };

    private static AddressRow Address(uint device, string address, int length) =>
        new() { Interface = device, Address = NetAddress.Parse(address), PrefixLength = length, State = AddressState.Preferred, Scope = device == 1 ? (byte)254 : (byte)0 };

    private static RoutingRuleRow Rule(uint priority, uint table, bool isIPv6 = false) =>
        new() { Priority = priority, IsIPv6 = isIPv6, Action = RoutingRuleAction.Lookup, Table = table };

    private static RouteRow Own(string prefix, uint device) => Route(prefix, device, table: 255) with { Kind = RouteKind.Local, Scope = 254, Protocol = 2 };

    private static RouteRow Route(string prefix, uint device, string? gateway = null, uint table = 254) => new()
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
