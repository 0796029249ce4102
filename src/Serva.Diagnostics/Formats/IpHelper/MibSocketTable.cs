using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.WindowsSystem;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>A row of a Windows socket table: a socket and the number of its owner.</summary>
/// <param name="Local">The local endpoint.</param>
/// <param name="Remote">The remote endpoint; null for datagram sockets, listeners and sockets without peer.</param>
/// <param name="State">The TCP state; null for UDP.</param>
/// <param name="ProcessId">The owner; 0 when the system names none.</param>
/// <param name="CreatedAt">When the socket was bound; null when the table does not say.</param>
internal readonly record struct MibSocket(
    NetEndpoint Local, NetEndpoint? Remote, TcpState? State, int ProcessId, DateTimeOffset? CreatedAt);

/// <summary>Decodes what GetExtendedTcpTable and GetExtendedUdpTable fill.</summary>
internal static class MibSocketTable
{
    /// <summary>Adds the rows; answers why it stopped early, or null.</summary>
    public static NativeFault? Decode(ReadOnlySpan<byte> table, MibSocketLayout layout, List<MibSocket> rows)
    {
        var walk = new MibRows(table, layout.FirstRow, layout.RowSize);
        while (walk.MoveNext(out ReadOnlySpan<byte> row))
        {
            TcpState? state = layout.State < 0 ? null : StateOf(UInt32(row, layout.State));
            NetEndpoint local = EndpointAt(row, layout.Local, layout.IsIPv6);
            NetEndpoint? remote = null;
            if (layout.Remote >= 0 && state != TcpState.Listen)
            {
                NetEndpoint peer = EndpointAt(row, layout.Remote, layout.IsIPv6);
                remote = peer.Port == 0 && peer.Address.IsUnspecified ? null : peer;
            }

            DateTimeOffset? created =
                layout.Created < 0 ? null : FileTime.Decode(BinaryPrimitives.ReadInt64LittleEndian(row[layout.Created..]));
            rows.Add(new MibSocket(local, remote, state, (int)UInt32(row, layout.ProcessId), created));
        }

        return walk.Fault;
    }

    // MIB_TCP_STATE and TcpState share their numbers, 1 (closed) to 12 (delete TCB).
    private static TcpState StateOf(uint state) =>
        state is >= (uint)TcpState.Closed and <= (uint)TcpState.DeleteTcb ? (TcpState)state : TcpState.Unknown;

    private static NetEndpoint EndpointAt(ReadOnlySpan<byte> row, int offset, bool isIPv6)
    {
        if (!isIPv6)
            return NetEndpoint.Create(NetAddress.FromBytes(row.Slice(offset, 4)), PortAt(row, offset + 4));
        uint scope = UInt32(row, offset + 16);
        NetAddress address = NetAddress.FromBytes(row.Slice(offset, 16));
        // A scope narrows what is ambiguous without one; Wine fills it with all ones on IPv4-mapped addresses.
        if (scope != 0 && (address.IsLinkLocal || address.IsMulticast))
            address = address.WithScope(scope);
        return NetEndpoint.Create(address, PortAt(row, offset + 20));
    }

    // "The upper 16 bits may contain uninitialized data" (GetExtendedTcpTable): only the first two bytes are the port.
    private static int PortAt(ReadOnlySpan<byte> row, int offset) => BinaryPrimitives.ReadUInt16BigEndian(row[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> row, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(row[offset..]);
}
