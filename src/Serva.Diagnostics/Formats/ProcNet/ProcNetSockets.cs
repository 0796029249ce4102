using System;
using System.Buffers.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.ProcNet;

/// <summary>
/// The socket tables of <c>/proc/net</c> (proc_net(5)): <c>tcp</c>, <c>udp</c>, <c>udplite</c>, <c>raw</c> and their
/// <c>6</c> siblings, which share one layout.
/// </summary>
/// <remarks>
/// Shape: a heading, then lines
/// <c>0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 12345 ...</c>: slot, local and remote
/// address and port, state, send and receive queue, timer, retransmits, user, timeout, inode. An address is written as
/// native 32-bit words, hence the byte order; a port in host order. Cookies, bound interfaces and scopes are not there, nor
/// are sockets that are bound and neither listen nor are connected; a listener's backlog limit is shown as 0.
/// </remarks>
internal sealed class ProcNetSockets(TransportProtocol protocol, bool isIPv6, ByteOrder order)
{
    private const int MaxLine = 4096;
    private const byte Listen = 10;

    private readonly byte[] _carried = new byte[MaxLine];
    private int _carriedLength;
    private bool _pastHeading;
    private long _offset;

    public RowBuilder<SocketRow> Rows { get; } = new RowBuilder<SocketRow>();

    /// <summary>Where in the file the bytes make no sense; null while all is well. The rows before stand.</summary>
    public long? BadOffset { get; private set; }

    /// <summary>Takes the next piece of the file, cut anywhere.</summary>
    /// <returns>False when the bytes make no sense: no more pieces are wanted.</returns>
    public bool Feed(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty && BadOffset is null)
        {
            int end = piece.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? piece : piece[..end];
            piece = end < 0 ? default : piece[(end + 1)..];
            if (_carriedLength > 0 || end < 0)
            {
                if (line.Length > MaxLine - _carriedLength)
                {
                    BadOffset = _offset;
                    break;
                }

                line.CopyTo(_carried.AsSpan(_carriedLength));
                _carriedLength += line.Length;
                if (end < 0)
                    break;
                line = _carried.AsSpan(0, _carriedLength);
            }

            int length = line.Length + 1;
            _carriedLength = 0;
            if (_pastHeading && !TryLine(line))
                BadOffset = _offset;
            _pastHeading = true;
            _offset += length;
        }

        return BadOffset is null;
    }

    /// <summary>Says that the file is over: a line without its end is cut off.</summary>
    public void End()
    {
        if (_carriedLength > 0)
            BadOffset ??= _offset;
    }

    private bool TryLine(ReadOnlySpan<byte> line)
    {
        MachineText.TakeWord(ref line);
        if (!TryEndpoint(MachineText.TakeWord(ref line), out NetAddress local, out int localPort)
            || !TryEndpoint(MachineText.TakeWord(ref line), out NetAddress remote, out int remotePort)
            || !TryHexadecimal(MachineText.TakeWord(ref line), out uint state) || state > byte.MaxValue)
        {
            return false;
        }

        ReadOnlySpan<byte> queues = MachineText.TakeWord(ref line);
        if (queues.Length < 17 || queues[8] != (byte)':'
            || !TryHexadecimal(queues[..8], out uint send) || !TryHexadecimal(queues[9..], out uint receive))
        {
            return false;
        }

        MachineText.TakeWord(ref line);
        MachineText.TakeWord(ref line);
        ReadOnlySpan<byte> user = MachineText.TakeWord(ref line);
        MachineText.TakeWord(ref line);
        ReadOnlySpan<byte> inode = MachineText.TakeWord(ref line);
        if (!Utf8Parser.TryParse(user, out uint userId, out int userLength) || userLength != user.Length
            || !Utf8Parser.TryParse(inode, out ulong number, out int inodeLength) || inodeLength != inode.Length)
        {
            return false;
        }

        Rows.Add(InetSocket.Row(new InetSocket
        {
            Protocol = protocol,
            State = (byte)state,
            Local = local,
            LocalPort = localPort,
            Remote = remote,
            RemotePort = remotePort,
            ReceiveQueue = receive,
            SendQueue = protocol == TransportProtocol.Tcp && state == Listen ? null : send,
            UserId = userId,
            Inode = number,
        }));
        return true;
    }

    private bool TryEndpoint(ReadOnlySpan<byte> word, out NetAddress address, out int port)
    {
        int digits = isIPv6 ? 32 : 8;
        address = default;
        port = 0;
        if (word.Length != digits + 5 || word[digits] != (byte)':' || !TryHexadecimal(word[(digits + 1)..], out uint number))
            return false;
        port = (int)number;
        Span<byte> bytes = stackalloc byte[16];
        for (int i = 0; i < digits / 8; i++)
        {
            if (!TryHexadecimal(word.Slice(i * 8, 8), out uint native))
                return false;
            order.Write(bytes[(i * 4)..], native);
        }

        address = NetAddress.FromBytes(bytes[..(digits / 2)]);
        return true;
    }

    private static bool TryHexadecimal(ReadOnlySpan<byte> word, out uint value) =>
        Utf8Parser.TryParse(word, out value, out int length, 'x') && length == word.Length && length <= 8;
}
