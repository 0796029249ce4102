using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>How to stop somebody who holds a port, and how to start it again. Never offered for clients of a port or for the system itself.</summary>
internal static class StopRemedy
{
    /// <summary>The remedy, or null when stopping is not offered or its command cannot be printed safely.</summary>
    public static Remedy? For(Holder holder, Examination examination)
    {
        if (!holder.IsServer || holder.Owner is not { } owner || holder.Owners.Any(KnownHolders.IsEssential))
            return null;
        KnownHolder? known = KnownHolders.Find(owner);
        return examination.Host.Platform.Family == PlatformFamily.Windows
            ? OnWindows(holder, owner, known, examination.Host)
            : OnUnix(holder, owner, known, examination.Host);
    }

    /// <summary>Stopping a Windows service by name; null when the name cannot stand in a command.</summary>
    public static Remedy? Service(string name, HostSnapshot host, SnapshotChange? change, string? consequence, RemedyRisk risk, BindRequest recheck)
    {
        RemedyCommand? stop = ServiceCommand("net stop", "Stop-Service -Name", name);
        RemedyCommand? start = ServiceCommand("net start", "Start-Service -Name", name);
        if (stop is null || start is null)
            return null;
        ServiceRow? row = host.FindService(name);
        string startType = row is null ? "" : row.Start switch
        {
            ServiceStart.Automatic or ServiceStart.AutomaticDelayed => " It starts with the system, so a restart brings it back too.",
            ServiceStart.Manual => " It starts on demand, so it may come back by itself.",
            _ => "",
        };
        return new Remedy
        {
            Summary = $"Stop the service {SafeText.Of(row?.DisplayName is { } shown ? $"{shown} ({name})" : name)} as long as your server runs; its start type stays as it is.",
            Change = change,
            Apply = [stop],
            Revert = [start],
            NeedsElevation = true,
            Risk = risk,
            Consequence = $"{(consequence is null ? "" : consequence + " ")}If other services depend on it, the command lists them and asks first: note them, and start them again afterwards.{startType}",
            Recheck = recheck,
        };
    }

    private static Remedy? OnWindows(Holder holder, ProcessRow owner, KnownHolder? known, HostSnapshot host)
    {
        bool isServiceHost = string.Equals(owner.Name, "svchost.exe", System.StringComparison.OrdinalIgnoreCase);
        if (owner.Services.Length == 1)
        {
            string name = owner.Services[0];
            return Service(name, host, new StopService { Name = name }, known?.Consequence, known?.Risk ?? RemedyRisk.Medium, holder.Request);
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
                Recheck = holder.Request,
            };
        }

        RemedyCommand? start = CommandText.PowerShell(owner.Path) is { } path
            ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"Start-Process -FilePath {path}" }
            : null;
        return EndProcess(
            holder, owner, known, host,
            [new RemedyCommand { Shell = CommandShell.Cmd, Text = $"taskkill /PID {Number(owner.ProcessId)}" }],
            start);
    }

    private static Remedy? OnUnix(Holder holder, ProcessRow owner, KnownHolder? known, HostSnapshot host)
    {
        if (owner.Name is "docker-proxy")
            return DockerProxy(holder);
        if (owner.ContainerId is { } container)
            return Container(holder, container);
        if (HolderWords.StoppableUnit(owner) is { } unit)
            return Unit(holder, unit, known);
        RemedyCommand? start = CommandText.Sh(owner.Path) is { } path ? Sh(path) : null;
        // The first command shows the arguments, which are never captured: secrets stand in them.
        return EndProcess(
            holder, owner, known, host, [Sh($"ps -o args= -p {Number(owner.ProcessId)}"), Sh($"kill {Number(owner.ProcessId)}")], start);
    }

    private static Remedy? Unit(Holder holder, string unit, KnownHolder? known)
    {
        if (CommandText.Sh(unit) is not { } name)
            return null;
        return new Remedy
        {
            Summary = $"Stop {SafeText.Of(unit)} as long as your server runs; whether it starts with the system stays as it is.",
            Change = new StopService { Name = unit },
            Apply = [Sh($"systemctl stop {name}")],
            Revert = [Sh($"systemctl start {name}")],
            NeedsElevation = true,
            Risk = known?.Risk ?? RemedyRisk.Medium,
            Consequence = $"{(known is null ? "" : known.Consequence + " ")}Units that require it stop with it: `systemctl list-dependencies --reverse {name}` names them; start them again afterwards.",
            Recheck = holder.Request,
        };
    }

    private static Remedy EndProcess(
        Holder holder, ProcessRow owner, KnownHolder? known, HostSnapshot host, ImmutableArray<RemedyCommand> end, RemedyCommand? start)
    {
        string name = owner.Name is { } image ? SafeText.Of(image) : "the process";
        return new Remedy
        {
            Summary = $"Close {name} (PID {Number(owner.ProcessId)}) as long as your server runs. Close it from its own window or menu if it has one.",
            Change = holder.Owners.Length == 1 ? new EndProcess { ProcessId = owner.ProcessId } : null,
            Apply = end,
            Revert = start is null ? [] : [start],
            NothingToRevertBecause = start is null ? "How it was started is not known: note that before you close it, and start it the same way." : null,
            NeedsElevation = owner.User is { } user && host.Identity?.UserName is { } asker && user != asker && asker != "root",
            Risk = known?.Risk is RemedyRisk.High ? RemedyRisk.High : RemedyRisk.Medium,
            Consequence = $"{(known is null ? "" : known.Consequence + " ")}Unsaved work in it may be lost, and a program that watches over it may start it again.{(start is null ? "" : $" It may have been started with arguments: {(end.Length > 1 ? "the first command shows them; start it again with them" : "note them first")}.")}",
            Recheck = holder.Request,
        };
    }

    private static Remedy DockerProxy(Holder holder) => new()
    {
        Summary = "Stop the container that publishes this port, or publish it elsewhere. docker-proxy belongs to Docker; this names the container.",
        Apply = [Sh($"docker ps --filter publish={Number(holder.Socket.Local.Port)}")],
        NothingToRevertBecause = "The command only looks.",
        NeedsElevation = true,
        Risk = RemedyRisk.None,
        Recheck = holder.Request,
    };

    private static Remedy? Container(Holder holder, string container)
    {
        string id = container.Length > 12 ? container[..12] : container;
        if (CommandText.Sh(id) is not { } name)
            return null;
        return new Remedy
        {
            Summary = $"Stop the container {SafeText.Of(id)} as long as your server runs (here with Docker; Podman has the same words).",
            Apply = [Sh($"docker stop {name}")],
            Revert = [Sh($"docker start {name}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "What runs in the container stops; a container made with --rm is gone then.",
            Recheck = holder.Request,
        };
    }

    private static RemedyCommand? ServiceCommand(string cmd, string powerShell, string name)
    {
        if (CommandText.Cmd(name) is { } word)
            return new RemedyCommand { Shell = CommandShell.Cmd, Text = $"{cmd} {word}" };
        // A dollar is common in service names (MSSQL$INSTANCE) and means something in double quotes.
        return CommandText.PowerShell(name) is { } quoted
            ? new RemedyCommand { Shell = CommandShell.PowerShell, Text = $"{powerShell} {quoted}" }
            : null;
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
