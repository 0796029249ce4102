using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>What becomes of a packet in one profile.</summary>
internal sealed class WindowsFirewallOutcome(FirewallOutcome outcome)
{
    public FirewallOutcome Outcome => outcome;

    public WindowsFirewallProfile Profile { get; init; }

    public FirewallDecision? DecidedBy { get; init; }

    /// <summary>What decided when no rule did, for people; null when one did.</summary>
    public string? Reason { get; init; }

    /// <summary>What would be otherwise. Never default.</summary>
    public ImmutableArray<string> Conditions { get; init; } = [];

    /// <summary>Why nobody can say. Never default.</summary>
    public ImmutableArray<string> Unknown { get; init; } = [];

    public static string Words(FirewallOutcome what) => what switch
    {
        FirewallOutcome.Accept => "let in",
        FirewallOutcome.Drop => "dropped",
        _ => "not known to be let in",
    };
}

/// <summary>Asks the rules of one profile in the documented order: service hardening, bypass, block, allow, default.</summary>
internal sealed class WindowsFirewallOrder(WindowsFirewallSettings settings, WindowsFirewallPacket packet)
{
    private readonly List<string> _conditions = [];

    public WindowsFirewallOutcome Decide(IReadOnlyList<WindowsFirewallMatch> all)
    {
        WindowsFirewallMatch[] rules = [.. all.Where(match => match.Truth != Truth.No && match.IsFor(settings.Profile) && (match.Row.Store != WindowsFirewallStore.Local || settings.MergesLocalRules))];
        List<string> unknown = [];
        if (Harden(rules, unknown) is { } hardened)
            return hardened;
        WindowsFirewallOutcome decided = DecideByRules(rules);

        // A service's own restrictions can only drop.
        return unknown.Count == 0 || decided.Outcome == FirewallOutcome.Drop ? decided : Unknown(decided, unknown);
    }

    private WindowsFirewallOutcome DecideByRules(WindowsFirewallMatch[] rules)
    {
        if (!settings.IsEnabled.Value)
            return BySetting(FirewallOutcome.Accept, "EnableFirewall=0", settings.IsEnabled.Store);
        if (settings.DisabledInterfaces is { } interfaces && packet.Input?.AdapterId is not { } own)
            _conditions.Add($"by an interface of {interfaces}, which the firewall leaves alone: let in");
        else if (settings.DisabledInterfaces?.Contains(packet.Input!.AdapterId!, System.StringComparison.OrdinalIgnoreCase) == true)
            return BySetting(FirewallOutcome.Accept, $"DisabledInterfaces={settings.DisabledInterfaces}", WindowsFirewallStore.Unknown);
        if (settings.BlocksAllInbound.Value)
            return BySetting(FirewallOutcome.Drop, "DoNotAllowExceptions=1", settings.BlocksAllInbound.Store);

        WindowsFirewallMatch[] normal = [.. rules.Where(match => match.Row.Store != WindowsFirewallStore.ServiceHardening)];
        Condition(normal.Where(match => match.Rule.Action == WindowsFirewallAction.Bypass), FirewallOutcome.Accept);
        WindowsFirewallOutcome block = First(normal, WindowsFirewallAction.Block, FirewallOutcome.Drop);
        if (block.DecidedBy is not null)
            return Finish(block);
        WindowsFirewallOutcome allow = First(normal, WindowsFirewallAction.Allow, FirewallOutcome.Accept);
        WindowsFirewallOutcome last = ByDefault();
        WindowsFirewallOutcome decided = allow.DecidedBy is null ? last : allow;

        List<string> unknown = [];

        // What nobody can tell matters when it would change the outcome: of a block rule, of an allow rule, of one whose action is not known.
        WindowsFirewallMatch[] vague = [.. normal.Where(match => match.Truth == Truth.Unknown && match.Rule.Action != WindowsFirewallAction.Bypass)];
        unknown.AddRange(vague.Where(match => match.Rule.Action != WindowsFirewallAction.Allow && decided.Outcome != FirewallOutcome.Drop).Select(Words));
        unknown.AddRange(vague.Where(match => match.Rule.Action != WindowsFirewallAction.Block && allow.DecidedBy is null && last.Outcome != FirewallOutcome.Accept).Select(Words));
        unknown.AddRange(normal.Where(match => match.Rule.Action is null && match.Truth == Truth.Yes).Select(match => $"rule {match.Name}: its action is not understood"));
        if (decided.Outcome == FirewallOutcome.Undetermined)
            unknown.Add(decided.Reason!);
        if (unknown.Count > 0)
            return Unknown(decided, unknown);
        if (decided.Outcome == FirewallOutcome.Drop)
            Condition(normal.Where(match => match.Rule.Action == WindowsFirewallAction.Allow), FirewallOutcome.Accept);
        else
            Condition(normal.Where(match => match.Rule.Action == WindowsFirewallAction.Block), FirewallOutcome.Drop);
        return Finish(decided);
    }

    private WindowsFirewallOutcome Unknown(WindowsFirewallOutcome decided, IEnumerable<string> unknown) =>
        new(FirewallOutcome.Undetermined) { Profile = settings.Profile, Reason = decided.Reason, Unknown = [.. unknown.Concat(decided.Unknown).Distinct()] };

    /// <summary>What a service may receive: its block rule is for all that its allow rules do not name.</summary>
    private WindowsFirewallOutcome? Harden(WindowsFirewallMatch[] rules, List<string> unknown)
    {
        WindowsFirewallMatch[] hardening = [.. rules.Where(match => match.Row.Store == WindowsFirewallStore.ServiceHardening && match.Truth != Truth.Open)];
        if (hardening.Any(match => match.Rule.Action == WindowsFirewallAction.Allow && match.Truth == Truth.Yes))
            return null;
        foreach (WindowsFirewallMatch match in hardening.Where(match => match.Rule.Action == WindowsFirewallAction.Block))
        {
            if (match.Truth == Truth.Yes && !hardening.Any(other => other.Rule.Action == WindowsFirewallAction.Allow))
                return By(match, FirewallOutcome.Drop);
            unknown.Add(Words(match));
        }

        return null;
    }

    private WindowsFirewallOutcome First(WindowsFirewallMatch[] rules, WindowsFirewallAction action, FirewallOutcome outcome) =>
        rules.FirstOrDefault(match => match.Rule.Action == action && match.Truth == Truth.Yes) is { } match
            ? By(match, outcome)
            : new WindowsFirewallOutcome(outcome) { Profile = settings.Profile };

    private WindowsFirewallOutcome By(WindowsFirewallMatch match, FirewallOutcome outcome) =>
        new(outcome) { Profile = settings.Profile, DecidedBy = match.ToDecision(settings.Profile) };

    private WindowsFirewallOutcome ByDefault()
    {
        (WindowsFirewallAction action, WindowsFirewallStore store) = (settings.DefaultInboundAction.Value, settings.DefaultInboundAction.Store);
        return action switch
        {
            WindowsFirewallAction.Allow => BySetting(FirewallOutcome.Accept, "DefaultInboundAction=0", store),
            WindowsFirewallAction.Block => BySetting(FirewallOutcome.Drop, "DefaultInboundAction=1", store),
            _ => BySetting(FirewallOutcome.Undetermined, "DefaultInboundAction of an unknown value", store),
        };
    }

    private WindowsFirewallOutcome BySetting(FirewallOutcome outcome, string setting, WindowsFirewallStore store) => Finish(new WindowsFirewallOutcome(outcome)
    {
        Profile = settings.Profile,
        Reason = $"no rule decides in the profile {settings.Profile}: {setting}{(store == WindowsFirewallStore.Unknown ? ", by default" : "")}",
        DecidedBy = new FirewallDecision { Table = WindowsFirewall.TableName, Chain = settings.Profile.ToString(), Store = store, IsPolicy = true, Text = setting },
    });

    private void Condition(IEnumerable<WindowsFirewallMatch> rules, FirewallOutcome outcome)
    {
        WindowsFirewallMatch[] open = [.. rules.Where(match => match.Truth == Truth.Open)];
        // With no program listening, every program that may receive on any port would be a condition of its own.
        bool isAnybody = packet.Receiver.IsNobody;
        WindowsFirewallMatch[] broad = isAnybody ? [.. open.Where(match => match.IsForAnyPort)] : [];
        foreach (WindowsFirewallMatch match in open.Except(broad))
            _conditions.Add($"with {match.HangsOn}: {WindowsFirewallOutcome.Words(outcome)} by {match.Name}");
        if (broad.Length == 1)
            _conditions.Add($"with {broad[0].HangsOn}: {WindowsFirewallOutcome.Words(outcome)} by {broad[0].Name}");
        else if (broad.Length > 1)
            _conditions.Add($"with one of {broad.Length} programs listening there that rules name for any port, {broad[0].Name} among them: {WindowsFirewallOutcome.Words(outcome)}");
    }

    private WindowsFirewallOutcome Finish(WindowsFirewallOutcome decided) => new(decided.Outcome)
    {
        Profile = decided.Profile,
        DecidedBy = decided.DecidedBy,
        Reason = decided.Reason,
        Conditions = [.. _conditions],
    };

    private static string Words(WindowsFirewallMatch match) => $"rule {match.Name}: whether {match.HangsOn} holds";
}
