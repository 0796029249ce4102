using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsFirewall;

/// <summary>
/// Decodes a rule of Windows Firewall after [MS-GPFAS] 2.2.2 (v20240423). Total: every text gives a row. Fields may come
/// in any order, although the document wants the protocol before the ports: rules that Windows ships do not keep to it.
/// </summary>
internal static class WindowsFirewallRuleDecoder
{
    private const int Tcp = 6;
    private const int Udp = 17;
    private const int Icmp = 1;
    private const int IcmpV6 = 58;
    private const int LongestId = 1024;

    // In a case every character may take six bytes, and a text has at most 64 KiB.
    private const int LongestKept = 10_000;

    // The most that a list of Windows' own structures holds (FW_IPV4_RANGE_LIST, [MS-FASP] 2.2.9).
    private const int MostAddresses = 10_000;

    /// <summary>The row of a registry value.</summary>
    /// <param name="ruleId">The value's name.</param>
    /// <param name="store">Where it stands.</param>
    /// <param name="text">The value.</param>
    public static WindowsFirewallRuleRow Decode(string ruleId, WindowsFirewallStore store, string text)
    {
        WindowsFirewallRule? rule = Decode(text, out string? problem);
        string? kept = text.Length <= LongestKept ? text : rule is null ? text[..LongestKept] : null;
        return new WindowsFirewallRuleRow { RuleId = Cut(ruleId), Store = store, Text = kept, Rule = rule, Problem = problem };
    }

    /// <summary>The row of a registry value that is no text.</summary>
    public static WindowsFirewallRuleRow Undecoded(string ruleId, WindowsFirewallStore store, string problem) =>
        new() { RuleId = Cut(ruleId), Store = store, Problem = problem };

    /// <summary>The rule that a text says; null with the problem when it says none.</summary>
    public static WindowsFirewallRule? Decode(string text, out string? problem)
    {
        var fields = new List<WindowsFirewallRuleField>();
        problem = WindowsFirewallRuleText.Split(text, out string versionText, fields);
        if (problem is not null)
            return null;
        if (ReadVersion(versionText) is not { } version)
        {
            problem = "does not begin with a version like v2.30|";
            return null;
        }

        foreach (WindowsFirewallRuleField field in fields)
        {
            if (field.Value.Length <= LongestKept)
                continue;
            problem = FormattableString.Invariant($"has a value longer than {LongestKept:N0} characters");
            return null;
        }

        return new Draft(fields).ToRule(version);
    }

    private static string Cut(string ruleId) => ruleId.Length <= LongestId ? ruleId : ruleId[..LongestId];

    private static Version? ReadVersion(string text)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot >= 0 && Number(text.AsSpan(0, dot), 3, 255) is { } major && Number(text.AsSpan(dot + 1), 3, 255) is { } minor
            ? new Version(major, minor)
            : null;
    }

    private static int? Number(ReadOnlySpan<char> digits, int mostDigits, int most) =>
        digits.Length <= mostDigits && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most
            ? number
            : null;

    /// <summary>A rule in the making.</summary>
    private sealed class Draft(List<WindowsFirewallRuleField> fields)
    {
        private bool? _active;
        private bool? _edge;
        private FirewallDirection? _direction;
        private WindowsFirewallAction? _action;
        private byte? _protocol;
        private string? _application;
        private string? _service;
        private string? _name;
        private List<WindowsFirewallProfile>? _profiles;
        private List<WindowsFirewallPorts>? _localPorts;
        private List<WindowsFirewallPorts>? _remotePorts;
        private List<WindowsFirewallIcmpType>? _icmpTypes;
        private List<NetPrefix>? _localAddresses;
        private List<NetPrefix>? _remoteAddresses;
        private List<WindowsFirewallAddressKeyword>? _keywords4;
        private List<WindowsFirewallAddressKeyword>? _keywords6;
        private List<string>? _interfaces;
        private List<WindowsFirewallInterfaceType>? _interfaceTypes;
        private List<WindowsFirewallRuleField>? _others;

        public WindowsFirewallRule ToRule(Version version)
        {
            // What ports and ICMP types mean depends on the protocol, which may come behind them.
            WindowsFirewallRuleField? protocol = fields.Find(field => WindowsFirewallKeys.Of(field.Key) == WindowsFirewallKey.Protocol);
            _protocol = (byte?)Number(protocol?.Value, 3, 255);
            foreach (WindowsFirewallRuleField field in fields)
            {
                WindowsFirewallKey key = WindowsFirewallKeys.Of(field.Key);
                bool isRead = key == WindowsFirewallKey.Protocol ? ReferenceEquals(field, protocol) && _protocol is not null : Read(key, field);
                if (!isRead)
                    (_others ??= []).Add(field);
            }

            return new WindowsFirewallRule
            {
                Version = version,
                Active = _active,
                Direction = _direction,
                Action = _action,
                Profiles = [.. _profiles ?? []],
                IPProtocol = _protocol,
                LocalPorts = [.. _localPorts ?? []],
                RemotePorts = [.. _remotePorts ?? []],
                IcmpTypes = [.. _icmpTypes ?? []],
                LocalAddresses = [.. _localAddresses ?? []],
                RemoteAddresses = [.. _remoteAddresses ?? []],
                RemoteKeywordsV4 = [.. _keywords4 ?? []],
                RemoteKeywordsV6 = [.. _keywords6 ?? []],
                InterfaceIds = [.. _interfaces ?? []],
                InterfaceTypes = [.. _interfaceTypes ?? []],
                Application = _application,
                Service = _service,
                DisplayName = _name,
                EdgeTraversal = _edge,
                OtherFields = [.. _others ?? []],
            };
        }

        private bool Read(WindowsFirewallKey key, WindowsFirewallRuleField field) => key switch
        {
            WindowsFirewallKey.Action => Once(ref _action, WindowsFirewallKeys.Action(field.Value)),
            WindowsFirewallKey.Active => Once(ref _active, WindowsFirewallKeys.Switch(field.Value)),
            WindowsFirewallKey.Dir => Once(ref _direction, WindowsFirewallKeys.Direction(field.Value)),
            WindowsFirewallKey.Edge => Once(ref _edge, WindowsFirewallKeys.Switch(field.Value)),
            WindowsFirewallKey.App => Once(ref _application, field.Value),
            WindowsFirewallKey.Svc => Once(ref _service, field.Value),
            WindowsFirewallKey.Name => Once(ref _name, field.Value),
            WindowsFirewallKey.Profile => Add(ref _profiles, WindowsFirewallKeys.Profile(field.Value)),
            WindowsFirewallKey.IfType => Add(ref _interfaceTypes, WindowsFirewallKeys.InterfaceType(field.Value)),
            WindowsFirewallKey.If => Guid.TryParseExact(field.Value, "B", out _) && Add(ref _interfaces, field.Value),
            WindowsFirewallKey.LocalPort => _protocol is Tcp or Udp && Add(ref _localPorts, Ports(field, WindowsFirewallKeys.LocalPort, WindowsFirewallKeys.LocalPortRange)),
            WindowsFirewallKey.RemotePort => _protocol is Tcp or Udp && Add(ref _remotePorts, Ports(field, WindowsFirewallKeys.RemotePort, WindowsFirewallKeys.RemotePortRange)),
            WindowsFirewallKey.Icmp4 => _protocol == Icmp && Add(ref _icmpTypes, IcmpTypeOf(field.Value)),
            WindowsFirewallKey.Icmp6 => _protocol == IcmpV6 && Add(ref _icmpTypes, IcmpTypeOf(field.Value)),
            WindowsFirewallKey.LocalAddress4 => AddAddresses(ref _localAddresses, field.Value, isIPv6: false),
            WindowsFirewallKey.LocalAddress6 => AddAddresses(ref _localAddresses, field.Value, isIPv6: true),
            WindowsFirewallKey.RemoteAddress4 =>
                Add(ref _keywords4, WindowsFirewallKeys.AddressKeyword(field.Value, isLater: false)) || AddAddresses(ref _remoteAddresses, field.Value, isIPv6: false),
            WindowsFirewallKey.RemoteAddress6 =>
                Add(ref _keywords6, WindowsFirewallKeys.AddressKeyword(field.Value, isLater: false)) || AddAddresses(ref _remoteAddresses, field.Value, isIPv6: true),
            WindowsFirewallKey.RemoteKeyword4 => Add(ref _keywords4, WindowsFirewallKeys.AddressKeyword(field.Value, isLater: true)),
            WindowsFirewallKey.RemoteKeyword6 => Add(ref _keywords6, WindowsFirewallKeys.AddressKeyword(field.Value, isLater: true)),
            _ => false,
        };

        private static bool Once<T>(ref T? member, T? value)
            where T : struct
        {
            if (member is not null || value is null)
                return false;
            member = value;
            return true;
        }

        private static bool Once(ref string? member, string value)
        {
            if (member is not null)
                return false;
            member = value;
            return true;
        }

        private static bool Add<T>(ref List<T>? members, T? value)
            where T : struct
        {
            if (value is null)
                return false;
            (members ??= []).Add(value.Value);
            return true;
        }

        private static bool Add<T>(ref List<T>? members, T? value)
            where T : class
        {
            if (value is null)
                return false;
            (members ??= []).Add(value);
            return true;
        }

        private static WindowsFirewallPorts? Ports(WindowsFirewallRuleField field, string single, string range)
        {
            if (WindowsFirewallKeys.PortKeyword(field.Key, field.Value) is { } keyword)
                return new WindowsFirewallPorts { Keyword = keyword };
            ReadOnlySpan<char> text = field.Value;
            if (string.Equals(field.Key, single, StringComparison.OrdinalIgnoreCase))
                return Port(text) is { } port ? new WindowsFirewallPorts { First = port, Last = port } : null;
            int dash = text.IndexOf('-');
            if (dash < 0 || !string.Equals(field.Key, range, StringComparison.OrdinalIgnoreCase))
                return null;
            return Port(text[..dash]) is { } first && Port(text[(dash + 1)..]) is { } last && first <= last
                ? new WindowsFirewallPorts { First = first, Last = last }
                : null;
        }

        private static int? Port(ReadOnlySpan<char> text) => Number(text, 5, ushort.MaxValue);

        private static WindowsFirewallIcmpType? IcmpTypeOf(ReadOnlySpan<char> text)
        {
            int colon = text.IndexOf(':');
            if (colon < 0 || Number(text[..colon], 3, 255) is not { } type)
                return null;
            ReadOnlySpan<char> code = text[(colon + 1)..];
            if (code is "*")
                return new WindowsFirewallIcmpType { IcmpType = (byte)type };
            return Number(code, 3, 255) is { } number ? new WindowsFirewallIcmpType { IcmpType = (byte)type, IcmpCode = (byte)number } : null;
        }

        private static bool AddAddresses(ref List<NetPrefix>? prefixes, ReadOnlySpan<char> text, bool isIPv6)
        {
            prefixes ??= [];
            int dash = text.IndexOf('-');
            if (dash >= 0)
            {
                return Address(text[..dash], isIPv6) is { } first && Address(text[(dash + 1)..], isIPv6) is { } last
                    && AddressRange.TrySplit(first, last, prefixes, MostAddresses);
            }

            int slash = text.IndexOf('/');
            if (Address(slash < 0 ? text : text[..slash], isIPv6) is not { } address)
                return false;
            int? length = slash < 0 ? address.BitCount : PrefixLength(text[(slash + 1)..], isIPv6);
            if (length is null || prefixes.Count >= MostAddresses)
                return false;
            prefixes.Add(NetPrefix.Create(address, length.Value));
            return true;
        }

        private static NetAddress? Address(ReadOnlySpan<char> text, bool isIPv6) =>
            NetAddress.TryParse(text, out NetAddress address) && address.IsIPv6 == isIPv6 && address.ScopeId == 0 ? address : null;

        private static int? PrefixLength(ReadOnlySpan<char> text, bool isIPv6)
        {
            if (isIPv6 || !text.Contains('.'))
                return isIPv6 ? Number(text, 3, 128) : Number(text, 2, 32);
            return Address(text, isIPv6: false) is { } mask ? AddressRange.LengthOfMask(mask) : null;
        }
    }
}
