using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>What is to be stopped.</summary>
internal sealed class StopTarget
{
    /// <summary>The process to stop.</summary>
    public required ProcessRow Owner { get; init; }

    /// <summary>Every process that was seen to hold the port with it.</summary>
    public required ImmutableArray<ProcessRow> Owners { get; init; }

    /// <summary>The socket that it holds the port with.</summary>
    public required SocketRow Socket { get; init; }

    /// <summary>Whether processes that were not seen may hold it too.</summary>
    public bool MayHaveMoreOwners { get; init; }

    /// <summary>Whether a snapshot shows what stopping it helps; the error that somebody saw stays what it was.</summary>
    public bool CanBeSimulated { get; init; } = true;

    /// <summary>The question to ask again afterwards.</summary>
    public required BindRequest Recheck { get; init; }
}

/// <summary>How to stop somebody who holds a port, and how to start it again. Never offered for clients of a port or for the system itself.</summary>
internal static class StopRemedy
{
    /// <summary>The remedy, or null when stopping is not offered or its command cannot be printed safely.</summary>
    public static Remedy? For(Holder holder, Examination examination) =>
        holder.IsServer && holder.Owner is { } owner
            ? For(
                new StopTarget
                {
                    Owner = owner,
                    Owners = holder.Owners,
                    Socket = holder.Socket,
                    MayHaveMoreOwners = holder.MayHaveMoreOwners,
                    Recheck = holder.Request,
                },
                examination.Host)
            : null;

    /// <summary>How to stop a process that serves a port.</summary>
    public static Remedy? For(StopTarget target, HostSnapshot host)
    {
        if (target.Owners.Any(KnownHolders.IsEssential))
            return null;
        KnownHolder? known = KnownHolders.Find(target.Owner);
        return host.Platform.Family == PlatformFamily.Windows ? OnWindows(target, known, host) : OnUnix(target, known, host);
    }

    /// <summary>Whether a path names no file that could be started again: removed, replaced, or never in a file system.</summary>
    public static bool IsGone(string path) =>
        path.EndsWith(" (deleted)", StringComparison.Ordinal) || path.StartsWith("/memfd:", StringComparison.Ordinal);

    /// <summary>Stopping a Windows service by name; null when the name cannot stand in a command.</summary>
    public static Remedy? Service(string name, HostSnapshot host, SnapshotChange? change, string? consequence, RemedyRisk risk, BindRequest recheck)
    {
        if (ServiceStop.OnWindows(name, host) is not { Refusal: null } stop)
            return null;
        ServiceRow? row = host.FindService(name);
        string? startType = row?.Start switch
        {
            ServiceStart.Automatic or ServiceStart.AutomaticDelayed => "It starts with the system, so a restart brings it back too.",
            ServiceStart.Manual => "It starts on demand, so it may come back by itself.",
            _ => null,
        };
        return new Remedy
        {
            Summary = $"Stop the service {SafeText.Of(row?.DisplayName is { } shown ? $"{shown} ({name})" : name)} as long as your server runs; its start type stays as it is.",
            Change = change,
            Apply = stop.Stop,
            Revert = stop.Start,
            NeedsElevation = true,
            Risk = Higher(risk, stop.Risk),
            Consequence = Sentences(consequence, stop.Note, startType),
            Recheck = recheck,
        };
    }

    private static Remedy? OnWindows(StopTarget target, KnownHolder? known, HostSnapshot host)
    {
        ProcessRow owner = target.Owner;
        bool isServiceHost = string.Equals(owner.Name, "svchost.exe", StringComparison.OrdinalIgnoreCase);
        if (owner.Services.Length == 1)
        {
            string name = owner.Services[0];
            return Service(name, host, target.CanBeSimulated ? new StopService { Name = name } : null, known?.Consequence, known?.Risk ?? RemedyRisk.Medium, target.Recheck);
        }

        if (owner.Services.Length > 1 || isServiceHost)
        {
            // Which of the services it is cannot be told, and ending the host process would take all of them down.
            return new Remedy
            {
                Summary = "Find out which service of this process holds the port, and stop that service with net stop.",
                Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = $"tasklist /svc /fi \"PID eq {Number(owner.ProcessId)}\"" }],
                NothingToRevertBecause = "The command only looks.",
                Risk = RemedyRisk.None,
                Recheck = target.Recheck,
            };
        }

        RemedyCommand? start = !Interpreters.IsOne(owner.Path) && CommandText.PowerShell(owner.Path) is { } path
            ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"Start-Process -FilePath {path}" }
            : null;
        return EndProcess(target, known, host, [new RemedyCommand { Shell = CommandShell.Cmd, Text = $"taskkill /PID {Number(owner.ProcessId)}" }], start);
    }

    private static Remedy? OnUnix(StopTarget target, KnownHolder? known, HostSnapshot host)
    {
        ProcessRow owner = target.Owner;
        if (owner.Name is "docker-proxy")
            return DockerProxy(target);
        if (owner.ContainerId is { } container)
            return Container(target, container);
        if (HolderWords.StoppableUnit(owner) is { } unit)
            return Unit(target, unit, known, host);
        if (HolderWords.UserUnit(owner) is { } userUnit)
            return UserUnit(target, userUnit, known);
        if (target.MayHaveMoreOwners)
        {
            // What is visible may be a worker, which its master would start again.
            if (MasterOf(owner, host) is not { } master)
                return OwnerRemedy.For(target.Socket, target.Recheck, host);
            target = new StopTarget { Owner = master, Owners = [master], Socket = target.Socket, MayHaveMoreOwners = true, Recheck = target.Recheck };
            known = KnownHolders.Find(master);
            owner = master;
        }

        RemedyCommand? start = !Interpreters.IsOne(owner.Path) && owner.Path is { } image && !IsGone(image) && CommandText.Sh(image) is { } path ? Sh(path) : null;
        // The first command shows the arguments, which are never captured: secrets stand in them.
        return EndProcess(target, known, host, [Sh($"ps -o args= -p {Number(owner.ProcessId)}"), Sh($"kill {Number(owner.ProcessId)}")], start);
    }

    /// <summary>The first process of a program's tree above a process; null when its parent is not of the same program.</summary>
    private static ProcessRow? MasterOf(ProcessRow process, HostSnapshot host)
    {
        // The parent of a script is often the shell of somebody who works in it.
        if (process.Name is null || Interpreters.IsOne(process.Name))
            return null;
        const int Deepest = 16;
        ProcessRow master = process;
        for (int depth = 0; depth < Deepest && master.ParentProcessId is { } id; depth++)
        {
            // Process ids are used again: a parent that started after its child is somebody else.
            ProcessRow? parent = host.FindProcess(id);
            if (parent is null || parent.Name != process.Name || parent.StartedAt > master.StartedAt || KnownHolders.IsEssential(parent))
                break;
            master = parent;
        }

        return master.ProcessId == process.ProcessId ? null : master;
    }

    private static Remedy? Unit(StopTarget target, string unit, KnownHolder? known, HostSnapshot host)
    {
        if (ServiceStop.OfUnits(host, unit) is not { Refusal: null } stop)
            return null;
        return new Remedy
        {
            Summary = $"Stop {SafeText.Of(unit)} as long as your server runs; whether it starts with the system stays as it is.",
            Change = new StopService { Name = unit },
            Apply = stop.Stop,
            Revert = stop.Start,
            NothingToRevertBecause = stop.NoWayBack,
            NeedsElevation = true,
            Risk = Higher(known?.Risk ?? RemedyRisk.Medium, stop.Risk),
            Consequence = Sentences(known?.Consequence, stop.Note, Starters([unit], host)),
            Recheck = target.Recheck,
        };
    }

    /// <summary>Which socket units start again what was stopped; null for none that is known.</summary>
    public static string? Starters(string[] stopped, HostSnapshot host)
    {
        string[] starters = [.. stopped.SelectMany(host.SocketUnitsStarting).Where(row => !stopped.Contains(row.Name) && row.State != ServiceState.Stopped && row.Start != ServiceStart.Disabled).Select(row => SafeText.Of(row.Name)).Distinct().Take(4)];
        return starters.Length == 0 ? null : $"{string.Join(" and ", starters)} {(starters.Length == 1 ? "starts" : "start")} it again with the next client, if that is active: stop that first then.";
    }

    private static RemedyRisk Higher(RemedyRisk one, RemedyRisk other) => (RemedyRisk)Math.Max((int)one, (int)other);

    private static Remedy? UserUnit(StopTarget target, string unit, KnownHolder? known)
    {
        if (CommandText.Unit(unit) is not { } name || target.Owner.UnitUserId is not { } user)
            return null;
        string who = UserWords(target.Owner, user);
        return new Remedy
        {
            Summary = $"Stop {SafeText.Of(unit)} of {who} as long as your server runs; whether it starts with the user's session stays as it is.",
            Change = new StopService { Name = unit, UnitUserId = user },
            Apply = [Sh($"systemctl --user stop {name}")],
            Revert = [Sh($"systemctl --user start {name}")],
            Risk = known?.Risk ?? RemedyRisk.Medium,
            Consequence = $"{(known is null ? "" : known.Consequence + " ")}Type the commands as {who}, in a session of that user: the unit belongs to the user's own service manager, and the system's knows no or another unit of this name.",
            Recheck = target.Recheck,
        };
    }

    private static Remedy EndProcess(
        StopTarget target, KnownHolder? known, HostSnapshot host, ImmutableArray<RemedyCommand> end, RemedyCommand? start)
    {
        ProcessRow owner = target.Owner;
        string name = owner.Name is { } image ? SafeText.Of(image) : "the process";
        string master = target.MayHaveMoreOwners ? ", the parent of the process that was seen and most likely its master," : "";
        string window = HasWindow(owner, host.Platform.Family) ? " Close it from its own window or menu if it has one." : "";
        bool showsArguments = end.Length > 1;
        return new Remedy
        {
            Summary = $"Close {name} (PID {Number(owner.ProcessId)}){master} as long as your server runs.{window}",
            Change = target.Owners.Length == 1 && !target.MayHaveMoreOwners && target.CanBeSimulated ? new EndProcess { ProcessId = owner.ProcessId } : null,
            Apply = end,
            Revert = start is null ? [] : [start],
            NothingToRevertBecause = start is not null ? null
                : showsArguments ? "Start it with the arguments that the first command printed: note them before you close it."
                : "How it was started is not known: note that before you close it, and start it the same way.",
            NeedsElevation = owner.User is { } user && host.Identity?.UserName is { } asker && user != asker && asker != "root",
            Risk = known?.Risk is RemedyRisk.High ? RemedyRisk.High : RemedyRisk.Medium,
            Consequence = $"{(known is null ? "" : known.Consequence + " ")}Unsaved work in it may be lost, and a program that watches over it may start it again.{(start is null ? "" : $" It may have been started with arguments: {(showsArguments ? "the first command shows them; start it again with them" : "note them first")}.")}",
            Recheck = target.Recheck,
        };
    }

    // Daemons have no window: on Linux what a desktop or a login started stands in a scope of its own.
    private static bool HasWindow(ProcessRow owner, PlatformFamily family) => family switch
    {
        PlatformFamily.Windows => owner.User?.StartsWith("NT AUTHORITY\\", StringComparison.OrdinalIgnoreCase) != true,
        PlatformFamily.Linux => owner.UnitUserId is not null || owner.Unit?.StartsWith("session-", StringComparison.Ordinal) == true,
        _ => true,
    };

    private static Remedy DockerProxy(StopTarget target) => new()
    {
        Summary = "Stop the container that publishes this port, or publish it elsewhere. docker-proxy belongs to Docker; this names the container.",
        Apply = [Sh($"docker ps --filter publish={Number(target.Socket.Local.Port)}")],
        NothingToRevertBecause = "The command only looks.",
        NeedsElevation = true,
        Risk = RemedyRisk.None,
        Recheck = target.Recheck,
    };

    private static Remedy? Container(StopTarget target, string container)
    {
        bool isId = HolderWords.IsContainerId(container);
        string shown = HolderWords.ContainerName(container);
        if (CommandText.Sh(shown) is not { } name)
            return null;
        return target.Owner.ContainerEngine switch
        {
            ContainerEngine.Docker when isId => Container(target, $"the Docker container {shown}", $"docker stop {name}", $"docker start {name}"),
            ContainerEngine.Podman when isId => Container(target, $"the Podman container {shown}", $"podman stop {name}", $"podman start {name}"),
            ContainerEngine.Lxc => Container(
                target, $"the LXC container {SafeText.Of(shown)}", $"lxc-stop -n {name}", $"lxc-start -n {name}",
                " Under LXD or Incus type lxc stop and lxc start, or incus stop and incus start, with the same name instead."),
            ContainerEngine.Kubernetes => Words(
                target, $"Scale down or move the Kubernetes workload of the container {SafeText.Of(shown)}, or change the host port in its specification.",
                "No command is given: the kubelet starts again what is stopped on the node itself."),
            _ => Words(
                target, $"Stop the container {SafeText.Of(shown)} with the program that runs it, as long as your server runs.",
                "No command is given, because what runs the container is not known: start it again the way it was started."),
        };
    }

    private static Remedy Container(StopTarget target, string what, string stop, string start, string more = "")
    {
        // A container of a user's own engine is in the control groups of that user's manager.
        string? user = target.Owner.UnitUserId is { } id ? $"user {Number(id)}" : null;
        return new Remedy
        {
            Summary = $"Stop {what}{(user is null ? "" : $" of {user}")} as long as your server runs.{more}",
            Apply = [Sh(stop)],
            Revert = [Sh(start)],
            NeedsElevation = user is null,
            Risk = RemedyRisk.Medium,
            Consequence = $"What runs in the container stops; a container made with --rm is gone then.{(user is null ? "" : $" Type the commands as {user}, whose container it is.")}",
            Recheck = target.Recheck,
        };
    }

    private static Remedy Words(StopTarget target, string summary, string wayBack) => new()
    {
        Summary = summary,
        NothingToRevertBecause = wayBack,
        Risk = RemedyRisk.Medium,
        Consequence = "What runs in the container stops.",
        Recheck = target.Recheck,
    };

    private static string UserWords(ProcessRow owner, uint user) =>
        owner.User is { } name && name != Number(user) ? $"user {Number(user)} ({SafeText.Of(name)})" : $"user {Number(user)}";

    /// <summary>Sentences that are there, in one text; null for none.</summary>
    public static string? Sentences(params ReadOnlySpan<string?> sentences)
    {
        string text = "";
        foreach (string? sentence in sentences)
            text += sentence is null ? "" : text.Length == 0 ? sentence : $" {sentence}";
        return text.Length == 0 ? null : text;
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
