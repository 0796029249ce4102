using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary>Profiles and rules of Windows Firewall as <c>reg query KEY /s</c> prints them and as an exported <c>.reg</c> holds them: no word of a language.</summary>
/// <remarks>
/// <code>
/// HKEY_LOCAL_MACHINE\SYSTEM\...\FirewallPolicy\FirewallRules            [HKEY_LOCAL_MACHINE\SYSTEM\...\FirewallRules]
///     {9C3...}    REG_SZ    v2.30|Action=Allow|Active=TRUE|Dir=In|      "{9C3...}"="v2.30|Action=Allow|Active=TRUE|Dir=In|"
///     EnableFirewall    REG_DWORD    0x1                                "EnableFirewall"=dword:00000001
/// </code>
/// </remarks>
internal sealed class RegistryFirewallReader(HostDraft draft) : BlockReader(draft)
{
    private const int MostRules = 20_000, LongestRule = 64 * 1024;

    private WindowsFirewallStore _store;
    private WindowsFirewallProfile _profile;
    private int _rules;
    private WindowsFirewallProfileRow? _row;
    private ImportedPlace _place;
    private OpenRule? _rule;

    public override string Command => "reg query of the firewall";

    public override LineUse Read(scoped in PastedLine line)
    {
        if ((line.Begins(0, 'H') || line.Begins(0, '[')) && line[0].TrimStart('[').StartsWith(@"HKEY_", StringComparison.Ordinal))
            return ReadKey(line);
        if (line.Is(0, "Windows") && line.Is(1, "Registry") && line.Is(2, "Editor"))
            return LineUse.Heading;
        if (line.Is(0, "!") && line.Is(1, "REG.EXE"))
            return LineUse.Understood;
        if (_store == WindowsFirewallStore.Unknown && !line.Begins(0, '"') && !line.Begins(0, '{'))
            return LineUse.Refused;
        ReadOnlySpan<char> text = line.From(0);
        if (!TryTakeValue(line, text, out string name, out string value, out bool isNumber))
            return _rule is { } open && text.Contains('|') ? GoOn(open, line) : LineUse.Refused;
        FlushRule();
        if (!isNumber)
            return ReadRule(name, value, line.Place);
        if (_profile == WindowsFirewallProfile.Unknown || !uint.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number))
            return _store == WindowsFirewallStore.Unknown ? LineUse.Refused : LineUse.Understood;
        ReadNumber(name, number, line.Place);
        return LineUse.Understood;
    }

    public override void Lack(string reason)
    {
        Draft.FirewallRules.Lacks("lines", reason);
        Draft.FirewallProfiles.Lacks("lines", reason);
    }

    public override void End()
    {
        FlushRule();
        Flush();
        (_store, _profile) = (WindowsFirewallStore.Unknown, WindowsFirewallProfile.Unknown);
    }

    private LineUse ReadKey(scoped in PastedLine line)
    {
        FlushRule();
        Flush();
        ReadOnlySpan<char> key = line.From(0).Trim("[]");
        bool isLocal = key.Contains(@"\SharedAccess\Parameters\FirewallPolicy", StringComparison.OrdinalIgnoreCase);
        bool isPolicy = key.Contains(@"\Policies\Microsoft\WindowsFirewall", StringComparison.OrdinalIgnoreCase);
        (_store, _profile) = (WindowsFirewallStore.Unknown, WindowsFirewallProfile.Unknown);
        if (!isLocal && !isPolicy)
            return LineUse.Understood;
        Draft.See(PlatformFamily.Windows);
        _store = isPolicy ? WindowsFirewallStore.GroupPolicy : key.Contains(@"\RestrictedServices", StringComparison.OrdinalIgnoreCase) ? WindowsFirewallStore.ServiceHardening : WindowsFirewallStore.Local;
        ReadOnlySpan<char> last = key[(key.LastIndexOf('\\') + 1)..];
        _profile = last switch
        {
            "DomainProfile" => WindowsFirewallProfile.Domain,
            "PrivateProfile" => WindowsFirewallProfile.Private,
            "PublicProfile" => WindowsFirewallProfile.Public,
            "StandardProfile" => WindowsFirewallProfile.Standard,
            _ => WindowsFirewallProfile.Unknown,
        };
        if (_profile != WindowsFirewallProfile.Unknown)
            (_row, _place) = (new WindowsFirewallProfileRow { Profile = _profile, Store = _store }, line.Place);
        if (last is "FirewallRules")
            Draft.FirewallRules.From(Command);
        return LineUse.Heading;
    }

    private LineUse ReadRule(string name, string value, ImportedPlace place)
    {
        if (!value.StartsWith('v') || !value.Contains('|', StringComparison.Ordinal))
            return _store == WindowsFirewallStore.Unknown ? LineUse.Refused : LineUse.Understood;
        if (++_rules > MostRules)
        {
            Draft.FirewallRules.Lacks("rules", "more than 20000");
            return LineUse.Understood;
        }

        if (_store == WindowsFirewallStore.Unknown)
            Draft.FirewallRules.Lacks("stores", "the texts do not name the key of some rules: taken to be the local store's");
        Draft.See(PlatformFamily.Windows);
        Draft.FirewallRules.From(Command);
        WindowsFirewallStore store = _store == WindowsFirewallStore.Unknown ? WindowsFirewallStore.Local : _store;
        Draft.HasLocalFirewallRules |= store == WindowsFirewallStore.Local;
        _rule = new OpenRule(name, store, new StringBuilder(value), place);
        return LineUse.Row;
    }

    // A console of 80 columns broke the line. Blanks that stood at its end are lost, so that the rule may say something else.
    private LineUse GoOn(in OpenRule rule, scoped in PastedLine line)
    {
        if (rule.Text.Length > LongestRule)
            return LineUse.Refused;
        rule.Text.Append(line.Text);
        Draft.FirewallRules.Lacks("broken lines", "some rules stand on several lines, where blanks may be lost");
        return LineUse.Understood;
    }

    private void FlushRule()
    {
        if (_rule is not { } rule)
            return;
        _rule = null;
        string text = rule.Text.ToString();
        WindowsFirewallRuleRow row = WindowsFirewallRuleDecoder.Decode(rule.Name, rule.Store, text);
        // Windows passes over a rule that it cannot read; one that the text lost a part of is another matter.
        if (row.Rule is null || !text.TrimEnd().EndsWith('|'))
            MissedLines++;
        else
            Draft.FirewallRules.Append(row, rule.Place);
    }

    private void ReadNumber(string name, uint value, ImportedPlace place)
    {
        WindowsFirewallProfileRow row = _row ?? new WindowsFirewallProfileRow { Profile = _profile, Store = _store };
        _row = name switch
        {
            "EnableFirewall" => row with { EnableFirewall = WindowsFirewallValues.Switch(value) },
            "DefaultInboundAction" => row with { DefaultInboundAction = WindowsFirewallValues.Action(value) },
            "DefaultOutboundAction" => row with { DefaultOutboundAction = WindowsFirewallValues.Action(value) },
            "DoNotAllowExceptions" => row with { DoNotAllowExceptions = WindowsFirewallValues.Switch(value) },
            "AllowLocalPolicyMerge" => row with { AllowLocalPolicyMerge = WindowsFirewallValues.Switch(value) },
            "DisableNotifications" => row with { DisableNotifications = WindowsFirewallValues.Switch(value) },
            "DisableUnicastResponsesToMulticastBroadcast" => row with { DisableUnicastResponsesToMulticastBroadcast = WindowsFirewallValues.Switch(value) },
            "DisableStealthMode" => row with { DisableStealthMode = WindowsFirewallValues.Switch(value) },
            _ => row,
        };
        _place = place;
    }

    private void Flush()
    {
        if (_row is not null)
            Draft.FirewallProfiles.Add(_row, _place, Command);
        _row = null;
    }

    // Either form; a name in the quoted one may hold "=".
    private static bool TryTakeValue(scoped in PastedLine line, ReadOnlySpan<char> text, out string name, out string value, out bool isNumber)
    {
        (name, value, isNumber) = ("", "", false);
        if (text[0] == '"')
        {
            int middle = text.IndexOf("\"=", StringComparison.Ordinal);
            if (middle < 1)
                return false;
            name = text[1..middle].ToString();
            ReadOnlySpan<char> rest = text[(middle + 2)..];
            isNumber = rest.StartsWith("dword:", StringComparison.Ordinal);
            if (!isNumber && rest is not ['"', .., '"'])
                return false;
            value = isNumber ? rest[6..].ToString() : rest[1..^1].ToString().Replace(@"\""", "\"", StringComparison.Ordinal).Replace(@"\\", @"\", StringComparison.Ordinal);
            return true;
        }

        for (int i = 1; i < line.Count - 1; i++)
        {
            if (!line.Begins(i, 'R') || !(line.Is(i, "REG_SZ") || line.Is(i, "REG_DWORD")))
                continue;
            isNumber = line.Is(i, "REG_DWORD");
            name = text[..(line.StartOf(i) - line.Indent)].Trim().ToString();
            value = line.From(i + 1).ToString();
            if (isNumber && value.StartsWith("0x", StringComparison.Ordinal))
                value = value[2..];
            return true;
        }

        return false;
    }

    private readonly record struct OpenRule(string Name, WindowsFirewallStore Store, StringBuilder Text, ImportedPlace Place);
}
