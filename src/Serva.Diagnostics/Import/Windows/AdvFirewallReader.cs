using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary>
/// <c>netsh advfirewall firewall show rule</c>, in English: the rule is written as the registry has it and decoded from there.
/// </summary>
/// <remarks>
/// Without <c>verbose</c> it leaves out programs and services, and it never tells the identifier of a rule. So these rules count
/// only where no <c>reg query</c> showed them; one without its program gets a condition that nobody can judge.
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

    private const string AnyValue = "Any";

    private static readonly string[] s_known =
    [
        "Rule Name", "Description", "Enabled", "Direction", "Profiles", "Grouping", "LocalIP", "RemoteIP", "Protocol", "LocalPort", "RemotePort", "Edge traversal", "Program", "Service",
        "InterfaceTypes", "Security", "Rule source", "Action",
    ];

    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private readonly List<(WindowsFirewallRuleRow Row, ImportedPlace Place)> _rules = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private ImportedPlace _place;

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
        if (line.Indent <= 20 && !line.Is(0, "Type"))
            return LineUse.Refused;
        if (!line.Is(0, "Type") && line.Count == 2 && !(line.Is(0, AnyValue) && line.Is(1, AnyValue)))
            _fields.TryAdd("ICMP", $"{line[0]}:{line[1]}");
        return LineUse.Understood;
    }

    public override void Lack(string reason) => Draft.FirewallRules.Lacks("lines", reason);

    public override void End()
    {
        if (_fields.Count > 0 && _rules.Count < MostRules)
        {
            WindowsFirewallStore store = Value("Rule source") is { } source && source.StartsWith("Group Policy", StringComparison.Ordinal) ? WindowsFirewallStore.GroupPolicy : WindowsFirewallStore.Local;
            // What the registry says of it is not known, so the row has no text.
            _rules.Add((WindowsFirewallRuleDecoder.Decode(Identifier(), store, ToRule()) with { Text = null }, _place));
        }

        _fields.Clear();
    }

    public override void Finish()
    {
        if (_rules.Count == 0)
            return;
        if (Draft.HasLocalFirewallRules)
        {
            // An export of the machine's own store has none of group policy's.
            Draft.FirewallRules.Remark("those of netsh are left out: the registry shows them with all conditions");
            _rules.RemoveAll(rule => rule.Row.Store == WindowsFirewallStore.Local);
            if (_rules.Count == 0)
                return;
        }

        Draft.FirewallRules.From(Command);
        foreach ((WindowsFirewallRuleRow row, ImportedPlace place) in _rules)
            Draft.FirewallRules.Append(row, place);
        Draft.FirewallRules.Lacks("conditions", "netsh shows neither all conditions of a rule nor those of services: reg query tells");
        if (_rules.Count == MostRules)
            Draft.FirewallRules.Lacks("rules", "more than 20000");
    }

    // A quotation mark stands in no command, so that none names a rule by what is not its identifier.
    private string Identifier()
    {
        string name = $"netsh \"{_fields["Rule Name"].Replace('"', ' ')}\"";
        return _ids.Add(name) ? name : string.Create(CultureInfo.InvariantCulture, $"{name} {_rules.Count + 1}");
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
        Add("App", Chosen("Program"));
        Add("Svc", Chosen("Service"));
        foreach (string type in Chosen("InterfaceTypes") is null ? [] : List("InterfaceTypes"))
            Add("IFType", type switch { "LAN" => "Lan", "RAS" => "RemoteAccess", _ => type });
        Add("Security", Value("Security") is "NotRequired" ? null : Value("Security"));
        Add("Name", Value("Rule Name"));
        Add("EmbedCtxt", Value("Grouping"));
        Add("Edge", Value("Edge traversal") is "Yes" ? "TRUE" : null);
        if (Chosen("Program") is null)
            Add("Program", "not shown by netsh");
        foreach ((string key, string value) in _fields)
        {
            if (!s_known.Contains(key))
                Add(key, value);
        }

        return rule.ToString();

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                rule.Append(CultureInfo.InvariantCulture, $"{key.Replace('=', ' ')}={value.Replace('|', ' ')}|");
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

    private string? Chosen(string name) => Value(name) is { Length: > 0 } value and not AnyValue ? value : null;

    private string? Value(string name) => _fields.GetValueOrDefault(name);

    private string[] List(string name) => (Value(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
