using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>The settings of an interface that routing asks for, in the order of their names in <see cref="LinuxNetworkView"/>.</summary>
internal enum LinuxSetting
{
    Forwarding,
    RpFilter,
    AcceptLocal,
    RouteLocalnet,
    IgnoreRoutesWithLinkdown,
    SrcValidMark,
    BcForwarding,
    UseTempaddr,
    UseOifAddrsOnly,
}

/// <summary>An interface as the kernel's routing sees it.</summary>
internal sealed class LinuxDevice(InterfaceRow row)
{
    public InterfaceRow Row => row;

    public string Name => row.Name;

    /// <summary><c>IFF_UP</c>: an administrator set it up. It may be without carrier.</summary>
    public bool IsUp { get; } = row.Status is not (OperationalStatus.Down or OperationalStatus.NotPresent);

    public bool IsLoopback { get; } = row.Type == NetworkInterfaceType.Loopback;

    public uint Group { get; } = row.Group ?? 0;

    /// <summary>The addresses of one family, in the kernel's order.</summary>
    public List<LinuxAddress> Addresses { get; } = [];

    /// <summary>A setting; 0 when it was not captured.</summary>
    public int Setting(LinuxSetting setting) => Settings[(int)setting];

    /// <summary>By <see cref="LinuxSetting"/>.</summary>
    public int[] Settings { get; init; } = [];

    public bool Has(UInt128 address)
    {
        foreach (LinuxAddress own in Addresses)
        {
            if (own.Value == address)
                return true;
        }

        return false;
    }
}

/// <summary>An address of an interface. Values are in host order; of IPv4 the lowest 32 bits.</summary>
internal sealed class LinuxAddress(AddressRow row, LinuxDevice device)
{
    public LinuxDevice Device => device;

    public UInt128 Value { get; } = LinuxNetworkView.ValueOf(row.Address);

    /// <summary>The address whose prefix is on the link: the other end's of a point-to-point link.</summary>
    public UInt128 Subnet { get; } = LinuxNetworkView.ValueOf(row.Peer ?? row.Address);

    public int Length => row.PrefixLength;

    public int Scope => row.Scope ?? 0;

    /// <summary>IPv4: <c>IFA_F_SECONDARY</c>.</summary>
    public bool IsSecondary => row.IsSecondary;

    /// <summary>IPv6: <c>IFA_F_TEMPORARY</c>, which is the same bit.</summary>
    public bool IsTemporary => row.IsSecondary;

    public bool IsDeprecated => row.State == AddressState.Deprecated;

    public bool IsOptimistic => row.State == AddressState.Optimistic;

    public bool IsTentative => row.State is AddressState.Tentative or AddressState.Duplicate or AddressState.Optimistic;
}

/// <summary>A route with its next hops.</summary>
internal sealed class LinuxRoute
{
    private const uint Dead = 1, OnLink = 4, LinkDown = 16;

    public LinuxRoute(RouteRow row, LinuxNetworkView view)
    {
        Row = row;
        Destination = LinuxNetworkView.ValueOf(row.Destination.Address);
        From = row.From is { } from ? LinuxNetworkView.ValueOf(from.Address) : 0;
        PreferredSource = row.PreferredSource is { } source ? LinuxNetworkView.ValueOf(source) : null;
        Hops = row.NextHops.IsEmpty
            ? HopOf(row.Gateway, row.Interface, row.Flags, view) is { } hop ? [hop] : []
            : [.. row.NextHops.Select(next => HopOf(next.Gateway, next.Interface, next.Flags, view)!)];
    }

    public RouteRow Row { get; }

    public RouteKind Kind => Row.Kind;

    public UInt128 Destination { get; }

    public int Length => Row.Destination.Length;

    public UInt128 From { get; }

    public int FromLength => Row.From?.Length ?? 0;

    public UInt128? PreferredSource { get; }

    public int Scope => Row.Scope;

    public LinuxNextHop[] Hops { get; }

    public bool HasHopBy(LinuxDevice device)
    {
        foreach (LinuxNextHop hop in Hops)
        {
            if (hop.Device == device)
                return true;
        }

        return false;
    }

    public bool SendsNothing => Kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw;

    /// <summary>The router preference of RFC 4191 as a rank: low 1, medium 2, high 3.</summary>
    public int PreferenceRank => (Row.Preference ?? 0) switch { 1 => 3, 3 => 1, _ => 2 };

    private LinuxNextHop? HopOf(NetAddress? gateway, uint? device, uint flags, LinuxNetworkView view)
    {
        // The kernel gives a route that sends nothing the loopback interface (IPv6) or none (IPv4).
        LinuxDevice? through = device is { } index ? view.Find(index) : SendsNothing && view.IsIPv6 ? view.Loopback : null;
        if (through is null && device is null)
            return null;
        return new LinuxNextHop(
            view.NextHops++,
            this,
            through,
            gateway is { } router ? LinuxNetworkView.ValueOf(router) : null,
            (flags & Dead) != 0,
            (flags & LinkDown) != 0,
            (flags & OnLink) != 0);
    }
}

/// <summary>Where a route sends packets.</summary>
/// <param name="Number">Its number among the family's, from 0.</param>
/// <param name="Route">The route it belongs to.</param>
/// <param name="Device">The interface; null when the snapshot has none of that index.</param>
/// <param name="Gateway">The router; null for the link itself.</param>
/// <param name="IsDead">The kernel does not use it.</param>
/// <param name="IsLinkDown">Its interface has no carrier.</param>
/// <param name="IsOnLink">The router counts as reachable whatever the tables say.</param>
internal sealed record LinuxNextHop(int Number, LinuxRoute Route, LinuxDevice? Device, UInt128? Gateway, bool IsDead, bool IsLinkDown, bool IsOnLink);

/// <summary>One family's interfaces, addresses, tables, rules and settings of a Linux host, as the kernel looks them up.</summary>
internal sealed class LinuxNetworkView
{
    public const uint LocalTable = 255, MainTable = 254, DefaultTable = 253;
    public const byte HostScope = 254, LinkScope = 253, GlobalScope = 0;

    private static readonly string[] s_settings =
    [
        "forwarding", "rp_filter", "accept_local", "route_localnet", "ignore_routes_with_linkdown", "src_valid_mark", "bc_forwarding", "use_tempaddr", "use_oif_addrs_only",
    ];

    private readonly Dictionary<uint, LinuxDevice> _byIndex = [];
    private readonly Dictionary<string, LinuxDevice> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    private readonly string _prefix;
    private readonly int[] _settingsOfAll;

    public LinuxNetworkView(HostSnapshot host, bool isIPv6)
    {
        IsIPv6 = isIPv6;
        Width = isIPv6 ? 128 : 32;
        _prefix = isIPv6 ? "net.ipv6.conf." : "net.ipv4.conf.";
        foreach (SettingRow row in host.Settings)
            _settings.TryAdd(row.Name, row.Value);
        _settingsOfAll = SettingsOf("all");
        foreach (InterfaceRow row in host.Interfaces)
        {
            var device = new LinuxDevice(row) { Settings = SettingsOf(row.Name) };
            Devices.Add(device);
            _byIndex.TryAdd(row.Index, device);
            _byName.TryAdd(row.Name, device);
        }

        Loopback = Devices.Find(device => device.IsLoopback);
        foreach (AddressRow row in host.Addresses)
        {
            if (row.Address.IsIPv6 == isIPv6 && Find(row.Interface) is { } device)
                device.Addresses.Add(new LinuxAddress(row, device));
        }

        foreach (RouteRow row in host.Routes)
        {
            if (!row.Destination.IsNone && row.Destination.Address.IsIPv6 == isIPv6)
                RoutesOf(row.Table).Add(new LinuxRoute(row, this));
        }

        HasUnknownInterfaces = Tables.Values.Any(routes => routes.Exists(route => Array.Exists(route.Hops, hop => hop.Device is null)));
        Rules = [.. host.RoutingRules.Where(rule => rule.IsIPv6 == isIPv6).OrderBy(rule => rule.Priority)];
        HasRulesForUsers = Array.Exists(Rules, rule => rule.FirstUserId is not null);
    }

    public bool IsIPv6 { get; }

    /// <summary>Bits of an address.</summary>
    public int Width { get; }

    /// <summary>In the kernel's order.</summary>
    public List<LinuxDevice> Devices { get; } = [];

    public LinuxDevice? Loopback { get; }

    /// <summary>Whether some route leaves by an interface that the snapshot does not have.</summary>
    public bool HasUnknownInterfaces { get; }

    /// <summary>How many next hops there are.</summary>
    public int NextHops { get; set; }

    /// <summary>Whether some rule selects by user.</summary>
    public bool HasRulesForUsers { get; }

    /// <summary>In the order in which the kernel asks them.</summary>
    public RoutingRuleRow[] Rules { get; }

    /// <summary>Routes by table, in the order of the dump.</summary>
    public Dictionary<uint, List<LinuxRoute>> Tables { get; } = [];

    public static UInt128 ValueOf(NetAddress address)
    {
        (ulong high, ulong low) = address.Words;
        return new UInt128(high, low);
    }

    public NetAddress AddressOf(UInt128 value) =>
        IsIPv6 ? NetAddress.FromIPv6((ulong)(value >> 64), (ulong)value) : NetAddress.FromIPv4((uint)value);

    public LinuxDevice? Find(uint index) => _byIndex.GetValueOrDefault(index);

    public LinuxDevice? Find(string name) => _byName.GetValueOrDefault(name);

    public bool IsIn(UInt128 address, UInt128 prefix, int length) =>
        length == 0 || address >> (Width - length) == prefix >> (Width - length);

    /// <summary>A setting of <c>all</c>; 0 when it was not captured.</summary>
    public int SettingOfAll(LinuxSetting setting) => _settingsOfAll[(int)setting];

    /// <summary>Whether a setting is on for an interface or for all.</summary>
    public bool IsOn(LinuxDevice device, LinuxSetting setting) => SettingOfAll(setting) != 0 || device.Setting(setting) != 0;

    private int[] SettingsOf(string device) => Array.ConvertAll(
        s_settings,
        name => _settings.TryGetValue($"{_prefix}{device}.{name}", out string? text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : 0);

    private List<LinuxRoute> RoutesOf(uint table)
    {
        if (!Tables.TryGetValue(table, out List<LinuxRoute>? routes))
            Tables[table] = routes = [];
        return routes;
    }
}
