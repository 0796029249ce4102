using System;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>A value of a profile with the store that says it; <see cref="WindowsFirewallStore.Unknown"/> for Windows' default.</summary>
internal readonly record struct WindowsFirewallSetting<T>(T Value, WindowsFirewallStore Store);

/// <summary>What is in force in one profile: group policy before the local store before the default ([MS-GPFAS] 2.2.3).</summary>
internal sealed class WindowsFirewallSettings
{
    private readonly WindowsFirewallProfileRow? _group, _local;

    public WindowsFirewallSettings(Table<WindowsFirewallProfileRow> rows, WindowsFirewallProfile profile)
    {
        Profile = profile;
        _group = Find(profile);
        // There the key stands for both other profiles when neither of them has its own.
        if (profile != WindowsFirewallProfile.Domain && Find(WindowsFirewallProfile.Private) is null && Find(WindowsFirewallProfile.Public) is null)
            _group = Find(WindowsFirewallProfile.Standard);
        // In the local store it is the private profile's key, by common knowledge that no document confirms.
        _local = profile == WindowsFirewallProfile.Private ? Local(WindowsFirewallProfile.Standard) ?? Local(profile) : Local(profile);

        WindowsFirewallProfileRow? Find(WindowsFirewallProfile its) => rows.FirstOrDefault(row => row.Store == WindowsFirewallStore.GroupPolicy && row.Profile == its);

        WindowsFirewallProfileRow? Local(WindowsFirewallProfile its) => rows.FirstOrDefault(row => row.Store == WindowsFirewallStore.Local && row.Profile == its);
    }

    public WindowsFirewallProfile Profile { get; }

    public WindowsFirewallSetting<bool> IsEnabled => Of(row => row.EnableFirewall, byDefault: true);

    public WindowsFirewallSetting<WindowsFirewallAction> DefaultInboundAction => Of(row => row.DefaultInboundAction, WindowsFirewallAction.Block);

    public WindowsFirewallSetting<bool> BlocksAllInbound => Of(row => row.DoNotAllowExceptions, byDefault: false);

    /// <summary>Whether rules of the local store count.</summary>
    public bool MergesLocalRules => _group?.AllowLocalPolicyMerge ?? true;

    /// <summary>The interfaces that are left alone; null for none.</summary>
    public string? DisabledInterfaces => Of(row => string.IsNullOrWhiteSpace(row.DisabledInterfaces) ? null : row.DisabledInterfaces);

    private WindowsFirewallSetting<T> Of<T>(Func<WindowsFirewallProfileRow, T?> read, T byDefault)
        where T : struct
    {
        if (_group is not null && read(_group) is { } group)
            return new(group, WindowsFirewallStore.GroupPolicy);
        return _local is not null && read(_local) is { } local ? new(local, WindowsFirewallStore.Local) : new(byDefault, WindowsFirewallStore.Unknown);
    }

    private string? Of(Func<WindowsFirewallProfileRow, string?> read) => (_group is null ? null : read(_group)) ?? (_local is null ? null : read(_local));
}
