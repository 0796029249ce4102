using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Judges the first packet of a connection by the rules of Windows Firewall, since Windows Vista.</summary>
/// <remarks>
/// In Microsoft's documented order: rules that restrict services, authenticated bypass, block, allow, the profile's default.
/// What the question leaves open is taken to be none that a rule names; what nobody can tell matters when it would change
/// the outcome. No answer is certain, because nobody compared one with Windows.
/// </remarks>
internal sealed class WindowsFirewall
{
    /// <summary>What stands as the table of every decision here.</summary>
    public const string TableName = "Windows Firewall";

    private const int MostConditions = 12, MostNear = 20;
    private const int IcmpV6 = 58, NeighborSolicitation = 135;
    private const string NotChecked = "judged by Microsoft's documents, which nobody compared with a machine";

    private static readonly WindowsFirewallProfile[] s_profiles = [WindowsFirewallProfile.Domain, WindowsFirewallProfile.Private, WindowsFirewallProfile.Public];

    private readonly HostSnapshot _host;
    private readonly SocketIndex _sockets;
    private readonly WindowsFirewallConditions _conditions;
    private readonly Dictionary<WindowsFirewallProfile, WindowsFirewallSettings> _settings;
    private readonly WindowsFirewallRuleTest[] _rules;
    private readonly ImmutableArray<string> _gaps;
    private readonly Lazy<ImmutableArray<string>> _otherFirewalls;

    public WindowsFirewall(HostSnapshot host)
    {
        _host = host;
        _sockets = new SocketIndex(host.Sockets);
        _conditions = new WindowsFirewallConditions(host);
        _settings = s_profiles.ToDictionary(profile => profile, profile => new WindowsFirewallSettings(host.WindowsFirewallProfiles, profile));
        _rules = [.. host.WindowsFirewallRules.Where(IsInboundRule).Select(row => new WindowsFirewallRuleTest(row))];
        _gaps = Gaps(host);
        _otherFirewalls = new Lazy<ImmutableArray<string>>(() => [.. OtherFirewalls.Running(host)]);
    }

    public FirewallVerdict Judge(Flow flow)
    {
        if (WhyNotJudged() is { } reason)
            return Undetermined(flow, [reason], []);
        var packet = new WindowsFirewallPacket(_host, _sockets, flow);
        var trace = new List<TraceStep>();
        if (packet.IsLoopback)
        {
            trace.Add(Step("firewall.loopback", "it stays on this host, and that is not filtered"));
            return Verdict(flow, new WindowsFirewallOutcome(FirewallOutcome.Accept), [], [NotChecked], trace);
        }

        if (packet.IsForThisHost == false)
            return Undetermined(flow, [$"{packet.Destination} is no address of this host, and what it passes on is not modelled"], trace);
        if (WithoutService(packet) is { } outcome)
            return Verdict(flow, outcome, [], [NotChecked, .. ServiceGaps()], trace);

        WindowsFirewallProfile[] profiles = packet.Input?.FirewallProfile is { } known and not WindowsFirewallProfile.Unknown ? [known] : s_profiles;
        TellPacket(packet, profiles, trace);
        List<WindowsFirewallMatch> matches = Match(packet);
        TellMatches(matches, profiles, trace);
        WindowsFirewallOutcome[] outcomes = [.. profiles.Select(profile => new WindowsFirewallOrder(_settings[profile], packet).Decide(matches))];
        foreach (WindowsFirewallOutcome each in outcomes.Where(each => each.Reason is not null).DistinctBy(each => each.Reason))
            trace.Add(Step("firewall.policy", each.Reason!));
        return Join(flow, packet, outcomes, trace);
    }

    private FirewallVerdict Join(Flow flow, WindowsFirewallPacket packet, WindowsFirewallOutcome[] outcomes, List<TraceStep> trace)
    {
        WindowsFirewallOutcome first = outcomes[^1];
        bool isKnown = outcomes.Length == 1;
        string profile = $"the profile of {(packet.Input is { } input ? input.Name : "the interface that it comes in by")} is not known";
        if (outcomes.Any(each => each.Outcome != first.Outcome || each.Outcome == FirewallOutcome.Undetermined))
        {
            string[] reasons = [.. outcomes.SelectMany(each => each.Unknown).Distinct()];
            bool isAlike = outcomes.All(each => each.Outcome == first.Outcome);
            return Undetermined(flow, isAlike ? [.. reasons] : [profile, .. outcomes.Select(InProfile), .. reasons], trace);
        }

        string[] others = [.. outcomes.Where(each => each.DecidedBy?.Text != first.DecidedBy?.Text).Select(InProfile)];
        ImmutableArray<string> unseen = [NotChecked, .. isKnown ? Array.Empty<string>() : [$"{profile}: in each the outcome is the same"], .. ServiceGaps(), .. _gaps];
        string[] conditions = [.. outcomes.SelectMany(each => each.Conditions).Distinct()];
        return Verdict(flow, first, [.. others, .. Capped(conditions)], unseen, trace);
    }

    private static IEnumerable<string> Capped(string[] conditions) =>
        conditions.Length <= MostConditions ? conditions : conditions.Take(MostConditions).Append($"{conditions.Length - MostConditions} more conditions were met");

    private static string InProfile(WindowsFirewallOutcome each) =>
        $"in the profile {each.Profile} it is {WindowsFirewallOutcome.Words(each.Outcome)}{(each.DecidedBy is { } decision ? $" by {decision.Comment ?? decision.RuleId ?? decision.Text}" : "")}";

    private string? WhyNotJudged()
    {
        const int vista = 6;
        if (_host.Platform.Version.Major < vista)
            return "the firewall of Windows before Vista is not modelled";
        if (!_host.WindowsFirewallRules.IsKnown)
            return $"windowsFirewallRules: {_host.WindowsFirewallRules.Note ?? "the table was not captured"}";
        if (!_host.WindowsFirewallProfiles.IsKnown)
            return $"windowsFirewallProfiles: {_host.WindowsFirewallProfiles.Note ?? "the table was not captured"}";
        return IsStopped("BFE") ? "the service BFE (Base Filtering Engine) does not run, and no document says what is filtered then" : null;
    }

    private bool IsStopped(string service) => _host.FindService(service) is { State: not (ServiceState.Running or ServiceState.Unknown) };

    private IEnumerable<string> ServiceGaps()
    {
        if (_host.FindService("MpsSvc") is null or { State: ServiceState.Unknown })
            yield return "whether the firewall's service (MpsSvc) runs is not known: it is taken to run";
        foreach (string product in _otherFirewalls.Value)
            yield return $"{product} runs and may filter besides: it is not judged";
    }

    /// <summary>
    /// Without MpsSvc the engine falls back to filters that block what nobody asked for, loopback and neighbour solicitations
    /// but; they are there as long as a profile has the firewall on.
    /// </summary>
    private WindowsFirewallOutcome? WithoutService(WindowsFirewallPacket packet)
    {
        if (!IsStopped("MpsSvc"))
            return null;
        bool isOn = _settings.Values.Any(settings => settings.IsEnabled.Value);
        bool isAllowed = !isOn || (packet.Protocol == IcmpV6 && packet.Flow.IcmpType == NeighborSolicitation);
        const string service = "the service MpsSvc (Windows Defender Firewall) does not run";
        string text = isOn ? $"{service}: the persistent filters block all inbound that nobody asked for" : $"{service}, and no profile has the firewall on: nothing filters";
        return new WindowsFirewallOutcome(isAllowed ? FirewallOutcome.Accept : FirewallOutcome.Drop)
        {
            DecidedBy = new FirewallDecision { Table = TableName, Chain = "", IsPolicy = true, Text = text },
        };
    }

    private List<WindowsFirewallMatch> Match(WindowsFirewallPacket packet)
    {
        var matches = new List<WindowsFirewallMatch>();
        foreach (ref readonly WindowsFirewallRuleTest rule in _rules.AsSpan())
        {
            if (!rule.Excludes(packet))
                matches.Add(_conditions.Hold(rule.Row, packet));
        }

        return matches;
    }

    // A rule without an action is one of connection security, unless its action is one that nobody knows.
    private static bool IsInboundRule(WindowsFirewallRuleRow row) =>
        row.Rule is { Direction: FirewallDirection.In } rule && (rule.Action is not null || rule.OtherFields.Any(field => field.Key.Equals("Action", StringComparison.OrdinalIgnoreCase)));

    private static ImmutableArray<string> Gaps(HostSnapshot host)
    {
        var gaps = ImmutableArray.CreateBuilder<string>();
        foreach (TableGap gap in host.WindowsFirewallRules.Gaps.Concat(host.WindowsFirewallProfiles.Gaps))
            gaps.Add($"{gap.Part}: {gap.Reason}");
        // Windows passes over such a rule and logs it (events 4951 and 4953).
        gaps.AddRange(host.WindowsFirewallRules.Where(row => row.Rule is null).Take(MostConditions).Select(row => $"rule {row.RuleId} is not understood ({row.Problem}): it is taken to be passed over"));
        return gaps.DrainToImmutable();
    }

    private static void TellPacket(WindowsFirewallPacket packet, WindowsFirewallProfile[] profiles, List<TraceStep> trace)
    {
        trace.Add(Step("firewall.input", packet.Input is { } input ? $"it comes in by {input.Name}" : "the interface that it comes in by is not known"));
        trace.Add(Step("firewall.profile", profiles.Length == 1 ? $"its profile is {profiles[0]}" : "its profile is not known: each is weighed"));
        WindowsFirewallReceiver receiver = packet.Receiver;
        trace.Add(Step("firewall.program",
            receiver.IsKernel ? "the system itself gets it"
            : receiver.Unknown is { } unknown ? $"not known is {unknown}"
            : receiver.IsNobody ? "no program listens there: rules for programs are taken not to match"
            : $"{string.Join(", ", receiver.Owners.Select(owner => $"{owner.Path ?? owner.Name} (PID {owner.ProcessId}{(owner.Services.IsEmpty ? "" : $", {string.Join(", ", owner.Services)}")})"))} listens there"));
    }

    private void TellMatches(List<WindowsFirewallMatch> matches, WindowsFirewallProfile[] profiles, List<TraceStep> trace)
    {
        int near = 0;
        foreach (WindowsFirewallMatch match in matches)
        {
            bool isMerged = match.Row.Store != WindowsFirewallStore.Local || profiles.Any(profile => _settings[profile].MergesLocalRules);
            bool isInProfile = profiles.Any(match.IsFor);
            string[] missing =
            [
                .. match.Failed,
                .. isInProfile ? Array.Empty<string>() : [$"the profile {string.Join(", ", match.Rule.Profiles)}"],
                .. isMerged ? Array.Empty<string>() : ["AllowLocalPolicyMerge=1"],
            ];
            if (missing.Length == 0)
                trace.Add(Step("firewall.rule", $"{match.Name} ({match.Rule.Action}) {(match.Truth == Truth.Yes ? "matches" : $"matches with {match.HangsOn}")}", match.Row));
            else if (match.IsSpecific && missing.Length <= 2 && near++ < MostNear)
                trace.Add(Step("firewall.near", $"{match.Name} ({match.Rule.Action}): {string.Join(" and ", missing)} {(missing.Length == 1 ? "does" : "do")} not hold", match.Row));
        }
    }

    private static TraceStep Step(string code, string text, WindowsFirewallRuleRow? row = null) => new()
    {
        Code = code,
        Text = text,
        Evidence = row is null ? null : new Evidence { Table = "windowsFirewallRules", Text = row.Text ?? row.RuleId },
    };

    private static FirewallVerdict Verdict(Flow flow, WindowsFirewallOutcome outcome, ImmutableArray<string> conditions, ImmutableArray<string> unseen, List<TraceStep> trace) => new()
    {
        Flow = flow,
        Outcome = outcome.Outcome,
        DecidedBy = outcome.DecidedBy,
        Conditions = conditions,
        Unseen = unseen,
        Certainty = Certainty.Likely,
        Trace = [.. trace],
    };

    private static FirewallVerdict Undetermined(Flow flow, ImmutableArray<string> unseen, List<TraceStep> trace) => new()
    {
        Flow = flow,
        Outcome = FirewallOutcome.Undetermined,
        Certainty = Certainty.None,
        Unseen = unseen,
        Trace = [.. trace],
    };
}
