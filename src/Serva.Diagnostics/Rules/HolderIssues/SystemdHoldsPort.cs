using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1029: systemd (PID 1) holds the port for a service that starts with its first client.</summary>
internal sealed class SystemdHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1029",
        Title = "systemd holds the port for a socket unit",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://man7.org/linux/man-pages/man5/systemd.socket.5.html",
            "https://github.com/systemd/systemd/issues/14044",
        ],
    };

    /// <inheritdoc/>
    /// <remarks>systemd may also keep a descriptor for a service that gave it one (FileDescriptorStoreMax): then no unit binds it.</remarks>
    public override Certainty Explains(Holder holder, HostSnapshot host) => !holder.IsServer || !IsSystemd(holder) ? Certainty.None
        : IsOfNoUnit(holder, host) ? Certainty.Likely
        : Certainty.Certain;

    private static bool IsOfNoUnit(Holder holder, HostSnapshot host) =>
        host.Services.Coverage == Coverage.Complete && host.Services.Count > 0 && !host.SocketUnitsOf(holder.Socket).Any();

    /// <summary>Whether systemd has the socket, alone or with the service that it started.</summary>
    public static bool IsSystemd(Holder holder) => holder.Owners.Any(owner => owner is { ProcessId: 1, Name: "systemd" or "init" });

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => UnitOf(holder, host) is { } unit
        ? $"systemd holds {holder.Places} for {SafeText.Of(unit.Name)}, which starts {SafeText.Of(unit.Starts ?? "its service")} with the first client"
        : IsOfNoUnit(holder, host)
            ? $"systemd holds {holder.Places}, which no socket unit binds that was read: a service may have given it its socket to keep"
            : $"systemd holds {holder.Places} for a socket unit, whose service starts with its first client";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        yield return AskerRemedy.SpecificAddress(holder, examination);
        if (UnitOf(holder, examination.Host) is not { } unit)
        {
            yield return Look(
                "See which socket unit listens here; then systemctl stop NAME.socket, and its service if it runs. systemctl start NAME.socket brings it back.",
                CommandShell.Sh, "systemctl list-sockets --all --no-pager", holder);
            yield break;
        }

        // The service has the socket too while it runs; with Accept=yes each client's has a connection alone.
        HostSnapshot host = examination.Host;
        bool serviceRuns = unit.Starts is { } name && (host.FindService(name) is { State: ServiceState.Running } || holder.Owners.Any(owner => owner.Unit == name && owner.UnitUserId is null));
        string[] units = serviceRuns ? [unit.Name, unit.Starts!] : [unit.Name];
        string named = string.Join(" and ", units.Select(its => SafeText.Of(its)));
        ServiceStop stop = ServiceStop.OfUnits(host, [.. units]);
        yield return stop.Refusal is { } refusal
            ? Look($"No command is given to stop {named}: {refusal}. Bind another port or address; this shows the socket units.", CommandShell.Sh, "systemctl list-sockets --all --no-pager", holder)
            : new Remedy
            {
                Summary = $"Stop {named} as long as your server runs; whether {(serviceRuns ? "they start" : "it starts")} with the system stays as it is.",
                Change = new SeveralChanges { Changes = [.. units.Reverse().Select(its => new StopService { Name = its })] },
                Apply = stop.Stop,
                Revert = stop.Start,
                NothingToRevertBecause = stop.NoWayBack,
                NeedsElevation = true,
                Risk = stop.Risk,
                Consequence = StopRemedy.Sentences(KnownHolders.Find(unit.Name)?.Consequence ?? (unit.Starts is { } service ? KnownHolders.Find(service)?.Consequence : null), stop.Note, StopRemedy.Starters(units, host)),
                Recheck = holder.Request,
            };
    }

    /// <summary>The socket unit that bound what is held; null when none is known, or several may have.</summary>
    private static ServiceRow? UnitOf(Holder holder, HostSnapshot host)
    {
        ServiceRow[] units = [.. host.SocketUnitsOf(holder.Socket).Where(row => row.Starts is not null).Take(2)];
        return units is [{ } only] ? only : null;
    }
}
