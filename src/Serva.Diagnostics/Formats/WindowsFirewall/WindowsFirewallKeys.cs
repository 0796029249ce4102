using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsFirewall;

/// <summary>The keys of the grammar that a rule has a member for.</summary>
internal enum WindowsFirewallKey
{
    None = 0,
    Action,
    Active,
    App,
    Dir,
    Edge,
    If,
    IfType,
    Icmp4,
    Icmp6,
    LocalAddress4,
    LocalAddress6,
    LocalPort,
    Name,
    Profile,
    Protocol,
    RemoteAddress4,
    RemoteAddress6,
    RemoteKeyword4,
    RemoteKeyword6,
    RemotePort,
    Svc,
}

/// <summary>
/// The words of the grammar ([MS-GPFAS] 2.2.2.1 to 2.2.2.20). They compare without case, as quoted text of an ABNF does
/// (RFC 4234 section 2.3); the document itself spells some keys both ways.
/// </summary>
internal static class WindowsFirewallKeys
{
    public const string LocalPort = "LPort";
    public const string LocalPortRange = "LPort2_10";
    public const string RemotePort = "RPort";
    public const string RemotePortRange = "RPort2_10";

    /// <summary>Ports: the key a keyword stands under, its word.</summary>
    private static readonly (string Key, string Word, WindowsFirewallPortKeyword Keyword)[] s_ports =
    [
        (LocalPort, "RPC", WindowsFirewallPortKeyword.Rpc),
        (LocalPort, "RPC-EPMap", WindowsFirewallPortKeyword.RpcEndpointMapper),
        (LocalPort, "Teredo", WindowsFirewallPortKeyword.Teredo),
        (LocalPortRange, "IPTLSIn", WindowsFirewallPortKeyword.IPTlsIn),
        (LocalPortRange, "IPHTTPSIn", WindowsFirewallPortKeyword.IPHttpsIn),
        (RemotePortRange, "IPTLSOut", WindowsFirewallPortKeyword.IPTlsOut),
        (RemotePortRange, "IPHTTPSOut", WindowsFirewallPortKeyword.IPHttpsOut),
        ("LPort2_20", "DHCP", WindowsFirewallPortKeyword.Dhcp),
        ("LPort2_20", "Ply2Disc", WindowsFirewallPortKeyword.PlayToDiscovery),
        ("LPort2_25", "mDNS", WindowsFirewallPortKeyword.Mdns),
        ("RPort2_28", "CortanaOut", WindowsFirewallPortKeyword.CortanaOut),
        ("LPort2_29", "TcpCDPSvc", WindowsFirewallPortKeyword.TcpCdp),
    ];

    /// <summary>Addresses: whether a keyword stands under the later keys RA42 and RA62, its word.</summary>
    private static readonly (bool IsLater, string Word, WindowsFirewallAddressKeyword Keyword)[] s_addresses =
    [
        (false, "LocalSubnet", WindowsFirewallAddressKeyword.LocalSubnet),
        (false, "DNS", WindowsFirewallAddressKeyword.Dns),
        (false, "DHCP", WindowsFirewallAddressKeyword.Dhcp),
        (false, "WINS", WindowsFirewallAddressKeyword.Wins),
        (false, "DefaultGateway", WindowsFirewallAddressKeyword.DefaultGateway),
        (true, "IntrAnet", WindowsFirewallAddressKeyword.Intranet),
        (true, "IntErnet", WindowsFirewallAddressKeyword.Internet),
        (true, "Ply2Renders", WindowsFirewallAddressKeyword.PlayToRenderers),
        (true, "RmtIntrAnet", WindowsFirewallAddressKeyword.RemoteIntranet),
        (true, "CaptivePortal", WindowsFirewallAddressKeyword.CaptivePortal),
    ];

    private static readonly FrozenDictionary<string, (string Spelling, WindowsFirewallKey Key)> s_keys = MakeKeys();

    private static readonly FrozenDictionary<string, (string Spelling, WindowsFirewallKey Key)>.AlternateLookup<ReadOnlySpan<char>> s_keysBySpan =
        s_keys.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The member a key belongs to; none for all others.</summary>
    public static WindowsFirewallKey Of(string key) => s_keys.TryGetValue(key, out (string Spelling, WindowsFirewallKey Key) known) ? known.Key : WindowsFirewallKey.None;

    /// <summary>The one string of a key that is spelled as the document spells it; null for others.</summary>
    public static string? Known(ReadOnlySpan<char> key) =>
        s_keysBySpan.TryGetValue(key, out (string Spelling, WindowsFirewallKey Key) known) && key.SequenceEqual(known.Spelling) ? known.Spelling : null;

    /// <summary>The port keyword of a word under a key; null for none.</summary>
    public static WindowsFirewallPortKeyword? PortKeyword(string key, string word)
    {
        foreach ((string itsKey, string itsWord, WindowsFirewallPortKeyword keyword) in s_ports)
        {
            if (Is(itsWord, word) && Is(itsKey, key))
                return keyword;
        }

        return null;
    }

    /// <summary>The key and word of a port keyword; null when it has none, or none on this side.</summary>
    public static (string Key, string Word)? Spell(WindowsFirewallPortKeyword keyword, bool isRemote)
    {
        foreach ((string key, string word, WindowsFirewallPortKeyword its) in s_ports)
        {
            if (its == keyword && key[0] == (isRemote ? 'R' : 'L'))
                return (key, word);
        }

        return null;
    }

    /// <summary>The address keyword of a word, under the first keys or the later ones; null for none.</summary>
    public static WindowsFirewallAddressKeyword? AddressKeyword(string word, bool isLater)
    {
        foreach ((bool itsLater, string itsWord, WindowsFirewallAddressKeyword keyword) in s_addresses)
        {
            if (itsLater == isLater && Is(itsWord, word))
                return keyword;
        }

        return null;
    }

    /// <summary>The key and word of an address keyword; null when it has none.</summary>
    public static (string Key, string Word)? Spell(WindowsFirewallAddressKeyword keyword, bool isIPv6)
    {
        foreach ((bool isLater, string word, WindowsFirewallAddressKeyword its) in s_addresses)
        {
            if (its == keyword)
                return ((isIPv6 ? "RA6" : "RA4") + (isLater ? "2" : ""), word);
        }

        return null;
    }

    public static WindowsFirewallAction? Action(string word) =>
        Is(word, "Allow") ? WindowsFirewallAction.Allow
        : Is(word, "Block") ? WindowsFirewallAction.Block
        : Is(word, "ByPass") ? WindowsFirewallAction.Bypass
        : null;

    public static string? Spell(WindowsFirewallAction action) => action switch
    {
        WindowsFirewallAction.Allow => "Allow",
        WindowsFirewallAction.Block => "Block",
        WindowsFirewallAction.Bypass => "ByPass",
        _ => null,
    };

    public static FirewallDirection? Direction(string word) =>
        Is(word, "In") ? FirewallDirection.In : Is(word, "Out") ? FirewallDirection.Out : null;

    public static string? Spell(FirewallDirection direction) => direction switch
    {
        FirewallDirection.In => "In",
        FirewallDirection.Out => "Out",
        _ => null,
    };

    public static WindowsFirewallProfile? Profile(string word) =>
        Is(word, "Domain") ? WindowsFirewallProfile.Domain
        : Is(word, "Private") ? WindowsFirewallProfile.Private
        : Is(word, "Public") ? WindowsFirewallProfile.Public
        : null;

    public static string? Spell(WindowsFirewallProfile profile) => profile switch
    {
        WindowsFirewallProfile.Domain => "Domain",
        WindowsFirewallProfile.Private => "Private",
        WindowsFirewallProfile.Public => "Public",
        _ => null,
    };

    public static WindowsFirewallInterfaceType? InterfaceType(string word) =>
        Is(word, "Lan") ? WindowsFirewallInterfaceType.Lan
        : Is(word, "Wireless") ? WindowsFirewallInterfaceType.Wireless
        : Is(word, "RemoteAccess") ? WindowsFirewallInterfaceType.RemoteAccess
        : null;

    public static string? Spell(WindowsFirewallInterfaceType type) => type switch
    {
        WindowsFirewallInterfaceType.Lan => "Lan",
        WindowsFirewallInterfaceType.Wireless => "Wireless",
        WindowsFirewallInterfaceType.RemoteAccess => "RemoteAccess",
        _ => null,
    };

    public static bool? Switch(string word) => Is(word, "TRUE") ? true : Is(word, "FALSE") ? false : null;

    public static string Spell(bool value) => value ? "TRUE" : "FALSE";

    private static bool Is(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static FrozenDictionary<string, (string Spelling, WindowsFirewallKey Key)> MakeKeys()
    {
        var keys = new Dictionary<string, WindowsFirewallKey>(StringComparer.OrdinalIgnoreCase)
        {
            ["Action"] = WindowsFirewallKey.Action,
            ["Active"] = WindowsFirewallKey.Active,
            ["App"] = WindowsFirewallKey.App,
            ["Dir"] = WindowsFirewallKey.Dir,
            ["Edge"] = WindowsFirewallKey.Edge,
            ["IF"] = WindowsFirewallKey.If,
            ["IFType"] = WindowsFirewallKey.IfType,
            ["ICMP4"] = WindowsFirewallKey.Icmp4,
            ["ICMP6"] = WindowsFirewallKey.Icmp6,
            ["LA4"] = WindowsFirewallKey.LocalAddress4,
            ["LA6"] = WindowsFirewallKey.LocalAddress6,
            ["Name"] = WindowsFirewallKey.Name,
            ["Profile"] = WindowsFirewallKey.Profile,
            ["Protocol"] = WindowsFirewallKey.Protocol,
            ["RA4"] = WindowsFirewallKey.RemoteAddress4,
            ["RA6"] = WindowsFirewallKey.RemoteAddress6,
            ["RA42"] = WindowsFirewallKey.RemoteKeyword4,
            ["RA62"] = WindowsFirewallKey.RemoteKeyword6,
            ["Svc"] = WindowsFirewallKey.Svc,
            [LocalPort] = WindowsFirewallKey.LocalPort,
            [LocalPortRange] = WindowsFirewallKey.LocalPort,
            [RemotePort] = WindowsFirewallKey.RemotePort,
            [RemotePortRange] = WindowsFirewallKey.RemotePort,
            // Kept as they are; named here so that a thousand rules share one string.
            ["Desc"] = WindowsFirewallKey.None,
            ["EmbedCtxt"] = WindowsFirewallKey.None,
        };
        foreach ((string key, _, _) in s_ports)
            keys[key] = key[0] == 'L' ? WindowsFirewallKey.LocalPort : WindowsFirewallKey.RemotePort;
        return keys.ToFrozenDictionary(pair => pair.Key, pair => (pair.Key, pair.Value), StringComparer.OrdinalIgnoreCase);
    }
}
