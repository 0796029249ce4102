using System;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// The port ranges of a host, asked by port: the table is walked once for each use, protocol and family, when somebody first
/// asks, and then searched by halves. Safe to use from several threads.
/// </summary>
internal sealed class PortRangeIndex
{
    private static readonly ConditionalWeakTable<Table<PortRangeRow>, PortRangeIndex> s_indexes = [];

    private readonly Table<PortRangeRow> _table;
    private readonly ConcurrentDictionary<(Use Use, TransportProtocol? Protocol, Families Families), PortStretches> _stretches = [];
    private readonly ConcurrentDictionary<(TransportProtocol Protocol, Families Families), PortSpan?> _lastDynamic = [];
    private readonly Lazy<PortSpan?> _firstDynamic;

    private PortRangeIndex(Table<PortRangeRow> table)
    {
        _table = table;
        _firstDynamic = new Lazy<PortSpan?>(FindFirstDynamic);
    }

    /// <summary>The families that a range must be of; of one that names none every request is.</summary>
    private enum Families
    {
        /// <summary>Whatever the range is of.</summary>
        Any,
        IPv4,
        IPv6,
    }

    private enum Use
    {
        Kept,
        Reserved,
        Excluded,
        Held,
        Administered,
        Dynamic,
        Lowered,
    }

    /// <summary>The first range of automatic ports, whatever it is for; null for none.</summary>
    public PortSpan? FirstDynamic => _firstDynamic.Value;

    /// <summary>The index of a table.</summary>
    public static PortRangeIndex Of(Table<PortRangeRow> table) => s_indexes.GetValue(table, static rows => new PortRangeIndex(rows));

    /// <summary>Excluded and reserved ports, administered or not: somebody keeps them for something.</summary>
    public PortStretches Kept(TransportProtocol protocol) => Stretches(Use.Kept, protocol, Families.Any);

    /// <summary>Linux: reserved ports; of all protocols together for null.</summary>
    public PortStretches Reserved(TransportProtocol? protocol) => Stretches(Use.Reserved, protocol, Families.Any);

    /// <summary>Windows: excluded ports, administered or not.</summary>
    public PortStretches Excluded(TransportProtocol protocol) => Stretches(Use.Excluded, protocol, Families.Any);

    /// <summary>Windows: excluded ports that a running component holds, for such a bind.</summary>
    public PortStretches Held(BindRequest request) => Stretches(Use.Held, request.Protocol, FamiliesOf(request));

    /// <summary>Windows: excluded ports that are administered, for such a bind.</summary>
    public PortStretches Administered(BindRequest request) => Stretches(Use.Administered, request.Protocol, FamiliesOf(request));

    /// <summary>The ports that the system hands out by itself.</summary>
    public PortStretches Dynamic(TransportProtocol protocol) => Stretches(Use.Dynamic, protocol, Families.Any);

    /// <summary>Windows: the ports that the system hands out by itself, of ranges that begin before the usual one.</summary>
    public PortStretches Lowered(BindRequest request) => Stretches(Use.Lowered, request.Protocol, FamiliesOf(request));

    /// <summary>Windows: the last range of automatic ports that such a bind is served from; null for none.</summary>
    public PortSpan? LastDynamic(BindRequest request) =>
        _lastDynamic.GetOrAdd((request.Protocol, FamiliesOf(request)), static (key, self) => self.FindLastDynamic(key.Protocol, key.Families), this);

    private static Families FamiliesOf(BindRequest request)
    {
        NetAddress address = request.Endpoint.Address;
        return address.IsIPv6 && address.IsUnspecified && request.DualMode ? Families.Any
            : address.IsIPv6 && !address.IsIPv4Mapped ? Families.IPv6
            : Families.IPv4;
    }

    private static bool IsOf(PortRangeRow row, TransportProtocol? protocol, Families families) =>
        (protocol is null || row.Protocol is null || row.Protocol == protocol)
        && (families == Families.Any || row.IsIPv6 is not { } isIPv6 || isIPv6 == (families == Families.IPv6));

    private static bool IsFor(PortRangeRow row, Use use)
    {
        const int usualFirst = 49152;
        return use switch
        {
            Use.Kept => row.Kind is PortRangeKind.Excluded or PortRangeKind.Reserved,
            Use.Reserved => row.Kind == PortRangeKind.Reserved,
            Use.Excluded => row.Kind == PortRangeKind.Excluded,
            Use.Held => row is { Kind: PortRangeKind.Excluded, IsAdministered: false },
            Use.Administered => row is { Kind: PortRangeKind.Excluded, IsAdministered: true },
            Use.Dynamic => row.Kind == PortRangeKind.Dynamic,
            _ => row.Kind == PortRangeKind.Dynamic && row.First < usualFirst,
        };
    }

    private PortStretches Stretches(Use use, TransportProtocol? protocol, Families families) => _table.Count == 0
        ? PortStretches.None
        : _stretches.GetOrAdd((use, protocol, families), static (key, table) => PortStretches.Of(table, row => IsFor(row, key.Use) && IsOf(row, key.Protocol, key.Families)), _table);

    private PortSpan? FindFirstDynamic()
    {
        foreach (PortRangeRow row in _table)
        {
            if (row.Kind == PortRangeKind.Dynamic)
                return new PortSpan(row.First, row.Last);
        }

        return null;
    }

    private PortSpan? FindLastDynamic(TransportProtocol protocol, Families families)
    {
        PortSpan? last = null;
        foreach (PortRangeRow row in _table)
        {
            if (row.Kind == PortRangeKind.Dynamic && IsOf(row, protocol, families))
                last = new PortSpan(row.First, row.Last);
        }

        return last;
    }
}
