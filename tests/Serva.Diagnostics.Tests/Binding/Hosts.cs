using System;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>Hosts for bind questions, with every table that a bind may depend on.</summary>
internal static class Hosts
{
    public static HostSnapshot Linux(IEnumerable<SocketRow> sockets, string version = "6.18.0") => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = Version.Parse(version) },
        Identity = new Identity { UserName = "root", UserId = 0, IsElevated = true, Capabilities = ulong.MaxValue },
        Sockets = Table.Complete(sockets, "test"),
        Interfaces = Table.Complete(
        [
            Interface(BindPair.Loopback, "lo", NetworkInterfaceType.Loopback),
            Interface(BindPair.OtherDevice, "lsb0", NetworkInterfaceType.Ethernet),
        ], "test"),
        Addresses = Table.Complete(
        [
            Address(BindPair.Loopback, "127.0.0.1", 8),
            Address(BindPair.Loopback, "::1", 128),
            Address(BindPair.OtherDevice, "10.9.0.1", 24),
            Address(BindPair.OtherDevice, "10.9.0.2", 24),
            Address(BindPair.OtherDevice, "fd09::1", 64),
            Address(BindPair.OtherDevice, "fd09::2", 64),
            Address(BindPair.OtherDevice, "fe80::9%2", 64),
        ], "test"),
        Routes = Table.Complete(
        [
            LocalRoute("127.0.0.0/8", RouteKind.Local),
            LocalRoute("127.0.0.1/32", RouteKind.Local),
            LocalRoute("127.255.255.255/32", RouteKind.Broadcast),
            LocalRoute("10.9.0.1/32", RouteKind.Local),
            LocalRoute("10.9.0.2/32", RouteKind.Local),
            LocalRoute("10.9.0.255/32", RouteKind.Broadcast),
        ], "test"),
        PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 32768, Last = 60999 }], "test"),
        Settings = Table.Complete(
        [
            Setting("net.ipv4.ip_unprivileged_port_start", "1024"),
            Setting("net.ipv4.ip_nonlocal_bind", "0"),
            Setting("net.ipv6.ip_nonlocal_bind", "0"),
            Setting("net.ipv6.bindv6only", "0"),
        ], "test"),
    };

    public static HostSnapshot Windows(IEnumerable<SocketRow> sockets, string version = "10.0.19045", string user = "PC\\alice") => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = Version.Parse(version) },
        Identity = new Identity { UserName = user, IsElevated = false },
        Sockets = Table.Complete(sockets, "test"),
        Interfaces = Table.Complete([Interface(1, "Loopback", NetworkInterfaceType.Loopback), Interface(7, "Ethernet", NetworkInterfaceType.Ethernet)], "test"),
        Addresses = Table.Complete(
        [
            Address(1, "127.0.0.1", 8),
            Address(1, "::1", 128),
            Address(7, "192.168.1.10", 24),
            Address(7, "fe80::7%7", 64),
        ], "test"),
        PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 49152, Last = 65535 }], "test"),
    };

    public static SocketRow Socket(string protocolAndEndpoint, TcpState? state = null)
    {
        BindRequest request = BindRequest.Parse(protocolAndEndpoint);
        return new SocketRow
        {
            Protocol = request.Protocol,
            Local = request.Endpoint,
            State = request.Protocol == TransportProtocol.Tcp ? state ?? TcpState.Listen : null,
            Interface = request.Endpoint.Address.ScopeId,
        };
    }

    public static SocketRow OwnedBy(this SocketRow row, int processId, string name, string? user = null) =>
        row with { Owners = [new ProcessRow { ProcessId = processId, Name = name, User = user }] };

    public static BindPrediction Predict(this HostSnapshot host, string request, Identity? asker = null) =>
        new BindPredictor(host).Predict(BindRequest.Parse(request) with { Asker = asker });

    public static SettingRow Setting(string name, string value) => new() { Name = name, Value = value };

    public static AddressRow Address(uint device, string address, int length, AddressState state = AddressState.Preferred) => new()
    {
        Interface = device,
        Address = NetAddress.Parse(address),
        PrefixLength = length,
        State = state,
    };

    public static RouteRow LocalRoute(string prefix, RouteKind kind) => new()
    {
        Destination = NetPrefix.Parse(prefix),
        Kind = kind,
        Metric = 0,
        Table = 255,
    };

    public static InterfaceRow Interface(uint index, string name, NetworkInterfaceType type, string? kind = null, uint? master = null) => new()
    {
        Index = index,
        Name = name,
        Status = OperationalStatus.Up,
        Type = type,
        Kind = kind,
        Master = master,
    };
}
