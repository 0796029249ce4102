using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>What a range of ports is for.</summary>
public enum PortRangeKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Ports that the system hands out by itself (ephemeral).</summary>
    Dynamic,

    /// <summary>Windows: ports kept out of automatic assignment (<c>netsh ... show excludedportrange</c>).</summary>
    Excluded,

    /// <summary>Linux: ports that are not handed out but may be bound (<c>ip_local_reserved_ports</c>).</summary>
    Reserved,
}

/// <summary>A range of ports with a special role.</summary>
public sealed record PortRangeRow
{
    /// <summary>The role.</summary>
    public required PortRangeKind Kind { get; init; }

    /// <summary>The protocol; null for all.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>Whether the range is for IPv6; null for both.</summary>
    public bool? IsIPv6 { get; init; }

    /// <summary>The first port, host order.</summary>
    public required int First { get; init; }

    /// <summary>The last port, host order, inclusive.</summary>
    public required int Last { get; init; }

    /// <summary>
    /// Windows: marked <c>*</c>, administered: an explicit bind there works. Without the mark a running component
    /// (Hyper-V, WinNAT) holds the block and a bind there fails.
    /// </summary>
    public bool IsAdministered { get; init; }

    /// <summary>Whether the range speaks of this protocol and port.</summary>
    public bool Includes(TransportProtocol protocol, int port) =>
        (Protocol is null || Protocol == protocol) && port >= First && port <= Last;
}

/// <summary>One setting of the system.</summary>
public sealed record SettingRow
{
    /// <summary>
    /// The name: Linux a sysctl (<c>net.ipv4.ip_nonlocal_bind</c>), or a file's path where it is none
    /// (<c>/sys/fs/selinux/enforce</c>); Windows a registry value's full path.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The value as text, without surrounding blanks.</summary>
    public required string Value { get; init; }
}

/// <summary>Whether a service of the system runs.</summary>
public enum ServiceState
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Stopped.</summary>
    Stopped,

    /// <summary>Starting.</summary>
    StartPending,

    /// <summary>Stopping.</summary>
    StopPending,

    /// <summary>Running.</summary>
    Running,

    /// <summary>Paused, or on the way there or back.</summary>
    Paused,
}

/// <summary>How a service starts.</summary>
public enum ServiceStart
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>With the system.</summary>
    Automatic,

    /// <summary>With the system, a little later.</summary>
    AutomaticDelayed,

    /// <summary>When asked for, or when a trigger fires.</summary>
    Manual,

    /// <summary>Never.</summary>
    Disabled,

    /// <summary>A driver that the loader or kernel starts.</summary>
    Boot,
}

/// <summary>An endpoint that the system binds for a service.</summary>
public sealed record ServiceEndpoint
{
    /// <summary>The protocol.</summary>
    public required TransportProtocol Protocol { get; init; }

    /// <summary>The local endpoint.</summary>
    public required NetEndpoint Endpoint { get; init; }

    /// <summary>Whether an IPv6 socket serves IPv4 too. Means nothing for IPv4.</summary>
    public bool DualMode { get; init; }
}

/// <summary>
/// A service of the system: of Windows' service control manager, or a unit of systemd's system manager. Units of other kinds than
/// services and sockets are there when they stop with another.
/// </summary>
public sealed record ServiceRow
{
    /// <summary>The name that commands use, for example <c>W32Time</c> or <c>ssh.service</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Windows: the name that people see; null when unknown.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Whether it runs. systemd tells it of a unit that started a program; of other kinds it is not known.</summary>
    public required ServiceState State { get; init; }

    /// <summary>How it starts. A masked unit is disabled; one that no other unit pulls in is manual.</summary>
    public required ServiceStart Start { get; init; }

    /// <summary>The process that hosts it; null when it does not run, and on Linux, where <see cref="ProcessRow.Unit"/> tells it.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Windows: the account it runs under; null when unknown.</summary>
    public string? Account { get; init; }

    /// <summary>systemd: made for one run (systemd-run), and gone when it stops.</summary>
    public bool IsTransient { get; init; }

    /// <summary>
    /// The services that it stops with: Windows the services that it depends on (groups are left out), systemd the units of
    /// <c>Requires</c>, <c>Requisite</c>, <c>BindsTo</c>, <c>PartOf</c> and <c>StopPropagatedFrom</c>. Never default.
    /// </summary>
    public ImmutableArray<string> DependsOn
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>systemd: what a socket unit binds; IP alone. Never default.</summary>
    public ImmutableArray<ServiceEndpoint> Binds
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>systemd: the service that a client of a socket unit starts, with <c>Accept=yes</c> its template; null for other units.</summary>
    public string? Starts { get; init; }

    /// <summary>Whether a socket that systemd holds is of this unit: without IPv6 in the kernel a port alone is bound for IPv4.</summary>
    internal bool HasBound(in SocketRow socket)
    {
        foreach (ServiceEndpoint bind in Binds)
        {
            if (bind.Protocol == socket.Protocol && bind.Endpoint.Port == socket.Local.Port
                && (bind.Endpoint.Address == socket.Local.Address || (bind.Endpoint.Address.IsUnspecified && socket.Local.Address.IsUnspecified && bind.DualMode)))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(ServiceRow? other) =>
        other is not null && Name == other.Name && DisplayName == other.DisplayName && State == other.State && Start == other.Start
        && ProcessId == other.ProcessId && Account == other.Account && IsTransient == other.IsTransient && Starts == other.Starts
        && DependsOn.AsSpan().SequenceEqual(other.DependsOn.AsSpan()) && Binds.SequenceEqual(other.Binds);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, State, Start, ProcessId);
}

/// <summary>An installed update of the system.</summary>
public sealed record UpdateRow
{
    /// <summary>The identifier, for example <c>KB5018410</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it was installed; null when unknown.</summary>
    public DateTimeOffset? InstalledAt { get; init; }
}
