using System;

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

/// <summary>A service of the system: Windows service control manager.</summary>
public sealed record ServiceRow
{
    /// <summary>The name that commands use, for example <c>W32Time</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name that people see; null when unknown.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Whether it runs.</summary>
    public required ServiceState State { get; init; }

    /// <summary>How it starts.</summary>
    public required ServiceStart Start { get; init; }

    /// <summary>The process that hosts it; null when it does not run.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The account it runs under; null when unknown.</summary>
    public string? Account { get; init; }
}

/// <summary>An installed update of the system.</summary>
public sealed record UpdateRow
{
    /// <summary>The identifier, for example <c>KB5018410</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it was installed; null when unknown.</summary>
    public DateTimeOffset? InstalledAt { get; init; }
}
