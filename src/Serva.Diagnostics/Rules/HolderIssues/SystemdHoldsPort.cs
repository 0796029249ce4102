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
    public override Certainty Explains(Holder holder, HostSnapshot host) => holder.IsServer && IsSystemd(holder) ? Certainty.Certain : Certainty.None;

    /// <summary>Whether systemd has the socket, alone or with the service that it started.</summary>
    public static bool IsSystemd(Holder holder) => holder.Owners.Any(owner => owner is { ProcessId: 1, Name: "systemd" or "init" });

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => UnitOf(holder, host) is { } unit
        ? $"systemd holds {holder.Places} for {SafeText.Of(unit.Name)}, which starts {SafeText.Of(unit.Starts ?? "its service")} with the first client"
        : $"systemd holds {holder.Places} for a socket unit, whose service starts with its first client";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        UnitOf(holder, examination.Host) is { } unit && Stop(unit, holder, examination.Host) is { } stop
            ? stop
            : Look(
                "See which socket unit listens here; then systemctl stop NAME.socket, and its service if it runs. systemctl start NAME.socket brings it back.",
                CommandShell.Sh, "systemctl list-sockets --all --no-pager", holder),
    ];

    /// <summary>The socket unit that bound what is held; null when none is known, or several may have.</summary>
    private static ServiceRow? UnitOf(Holder holder, HostSnapshot host)
    {
        ServiceRow[] units = [.. host.Services.Where(row => row.Starts is not null && row.HasBound(holder.Socket)).Take(2)];
        return units is [{ } only] ? only : null;
    }

    private static Remedy? Stop(ServiceRow socket, Holder holder, HostSnapshot host)
    {
        // The service has the socket too while it runs; with Accept=yes each client's has a connection alone.
        bool serviceRuns = socket.Starts is { } name && (host.FindService(name) is { State: ServiceState.Running } || holder.Owners.Any(owner => owner.Unit == name && owner.UnitUserId is null));
        string[] units = serviceRuns ? [socket.Name, socket.Starts!] : [socket.Name];
        if (ServiceStop.OfUnits(host, [.. units]) is not { } stop)
            return null;
        return new Remedy
        {
            Summary = $"Stop {string.Join(" and ", units.Select(unit => SafeText.Of(unit)))} as long as your server runs; whether {(serviceRuns ? "they start" : "it starts")} with the system stays as it is.",
            Change = new SeveralChanges { Changes = [.. units.Reverse().Select(unit => new StopService { Name = unit })] },
            Apply = stop.Stop,
            Revert = stop.Start,
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = stop.Note,
            Recheck = holder.Request,
        };
    }
}
