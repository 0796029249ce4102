using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>The sysctls that binds and routes depend on, from <c>/proc/sys/net</c>, which anyone may read; and whether SELinux enforces.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxSettings(CaptureRun run)
{
    private const string Source = "/proc/sys/net";
    private const string Enforce = "/sys/fs/selinux/enforce";
    private const int MaxValue = 1 << 16;

    private static readonly ImmutableArray<string> Names =
    [
        "ipv4/ip_unprivileged_port_start", "ipv4/ip_local_port_range", "ipv4/ip_local_reserved_ports", "ipv4/ip_nonlocal_bind",
        "ipv4/ip_autobind_reuse", "ipv4/ip_forward", "ipv4/ip_early_demux", "ipv4/tcp_l3mdev_accept", "ipv4/udp_l3mdev_accept",
        "ipv4/raw_l3mdev_accept", "ipv4/tcp_tw_reuse", "ipv4/fwmark_reflect", "ipv4/tcp_fwmark_accept", "ipv4/nexthop_compat_mode",
        "ipv4/fib_multipath_hash_policy", "ipv4/fib_multipath_hash_fields", "ipv4/fib_multipath_use_neigh", "ipv4/icmp_ratelimit",
        "ipv6/ip_nonlocal_bind", "ipv6/bindv6only", "ipv6/fib_multipath_hash_policy", "ipv6/fib_multipath_hash_fields",
        "core/somaxconn", "bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables",
        "netfilter/nf_conntrack_helper",
    ];

    private static readonly ImmutableArray<string> NamesPerInterfaceIPv4 =
    [
        "rp_filter", "arp_ignore", "arp_announce", "arp_filter", "route_localnet", "accept_local", "src_valid_mark",
        "ignore_routes_with_linkdown", "forwarding",
    ];

    private static readonly ImmutableArray<string> NamesPerInterfaceIPv6 =
    [
        "disable_ipv6", "forwarding", "use_tempaddr", "use_oif_addrs_only", "ignore_routes_with_linkdown", "optimistic_dad",
        "use_optimistic", "accept_dad",
    ];

    private readonly byte[] _buffer = new byte[MaxValue];

    public Table<SettingRow> ReadSettings()
    {
        var table = new TableReading<SettingRow>(run, "Settings", Source);
        SourceClock clock = run.StartSource();
        bool inTime = ReadEach(table, "", Names, clock)
            && ReadPerInterface(table, "ipv4/conf", NamesPerInterfaceIPv4, clock)
            && ReadPerInterface(table, "ipv6/conf", NamesPerInterfaceIPv6, clock);
        if (inTime)
            ReadEnforce(table);
        else
            table.Missing("settings", SourceClock.TimedOut);
        if (inTime && table.Rows.Count == 0)
            table.Missing("settings", "none was found");
        return table.ToTable();
    }

    /// <summary>The ports that the system hands out by itself, and those it keeps out of that.</summary>
    public Table<PortRangeRow> ReadPortRanges()
    {
        var table = new TableReading<PortRangeRow>(run, "PortRanges", Source);
        SourceClock clock = run.StartSource();
        if (clock.IsOver())
        {
            table.Missing("ranges", SourceClock.TimedOut);
            return table.ToTable();
        }

        if (TryRead(table, "ipv4/ip_local_port_range", missingIsGap: true, out ReadOnlySpan<byte> range))
        {
            if (ProcText.DynamicPorts(range) is { } dynamic)
                table.Rows.Add(dynamic);
            else
                table.Missing("net.ipv4.ip_local_port_range", "makes no sense");
        }

        if (TryRead(table, "ipv4/ip_local_reserved_ports", missingIsGap: true, out ReadOnlySpan<byte> list))
        {
            ImmutableArray<PortRangeRow> reserved = ProcText.ReservedPorts(list);
            if (reserved.IsDefault)
                table.Missing("net.ipv4.ip_local_reserved_ports", "makes no sense");
            else
                table.Rows.AddRange(reserved);
        }

        return table.ToTable();
    }

    private bool ReadPerInterface(TableReading<SettingRow> table, string folder, ImmutableArray<string> names, SourceClock clock)
    {
        var interfaces = new List<string>();
        int error = LinuxDirectory.ReadNames($"{Source}/{folder}", interfaces, clock);

        // Without IPv6 in the kernel there is no folder, and nothing to set.
        if (error is not (0 or LinuxError.NoEntry))
            table.Missing($"net.{folder.Replace('/', '.')}", LinuxError.Describe(error));
        foreach (string name in interfaces)
        {
            if (!ReadEach(table, $"{folder}/{name}/", names, clock))
                return false;
        }

        return true;
    }

    private bool ReadEach(TableReading<SettingRow> table, string folder, ImmutableArray<string> names, SourceClock clock)
    {
        foreach (string name in names)
        {
            if (clock.IsOver())
                return false;
            string path = folder + name;
            if (TryRead(table, path, missingIsGap: false, out ReadOnlySpan<byte> value))
                table.Rows.Add(new SettingRow { Name = NameOf(path), Value = MachineText.Read(value.Trim(" \t\r\n"u8)) });
        }

        return true;
    }

    // Without SELinux there is no such file; in a container it may be hidden although SELinux enforces.
    private void ReadEnforce(TableReading<SettingRow> table)
    {
        int length = LinuxFile.ReadAll(Enforce, _buffer);
        if (length >= 0)
            table.Rows.Add(new SettingRow { Name = Enforce, Value = MachineText.Read(_buffer.AsSpan(0, length).Trim(" \t\r\n"u8)) });
        else if (length != -LinuxError.NoEntry)
            table.Missing(Enforce, LinuxError.Describe(-length));
    }

    /// <summary>A setting that is not there is one that this kernel does not have.</summary>
    private bool TryRead<TRow>(TableReading<TRow> table, string path, bool missingIsGap, out ReadOnlySpan<byte> value)
    {
        int length = LinuxFile.ReadAll($"{Source}/{path}", _buffer);
        value = _buffer.AsSpan(0, Math.Max(0, length));
        if (length >= 0)
        {
            table.Succeeded();
            return true;
        }

        if (missingIsGap || length != -LinuxError.NoEntry)
            table.Missing(NameOf(path), LinuxError.Describe(-length));
        return false;
    }

    /// <summary>As sysctl(8) writes it, but an interface's own dots stay as they are.</summary>
    private static string NameOf(string path) => "net." + path.Replace('/', '.');
}
