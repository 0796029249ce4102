using System.Collections.Immutable;
using System.Runtime.Versioning;
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
        // What the variables in the programs of firewall rules stand for.
        (Windows + " NT" + Version, "SystemRoot"),
        (Windows + Version, "ProgramFilesDir"),
        (Windows + Version, "ProgramFilesDir (x86)"),
        (Windows + Version, "CommonFilesDir"),
        (Windows + " NT" + Version + @"\ProfileList", "ProgramData"),
    ];

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

        return gaps.Count == 0
            ? Table<SettingRow>.Complete(rows.DrainToImmutable(), "registry")
            : Table<SettingRow>.Partial(rows.DrainToImmutable(), "registry", gaps.DrainToImmutable());
    }
}
