using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.IpHelper;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>Reads interfaces, addresses and routes through the IP Helper functions of netioapi.h. Needs no privilege.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe class InterfaceSource
{
    private const ushort BothFamilies = 0;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>The interfaces by GetIfTable2, what the families add by GetIpInterfaceTable, the firewall's profile by the Network List Manager.</summary>
    public static Table<InterfaceRow> ReadInterfaces(CancellationToken cancellationToken)
    {
        const string source = "GetIfTable2, GetIpInterfaceTable, NetworkListManager";
        var rows = ImmutableArray.CreateBuilder<InterfaceRow>();
        string? reason = MibTable.Read(
            "GetIfTable2", MibIfTable2.FirstRow, MibIfTable2.RowSize, IpHelperApi.GetIfTable2,
            table => MibIfTable2.Decode(table, rows)?.ToString(), cancellationToken);
        if (reason is not null && rows.Count == 0)
            return Table<InterfaceRow>.Unavailable(source, reason);

        var families = new List<MibIpInterface>();
        string? noMetrics = MibTable.Read(
            "GetIpInterfaceTable", MibIpInterfaceTable.FirstRow, MibIpInterfaceTable.RowSize,
            table => IpHelperApi.GetIpInterfaceTable(BothFamilies, table),
            table => MibIpInterfaceTable.Decode(table, families)?.ToString(), cancellationToken);
        AddFamilies(rows, families);
        string? noProfiles = AddProfiles(rows, cancellationToken);

        var gaps = ImmutableArray.CreateBuilder<TableGap>();
        if (reason is not null)
            gaps.Add(new TableGap { Part = "interfaces", Reason = reason });
        if (noMetrics is not null)
            gaps.Add(new TableGap { Part = "metrics", Reason = noMetrics });
        if (noProfiles is not null)
            gaps.Add(new TableGap { Part = "firewall profiles", Reason = noProfiles });
        return gaps.Count == 0
            ? Table<InterfaceRow>.Complete(rows.DrainToImmutable(), source)
            : Table<InterfaceRow>.Partial(rows.DrainToImmutable(), source, gaps.DrainToImmutable());
    }

    /// <summary>The addresses by GetUnicastIpAddressTable.</summary>
    public static Table<AddressRow> ReadAddresses(CancellationToken cancellationToken)
    {
        var rows = ImmutableArray.CreateBuilder<AddressRow>();
        string? reason = MibTable.Read(
            "GetUnicastIpAddressTable", MibUnicastIpAddressTable.FirstRow, MibUnicastIpAddressTable.RowSize,
            table => IpHelperApi.GetUnicastIpAddressTable(BothFamilies, table),
            table => MibUnicastIpAddressTable.Decode(table, rows)?.ToString(), cancellationToken);
        return TableOf(rows, "GetUnicastIpAddressTable", "addresses", reason);
    }

    /// <summary>The routes by GetIpForwardTable2.</summary>
    public static Table<RouteRow> ReadRoutes(CancellationToken cancellationToken)
    {
        var rows = ImmutableArray.CreateBuilder<RouteRow>();
        string? reason = MibTable.Read(
            "GetIpForwardTable2", MibIpForwardTable2.FirstRow, MibIpForwardTable2.RowSize,
            table => IpHelperApi.GetIpForwardTable2(BothFamilies, table),
            table => MibIpForwardTable2.Decode(table, rows)?.ToString(), cancellationToken);
        return TableOf(rows, "GetIpForwardTable2", "routes", reason);
    }

    private static Table<T> TableOf<T>(ImmutableArray<T>.Builder rows, string source, string part, string? reason)
    {
        if (reason is null)
            return Table<T>.Complete(rows.DrainToImmutable(), source);
        return rows.Count == 0
            ? Table<T>.Unavailable(source, reason)
            : Table<T>.Partial(rows.DrainToImmutable(), source, [new TableGap { Part = part, Reason = reason }]);
    }

    private static string? AddProfiles(ImmutableArray<InterfaceRow>.Builder rows, CancellationToken cancellationToken)
    {
        // A service of Windows answers; one that hangs must not hold up the capture.
        var profiles = new Dictionary<Guid, WindowsFirewallProfile>();
        if (SourceBoundary.Within(s_patience, () => SourceBoundary.Guard(() => NetworkCategorySource.Read(profiles)) ?? "", cancellationToken) is not { } reason)
            return "the Network List Manager gave no answer";
        if (reason.Length > 0)
            return reason;
        for (int i = 0; i < rows.Count; i++)
        {
            if (Guid.TryParse(rows[i].AdapterId, out Guid adapter) && profiles.TryGetValue(adapter, out WindowsFirewallProfile profile))
                rows[i] = rows[i] with { FirewallProfile = profile };
        }

        return null;
    }

    private static void AddFamilies(ImmutableArray<InterfaceRow>.Builder rows, List<MibIpInterface> families)
    {
        var known = new Dictionary<(uint Index, bool IsIPv6), MibIpInterface>();
        foreach (MibIpInterface family in families)
            known[(family.Index, family.IsIPv6)] = family;
        for (int i = 0; i < rows.Count; i++)
        {
            if (known.TryGetValue((rows[i].Index, false), out MibIpInterface v4))
                rows[i] = rows[i] with { MetricV4 = v4.Metric, OptionsV4 = v4.Options };
            if (known.TryGetValue((rows[i].Index, true), out MibIpInterface v6))
                rows[i] = rows[i] with { MetricV6 = v6.Metric, OptionsV6 = v6.Options };
        }
    }
}
