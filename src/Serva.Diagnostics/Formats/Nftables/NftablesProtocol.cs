using System;
using System.Text;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>Requests and numbers of nf_tables over nfnetlink (<c>linux/netfilter/nfnetlink.h</c>, <c>nf_tables.h</c>).</summary>
internal static class NftablesProtocol
{
    public const ushort GetTable = 0x0a01, GetChain = 0x0a04, GetRule = 0x0a07, GetSet = 0x0a0a, GetSetElement = 0x0a0d;

    /// <summary>The length of <c>struct nfgenmsg</c>: family, version, and the generation of the rule set in network order.</summary>
    public const int HeaderLength = 4;

    /// <summary>A dump of everything of a kind; of elements, of one set.</summary>
    /// <returns>The length of the request.</returns>
    public static int WriteDump(
        Span<byte> destination, ByteOrder order, uint sequence, ushort type, NftablesFamily family = NftablesFamily.Unknown, string? table = null, string? set = null)
    {
        const ushort tableAttribute = 1, setAttribute = 2, dump = 0x301;
        destination.Clear();
        int length = NetlinkMessage.HeaderLength + HeaderLength;
        destination[NetlinkMessage.HeaderLength] = ToNumber(family);
        foreach ((ushort attribute, string? name) in (ReadOnlySpan<(ushort, string?)>)[(tableAttribute, table), (setAttribute, set)])
        {
            if (name is null)
                continue;
            int bytes = Encoding.UTF8.GetBytes(name, destination[(length + 4)..]);
            order.Write(destination[length..], (ushort)(bytes + 5));
            order.Write(destination[(length + 2)..], attribute);
            length += (bytes + 8) & ~3;
        }

        order.Write(destination, (uint)length);
        order.Write(destination[4..], type);
        order.Write(destination[6..], dump);
        order.Write(destination[8..], sequence);
        return length;
    }

    public static NftablesFamily FamilyOf(byte number) => number switch
    {
        1 => NftablesFamily.Inet,
        2 => NftablesFamily.IPv4,
        3 => NftablesFamily.Arp,
        5 => NftablesFamily.Netdev,
        7 => NftablesFamily.Bridge,
        10 => NftablesFamily.IPv6,
        _ => NftablesFamily.Unknown,
    };

    public static NftablesHook HookOf(NftablesFamily family, uint number) => (family, number) switch
    {
        (NftablesFamily.Netdev, 0) or (NftablesFamily.Inet, 5) => NftablesHook.Ingress,
        (NftablesFamily.Netdev, 1) => NftablesHook.Egress,
        (NftablesFamily.Arp, 0) => NftablesHook.Input,
        (NftablesFamily.Arp, 1) => NftablesHook.Output,
        (NftablesFamily.Arp or NftablesFamily.Netdev, _) => NftablesHook.None,
        (_, <= 4) => (NftablesHook)(number + (int)NftablesHook.Prerouting),
        _ => NftablesHook.None,
    };

    public static NftablesVerdictKind VerdictOf(int code) => code switch
    {
        0 => NftablesVerdictKind.Drop,
        1 => NftablesVerdictKind.Accept,
        3 => NftablesVerdictKind.Queue,
        -1 => NftablesVerdictKind.Continue,
        -3 => NftablesVerdictKind.Jump,
        -4 => NftablesVerdictKind.Goto,
        -5 => NftablesVerdictKind.Return,
        _ => NftablesVerdictKind.Unknown,
    };

    /// <summary>A name that ends with a zero, cut at the longest name there is.</summary>
    public static string Name(ReadOnlySpan<byte> value)
    {
        int end = value.IndexOf((byte)0);
        ReadOnlySpan<byte> text = end < 0 ? value : value[..end];
        return Encoding.UTF8.GetString(text[..Math.Min(text.Length, 256)]);
    }

    private static byte ToNumber(NftablesFamily family) => family switch
    {
        NftablesFamily.Inet => 1,
        NftablesFamily.IPv4 => 2,
        NftablesFamily.Arp => 3,
        NftablesFamily.Netdev => 5,
        NftablesFamily.Bridge => 7,
        NftablesFamily.IPv6 => 10,
        _ => 0,
    };
}
