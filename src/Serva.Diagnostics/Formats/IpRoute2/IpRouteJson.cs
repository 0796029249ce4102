using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.IpRoute2;

/// <summary>What <c>ip -j -d link|addr|route show table all|rule|addrlabel|neigh</c> prints, as rows.</summary>
/// <remarks>
/// iproute2's own JSON (ip/iplink.c, ip/ipaddress.c, ip/iproute.c, ip/iprule.c, ip/ipaddrlabel.c, ip/ipneigh.c). Names that stand for
/// numbers are those of iproute2's tables as it ships; a name of the machine's own cannot be resolved and is a fault. A fault
/// is a <see cref="JsonException"/> that names the entry.
/// </remarks>
internal static class IpRouteJson
{
    private const uint Dead = 1, OnLink = 4, LinkDown = 16;

    private static readonly Dictionary<string, byte> s_scopes = new(StringComparer.Ordinal)
    {
        ["global"] = 0, ["site"] = 200, ["link"] = 253, ["host"] = 254, ["nowhere"] = 255,
    };

    private static readonly Dictionary<string, byte> s_protocols = new(StringComparer.Ordinal)
    {
        ["unspec"] = 0, ["redirect"] = 1, ["kernel"] = 2, ["boot"] = 3, ["static"] = 4, ["gated"] = 8, ["ra"] = 9, ["mrt"] = 10, ["zebra"] = 11,
        ["bird"] = 12, ["dnrouted"] = 13, ["xorp"] = 14, ["ntk"] = 15, ["dhcp"] = 16, ["keepalived"] = 18, ["babel"] = 42, ["bgp"] = 186,
        ["isis"] = 187, ["ospf"] = 188, ["rip"] = 189, ["eigrp"] = 192,
    };

    private static readonly Dictionary<string, byte> s_typesOfService = new(StringComparer.OrdinalIgnoreCase)
    {
        ["default"] = 0, ["CS0"] = 0, ["CS1"] = 0x20, ["CS2"] = 0x40, ["CS3"] = 0x60, ["CS4"] = 0x80, ["CS5"] = 0xa0, ["CS6"] = 0xc0, ["CS7"] = 0xe0,
        ["AF11"] = 0x28, ["AF12"] = 0x30, ["AF13"] = 0x38, ["AF21"] = 0x48, ["AF22"] = 0x50, ["AF23"] = 0x58, ["AF31"] = 0x68, ["AF32"] = 0x70,
        ["AF33"] = 0x78, ["AF41"] = 0x88, ["AF42"] = 0x90, ["AF43"] = 0x98, ["EF"] = 0xb8,
    };

    private static readonly Dictionary<string, byte> s_internetProtocols = new(StringComparer.Ordinal)
    {
        ["icmp"] = 1, ["igmp"] = 2, ["tcp"] = 6, ["udp"] = 17, ["dccp"] = 33, ["gre"] = 47, ["esp"] = 50, ["ah"] = 51, ["ipv6-icmp"] = 58,
        ["ospf"] = 89, ["sctp"] = 132, ["udplite"] = 136,
    };

    /// <summary><c>ip -j -d link</c>.</summary>
    public static ImmutableArray<InterfaceRow> Links(JsonElement document) => Rows(document, "link", link =>
    {
        string[] flags = Texts(link, "flags");
        bool isUp = Array.IndexOf(flags, "UP") >= 0;
        string? kind = link.TryGetProperty("linkinfo", out JsonElement info) ? Text(info, "info_kind") : null;
        return new InterfaceRow
        {
            Index = Number(link, "ifindex") ?? throw Missing("ifindex"),
            Name = Text(link, "ifname") ?? throw Missing("ifname"),
            Status = !isUp ? OperationalStatus.Down
                : Array.IndexOf(flags, "LOWER_UP") < 0 ? OperationalStatus.LowerLayerDown
                : Text(link, "operstate") == "DORMANT" ? OperationalStatus.Dormant : OperationalStatus.Up,
            Type = Array.IndexOf(flags, "LOOPBACK") >= 0 ? NetworkInterfaceType.Loopback
                : Text(link, "link_type") == "ether" ? NetworkInterfaceType.Ethernet : NetworkInterfaceType.Unknown,
            PhysicalAddress = Text(link, "address"),
            Mtu = (int?)Number(link, "mtu"),
            Kind = kind,
            Group = Text(link, "group") is { } group ? NamedNumber(group, "default", 0, "group") : Number(link, "group"),
        };
    });

    /// <summary><c>ip -j -d addr</c>: the addresses of every interface.</summary>
    public static ImmutableArray<AddressRow> Addresses(JsonElement document)
    {
        var rows = ImmutableArray.CreateBuilder<AddressRow>();
        foreach (ImmutableArray<AddressRow> some in Rows(document, "address", AddressesOfLink))
            rows.AddRange(some);
        return rows.DrainToImmutable();
    }

    /// <summary><c>ip -j -d route show table all</c>, of either family.</summary>
    /// <param name="document">The JSON.</param>
    /// <param name="isIPv6">The family, which <c>default</c> does not tell.</param>
    /// <param name="indexOf">The index of an interface by its name; null when it is not known.</param>
    public static ImmutableArray<RouteRow> Routes(JsonElement document, bool isIPv6, Func<string, uint?> indexOf) =>
        Rows(document, "route", route => RouteOf(route, isIPv6, indexOf));

    /// <summary><c>ip -j -d rule</c>, of either family.</summary>
    public static ImmutableArray<RoutingRuleRow> Rules(JsonElement document, bool isIPv6) => Rows(document, "rule", rule => RuleOf(rule, isIPv6));

    /// <summary><c>ip -j addrlabel</c>.</summary>
    public static ImmutableArray<AddressLabelRow> Labels(JsonElement document, Func<string, uint?> indexOf) => Rows(document, "label", label => new AddressLabelRow
    {
        Prefix = NetPrefix.Create(Address(label, "address") ?? throw Missing("address"), (int)(Number(label, "prefixlen") ?? 128)),
        Label = Number(label, "label") ?? throw Missing("label"),
        Interface = (Text(label, "ifname") ?? Text(label, "dev")) is { } name ? indexOf(name) ?? throw Unknown("interface", name) : null,
    });

    /// <summary><c>ip -j neigh</c>.</summary>
    public static ImmutableArray<NeighborRow> Neighbors(JsonElement document, Func<string, uint?> indexOf) => Rows(document, "neighbour", neighbor =>
    {
        string[] states = Texts(neighbor, "state");
        string device = Text(neighbor, "dev") ?? throw Missing("dev");
        return new NeighborRow
        {
            Address = Address(neighbor, "dst") ?? throw Missing("dst"),
            Interface = indexOf(device) ?? throw Unknown("interface", device),
            State = Array.Exists(states, state => state is "PERMANENT" or "NOARP" or "REACHABLE" or "PROBE" or "STALE" or "DELAY") ? NeighborState.Usable
                : Array.IndexOf(states, "FAILED") >= 0 ? NeighborState.Failed
                : Array.IndexOf(states, "INCOMPLETE") >= 0 ? NeighborState.Incomplete : NeighborState.Unknown,
        };
    });

    private static ImmutableArray<AddressRow> AddressesOfLink(JsonElement link)
    {
        if (!link.TryGetProperty("addr_info", out JsonElement addresses))
            return [];
        uint index = Number(link, "ifindex") ?? throw Missing("ifindex");
        var rows = ImmutableArray.CreateBuilder<AddressRow>();
        foreach (JsonElement entry in addresses.EnumerateArray())
        {
            // iproute2 prints an empty entry for an address that a filter left out.
            if (Address(entry, "local") is not { } address)
                continue;
            rows.Add(new AddressRow
            {
                Interface = index,
                Address = address.IsIPv6 && address.IsLinkLocal ? address.WithScope(index) : address,
                PrefixLength = (int)(Number(entry, "prefixlen") ?? throw Missing("prefixlen")),
                State = Has(entry, "dadfailed") ? AddressState.Duplicate
                    : Has(entry, "optimistic") ? AddressState.Optimistic
                    : Has(entry, "tentative") ? AddressState.Tentative
                    : Has(entry, "deprecated") ? AddressState.Deprecated : AddressState.Preferred,
                Peer = Address(entry, "address"),
                Broadcast = Address(entry, "broadcast"),
                Scope = Text(entry, "scope") is { } scope ? (byte)NamedNumber(scope, s_scopes, "scope") : (byte?)Number(entry, "scope"),
                IsSecondary = Has(entry, "secondary") || Has(entry, "temporary"),
            });
        }

        return rows.DrainToImmutable();
    }

    private static RouteRow RouteOf(JsonElement route, bool isIPv6, Func<string, uint?> indexOf)
    {
        RouteKind kind = (Text(route, "type") ?? "unicast") switch
        {
            "unicast" => RouteKind.Unicast,
            "local" => RouteKind.Local,
            "broadcast" => RouteKind.Broadcast,
            "anycast" => RouteKind.Anycast,
            "multicast" => RouteKind.Multicast,
            "blackhole" => RouteKind.Blackhole,
            "unreachable" => RouteKind.Unreachable,
            "prohibit" => RouteKind.Prohibit,
            "throw" => RouteKind.Throw,
            { } other => throw Unknown("type", other),
        };
        ImmutableArray<NextHopRow> hops = [];
        if (route.TryGetProperty("nexthops", out JsonElement several))
        {
            var builder = ImmutableArray.CreateBuilder<NextHopRow>();
            foreach (JsonElement hop in several.EnumerateArray())
            {
                string device = Text(hop, "dev") ?? throw Missing("dev");
                builder.Add(new NextHopRow
                {
                    Gateway = Gateway(hop),
                    Interface = indexOf(device) ?? throw Unknown("interface", device),
                    Weight = (int)(Number(hop, "weight") ?? 1),
                    Flags = Flags(hop),
                });
            }

            hops = builder.DrainToImmutable();
        }

        bool sendsNothing = kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw;
        return new RouteRow
        {
            Destination = Prefix(route, "dst", isIPv6) ?? throw Missing("dst"),
            Kind = kind,
            Gateway = Gateway(route),
            Interface = sendsNothing || Text(route, "dev") is not { } name ? null : indexOf(name) ?? throw Unknown("interface", name),
            Metric = Number(route, "metric") ?? 0,
            Table = Table(route) ?? 254,
            From = Prefix(route, "from", isIPv6) is { IsDefault: false } from ? from : null,
            PreferredSource = Address(route, "prefsrc"),
            TypeOfService = TypeOfService(route),
            Scope = Text(route, "scope") is { } scope ? (byte)NamedNumber(scope, s_scopes, "scope") : (byte)(Number(route, "scope") ?? 0),
            Protocol = Text(route, "protocol") is { } protocol ? (byte)NamedNumber(protocol, s_protocols, "protocol") : (byte?)Number(route, "protocol"),
            Flags = Flags(route),
            Preference = Text(route, "pref") switch { null => null, "medium" => 0, "high" => 1, "low" => 3, { } other => throw Unknown("pref", other) },
            NextHops = hops,
        };
    }

    private static RoutingRuleRow RuleOf(JsonElement rule, bool isIPv6)
    {
        (int? firstSource, int? lastSource) = Ports(rule, "sport");
        (int? firstDestination, int? lastDestination) = Ports(rule, "dport");
        uint? target = Number(rule, "goto");
        RoutingRuleAction action = target is not null ? RoutingRuleAction.Goto : Has(rule, "nop") ? RoutingRuleAction.Nop : Text(rule, "action") switch
        {
            null or "to_tbl" or "lookup" => RoutingRuleAction.Lookup,
            "blackhole" => RoutingRuleAction.Blackhole,
            "unreachable" => RoutingRuleAction.Unreachable,
            "prohibit" => RoutingRuleAction.Prohibit,
            "nop" => RoutingRuleAction.Nop,
            { } other => throw Unknown("action", other),
        };
        uint? mark = HexNumber(rule, "fwmark");
        return new RoutingRuleRow
        {
            Priority = Number(rule, "priority") ?? throw Missing("priority"),
            IsIPv6 = isIPv6,
            Action = action,
            Table = action == RoutingRuleAction.Lookup ? Table(rule) ?? 0 : 0,
            GotoPriority = target,
            IsInverted = Has(rule, "not"),
            From = RulePrefix(rule, "src", "srclen", isIPv6),
            To = RulePrefix(rule, "dst", "dstlen", isIPv6),
            InputInterface = Text(rule, "iif"),
            OutputInterface = Text(rule, "oif"),
            Mark = mark,
            MarkMask = HexNumber(rule, "fwmask"),
            TypeOfService = TypeOfService(rule),
            FirstUserId = Number(rule, "uid_start"),
            LastUserId = Number(rule, "uid_end"),
            IPProtocol = Text(rule, "ipproto") is { } protocol ? (byte)NamedNumber(protocol, s_internetProtocols, "ipproto") : (byte?)Number(rule, "ipproto"),
            FirstSourcePort = firstSource,
            LastSourcePort = lastSource,
            FirstDestinationPort = firstDestination,
            LastDestinationPort = lastDestination,
            SuppressPrefixLength = (int?)Number(rule, "suppress_prefixlen"),
            SuppressGroup = Text(rule, "suppress_ifgroup") is { } group ? NamedNumber(group, "default", 0, "suppress_ifgroup") : Number(rule, "suppress_ifgroup"),
            IsVrf = Has(rule, "l3mdev"),
        };
    }

    private static (int? First, int? Last) Ports(JsonElement rule, string name) =>
        Number(rule, name) is { } one ? ((int)one, (int)one) : ((int?)Number(rule, name + "_start"), (int?)Number(rule, name + "_end"));

    private static uint? Table(JsonElement element) => Text(element, "table") switch
    {
        null => Number(element, "table"),
        "local" => 255,
        "main" => 254,
        "default" => 253,
        { } text when uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) => number,
        { } other => throw Unknown("table", other),
    };

    private static uint Flags(JsonElement element)
    {
        uint flags = 0;
        foreach (string flag in Texts(element, "flags"))
            flags |= flag switch { "dead" => Dead, "onlink" => OnLink, "linkdown" => LinkDown, _ => 0u };
        return flags;
    }

    private static byte TypeOfService(JsonElement element) => Text(element, "tos") switch
    {
        null => (byte)(Number(element, "tos") ?? 0),
        { } text when s_typesOfService.TryGetValue(text, out byte named) => named,
        { } text when text.StartsWith("0x", StringComparison.Ordinal) && byte.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out byte number) => number,
        { } other => throw Unknown("tos", other),
    };

    private static uint? HexNumber(JsonElement element, string name) => Text(element, name) switch
    {
        null => Number(element, name),
        { } text when text.StartsWith("0x", StringComparison.Ordinal) && uint.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint number) => number,
        { } text when uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) => number,
        { } other => throw Unknown(name, other),
    };

    private static uint NamedNumber(string text, Dictionary<string, byte> names, string what) =>
        names.TryGetValue(text, out byte named) ? named
        : byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte number) ? number
        : throw Unknown(what, text);

    private static uint NamedNumber(string text, string name, uint value, string what) =>
        text == name ? value : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : throw Unknown(what, text);

    private static NetPrefix? RulePrefix(JsonElement rule, string name, string length, bool isIPv6)
    {
        if (Text(rule, name) is not { } text || text == "all")
            return null;
        NetAddress address = Address(rule, name)!.Value;
        uint bits = Number(rule, length) ?? (isIPv6 ? 128u : 32u);
        return bits <= address.BitCount ? NetPrefix.Create(address, (int)bits) : throw Unknown(length, bits.ToString(CultureInfo.InvariantCulture));
    }

    private static NetPrefix? Prefix(JsonElement element, string name, bool isIPv6)
    {
        if (Text(element, name) is not { } text)
            return null;
        if (text is "default" or "all")
            return isIPv6 ? NetPrefix.DefaultIPv6 : NetPrefix.DefaultIPv4;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!NetAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out NetAddress address) || address.IsIPv6 != isIPv6)
            throw Unknown(name, text);
        int bits = address.BitCount;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > address.BitCount))
            throw Unknown(name, text);
        return NetPrefix.Create(address, bits);
    }

    private static NetAddress? Gateway(JsonElement element) =>
        element.TryGetProperty("via", out JsonElement via) ? Address(via, "host") : Address(element, "gateway");

    private static NetAddress? Address(JsonElement element, string name) => Text(element, name) switch
    {
        null => null,
        { } text when NetAddress.TryParse(text, out NetAddress address) => address,
        { } other => throw Unknown(name, other),
    };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static uint? Number(JsonElement element, string name) =>
        !element.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.Number ? null
        : value.TryGetUInt32(out uint number) ? number : throw Unknown(name, value.GetRawText());

    private static bool Has(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.Null or JsonValueKind.True;

    private static string[] Texts(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.Array)
            return [];
        var texts = new List<string>();
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
                texts.Add(item.GetString()!);
        }

        return [.. texts];
    }

    private static ImmutableArray<T> Rows<T>(JsonElement document, string what, Func<JsonElement, T> read)
    {
        if (document.ValueKind != JsonValueKind.Array)
            throw new JsonException($"a list of {what} entries is expected");
        var rows = ImmutableArray.CreateBuilder<T>(document.GetArrayLength());
        foreach (JsonElement entry in document.EnumerateArray())
        {
            // iproute2 prints an empty entry for what a filter left out.
            if (entry.ValueKind == JsonValueKind.Object && !entry.EnumerateObject().MoveNext())
                continue;
            try
            {
                rows.Add(entry.ValueKind == JsonValueKind.Object ? read(entry) : throw new JsonException("it is no object"));
            }
            catch (JsonException error)
            {
                throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"{what} {rows.Count + 1}: {error.Message}"), error);
            }
        }

        return rows.DrainToImmutable();
    }

    private static JsonException Missing(string name) => new($"'{name}' is missing");

    private static JsonException Unknown(string name, string value) => new($"{name} '{(value.Length > 40 ? value[..40] + "..." : value)}' is not known");
}
