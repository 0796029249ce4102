using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Holds the conditions of a rule against a packet ([MS-GPFAS] 2.2.2).</summary>
internal sealed class WindowsFirewallConditions(HostSnapshot host)
{
    private const int WindowsNT = 2, EndpointMapperPort = 135, HttpsPort = 443, MdnsPort = 5353, CdpPort = 5040;

    // Of fields without a member these say nothing about which packets match: descriptions, and how answers and edges are treated.
    private static readonly string[] s_harmless = ["Name", "Desc", "EmbedCtxt", "Defer", "LSM", "LOM", "PCross", "AuthByPassOut"];

    private static readonly string[] s_secured = ["Security", "Security2", "Security2_9", "RMAuth", "RUAuth"];

    private static readonly string[] s_packaged = ["AppPkgId", "LUOwn"];

    private readonly WindowsFirewallPrograms _programs = new(host);
    private readonly NetPrefix[] _subnets = [.. host.Addresses.Where(row => !row.Address.IsLoopback).Select(row => NetPrefix.Create(row.Address.WithoutScope(), row.PrefixLength)).Distinct()];
    private readonly NetAddress[] _gateways = [.. host.Routes.Where(row => row.Destination.IsDefault && row.Gateway is not null).Select(row => row.Gateway!.Value.WithoutScope()).Distinct()];

    public WindowsFirewallMatch Hold(WindowsFirewallRuleRow row, WindowsFirewallPacket packet)
    {
        var match = new WindowsFirewallMatch(row);
        WindowsFirewallRule rule = match.Rule;
        AddActive(match);
        if (rule.IPProtocol is { } protocol)
            match.Add(protocol == packet.Protocol ? Truth.Yes : Truth.No, $"Protocol={Number(protocol)}");
        AddPorts(match, packet);
        AddProgram(match, packet.Receiver);
        if (!rule.IcmpTypes.IsEmpty)
            match.Add(IcmpTruth(rule, packet.Flow), $"ICMP type {string.Join(", ", rule.IcmpTypes.Select(type => $"{type.IcmpType}:{(type.IcmpCode is { } code ? Number(code) : "*")}"))}");
        if (!rule.LocalAddresses.IsEmpty)
            match.Add(rule.LocalAddresses.Any(prefix => prefix.Contains(packet.Destination)) ? Truth.Yes : Truth.No, $"the local address {Words(rule.LocalAddresses)}");
        AddRemote(match, packet);
        AddInterface(match, packet.Input);
        if (packet.Destination.IsIPv6 && s_teredo.Contains(packet.Destination))
            match.Add(rule.EdgeTraversal == true ? Truth.Yes : Truth.No, "Edge=TRUE, for packets that come through Teredo");
        AddOthers(match, packet.Receiver);
        return match;
    }

    private static readonly NetPrefix s_teredo = NetPrefix.Parse("2001::/32");

    private static void AddActive(WindowsFirewallMatch match)
    {
        // Rules that restrict services are shipped with and without the field; only of the other stores it is documented.
        bool isDocumented = match.Rule.Active is not null || match.Row.Store != WindowsFirewallStore.ServiceHardening;
        match.Add(match.Rule.Active == true ? Truth.Yes : isDocumented ? Truth.No : Truth.Unknown, "Active=TRUE");
    }

    private static void AddPorts(WindowsFirewallMatch match, WindowsFirewallPacket packet)
    {
        WindowsFirewallRule rule = match.Rule;
        if (!rule.LocalPorts.IsEmpty)
        {
            Truth local = packet.HasPorts ? Any(rule.LocalPorts, ports => LocalTruth(ports, packet)) : Truth.No;
            match.Add(local, $"the local port {Words(rule.LocalPorts)}", isSpecific: true);
        }

        if (!rule.RemotePorts.IsEmpty)
            match.Add(packet.HasPorts ? Any(rule.RemotePorts, ports => RemoteTruth(ports, packet.Flow.SourcePort)) : Truth.No, $"the remote port {Words(rule.RemotePorts)}");
    }

    private static Truth LocalTruth(WindowsFirewallPorts ports, WindowsFirewallPacket packet)
    {
        int port = packet.Flow.DestinationPort;
        bool isUdp = packet.Protocol == (int)TransportProtocol.Udp;
        bool? mayBe = ports.Keyword switch
        {
            null => null,
            WindowsFirewallPortKeyword.RpcEndpointMapper => port == EndpointMapperPort && !isUdp,
            WindowsFirewallPortKeyword.Rpc => !isUdp && port != EndpointMapperPort,
            WindowsFirewallPortKeyword.Teredo or WindowsFirewallPortKeyword.PlayToDiscovery => isUdp,
            // Both listen on the port of HTTPS unless somebody chose another one.
            WindowsFirewallPortKeyword.IPTlsIn or WindowsFirewallPortKeyword.IPHttpsIn => port == HttpsPort && !isUdp,
            WindowsFirewallPortKeyword.Dhcp => isUdp && port is 67 or 68 or 546 or 547,
            WindowsFirewallPortKeyword.Mdns => port == MdnsPort,
            WindowsFirewallPortKeyword.TcpCdp => port == CdpPort && !isUdp,
            _ => true,
        };
        return mayBe switch
        {
            null => port >= ports.First && port <= ports.Last ? Truth.Yes : Truth.No,
            false => Truth.No,
            true when ports.Keyword is WindowsFirewallPortKeyword.RpcEndpointMapper or WindowsFirewallPortKeyword.Mdns => Truth.Yes,
            // Windows fills the set in while it runs, and no table shows it.
            _ => Truth.Unknown,
        };
    }

    private static Truth RemoteTruth(WindowsFirewallPorts ports, int port) =>
        ports.Keyword is not null ? Truth.Unknown
        : ports is { First: <= 1, Last: ushort.MaxValue } ? Truth.Yes
        : port == 0 ? Truth.Open
        : port >= ports.First && port <= ports.Last ? Truth.Yes : Truth.No;

    private void AddProgram(WindowsFirewallMatch match, WindowsFirewallReceiver receiver)
    {
        WindowsFirewallRule rule = match.Rule;
        if (rule.Application is { } program)
        {
            bool isSystem = string.Equals(program, "System", StringComparison.OrdinalIgnoreCase);
            Truth truth = receiver.IsKernel ? (isSystem ? Truth.Yes : Truth.No) : OfOwners(receiver, owner => _programs.Compare(program, owner));
            match.Add(truth, Because(receiver, truth, $"App={program}"), isSpecific: !receiver.IsKernel);
        }

        if (rule.Service is { } service)
        {
            Truth truth = receiver.IsKernel ? Truth.No : OfOwners(receiver, owner => OfService(service, owner));
            match.Add(truth, Because(receiver, truth, $"Svc={service}"), isSpecific: true);
        }
    }

    private static Truth OfOwners(WindowsFirewallReceiver receiver, Func<ProcessRow, Truth> test) =>
        receiver.IsNobody ? Truth.Open : receiver.Unknown is not null ? Truth.Unknown : receiver.All(test);

    private static string Because(WindowsFirewallReceiver receiver, Truth truth, string condition) => truth switch
    {
        Truth.Open => $"{condition} listening there",
        Truth.Unknown when receiver.Unknown is { } unknown => $"{condition}: not known is {unknown}",
        _ => condition,
    };

    // A service is told by the process's token, which holds all services of a shared process.
    private Truth OfService(string service, ProcessRow owner)
    {
        if (owner.Services.IsEmpty)
            return host.Services.Coverage != Coverage.Complete || string.Equals(owner.Name, "svchost.exe", StringComparison.OrdinalIgnoreCase) ? Truth.Unknown : Truth.No;
        return service == "*" || owner.Services.Contains(service, StringComparer.OrdinalIgnoreCase) ? Truth.Yes : Truth.No;
    }

    private static Truth IcmpTruth(WindowsFirewallRule rule, Flow flow) =>
        flow.IcmpType is not { } type ? Truth.Open
        : rule.IcmpTypes.Any(its => its.IcmpType == type && (its.IcmpCode is null || its.IcmpCode == flow.IcmpCode)) ? Truth.Yes : Truth.No;

    private void AddRemote(WindowsFirewallMatch match, WindowsFirewallPacket packet)
    {
        WindowsFirewallRule rule = match.Rule;
        if (rule.RemoteAddresses.IsEmpty && rule.RemoteKeywordsV4.IsEmpty && rule.RemoteKeywordsV6.IsEmpty)
            return;
        bool isIPv6 = packet.Destination.IsIPv6;
        NetPrefix[] prefixes = [.. rule.RemoteAddresses.Where(prefix => prefix.Address.IsIPv6 == isIPv6)];
        ImmutableArray<WindowsFirewallAddressKeyword> keywords = isIPv6 ? rule.RemoteKeywordsV6 : rule.RemoteKeywordsV4;
        string[] words = [.. prefixes.Take(4).Select(prefix => prefix.ToString()), .. prefixes.Length > 4 ? [$"{prefixes.Length - 4} more"] : Array.Empty<string>(), .. keywords.Select(keyword => keyword.ToString())];
        if (words.Length == 0)
        {
            match.Add(Truth.No, $"a remote address of {(isIPv6 ? "IPv4" : "IPv6")}");
            return;
        }

        Truth truth = prefixes.Any(prefix => prefix.IsDefault) ? Truth.Yes
            : packet.Source is not { } source ? Truth.Open
            : prefixes.Any(prefix => prefix.Contains(source)) ? Truth.Yes
            : Any(keywords, keyword => KeywordTruth(keyword, source));
        match.Add(truth, $"a source of {string.Join(", ", words)}");
    }

    private Truth KeywordTruth(WindowsFirewallAddressKeyword keyword, NetAddress source) => keyword switch
    {
        WindowsFirewallAddressKeyword.LocalSubnet when source is { IsIPv6: true, IsLinkLocal: true } => Truth.Yes,
        WindowsFirewallAddressKeyword.LocalSubnet when host.Addresses.IsKnown => _subnets.Any(subnet => subnet.Contains(source)) ? Truth.Yes : Truth.No,
        WindowsFirewallAddressKeyword.DefaultGateway when host.Routes.IsKnown => _gateways.Contains(source) ? Truth.Yes : Truth.No,
        // Servers that no table names, and borders of networks that Windows draws itself.
        _ => Truth.Unknown,
    };

    private static void AddInterface(WindowsFirewallMatch match, InterfaceRow? input)
    {
        WindowsFirewallRule rule = match.Rule;
        if (!rule.InterfaceIds.IsEmpty)
        {
            Truth truth = input?.AdapterId is not { } id ? Truth.Unknown : rule.InterfaceIds.Contains(id, StringComparer.OrdinalIgnoreCase) ? Truth.Yes : Truth.No;
            match.Add(truth, $"IF={string.Join(", ", rule.InterfaceIds)}");
        }

        if (!rule.InterfaceTypes.IsEmpty)
            match.Add(Any(rule.InterfaceTypes, type => TypeTruth(type, input?.Type)), $"IFType={string.Join(", ", rule.InterfaceTypes)}");
    }

    private static Truth TypeTruth(WindowsFirewallInterfaceType type, NetworkInterfaceType? input)
    {
        WindowsFirewallInterfaceType? its = input switch
        {
            NetworkInterfaceType.Ethernet => WindowsFirewallInterfaceType.Lan,
            NetworkInterfaceType.Wireless80211 => WindowsFirewallInterfaceType.Wireless,
            NetworkInterfaceType.Ppp => WindowsFirewallInterfaceType.RemoteAccess,
            _ => null,
        };
        return its is null ? Truth.Unknown : its == type ? Truth.Yes : Truth.No;
    }

    private void AddOthers(WindowsFirewallMatch match, WindowsFirewallReceiver receiver)
    {
        ImmutableArray<WindowsFirewallRuleField> fields = match.Rule.OtherFields;
        bool isAtLeast = fields.Any(field => field is { Key: "Platform2", Value: "GTEQ" });
        WindowsFirewallRuleField[] platforms = [.. fields.Where(field => field.Key == "Platform")];
        if (platforms.Length > 0)
            match.Add(Any(platforms, field => PlatformTruth(field.Value, isAtLeast)), string.Join(" or ", platforms.Select(field => $"{field.Key}={field.Value}")));
        foreach (WindowsFirewallRuleField field in fields)
        {
            string condition = $"{field.Key}={field.Value}";
            if (Is(field, s_secured))
                match.Add(Truth.Open, $"IPsec having authenticated it ({condition})");
            else if (Is(field, s_packaged))
                match.Add(PackageTruth(receiver), condition);
            else if (!Is(field, s_harmless) && field.Key != "Platform" && condition != "Platform2=GTEQ")
                match.Add(Truth.Unknown, $"{condition}, which is not understood");
        }
    }

    private static bool Is(WindowsFirewallRuleField field, string[] keys) => keys.Contains(field.Key, StringComparer.OrdinalIgnoreCase);

    // Rules of a package are for processes in its container, whose programs stand in folders of their own.
    private static Truth PackageTruth(WindowsFirewallReceiver receiver) =>
        receiver.IsKernel ? Truth.No
        : receiver.IsNobody ? Truth.Open
        : receiver.Unknown is not null ? Truth.Unknown
        : receiver.All(owner => WindowsFirewallReceiver.IsSystem(owner) || !owner.Services.IsEmpty
            || (owner.Path is { } path && !path.Contains(@"\WindowsApps\", StringComparison.OrdinalIgnoreCase) && !path.Contains(@"\SystemApps\", StringComparison.OrdinalIgnoreCase))
            ? Truth.No : Truth.Unknown);

    // p:major:minor, where p is 2 for every Windows of this family ([MS-GPFAS] 2.2.2.17).
    private Truth PlatformTruth(string value, bool isAtLeast)
    {
        string[] parts = value.Split(':');
        if (parts.Length != 3 || !Array.TrueForAll(parts, part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return Truth.Unknown;
        byte[] numbers = [.. parts.Select(part => byte.Parse(part, CultureInfo.InvariantCulture))];
        var asked = new Version(numbers[1], numbers[2]);
        var its = new Version(host.Platform.Version.Major, host.Platform.Version.Minor);
        return numbers[0] != WindowsNT ? Truth.No
            : host.Platform.VersionAssumedBecause is not null ? Truth.Unknown
            : (isAtLeast ? its >= asked : its == asked) ? Truth.Yes : Truth.No;
    }

    /// <summary>One of several alternatives must hold.</summary>
    private static Truth Any<T>(IEnumerable<T> alternatives, Func<T, Truth> test)
    {
        Truth best = Truth.No;
        foreach (T alternative in alternatives)
        {
            Truth truth = test(alternative);
            if (truth == Truth.Yes)
                return truth;
            best = best == Truth.No || truth == Truth.Open ? (truth == Truth.No ? best : truth) : best;
        }

        return best;
    }

    private static string Words(ImmutableArray<WindowsFirewallPorts> ports) => string.Join(", ", ports.Select(its =>
        its.Keyword?.ToString() ?? (its.First == its.Last ? Number(its.First) : $"{Number(its.First)}-{Number(its.Last)}")));

    private static string Words(ImmutableArray<NetPrefix> prefixes) => string.Join(", ", prefixes.Take(4)) + (prefixes.Length > 4 ? $" and {prefixes.Length - 4} more" : "");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
