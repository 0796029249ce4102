using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>This machine as a snapshot made by hand: everything but the sockets, which a test knows itself.</summary>
internal static class LinuxThisHost
{
    private static readonly string[] s_settings =
    [
        "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_nonlocal_bind", "net.ipv6.ip_nonlocal_bind", "net.ipv6.bindv6only",
        "net.ipv4.ip_local_port_range",
    ];

    public static HostSnapshot Describe(IEnumerable<SocketRow> sockets) => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = Environment.OSVersion.Version },
        Identity = new Identity { UserId = Status("Uid:", 1, NumberStyles.Integer) is { } uid ? (uint)uid : null, Capabilities = Status("CapEff:", 0, NumberStyles.HexNumber) },
        Sockets = Table.Complete(sockets, "test"),
        Interfaces = Table.Complete(NetworkInterface.GetAllNetworkInterfaces().Select(Describe), "test"),
        Addresses = Table.Complete(NetworkInterface.GetAllNetworkInterfaces().SelectMany(AddressesOf), "test"),
        Settings = Table.Complete(
            s_settings.Select(name => (name, path: "/proc/sys/" + name.Replace('.', '/'))).Where(pair => File.Exists(pair.path))
                .Select(pair => new SettingRow { Name = pair.name, Value = File.ReadAllText(pair.path).Trim() }), "test"),
    };

    private static InterfaceRow Describe(NetworkInterface one) => new()
    {
        Index = IndexOf(one),
        Name = one.Name,
        Status = one.OperationalStatus,
        Type = one.NetworkInterfaceType,
    };

    private static IEnumerable<AddressRow> AddressesOf(NetworkInterface one) =>
        one.GetIPProperties().UnicastAddresses.Select(address => new AddressRow
        {
            Interface = IndexOf(one),
            Address = NetAddress.FromIPAddress(address.Address),
            PrefixLength = address.PrefixLength,
            State = AddressState.Preferred,
        });

    private static uint IndexOf(NetworkInterface one)
    {
        IPInterfaceProperties properties = one.GetIPProperties();
        return (uint)(one.Supports(NetworkInterfaceComponent.IPv4) ? properties.GetIPv4Properties().Index : properties.GetIPv6Properties().Index);
    }

    private static ulong? Status(string name, int word, NumberStyles style)
    {
        string? line = File.ReadLines("/proc/thread-self/status").FirstOrDefault(text => text.StartsWith(name, StringComparison.Ordinal));
        string? value = line?[name.Length..].Split('\t', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(word);
        return ulong.TryParse(value, style, CultureInfo.InvariantCulture, out ulong number) ? number : null;
    }
}
