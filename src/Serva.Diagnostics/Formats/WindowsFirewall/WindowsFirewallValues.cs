using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsFirewall;

/// <summary>The REG_DWORD values of a firewall profile ([MS-GPFAS] 2.2.3).</summary>
internal static class WindowsFirewallValues
{
    /// <summary>An on/off switch; null for a value that no document describes.</summary>
    public static bool? Switch(uint value) => value switch
    {
        0 => false,
        1 => true,
        _ => null,
    };

    /// <summary>A default action (2.2.3.16, 2.2.3.17): the reverse of what the COM interface INetFwPolicy2 uses.</summary>
    public static WindowsFirewallAction Action(uint value) => value switch
    {
        0 => WindowsFirewallAction.Allow,
        1 => WindowsFirewallAction.Block,
        _ => WindowsFirewallAction.Unknown,
    };
}
