using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Stopping a service of the system with what stops with it, and starting all of that again.</summary>
internal sealed class ServiceStop
{
    private const int MostDependents = 24;

    private ServiceStop(ImmutableArray<RemedyCommand> stop, ImmutableArray<RemedyCommand> start, string? note)
    {
        Stop = stop;
        Start = start;
        Note = note;
    }

    /// <summary>Stops what depends on the service, then the service.</summary>
    public ImmutableArray<RemedyCommand> Stop { get; }

    /// <summary>Starts the service, then what ran and depends on it, each after what it needs.</summary>
    public ImmutableArray<RemedyCommand> Start { get; }

    /// <summary>What stops with it, for people; null when nothing else does.</summary>
    public string? Note { get; }

    /// <summary>A consequence with what stops besides.</summary>
    public string Sentence(string consequence) => Note is null ? consequence : $"{consequence} {Note}";

    /// <summary>
    /// For a Windows service; null when a name cannot stand in a command, or when so much depends on it that nobody should stop it.
    /// </summary>
    public static ServiceStop? OnWindows(string name, HostSnapshot host)
    {
        ImmutableArray<ServiceRow> running = Running(name, host, out _);
        string[] names = [name, .. running.Select(row => row.Name)];
        RemedyCommand?[] stop = [.. names.Reverse().Select(its => Command("net stop", "Stop-Service -Name", its))];
        RemedyCommand?[] start = [.. names.Select(its => Command("net start", "Start-Service -Name", its))];
        if (running.Length > MostDependents || stop.Contains(null) || start.Contains(null))
            return null;
        string? note = !running.IsEmpty ? $"{Names(running)} {(running.Length == 1 ? "depends on it and stops" : "depend on it and stop")} first; the way back starts {(running.Length == 1 ? "it" : "them")} again after it, in this order."
            : KnowsDependencies(host) ? null
            : "If other services depend on it, the command lists them and asks first: note them, and start them again afterwards.";
        return new ServiceStop([.. stop!], [.. start!], note);
    }

    /// <summary>For units of systemd's system manager that are stopped together; null as for Windows.</summary>
    public static ServiceStop? OfUnits(HostSnapshot host, params ImmutableArray<string> units)
    {
        var running = new List<ServiceRow>();
        var unknown = new List<ServiceRow>();
        foreach (string unit in units)
        {
            running.AddRange(Running(unit, host, out ImmutableArray<ServiceRow> others).Where(row => !units.Contains(row.Name) && !running.Contains(row)));
            unknown.AddRange(others.Where(row => !units.Contains(row.Name) && !unknown.Contains(row)));
        }

        string?[] words = [.. units.Concat(running.Select(row => row.Name)).Select(CommandText.Sh)];
        if (running.Count > MostDependents || words.Contains(null))
            return null;
        string first = CommandText.Sh(units[0])!;
        string? note = running.Count > 0 ? $"{Names(running)} {(running.Count == 1 ? "stops" : "stop")} with it; the way back starts {(running.Count == 1 ? "it" : "them")} again."
            : KnowsDependencies(host) ? null
            : $"Units that require it stop with it: `systemctl list-dependencies --reverse {first}` names them; start them again afterwards.";
        if (unknown.Count > 0)
            note = $"{note}{(note is null ? "" : " ")}{Names(unknown)} {(unknown.Count == 1 ? "stops" : "stop")} with it too, if {(unknown.Count == 1 ? "it is" : "they are")} active: look with systemctl before, and start again what was.";
        return new ServiceStop([Sh($"systemctl stop {string.Join(' ', words.Take(units.Length))}")], [Sh($"systemctl start {string.Join(' ', words)}")], note);
    }

    private static ImmutableArray<ServiceRow> Running(string name, HostSnapshot host, out ImmutableArray<ServiceRow> unknown)
    {
        ImmutableArray<ServiceRow> dependents = host.FindDependents(name);
        unknown = [.. dependents.Where(row => row.State == ServiceState.Unknown && !HasProcess(row, host))];
        return [.. dependents.Where(row => row.State is ServiceState.Running or ServiceState.StartPending or ServiceState.Paused || (row.State == ServiceState.Unknown && HasProcess(row, host)))];
    }

    private static bool HasProcess(ServiceRow row, HostSnapshot host) =>
        host.Processes.Any(process => process.Unit == row.Name && process.UnitUserId is null && process.ContainerId is null);

    // What an import read tells no dependencies: then nobody can say that there are none.
    private static bool KnowsDependencies(HostSnapshot host) =>
        host.Services.Coverage == Coverage.Complete && host.Services.Any(row => !row.DependsOn.IsEmpty);

    private static string Names(IReadOnlyCollection<ServiceRow> rows)
    {
        string[] names = [.. rows.Select(row => SafeText.Of(row.DisplayName is { } shown && shown != row.Name && !row.Name.Contains('.', StringComparison.Ordinal) ? $"{shown} ({row.Name})" : row.Name))];
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    private static RemedyCommand? Command(string cmd, string powerShell, string name)
    {
        if (CommandText.Cmd(name) is { } word)
            return new RemedyCommand { Shell = CommandShell.Cmd, Text = $"{cmd} {word}" };
        // A dollar is common in service names (MSSQL$INSTANCE) and means something in double quotes.
        return CommandText.PowerShell(name) is { } quoted
            ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"{powerShell} {quoted}" }
            : null;
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
