using System;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>What bind rules look up in one snapshot, indexed once. Immutable after construction and safe to share.</summary>
internal sealed class BindFacts
{
    private readonly Dictionary<string, string> _settings = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<NetAddress, List<AddressRow>> _addresses = [];
    private readonly Dictionary<uint, InterfaceRow> _interfaces = [];
    private readonly Dictionary<string, InterfaceRow> _interfacesByName = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _accountsOfServices = [];

    public BindFacts(HostSnapshot host)
    {
        Host = host;
        Sockets = new SocketIndex(host.Sockets);
        PortRanges = PortRangeIndex.Of(host.PortRanges);
        foreach (SettingRow row in host.Settings)
        {
            _settings.TryAdd(row.Name, row.Value);
            HasIPv4Setting |= row.Name.StartsWith("net.ipv4.", StringComparison.OrdinalIgnoreCase);
            HasIPv6Setting |= row.Name.StartsWith("net.ipv6.", StringComparison.OrdinalIgnoreCase);
        }

        foreach (AddressRow row in host.Addresses)
        {
            NetAddress address = row.Address.WithoutScope();
            if (!_addresses.TryGetValue(address, out List<AddressRow>? rows))
                _addresses.Add(address, rows = []);
            rows.Add(row);
            HasIPv6Address |= address.IsIPv6;
        }

        foreach (InterfaceRow row in host.Interfaces)
        {
            _interfaces.TryAdd(row.Index, row);
            _interfacesByName.TryAdd(row.Name, row);
        }

        foreach (ServiceRow row in host.Services)
        {
            if (row is { ProcessId: { } id, Account: { Length: > 0 } account })
                _accountsOfServices.TryAdd(id, account);
        }

        SharingIsOff = host.Platform.Family == PlatformFamily.Windows && WindowsBindRules.SharingIsOff(host);
        LocalRoutes = LinuxLocalTable.From(host.Routes);
    }

    public HostSnapshot Host { get; }

    public SocketIndex Sockets { get; }

    /// <summary>Linux: the kernel's local table, as far as it was captured.</summary>
    public LinuxLocalTable LocalRoutes { get; }

    /// <summary>The ranges of ports with a special role.</summary>
    public PortRangeIndex PortRanges { get; }

    public bool HasIPv6Address { get; }

    /// <summary>Linux: whether a sysctl of IPv4 was captured.</summary>
    public bool HasIPv4Setting { get; }

    /// <summary>Linux: whether a sysctl of IPv6 was captured.</summary>
    public bool HasIPv6Setting { get; }

    /// <summary>Windows: whether every bind is an exclusive one.</summary>
    public bool SharingIsOff { get; }

    public PlatformFamily Family => Host.Platform.Family;

    /// <summary>The text of a setting; null when it was not captured.</summary>
    public string? Setting(string name) => _settings.GetValueOrDefault(name);

    /// <summary>A setting that is a number; null when it was not captured or is none.</summary>
    public int? Number(string name) =>
        _settings.TryGetValue(name, out string? text)
        && int.TryParse(text, System.Globalization.NumberStyles.Integer, System.Globalization.CultureInfo.InvariantCulture, out int value)
            ? value
            : null;

    /// <summary>The rows of an address, whatever interface; scope ids are not compared.</summary>
    public ReadOnlySpan<AddressRow> Addresses(NetAddress address) =>
        _addresses.TryGetValue(address.WithoutScope(), out List<AddressRow>? rows) ? CollectionsMarshal.AsSpan(rows) : [];

    public InterfaceRow? Interface(uint index) => _interfaces.GetValueOrDefault(index);

    public InterfaceRow? Interface(string name) => _interfacesByName.GetValueOrDefault(name);

    /// <summary>Windows: the account of a service that a process hosts; null when none was captured.</summary>
    public string? AccountOfService(int processId) => _accountsOfServices.GetValueOrDefault(processId);

    public bool IsLoopback(uint index) => Interface(index)?.Type == NetworkInterfaceType.Loopback;

    /// <summary>
    /// Linux: the VRF that an interface belongs to, or is; 0 for none. The kernel keeps one port and address space for
    /// each (net/core: <c>l3mdev_master_ifindex_rcu</c>).
    /// </summary>
    public uint Domain(uint index)
    {
        if (index == 0 || Interface(index) is not { } row)
            return 0;
        if (row.Kind == "vrf")
            return row.Index;
        return row.Master is { } master && Interface(master) is { Kind: "vrf" } ? master : 0;
    }

    /// <summary>Who a request is judged for; null when nobody knows.</summary>
    public Identity? Asker(BindRequest request) => request.Asker ?? Host.Identity;
}
