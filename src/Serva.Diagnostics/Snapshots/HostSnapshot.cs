using System;
using System.Collections.Immutable;
using System.Linq;
using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// One host at one moment, as data: what engines and rules think about. The same snapshot gives the same answers on
/// any system, any day.
/// </summary>
/// <remarks>Deeply immutable. A table that nobody read is <see cref="Coverage.NotRequested"/>.</remarks>
public sealed record HostSnapshot
{
    /// <summary>When the capture began.</summary>
    public required DateTimeOffset CapturedAt { get; init; }

    /// <summary>The operating system.</summary>
    public required HostPlatform Platform { get; init; }

    /// <summary>Who captured it; null when unknown.</summary>
    public Identity? Identity { get; init; }

    // The generated JSON reader sets every init-only member, a missing one to null: hence the "??" of each table.

    /// <summary>The sockets with their owners.</summary>
    [JsonConverter(typeof(TableConverter<SocketRow>))]
    public Table<SocketRow> Sockets { get; init => field = value ?? Table<SocketRow>.NotRequested; } = Table<SocketRow>.NotRequested;

    /// <summary>The processes.</summary>
    [JsonConverter(typeof(TableConverter<ProcessRow>))]
    public Table<ProcessRow> Processes { get; init => field = value ?? Table<ProcessRow>.NotRequested; } = Table<ProcessRow>.NotRequested;

    /// <summary>The network interfaces, in the system's order.</summary>
    [JsonConverter(typeof(TableConverter<InterfaceRow>))]
    public Table<InterfaceRow> Interfaces { get; init => field = value ?? Table<InterfaceRow>.NotRequested; } = Table<InterfaceRow>.NotRequested;

    /// <summary>The addresses of the interfaces, in the system's order.</summary>
    [JsonConverter(typeof(TableConverter<AddressRow>))]
    public Table<AddressRow> Addresses { get; init => field = value ?? Table<AddressRow>.NotRequested; } = Table<AddressRow>.NotRequested;

    /// <summary>The routes of all tables, in the system's order.</summary>
    [JsonConverter(typeof(TableConverter<RouteRow>))]
    public Table<RouteRow> Routes { get; init => field = value ?? Table<RouteRow>.NotRequested; } = Table<RouteRow>.NotRequested;

    /// <summary>Linux: the policy routing rules, in the system's order.</summary>
    [JsonConverter(typeof(TableConverter<RoutingRuleRow>))]
    public Table<RoutingRuleRow> RoutingRules { get; init => field = value ?? Table<RoutingRuleRow>.NotRequested; } = Table<RoutingRuleRow>.NotRequested;

    /// <summary>Linux: the address labels, in the system's order.</summary>
    [JsonConverter(typeof(TableConverter<AddressLabelRow>))]
    public Table<AddressLabelRow> AddressLabels { get; init => field = value ?? Table<AddressLabelRow>.NotRequested; } = Table<AddressLabelRow>.NotRequested;

    /// <summary>Linux: the neighbours on the links.</summary>
    [JsonConverter(typeof(TableConverter<NeighborRow>))]
    public Table<NeighborRow> Neighbors { get; init => field = value ?? Table<NeighborRow>.NotRequested; } = Table<NeighborRow>.NotRequested;

    /// <summary>Ranges of ports with a special role.</summary>
    [JsonConverter(typeof(TableConverter<PortRangeRow>))]
    public Table<PortRangeRow> PortRanges { get; init => field = value ?? Table<PortRangeRow>.NotRequested; } = Table<PortRangeRow>.NotRequested;

    /// <summary>The settings that binds and routes depend on.</summary>
    [JsonConverter(typeof(TableConverter<SettingRow>))]
    public Table<SettingRow> Settings { get; init => field = value ?? Table<SettingRow>.NotRequested; } = Table<SettingRow>.NotRequested;

    /// <summary>The services of Windows, or the units of systemd; Linux without systemd has none.</summary>
    [JsonConverter(typeof(TableConverter<ServiceRow>))]
    public Table<ServiceRow> Services { get; init => field = value ?? Table<ServiceRow>.NotRequested; } = Table<ServiceRow>.NotRequested;

    /// <summary>Windows: the installed updates.</summary>
    [JsonConverter(typeof(TableConverter<UpdateRow>))]
    public Table<UpdateRow> Updates { get; init => field = value ?? Table<UpdateRow>.NotRequested; } = Table<UpdateRow>.NotRequested;

    /// <summary>Windows: what the firewall's stores say about its profiles.</summary>
    [JsonConverter(typeof(TableConverter<WindowsFirewallProfileRow>))]
    public Table<WindowsFirewallProfileRow> WindowsFirewallProfiles { get; init => field = value ?? Table<WindowsFirewallProfileRow>.NotRequested; } = Table<WindowsFirewallProfileRow>.NotRequested;

    /// <summary>Windows: the firewall's rules of all stores, in the registry's order.</summary>
    [JsonConverter(typeof(TableConverter<WindowsFirewallRuleRow>))]
    public Table<WindowsFirewallRuleRow> WindowsFirewallRules { get; init => field = value ?? Table<WindowsFirewallRuleRow>.NotRequested; } = Table<WindowsFirewallRuleRow>.NotRequested;

    /// <summary>Linux: the tables of nftables, those of iptables-nft among them.</summary>
    [JsonConverter(typeof(TableConverter<NftablesTableRow>))]
    public Table<NftablesTableRow> NftablesTables { get; init => field = value ?? Table<NftablesTableRow>.NotRequested; } = Table<NftablesTableRow>.NotRequested;

    /// <summary>Linux: the chains of nftables, in the order in which they were made.</summary>
    [JsonConverter(typeof(TableConverter<NftablesChainRow>))]
    public Table<NftablesChainRow> NftablesChains { get; init => field = value ?? Table<NftablesChainRow>.NotRequested; } = Table<NftablesChainRow>.NotRequested;

    /// <summary>Linux: the rules of nftables, of each chain in its order.</summary>
    [JsonConverter(typeof(TableConverter<NftablesRuleRow>))]
    public Table<NftablesRuleRow> NftablesRules { get; init => field = value ?? Table<NftablesRuleRow>.NotRequested; } = Table<NftablesRuleRow>.NotRequested;

    /// <summary>Linux: the named sets and maps of nftables.</summary>
    [JsonConverter(typeof(TableConverter<NftablesSetRow>))]
    public Table<NftablesSetRow> NftablesSets { get; init => field = value ?? Table<NftablesSetRow>.NotRequested; } = Table<NftablesSetRow>.NotRequested;

    /// <summary>The value of a setting, or null when it was not captured. Names compare without case.</summary>
    public string? FindSetting(string name) => TableIndex.Find(Settings, name)?.Value;

    /// <summary>Whether a setting is known not to be set: its place was read, and it was not there.</summary>
    internal bool LacksSetting(string name)
    {
        if (FindSetting(name) is not null || !Settings.IsKnown)
            return false;
        foreach (TableGap gap in Settings.Gaps)
        {
            if (gap.Part is "registry" or "lines" || name.StartsWith(gap.Part, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return Settings.Coverage is Coverage.Complete or Coverage.Partial;
    }

    /// <summary>A service by name, or null when it was not captured. Names compare without case.</summary>
    public ServiceRow? FindService(string name) => TableIndex.Find(Services, name);

    /// <summary>The socket units of systemd that bind what a socket is bound to.</summary>
    internal IEnumerable<ServiceRow> SocketUnitsOf(SocketRow socket) => TableIndex.Binding(Services, socket.Protocol, socket.Local.Port).Where(row => row.HasBound(socket));

    /// <summary>The socket units of systemd that start a service with its next client.</summary>
    internal IReadOnlyList<ServiceRow> SocketUnitsStarting(string service) => TableIndex.Starting(Services, service);

    /// <summary>Whether a process was seen in a unit of systemd's system manager.</summary>
    internal bool RunsUnit(string unit) => TableIndex.HasUnit(Processes, unit);

    /// <summary>A process by its id, or null when it was not captured.</summary>
    internal ProcessRow? FindProcess(int processId) => TableIndex.Find(Processes, processId);

    /// <summary>
    /// The services that stop when a service is stopped, whether they run or not, in the order in which to start them again: each
    /// after those that it needs. Names compare as the system compares them. Cost: what is found, once the table was walked.
    /// </summary>
    /// <param name="service">The service or unit that is stopped.</param>
    public ImmutableArray<ServiceRow> FindDependents(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        bool ignoreCase = Platform.Family == PlatformFamily.Windows;

        // Depth first: who is left last needs nothing that is left before.
        var left = new List<ServiceRow>();
        var seen = new HashSet<string>(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal) { service };
        var path = new Stack<(ServiceRow? Row, int Next)>();
        path.Push((null, 0));
        while (path.TryPop(out (ServiceRow? Row, int Next) place))
        {
            IReadOnlyList<ServiceRow> next = TableIndex.DependentsOf(Services, place.Row?.Name ?? service, ignoreCase);
            if (place.Next < next.Count)
            {
                path.Push((place.Row, place.Next + 1));
                if (seen.Add(next[place.Next].Name))
                    path.Push((next[place.Next], 0));
            }
            else if (place.Row is not null)
            {
                left.Add(place.Row);
            }
        }

        left.Reverse();
        return [.. left];
    }

    /// <summary>This host as it would be after a change: what-if and remedies share it.</summary>
    public HostSnapshot With(SnapshotChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return change.ApplyTo(this);
    }
}
