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
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.IsServer && holder.Owners.Any(owner => owner is { ProcessId: 1, Name: "systemd" or "init" }) ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"systemd holds {holder.Places} for a socket unit, whose service starts with its first client";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        Look(
            "See which socket unit listens here; then systemctl stop NAME.socket, and its service if it runs. systemctl start NAME.socket brings it back.",
            CommandShell.Sh, "systemctl list-sockets --all --no-pager", holder),
    ];
}
