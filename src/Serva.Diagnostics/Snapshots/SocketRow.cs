using System;
using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Text.Json.Serialization;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>A protocol that has sockets with local endpoints.</summary>
public enum TransportProtocol
{
    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>UDP-Lite (RFC 3828), a port space of its own.</summary>
    UdpLite = 136,

    /// <summary>A raw IP socket; its "port" is the IP protocol number.</summary>
    Raw = 255,
}

/// <summary>Why a socket's owner is not known.</summary>
public enum OwnerGap
{
    /// <summary>Nothing is missing: the owners are there, or were not asked for.</summary>
    None = 0,

    /// <summary>The socket belongs to another user; its owner is not visible without elevation.</summary>
    NeedsElevation,

    /// <summary>No process holds it any more: TIME_WAIT, orphaned, or not yet accepted.</summary>
    NoProcess,

    /// <summary>The owner lives outside the process namespace that was read.</summary>
    OtherProcessNamespace,

    /// <summary>The owner was looked for and not found; it may have ended meanwhile.</summary>
    NotFound,

    /// <summary>Owners were not asked for.</summary>
    NotRequested,

    /// <summary>The system offers no owners for this table.</summary>
    NotSupported,

    /// <summary>
    /// The owner could not be read even with elevation: a container, a security module or another process namespace
    /// keeps it from root.
    /// </summary>
    Unreadable,

    /// <summary>The search for owners ended before it was through, because its time was over.</summary>
    TimedOut,
}

/// <summary>One socket of a host.</summary>
/// <remarks>A struct, because there may be a million of them; strings and owners are shared between rows.</remarks>
public readonly record struct SocketRow
{
    /// <summary>The protocol.</summary>
    public required TransportProtocol Protocol { get; init; }

    /// <summary>The local endpoint. For a dual-stack socket the address is <c>::</c> or an IPv4-mapped one.</summary>
    public required NetEndpoint Local { get; init; }

    /// <summary>The remote endpoint; none when the socket is not connected.</summary>
    public NetEndpoint? Remote { get; init; }

    /// <summary>
    /// The TCP state; null for other protocols. <see cref="TcpState.Closed"/> is a socket that is bound but neither
    /// listens nor is connected (Linux reports these since 6.8).
    /// </summary>
    public TcpState? State { get; init; }

    /// <summary>The processes that hold the socket: several when it was inherited or passed on. Never default.</summary>
    public ImmutableArray<ProcessRow> Owners
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>
    /// Why <see cref="Owners"/> is empty or may be incomplete: <see cref="OwnerGap.NeedsElevation"/> beside owners says
    /// that others, such as the master of a visible worker, may be hidden.
    /// </summary>
    public OwnerGap OwnerMissingBecause { get; init; }

    /// <summary>The user that created the socket (Linux: its fsuid); null when unknown, as for TIME_WAIT.</summary>
    public uint? UserId { get; init; }

    /// <summary>The interface index that the socket is bound to (SO_BINDTODEVICE); 0 for none.</summary>
    public uint Interface { get; init; }

    /// <summary>Linux: the socket's inode number, 0 when it has none. It names the socket in <c>/proc/PID/fd</c>.</summary>
    public ulong Inode { get; init; }

    /// <summary>Linux: the socket's cookie, unique for its life; 0 when unknown.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Whether an IPv6 socket refuses IPv4 (IPV6_V6ONLY); null when unknown.</summary>
    [JsonPropertyName("ipv6Only")]
    public bool? IPv6Only { get; init; }

    /// <summary>Whether SO_REUSEADDR is set; null when it cannot be seen from outside, which is the rule.</summary>
    public bool? ReuseAddress { get; init; }

    /// <summary>Linux: whether SO_REUSEPORT is set; null when it cannot be seen from outside, which is the rule.</summary>
    public bool? ReusePort { get; init; }

    /// <summary>Windows: whether SO_EXCLUSIVEADDRUSE is set; null when it cannot be seen from outside, which is the rule.</summary>
    public bool? ExclusiveAddressUse { get; init; }

    /// <summary>Bytes (a listener: connections) that wait to be read; null when unknown.</summary>
    public uint? ReceiveQueue { get; init; }

    /// <summary>Bytes that wait to be sent (a listener: the backlog limit); null when unknown.</summary>
    public uint? SendQueue { get; init; }

    /// <summary>Windows: when the socket was bound or connected; null when unknown.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whether this socket waits for peers: a TCP listener, or a bound datagram or raw socket without remote.</summary>
    [JsonIgnore]
    public bool IsListening => Protocol == TransportProtocol.Tcp ? State == TcpState.Listen : Remote is null;

    /// <inheritdoc/>
    public bool Equals(SocketRow other) =>
        Protocol == other.Protocol && Local == other.Local && Remote == other.Remote && State == other.State
        && OwnerMissingBecause == other.OwnerMissingBecause && UserId == other.UserId && Interface == other.Interface
        && Inode == other.Inode && Cookie == other.Cookie && IPv6Only == other.IPv6Only && ReuseAddress == other.ReuseAddress
        && ReusePort == other.ReusePort && ExclusiveAddressUse == other.ExclusiveAddressUse && ReceiveQueue == other.ReceiveQueue
        && SendQueue == other.SendQueue && CreatedAt == other.CreatedAt && Owners.AsSpan().SequenceEqual(other.Owners.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Protocol, Local, Remote, State, Cookie, Inode);
}
