using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>What one address family adds to an interface.</summary>
/// <param name="IsIPv6">The family.</param>
/// <param name="Index">The interface.</param>
/// <param name="Metric">The interface metric, to which a route's own metric is added.</param>
/// <param name="Options">What the family is told there.</param>
internal readonly record struct MibIpInterface(bool IsIPv6, uint Index, uint Metric, InterfaceOptions Options);

/// <summary>
/// Decodes what GetIpInterfaceTable makes: rows of MIB_IPINTERFACE_ROW (netioapi.h), 168 bytes from byte 8 on, the same
/// with pointers of 4 and 8 bytes.
/// </summary>
internal static class MibIpInterfaceTable
{
    public const int FirstRow = 8;
    public const int RowSize = 168;

    private const int InterfaceIndex = 16;
    private const int ForwardingEnabled = 41;
    private const int WeakHostSend = 42;
    private const int WeakHostReceive = 43;
    private const int UseAutomaticMetric = 44;
    private const int Metric = 148;
    private const int DisableDefaultRoutes = 166;

    /// <summary>Adds the rows; answers why it stopped early, or null.</summary>
    public static NativeFault? Decode(ReadOnlySpan<byte> table, List<MibIpInterface> rows)
    {
        var walk = new MibRows(table, FirstRow, RowSize);
        while (walk.MoveNext(out ReadOnlySpan<byte> row))
        {
            ushort family = BinaryPrimitives.ReadUInt16LittleEndian(row);
            if (family is not (SockaddrInet.IPv4 or SockaddrInet.IPv6))
                return walk.Reject(0, "address family 2 or 23", $"address family {family}");
            rows.Add(new MibIpInterface(
                family == SockaddrInet.IPv6,
                BinaryPrimitives.ReadUInt32LittleEndian(row[InterfaceIndex..]),
                BinaryPrimitives.ReadUInt32LittleEndian(row[Metric..]),
                new InterfaceOptions
                {
                    WeakHostSend = row[WeakHostSend] != 0,
                    WeakHostReceive = row[WeakHostReceive] != 0,
                    DisableDefaultRoutes = row[DisableDefaultRoutes] != 0,
                    IsForwarding = row[ForwardingEnabled] != 0,
                    UsesAutomaticMetric = row[UseAutomaticMetric] != 0,
                }));
        }

        return walk.Fault;
    }
}
