using System;
using System.IO;
using System.IO.Compression;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Firewall;

/// <summary>A Linux host with two links and a bridge, and whatever rules a test gives it.</summary>
internal static class LinuxFirewallHost
{
    public static HostSnapshot WithIptables(string saved, bool isIPv6 = false) => With(IptablesSave.Decode(saved, isIPv6));

    public static HostSnapshot With(NftablesRuleSet rules) => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
        Interfaces = Table.Complete([Link(1, "lo", NetworkInterfaceType.Loopback), Link(2, "fw0"), Link(3, "fw1"), Link(4, "docker0")], "test"),
        Addresses = Table.Complete([Address(1, "127.0.0.1", 8), Address(2, "10.9.0.2", 24), Address(3, "10.8.0.2", 24), Address(4, "172.17.0.1", 16), Address(2, "2001:db8:9::2", 64)], "test"),
        Routes = Table.Complete(
        [
            Route("127.0.0.1/32", 1, RouteKind.Local), Route("10.9.0.2/32", 2, RouteKind.Local), Route("10.8.0.2/32", 3, RouteKind.Local), Route("172.17.0.1/32", 4, RouteKind.Local),
            Route("10.9.0.255/32", 2, RouteKind.Broadcast), Route("2001:db8:9::2/128", 2, RouteKind.Local), Route("10.9.0.0/24", 2), Route("10.8.0.0/24", 3),
            Route("172.17.0.0/16", 4), Route("0.0.0.0/0", 2, gateway: "10.9.0.1"), Route("2001:db8:9::/64", 2), Route("::/0", 2, gateway: "2001:db8:9::1"),
        ], "test"),
        RoutingRules = Table.Complete(
        [
            Rule(0, 255, false), Rule(32766, 254, false), Rule(0, 255, true), Rule(32766, 254, true),
        ], "test"),
        Settings = Table.Complete(
        [
            new SettingRow { Name = "net.ipv4.conf.all.forwarding", Value = "1" }, new SettingRow { Name = "net.ipv4.conf.fw0.forwarding", Value = "1" },
            new SettingRow { Name = "net.ipv4.conf.fw1.forwarding", Value = "1" },
        ], "test"),
        AddressLabels = Table.Complete<AddressLabelRow>([], "test"),
        Neighbors = Table.Complete<NeighborRow>([], "test"),
        NftablesTables = Table.Complete(rules.Tables, "test"),
        NftablesChains = Table.Complete(rules.Chains, "test"),
        NftablesRules = Table.Complete(rules.Rules, "test"),
        NftablesSets = Table.Complete(rules.Sets, "test"),
    };

    /// <summary>A file of <c>Data</c>, unpacked.</summary>
    public static byte[] ReadData(string name)
    {
        using Stream stream = typeof(LinuxFirewallHost).Assembly.GetManifestResourceStream($"nft/{name}.gz")!;
        using var unpacked = new MemoryStream();
        using var zip = new GZipStream(stream, CompressionMode.Decompress);
        zip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static InterfaceRow Link(uint index, string name, NetworkInterfaceType type = NetworkInterfaceType.Ethernet) =>
        new() { Index = index, Name = name, Status = OperationalStatus.Up, Type = type };

    private static AddressRow Address(uint link, string address, int length) =>
        new() { Interface = link, Address = NetAddress.Parse(address), PrefixLength = length, State = AddressState.Preferred };

    private static RouteRow Route(string prefix, uint link, RouteKind kind = RouteKind.Unicast, string? gateway = null) => new()
    {
        Destination = NetPrefix.Parse(prefix),
        Interface = link,
        Kind = kind,
        Metric = 0,
        Table = kind is RouteKind.Local or RouteKind.Broadcast ? 255u : 254u,
        Scope = (byte)(kind == RouteKind.Local ? 254 : kind == RouteKind.Broadcast || gateway is null ? 253 : 0),
        Gateway = gateway is null ? null : NetAddress.Parse(gateway),
    };

    private static RoutingRuleRow Rule(uint priority, uint table, bool isIPv6) =>
        new() { Priority = priority, Table = table, IsIPv6 = isIPv6, Action = RoutingRuleAction.Lookup };
}
