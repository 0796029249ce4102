using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Formats.WindowsSystem;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>
/// Decodes what GetIfTable2 makes: rows of MIB_IF_ROW2 (netioapi.h), 1352 bytes from byte 8 on, the same with pointers
/// of 4 and 8 bytes. The rows of filter drivers, which stand on an interface and carry no addresses, are left out.
/// </summary>
internal static class MibIfTable2
{
    public const int FirstRow = 8;
    public const int RowSize = 1352;

    private const int InterfaceIndex = 8;
    private const int InterfaceGuid = 12;
    private const int Alias = 28;
    private const int Description = 542;
    private const int NameBytes = 257 * 2;
    private const int PhysicalAddressLength = 1056;
    private const int PhysicalAddress = 1060;
    private const int PhysicalAddressBytes = 32;
    private const int Mtu = 1124;
    private const int Type = 1128;
    private const int Flags = 1152;
    private const int OperStatus = 1156;
    private const int TransmitLinkSpeed = 1192;

    private const byte FilterInterface = 2;

    /// <summary>Adds the rows, without metrics; answers why it stopped early, or null.</summary>
    public static NativeFault? Decode(ReadOnlySpan<byte> table, ImmutableArray<InterfaceRow>.Builder rows)
    {
        var walk = new MibRows(table, FirstRow, RowSize);
        while (walk.MoveNext(out ReadOnlySpan<byte> row))
        {
            if ((row[Flags] & FilterInterface) != 0)
                continue;
            uint addressLength = UInt32(row, PhysicalAddressLength);
            if (addressLength > PhysicalAddressBytes)
                return walk.Reject(PhysicalAddressLength, $"a physical address of at most {PhysicalAddressBytes} bytes", $"{addressLength}");
            uint index = UInt32(row, InterfaceIndex);
            string? alias = NativeText.Utf16(row.Slice(Alias, NameBytes));
            string? description = NativeText.Utf16(row.Slice(Description, NameBytes));
            uint mtu = UInt32(row, Mtu);
            rows.Add(new InterfaceRow
            {
                Index = index,
                Name = alias ?? description ?? string.Create(CultureInfo.InvariantCulture, $"if{index}"),
                Description = description,
                Status = StatusOf(UInt32(row, OperStatus)),
                Type = TypeOf(UInt32(row, Type)),
                PhysicalAddress = Hexadecimal(row.Slice(PhysicalAddress, (int)addressLength)),
                // The loopback interface says 0xffffffff: it has no largest packet.
                Mtu = mtu is > 0 and <= int.MaxValue ? (int)mtu : null,
                AdapterId = new Guid(row.Slice(InterfaceGuid, 16)) is var id && id != Guid.Empty ? id.ToString("B").ToUpperInvariant() : null,
                // All ones, or nothing, of an interface that does not know.
                LinkSpeed = BinaryPrimitives.ReadInt64LittleEndian(row[TransmitLinkSpeed..]) is > 0 and var speed ? speed : null,
            });
        }

        return walk.Fault;
    }

    // IF_OPER_STATUS (ifdef.h) and OperationalStatus share their numbers.
    private static OperationalStatus StatusOf(uint status) =>
        status is >= (uint)OperationalStatus.Up and <= (uint)OperationalStatus.LowerLayerDown
            ? (OperationalStatus)status
            : OperationalStatus.Unknown;

    // Both are IANA ifType numbers; the framework names only some of them.
    private static NetworkInterfaceType TypeOf(uint type) =>
        Enum.IsDefined((NetworkInterfaceType)type) ? (NetworkInterfaceType)type : NetworkInterfaceType.Unknown;

    private static string? Hexadecimal(ReadOnlySpan<byte> address)
    {
        if (address.IsEmpty)
            return null;
        var text = new StringBuilder(address.Length * 3);
        foreach (byte octet in address)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : ":")}{octet:x2}");
        return text.ToString();
    }

    private static uint UInt32(ReadOnlySpan<byte> row, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(row[offset..]);
}
