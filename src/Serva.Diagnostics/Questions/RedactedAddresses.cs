using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>
/// Maps addresses to others such that two that share exactly n leading bits share exactly n bits afterwards: subnets
/// stay subnets. Well-known blocks stay what they are, and nothing is mapped into them.
/// </summary>
/// <remarks>
/// Each bit is flipped or not by a keyed function of the bits before it (the construction of Crypto-PAn: Xu, Fan, Ammar,
/// Moon, "Prefix-Preserving IP Address Anonymization", ICNP 2002), except where the bits so far may still become a
/// well-known block: there nothing is flipped, so that blocks keep their place and others never fall into them.
/// </remarks>
internal sealed class RedactedAddresses : IDisposable
{
    private const string KeptIPv4 =
        "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";

    private const string MembershipIPv4 = "10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.0.0/16 198.18.0.0/15";
    private const string KeptIPv6 = "::/128 ::1/128 100::/64 2001:db8::/32 3fff::/20 ff00::/8";

    // The last 64 bits of a link-local address often are the hardware address, so the block stays but not what is in it.
    private const string MembershipIPv6 = "::ffff:0:0/96 64:ff9b::/96 2001::/32 2002::/16 fc00::/8 fd00::/8 fe80::/64 fe80::/10";

    private static readonly NetPrefix s_nat64 = NetPrefix.Parse("64:ff9b::/96");
    private static readonly Block[] s_blocksIPv4 = [.. Blocks(KeptIPv4, isKept: true), .. Blocks(MembershipIPv4, isKept: false)];
    private static readonly Block[] s_blocksIPv6 = [.. Blocks(KeptIPv6, isKept: true), .. Blocks(MembershipIPv6, isKept: false)];

    private readonly Aes _cipherIPv4;
    private readonly Aes _cipherIPv6;
    private readonly Dictionary<NetAddress, NetAddress> _mapped = [];
    private readonly HashSet<(UInt128 Bits, int From)> _edges = [];

    /// <param name="key">The secret; the same key maps the same way.</param>
    /// <param name="addresses">The host's addresses: the first and last address of their IPv4 subnets stay first and last.</param>
    public RedactedAddresses(ReadOnlySpan<byte> key, Table<AddressRow> addresses)
    {
        _cipherIPv4 = CipherFor(key, 4);
        _cipherIPv6 = CipherFor(key, 6);
        foreach (AddressRow row in addresses)
        {
            if (!row.Address.IsIPv4 || row.PrefixLength is < 1 or > 30)
                continue;
            var subnet = NetPrefix.Create(row.Address, row.PrefixLength);
            _edges.Add((Align(subnet.Address), subnet.Length));
            _edges.Add((Align(subnet.LastAddress), subnet.Length));
        }
    }

    /// <summary>The address that stands for another one; the scope stays.</summary>
    public NetAddress Map(NetAddress address)
    {
        if (address.IsNone)
            return address;
        if (address.ScopeId != 0)
            return Map(address.WithoutScope()).WithScope(address.ScopeId);
        if (_mapped.TryGetValue(address, out NetAddress known))
            return known;
        NetAddress mapped;
        if (address.IsIPv4Mapped)
            mapped = Map(address.UnmapIPv4()).MapToIPv6();
        else if (s_nat64.Contains(address))
            mapped = NetAddress.FromIPv6(address.Words.High, Map(NetAddress.FromIPv4((uint)address.Words.Low)).ToIPv4());
        else
            mapped = MapBits(address);
        _mapped.Add(address, mapped);
        return mapped;
    }

    /// <summary>The prefix that stands for another one: it contains exactly the mapped addresses of the other.</summary>
    public NetPrefix Map(NetPrefix prefix) => prefix.IsNone ? prefix : NetPrefix.Create(Map(prefix.Address), prefix.Length);

    public void Dispose()
    {
        _cipherIPv4.Dispose();
        _cipherIPv6.Dispose();
    }

    private NetAddress MapBits(NetAddress address)
    {
        UInt128 bits = Align(address);
        int unflipped = 0;
        foreach (Block block in address.IsIPv4 ? s_blocksIPv4 : s_blocksIPv6)
        {
            int common = CommonBits(block.Bits, bits);
            if (block.IsKept && common >= block.Length)
                return address;
            unflipped = Math.Max(unflipped, Math.Min(block.Length, common + 1));
        }

        UInt128 mapped = bits ^ Flips(address.IsIPv4 ? _cipherIPv4 : _cipherIPv6, bits, unflipped, address.BitCount);
        return address.IsIPv4
            ? NetAddress.FromIPv4((uint)(mapped >> 96))
            : NetAddress.FromIPv6((ulong)(mapped >> 64), (ulong)mapped);
    }

    [SuppressMessage("Security", "CA5358:Review cipher mode usage with cryptography experts", Justification = "The cipher is the keyed function of one block; no message is encrypted.")]
    private UInt128 Flips(Aes cipher, UInt128 bits, int from, int width)
    {
        Span<byte> blocks = stackalloc byte[128 * 16];
        blocks = blocks[..(width * 16)];
        for (int i = 0; i < width; i++)
        {
            // The bits so far, a one and zeros: every prefix of every length is another block.
            UInt128 marker = UInt128.One << (127 - i);
            BinaryPrimitives.WriteUInt128BigEndian(blocks[(i * 16)..], (bits & ~(marker | (marker - 1))) | marker);
        }

        cipher.EncryptEcb(blocks, blocks, PaddingMode.None);
        UInt128 flips = default;
        for (int i = from; i < width; i++)
        {
            if ((blocks[i * 16] & 0x80) != 0)
                flips |= UInt128.One << (127 - i);
        }

        if (width == 32)
        {
            foreach ((UInt128 edge, int start) in _edges)
            {
                int common = CommonBits(edge, bits);
                for (int i = start; i <= Math.Min(common, width - 1); i++)
                    flips &= ~(UInt128.One << (127 - i));
            }
        }

        return flips;
    }

    private static Aes CipherFor(ReadOnlySpan<byte> key, byte family)
    {
        Aes cipher = Aes.Create();
        cipher.Key = HMACSHA256.HashData(key, [family]);
        return cipher;
    }

    private static int CommonBits(UInt128 left, UInt128 right) => (int)UInt128.LeadingZeroCount(left ^ right);

    private static UInt128 Align(NetAddress address)
    {
        (ulong high, ulong low) = address.Words;
        return address.IsIPv4 ? (UInt128)low << 96 : new UInt128(high, low);
    }

    private static IEnumerable<Block> Blocks(string prefixes, bool isKept)
    {
        foreach (string text in prefixes.Split(' '))
        {
            NetPrefix prefix = NetPrefix.Parse(text);
            yield return new Block(Align(prefix.Address), prefix.Length, isKept);
        }
    }

    private readonly record struct Block(UInt128 Bits, int Length, bool IsKept);
}
