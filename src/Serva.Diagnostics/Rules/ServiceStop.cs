using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Stopping services of the system with what stops with them, and starting again what ran.</summary>
internal sealed class ServiceStop
{
    private const int MostDependents = 24, MostNamed = 8;

    private ServiceStop()
    {
    }

    /// <summary>Why it is not offered, for people; null when it is.</summary>
    public string? Refusal { get; private init; }

    /// <summary>Stops what depends on the services, where the system wants that first, then the services.</summary>
    public ImmutableArray<RemedyCommand> Stop { get; private init; } = [];

    /// <summary>Starts the services, then what ran and depends on them, each after what it needs. Empty where nothing can be started again.</summary>
    public ImmutableArray<RemedyCommand> Start { get; private init; } = [];

    /// <summary>What stops with them and what that means, for people; null when nothing else does.</summary>
    public string? Note { get; private init; }

    /// <summary>Why there is no command that starts it again, for people; null when there is one.</summary>
    public string? NoWayBack { get; private init; }

    /// <summary>What stopping all of them may break.</summary>
    public RemedyRisk Risk { get; private init; }

    /// <summary>A consequence with what stops besides.</summary>
    public string Sentence(string consequence) => Note is null ? consequence : $"{consequence} {Note}";

    /// <summary>For a Windows service.</summary>
    public static ServiceStop OnWindows(string name, HostSnapshot host)
    {
        ServiceRow[] running = [.. host.FindDependents(name).Where(Runs)];
        if (RefusalOf([name], running) is { } refusal)
            return new ServiceStop { Refusal = refusal };
        string[] names = [name, .. running.Select(row => row.Name)];
        var stop = new List<RemedyCommand>();
        var start = new List<RemedyCommand>();
        foreach (string its in names)
        {
            if (Command("net stop", "Stop-Service -Name", its) is not { } stops || Command("net start", "Start-Service -Name", its) is not { } starts)
                return new ServiceStop { Refusal = "a name among them can stand in no command" };
            stop.Insert(0, stops);
            if (host.FindService(its) is { Start: ServiceStart.Disabled })
            {
                // Nothing starts a disabled service (1058): it is one again afterwards.
                if (StartType(its, "Manual") is not { } manual || StartType(its, "Disabled") is not { } disabled)
                    return new ServiceStop { Refusal = "a name among them can stand in no command" };
                start.AddRange([manual, starts, disabled]);
            }
            else
            {
                start.Add(starts);
            }
        }

        string? note = running.Length > 0 ? $"{Names(running)} {(running.Length == 1 ? "depends on it and stops" : "depend on it and stop")} first; the way back starts {(running.Length == 1 ? "it" : "them")} again after it, in this order."
            : KnowsDependencies(host) ? null
            : "If other services depend on it, the command lists them and asks first: note them, and start them again afterwards.";
        return new ServiceStop { Stop = [.. stop], Start = [.. start], Note = WithKnown(running, note), Risk = RiskOf([name], running) };
    }

    /// <summary>For units of systemd's system manager that are stopped together.</summary>
    public static ServiceStop OfUnits(HostSnapshot host, params ImmutableArray<string> units)
    {
        var running = new List<ServiceRow>();
        var unknown = new List<ServiceRow>();
        var seen = new HashSet<string>(units);
        foreach (ServiceRow row in units.SelectMany(unit => host.FindDependents(unit)))
        {
            if (!seen.Add(row.Name))
                continue;
            if (Runs(row) || (row.State == ServiceState.Unknown && host.RunsUnit(row.Name)))
                running.Add(row);
            else if (row.State == ServiceState.Unknown)
                unknown.Add(row);
        }

        if (RefusalOf(units, running) is { } refusal)
            return new ServiceStop { Refusal = refusal };
        ServiceRow[] gone = [.. units.Select(host.FindService).OfType<ServiceRow>().Concat(running).Where(row => row.IsTransient)];
        if (units.Select(host.FindService).OfType<ServiceRow>().Concat(running).FirstOrDefault(row => row.Start == ServiceStart.Disabled) is { } masked)
            return new ServiceStop { Refusal = $"{SafeText.Of(masked.Name)} runs and is masked, so that systemd would not start it again" };
        string?[] stopped = [.. units.Select(CommandText.Unit)];
        string?[] started = [.. units.Concat(running.Select(row => row.Name)).Where(name => gone.All(row => row.Name != name)).Select(CommandText.Unit)];
        if (stopped.Contains(null) || started.Contains(null))
            return new ServiceStop { Refusal = "a name among them can stand in no command" };
        string? note = running.Count > 0 ? $"{Names(running)} {(running.Count == 1 ? "stops" : "stop")} with it; the way back starts {(running.Count == 1 ? "it" : "them")} again."
            : KnowsDependencies(host) ? null
            : $"Units that require it stop with it: `systemctl list-dependencies --reverse {stopped[0]}` names them; start them again afterwards.";
        if (unknown.Count > 0)
            note = Join(note, $"Look with systemctl first whether {(unknown.Count == 1 ? "this is" : "these are")} active, and start again what was: {Names(unknown)} {(unknown.Count == 1 ? "stops" : "stop")} with it too.");
        if (gone.Length > 0)
            note = Join(note, $"{Names(gone)} {(gone.Length == 1 ? "was" : "were")} made for one run and {(gone.Length == 1 ? "is" : "are")} gone afterwards.");
        return new ServiceStop
        {
            Stop = [Sh($"systemctl stop {string.Join(' ', stopped)}")],
            Start = started.Length == 0 ? [] : [Sh($"systemctl start {string.Join(' ', started)}")],
            NoWayBack = started.Length == 0 ? "The unit was made for one run and is gone when it stops: start it again the way it was started." : null,
            Note = WithKnown(running, note),
            Risk = RiskOf(units, running),
        };
    }

    private static bool Runs(ServiceRow row) => row.State is ServiceState.Running or ServiceState.StartPending or ServiceState.Paused;

    private static string? RefusalOf(IReadOnlyCollection<string> names, IReadOnlyCollection<ServiceRow> running)
    {
        if (names.Concat(running.Select(row => row.Name)).FirstOrDefault(KnownHolders.IsEssential) is { } essential)
            return $"{SafeText.Of(essential)} would stop, without which the system does not work";
        return running.Count > MostDependents ? $"{Names(running)} would stop with it" : null;
    }

    private static RemedyRisk RiskOf(IEnumerable<string> names, IEnumerable<ServiceRow> running)
    {
        RemedyRisk risk = RemedyRisk.Medium;
        foreach (string name in names.Concat(running.Select(row => row.Name)))
            risk = (RemedyRisk)Math.Max((int)risk, (int)(KnownHolders.Find(name)?.Risk ?? RemedyRisk.Medium));
        return risk;
    }

    // What stops besides may matter more than what is stopped.
    private static string? WithKnown(IEnumerable<ServiceRow> running, string? note)
    {
        foreach (string consequence in running.Select(row => KnownHolders.Find(row.Name)?.Consequence).OfType<string>().Distinct().Take(MostNamed))
            note = Join(note, consequence);
        return note;
    }

    private static string Join(string? text, string sentence) => text is null ? sentence : $"{text} {sentence}";

    // What an import read tells no dependencies: then nobody can say that there are none.
    private static bool KnowsDependencies(HostSnapshot host) => host.Services.Coverage == Coverage.Complete && TableIndex.HasDependencies(host.Services);

    private static string Names(IReadOnlyCollection<ServiceRow> rows)
    {
        string[] names = [.. rows.Take(MostNamed).Select(row => SafeText.Of(row.DisplayName is { } shown && shown != row.Name ? $"{shown} ({row.Name})" : row.Name))];
        if (rows.Count > MostNamed)
            return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", names)} and {rows.Count - MostNamed} more");
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    private static RemedyCommand? Command(string cmd, string powerShell, string name)
    {
        if (CommandText.Cmd(name) is { } word)
            return new RemedyCommand { Shell = CommandShell.Cmd, Text = $"{cmd} {word}" };
        // A dollar is common in service names (MSSQL$INSTANCE) and means something in double quotes.
        return Quoted(name) is { } quoted ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"{powerShell} {quoted}" } : null;
    }

    private static RemedyCommand? StartType(string name, string type) =>
        Quoted(name) is { } quoted ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"Set-Service -Name {quoted} -StartupType {type}" } : null;

    // In PowerShell a name is a pattern: a star stops everything.
    private static string? Quoted(string name) => name.AsSpan().ContainsAny("*?[]") ? null : CommandText.PowerShell(name);

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
