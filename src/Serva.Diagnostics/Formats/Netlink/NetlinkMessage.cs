using System;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>One netlink message: <c>struct nlmsghdr</c> of <c>linux/netlink.h</c> and what follows it.</summary>
internal readonly ref struct NetlinkMessage
{
    public const int HeaderLength = 16;

    /// <summary><c>NLMSG_ERROR</c>: an error number, or 0 as acknowledgement.</summary>
    public const ushort Error = 2;

    /// <summary><c>NLMSG_DONE</c>: the end of a dump, with an error number of its own.</summary>
    public const ushort Done = 3;

    /// <summary><c>NLMSG_OVERRUN</c>: messages were lost.</summary>
    public const ushort Overrun = 4;

    /// <summary><c>NLMSG_MIN_TYPE</c>: types below this one are the protocol's own.</summary>
    public const ushort FirstOwnType = 16;

    /// <summary><c>NLM_F_DUMP_INTR</c>: what is dumped changed meanwhile.</summary>
    public const ushort DumpInterrupted = 0x10;

    public required ushort Type { get; init; }

    public required ushort Flags { get; init; }

    public required uint Sequence { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    public required ByteOrder Order { get; init; }

    /// <summary>Reads the message at the start of a buffer.</summary>
    /// <param name="buffer">What is left of the buffer.</param>
    /// <param name="order">The machine's byte order.</param>
    /// <param name="message">The message.</param>
    /// <param name="length">How far the next message is, padding included.</param>
    /// <returns>False when no whole message stands there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> buffer, ByteOrder order, out NetlinkMessage message, out int length)
    {
        message = default;
        length = 0;
        if (buffer.Length < HeaderLength)
            return false;
        uint stated = order.UInt32(buffer);
        if (stated < HeaderLength || stated > (uint)buffer.Length)
            return false;
        message = new NetlinkMessage
        {
            Type = order.UInt16(buffer[4..]),
            Flags = order.UInt16(buffer[6..]),
            Sequence = order.UInt32(buffer[8..]),
            Payload = buffer[HeaderLength..(int)stated],
            Order = order,
        };
        length = Math.Min(((int)stated + 3) & ~3, buffer.Length);
        return true;
    }
}
