using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>What a dump needs next.</summary>
internal enum NetlinkProgress
{
    /// <summary>More buffers.</summary>
    More,

    /// <summary>Nothing: it is over, with <see cref="NetlinkStep.Error"/> 0 or an error.</summary>
    Done,

    /// <summary>To be asked for anew: what is dumped changed meanwhile, or messages were lost.</summary>
    Interrupted,

    /// <summary>Nothing: bytes at <see cref="NetlinkStep.Offset"/> make no sense. The rows before them stand.</summary>
    Bad,
}

/// <summary>What one buffer did to a dump.</summary>
/// <param name="Progress">What is needed next.</param>
/// <param name="Error">The positive error number of a dump that is done; 0 for success.</param>
/// <param name="Offset">Where in the last buffer the bad bytes begin.</param>
internal readonly record struct NetlinkStep(NetlinkProgress Progress, int Error = 0, int Offset = 0);

/// <summary>Decodes one message of a dump and adds its rows.</summary>
/// <returns>-1, or where in the payload the bytes make no sense.</returns>
internal delegate int NetlinkRowDecoder<TRow>(in NetlinkMessage message, RowBuilder<TRow> rows);

/// <summary>Collects the rows of one dump, buffer by buffer.</summary>
/// <remarks>
/// The error of a missing handler is no <c>NLMSG_ERROR</c>: the dump ends at once, and the number stands in the payload of
/// <c>NLMSG_DONE</c> (<c>netlink_dump_done</c> in <c>net/netlink/af_netlink.c</c>).
/// </remarks>
/// <param name="order">The machine's byte order.</param>
/// <param name="sequence">What the answers repeat.</param>
/// <param name="decode">Decodes one message.</param>
/// <param name="rows">Where the rows go, after those that are there; null for a collection of the dump's own.</param>
internal sealed class NetlinkDump<TRow>(
    ByteOrder order, uint sequence, NetlinkRowDecoder<TRow> decode, RowBuilder<TRow>? rows = null)
{
    private bool _interrupted;

    public RowBuilder<TRow> Rows { get; } = rows ?? new RowBuilder<TRow>();

    /// <summary>Takes what one receive call gave.</summary>
    public NetlinkStep Feed(ReadOnlySpan<byte> buffer)
    {
        int offset = 0;
        while (offset < buffer.Length)
        {
            if (!NetlinkMessage.TryRead(buffer[offset..], order, out NetlinkMessage message, out int length))
                return new NetlinkStep(NetlinkProgress.Bad, Offset: offset);

            // An answer to an earlier request of the same socket.
            if (message.Sequence == sequence)
            {
                _interrupted |= (message.Flags & NetlinkMessage.DumpInterrupted) != 0 || message.Type == NetlinkMessage.Overrun;
                if (message.Type is NetlinkMessage.Done or NetlinkMessage.Error)
                    return End(message, offset);
                if (message.Type >= NetlinkMessage.FirstOwnType)
                {
                    int bad = decode(message, Rows);
                    if (bad >= 0)
                        return new NetlinkStep(NetlinkProgress.Bad, Offset: offset + NetlinkMessage.HeaderLength + bad);
                }
            }

            offset += length;
        }

        return new NetlinkStep(NetlinkProgress.More);
    }

    private NetlinkStep End(in NetlinkMessage message, int offset)
    {
        int error = 0;
        if (message.Payload.Length >= 4)
            error = (int)order.UInt32(message.Payload);
        else if (message.Type == NetlinkMessage.Error)
            return new NetlinkStep(NetlinkProgress.Bad, Offset: offset + NetlinkMessage.HeaderLength);

        // Older kernels write the length of the dump here: only negative numbers are errors.
        if (error < 0 && error != int.MinValue)
            return new NetlinkStep(NetlinkProgress.Done, -error);
        return new NetlinkStep(_interrupted ? NetlinkProgress.Interrupted : NetlinkProgress.Done);
    }
}
