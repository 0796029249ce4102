using System;
using System.Buffers.Binary;
using System.Net;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>A packet to be sent to the firewall, and the frame that carries it.</summary>
internal sealed record Packet
{
    public const byte Icmp = 1, Tcp = 6, Udp = 17, IcmpV6 = 58;

    public required string Input { get; init; }

    public required NetAddress Source { get; init; }

    public required NetAddress Destination { get; init; }

    public required byte Protocol { get; init; }

    public int SourcePort { get; init; }

    public int DestinationPort { get; init; }

    public byte IcmpType { get; init; }

    public byte HopLimit { get; init; } = 64;

    public bool IsIcmp => Protocol is Icmp or IcmpV6;

    public Flow ToFlow() => new()
    {
        Destination = Destination,
        Source = Source,
        InputInterface = Input,
        IPProtocol = Protocol,
        SourcePort = IsIcmp ? 0 : SourcePort,
        DestinationPort = IsIcmp ? 0 : DestinationPort,
        IcmpType = IsIcmp ? IcmpType : null,
        HopLimit = HopLimit,
    };

    /// <summary>An Ethernet frame with right checksums.</summary>
    /// <param name="sender">The last byte of the sender's hardware address, 02:00:00:00:02:xx.</param>
    /// <param name="isBroadcast">Whether the destination is a broadcast address there.</param>
    public byte[] ToFrame(byte sender, bool isBroadcast)
    {
        byte[] payload = Transport();
        Span<byte> source = stackalloc byte[16], destination = stackalloc byte[16];
        Source.TryWriteBytes(source, out int length);
        Destination.TryWriteBytes(destination, out _);
        source = source[..length];
        destination = destination[..length];
        Seal(payload, source, destination);
        int header = Source.IsIPv4 ? 20 : 40;
        var frame = new byte[14 + header + payload.Length];
        HardwareAddress(sender, isBroadcast, destination).CopyTo(frame.AsSpan());
        new byte[] { 2, 0, 0, 0, 2, sender }.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), Source.IsIPv4 ? (ushort)0x0800 : (ushort)0x86dd);
        Span<byte> ip = frame.AsSpan(14);
        if (Source.IsIPv4)
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(header + payload.Length));
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)SourcePort);
            (ip[8], ip[9]) = (HopLimit, Protocol);
            source.CopyTo(ip[12..]);
            destination.CopyTo(ip[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..20], 0));
        }
        else
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload.Length);
            (ip[6], ip[7]) = (Protocol, HopLimit);
            source.CopyTo(ip[8..]);
            destination.CopyTo(ip[24..]);
        }

        payload.CopyTo(ip[header..]);
        return frame;
    }

    private byte[] Transport()
    {
        byte[] bytes;
        switch (Protocol)
        {
            case Tcp:
                bytes = new byte[20];
                Ports(bytes);
                (bytes[12], bytes[13], bytes[14], bytes[15]) = (5 << 4, 2, 0xff, 0xff);
                return bytes;
            case Udp:
                bytes = new byte[12];
                Ports(bytes);
                bytes[5] = 12;
                return bytes;
            default:
                // Neighbour discovery names the address that is asked for, here the destination.
                bytes = new byte[Protocol == IcmpV6 && IcmpType is 135 or 136 ? 24 : 64];
                bytes[0] = IcmpType;
                if (bytes.Length == 24)
                    Destination.TryWriteBytes(bytes.AsSpan(8), out _);
                else
                    BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)SourcePort);
                return bytes;
        }
    }

    private void Ports(byte[] bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)DestinationPort);
    }

    private void Seal(byte[] payload, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        int at = Protocol switch { Tcp => 16, Udp => 6, _ => 2 };
        uint sum = 0;
        if (Protocol != Icmp)
            sum = Sum(source) + Sum(destination) + Protocol + (uint)payload.Length;
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(at), Checksum(payload, sum) is var value && value == 0 && Protocol == Udp ? (ushort)0xffff : value);
    }

    private byte[] HardwareAddress(byte sender, bool isBroadcast, ReadOnlySpan<byte> destination)
    {
        if (isBroadcast)
            return [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        if (!Destination.IsMulticast)
            return [2, 0, 0, 0, 1, sender];
        return Destination.IsIPv4
            ? [1, 0, 0x5e, (byte)(destination[1] & 0x7f), destination[2], destination[3]]
            : [0x33, 0x33, destination[12], destination[13], destination[14], destination[15]];
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += (uint)(bytes[i] << 8) + (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
        return sum;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum)
    {
        sum += Sum(bytes);
        while (sum > 0xffff)
            sum = (sum >> 16) + (sum & 0xffff);
        return (ushort)~sum;
    }
}
