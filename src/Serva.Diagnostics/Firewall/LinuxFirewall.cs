using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Judges the first packet of a connection by the rule set of nftables.</summary>
/// <remarks>
/// What a run could not know it takes for granted and says so; other runs then take the opposite. When all of them end
/// alike, what was not known does not matter.
/// </remarks>
internal sealed class LinuxFirewall
{
    private const int MostRuns = 64, MostConditions = 12;

    private readonly HostSnapshot _snapshot;
    private readonly NftablesProgram _program;
    private readonly NftablesHost _host;

    public LinuxFirewall(HostSnapshot snapshot)
    {
        _snapshot = snapshot;
        _program = new NftablesProgram(snapshot);
        _host = new NftablesHost(snapshot);
    }

    public FirewallVerdict Judge(Flow flow) => MissingTable() is { } missing
        ? Undetermined(flow, [missing], null)
        : Judge(new FirewallQuestion(flow, flow.InputInterface ?? _host.InputOf(flow)));

    /// <summary>Judges the first packet of a connection that this host begins.</summary>
    public FirewallVerdict JudgeSent(Flow flow, string output, bool isRelated) => MissingTable() is { } missing
        ? Undetermined(flow, [missing], null)
        : Judge(new FirewallQuestion(flow, null) { Output = output, IsRelated = isRelated });

    private FirewallVerdict Judge(FirewallQuestion question)
    {
        Flow flow = question.Flow;
        var answers = new Dictionary<string, bool>(StringComparer.Ordinal);
        NftablesRun first = RunWith(question, answers, out RunResult result);
        List<string> unknown = Unknown(first);
        if (result.Outcome == FirewallOutcome.Undetermined)
            return Undetermined(flow, [result.Unseen!], Trace(question, answers));
        if (unknown.Count > 0 && !AllEndAlike(question, result.Outcome, unknown))
            return Undetermined(flow, [.. unknown], Trace(question, answers));
        ImmutableArray<string> unseen = Gaps(result.Outcome, question.Input, flow.Destination.IsIPv6);
        if (!unseen.IsEmpty && result.Outcome == FirewallOutcome.Accept)
            return Undetermined(flow, unseen, Trace(question, answers));
        ImmutableArray<string> conditions = Conditions(question, first, result);
        return new FirewallVerdict
        {
            Flow = flow,
            Outcome = result.Outcome,
            DecidedBy = result.DecidedBy,
            Hook = NftablesWords.Of(result.Hook),
            TranslatedTo = first.Packet.IsTranslated ? NetEndpoint.Create(first.Packet.Destination, first.Packet.DestinationPort) : null,
            TranslatedBy = first.TranslatedBy,
            Conditions = conditions,
            Unseen = unseen,
            Certainty = conditions.IsEmpty && unseen.IsEmpty ? Certainty.Certain : Certainty.Likely,
            Trace = Trace(question, answers),
        };
    }

    private NftablesRun RunWith(FirewallQuestion question, IReadOnlyDictionary<string, bool> answers, out RunResult result)
    {
        var run = new NftablesRun(_program, _host, question, answers, trace: null);
        result = run.Run();
        return run;
    }

    private ImmutableArray<TraceStep> Trace(FirewallQuestion question, IReadOnlyDictionary<string, bool> answers)
    {
        var steps = new List<TraceStep>();
        if (question.Output is null && question.Flow.InputInterface is null)
            steps.Add(new TraceStep { Code = "firewall.input", Text = question.Input is null ? "the interface that it comes in by is not known" : $"it comes in by {question.Input}" });
        new NftablesRun(_program, _host, question, answers, steps).Run();
        return [.. steps];
    }

    private static List<string> Unknown(NftablesRun run) => [.. run.Assumptions.Where(assumption => assumption.Kind == Truth.Unknown).Select(assumption => assumption.Key)];

    /// <summary>Takes every answer to what nobody can tell, and looks whether the outcome stays.</summary>
    private bool AllEndAlike(FirewallQuestion question, FirewallOutcome outcome, List<string> unknown)
    {
        var left = new Stack<Dictionary<string, bool>>();
        left.Push(new Dictionary<string, bool>(StringComparer.Ordinal) { [unknown[0]] = false });
        left.Push(new Dictionary<string, bool>(StringComparer.Ordinal) { [unknown[0]] = true });
        for (int runs = 0; left.TryPop(out Dictionary<string, bool>? answers); runs++)
        {
            NftablesRun run = RunWith(question, answers, out RunResult result);
            if (runs >= MostRuns || result.Outcome != outcome)
                return false;
            if (Unknown(run).Find(key => !answers.ContainsKey(key)) is { } next)
            {
                left.Push(new Dictionary<string, bool>(answers, StringComparer.Ordinal) { [next] = false });
                left.Push(new Dictionary<string, bool>(answers, StringComparer.Ordinal) { [next] = true });
            }
        }

        return true;
    }

    /// <summary>What would be otherwise if one thing that was taken for granted were not so.</summary>
    private ImmutableArray<string> Conditions(FirewallQuestion question, NftablesRun run, RunResult result)
    {
        var conditions = ImmutableArray.CreateBuilder<string>();
        Assumption[] assumed = [.. run.Assumptions.Where(assumption => assumption.Kind != Truth.Unknown)];
        foreach (Assumption assumption in assumed.Take(MostConditions))
        {
            RunWith(question, new Dictionary<string, bool>(StringComparer.Ordinal) { [assumption.Key] = !assumption.Assumed }, out RunResult other);
            if (other.Outcome == result.Outcome)
                continue;
            string what = assumption.Kind == Truth.Open
                ? $"with {assumption.Key}"
                : $"{(assumption.Assumed ? "unless " : "if ")}{assumption.Key}";
            conditions.Add($"{what}: {Words(other)}");
        }

        if (assumed.Length > MostConditions)
            conditions.Add($"{assumed.Length - MostConditions} more conditions were met");
        return conditions.DrainToImmutable();
    }

    private static string Words(RunResult result) => result.Outcome switch
    {
        FirewallOutcome.Accept => "accepted",
        FirewallOutcome.Drop => "dropped",
        FirewallOutcome.Reject => "rejected",
        _ => "nobody can say",
    } + (result.DecidedBy is { } decision ? $" by {decision.Text} of chain {decision.Chain}" : "");

    private string? MissingTable()
    {
        if (!_snapshot.NftablesRules.IsKnown)
            return $"nftablesRules: {_snapshot.NftablesRules.Note ?? "the table was not captured"}";
        if (!_snapshot.NftablesChains.IsKnown)
            return $"nftablesChains: {_snapshot.NftablesChains.Note ?? "the table was not captured"}";
        return _host.KnowsRoutes ? null : "routes or interfaces: the table was not captured";
    }

    private ImmutableArray<string> Gaps(FirewallOutcome outcome, string? input, bool isIPv6)
    {
        var gaps = ImmutableArray.CreateBuilder<string>();

        // What is not seen of the other family's own tables is nothing to this packet.
        string otherFamily = isIPv6 ? "IPv4" : "IPv6";
        foreach (TableGap gap in _snapshot.NftablesRules.Gaps.Concat(_snapshot.NftablesChains.Gaps).Where(gap => gap.Part != otherFamily).Distinct())
            gaps.Add($"{gap.Part}: {gap.Reason}");
        if (outcome == FirewallOutcome.Accept && _program.HasBridgeRules)
            gaps.Add("rules of the family bridge, which see frames before this host does, are not judged");
        if (outcome == FirewallOutcome.Accept && _host.Interface(input)?.IngressPrograms is { } programs)
            gaps.Add($"{(programs.StartsWith("xdp", StringComparison.Ordinal) ? "an XDP program" : "filters of tc")} ({programs}) see each packet on {input} before these rules, and may take it");
        return gaps.DrainToImmutable();
    }

    private static FirewallVerdict Undetermined(Flow flow, ImmutableArray<string> unseen, ImmutableArray<TraceStep>? trace) => new()
    {
        Flow = flow,
        Outcome = FirewallOutcome.Undetermined,
        Certainty = Certainty.None,
        Unseen = unseen,
        Trace = trace ?? [],
    };
}
