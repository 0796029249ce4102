using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// Rows by what names them. A table never changes, so that it is walked once, when somebody first asks, however many ask
/// later; hosts that differ in other tables share it. Of rows with one name the first counts.
/// </summary>
/// <remarks>Safe to use from several threads.</remarks>
internal static class TableIndex
{
    private static readonly ConditionalWeakTable<Table<SettingRow>, Dictionary<string, SettingRow>> s_settings = [];
    private static readonly ConditionalWeakTable<Table<ServiceRow>, Dictionary<string, ServiceRow>> s_services = [];
    private static readonly ConditionalWeakTable<Table<ProcessRow>, Dictionary<int, ProcessRow>> s_processes = [];
    private static readonly ConditionalWeakTable<Table<ProcessRow>, Dictionary<int, List<ProcessRow>>> s_children = [];

    private static readonly ConditionalWeakTable<Table<ProcessRow>, HashSet<string>> s_units = [];
    private static readonly ConditionalWeakTable<Table<ServiceRow>, Dictionary<(TransportProtocol Protocol, int Port), List<ServiceRow>>> s_binding = [];
    private static readonly ConditionalWeakTable<Table<ServiceRow>, Dictionary<string, List<ServiceRow>>> s_starting = [];
    private static readonly ConditionalWeakTable<Table<ServiceRow>, Dictionary<string, List<ServiceRow>>> s_dependents = [];
    private static readonly ConditionalWeakTable<Table<ServiceRow>, Dictionary<string, List<ServiceRow>>> s_dependentsIgnoringCase = [];

    /// <summary>A setting; names compare without case.</summary>
    public static SettingRow? Find(Table<SettingRow> settings, string name) => settings.Count == 0
        ? null
        : s_settings.GetValue(settings, static table => ByKey(table, row => row.Name, StringComparer.OrdinalIgnoreCase)).GetValueOrDefault(name);

    /// <summary>A service; names compare without case.</summary>
    public static ServiceRow? Find(Table<ServiceRow> services, string name) => services.Count == 0
        ? null
        : s_services.GetValue(services, static table => ByKey(table, row => row.Name, StringComparer.OrdinalIgnoreCase)).GetValueOrDefault(name);

    /// <summary>A process by its id.</summary>
    public static ProcessRow? Find(Table<ProcessRow> processes, int processId) => processes.Count == 0
        ? null
        : s_processes.GetValue(processes, static table => ByKey(table, row => row.ProcessId, EqualityComparer<int>.Default)).GetValueOrDefault(processId);

    /// <summary>The processes that name another one as their parent, in the table's order.</summary>
    public static IReadOnlyList<ProcessRow> ChildrenOf(Table<ProcessRow> processes, int processId) => processes.Count == 0
        ? []
        : s_children.GetValue(processes, ByParent).TryGetValue(processId, out List<ProcessRow>? children) ? children : [];

    /// <summary>The services that stop with one of a name, which compares without case on Windows alone, in the table's order.</summary>
    public static IReadOnlyList<ServiceRow> DependentsOf(Table<ServiceRow> services, string name, bool ignoreCase) => services.Count == 0
        ? []
        : (ignoreCase ? s_dependentsIgnoringCase : s_dependents).GetValue(services, ignoreCase ? ByNeedIgnoringCase : ByNeed).TryGetValue(name, out List<ServiceRow>? dependents) ? dependents : [];

    /// <summary>The socket units that bind a port of a protocol, in the table's order.</summary>
    public static IReadOnlyList<ServiceRow> Binding(Table<ServiceRow> services, TransportProtocol protocol, int port) => services.Count == 0
        ? []
        : s_binding.GetValue(services, ByBind).TryGetValue((protocol, port), out List<ServiceRow>? units) ? units : [];

    /// <summary>The socket units that start a service, in the table's order.</summary>
    public static IReadOnlyList<ServiceRow> Starting(Table<ServiceRow> services, string service) => services.Count == 0
        ? []
        : s_starting.GetValue(services, ByStart).TryGetValue(service, out List<ServiceRow>? units) ? units : [];

    private static Dictionary<(TransportProtocol Protocol, int Port), List<ServiceRow>> ByBind(Table<ServiceRow> table)
    {
        var units = new Dictionary<(TransportProtocol Protocol, int Port), List<ServiceRow>>();
        foreach (ServiceRow row in table)
        {
            foreach (ServiceEndpoint bind in row.Binds)
                Add(units, (bind.Protocol, bind.Endpoint.Port), row);
        }

        return units;
    }

    private static Dictionary<string, List<ServiceRow>> ByStart(Table<ServiceRow> table)
    {
        var units = new Dictionary<string, List<ServiceRow>>(StringComparer.Ordinal);
        foreach (ServiceRow row in table)
        {
            if (row.Starts is { } service)
                Add(units, service, row);
        }

        return units;
    }

    private static void Add<TKey, TRow>(Dictionary<TKey, List<TRow>> lists, TKey key, TRow row)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<TRow>? list))
            lists.Add(key, list = []);
        list.Add(row);
    }

    /// <summary>Whether a service says what it stops with.</summary>
    public static bool HasDependencies(Table<ServiceRow> services) => services.Count > 0 && s_dependents.GetValue(services, ByNeed).Count > 0;

    /// <summary>Whether a process is in a unit of the system's manager.</summary>
    public static bool HasUnit(Table<ProcessRow> processes, string unit) => processes.Count > 0 && s_units.GetValue(processes, UnitsOf).Contains(unit);

    private static HashSet<string> UnitsOf(Table<ProcessRow> table)
    {
        var units = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProcessRow row in table)
        {
            if (row is { Unit: { } unit, UnitUserId: null, ContainerId: null })
                units.Add(unit);
        }

        return units;
    }

    private static Dictionary<string, List<ServiceRow>> ByNeed(Table<ServiceRow> table) => ByNeed(table, StringComparer.Ordinal);

    private static Dictionary<string, List<ServiceRow>> ByNeedIgnoringCase(Table<ServiceRow> table) => ByNeed(table, StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, List<ServiceRow>> ByNeed(Table<ServiceRow> table, StringComparer comparer)
    {
        var needs = new Dictionary<string, List<ServiceRow>>(comparer);
        foreach (ServiceRow row in table)
        {
            foreach (string needed in row.DependsOn)
                Add(needs, needed, row);
        }

        return needs;
    }

    private static Dictionary<TKey, TRow> ByKey<TRow, TKey>(Table<TRow> table, Func<TRow, TKey> key, IEqualityComparer<TKey> comparer)
        where TKey : notnull
    {
        var rows = new Dictionary<TKey, TRow>(table.Count, comparer);
        foreach (TRow row in table)
            rows.TryAdd(key(row), row);
        return rows;
    }

    private static Dictionary<int, List<ProcessRow>> ByParent(Table<ProcessRow> table)
    {
        var parents = new Dictionary<int, List<ProcessRow>>();
        foreach (ProcessRow row in table)
        {
            if (row.ParentProcessId is not { } parent)
                continue;
            Add(parents, parent, row);
        }

        return parents;
    }
}
