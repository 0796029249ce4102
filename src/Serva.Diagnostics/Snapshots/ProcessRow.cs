using System;
using System.Collections.Immutable;

namespace Serva.Diagnostics;

/// <summary>A process, as far as it could be seen. All text comes from the machine and is not to be trusted.</summary>
public sealed record ProcessRow
{
    /// <summary>The process id, as the namespace that was read numbers it.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The image name without directory, for example <c>svchost.exe</c> or <c>dnsmasq</c>; null when it could not be read.</summary>
    public string? Name { get; init; }

    /// <summary>The full path of the image; null when it could not be read.</summary>
    public string? Path { get; init; }

    /// <summary>The parent's process id; null when unknown.</summary>
    public int? ParentProcessId { get; init; }

    /// <summary>When the process started: with the id it names a process for good. Null when unknown.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The account, for example <c>NT AUTHORITY\LOCAL SERVICE</c> or <c>www-data</c>; null when unknown.</summary>
    public string? User { get; init; }

    /// <summary>Linux: the systemd unit from the control group, for example <c>nginx.service</c>; null when there is none.</summary>
    public string? Unit { get; init; }

    /// <summary>Linux: the container id from the control group; null when there is none.</summary>
    public string? ContainerId { get; init; }

    /// <summary>Windows: the names of the services that the process hosts. Never default.</summary>
    public ImmutableArray<string> Services
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <inheritdoc/>
    public bool Equals(ProcessRow? other) =>
        other is not null && ProcessId == other.ProcessId && Name == other.Name && Path == other.Path
        && ParentProcessId == other.ParentProcessId && StartedAt == other.StartedAt && User == other.User && Unit == other.Unit
        && ContainerId == other.ContainerId && Services.AsSpan().SequenceEqual(other.Services.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ProcessId, Name, StartedAt);
}
