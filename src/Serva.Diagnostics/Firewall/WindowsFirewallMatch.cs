using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>One rule held against one packet, all but its profiles: those differ by the interface, and are asked later.</summary>
internal sealed class WindowsFirewallMatch(WindowsFirewallRuleRow row)
{
    private List<string>? _failed, _open, _unknown;

    public WindowsFirewallRuleRow Row => row;

    public WindowsFirewallRule Rule => row.Rule!;

    /// <summary>Whether the rule names the port or the program of the packet: what it misses then is worth telling.</summary>
    public bool IsSpecific { get; private set; }

    /// <summary>Whether the rule is for whichever program it names, on any port.</summary>
    public bool IsForAnyPort => Rule.LocalPorts.IsEmpty && (Rule.Application ?? Rule.Service) is not null;

    /// <summary>The conditions that do not hold.</summary>
    public IReadOnlyList<string> Failed => _failed ?? [];

    /// <summary>Whether it matches. What the question left open goes before what nobody can tell, because it is taken not to hold.</summary>
    public Truth Truth => _failed is not null ? Truth.No : _open is not null ? Truth.Open : _unknown is not null ? Truth.Unknown : Truth.Yes;

    /// <summary>What it hangs on.</summary>
    public string HangsOn => string.Join(" and ", (_open ?? []).Concat(_unknown ?? []));

    /// <summary>Whether no more than this is missing.</summary>
    public bool LacksAtMost(int conditions) => Failed.Count <= conditions;

    public bool IsFor(WindowsFirewallProfile profile) => Rule.Profiles.IsEmpty || Rule.Profiles.Contains(profile);

    /// <summary>Adds a condition.</summary>
    /// <param name="truth">Whether it holds.</param>
    /// <param name="condition">The condition, for people.</param>
    /// <param name="isSpecific">Whether that it holds makes the rule one about this packet.</param>
    public void Add(Truth truth, string condition, bool isSpecific = false)
    {
        switch (truth)
        {
            case Truth.No:
                (_failed ??= []).Add(condition);
                break;
            case Truth.Open:
                (_open ??= []).Add(condition);
                break;
            case Truth.Unknown:
                (_unknown ??= []).Add(condition);
                break;
            default:
                IsSpecific |= isSpecific;
                break;
        }
    }

    /// <summary>What people call the rule: its name, or its identifier where the name stands in a library.</summary>
    public string Name => Rule.DisplayName is { Length: > 0 } name && !name.StartsWith('@') ? name : row.RuleId;

    public string ActionWords => Rule.Action switch
    {
        WindowsFirewallAction.Allow => "let in",
        WindowsFirewallAction.Block => "dropped",
        WindowsFirewallAction.Bypass => "let in",
        _ => "nobody can say",
    };

    public FirewallDecision ToDecision(WindowsFirewallProfile? profile) => new()
    {
        Table = WindowsFirewall.TableName,
        Chain = profile?.ToString() ?? "",
        RuleId = row.RuleId,
        Store = row.Store,
        Text = row.Text ?? row.RuleId,
        Comment = Rule.DisplayName is { } name && !name.StartsWith('@') ? name : null,
    };
}
