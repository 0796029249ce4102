using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>What runs a container, as the control group's name tells.</summary>
public enum ContainerEngine
{
    /// <summary>It could not be told.</summary>
    Unknown = 0,

    /// <summary>Docker.</summary>
    Docker,

    /// <summary>Podman.</summary>
    Podman,

    /// <summary>A Kubernetes kubelet, through containerd, CRI-O or another runtime: it starts again what is stopped.</summary>
    Kubernetes,

    /// <summary>LXC, or LXD or Incus above it.</summary>
    Lxc,
}

/// <summary>A process, as far as it could be seen. All text comes from the machine and is not to be trusted.</summary>
public sealed record ProcessRow
{
    /// <summary>The process id, as the namespace that was read numbers it.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The image name without directory, for example <c>svchost.exe</c> or <c>dnsmasq</c>; null when it could not be read.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The full path of the image; null when it could not be read. Linux adds <c> (deleted)</c> when no file has that
    /// name any more.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>The parent's process id; null when unknown.</summary>
    public int? ParentProcessId { get; init; }

    /// <summary>When the process started: with the id it names a process for good. Null when unknown.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Linux: whether a signal such as SIGSTOP holds it, so that it runs no more until SIGCONT comes; null when unknown.</summary>
    public bool? IsStopped { get; init; }

    /// <summary>The account, for example <c>NT AUTHORITY\LOCAL SERVICE</c> or <c>www-data</c>; null when unknown.</summary>
    public string? User { get; init; }

    /// <summary>Linux: the systemd unit from the control group, for example <c>nginx.service</c>; null when there is none.</summary>
    public string? Unit { get; init; }

    /// <summary>
    /// Linux: the user whose own service manager (<c>user@1000.service</c>) runs <see cref="Unit"/>; null when the
    /// system's does. Two managers may have units of one name.
    /// </summary>
    public uint? UnitUserId { get; init; }

    /// <summary>
    /// Linux: the container from the control group, as its engine calls it: an id of 64 hexadecimal digits, or LXC's
    /// name; null when there is none. <see cref="Unit"/> belongs to the container then, or is its scope.
    /// </summary>
    public string? ContainerId { get; init; }

    /// <summary>Linux: what runs the container; null when there is none.</summary>
    public ContainerEngine? ContainerEngine { get; init; }

    /// <summary>
    /// Linux: where a relay that is known by its name sends what it gets: the container's endpoint, from docker-proxy's
    /// command line; nothing else of a command line is kept. Null for other processes, and when it could not be read.
    /// </summary>
    public NetEndpoint? RelaysTo { get; init; }

    /// <summary>
    /// Linux: the label that a security module has for the process (<c>/proc/PID/attr/current</c>): SELinux
    /// <c>system_u:system_r:httpd_t:s0</c>, AppArmor <c>/usr/sbin/ntpd (enforce)</c> or <c>unconfined</c>. Null without such a
    /// module, and when it could not be read.
    /// </summary>
    public string? SecurityLabel { get; init; }

    /// <summary>
    /// Linux: the inode of the network namespace that the process is in, where that is not the one that was read; null for
    /// that one, and when it could not be read: a process of another user shows it to root alone.
    /// </summary>
    public ulong? NetworkNamespace { get; init; }

    /// <summary>Windows: the names of the services that the process hosts. Never default.</summary>
    public ImmutableArray<string> Services
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <inheritdoc/>
    public bool Equals(ProcessRow? other) =>
        other is not null && ProcessId == other.ProcessId && Name == other.Name && Path == other.Path
        && ParentProcessId == other.ParentProcessId && StartedAt == other.StartedAt && IsStopped == other.IsStopped && User == other.User && Unit == other.Unit
        && UnitUserId == other.UnitUserId && ContainerId == other.ContainerId && ContainerEngine == other.ContainerEngine
        && RelaysTo == other.RelaysTo && SecurityLabel == other.SecurityLabel && NetworkNamespace == other.NetworkNamespace
        && Services.AsSpan().SequenceEqual(other.Services.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ProcessId, Name, StartedAt);
}
