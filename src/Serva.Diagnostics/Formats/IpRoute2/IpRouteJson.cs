using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.IpRoute2;

/// <summary>What <c>ip -j -d link|addr|route show table all|rule|addrlabel|neigh</c> prints, as rows.</summary>
/// <remarks>
/// iproute2's own JSON (ip/iplink.c, ip/ipaddress.c, ip/iproute.c, ip/iprule.c, ip/ipaddrlabel.c, ip/ipneigh.c). Names that stand for
/// numbers are those of iproute2's tables as it ships; a name of the machine's own cannot be resolved and is a fault, but for
/// those of routing tables where the caller numbers them. A fault names the entry: the caller is told, and the entry left out;
/// without such a caller it is a <see cref="JsonException"/>.
/// </remarks>
internal static class IpRouteJson
{
    private const uint Dead = 1, OnLink = 4, LinkDown = 16;

    private static readonly Dictionary<string, byte> s_scopes = new(StringComparer.Ordinal)
    {
        ["global"] = 0, ["site"] = 200, ["link"] = 253, ["host"] = 254, ["nowhere"] = 255,
    };

    // What a route may have beside what a row says of it.
    private static readonly string[] s_otherAttributes = ["metrics", "nhid", "encap", "realms", "via"];

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

    /// <summary><c>ip -j -d link</c>, and what <c>ip -j -d addr</c> says of the links.</summary>
    public static ImmutableArray<InterfaceRow> Links(JsonElement document, Action<string>? tell = null)
    {
        var masters = new Dictionary<uint, string>();
        ImmutableArray<InterfaceRow> rows = Rows(document, "link", tell, link => LinkOf(link, masters));
        if (masters.Count == 0)
            return rows;
        var indexes = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (InterfaceRow row in rows)
            indexes.TryAdd(row.Name, row.Index);
        return [.. rows.Select(row => masters.TryGetValue(row.Index, out string? master) && indexes.TryGetValue(master, out uint index) ? row with { Master = index } : row)];
    }

    /// <summary><c>ip -j -d addr</c>: the addresses of every interface.</summary>
    public static ImmutableArray<AddressRow> Addresses(JsonElement document, Action<string>? tell = null)
    {
        var rows = ImmutableArray.CreateBuilder<AddressRow>();
        foreach (ImmutableArray<AddressRow> some in Rows(document, "address", tell, AddressesOfLink))
            rows.AddRange(some);
        return rows.DrainToImmutable();
    }

    /// <summary><c>ip -j -d route show table all</c>, of either family.</summary>
    /// <param name="document">The JSON.</param>
    /// <param name="isIPv6">The family, which <c>default</c> does not tell; null to find it out for each route, as <c>table all</c> prints both.</param>
    /// <param name="indexOf">The index of an interface by its name; null when it is not known.</param>
    /// <param name="tableOf">The number of a table by its name; null when a name is a fault.</param>
    /// <param name="tell">Takes faults; null when they are exceptions.</param>
    public static ImmutableArray<RouteRow> Routes(
        JsonElement document, bool? isIPv6, Func<string, uint?> indexOf, Func<string, uint>? tableOf = null, Action<string>? tell = null) =>
        Rows(document, "route", tell, route => RouteOf(route, isIPv6 ?? IsIPv6Route(route), indexOf, tableOf));

    /// <summary><c>ip -j -d rule</c>, of either family.</summary>
    public static ImmutableArray<RoutingRuleRow> Rules(JsonElement document, bool isIPv6, Func<string, uint>? tableOf = null, Action<string>? tell = null) =>
        Rows(document, "rule", tell, rule => RuleOf(rule, isIPv6, tableOf));

    /// <summary><c>ip -j addrlabel</c>.</summary>
    public static ImmutableArray<AddressLabelRow> Labels(JsonElement document, Func<string, uint?> indexOf, Action<string>? tell = null) => Rows(document, "label", tell, label => new AddressLabelRow
    {
        Prefix = LabelPrefix(Address(label, "address") ?? throw Missing("address"), Natural(label, "prefixlen", 128)),
        Label = Number(label, "label") ?? throw Missing("label"),
        Interface = (Text(label, "ifname") ?? Text(label, "dev")) is { } name ? indexOf(name) ?? throw Unknown("interface", name) : null,
    });

    /// <summary><c>ip -j neigh</c>.</summary>
    public static ImmutableArray<NeighborRow> Neighbors(JsonElement document, Func<string, uint?> indexOf, Action<string>? tell = null) => Rows(document, "neighbour", tell, neighbor =>
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

    private static InterfaceRow LinkOf(JsonElement link, Dictionary<uint, string> masters)
    {
        string[] flags = Texts(link, "flags");
        uint index = Number(link, "ifindex") ?? throw Missing("ifindex");
        if (Text(link, "master") is { } master)
            masters[index] = master;
        NetworkInterfaceType type = TypeOf(Text(link, "link_type"));
        // Tunnels give their own IP address here, loopback gives zeros: neither is a link-layer address.
        string? physical = type == NetworkInterfaceType.Tunnel ? null : Text(link, "address");
        return new InterfaceRow
        {
            Index = index,
            Name = Text(link, "ifname") ?? throw Missing("ifname"),
            Description = Text(link, "ifalias"),
            Status = StatusOf(Array.IndexOf(flags, "UP") >= 0, Array.IndexOf(flags, "NO-CARRIER") < 0, Text(link, "operstate")),
            Type = type,
            PhysicalAddress = physical.AsSpan().IndexOfAnyExcept('0', ':') < 0 ? null : physical,
            Mtu = Number(link, "mtu") is { } mtu ? (int)Math.Min(mtu, int.MaxValue) : null,
            Kind = link.TryGetProperty("linkinfo", out JsonElement info) ? Text(info, "info_kind") : null,
            Group = Text(link, "group") is { } group ? NamedNumber(group, "default", 0, "group") : Number(link, "group"),
        };
    }

    // As RtNetlinkLink has it.
    private static OperationalStatus StatusOf(bool isUp, bool isRunning, string? state) => (isUp, state) switch
    {
        (_, "NOTPRESENT") => OperationalStatus.NotPresent,
        (false, _) => OperationalStatus.Down,
        (_, "DOWN" or "LOWERLAYERDOWN") => OperationalStatus.LowerLayerDown,
        (_, "TESTING") => OperationalStatus.Testing,
        (_, "DORMANT") => OperationalStatus.Dormant,
        (_, "UP") => OperationalStatus.Up,
        _ => isRunning ? OperationalStatus.Up : OperationalStatus.LowerLayerDown,
    };

    // iproute2's names of ARPHRD_* (lib/ll_types.c).
    private static NetworkInterfaceType TypeOf(string? name) => name switch
    {
        "loopback" => NetworkInterfaceType.Loopback,
        "ether" => NetworkInterfaceType.Ethernet,
        "ppp" => NetworkInterfaceType.Ppp,
        "slip" or "cslip" or "slip6" or "cslip6" => NetworkInterfaceType.Slip,
        "ipip" or "tunnel6" or "sit" or "gre" or "gre6" or "none" => NetworkInterfaceType.Tunnel,
        "atm" => NetworkInterfaceType.Atm,
        "fddi" => NetworkInterfaceType.Fddi,
        "tr" => NetworkInterfaceType.TokenRing,
        "ieee802.11" or "ieee802.11/prism" or "ieee802.11/radiotap" => NetworkInterfaceType.Wireless80211,
        _ => NetworkInterfaceType.Unknown,
    };

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
                PrefixLength = Natural(entry, "prefixlen", address.BitCount) ?? throw Missing("prefixlen"),
                State = Has(entry, "dadfailed") ? AddressState.Duplicate
                    : Has(entry, "optimistic") ? AddressState.Optimistic
                    : Has(entry, "tentative") ? AddressState.Tentative
                    : Has(entry, "deprecated") ? AddressState.Deprecated : AddressState.Preferred,
                Peer = Address(entry, "address"),
                Broadcast = Address(entry, "broadcast"),
                Scope = Text(entry, "scope") is { } scope ? (byte)NamedNumber(scope, s_scopes, "scope") : (byte?)Natural(entry, "scope", byte.MaxValue),
                IsSecondary = Has(entry, "secondary") || Has(entry, "temporary"),
            });
        }

        return rows.DrainToImmutable();
    }

    // The kernel gives each IPv6 route a router preference, since 4.1; the rest is for what older ones print.
    private static bool IsIPv6Route(JsonElement route) =>
        route.TryGetProperty("pref", out _) || HasColon(route, "dst") || HasColon(route, "gateway") || HasColon(route, "from") || HasColon(route, "prefsrc");

    private static bool HasColon(JsonElement element, string name) => Text(element, name)?.Contains(':', StringComparison.Ordinal) == true;

    private static RouteRow RouteOf(JsonElement route, bool isIPv6, Func<string, uint?> indexOf, Func<string, uint>? tableOf)
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
                    Weight = Natural(hop, "weight") is { } weight and > 0 ? weight : 1,
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
            Table = Table(route, tableOf) ?? 254,
            From = Prefix(route, "from", isIPv6) is { IsDefault: false } from ? from : null,
            PreferredSource = Address(route, "prefsrc"),
            TypeOfService = TypeOfService(route),
            Scope = Text(route, "scope") is { } scope ? (byte)NamedNumber(scope, s_scopes, "scope") : (byte)(Natural(route, "scope", byte.MaxValue) ?? 0),
            HasOtherAttributes = s_otherAttributes.Any(name => route.TryGetProperty(name, out _)),
            Protocol = Text(route, "protocol") is { } protocol ? (byte)NamedNumber(protocol, s_protocols, "protocol") : (byte?)Natural(route, "protocol", byte.MaxValue),
            Flags = Flags(route),
            Preference = Text(route, "pref") switch { null => null, "medium" => 0, "high" => 1, "low" => 3, { } other => throw Unknown("pref", other) },
            NextHops = hops,
        };
    }

    private static RoutingRuleRow RuleOf(JsonElement rule, bool isIPv6, Func<string, uint>? tableOf)
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
            Table = action == RoutingRuleAction.Lookup ? Table(rule, tableOf) ?? 0 : 0,
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
            IPProtocol = Text(rule, "ipproto") is { } protocol ? (byte)NamedNumber(protocol, s_internetProtocols, "ipproto") : (byte?)Natural(rule, "ipproto", byte.MaxValue),
            FirstSourcePort = firstSource,
            LastSourcePort = lastSource,
            FirstDestinationPort = firstDestination,
            LastDestinationPort = lastDestination,
            SuppressPrefixLength = Natural(rule, "suppress_prefixlen", 128),
            SuppressGroup = Text(rule, "suppress_ifgroup") is { } group ? NamedNumber(group, "default", 0, "suppress_ifgroup") : Number(rule, "suppress_ifgroup"),
            IsVrf = Has(rule, "l3mdev"),
        };
    }

    private static (int? First, int? Last) Ports(JsonElement rule, string name)
    {
        if (Natural(rule, name, 65535) is { } one)
            return (one, one);
        (int? first, int? last) = (Natural(rule, name + "_start", 65535), Natural(rule, name + "_end", 65535));
        return first > last ? throw Unknown(name, string.Create(CultureInfo.InvariantCulture, $"{first}-{last}")) : (first, last);
    }

    private static uint? Table(JsonElement element, Func<string, uint>? tableOf) => Text(element, "table") switch
    {
        null => Number(element, "table"),
        "local" => 255,
        "main" => 254,
        "default" => 253,
        { } text when uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) => number,
        { } other => tableOf?.Invoke(other) ?? throw Unknown("table", other),
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
        null => (byte)(Natural(element, "tos", byte.MaxValue) ?? 0),
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

    private static NetPrefix LabelPrefix(NetAddress address, int? length) =>
        length is null || length <= address.BitCount ? NetPrefix.Create(address, length ?? address.BitCount) : throw Unknown("prefixlen", $"{length}");

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

    private static int? Natural(JsonElement element, string name, int most = int.MaxValue) => Number(element, name) switch
    {
        null => null,
        { } number when number <= most => (int)number,
        { } other => throw Unknown(name, other.ToString(CultureInfo.InvariantCulture)),
    };

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

    private static ImmutableArray<T> Rows<T>(JsonElement document, string what, Action<string>? tell, Func<JsonElement, T> read)
    {
        if (document.ValueKind != JsonValueKind.Array)
            throw new JsonException($"a list of {what} entries is expected");
        var rows = ImmutableArray.CreateBuilder<T>(document.GetArrayLength());
        int number = 0;
        foreach (JsonElement entry in document.EnumerateArray())
        {
            // iproute2 prints an empty entry for what a filter left out.
            if (entry.ValueKind == JsonValueKind.Object && !entry.EnumerateObject().MoveNext())
                continue;
            number++;
            try
            {
                rows.Add(entry.ValueKind == JsonValueKind.Object ? read(entry) : throw new JsonException("it is no object"));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                // A member that is of another kind is the latter.
                string fault = string.Create(CultureInfo.InvariantCulture, $"{what} {number}: {error.Message}");
                if (tell is null)
                    throw new JsonException(fault, error);
                tell(fault);
            }
        }

        return rows.DrainToImmutable();
    }

    private static JsonException Missing(string name) => new($"'{name}' is missing");

    private static JsonException Unknown(string name, string value) => new($"{name} '{(value.Length > 40 ? value[..40] + "..." : value)}' is not known");
}
