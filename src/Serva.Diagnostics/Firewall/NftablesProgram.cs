using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>A statement with its fields and elements ready to be asked.</summary>
internal sealed class ProgramStatement
{
    public ProgramStatement(NftablesStatement row, Func<string, (ElementIndex? Elements, string? Problem)> findSet)
    {
        Row = row;
        Fields = [.. row.Fields.Select(field => new FieldReader(field))];
        if (row.Set is { } set)
            (Elements, Problem) = findSet(set);
        else if (!row.Elements.IsEmpty)
            Elements = new ElementIndex(row.Elements);
        IsDestinationPort = row.Kind is NftablesStatementKind.Match or NftablesStatementKind.VerdictMap && Fields.Any(field => field.Id is PacketField.DestinationPort or PacketField.IcmpType);
    }

    public NftablesStatement Row { get; }

    public FieldReader[] Fields { get; }

    public ElementIndex? Elements { get; }

    /// <summary>Why it is not known what the set holds; null when it is.</summary>
    public string? Problem { get; }

    /// <summary>Whether it looks at the port, by which people know the rule for their service.</summary>
    public bool IsDestinationPort { get; }
}

/// <summary>A rule that can be run.</summary>
internal sealed class ProgramRule(NftablesRuleRow row, ProgramStatement[] statements)
{
    public NftablesRuleRow Row => row;

    public ProgramStatement[] Statements => statements;

    public bool LooksAtPort { get; } = Array.Exists(statements, statement => statement.IsDestinationPort);
}

/// <summary>
/// The one comparison of a rule that most packets fail: it is asked before the rule itself, so that thousands of rules for
/// other ports or clients cost next to nothing.
/// </summary>
internal readonly struct QuickTest
{
    private readonly Subject _subject;
    private readonly uint _first;
    private readonly uint _last;

    public QuickTest(ProgramRule rule)
    {
        foreach (ProgramStatement statement in rule.Statements)
        {
            NftablesStatement row = statement.Row;
            // What comes before must do nothing: it would not be done.
            if (row.Kind is not (NftablesStatementKind.Match or NftablesStatementKind.NoEffect))
                return;
            if (row is not { Kind: NftablesStatementKind.Match, Operator: NftablesOperator.Equal, Set: null, Elements: [{ Key: [{ } value] }, ..] } || statement.Fields is not [{ IsPlain: true } field])
                continue;
            // Of several ports what lies outside of the lowest and the highest.
            if (field.Id == PacketField.DestinationPort && row.Elements.All(element => element.Key is [{ First: not null }]))
                (_subject, _first, _last) = (Subject.Port, (uint)row.Elements.Min(element => element.Key[0].First!.Value), (uint)row.Elements.Max(element => element.Key[0].Last ?? element.Key[0].First!.Value));
            else if (row.Elements.Length == 1 && _subject == Subject.None && field.Id == PacketField.IPv4Source && value.Prefix is { } prefix && prefix.Address.IsIPv4)
                (_subject, _first, _last) = (Subject.Source, prefix.Address.ToIPv4(), prefix.LastAddress.ToIPv4());
        }
    }

    private enum Subject
    {
        None,
        Port,
        Source,
    }

    /// <summary>Whether the rule cannot match a packet.</summary>
    /// <param name="port">Its destination port; -1 when it has none or it is open.</param>
    /// <param name="source">Its IPv4 source; -1 when it has none or it is open.</param>
    public bool Excludes(int port, long source) => _subject switch
    {
        Subject.None => false,
        Subject.Port => port >= 0 && ((uint)port < _first || (uint)port > _last),
        _ => source >= 0 && (source < _first || source > _last),
    };
}

/// <summary>A chain that can be run.</summary>
internal sealed class ProgramChain(NftablesChainRow row)
{
    public NftablesChainRow Row => row;

    public ProgramRule[] Rules { get; private set; } = [];

    /// <summary>What to ask before each rule.</summary>
    public QuickTest[] Tests { get; private set; } = [];

    public void SetRules(ProgramRule[] rules) => (Rules, Tests) = (rules, Array.ConvertAll(rules, rule => new QuickTest(rule)));
}

/// <summary>A rule set, indexed: chains by name and base chains by hook, in the order in which they are asked.</summary>
internal sealed class NftablesProgram
{
    private readonly Dictionary<(NftablesFamily, string, string), ProgramChain> _chains = [];
    private readonly ProgramChain[] _bases;

    public NftablesProgram(HostSnapshot host)
    {
        HashSet<(NftablesFamily, string)> dormant = [.. host.NftablesTables.Where(row => row.IsDormant).Select(row => (row.Family, row.Name))];
        foreach (NftablesChainRow row in host.NftablesChains)
            _chains.TryAdd((row.Family, row.Table, row.Name), new ProgramChain(row));
        var sets = new Dictionary<(NftablesFamily, string, string), (ElementIndex? Elements, string? Problem)>();
        foreach (NftablesSetRow row in host.NftablesSets)
            sets.TryAdd((row.Family, row.Table, row.Name), row.Problem is null ? (new ElementIndex(row.Elements), null) : (null, row.Problem));
        foreach (IGrouping<(NftablesFamily, string, string), NftablesRuleRow> rules in host.NftablesRules.GroupBy(row => (row.Family, row.Table, row.Chain)))
        {
            if (!_chains.TryGetValue(rules.Key, out ProgramChain? chain))
                _chains[rules.Key] = chain = new ProgramChain(new NftablesChainRow { Family = rules.Key.Item1, Table = rules.Key.Item2, Name = rules.Key.Item3 });
            chain.SetRules(
            [
                .. rules.Select(rule => new ProgramRule(
                    rule,
                    [.. rule.Statements.Select(statement => new ProgramStatement(
                        statement,
                        name => sets.TryGetValue((rule.Family, rule.Table, name), out (ElementIndex?, string?) set) ? set : (null, "it was not captured")))])),
            ]);
        }

        // Of equal priorities the one that was made last is asked first (nf_hook_entries_grow).
        _bases =
        [
            .. host.NftablesChains.Reverse().Where(row => row.Hook != NftablesHook.None && !dormant.Contains((row.Family, row.Table)))
                .OrderBy(row => row.Priority).Select(row => _chains[(row.Family, row.Table, row.Name)]),
        ];
    }

    public ProgramChain? Find(ProgramRule from, string? chain) =>
        chain is null ? null : _chains.GetValueOrDefault((from.Row.Family, from.Row.Table, chain));

    /// <summary>The base chains that a packet of a family meets at a hook, in order.</summary>
    public IEnumerable<ProgramChain> At(NftablesHook hook, bool isIPv6, string? device = null)
    {
        NftablesFamily own = isIPv6 ? NftablesFamily.IPv6 : NftablesFamily.IPv4;
        foreach (ProgramChain chain in _bases)
        {
            NftablesChainRow row = chain.Row;
            if (row.Hook != hook)
                continue;
            if (hook == NftablesHook.Ingress ? row.Family is NftablesFamily.Netdev or NftablesFamily.Inet && device is not null && row.Devices.Contains(device) : row.Family == own || row.Family == NftablesFamily.Inet)
                yield return chain;
        }
    }

    /// <summary>Whether frames are filtered as they cross a bridge.</summary>
    public bool HasBridgeRules => Array.Exists(_bases, chain => chain.Row.Family == NftablesFamily.Bridge && (chain.Rules.Length > 0 || chain.Row.Policy == NftablesVerdictKind.Drop));
}
