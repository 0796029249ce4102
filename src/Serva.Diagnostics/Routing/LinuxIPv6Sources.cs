using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>The source address that the kernel chooses for an IPv6 destination.</summary>
/// <remarks>net/ipv6/addrconf.c: <c>ipv6_dev_get_saddr</c>, <c>ipv6_get_saddr_eval</c> (RFC 6724 section 5); addrlabel.c: <c>__ipv6_addr_label</c>.</remarks>
internal sealed class LinuxIPv6Sources
{
    private const uint NoLabel = uint.MaxValue;
    private const int LinkLocalScope = 2;

    private readonly LinuxNetworkView _view;
    private readonly (UInt128 Prefix, int Length, IPv6Kind Kind, uint? Interface, uint Label)[] _labels;
    private readonly Dictionary<LinuxAddress, uint> _own = [];

    public LinuxIPv6Sources(LinuxNetworkView view, IReadOnlyList<AddressLabelRow> labels)
    {
        _view = view;
        _labels = [.. labels.Select(row => (LinuxNetworkView.ValueOf(row.Prefix.Address), row.Prefix.Length, KindOf(row.Prefix), row.Interface, row.Label))];
        foreach (LinuxDevice device in view.Devices)
        {
            foreach (LinuxAddress address in device.Addresses)
                _own[address] = LabelOf(address.Value, device);
        }
    }

    /// <summary>The best address; null when there is none. Without a device all interfaces have the same right.</summary>
    public LinuxAddress? Select(LinuxDevice? device, UInt128 destination)
    {
        IPv6Kind kind = IPv6Kinds.Of(destination);
        int scope = kind == IPv6Kind.Unspecified ? -1 : IPv6Kinds.ScopeOf(destination);
        uint label = LabelOf(destination, device);
        bool isOwnOnly = device is not null && (kind == IPv6Kind.Multicast || scope <= LinkLocalScope || device.Setting(LinuxSetting.UseOifAddrsOnly) != 0);
        LinuxAddress? best = null;
        foreach (LinuxDevice candidate in _view.Devices)
        {
            if (isOwnOnly && candidate != device)
                continue;
            foreach (LinuxAddress address in candidate.Addresses)
            {
                if ((address.IsTentative && !address.IsOptimistic) || IPv6Kinds.Of(address.Value) is IPv6Kind.Unspecified or IPv6Kind.Multicast)
                    continue;
                if (best is null || Compare(address, best, device, destination, scope, label) > 0)
                    best = address;
            }
        }

        return best;
    }

    /// <summary>The rules of RFC 6724 section 5 in the kernel's order; above 0 when the first is better.</summary>
    private int Compare(LinuxAddress a, LinuxAddress b, LinuxDevice? device, UInt128 destination, int scope, uint label)
    {
        int order = (a.Value == destination).CompareTo(b.Value == destination);
        if (order != 0)
            return order;
        if ((order = ScopeRank(a, scope).CompareTo(ScopeRank(b, scope))) != 0)
            return order;
        if ((order = IsCurrent(a).CompareTo(IsCurrent(b))) != 0)
            return order;
        if (device is not null && (order = (a.Device == device).CompareTo(b.Device == device)) != 0)
            return order;
        if ((order = (_own[a] == label).CompareTo(_own[b] == label)) != 0)
            return order;
        if ((order = HasWantedPrivacy(a).CompareTo(HasWantedPrivacy(b))) != 0)
            return order;
        bool isOrchid = IPv6Kinds.IsOrchid(destination);
        if ((order = (IPv6Kinds.IsOrchid(a.Value) == isOrchid).CompareTo(IPv6Kinds.IsOrchid(b.Value) == isOrchid)) != 0)
            return order;
        if ((order = CommonPrefix(a, destination).CompareTo(CommonPrefix(b, destination))) != 0)
            return order;
        return (!a.IsOptimistic).CompareTo(!b.IsOptimistic);
    }

    /// <summary>The smallest scope that is not below the destination's; else the largest.</summary>
    private static int ScopeRank(LinuxAddress address, int destination)
    {
        const int BelowAll = 128;
        int scope = IPv6Kinds.ScopeOf(address.Value);
        return scope >= destination ? -scope : scope - BelowAll;
    }

    private static bool IsCurrent(LinuxAddress address) =>
        IPv6Kinds.Of(address.Value) is IPv6Kind.Mapped or IPv6Kind.Compatible or IPv6Kind.Loopback || !(address.IsDeprecated || address.IsOptimistic);

    private static bool HasWantedPrivacy(LinuxAddress address) =>
        address.IsTemporary == (address.Device.Setting(LinuxSetting.UseTempaddr) >= 2);

    private static int CommonPrefix(LinuxAddress address, UInt128 destination) =>
        Math.Min((int)UInt128.LeadingZeroCount(address.Value ^ destination), address.Length);

    private uint LabelOf(UInt128 address, LinuxDevice? device)
    {
        IPv6Kind kind = IPv6Kinds.Of(address) is var own and (IPv6Kind.Mapped or IPv6Kind.Compatible or IPv6Kind.Loopback) ? own : IPv6Kind.Other;
        foreach ((UInt128 prefix, int length, IPv6Kind wanted, uint? index, uint label) in _labels)
        {
            if ((index is null || index == device?.Row.Index) && (wanted == IPv6Kind.Other || wanted == kind) && _view.IsIn(address, prefix, length))
                return label;
        }

        return NoLabel;
    }

    // A label for exactly these prefixes is for addresses of their kind alone.
    private static IPv6Kind KindOf(NetPrefix prefix) => (IPv6Kinds.Of(LinuxNetworkView.ValueOf(prefix.Address)), prefix.Length) switch
    {
        (IPv6Kind.Mapped, 96) => IPv6Kind.Mapped,
        (IPv6Kind.Compatible, 96) => IPv6Kind.Compatible,
        (IPv6Kind.Loopback, 128) => IPv6Kind.Loopback,
        _ => IPv6Kind.Other,
    };
}

/// <summary>What an IPv6 address is to the kernel.</summary>
internal enum IPv6Kind
{
    Other = 0,
    Unspecified,
    Loopback,
    Multicast,
    LinkLocal,
    SiteLocal,
    Compatible,
    Mapped,
}

/// <summary>Types and scopes of IPv6 addresses.</summary>
/// <remarks>net/ipv6/addrconf_core.c: <c>__ipv6_addr_type</c>.</remarks>
internal static class IPv6Kinds
{
    private const int SiteLocalScope = 5, LinkLocalScope = 2, GlobalScope = 14;

    public static IPv6Kind Of(UInt128 address)
    {
        if (address == 0)
            return IPv6Kind.Unspecified;
        if (address == 1)
            return IPv6Kind.Loopback;
        ulong high = (ulong)(address >> 64);
        if (high >> 56 == 0xff)
            return IPv6Kind.Multicast;
        if (high >> 54 == 0xfe80 >> 6)
            return IPv6Kind.LinkLocal;
        if (high >> 54 == 0xfec0 >> 6)
            return IPv6Kind.SiteLocal;
        return (ulong)(address >> 32) == 0 ? IPv6Kind.Compatible : address >> 32 == 0xffff ? IPv6Kind.Mapped : IPv6Kind.Other;
    }

    public static int ScopeOf(UInt128 address) => Of(address) switch
    {
        IPv6Kind.Multicast => (int)(address >> 112) & 0xf,
        IPv6Kind.LinkLocal or IPv6Kind.Loopback => LinkLocalScope,
        IPv6Kind.SiteLocal => SiteLocalScope,
        _ => GlobalScope,
    };

    /// <summary>Whether an address counts on its own interface alone.</summary>
    public static bool IsStrict(UInt128 address) => Of(address) is IPv6Kind.Multicast or IPv6Kind.LinkLocal or IPv6Kind.Loopback;

    /// <summary>2001:10::/28 (RFC 4843).</summary>
    public static bool IsOrchid(UInt128 address) => address >> 100 == 0x200_1001;
}
