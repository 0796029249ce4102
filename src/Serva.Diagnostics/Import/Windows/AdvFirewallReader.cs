using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary>
/// <c>netsh advfirewall firewall show rule</c>, in English: the rule is written as the registry has it and decoded from there.
/// </summary>
/// <remarks>
/// <code>
/// Rule Name:                            Google Chrome (mDNS-In)
/// ----------------------------------------------------------------------
/// Enabled:                              Yes
/// Direction:                            In
/// </code>
/// </remarks>
internal sealed class AdvFirewallReader(HostDraft draft) : BlockReader(draft)
{
    private const int MostRules = 20_000;

    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private ImportedPlace _place;
    private int _rules;

    public override string Command => "netsh advfirewall firewall show rule";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "Rule") && line.Is(1, "Name:"))
        {
            End();
            Draft.See(PlatformFamily.Windows);
            _place = line.Place;
            _fields["Rule Name"] = line.Count > 2 ? line.From(2).ToString() : "";
            return LineUse.Row;
        }

        if (_fields.Count == 0)
            return LineUse.Refused;
        if (line.Begins(0, '-') || (line.Is(0, "Ok.") && line.Count == 1))
            return LineUse.Understood;
        ReadOnlySpan<char> text = line.From(0);
        int colon = text.IndexOf(':');
        if (colon > 0 && colon < 30 && !text[..colon].ContainsAnyInRange('0', '9'))
        {
            _fields.TryAdd(text[..colon].ToString(), text[(colon + 1)..].Trim().ToString());
            return LineUse.Understood;
        }

        // The types of ICMP stand in a table of their own.
        return line.Indent > 20 || line.Is(0, "Type") ? LineUse.Understood : LineUse.Refused;
    }

    public override void End()
    {
        if (_fields.Count > 0 && ++_rules <= MostRules)
        {
            Draft.FirewallRules.From(Command);
            Draft.FirewallRules.Append(WindowsFirewallRuleDecoder.Decode(_fields["Rule Name"], WindowsFirewallStore.Local, ToRule()), _place);
            Draft.FirewallRules.Lacks("stores", "netsh does not tell the store of a rule, and not those of services: reg query tells");
        }

        _fields.Clear();
    }

    private string ToRule()
    {
        var rule = new StringBuilder("v2.30|");
        Add("Action", Value("Action") switch { "Allow" => "Allow", "Block" => "Block", "Bypass" => "ByPass", _ => null });
        Add("Active", Value("Enabled") is "Yes" ? "TRUE" : "FALSE");
        Add("Dir", Value("Direction") is "Out" ? "Out" : "In");
        string? protocol = Value("Protocol") switch { "TCP" => "6", "UDP" => "17", "ICMPv4" => "1", "ICMPv6" => "58", "Any" => null, var other => other };
        Add("Protocol", protocol);
        foreach (string profile in List("Profiles"))
            Add("Profile", profile);
        AddPorts("LPort", Value("LocalPort"));
        AddPorts("RPort", Value("RemotePort"));
        AddAddresses("LA", Value("LocalIP"));
        AddAddresses("RA", Value("RemoteIP"));
        Add("App", Value("Program"));
        Add("Svc", Value("Service"));
        Add("Name", Value("Rule Name"));
        Add("EmbedCtxt", Value("Grouping"));
        Add("Edge", Value("Edge traversal") is "Yes" ? "TRUE" : null);
        return rule.ToString();

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                rule.Append(CultureInfo.InvariantCulture, $"{key}={value.Replace('|', ' ')}|");
        }

        void AddPorts(string key, string? ports)
        {
            foreach (string port in (ports is null or "Any" ? "" : ports).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                Add(port.Contains('-', StringComparison.Ordinal) && char.IsAsciiDigit(port[0]) ? key + "2_10" : key, port);
        }

        void AddAddresses(string key, string? addresses)
        {
            foreach (string address in (addresses is null or "Any" ? "" : addresses).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                bool isWord = char.IsAsciiLetterUpper(address[0]) && !address.Contains(':', StringComparison.Ordinal);
                if (isWord || !address.Contains(':', StringComparison.Ordinal))
                    Add(key + "4", address);
                if (isWord || address.Contains(':', StringComparison.Ordinal))
                    Add(key + "6", address);
            }
        }
    }

    private string? Value(string name) => _fields.GetValueOrDefault(name);

    private string[] List(string name) => (Value(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
