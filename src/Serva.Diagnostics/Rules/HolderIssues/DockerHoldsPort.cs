using System.Collections.Generic;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1027: Docker or Podman holds the port for a container.</summary>
internal sealed class DockerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1027",
        Title = "A container publishes the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://docs.docker.com/engine/network/",
            "https://docs.docker.com/reference/cli/docker/container/ls/",
            "https://github.com/moby/moby/issues/26527",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsProgram(holder, "docker-proxy", "rootlessport") ? Certainty.Certain : IsDesktop(holder) ? Certainty.Likely : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => IsDesktop(holder)
        ? $"Docker Desktop holds {holder.Places}, for a container or for itself: {holder.Description}"
        : $"A container publishes {holder.Places}, passed on by {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        Look(
            "See which container publishes the port; stop it (docker stop NAME, later docker start NAME), or publish it on another port or address.",
            examination.Host.Platform.Family == PlatformFamily.Windows ? CommandShell.Cmd : CommandShell.Sh,
            $"{(IsProgram(holder, "rootlessport") ? "podman" : "docker")} ps --filter publish={holder.Socket.Local.Port.ToString(CultureInfo.InvariantCulture)}", holder),
        IsDesktop(holder) ? AskerRemedy.Configure(
            "If the list is empty, Docker Desktop needs the port itself: quit it while the service runs.",
            holder.Request, "Every container stops with it.", "Start Docker Desktop again; containers without a restart policy by docker start NAME: note docker ps before.")
        : AskerRemedy.Configure(
            "If the list is empty, the relay was left behind by a container that is gone: restarting Docker ends it.",
            holder.Request, "Every container stops with it.", "Containers with a restart policy start again by themselves, the others with docker start NAME: note docker ps before."),
    ];

    // The one process of Docker Desktop that holds what containers publish, and at times port 53 for their names.
    private static bool IsDesktop(Holder holder) => IsProgram(holder, "com.docker.backend", "vpnkit");
}
