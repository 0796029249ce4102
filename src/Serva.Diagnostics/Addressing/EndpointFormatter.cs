using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serva.Diagnostics.Addressing;

#pragma warning disable CS8500 // TChar is never a managed type, though no constraint says so.

/// <summary>Writes addresses, endpoints and prefixes as text (RFC 5952), in UTF-16 or UTF-8. Never allocates.</summary>
/// <remarks>
/// Numbers are written as words of four or five characters, and the next word begins where the digits end; so the only
/// branches are those between families and forms. The tables are computed at first use. TChar is char or byte, without a
/// constraint: under one that asks for value types nothing is compiled ahead of time for char and byte, and a command that
/// prints one endpoint would wait for all of this.
/// </remarks>
internal static unsafe class EndpointFormatter
{
    /// <summary>
    /// Room enough for every text: brackets (2), eight groups (39), '%' and a zone (11), ':' and a port (6); and behind the
    /// longest one for the rest of the last word.
    /// </summary>
    internal const int MaxLength = 64;

    private const uint LargestNumber16 = 99_999;

    private static readonly byte[] Memory =
        GC.AllocateUninitializedArray<byte>(256 * (sizeof(ulong) + sizeof(uint) + sizeof(uint) + sizeof(ushort) + 2), pinned: true);

    /// <summary>Per octet its digits and a dot in UTF-16, first character lowest.</summary>
    private static readonly ulong* WideOctets = (ulong*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Memory));

    /// <summary>Per byte its two hexadecimal digits in UTF-16, first character lowest.</summary>
    private static readonly uint* WideHexPairs = (uint*)(WideOctets + 256);

    /// <summary>Per octet its digits and a dot, first character lowest.</summary>
    private static readonly uint* Octets = WideHexPairs + 256;

    /// <summary>Per byte its two hexadecimal digits, first character lowest.</summary>
    private static readonly ushort* HexPairs = (ushort*)(Octets + 256);

    /// <summary>
    /// Per mask of zero groups (the last group is bit 0) where "::" goes: its first group in the lower nibble, the number of
    /// groups in the upper one. The leftmost of the longest runs of at least two (RFC 5952 section 4.2); else group 8, none.
    /// </summary>
    private static readonly byte* Gaps = Fill();

    /// <summary>Per octet how many characters it and its dot have.</summary>
    private static readonly byte* OctetLengths = Gaps + 256;

    /// <summary>Writes an address; answers the number of characters. The destination has <see cref="MaxLength"/> places.</summary>
    internal static int Write<TChar>(in NetAddress address, Span<TChar> destination)
    {
        CheckRoom(destination);
        fixed (TChar* first = destination)
            return (int)(WriteAddress(address, first) - first);
    }

    /// <summary>Writes an endpoint, IPv6 in brackets.</summary>
    internal static int Write<TChar>(in NetEndpoint endpoint, Span<TChar> destination)
    {
        CheckRoom(destination);
        if (endpoint.IsNone)
            return 0;
        fixed (TChar* first = destination)
        {
            NetAddress address = endpoint.Address;
            TChar* at = address.IsIPv4 ? WriteIPv4(first, address.ToIPv4()) : WriteInBrackets(address, first);
            return (int)(WriteNumber16(Put(at, ':'), (uint)endpoint.Port) - first);
        }
    }

    /// <summary>Writes an endpoint, nothing behind its last character; false, with nothing written, where it does not fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryWrite<TChar>(in NetEndpoint endpoint, Span<TChar> destination, out int written)
    {
        if (destination.Length >= MaxLength && BitConverter.IsLittleEndian)
        {
            fixed (TChar* first = destination)
            {
                if (endpoint.IsIPv4(out uint value))
                {
                    TChar* octet = WriteOctet(first, value >> 24);
                    octet = WriteOctet(octet, value >> 16 & 0xff);
                    octet = WriteOctet(octet, value >> 8 & 0xff);
                    // The last octet's word may reach behind a short port: what stands there is read before.
                    TChar* port = octet + OctetLengths[value & 0xff];
                    Vector128<byte> behind = LoadEight(port);
                    WriteOctet(octet, value & 0xff);
                    Put(port - 1, ':');
                    written = (int)(WriteInPlace(port, (uint)endpoint.Port, behind) - first);
                    return true;
                }

                if (endpoint.IsAnyOrLoopbackIPv6(out ulong last))
                {
                    ulong begin = last == 0 ? 0x3a_5d3a_3a5bUL : 0x3a5d_313a_3a5b; // "[::]:" and "[::1]:", the first character lowest
                    TChar* port = first + 5 + last;
                    Vector128<byte> behind = LoadEight(port);
                    PutFour(first, (uint)begin);
                    PutFour(first + 4, (uint)(begin >> 32));
                    written = (int)(WriteInPlace(port, (uint)endpoint.Port, behind) - first);
                    return true;
                }

                NetAddress address = endpoint.Address;
                if (!address.IsNone && address.ScopeId <= LargestNumber16)
                {
                    // What the last word leaves behind an address is at most three characters: "]:" and a digit, or "%", a digit and "]".
                    TChar* end = WriteWithoutZone(address, Put(first, '['));
                    if (address.ScopeId != 0)
                    {
                        end = Put(end, '%');
                        end = WriteInPlace(end, address.ScopeId, LoadEight(end));
                    }

                    TChar* port = Put(Put(end, ']'), ':');
                    written = (int)(WriteInPlace(port, (uint)endpoint.Port, LoadEight(port)) - first);
                    return true;
                }
            }
        }

        return TryWriteAside(endpoint, destination, out written);
    }

    /// <summary>Writes a prefix: address, slash, length.</summary>
    internal static int Write<TChar>(in NetPrefix prefix, Span<TChar> destination)
    {
        CheckRoom(destination);
        if (prefix.IsNone)
            return 0;
        fixed (TChar* first = destination)
            return (int)(WriteNumber16(Put(WriteAddress(prefix.Address, first), '/'), (uint)prefix.Length) - first);
    }

    /// <summary>Copies a finished text where it fits whole; writes nothing where it does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryCopy<TChar>(ReadOnlySpan<TChar> text, Span<TChar> destination, out int written)
    {
        bool fits = text.TryCopyTo(destination);
        written = fits ? text.Length : 0;
        return fits;
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryWriteAside<TChar>(in NetEndpoint endpoint, Span<TChar> destination, out int written)
    {
        ushort* room = stackalloc ushort[MaxLength];
        Span<TChar> text = new(room, MaxLength);
        return TryCopy(text[..Write(endpoint, text)], destination, out written);
    }

    private static void CheckRoom<TChar>(Span<TChar> destination)
        => ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, MaxLength);

    // By itself: the vectors of IPv6 are not loaded for a command that prints one endpoint of IPv4.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TChar* WriteInBrackets<TChar>(in NetAddress address, TChar* at) => Put(WriteAddress(address, Put(at, '[')), ']');

    private static TChar* WriteAddress<TChar>(in NetAddress address, TChar* at)
    {
        if (address.IsNone)
            return at;
        at = WriteWithoutZone(address, at);
        return address.ScopeId == 0 ? at : WriteNumber32(Put(at, '%'), address.ScopeId);
    }

    private static TChar* WriteWithoutZone<TChar>(in NetAddress address, TChar* at)
    {
        (ulong high, ulong low) = address.Words;
        if (address.IsIPv4)
            return WriteIPv4(at, (uint)low);
        if (!address.IsIPv4Mapped)
            return WriteIPv6(at, high, low);
        foreach (char character in "::ffff:")
            at = Put(at, character);
        return WriteIPv4(at, (uint)low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar* WriteIPv4<TChar>(TChar* at, uint value)
    {
        at = WriteOctet(at, value >> 24);
        at = WriteOctet(at, value >> 16 & 0xff);
        at = WriteOctet(at, value >> 8 & 0xff);
        return WriteOctet(at, value & 0xff) - 1; // without the last dot
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar* WriteOctet<TChar>(TChar* at, uint octet)
    {
        if (IsWide<TChar>())
            Unsafe.WriteUnaligned(at, WideOctets[octet]);
        else
            PutFour(at, Octets[octet]);
        return at + OctetLengths[octet];
    }

    private static TChar* WriteIPv6<TChar>(TChar* at, ulong high, ulong low)
    {
        uint zeros = Vector128.Equals(Vector128.Create(low, high).AsUInt16(), Vector128<ushort>.Zero).ExtractMostSignificantBits();
        int gap = Gaps[zeros];
        int start = gap & 15;
        int group = 0;
        for (; group < start; group++)
            at = WriteGroup(at, high, low, group);
        if (group == 8)
            return at - 1; // without the last colon

        if (group == 0)
            at = Put(at, ':');
        at = Put(at, ':');
        group += gap >> 4;
        if (group == 8)
            return at;
        for (; group < 8; group++)
            at = WriteGroup(at, high, low, group);
        return at - 1;
    }

    /// <summary>Writes a group and a colon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar* WriteGroup<TChar>(TChar* at, ulong high, ulong low, int group)
    {
        uint value = (ushort)((group < 4 ? high : low) >> (48 - (16 * (group & 3))));
        int absent = (BitOperations.LeadingZeroCount(value | 1) - 16) >> 2;
        if (IsWide<TChar>())
            Unsafe.WriteUnaligned(at, (WideHexPairs[value >> 8] | (ulong)WideHexPairs[value & 0xff] << 32) >> (16 * absent));
        else
            PutFour(at, (HexPairs[value >> 8] | (uint)HexPairs[value & 0xff] << 16) >> (8 * absent));
        return Put(at + 4 - absent, ':');
    }

    /// <summary>Writes a number up to 99999; uses eight places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar* WriteNumber16<TChar>(TChar* at, uint value)
    {
        ulong digits = Digits(value, out int count);
        PutFour(at, (uint)digits);
        PutFour(at + 4, (uint)(digits >> 32));
        return at + count;
    }

    /// <summary>Writes a number up to 99999 in eight places, little-endian, with what stood in them behind its digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar* WriteInPlace<TChar>(TChar* at, uint value, Vector128<byte> behind)
    {
        ulong digits = Digits(value, out int count);
        if (typeof(TChar) == typeof(byte))
        {
            Unsafe.WriteUnaligned(at, digits | (behind.AsUInt64().ToScalar() & ulong.MaxValue << (8 * count)));
        }
        else
        {
            Vector128<ushort> present = Vector128.LessThan(Vector128<ushort>.Indices, Vector128.Create((ushort)count));
            Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(digits).AsByte());
            Vector128.ConditionalSelect(present, wide, behind.AsUInt16()).Store((ushort*)at);
        }

        return at + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LoadEight<TChar>(TChar* at)
        => typeof(TChar) == typeof(byte) ? Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(at)).AsByte() : Vector128.Load((byte*)at);

    /// <summary>The digits of a number up to 99999, first one lowest, zeros behind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Digits(uint value, out int count)
    {
        uint first = value / 10_000;
        uint rest = value - (first * 10_000);
        // Two numbers below 100 in 16-bit lanes; 103 / 1024 is a tenth for all of them.
        uint pairs = rest / 100;
        pairs |= (rest - (pairs * 100)) << 16;
        uint tens = pairs * 103 >> 10 & 0x000f_000f;
        uint four = tens | (pairs - (tens * 10)) << 8;
        ulong digits = first | (ulong)four << 8;
        int absent = BitOperations.TrailingZeroCount(digits | 1UL << 32) >> 3;
        count = 5 - absent;
        return (digits + 0x30_3030_3030) >> (8 * absent);
    }

    private static TChar* WriteNumber32<TChar>(TChar* at, uint value)
    {
        if (value <= LargestNumber16)
            return WriteNumber16(at, value);
        at = WriteNumber32(at, value / 10);
        return Put(at, (char)('0' + (value % 10)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar* Put<TChar>(TChar* at, char character)
    {
        if (typeof(TChar) == typeof(byte))
            *(byte*)at = (byte)character;
        else
            *(char*)at = character;
        return at + 1;
    }

    /// <summary>Stores four characters of which the first is the lowest byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutFour<TChar>(TChar* at, uint four)
    {
        if (!BitConverter.IsLittleEndian)
        {
            for (int i = 0; i < 4; i++)
                Put(at + i, (char)(four >> (8 * i) & 0xff));
        }
        else if (typeof(TChar) == typeof(byte))
        {
            Unsafe.WriteUnaligned(at, four);
        }
        else
        {
            Unsafe.WriteUnaligned(at, Widen(four));
        }
    }

    /// <summary>Whether characters have two bytes, the lower one first, as the wide tables have them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWide<TChar>() => typeof(TChar) != typeof(byte) && BitConverter.IsLittleEndian;

    /// <summary>Four bytes as four characters of UTF-16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Widen(uint four)
    {
        ulong lanes = (four | (ulong)four << 16) & 0x0000_ffff_0000_ffff;
        return (lanes | lanes << 8) & 0x00ff_00ff_00ff_00ff;
    }

    private static byte* Fill()
    {
        byte* gaps = (byte*)(HexPairs + 256);
        for (int value = 0; value < 256; value++)
        {
            uint octet = '.';
            gaps[256 + value] = (byte)(value > 99 ? 4 : value > 9 ? 3 : 2);
            for (int rest = value, digits = 0; digits == 0 || rest > 0; rest /= 10, digits++)
                octet = octet << 8 | (uint)('0' + (rest % 10));
            Octets[value] = octet;
            WideOctets[value] = Widen(octet);
            HexPairs[value] = (ushort)(HexDigit(value >> 4) | HexDigit(value & 15) << 8);
            WideHexPairs[value] = (uint)Widen(HexPairs[value]);

            (int start, int count) = (8, 0);
            for (int group = 0, run = 0; group < 8; group++)
            {
                run = (value & 0x80 >> group) != 0 ? run + 1 : 0;
                if (run >= 2 && run > count)
                    (start, count) = (group - run + 1, run);
            }

            gaps[value] = (byte)(start | count << 4);
        }

        return gaps;
    }

    private static int HexDigit(int value) => value < 10 ? '0' + value : 'a' + value - 10;
}
