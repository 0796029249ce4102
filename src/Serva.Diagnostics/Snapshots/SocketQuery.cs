using System;
using System.Collections.Immutable;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>How far to search for the processes that hold a socket.</summary>
public enum OwnerSearch
{
    /// <summary>Not at all; rows say <see cref="OwnerGap.NotRequested"/>.</summary>
    None,

    /// <summary>
    /// Until each socket has one owner: enough to name who serves a port. Others may hold it too, by inheritance or because
    /// it was passed on. On Linux this takes microseconds where the likely owner is the owner.
    /// </summary>
    First,

    /// <summary>Every owner. On Linux every open descriptor of the machine is looked at, about 3 microseconds each.</summary>
    All,
}

/// <summary>Which sockets to read, and which of their owners are wanted. The default asks for everything.</summary>
/// <remarks>What the system can filter itself, it does: on Linux a narrow query copies only what it answers.</remarks>
public sealed record SocketQuery
{
    /// <summary>Every socket, with owners.</summary>
    public static SocketQuery All { get; } = new();

    /// <summary>Only this protocol; null for all.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>The lowest local port, host order; null for no limit.</summary>
    public int? FirstPort { get; init; }

    /// <summary>The highest local port, host order; null for no limit.</summary>
    public int? LastPort { get; init; }

    /// <summary>
    /// Only sockets whose local address lies in this prefix; null for all. <see cref="NetPrefix.DefaultIPv4"/> means the sockets
    /// of that family, a prefix of 32 or 128 bits one address. Scopes do not count; an IPv4-mapped address is one of IPv6.
    /// </summary>
    public NetPrefix? LocalPrefix { get; init; }

    /// <summary>Only sockets that wait for peers: TCP listeners and bound, unconnected datagram sockets.</summary>
    public bool ListeningOnly { get; init; }

    /// <summary>
    /// Only TCP sockets in one of these states; empty for all. Sockets of other protocols have no state and pass. Never default.
    /// </summary>
    public ImmutableArray<TcpState> States
    {
        get => HasStates ? field : [];
        init
        {
            field = value;
            HasStates = !value.IsDefaultOrEmpty;
        }
    }

    /// <summary>Only sockets of this process; null for all.</summary>
    public int? ProcessId { get; init; }

    /// <summary>
    /// Linux: the sockets of this network namespace instead of the caller's: a name that <c>ip netns</c> knows
    /// (<c>/run/netns/NAME</c>), or a process id, whose namespace is meant. Null for the caller's own. Needs CAP_SYS_ADMIN; when it
    /// cannot be entered the table is unavailable and says why. Elsewhere there are none.
    /// </summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Which owners to look for.</summary>
    public OwnerSearch Owners { get; init; } = OwnerSearch.All;

    /// <summary>The sockets that wait for peers on a port, or on every port.</summary>
    /// <param name="port">The local port, or null for every port.</param>
    /// <exception cref="ArgumentOutOfRangeException">The port is not between 0 and 65535.</exception>
    public static SocketQuery Listening(int? port = null) => ForPort(port) with { ListeningOnly = true };

    /// <summary>Every socket with this local port.</summary>
    /// <param name="port">The local port, or null for every port.</param>
    /// <exception cref="ArgumentOutOfRangeException">The port is not between 0 and 65535.</exception>
    public static SocketQuery ForPort(int? port)
    {
        if (port is < 0 or > 65535)
            throw new ArgumentOutOfRangeException(nameof(port), port, "A port is between 0 and 65535.");
        return new SocketQuery { FirstPort = port, LastPort = port };
    }

    /// <summary>Whether a row answers this query.</summary>
    public bool Matches(in SocketRow row)
    {
        if (Protocol is { } protocol && row.Protocol != protocol)
            return false;
        if (row.Local.Port < (FirstPort ?? 0) || row.Local.Port > (LastPort ?? 65535))
            return false;
        if (LocalPrefix is { } prefix && !prefix.Contains(row.Local.Address))
            return false;
        if (ListeningOnly && !row.IsListening)
            return false;
        if (row.State is { } state && HasStates && !States.Contains(state))
            return false;
        if (ProcessId is not { } processId)
            return true;
        foreach (ProcessRow owner in row.Owners)
        {
            if (owner.ProcessId == processId)
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(SocketQuery? other) =>
        other is not null && Protocol == other.Protocol && FirstPort == other.FirstPort && LastPort == other.LastPort
        && LocalPrefix == other.LocalPrefix && ListeningOnly == other.ListeningOnly && States.AsSpan().SequenceEqual(other.States.AsSpan())
        && ProcessId == other.ProcessId && NetworkNamespace == other.NetworkNamespace && Owners == other.Owners;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Protocol, FirstPort, LastPort, LocalPrefix, ListeningOnly, ProcessId, Owners);

    /// <summary>Whether <see cref="States"/> leaves any out. To ask the array itself is compiled anew in each process.</summary>
    internal bool HasStates { get; private init; }

    /// <summary>Whether no row at all is left out, whatever is known of the owners of each.</summary>
    internal bool IsEverySocket => Protocol is null && IsEverySocketOfItsProtocol;

    /// <summary>Whether no row of the protocols that are asked for is left out.</summary>
    internal bool IsEverySocketOfItsProtocol =>
        FirstPort is null && LastPort is null && LocalPrefix is null && !ListeningOnly && !HasStates && ProcessId is null;

    /// <summary>What this query leaves out, for the table's filter; null when it leaves out nothing.</summary>
    internal TableFilter? ToFilter()
    {
        if (IsEverySocket && NetworkNamespace is null && Owners != OwnerSearch.First)
            return null;
        var filter = new TableFilter
        {
            Protocol = Protocol,
            FirstPort = FirstPort,
            LastPort = LastPort,
            LocalPrefix = LocalPrefix,
            ListeningOnly = ListeningOnly,
            ProcessId = ProcessId,
            NetworkNamespace = NetworkNamespace,
            FirstOwnerOnly = Owners == OwnerSearch.First,
        };
        return HasStates ? filter with { States = States } : filter;
    }
}
