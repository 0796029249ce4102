using System;

namespace Serva.Diagnostics.Snapshots;

/// <summary>The tables of a snapshot, as a set.</summary>
[Flags]
public enum SnapshotTables
{
    /// <summary>No table.</summary>
    None = 0,

    /// <summary><see cref="HostSnapshot.Sockets"/>.</summary>
    Sockets = 1 << 0,

    /// <summary><see cref="HostSnapshot.Processes"/>.</summary>
    Processes = 1 << 1,

    /// <summary><see cref="HostSnapshot.Interfaces"/>.</summary>
    Interfaces = 1 << 2,

    /// <summary><see cref="HostSnapshot.Addresses"/>.</summary>
    Addresses = 1 << 3,

    /// <summary><see cref="HostSnapshot.Routes"/>.</summary>
    Routes = 1 << 4,

    /// <summary><see cref="HostSnapshot.RoutingRules"/>.</summary>
    RoutingRules = 1 << 5,

    /// <summary><see cref="HostSnapshot.PortRanges"/>.</summary>
    PortRanges = 1 << 6,

    /// <summary><see cref="HostSnapshot.Settings"/>.</summary>
    Settings = 1 << 7,

    /// <summary><see cref="HostSnapshot.Services"/>.</summary>
    Services = 1 << 8,

    /// <summary><see cref="HostSnapshot.Updates"/>.</summary>
    Updates = 1 << 9,

    /// <summary><see cref="HostSnapshot.WindowsFirewallProfiles"/>.</summary>
    WindowsFirewallProfiles = 1 << 10,

    /// <summary><see cref="HostSnapshot.WindowsFirewallRules"/>.</summary>
    WindowsFirewallRules = 1 << 11,

    /// <summary><see cref="HostSnapshot.AddressLabels"/>.</summary>
    AddressLabels = 1 << 12,

    /// <summary><see cref="HostSnapshot.Neighbors"/>.</summary>
    Neighbors = 1 << 13,

    /// <summary>
    /// Linux: <see cref="HostSnapshot.NftablesTables"/>, <see cref="HostSnapshot.NftablesChains"/>,
    /// <see cref="HostSnapshot.NftablesRules"/> and <see cref="HostSnapshot.NftablesSets"/>, which are read together.
    /// </summary>
    Nftables = 1 << 14,

    /// <summary>What a firewall's verdict can use.</summary>
    ForFirewall = ForRoutes | Nftables | WindowsFirewallProfiles | WindowsFirewallRules | Services | Sockets,

    /// <summary>What a route selection can use.</summary>
    ForRoutes = Interfaces | Addresses | Routes | RoutingRules | Settings | AddressLabels | Neighbors,

    /// <summary>What a bind prediction can use.</summary>
    ForBinds = Sockets | Interfaces | Addresses | Routes | PortRanges | Settings | Services,

    /// <summary>Every table.</summary>
    All = (1 << 15) - 1,
}

/// <summary>What to read from a host.</summary>
public sealed record CaptureScope
{
    /// <summary>Everything.</summary>
    public static CaptureScope All { get; } = new();

    /// <summary>The tables to read; the others stay <see cref="Coverage.NotRequested"/>.</summary>
    public SnapshotTables Tables { get; init; } = SnapshotTables.All;

    /// <summary>Which sockets to read, when sockets are read.</summary>
    public SocketQuery Sockets { get; init; } = SocketQuery.All;

    /// <summary>
    /// Linux: whether to read what no table of the kernel shows of other processes' sockets, SO_REUSEADDR, SO_REUSEPORT and
    /// IPV6_V6ONLY, so that bind predictions beside them are certain. Off unless asked for.
    /// </summary>
    /// <remarks>
    /// Takes a copy of each socket's descriptor (<c>pidfd_getfd(2)</c>, Linux 5.6), asks it by getsockopt and closes it;
    /// nothing is written, read, or set. It is off by default because for those microseconds the socket has one holder
    /// more: an owner that closes it just then frees its port, or sends its FIN, that much later. Needs the right to
    /// attach to the owner by ptrace: one's own processes where <c>kernel.yama.ptrace_scope</c> is 0, all with
    /// CAP_SYS_PTRACE. What is refused stays null. Costs the search for owners and about 5 microseconds per socket.
    /// </remarks>
    public bool WithSocketOptions { get; init; }

    /// <summary>How long one source may take before its table counts as unavailable.</summary>
    public TimeSpan SourceDeadline { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether a table is wanted.</summary>
    public bool Wants(SnapshotTables table) => (Tables & table) != 0;
}
