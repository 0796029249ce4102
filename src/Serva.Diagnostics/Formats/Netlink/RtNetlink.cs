using System;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>What the decoders of <c>linux/rtnetlink.h</c> share: message types and addresses.</summary>
internal static class RtNetlink
{
    public const ushort NewLink = 16;
    public const ushort GetLink = 18;
    public const ushort NewAddress = 20;
    public const ushort GetAddress = 22;
    public const ushort NewRoute = 24;
    public const ushort GetRoute = 26;
    public const ushort NewNeighbor = 28;
    public const ushort GetNeighbor = 30;
    public const ushort NewRule = 32;
    public const ushort GetRule = 34;
    public const ushort NewQdisc = 36;
    public const ushort GetQdisc = 38;
    public const ushort NewAddressLabel = 72;
    public const ushort GetAddressLabel = 74;
    public const ushort NewNextHop = 104;
    public const ushort GetNextHop = 106;

    /// <summary>Whether the family is IPv4 or IPv6; dumps of all families bring others too.</summary>
    public static bool IsInternet(byte family) => family is NetlinkRequest.FamilyIPv4 or NetlinkRequest.FamilyIPv6;

    /// <summary>An address attribute: 4 or 16 bytes in network order, as the family says; longer values are cut.</summary>
    public static bool TryAddress(ReadOnlySpan<byte> value, byte family, out NetAddress address)
    {
        int length = family == NetlinkRequest.FamilyIPv4 ? 4 : 16;
        if (value.Length < length)
        {
            address = NetAddress.None;
            return false;
        }

        address = NetAddress.FromBytes(value[..length]);
        return true;
    }

    /// <summary>The address, or null where there is none.</summary>
    public static NetAddress? OrNull(NetAddress address) => address.IsNone ? null : address;

    /// <summary>The prefix of a header's length and an attribute's address; the wildcard prefix where the attribute is absent.</summary>
    public static NetPrefix Prefix(NetAddress address, byte length, byte family)
    {
        if (address.IsNone)
            address = family == NetlinkRequest.FamilyIPv4 ? NetAddress.AnyIPv4 : NetAddress.AnyIPv6;
        return NetPrefix.Create(address, Math.Min(length, address.BitCount));
    }
}
