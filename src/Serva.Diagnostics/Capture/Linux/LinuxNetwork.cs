using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Interfaces, addresses, routes of all tables and routing rules of this thread's network namespace, in the kernel's order,
/// by <c>NETLINK_ROUTE</c>. Needs no privilege.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxNetwork(CaptureRun run) : IDisposable
{
    private const string Source = "rtnetlink";

    private readonly NetlinkReader _netlink = new(NetlinkReader.Route);

    public Table<InterfaceRow> ReadInterfaces()
    {
        var table = new TableReading<InterfaceRow>(run, "Interfaces", Source);
        table.Rows.AddRange(Dump(table, "links", RtNetlink.GetLink, 0, RtNetlinkLink.Decode));
        ReadIngress(table.Rows);
        return table.ToTable();
    }

    // A kernel without traffic control has none of these.
    private void ReadIngress(RowBuilder<InterfaceRow> links)
    {
        NetlinkReading<Qdisc> reading = _netlink.Dump<Qdisc>(
            (destination, order, sequence) => NetlinkRequest.WriteRtDump(destination, order, sequence, RtNetlink.GetQdisc, 0), RtNetlinkQdisc.Decode, run.StartSource());
        foreach (Qdisc discipline in reading.Rows)
        {
            for (int i = 0; discipline.IsIngress && i < links.Count; i++)
            {
                if (links[i].Index == discipline.Interface)
                    links[i] = links[i] with { IngressPrograms = links[i].IngressPrograms is { } xdp ? $"{xdp} {discipline.Kind}" : discipline.Kind };
            }
        }
    }

    public Table<AddressRow> ReadAddresses()
    {
        var table = new TableReading<AddressRow>(run, "Addresses", Source);
        table.Rows.AddRange(Dump<AddressRow, AddressRow>(table, "ipv4", RtNetlink.GetAddress, NetlinkRequest.FamilyIPv4, RtNetlinkAddress.Decode));
        table.Rows.AddRange(Dump<AddressRow, AddressRow>(table, "ipv6", RtNetlink.GetAddress, NetlinkRequest.FamilyIPv6, RtNetlinkAddress.Decode));
        return table.ToTable();
    }

    public Table<RouteRow> ReadRoutes()
    {
        var table = new TableReading<RouteRow>(run, "Routes", Source);
        ImmutableArray<NextHopObject> objects = default;
        foreach (byte family in (ReadOnlySpan<byte>)[NetlinkRequest.FamilyIPv4, NetlinkRequest.FamilyIPv6])
        {
            foreach (DecodedRoute route in Dump<RouteRow, DecodedRoute>(table, PartName(family), RtNetlink.GetRoute, family, RtNetlinkRoute.Decode))
            {
                RouteRow? row = route.Row;
                if (route.NeedsNextHop)
                {
                    if (objects.IsDefault)
                        objects = Dump<RouteRow, NextHopObject>(table, "nexthops", RtNetlink.GetNextHop, 0, RtNetlinkNextHop.Decode).DrainToImmutable();
                    row = RtNetlinkNextHop.Resolve(route, objects);
                    if (row is null)
                        table.Missing(route.Row.Destination.ToString(), Invariant($"its next hop object {route.NextHopId} was not found"));
                }

                table.Rows.Add(row ?? route.Row);
            }
        }

        return table.ToTable();
    }

    public Table<RoutingRuleRow> ReadRules()
    {
        var table = new TableReading<RoutingRuleRow>(run, "RoutingRules", Source);
        foreach (byte family in (ReadOnlySpan<byte>)[NetlinkRequest.FamilyIPv4, NetlinkRequest.FamilyIPv6])
        {
            foreach (DecodedRule rule in Dump<RoutingRuleRow, DecodedRule>(table, PartName(family), RtNetlink.GetRule, family, RtNetlinkRule.Decode))
            {
                table.Rows.Add(rule.Row);
                if (rule.Unsaid is not null)
                    table.Missing(Invariant($"{PartName(family)} rule {rule.Row.Priority}"), $"selects by {rule.Unsaid}, which is not kept");
            }
        }

        return table.ToTable();
    }

    public Table<AddressLabelRow> ReadAddressLabels()
    {
        var table = new TableReading<AddressLabelRow>(run, "AddressLabels", Source);
        table.Rows.AddRange(Dump(table, "ipv6", RtNetlink.GetAddressLabel, NetlinkRequest.FamilyIPv6, RtNetlinkAddressLabel.Decode));
        return table.ToTable();
    }

    public Table<NeighborRow> ReadNeighbors()
    {
        var table = new TableReading<NeighborRow>(run, "Neighbors", Source);
        foreach (byte family in (ReadOnlySpan<byte>)[NetlinkRequest.FamilyIPv4, NetlinkRequest.FamilyIPv6])
            table.Rows.AddRange(Dump<NeighborRow, NeighborRow>(table, PartName(family), RtNetlink.GetNeighbor, family, RtNetlinkNeighbor.Decode));
        return table.ToTable();
    }

    public void Dispose() => _netlink.Dispose();

    private RowBuilder<TRow> Dump<TRow>(
        TableReading<TRow> table, string part, ushort request, byte family, NetlinkRowDecoder<TRow> decode) =>
        Dump<TRow, TRow>(table, part, request, family, decode);

    private RowBuilder<TRow> Dump<TTable, TRow>(
        TableReading<TTable> table, string part, ushort request, byte family, NetlinkRowDecoder<TRow> decode)
    {
        NetlinkReading<TRow> reading = _netlink.Dump(
            (destination, order, sequence) => NetlinkRequest.WriteRtDump(destination, order, sequence, request, family),
            decode,
            run.StartSource());

        // A kernel without IPv6 answers for the families it has, or says that it has none (EAFNOSUPPORT, EOPNOTSUPP).
        if (reading.Failure is null || (family == NetlinkRequest.FamilyIPv6 && reading.Error is 95 or 97))
            table.Succeeded();
        else
            table.Missing(part, reading.Failure);
        return reading.Rows;
    }

    private static string PartName(byte family) => family == NetlinkRequest.FamilyIPv4 ? "ipv4" : "ipv6";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
