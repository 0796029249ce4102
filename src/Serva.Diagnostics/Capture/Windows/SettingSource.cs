using System;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using Microsoft.Win32;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads the registry values that binds and firewall rules depend on, each named by its full path. A value that is absent has no row:
/// Windows then acts by its default.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class SettingSource
{
    private const string Services = @"SYSTEM\CurrentControlSet\Services\";

    private const string Windows = @"SOFTWARE\Microsoft\Windows", Version = @"\CurrentVersion";

    private static readonly (string Path, string Name)[] Values =
    [
        // 1: every bind acts as if it asked for exclusive use ("Windows Sockets and DNS Registry Parameters", appendix C).
        (Services + @"AFD\Parameters", "DisableAddressSharing"),
        // 0: the host network service reserves no port ranges for containers and virtual machines.
        (Services + @"hns\State", "EnableExcludedPortRange"),
        // 255: IPv6 is off except on loopback; other bits switch parts of it off (KB929852).
        (Services + @"Tcpip6\Parameters", "DisabledComponents"),
        // The last dynamic port of versions before Vista (KB929851), and the ports kept out of that range.
        (Services + @"Tcpip\Parameters", "MaxUserPort"),
        (Services + @"Tcpip\Parameters", "ReservedPorts"),
        // How long a closed connection keeps its ports, in seconds.
        (Services + @"Tcpip\Parameters", "TcpTimedWaitDelay"),
        // 1: addresses stay when their interface loses its link (KB239924).
        (Services + @"Tcpip\Parameters", "DisableDHCPMediaSense"),
        // What the variables in the programs of firewall rules stand for.
        (Windows + " NT" + Version, "SystemRoot"),
        (Windows + Version, "ProgramFilesDir"),
        (Windows + Version, "ProgramFilesDir (x86)"),
        (Windows + Version, "CommonFilesDir"),
        (Windows + " NT" + Version + @"\ProfileList", "ProgramData"),
        // 0: Windows Deployment Services leave UDP 67 to the DHCP server of the host.
        (Services + @"WDSServer\Providers\WDSPXE", "UseDHCPPorts"),
        // 0: the firewall reads along in FTP's control connections, and lets in the data connections that it hears of ([MS-GPFAS] 2.2.1.1).
        (@"SOFTWARE\Policies\Microsoft\WindowsFirewall", "DisableStatefulFTP"),
        (Services + @"SharedAccess\Parameters\FirewallPolicy", "DisableStatefulFTP"),
        // The ports that the DNS server leaves out of its socket pool (MS-DNSP 3.1.1.1.4).
        (Services + @"DNS\Parameters", "SocketPoolExcludedPortRanges"),
    ];

    // The port proxies of netsh interface portproxy: a value's name is where one listens, its text where it connects to.
    private static readonly string[] s_portProxies = ["v4tov4", "v4tov6", "v6tov4", "v6tov6"];
    private const int MostPortProxies = 4096, MostAdapters = 512;

    private static readonly string[] s_addresses = ["IPAddress", "DhcpIPAddress"];

    public static Table<SettingRow> Read(RegistryValues registry)
    {
        var rows = ImmutableArray.CreateBuilder<SettingRow>();
        var gaps = ImmutableArray.CreateBuilder<TableGap>();
        foreach ((string path, string name) in Values)
        {
            string fullName = $@"HKLM\{path}\{name}";
            if (registry.Text(path, name, out string? refusal) is { } value)
                rows.Add(new SettingRow { Name = fullName, Value = value });
            else if (refusal is not null)
                gaps.Add(new TableGap { Part = fullName, Reason = refusal });
        }

        ReadConfiguredAddresses(registry, rows, gaps);
        foreach (string kind in s_portProxies)
            ReadPortProxies(registry, $@"{Services}PortProxy\{kind}\tcp", rows, gaps);

        return gaps.Count == 0
            ? Table<SettingRow>.Complete(rows.DrainToImmutable(), "registry")
            : Table<SettingRow>.Partial(rows.DrainToImmutable(), "registry", gaps.DrainToImmutable());
    }

    // What an interface has when it has a link: Windows takes the addresses away with the link.
    private static void ReadConfiguredAddresses(RegistryValues registry, ImmutableArray<SettingRow>.Builder rows, ImmutableArray<TableGap>.Builder gaps)
    {
        const string Path = Services + @"Tcpip\Parameters\Interfaces";
        using RegistryKey? key = registry.Open(Path, out string? refusal, out bool isAbsent);
        if (isAbsent)
            return;
        string[] adapters = key is null ? [] : RegistryValues.KeyNames(key, out refusal);
        if (adapters.Length > MostAdapters)
            refusal = $"stopped after {MostAdapters} adapters";
        foreach (string adapter in adapters[..Math.Min(adapters.Length, MostAdapters)])
        {
            using RegistryKey? settings = RegistryValues.Open(key!, adapter, out string? refused);
            refusal ??= refused;
            foreach (string name in s_addresses)
            {
                if (settings is not null && RegistryValues.Text(settings, name) is { Length: > 0 } value && value != "0.0.0.0")
                    rows.Add(new SettingRow { Name = $@"HKLM\{Path}\{adapter}\{name}", Value = value });
            }
        }

        if (refusal is not null)
            gaps.Add(new TableGap { Part = $@"HKLM\{Path}", Reason = refusal });
    }

    private static void ReadPortProxies(
        RegistryValues registry, string path, ImmutableArray<SettingRow>.Builder rows, ImmutableArray<TableGap>.Builder gaps)
    {
        using RegistryKey? key = registry.Open(path, out string? refusal, out bool isAbsent);
        if (isAbsent)
            return;
        string[] names = key is null ? [] : RegistryValues.ValueNames(key, out refusal);
        if (names.Length > MostPortProxies)
            refusal = $"stopped after {MostPortProxies} values";
        foreach (string name in names[..Math.Min(names.Length, MostPortProxies)])
            rows.Add(new SettingRow { Name = $@"HKLM\{path}\{name}", Value = RegistryValues.Text(key!, name) ?? "" });
        if (refusal is not null)
            gaps.Add(new TableGap { Part = $@"HKLM\{path}", Reason = refusal });
    }
}
