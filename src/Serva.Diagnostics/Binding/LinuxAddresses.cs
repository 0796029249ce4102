using System.Collections.Generic;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>Whether Linux lets a socket bind an address: the checks of <c>inet_bind</c> and <c>inet6_bind</c>.</summary>
internal static class LinuxAddresses
{
    private const string NonlocalIPv4 = "net.ipv4.ip_nonlocal_bind";
    private const string NonlocalIPv6 = "net.ipv6.ip_nonlocal_bind";

    /// <summary>An IPv4 address, or the IPv4 part of a mapped one.</summary>
    /// <returns>The failure, or null when the address passes.</returns>
    public static BindPrediction? CheckIPv4(BindDraft draft, NetAddress address, uint device)
    {
        BindFacts facts = draft.Facts;
        if (address.IsUnspecified)
            return Pass(draft, "the wildcard address is always there");
        if (MayBeForeign(draft, NonlocalIPv4, address) is { } why)
            return Pass(draft, why, NonlocalIPv4);
        if (address.IsBroadcast || address.IsMulticast)
            return Pass(draft, $"{address} is a broadcast or multicast address, which Linux lets every socket bind");

        uint domain = facts.Domain(device);
        if (domain == 0 && facts.LocalRoutes.Find(address.ToIPv4()) is { } kind)
        {
            if (kind is RouteKind.Local or RouteKind.Broadcast)
            {
                draft.Step(BindSteps.Address, $"{address} is on this host", "routes", $"table local says {(kind == RouteKind.Local ? "local" : "broadcast")}");
                return null;
            }

            if (facts.LocalRoutes.IsComplete)
                return Miss(draft, address, "routes", NonlocalIPv4);
        }
        else if (domain == 0 && facts.LocalRoutes.IsComplete)
        {
            return Miss(draft, address, "routes", NonlocalIPv4);
        }

        if (FindIPv4(facts, address, domain) is { } row)
        {
            draft.Step(BindSteps.Address, $"{address} is on this host", "addresses", $"{row.Address}/{row.PrefixLength} on interface {row.Interface}");
            return null;
        }

        return Absent(draft, address, NonlocalIPv4);
    }

    /// <summary>An IPv6 address that is not IPv4-mapped.</summary>
    /// <param name="draft">The prediction.</param>
    /// <param name="address">The address, with its scope id.</param>
    /// <param name="device">The interface the socket is bound to; a scope id replaces it.</param>
    /// <returns>The failure, or null when the address passes.</returns>
    public static BindPrediction? CheckIPv6(BindDraft draft, NetAddress address, ref uint device)
    {
        BindFacts facts = draft.Facts;
        if (address.IsUnspecified)
            return Pass(draft, "the wildcard address is always there");
        if (NeedsScope(address))
        {
            if (address.ScopeId != 0)
                device = address.ScopeId;
            if (device == 0)
            {
                draft.Step(BindSteps.Address, $"{address} is link-local: without a scope id or SO_BINDTODEVICE nobody knows on which interface");
                return draft.Fail(BindOutcome.InvalidArgument, BindStage.Bind);
            }

            if (address.ScopeId != 0 && facts.Interface(device) is null)
            {
                draft.Step(BindSteps.Device, $"there is no interface {device}", "interfaces", $"index {device} is missing");
                if (facts.Host.Interfaces.Coverage == Coverage.Complete)
                    return draft.Fail(BindOutcome.NoSuchDevice, BindStage.Bind);
                draft.Doubt($"interfaces: whether index {device} exists");
            }
        }

        if (address.IsMulticast)
            return Pass(draft, $"{address} is a multicast address, which Linux lets a datagram socket bind");
        if (MayBeForeign(draft, NonlocalIPv6, address) is { } why)
            return Pass(draft, why, NonlocalIPv6);

        // Link-local addresses and ::1 count only on the socket's own interface; the others on any of the same VRF.
        uint domain = facts.Domain(device);
        bool isOfOneInterface = address.IsLinkLocal || address.IsLoopback;
        AddressRow? notReady = null;
        foreach (AddressRow row in facts.Addresses(address))
        {
            if (facts.Domain(row.Interface) != domain || (device != 0 && isOfOneInterface && row.Interface != device))
                continue;
            if (row.State is AddressState.Tentative or AddressState.Duplicate)
            {
                notReady = row;
                continue;
            }

            draft.Step(BindSteps.Address, $"{address} is on this host", "addresses", $"{row.Address}/{row.PrefixLength} on interface {row.Interface}");
            return null;
        }

        if (notReady is null)
            return Absent(draft, address, NonlocalIPv6);
        if (notReady.State == AddressState.Duplicate)
        {
            draft.Step(BindSteps.Address, $"another host on the link uses {address} already, so it was never put to use here", "addresses", $"{notReady.Address} is a duplicate");
            return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
        }

        draft.Step(BindSteps.Address, $"{address} cannot be bound before duplicate address detection ends, one or two seconds after it was added", "addresses", $"{notReady.Address} is tentative");
        draft.Doubt($"when duplicate address detection ends for {address}");
        return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
    }

    /// <summary>Link-local addresses, and multicast of interface or link scope (net/ipv6: <c>__ipv6_addr_needs_scope_id</c>).</summary>
    private static bool NeedsScope(NetAddress address)
    {
        if (address.IsMulticast)
            return ((address.Words.High >> 48) & 0xf) is 1 or 2;
        return address.IsLinkLocal;
    }

    private static AddressRow? FindIPv4(BindFacts facts, NetAddress address, uint domain)
    {
        foreach (AddressRow row in facts.Addresses(address))
        {
            if (facts.Domain(row.Interface) == domain)
                return row;
        }

        // On a loopback interface the whole prefix is local; elsewhere its broadcast addresses may be bound too.
        foreach (AddressRow row in facts.Host.Addresses)
        {
            if (!row.Address.IsIPv4 || facts.Domain(row.Interface) != domain)
                continue;
            NetPrefix prefix = NetPrefix.Create(row.Address, row.PrefixLength);
            bool isLoopback = facts.IsLoopback(row.Interface) || row.Address.IsLoopback;
            if (prefix.Contains(address) && (isLoopback || (row.PrefixLength < 31 && prefix.LastAddress == address)))
                return row;
            if (row.Broadcast == address)
                return row;
        }

        return null;
    }

    private static string? MayBeForeign(BindDraft draft, string setting, NetAddress address)
    {
        if (draft.Request.FreeBind)
            return $"IP_FREEBIND lets {address} be bound whether it is there or not";
        if (draft.Request.Transparent)
            return $"IP_TRANSPARENT lets {address} be bound whether it is there or not";
        return draft.Facts.Number(setting) is not null and not 0 ? $"{setting} lets any address be bound" : null;
    }

    private static BindPrediction? Pass(BindDraft draft, string why)
    {
        draft.Step(BindSteps.Address, why);
        return null;
    }

    private static BindPrediction? Pass(BindDraft draft, string why, string setting)
    {
        if (draft.Request.FreeBind || draft.Request.Transparent)
            return Pass(draft, why);
        draft.Step(BindSteps.Address, why, "settings", $"{setting} = {draft.Facts.Setting(setting)}");
        return null;
    }

    private static BindPrediction? Absent(BindDraft draft, NetAddress address, string nonlocalSetting)
    {
        Table<AddressRow> addresses = draft.Facts.Host.Addresses;
        if (addresses.Coverage == Coverage.Complete)
        {
            bool isIPv4 = address.IsIPv4;
            if (isIPv4 && !draft.Facts.LocalRoutes.IsComplete)
                draft.Doubt("routes: the local table, which may hold whole prefixes");
            return Miss(draft, address, "addresses", nonlocalSetting);
        }

        if (addresses.Coverage == Coverage.Partial && !HasGapFor(addresses, address))
        {
            draft.Doubt("addresses: some rows are missing");
            return Miss(draft, address, "addresses", nonlocalSetting);
        }

        if (address.IsLoopback)
        {
            draft.Doubt("addresses: whether the loopback interface is up");
            return Pass(draft, $"{address} is a loopback address");
        }

        draft.Unknown($"addresses: whether {address} is on this host");
        return null;
    }

    private static bool HasGapFor(Table<AddressRow> addresses, NetAddress address)
    {
        foreach (TableGap gap in addresses.Gaps)
        {
            bool speaksOfFamily = gap.Part.Contains('4', System.StringComparison.Ordinal) || gap.Part.Contains('6', System.StringComparison.Ordinal);
            if (!speaksOfFamily || gap.Part.Contains(address.IsIPv4 ? '4' : '6', System.StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static BindPrediction Miss(BindDraft draft, NetAddress address, string table, string nonlocalSetting)
    {
        draft.Step(BindSteps.Address, $"{address} is on no interface of this host", table, $"{address} is missing");
        if (draft.Facts.Setting(nonlocalSetting) is null)
            draft.Doubt($"settings: {nonlocalSetting}");
        return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
    }
}
