using System;
using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Windows: a rule of the firewall is added, and counts from then on.</summary>
public sealed record AddWindowsFirewallRule : SnapshotChange
{
    /// <summary>The rule.</summary>
    public required WindowsFirewallRuleRow Rule { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) =>
        host with { WindowsFirewallRules = host.WindowsFirewallRules.WithRows([.. host.WindowsFirewallRules, Rule]) };
}

/// <summary>Windows: a rule of the firewall is changed: switched off, or for other profiles.</summary>
public sealed record SetWindowsFirewallRule : SnapshotChange
{
    /// <summary>The rule as it stands in the snapshot.</summary>
    public required WindowsFirewallRuleRow Rule { get; init; }

    /// <summary>The rule as it is afterwards.</summary>
    public required WindowsFirewallRuleRow To { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) =>
        host with { WindowsFirewallRules = host.WindowsFirewallRules.WithRows([.. host.WindowsFirewallRules.Select(row => row == Rule ? To : row)]) };
}

/// <summary>Windows: a service of the system starts.</summary>
public sealed record StartService : SnapshotChange
{
    /// <summary>The service, for example <c>MpsSvc</c>.</summary>
    public required string Name { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Services = host.Services.WithRows([.. host.Services.Select(row => string.Equals(row.Name, Name, StringComparison.OrdinalIgnoreCase) ? row with { State = ServiceState.Running } : row)]),
    };
}
