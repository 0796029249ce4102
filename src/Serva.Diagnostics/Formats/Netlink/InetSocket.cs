using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>What the kernel tells of a socket, by netlink or as text.</summary>
internal readonly ref struct InetSocket
{
    private const byte Established = 1;
    private const byte SynReceived = 3;
    private const byte TimeWait = 6;
    private const byte Close = 7;
    private const byte Listen = 10;
    private const byte NewSynReceived = 12;
    private const byte BoundInactive = 13;

    public required TransportProtocol Protocol { get; init; }

    /// <summary>A number of <c>net/tcp_states.h</c>.</summary>
    public required byte State { get; init; }

    public required NetAddress Local { get; init; }

    public required int LocalPort { get; init; }

    public required NetAddress Remote { get; init; }

    public required int RemotePort { get; init; }

    public uint Interface { get; init; }

    public ulong Cookie { get; init; }

    public uint? ReceiveQueue { get; init; }

    public uint? SendQueue { get; init; }

    public required uint UserId { get; init; }

    public required ulong Inode { get; init; }

    public bool? IPv6Only { get; init; }

    public static SocketRow Row(in InetSocket socket)
    {
        bool tcp = socket.Protocol == TransportProtocol.Tcp;

        // TIME_WAIT, a handshake in progress and, on older kernels, an orphan carry neither user nor inode: their zero is no answer.
        bool hasUser = socket.Inode != 0 || socket.UserId != 0;
        bool connected = tcp
            ? socket.State is not (Listen or Close or BoundInactive)
            : socket.State == Established || socket.RemotePort != 0 || !socket.Remote.IsUnspecified;
        return new SocketRow
        {
            Protocol = socket.Protocol,
            Local = NetEndpoint.Create(socket.Local, socket.LocalPort),
            Remote = connected ? NetEndpoint.Create(socket.Remote, socket.RemotePort) : (NetEndpoint?)null,
            State = tcp ? StateOf(socket.State) : null,
            OwnerMissingBecause = socket.Inode == 0 ? OwnerGap.NoProcess : OwnerGap.NotRequested,
            UserId = hasUser ? socket.UserId : null,
            Interface = socket.Interface,
            Inode = socket.Inode,
            Cookie = socket.Cookie,

            // A mapped address needs the flag off, and it cannot be changed after the bind.
            IPv6Only = socket.Local.IsIPv4Mapped ? false : socket.IPv6Only,
            ReceiveQueue = socket.ReceiveQueue,
            SendQueue = socket.SendQueue,
        };
    }

    /// <summary>The bits, 1 &lt;&lt; number, of the kernel's states that mean one of these.</summary>
    public static uint StatesOf(ReadOnlySpan<TcpState> wanted)
    {
        uint bits = 0;
        for (byte state = Established; state <= BoundInactive; state++)
        {
            if (wanted.Contains(StateOf(state)))
                bits |= 1u << state;
        }

        return bits;
    }

    private static TcpState StateOf(byte state) => state switch
    {
        Established => TcpState.Established,
        2 => TcpState.SynSent,
        SynReceived or NewSynReceived => TcpState.SynReceived,
        4 => TcpState.FinWait1,
        5 => TcpState.FinWait2,
        TimeWait => TcpState.TimeWait,
        Close or BoundInactive => TcpState.Closed,
        8 => TcpState.CloseWait,
        9 => TcpState.LastAck,
        Listen => TcpState.Listen,
        11 => TcpState.Closing,
        _ => TcpState.Unknown,
    };
}
