using System;
using System.Collections.Generic;
using System.Globalization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsFirewall;

/// <summary>
/// Writes a rule of Windows Firewall: the fields in the order of the rules that Windows ships, subnets of IPv4 with their
/// netmask, the fields that have no member last.
/// </summary>
internal static class WindowsFirewallRuleEncoder
{
    /// <summary>The text of a rule, which decodes to the same rule; null when a member cannot stand in one.</summary>
    public static string? Encode(WindowsFirewallRule rule) =>
        Fields(rule) is { } fields ? WindowsFirewallRuleText.Join(rule.Version.ToString(2), fields) : null;

    /// <summary>The fields of a rule; null when a member has no spelling.</summary>
    public static List<WindowsFirewallRuleField>? Fields(WindowsFirewallRule rule)
    {
        var fields = new List<WindowsFirewallRuleField>();
        bool spelled = true;
        if (rule.Action is { } action)
            Add("Action", WindowsFirewallKeys.Spell(action));
        if (rule.Active is { } active)
            Add("Active", WindowsFirewallKeys.Spell(active));
        if (rule.Direction is { } direction)
            Add("Dir", WindowsFirewallKeys.Spell(direction));
        if (rule.IPProtocol is { } protocol)
            Add("Protocol", protocol.ToString(CultureInfo.InvariantCulture));
        foreach (WindowsFirewallProfile profile in rule.Profiles)
            Add("Profile", WindowsFirewallKeys.Spell(profile));
        foreach (WindowsFirewallPorts ports in rule.LocalPorts)
            AddPair(Spell(ports, isRemote: false));
        foreach (WindowsFirewallPorts ports in rule.RemotePorts)
            AddPair(Spell(ports, isRemote: true));
        foreach (WindowsFirewallIcmpType type in rule.IcmpTypes)
            Add(rule.IPProtocol == 58 ? "ICMP6" : "ICMP4", $"{type.IcmpType}:{type.IcmpCode?.ToString(CultureInfo.InvariantCulture) ?? "*"}");
        foreach (NetPrefix prefix in rule.LocalAddresses)
            Add(prefix.Address.IsIPv6 ? "LA6" : "LA4", Spell(prefix));
        foreach (NetPrefix prefix in rule.RemoteAddresses)
            Add(prefix.Address.IsIPv6 ? "RA6" : "RA4", Spell(prefix));
        foreach (WindowsFirewallAddressKeyword keyword in rule.RemoteKeywordsV4)
            AddPair(WindowsFirewallKeys.Spell(keyword, isIPv6: false));
        foreach (WindowsFirewallAddressKeyword keyword in rule.RemoteKeywordsV6)
            AddPair(WindowsFirewallKeys.Spell(keyword, isIPv6: true));
        foreach (string identifier in rule.InterfaceIds)
            Add("IF", identifier);
        foreach (WindowsFirewallInterfaceType type in rule.InterfaceTypes)
            Add("IFType", WindowsFirewallKeys.Spell(type));
        if (rule.Application is not null)
            Add("App", rule.Application);
        if (rule.Service is not null)
            Add("Svc", rule.Service);
        if (rule.DisplayName is not null)
            Add("Name", rule.DisplayName);
        if (rule.EdgeTraversal is { } edge)
            Add("Edge", WindowsFirewallKeys.Spell(edge));
        // Last: among them may be a second value of a member, and the first one counts.
        fields.AddRange(rule.OtherFields);
        return spelled ? fields : null;

        void Add(string key, string? value)
        {
            spelled &= value is not null;
            fields.Add(new WindowsFirewallRuleField { Key = key, Value = value ?? "" });
        }

        void AddPair((string Key, string Word)? pair) => Add(pair?.Key ?? "", pair?.Word);
    }

    private static (string Key, string Word)? Spell(WindowsFirewallPorts ports, bool isRemote)
    {
        if (ports.Keyword is { } keyword)
            return WindowsFirewallKeys.Spell(keyword, isRemote);
        return ports.First == ports.Last
            ? (isRemote ? WindowsFirewallKeys.RemotePort : WindowsFirewallKeys.LocalPort, Number(ports.First))
            : (isRemote ? WindowsFirewallKeys.RemotePortRange : WindowsFirewallKeys.LocalPortRange, $"{Number(ports.First)}-{Number(ports.Last)}");
    }

    private static string? Spell(NetPrefix prefix)
    {
        NetAddress address = prefix.Address;
        if (prefix.IsNone)
            return null;
        if (prefix.Length == address.BitCount)
            return address.ToString();
        return address.IsIPv4 ? $"{address}/{AddressRange.MaskOf(prefix.Length)}" : $"{address}/{Number(prefix.Length)}";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
