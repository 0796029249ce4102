using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>
/// Decodes what GetUnicastIpAddressTable makes: rows of MIB_UNICASTIPADDRESS_ROW (netioapi.h), 80 bytes from byte 8 on,
/// the same with pointers of 4 and 8 bytes.
/// </summary>
internal static class MibUnicastIpAddressTable
{
    public const int FirstRow = 8;
    public const int RowSize = 80;

    private const int InterfaceIndex = 40;
    private const int SuffixOrigin = 48;
    private const int OnLinkPrefixLength = 60;
    private const int SkipAsSource = 61;
    private const int DadState = 64;

    // NL_SUFFIX_ORIGIN (nldef.h): what RFC 4941 makes.
    private const uint Random = 5;

    /// <summary>Adds the rows; answers why it stopped early, or null.</summary>
    public static NativeFault? Decode(ReadOnlySpan<byte> table, ImmutableArray<AddressRow>.Builder rows)
    {
        var walk = new MibRows(table, FirstRow, RowSize);
        while (walk.MoveNext(out ReadOnlySpan<byte> row))
        {
            NetAddress address = SockaddrInet.AddressAt(row, 0);
            if (address.IsNone)
                return walk.Reject(0, "an IPv4 or IPv6 address", SockaddrInet.FamilyAt(row, 0));
            uint index = BinaryPrimitives.ReadUInt32LittleEndian(row[InterfaceIndex..]);
            int length = row[OnLinkPrefixLength];
            if (length > address.BitCount)
                return walk.Reject(OnLinkPrefixLength, $"a prefix of at most {address.BitCount} bits", $"{length}");
            rows.Add(new AddressRow
            {
                Interface = index,
                Address = address.IsIPv6 ? address.WithScope(address.IsLinkLocal ? index : 0) : address,
                PrefixLength = length,
                State = StateOf(BinaryPrimitives.ReadUInt32LittleEndian(row[DadState..])),
                IsSecondary = address.IsIPv6 && BinaryPrimitives.ReadUInt32LittleEndian(row[SuffixOrigin..]) == Random,
                SkipAsSource = row[SkipAsSource] != 0,
            });
        }

        return walk.Fault;
    }

    // NL_DAD_STATE (nldef.h).
    private static AddressState StateOf(uint state) => state switch
    {
        1 => AddressState.Tentative,
        2 => AddressState.Duplicate,
        3 => AddressState.Deprecated,
        4 => AddressState.Preferred,
        _ => AddressState.Unknown,
    };
}
