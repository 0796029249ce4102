using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>A host in the making: what the readers found, brought together in the end.</summary>
internal sealed class HostDraft
{
    private const int MostNames = 10_000, MostServices = 1000;

    private readonly Dictionary<int, ProcessRow> _processes = [];
    private readonly List<int> _processOrder = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly Dictionary<string, int> _serviceAt = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedSet<string> _processSources = new(StringComparer.Ordinal);
    private readonly HashSet<PlatformFamily> _families = [];
    private readonly List<NftablesRuleSet> _saved = [];
    private readonly Dictionary<uint, int> _interfaceAt = [];
    private string? _lastSource, _processGap;
    private string _lastName = "";
    private readonly List<TableGap> _nftablesGaps = [];
    private NftablesRuleSet? _nftables;

    public HostDraft() => Sockets = new SocketDraft { NameProcess = NameProcess };

    public SocketDraft Sockets { get; }

    public DraftTable<ServiceRow> Services { get; } = new();

    public DraftTable<PortRangeRow> PortRanges { get; } = new();

    public DraftTable<SettingRow> Settings { get; } = new();

    public DraftTable<UpdateRow> Updates { get; } = new();

    public DraftTable<InterfaceRow> Interfaces { get; } = new();

    public DraftTable<WindowsFirewallRuleRow> FirewallRules { get; } = new();

    public DraftTable<WindowsFirewallProfileRow> FirewallProfiles { get; } = new();

    /// <summary>Errors that the texts tell, with their lines.</summary>
    public List<(ErrorReading Reading, string Text, ImportedPlace Place)> Errors { get; } = [];

    /// <summary>The last command that was typed before the line; empty for none.</summary>
    public string LastCommand { get; set; } = "";

    /// <summary>The last lines that nobody took, the newest last: titles stand there.</summary>
    public Queue<string> Titles { get; } = new();

    /// <summary>Whether a registry showed the rules that this host's administrators made.</summary>
    public bool HasLocalFirewallRules { get; set; }

    /// <summary>Whether every process is listed.</summary>
    public bool HasAllProcesses { get; set; }

    /// <summary>Whether every service is listed, whether it runs or not.</summary>
    public bool HasAllServices { get; set; }

    public Version? Version { get; set; }

    public int? Revision { get; set; }

    public string? SystemName { get; set; }

    public string? InstallationType { get; set; }

    public string? Architecture { get; set; }

    public Identity? Identity { get; set; }

    /// <summary>The systems whose tools wrote the texts.</summary>
    public IReadOnlyCollection<PlatformFamily> Families => _families;

    /// <summary>Whether a list of sockets told of processes, so that a socket without one hides it.</summary>
    public bool HasProcessColumn { get; set; }

    /// <summary>A tool of this system wrote a text. What BSD prints, macOS prints too.</summary>
    public void See(PlatformFamily family)
    {
        if (family == PlatformFamily.Bsd && _families.Contains(PlatformFamily.MacOS))
            return;
        if (family == PlatformFamily.MacOS)
            _families.Remove(PlatformFamily.Bsd);
        _families.Add(family);
    }

    /// <summary>What <c>nft -j</c> printed; the first that is there.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="command">The command in front of them, as far as the text tells.</param>
    public void AddNftables(NftablesRuleSet rules, string command)
    {
        if (_nftables is not null)
            return;
        _nftables = rules;
        int list = command.IndexOf("list ", StringComparison.Ordinal), end = list < 0 ? -1 : command.IndexOfAny(['|', ';', '&', '>', '<'], list);
        string asked = list < 0 ? "" : command[list..(end < 0 ? command.Length : end)].TrimEnd(' ', '1', '2');
        if (command.Contains("nft", StringComparison.Ordinal) && asked is not ("" or "list ruleset"))
            _nftablesGaps.Add(new TableGap { Part = "other tables", Reason = "only some were asked for: nft -j list ruleset" });
    }

    /// <summary>Rules of iptables may be missing.</summary>
    public void LackNftables(string reason) => _nftablesGaps.Add(new TableGap { Part = "lines", Reason = reason });

    /// <summary>Processes may be missing among those that are listed.</summary>
    public void LackProcesses(string reason) => _processGap ??= reason;

    /// <summary>What <c>iptables-save</c> or <c>ip6tables-save</c> printed.</summary>
    public void AddIptables(NftablesRuleSet rules) => _saved.Add(rules);

    /// <summary>An interface by its number; each family has a list of its own.</summary>
    public void AddInterface(InterfaceRow row, ImportedPlace place, string command)
    {
        Interfaces.From(command);
        if (_interfaceAt.TryAdd(row.Index, Interfaces.Rows.Count))
            Interfaces.Append(row, place);
        else if (_interfaceAt[row.Index] is var at && at < Interfaces.Rows.Count)
            Interfaces.Replace(at, Interfaces.Rows[at] with { MetricV4 = Interfaces.Rows[at].MetricV4 ?? row.MetricV4, MetricV6 = Interfaces.Rows[at].MetricV6 ?? row.MetricV6 });
    }

    /// <summary>A name as a string, the same one for the same name.</summary>
    public string NameOf(ReadOnlySpan<char> name)
    {
        if (name.SequenceEqual(_lastName))
            return _lastName;
        if (_names.TryGetValue(name, out string? known))
            return _lastName = known;
        known = name.ToString();
        if (_names.Set.Count < MostNames)
            _names.Add(known);
        return _lastName = known;
    }

    /// <summary>A process of which a socket's line tells: told again in every line of a long listing.</summary>
    public void AddProcess(int processId, string? name, string? unit, string command)
    {
        if (_lastSource == command && _processes.TryGetValue(processId, out ProcessRow? known) && (name is null || known.Name is not null) && (unit is null || known.Unit is not null))
            return;
        AddProcess(new ProcessRow { ProcessId = processId, Name = name, Unit = unit }, command);
    }

    /// <summary>A process of a list, or what another command tells of one.</summary>
    public void AddProcess(ProcessRow row, string command)
    {
        if (_lastSource != command)
            _processSources.Add(_lastSource = command);
        if (!_processes.TryGetValue(row.ProcessId, out ProcessRow? known))
        {
            _processOrder.Add(row.ProcessId);
            _processes[row.ProcessId] = row;
            return;
        }

        if ((row.Name is null || known.Name is not null) && (row.User is null || known.User is not null) && (row.Unit is null || known.Unit is not null)
            && (row.Path is null || known.Path is not null) && (row.Services.IsEmpty || known.Services.Length >= MostServices))
        {
            return;
        }

        _processes[row.ProcessId] = known with
        {
            Name = known.Name ?? row.Name,
            User = known.User ?? row.User,
            Unit = known.Unit ?? row.Unit,
            Path = known.Path ?? row.Path,
            Services = known.Services.IsEmpty ? row.Services : known.Services.Union(row.Services, StringComparer.OrdinalIgnoreCase).ToImmutableArray(),
        };
    }

    /// <summary>A service; what is known of it already is kept where this row does not tell.</summary>
    public void AddService(ServiceRow row, ImportedPlace place, string command)
    {
        Services.From(command);
        if (!_serviceAt.TryGetValue(row.Name, out int at))
        {
            _serviceAt[row.Name] = Services.Rows.Count;
            Services.Append(row, place);
        }
        else if (at < Services.Rows.Count)
        {
            ServiceRow known = Services.Rows[at];
            Services.Replace(at, known with
            {
                DisplayName = known.DisplayName ?? row.DisplayName,
                State = known.State == ServiceState.Unknown ? row.State : known.State,
                Start = known.Start == ServiceStart.Unknown ? row.Start : known.Start,
                ProcessId = known.ProcessId ?? row.ProcessId,
                Account = known.Account ?? row.Account,
            });
        }

        if (row.ProcessId is { } processId)
            NameProcess(processId, null, row.Name);
    }

    /// <summary>What the draft tells beyond interfaces, addresses and routes.</summary>
    public HostSnapshot Complete(HostSnapshot host)
    {
        NftablesRuleSet? rules = RuleSet();
        if (!HasAllServices)
            Services.Lacks("services", "only those that run are in the texts: sc queryex type= service state= all");
        return host with
        {
            Identity = Identity,
            Platform = host.Platform with
            {
                Version = Version ?? host.Platform.Version,
                VersionAssumedBecause = Version is null ? host.Platform.VersionAssumedBecause : null,
                Revision = Revision,
                Name = SystemName ?? (Version is null ? host.Platform.Name : null),
                InstallationType = InstallationType,
                Architecture = Architecture,
            },
            Sockets = Sockets.ToTable(_processes),
            Processes = Processes(),
            Services = Services.ToTable(),
            PortRanges = PortRanges.ToTable(),
            Settings = Settings.ToTable(),
            Updates = Updates.ToTable(),
            Interfaces = host.Interfaces.IsKnown ? WithNames(host.Interfaces) : Interfaces.ToTable(),
            WindowsFirewallProfiles = FirewallProfiles.ToTable(),
            WindowsFirewallRules = FirewallRules.ToTable(),
            NftablesTables = rules is null ? host.NftablesTables : OfRules(rules.Tables),
            NftablesChains = rules is null ? host.NftablesChains : OfRules(rules.Chains),
            NftablesRules = rules is null ? host.NftablesRules : OfRules(rules.Rules),
            NftablesSets = rules is null ? host.NftablesSets : OfRules(rules.Sets),
        };
    }

    private void NameProcess(int processId, string? name, string? service)
    {
        if (processId > 0 && (name is not null || service is not null))
            AddProcess(new ProcessRow { ProcessId = processId, Name = name, Services = service is null ? [] : [service] }, "owners of sockets and services");
    }

    private Table<ProcessRow> Processes()
    {
        if (_processes.Count == 0)
            return Table<ProcessRow>.NotRequested;
        ImmutableArray<ProcessRow> rows = [.. _processOrder.Select(id => _processes[id])];
        string source = string.Join(", ", _processSources);
        return HasAllProcesses && _processGap is null
            ? Table<ProcessRow>.Complete(rows, source)
            : Table<ProcessRow>.Partial(rows, source, [new TableGap { Part = "processes", Reason = HasAllProcesses ? _processGap! : "the texts list only those that hold sockets or services" }]);
    }

    // The list of netsh has the names by which people and other commands call an interface.
    private Table<InterfaceRow> WithNames(Table<InterfaceRow> printed) => !Interfaces.IsThere ? printed : printed.WithRows(
    [
        .. printed.Select(row => _interfaceAt.TryGetValue(row.Index, out int at) && at < Interfaces.Rows.Count && Interfaces.Rows[at] is var named
            ? row with { Name = named.Name, Mtu = named.Mtu, Status = named.Status }
            : row),
    ]);

    private Table<T> OfRules<T>(ImmutableArray<T> rows)
    {
        string source = _saved.Count == 0 ? "nft -j" : _nftables is null ? "iptables-save" : "nft -j, iptables-save";
        return _nftablesGaps.Count == 0 ? Table<T>.Complete(rows, source) : Table<T>.Partial(rows, source, [.. _nftablesGaps]);
    }

    // iptables-nft shows its tables to nft too, but what its extensions are asked only iptables-save tells.
    private NftablesRuleSet? RuleSet()
    {
        if (_nftables is null && _saved.Count == 0)
            return null;
        var saved = new NftablesRuleSet(
            [.. _saved.SelectMany(set => set.Tables).Distinct()], [.. _saved.SelectMany(set => set.Chains).Distinct()],
            [.. _saved.SelectMany(set => set.Rules)], [.. _saved.SelectMany(set => set.Sets)]);
        if (_nftables is not { } rules)
        {
            _nftablesGaps.Add(new TableGap { Part = "tables of nft", Reason = "iptables-save does not show those of firewalld and of nft itself: nft -j list ruleset" });
            foreach ((NftablesFamily family, string name, string command) in ((NftablesFamily, string, string)[])[(NftablesFamily.IPv4, "IPv4", "iptables-save"), (NftablesFamily.IPv6, "IPv6", "ip6tables-save")])
            {
                if (!saved.Tables.Any(table => table.Family == family))
                    _nftablesGaps.Add(new TableGap { Part = name, Reason = $"the texts have no {command}" });
            }

            return saved;
        }

        var known = rules.Tables.Select(table => (table.Family, table.Name)).ToHashSet();
        NftablesRuleSet whole = IptablesSave.Complete(rules, saved);
        return new NftablesRuleSet(
            [.. whole.Tables, .. saved.Tables.Where(table => !known.Contains((table.Family, table.Name)))],
            [.. whole.Chains, .. saved.Chains.Where(chain => !known.Contains((chain.Family, chain.Table)))],
            [.. whole.Rules, .. saved.Rules.Where(rule => !known.Contains((rule.Family, rule.Table)))],
            whole.Sets);
    }
}
