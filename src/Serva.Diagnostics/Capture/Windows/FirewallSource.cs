using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using System.Threading;
using Microsoft.Win32;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads profiles and rules of Windows Firewall from the registry: the local store, group policy, and the rules that
/// restrict services. Needs no privilege. A store of group policy that is not there says nothing; a local store that is not
/// there is a gap, because every Windows since Vista has one.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class FirewallSource
{
    private const string Local = @"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
    private const string GroupPolicy = @"SOFTWARE\Policies\Microsoft\WindowsFirewall";
    private const string Source = $@"HKLM\{Local}, HKLM\{GroupPolicy}";
    private const int MostRules = 20_000;

    private static readonly (WindowsFirewallProfile Profile, string Key)[] Profiles =
    [
        (WindowsFirewallProfile.Domain, "DomainProfile"),
        (WindowsFirewallProfile.Private, "PrivateProfile"),
        (WindowsFirewallProfile.Public, "PublicProfile"),
        (WindowsFirewallProfile.Standard, "StandardProfile"),
    ];

    private static readonly (WindowsFirewallStore Store, string Path, string Part)[] RuleKeys =
    [
        (WindowsFirewallStore.ServiceHardening, Local + @"\RestrictedServices\Static\System", "service hardening"),
        (WindowsFirewallStore.ServiceHardening, Local + @"\RestrictedServices\Configurable\System", "service hardening"),
        (WindowsFirewallStore.Local, Local + @"\FirewallRules", "local"),
        (WindowsFirewallStore.GroupPolicy, GroupPolicy + @"\FirewallRules", "group policy"),
    ];

    public static Table<WindowsFirewallProfileRow> ReadProfiles(RegistryValues registry, CancellationToken cancellationToken)
    {
        var rows = ImmutableArray.CreateBuilder<WindowsFirewallProfileRow>();
        var gaps = ImmutableArray.CreateBuilder<TableGap>();
        ReadStore(WindowsFirewallStore.Local, Local, "local");
        ReadStore(WindowsFirewallStore.GroupPolicy, GroupPolicy, "group policy");
        return ToTable(rows, gaps);

        void ReadStore(WindowsFirewallStore store, string path, string part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int before = rows.Count;
            foreach ((WindowsFirewallProfile profile, string name) in Profiles)
            {
                using RegistryKey? key = registry.Open($@"{path}\{name}", out string? reason, out bool isAbsent);
                if (key is not null)
                    rows.Add(ReadProfile(key, profile, store, $"{part} {name}", gaps));
                else if (!isAbsent)
                    gaps.Add(new TableGap { Part = $"{part} {name}", Reason = reason! });
            }

            if (store == WindowsFirewallStore.Local && rows.Count == before && gaps.Count == 0)
                gaps.Add(new TableGap { Part = part, Reason = $@"HKLM\{path} has no profile" });
        }
    }

    public static Table<WindowsFirewallRuleRow> ReadRules(RegistryValues registry, TimeProvider time, TimeSpan limit, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        var rows = ImmutableArray.CreateBuilder<WindowsFirewallRuleRow>();
        var gaps = ImmutableArray.CreateBuilder<TableGap>();
        foreach ((WindowsFirewallStore store, string path, string part) in RuleKeys)
        {
            using RegistryKey? key = registry.Open(path, out string? reason, out bool isAbsent);
            if (key is null && isAbsent && store != WindowsFirewallStore.Local)
                continue;
            if (key is not null)
                reason = ReadRules(key, store, rows, () => time.GetElapsedTime(start), limit, cancellationToken);
            if (reason is not null)
                gaps.Add(new TableGap { Part = part, Reason = reason });
        }

        return ToTable(rows, gaps);
    }

    private static string? ReadRules(
        RegistryKey key,
        WindowsFirewallStore store,
        ImmutableArray<WindowsFirewallRuleRow>.Builder rows,
        Func<TimeSpan> elapsed,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        string[] names = RegistryValues.ValueNames(key, out string? refusal);
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rows.Count >= MostRules)
                return string.Create(CultureInfo.InvariantCulture, $"stopped after {MostRules} rules");
            if (elapsed() > limit)
                return string.Create(CultureInfo.InvariantCulture, $"timed out after {limit.TotalSeconds} s");
            rows.Add(RegistryValues.ExactText(key, name) is { } text
                ? WindowsFirewallRuleDecoder.Decode(name, store, text)
                : WindowsFirewallRuleDecoder.Undecoded(name, store, "is no text, or could not be read"));
        }

        return refusal;
    }

    private static WindowsFirewallProfileRow ReadProfile(
        RegistryKey key, WindowsFirewallProfile profile, WindowsFirewallStore store, string part, ImmutableArray<TableGap>.Builder gaps)
    {
        return new WindowsFirewallProfileRow
        {
            Profile = profile,
            Store = store,
            EnableFirewall = Switch("EnableFirewall"),
            DefaultInboundAction = Action("DefaultInboundAction"),
            DefaultOutboundAction = Action("DefaultOutboundAction"),
            DoNotAllowExceptions = Switch("DoNotAllowExceptions"),
            AllowLocalPolicyMerge = Switch("AllowLocalPolicyMerge"),
            DisableNotifications = Switch("DisableNotifications"),
            DisableUnicastResponsesToMulticastBroadcast = Switch("DisableUnicastResponsesToMulticastBroadcast"),
            DisableStealthMode = Switch("DisableStealthMode"),
            DisabledInterfaces = RegistryValues.Text(key, "DisabledInterfaces"),
        };

        bool? Switch(string name) => Number(name) is { } number ? WindowsFirewallValues.Switch(number) ?? NotDescribed(name, number) : null;

        WindowsFirewallAction? Action(string name) => Number(name) is { } number ? WindowsFirewallValues.Action(number) : null;

        bool? NotDescribed(string name, uint number)
        {
            gaps.Add(new TableGap { Part = $"{part} {name}", Reason = string.Create(CultureInfo.InvariantCulture, $"{number} is neither 0 nor 1") });
            return null;
        }

        uint? Number(string name)
        {
            uint? number = RegistryValues.Number(key, name);
            // A value of another type is there, and nobody knows what Windows makes of it.
            if (number is null && RegistryValues.Text(key, name) is not null)
                gaps.Add(new TableGap { Part = $"{part} {name}", Reason = "is no REG_DWORD" });
            return number;
        }
    }

    private static Table<T> ToTable<T>(ImmutableArray<T>.Builder rows, ImmutableArray<TableGap>.Builder gaps)
    {
        if (gaps.Count == 0)
            return Table<T>.Complete(rows.DrainToImmutable(), Source);
        return rows.Count == 0
            ? Table<T>.Unavailable(Source, gaps[0].Reason)
            : Table<T>.Partial(rows.DrainToImmutable(), Source, gaps.DrainToImmutable());
    }
}
