using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Something a run could not know, and what it took for granted.</summary>
/// <param name="Key">What it is, for people and to know it again.</param>
/// <param name="Kind">Whether the question left it open, nobody can tell, or it hangs on packets before (<see cref="Truth.Yes"/>).</param>
/// <param name="Assumed">What was taken for granted.</param>
/// <param name="Rule">The rule that asks; null for none.</param>
internal sealed record Assumption(string Key, Truth Kind, bool Assumed, ProgramRule? Rule);

/// <summary>How a run ended.</summary>
internal sealed record RunResult(FirewallOutcome Outcome, NftablesHook Hook)
{
    public FirewallDecision? DecidedBy { get; init; }

    /// <summary>Why nobody can say; null else.</summary>
    public string? Unseen { get; init; }
}

/// <summary>The packet that is asked about, and what several runs need of it alike.</summary>
/// <param name="flow">The packet.</param>
/// <param name="input">The interface that it comes in by; null when nobody knows.</param>
internal sealed class FirewallQuestion(Flow flow, string? input)
{
    private (NetAddress Destination, int Port, uint Mark) _routed;
    private RouteDecision? _route;

    public Flow Flow => flow;

    public string? Input => input;

    /// <summary>The interface by which this host sends it; null for a packet that comes in.</summary>
    public string? Output { get; init; }

    /// <summary>Whether a helper of connection tracking expects it (<c>ct state related</c>).</summary>
    public bool IsRelated { get; init; }

    /// <summary>Where the packet goes after prerouting: most runs send it the same way, and a route costs more than many rules.</summary>
    public RouteDecision? RouteOf(NftablesPacket packet, NftablesHost host)
    {
        (NetAddress, int, uint) key = (packet.Destination, packet.DestinationPort, packet.Mark);
        if (_route is null || key != _routed)
            (_route, _routed) = (host.Route(packet, flow), key);
        return _route;
    }
}

/// <summary>
/// Sends one packet through the hooks, once, with answers to what nobody knows given beforehand. Follows
/// <c>nft_do_chain</c> (<c>net/netfilter/nf_tables_core.c</c>) and the order of hooks of <c>linux/netfilter_ipv4.h</c>.
/// </summary>
internal sealed class NftablesRun(
    NftablesProgram program, NftablesHost host, FirewallQuestion question, IReadOnlyDictionary<string, bool> answers, List<TraceStep>? trace)
{
    /// <summary>What stands for a table where no rule decided but the way of the packet.</summary>
    internal const string RoutesTable = "routes";

    private const int ConnectionTracking = -200, DestinationNatPriority = -100, SourceNatPriority = 100;
    private const int DeepestJump = 16, MostNear = 20, MostChoices = 32;

    private readonly NftablesPacket _packet = new(host, question.Flow, question.Input, question.IsRelated);
    private readonly List<Assumption> _assumptions = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private FirewallDecision? _lastAccept;
    private int _near;

    private enum End
    {
        /// <summary>The next rule is asked.</summary>
        Next,
        Accept,
        Drop,
        Reject,
        Return,
    }

    public NftablesPacket Packet => _packet;

    /// <summary>The rule that gave the packet another destination; null while it keeps its own.</summary>
    public NftablesRuleRow? TranslatedBy { get; private set; }

    /// <summary>What was taken for granted, in the order in which it was asked.</summary>
    public IReadOnlyList<Assumption> Assumptions => _assumptions;

    public RunResult Run()
    {
        if (question.Output is not null)
            return Send();
        if (Pass(NftablesHook.Ingress) is { } ingress)
            return ingress;
        if (Pass(NftablesHook.Prerouting) is { } prerouting)
            return prerouting;
        if (_packet.Destination.IsMulticast || host.IsBroadcast(_packet.Destination))
            return Receive();
        RouteDecision? route = question.RouteOf(_packet, host);
        switch (route?.Outcome)
        {
            case RouteOutcome.Local or RouteOutcome.Broadcast or RouteOutcome.Anycast:
                return Receive();
            case RouteOutcome.Unicast:
                if (host.Forwards(_packet.IsIPv6, _packet.Input) == false)
                    return Refused("forwarding", $"{_packet.Destination} is not this host, and it forwards nothing");
                if (question.Flow.HopLimit is <= 1)
                    return Refused("forwarding", $"{_packet.Destination} is not this host, and the packet may go no further (its TTL or hop limit is {question.Flow.HopLimit})");
                _packet.Output = route.Choices[0].InterfaceName;
                Note("firewall.forward", $"{_packet.Destination} is not this host: it is sent on by {_packet.Output}, and the hook forward is asked");
                return Pass(NftablesHook.Forward) ?? Accepted(NftablesHook.Forward);
            case null or RouteOutcome.Undetermined:
                return new RunResult(FirewallOutcome.Undetermined, NftablesHook.Prerouting) { Unseen = route?.Unseen.FirstOrDefault() ?? "routes: the table was not captured" };
            default:
                // Where the routes are not judged as a whole (VRFs), that none was found says nothing.
                return route.Unseen.IsEmpty
                    ? Refused("routing", $"{_packet.Destination}: {route.DecidingStep?.Text ?? Words(route.Outcome)}")
                    : new RunResult(FirewallOutcome.Undetermined, NftablesHook.Prerouting) { Unseen = route.Unseen[0] };
        }
    }

    private static string Words(RouteOutcome outcome) => outcome switch
    {
        RouteOutcome.NoRoute => "no route leads there",
        RouteOutcome.Blackhole => "a route drops what goes there",
        RouteOutcome.Unreachable => "a route says that it cannot be reached",
        RouteOutcome.Prohibited => "a route prohibits what goes there",
        RouteOutcome.InvalidSource => "the source is none that may arrive so",
        _ => "it can be no destination here",
    };

    // Rules that translate it on the way change its addresses and let it go; chains of an interface (egress) are not asked.
    private RunResult Send()
    {
        _packet.Output = question.Output;
        return Pass(NftablesHook.Output) ?? Pass(NftablesHook.Postrouting) ?? Accepted(NftablesHook.Postrouting);
    }

    private RunResult Receive()
    {
        // Of other groups than that of all hosts nobody can see here whether somebody listens.
        bool isJoined = !_packet.Destination.IsMulticast || _packet.Destination.ToString() is "224.0.0.1" or "ff02::1"
            || Choose($"a program has joined {_packet.Destination}", Truth.Yes, true, null);
        return isJoined
            ? Pass(NftablesHook.Input) ?? Accepted(NftablesHook.Input)
            : Refused("routing", $"no program has joined {_packet.Destination}");
    }

    // Not the firewall's doing, but as final.
    private RunResult Refused(string by, string because)
    {
        Note("firewall.route", because);
        return new RunResult(FirewallOutcome.Drop, NftablesHook.Prerouting)
        {
            DecidedBy = new FirewallDecision { Table = RoutesTable, Chain = by, Text = because },
        };
    }

    private RunResult Accepted(NftablesHook hook) => new(FirewallOutcome.Accept, hook) { DecidedBy = _lastAccept };

    /// <summary>Asks all base chains of a hook; null when the packet passes.</summary>
    private RunResult? Pass(NftablesHook hook)
    {
        _packet.Hook = hook;
        _lastAccept = hook == NftablesHook.Prerouting ? null : _lastAccept;
        bool isTracked = hook is not (NftablesHook.Prerouting or NftablesHook.Output);
        bool isTranslated = hook is not (NftablesHook.Prerouting or NftablesHook.Input);
        int natPriority = hook == NftablesHook.Input ? SourceNatPriority : DestinationNatPriority;
        ProgramChain[] chains = [.. program.At(hook, _packet.IsIPv6, _packet.Input)];
        foreach (ProgramChain chain in chains)
        {
            if (chain.Row.Type == NftablesChainType.Nat)
                continue;
            if (!isTracked && chain.Row.Priority > ConnectionTracking)
            {
                _packet.Track();
                isTracked = true;
            }

            // All chains that translate are asked together, whatever their own priority.
            if (!isTranslated && chain.Row.Priority >= natPriority)
            {
                if (hook == NftablesHook.Prerouting && Translate(chains, hook) is { } refused)
                    return refused;
                if (hook == NftablesHook.Input && Translate(chains, hook) is { } dropped)
                    return dropped;
                isTranslated = true;
            }

            if (Ask(chain, hook) is { } end)
                return end;
        }

        if (!isTracked)
            _packet.Track();
        return isTranslated ? null : Translate(chains, hook);
    }

    // One translation is enough: the chains after it are not asked.
    private RunResult? Translate(ProgramChain[] chains, NftablesHook hook)
    {
        if (!_packet.CanTranslate)
            return null;
        foreach (ProgramChain chain in chains)
        {
            if (chain.Row.Type != NftablesChainType.Nat)
                continue;
            bool wasTranslated = _packet.IsTranslated;
            if (Ask(chain, hook) is { } end)
                return end;
            if (_packet.IsTranslated && !wasTranslated)
                break;
        }

        return null;
    }

    /// <summary>Asks one base chain; null when the packet passes it.</summary>
    private RunResult? Ask(ProgramChain chain, NftablesHook hook)
    {
        (End end, ProgramRule? rule) = Walk(chain);
        bool isPolicy = end is End.Next or End.Return;
        FirewallOutcome outcome = end switch
        {
            End.Drop => FirewallOutcome.Drop,
            End.Reject => FirewallOutcome.Reject,
            _ => isPolicy && chain.Row.Policy == NftablesVerdictKind.Drop ? FirewallOutcome.Drop : FirewallOutcome.Accept,
        };
        FirewallDecision decision = isPolicy || rule is null ? PolicyOf(chain) : DecisionOf(rule);
        if (isPolicy)
            Note("firewall.policy", $"chain {ChainName(chain.Row)}: no rule decides, {decision.Text}", decision.Text);
        if (outcome != FirewallOutcome.Accept)
            return new RunResult(outcome, hook) { DecidedBy = decision };

        // What let it in is a rule rather than a policy, and a filter rather than a translation.
        if (chain.Row.Type != NftablesChainType.Nat && (_lastAccept is null || !decision.IsPolicy || _lastAccept.IsPolicy))
            _lastAccept = decision;
        return null;
    }

    private (End End, ProgramRule? Rule) Walk(ProgramChain chain)
    {
        // Where to go on after a jump. A goto leaves nothing here.
        var stack = new Stack<(ProgramChain Chain, int Next)>();
        int next = 0;
        while (true)
        {
            if (next >= chain.Rules.Length)
            {
                if (!stack.TryPop(out (ProgramChain Chain, int Next) back))
                    return (End.Next, null);
                (chain, next) = back;
                continue;
            }

            if (chain.Tests[next].Excludes(_packet.KnownPort, _packet.KnownSource))
            {
                next++;
                continue;
            }

            ProgramRule rule = chain.Rules[next++];
            NftablesVerdict? verdict = Apply(rule);
            switch (verdict?.Kind)
            {
                case null or NftablesVerdictKind.Continue:
                    break;
                case NftablesVerdictKind.Accept:
                    return (End.Accept, rule);
                case NftablesVerdictKind.Drop:
                    return (End.Drop, rule);
                case NftablesVerdictKind.Reject:
                    return (End.Reject, rule);
                case NftablesVerdictKind.Return:
                    next = int.MaxValue;
                    break;
                case NftablesVerdictKind.Jump or NftablesVerdictKind.Goto when program.Find(rule, verdict.Chain) is { } target && stack.Count < DeepestJump:
                    if (verdict.Kind == NftablesVerdictKind.Jump)
                        stack.Push((chain, next));
                    (chain, next) = (target, 0);
                    break;
                default:
                    // A program decides, or a chain that nobody knows.
                    if (Choose($"{Name(rule)}: {NftablesWords.Of(verdict)} drops", Truth.Unknown, false, rule))
                        return (End.Drop, rule);
                    if (Choose($"{Name(rule)}: {NftablesWords.Of(verdict)} accepts", Truth.Unknown, false, rule))
                        return (End.Accept, rule);
                    break;
            }
        }
    }

    /// <summary>Runs a rule's statements; the verdict, or null when the next rule is asked.</summary>
    private NftablesVerdict? Apply(ProgramRule rule)
    {
        foreach (ProgramStatement statement in rule.Statements)
        {
            NftablesStatement row = statement.Row;
            bool goesOn = true;
            switch (row.Kind)
            {
                case NftablesStatementKind.Match:
                    goesOn = Matches(statement, rule);
                    break;
                case NftablesStatementKind.Limit:
                    goesOn = Choose(row.IsOver ? $"the limit of {Name(rule)} is reached ({row.Name})" : $"the limit of {Name(rule)} is not reached ({row.Name})", Truth.Yes, !row.IsOver, rule);
                    break;
                case NftablesStatementKind.Verdict when row.Verdict is { } verdict:
                    Matched(rule);
                    return verdict;
                case NftablesStatementKind.VerdictMap:
                    goesOn = Find(statement, rule, out NftablesElement? element);
                    if (goesOn && element?.Verdict is { } mapped)
                    {
                        Matched(rule);
                        return mapped;
                    }

                    break;
                case NftablesStatementKind.Assign:
                    goesOn = Assign(statement, rule);
                    break;
                case NftablesStatementKind.DestinationNat or NftablesStatementKind.Redirect:
                    goesOn = TryTranslate(statement, rule, out NftablesVerdict? translated);
                    if (goesOn)
                        return translated;
                    break;
                case NftablesStatementKind.SourceNat:
                    Matched(rule);
                    return new NftablesVerdict { Kind = NftablesVerdictKind.Accept };
                case NftablesStatementKind.Notrack:
                    _packet.Notrack();
                    break;
                case NftablesStatementKind.NoEffect:
                    break;
                default:
                    return Unknown(rule, row.Name ?? "?");
            }

            if (!goesOn)
            {
                Near(rule, statement);
                return null;
            }
        }

        return null;
    }

    private NftablesVerdict? Unknown(ProgramRule rule, string name)
    {
        if (Choose($"{Name(rule)}: {name} drops", Truth.Unknown, false, rule))
            return new NftablesVerdict { Kind = NftablesVerdictKind.Drop };
        return Choose($"{Name(rule)}: {name} accepts", Truth.Unknown, false, rule) ? new NftablesVerdict { Kind = NftablesVerdictKind.Accept } : null;
    }

    private bool Matches(ProgramStatement statement, ProgramRule rule)
    {
        NftablesStatement row = statement.Row;
        if (statement.Fields.Length == 0)
            return Choose($"{Name(rule)}: {row.Name} matches", Truth.Unknown, false, rule);
        bool isNegated = row.Operator == NftablesOperator.NotEqual;
        Truth truth;
        if (row.Operator is NftablesOperator.Equal or NftablesOperator.NotEqual)
            truth = Lookup(statement, out _);
        else
            truth = Compare(statement);
        return truth switch
        {
            Truth.Open or Truth.Unknown => Choose(Words(statement, rule, truth), truth, false, rule) != isNegated,
            Truth.No => isNegated && !IsAbsent(statement),
            _ => !isNegated,
        };
    }

    // A field that the packet does not have ends the rule, whatever is asked of it.
    private bool IsAbsent(ProgramStatement statement)
    {
        foreach (FieldReader field in statement.Fields)
        {
            if (_packet.Read(field).State == FieldState.Absent)
                return true;
        }

        return false;
    }

    private bool Find(ProgramStatement statement, ProgramRule rule, out NftablesElement? found)
    {
        Truth truth = Lookup(statement, out found);
        if (truth is Truth.No or Truth.Yes)
            return truth == Truth.Yes;

        // Which element it would be nobody can say: each that may fit is asked for.
        foreach (NftablesElement element in (statement.Elements?.Elements ?? []).Where(element => !element.Key.IsEmpty).Take(MostChoices))
        {
            if (Choose($"{Name(rule)}: {string.Join(" . ", statement.Fields.Select(field => field.Name))} is {string.Join(" . ", element.Key.Select((value, i) => NftablesWords.Of(value, i < statement.Fields.Length ? statement.Fields[i].Name : "")))}", truth, false, rule))
            {
                found = element;
                return true;
            }
        }

        if ((statement.Elements is null || statement.Elements.Elements.Length > MostChoices) && Choose($"{Name(rule)}: an element of @{statement.Row.Set} fits", Truth.Unknown, false, rule))
            found = new NftablesElement { Verdict = new NftablesVerdict { Kind = NftablesVerdictKind.Unknown } };
        return found is not null;
    }

    private Truth Lookup(ProgramStatement statement, out NftablesElement? found)
    {
        found = null;
        if (statement.Elements is not { } elements)
            return statement.Row.Set is null ? Truth.No : Truth.Unknown;
        FieldReader[] fields = statement.Fields;
        if (fields.Length == 1)
        {
            FieldValue only = Masked(fields[0], _packet.Read(fields[0]));
            return only.State == FieldState.Absent ? Truth.No : elements.Find(new ReadOnlySpan<FieldValue>(in only), _packet.IsIPv6, out found);
        }

        var values = new FieldValue[fields.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            values[i] = Masked(fields[i], _packet.Read(fields[i]));
            if (values[i].State == FieldState.Absent)
                return Truth.No;
        }

        return elements.Find(values, _packet.IsIPv6, out found);
    }

    private Truth Compare(ProgramStatement statement)
    {
        FieldValue value = Masked(statement.Fields[0], _packet.Read(statement.Fields[0]));
        if (value.State == FieldState.Absent)
            return Truth.No;
        if (value.State != FieldState.Known || value.Text is not null || statement.Elements?.Single is not { } bound)
            return value.State == FieldState.Open ? Truth.Open : Truth.Unknown;
        bool holds = statement.Row.Operator switch
        {
            NftablesOperator.Less => value.Number < bound,
            NftablesOperator.LessOrEqual => value.Number <= bound,
            NftablesOperator.Greater => value.Number > bound,
            _ => value.Number >= bound,
        };
        return holds ? Truth.Yes : Truth.No;
    }

    private static FieldValue Masked(FieldReader field, in FieldValue value) =>
        field.IsPlain || value.State != FieldState.Known ? value : FieldValue.Of(((ulong)value.Number & field.Mask) ^ field.Xor);

    private bool Assign(ProgramStatement statement, ProgramRule rule)
    {
        uint? mark = null;
        if (statement.Row.Values is [{ First: { } constant }])
        {
            mark = (uint)constant;
        }
        else if (statement.Elements is not null || statement.Row.Set is not null)
        {
            if (!Find(statement, rule, out NftablesElement? element))
                return false;
            mark = element?.Data is [{ First: { } data }] ? (uint)data : null;
        }
        else if (statement.Fields is [var field])
        {
            FieldValue value = Masked(field, _packet.Read(field));
            if (value.State == FieldState.Absent)
                return false;
            mark = value.State == FieldState.Known ? (uint)value.Number : null;
        }

        if (mark is null)
            return Unknown(rule, NftablesWords.Of(statement.Row)) is null;
        if (statement.Row.Name == "ct mark")
            return _packet.TryMarkConnection(mark.Value);
        _packet.Mark = mark.Value;
        Note("firewall.mark", $"{Name(rule)} sets the mark to {mark}", NftablesWords.Of(rule.Row));
        return true;
    }

    /// <summary>Sends the packet elsewhere; false when the map of the rule has no element for it.</summary>
    private bool TryTranslate(ProgramStatement statement, ProgramRule rule, out NftablesVerdict? verdict)
    {
        verdict = new NftablesVerdict { Kind = NftablesVerdictKind.Accept };
        if (!_packet.CanTranslate)
            return true;
        ImmutableArray<NftablesValue> values = statement.Row.Values;
        if (statement.Elements is not null || statement.Row.Set is not null)
        {
            if (!Find(statement, rule, out NftablesElement? element))
                return false;
            values = element!.Data;
        }

        bool isRedirect = statement.Row.Kind == NftablesStatementKind.Redirect;
        NetPrefix? prefix = values.FirstOrDefault(value => value.Prefix is not null)?.Prefix;
        NetAddress? address = isRedirect ? host.RedirectTarget(_packet) : prefix?.Length == prefix?.Address.BitCount ? prefix?.Address : null;
        NftablesValue? port = values.FirstOrDefault(value => value.First is not null);
        bool isPortKept = port is { Last: { } last } && (ulong)_packet.DestinationPort >= port.First && (ulong)_packet.DestinationPort <= last;
        bool isAddressKnown = address is not null || (!isRedirect && prefix is null && port is not null);
        if (!isAddressKnown || (port?.Last is not null && !isPortKept))
        {
            verdict = Unknown(rule, NftablesWords.Of(statement.Row)) ?? verdict;
            return true;
        }

        _packet.Translate(address, isPortKept ? null : (int?)(port?.First & ushort.MaxValue));
        TranslatedBy ??= _packet.IsTranslated ? rule.Row : null;
        Matched(rule);
        Note("firewall.nat", $"{Name(rule)} sends it to {_packet.Destination} port {_packet.DestinationPort}", NftablesWords.Of(rule.Row));
        return true;
    }

    private bool Choose(string key, Truth kind, bool assumed, ProgramRule? rule)
    {
        bool answer = answers.TryGetValue(key, out bool given) ? given : assumed;
        if (_asked.Add(key))
            _assumptions.Add(new Assumption(key, kind, answer, rule));
        return answer;
    }

    private static string Words(ProgramStatement statement, ProgramRule rule, Truth kind) => kind == Truth.Open
        ? NftablesWords.Of(statement.Row with { Operator = statement.Row.Operator == NftablesOperator.NotEqual ? NftablesOperator.Equal : statement.Row.Operator })
        : $"{Name(rule)}: {NftablesWords.Of(statement.Row)}{(statement.Problem is { } problem ? $" ({problem})" : "")}";

    private static string ChainName(NftablesChainRow row) => $"{NftablesWords.Of(row.Family)} {row.Table} {row.Name}";

    private static string Name(ProgramRule rule) => rule.Row.Handle is { } handle
        ? string.Create(CultureInfo.InvariantCulture, $"rule {handle} of {NftablesWords.Of(rule.Row.Family)} {rule.Row.Table} {rule.Row.Chain}")
        : $"'{NftablesWords.Of(rule.Row)}' of {NftablesWords.Of(rule.Row.Family)} {rule.Row.Table} {rule.Row.Chain}";

    private static FirewallDecision DecisionOf(ProgramRule rule) => new()
    {
        Table = $"{NftablesWords.Of(rule.Row.Family)} {rule.Row.Table}",
        Chain = rule.Row.Chain,
        Handle = rule.Row.Handle,
        Text = NftablesWords.Of(rule.Row),
        Comment = rule.Row.Comment,
    };

    private static FirewallDecision PolicyOf(ProgramChain chain) => new()
    {
        Table = $"{NftablesWords.Of(chain.Row.Family)} {chain.Row.Table}",
        Chain = chain.Row.Name,
        IsPolicy = true,
        Text = chain.Row.Policy == NftablesVerdictKind.Drop ? "policy drop" : "policy accept",
    };

    private void Matched(ProgramRule rule)
    {
        if (trace is not null)
            Note("firewall.rule", $"chain {NftablesWords.Of(rule.Row.Family)} {rule.Row.Table} {rule.Row.Chain}: {NftablesWords.Of(rule.Row)}", NftablesWords.Of(rule.Row));
    }

    // A rule for the same port that does not match is what people look for.
    private void Near(ProgramRule rule, ProgramStatement failed)
    {
        if (trace is null || !rule.LooksAtPort || failed.IsDestinationPort || _near >= MostNear)
            return;
        foreach (ProgramStatement statement in rule.Statements)
        {
            if (statement.IsDestinationPort && statement.Row.Operator == NftablesOperator.Equal && Lookup(statement, out _) != Truth.Yes)
                return;
        }

        _near++;
        Note("firewall.near", $"not {NftablesWords.Of(rule.Row)}: {NftablesWords.Of(failed.Row)} does not hold", NftablesWords.Of(rule.Row));
    }

    private void Note(string code, string text, string? evidence = null) => trace?.Add(new TraceStep
    {
        Code = code,
        Text = text,
        Evidence = evidence is null ? null : new Evidence { Table = "nftablesRules", Text = evidence },
    });
}
