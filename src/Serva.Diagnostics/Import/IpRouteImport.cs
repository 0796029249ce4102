using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text.Json;
using Serva.Diagnostics.Formats.IpRoute2;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>Makes a Linux host of what several <c>ip -j</c> printed, in whatever order.</summary>
internal sealed class IpRouteImport(HostDraft draft)
{
    private const int MostGaps = 20;
    private const uint LocalTable = 255;

    // The kernel's tables have numbers of 32 bits; administrators use small ones.
    private const uint FirstInventedTable = 0x8000_0000;

    private readonly List<(PastedJson Json, IpObject Object, IpCommand Command)> _lists = [];
    private readonly List<PastedJson> _others = [];
    private readonly HashSet<PastedJson> _told = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, uint> _indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint> _tables = new(StringComparer.Ordinal);
    private readonly List<InterfaceRow> _interfaces = [];
    private int _named;
    private string? _missed;

    public bool HasAny => _lists.Count > 0;

    /// <summary>Takes a list. An empty one is known by the command in front of it alone.</summary>
    /// <param name="json">The list.</param>
    /// <param name="isText">Whether it was printed as text: the lines are told already.</param>
    /// <returns>Whether it is one of ours.</returns>
    public bool Take(PastedJson json, bool isText = false)
    {
        IpCommand command = IpCommand.Find(json.Before);
        IpObject shape = json.Root.ValueKind != JsonValueKind.Array ? IpObject.None : json.Root.GetArrayLength() == 0 ? command.Object : IpCommand.ObjectOf(json.Root);
        if (shape == IpObject.None)
        {
            _others.Add(json);
            return false;
        }

        draft.See(PlatformFamily.Linux);
        _lists.Add((json, shape, command.Object == shape ? command : default));
        if (isText)
            _told.Add(json);
        return true;
    }

    /// <summary>Rows of what was printed as text may be missing; of which table nobody knows.</summary>
    public void Lack(string reason) => _missed = reason;

    /// <summary>Tells the lists that are none of ours.</summary>
    public void RefuseOthers(ImportNotes notes)
    {
        foreach (PastedJson other in _others)
            notes.Refuse(other.Text, other.FirstLine, other.LastLine, "JSON, but nothing that 'ip -j' prints, or an empty list without its command");
    }

    /// <summary>The host that the lists are of.</summary>
    public HostSnapshot AddTo(HostSnapshot host, ImportNotes notes)
    {
        // The interfaces come first: routes name them.
        Table<InterfaceRow> interfaces = Tabulate(notes, IpObject.Link, "ip link", (list, tell) => IpRouteJson.Links(list.Json.Root, tell));
        Table<InterfaceRow> others = Tabulate(null, IpObject.Address, "ip addr", (list, tell) => IpRouteJson.Links(list.Json.Root, tell));
        foreach (InterfaceRow row in interfaces.Concat(others))
        {
            if (_indexes.TryAdd(row.Name, row.Index))
                _interfaces.Add(row);
        }

        Table<AddressRow> addresses = Tabulate(notes, IpObject.Address, "ip addr", (list, tell) => IpRouteJson.Addresses(list.Json.Root, tell));
        Table<RouteRow> routes = Tabulate(notes, IpObject.Route, "ip route", (list, tell) =>
            IpRouteJson.Routes(list.Json.Root, list.Command.IsIPv6, IndexOf, TableOf, tell));
        Table<RoutingRuleRow> rules = Tabulate(notes, IpObject.Rule, "ip rule", (list, tell) =>
            IpRouteJson.Rules(list.Json.Root, list.Command.IsIPv6 ?? IsIPv6(list.Json.Root), TableOf, tell));
        Table<AddressLabelRow> labels = Tabulate(notes, IpObject.Label, "ip addrlabel", (list, tell) => IpRouteJson.Labels(list.Json.Root, IndexOf, tell));
        Table<NeighborRow> neighbors = Tabulate(notes, IpObject.Neighbor, "ip neigh", (list, tell) => IpRouteJson.Neighbors(list.Json.Root, IndexOf, tell));
        return host with
        {
            Interfaces = InterfacesOf(interfaces, others),
            Addresses = addresses,
            Routes = WithDoubts(routes),
            RoutingRules = WithDoubts(rules),
            AddressLabels = labels,
            Neighbors = neighbors,
        };
    }

    private Table<T> Tabulate<T>(
        ImportNotes? notes, IpObject wanted, string command, Func<(PastedJson Json, IpObject Object, IpCommand Command), Action<string>, ImmutableArray<T>> read)
    {
        var rows = new List<T>();
        var gaps = new List<TableGap>();
        if (_missed is not null)
            gaps.Add(new TableGap { Part = "lines", Reason = _missed });
        bool isThere = false;
        foreach (var list in _lists.Where(list => list.Object == wanted))
        {
            isThere = true;
            ImmutableArray<T> some = [];
            try
            {
                some = read(list, Tell);
            }
            catch (InvalidOperationException error)
            {
                // A name with half a surrogate pair cannot be read.
                Tell(error.Message);
            }

            rows.AddRange(some);
            if (!_told.Contains(list.Json))
                notes?.Add(new ImportedBlock { TextName = list.Json.Text, FirstLine = list.Json.FirstLine, LastLine = list.Json.LastLine, Command = command, Rows = some.Length });

            void Tell(string fault)
            {
                if (gaps.Count < MostGaps)
                    gaps.Add(new TableGap { Part = string.Create(CultureInfo.InvariantCulture, $"{list.Json.Text} line {list.Json.FirstLine}"), Reason = fault });
                notes?.Refuse(list.Json.Text, list.Json.FirstLine, list.Json.LastLine, fault);
            }
        }

        // The same may have been pasted twice, as part of all tables and alone.
        return !isThere ? Table.NotRequested<T>() : TableOf(rows.Distinct(), command, gaps);
    }

    private Table<InterfaceRow> InterfacesOf(Table<InterfaceRow> links, Table<InterfaceRow> ofAddresses)
    {
        if (_interfaces.Count == 0)
            return Table.NotRequested<InterfaceRow>();
        var gaps = new List<TableGap>(links.Gaps.Concat(ofAddresses.Gaps).Take(MostGaps));
        if (_named > 0)
            gaps.Add(new TableGap { Part = "ip link", Reason = string.Create(CultureInfo.InvariantCulture, $"{_named} interfaces are known by name alone; their numbers are invented") });
        return TableOf(_interfaces, links.Source ?? ofAddresses.Source ?? "the names in routes", gaps);
    }

    private Table<RouteRow> WithDoubts(Table<RouteRow> routes)
    {
        if (!routes.IsKnown)
            return routes;
        var gaps = new List<TableGap>(routes.Gaps);
        bool isWhole = _lists.Exists(list => list is { Object: IpObject.Route, Command: { HasAllTables: true, IsIPv6: null } });
        if (!isWhole && !routes.Any(row => row.Table == LocalTable))
            gaps.Add(new TableGap { Part = "table local", Reason = "none of its routes is in the texts, so all tables were not asked for: ip -j -d route show table all" });
        if (!isWhole && !routes.Any(row => row.Destination.Address.IsIPv4))
            gaps.Add(new TableGap { Part = "IPv4", Reason = "no such route is in the texts" });
        if (!isWhole && !routes.Any(row => row.Destination.Address.IsIPv6))
            gaps.Add(new TableGap { Part = "IPv6", Reason = "no such route is in the texts" });
        string? note = _tables.Count == 0 ? null
            : $"the numbers of tables known by name are invented: {string.Join(", ", _tables.Take(MostGaps).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")))}";
        return TableOf(routes, routes.Source!, gaps, note);
    }

    private static Table<RoutingRuleRow> WithDoubts(Table<RoutingRuleRow> rules)
    {
        if (!rules.IsKnown)
            return rules;
        var gaps = new List<TableGap>(rules.Gaps);
        if (!rules.Any(row => !row.IsIPv6))
            gaps.Add(new TableGap { Part = "IPv4", Reason = "no such rule is in the texts: ip -j rule" });
        if (!rules.Any(row => row.IsIPv6))
            gaps.Add(new TableGap { Part = "IPv6", Reason = "no such rule is in the texts: ip -6 -j rule" });
        return TableOf(rules, rules.Source!, gaps);
    }

    private static Table<T> TableOf<T>(IEnumerable<T> rows, string source, List<TableGap> gaps, string? note = null) =>
        gaps.Count == 0 ? Table<T>.Complete([.. rows], source, note) : Table<T>.Partial([.. rows], source, [.. gaps], note);

    // Without its command a list of rules tells its family by its addresses; else by the rule for the table default, which only IPv4 has.
    private static bool IsIPv6(JsonElement rules)
    {
        bool hasDefault = false;
        foreach (JsonElement rule in rules.EnumerateArray())
        {
            if (rule.ValueKind != JsonValueKind.Object)
                continue;
            foreach (string member in (string[])["src", "dst"])
            {
                if (rule.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text != "all")
                    return text.Contains(':', StringComparison.Ordinal);
            }

            hasDefault |= rule.TryGetProperty("priority", out JsonElement priority) && priority.ValueKind == JsonValueKind.Number
                && priority.TryGetUInt32(out uint number) && number == 32767;
        }

        return !hasDefault;
    }

    private uint? IndexOf(string name)
    {
        if (_indexes.TryGetValue(name, out uint index))
            return index;
        index = InterfaceRow.FirstInventedIndex + (uint)_named++;
        _interfaces.Add(new InterfaceRow
        {
            Index = index,
            Name = name,
            Status = OperationalStatus.Unknown,
            Type = name == "lo" ? NetworkInterfaceType.Loopback : NetworkInterfaceType.Unknown,
        });
        return _indexes[name] = index;
    }

    private uint TableOf(string name)
    {
        if (!_tables.TryGetValue(name, out uint number))
            _tables[name] = number = FirstInventedTable + (uint)_tables.Count;
        return number;
    }
}
