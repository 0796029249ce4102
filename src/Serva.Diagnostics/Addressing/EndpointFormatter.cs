using System;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Writes addresses, endpoints and prefixes as text (RFC 5952), in UTF-16 or UTF-8. Never allocates.</summary>
internal static class EndpointFormatter
{
    /// <summary>
    /// Room enough for every text: a full dotted IPv6 address (45), '%' and a zone (11), brackets (2), ':' and a port (6).
    /// </summary>
    internal const int MaxLength = 64;

    /// <summary>Writes an address; answers the number of characters. The destination has <see cref="MaxLength"/> places.</summary>
    internal static int Write<TChar>(in NetAddress address, Span<TChar> destination)
        where TChar : unmanaged
    {
        if (address.IsNone)
            return 0;
        int position = 0;
        (ulong high, ulong low) = address.Words;
        if (address.IsIPv4)
        {
            WriteIPv4(destination, ref position, (uint)low);
            return position;
        }

        if (address.IsIPv4Mapped)
        {
            foreach (char character in "::ffff:")
                Put(destination, ref position, character);
            WriteIPv4(destination, ref position, (uint)low);
        }
        else
        {
            WriteIPv6(destination, ref position, high, low);
        }

        if (address.ScopeId != 0)
        {
            Put(destination, ref position, '%');
            WriteDecimal(destination, ref position, address.ScopeId);
        }

        return position;
    }

    /// <summary>Writes an endpoint, IPv6 in brackets.</summary>
    internal static int Write<TChar>(in NetEndpoint endpoint, Span<TChar> destination)
        where TChar : unmanaged
    {
        if (endpoint.IsNone)
            return 0;
        NetAddress address = endpoint.Address;
        int position = 0;
        if (address.IsIPv6)
        {
            Put(destination, ref position, '[');
            position += Write(address, destination[position..]);
            Put(destination, ref position, ']');
        }
        else
        {
            position = Write(address, destination);
        }

        Put(destination, ref position, ':');
        WriteDecimal(destination, ref position, (uint)endpoint.Port);
        return position;
    }

    /// <summary>Writes a prefix: address, slash, length.</summary>
    internal static int Write<TChar>(in NetPrefix prefix, Span<TChar> destination)
        where TChar : unmanaged
    {
        if (prefix.IsNone)
            return 0;
        int position = Write(prefix.Address, destination);
        Put(destination, ref position, '/');
        WriteDecimal(destination, ref position, (uint)prefix.Length);
        return position;
    }

    /// <summary>Copies a finished text where it fits whole; writes nothing where it does not.</summary>
    internal static bool TryCopy<TChar>(ReadOnlySpan<TChar> text, Span<TChar> destination, out int written)
        where TChar : unmanaged
    {
        bool fits = text.TryCopyTo(destination);
        written = fits ? text.Length : 0;
        return fits;
    }

    private static void WriteIPv4<TChar>(Span<TChar> destination, ref int position, uint value)
        where TChar : unmanaged
    {
        WriteDecimal(destination, ref position, value >> 24);
        Put(destination, ref position, '.');
        WriteDecimal(destination, ref position, value >> 16 & 0xff);
        Put(destination, ref position, '.');
        WriteDecimal(destination, ref position, value >> 8 & 0xff);
        Put(destination, ref position, '.');
        WriteDecimal(destination, ref position, value & 0xff);
    }

    private static void WriteIPv6<TChar>(Span<TChar> destination, ref int position, ulong high, ulong low)
        where TChar : unmanaged
    {
        (int gapStart, int gapLength) = LongestZeroRun(high, low);
        for (int group = 0; group < 8; group++)
        {
            if (group == gapStart)
            {
                Put(destination, ref position, ':');
                Put(destination, ref position, ':');
                group += gapLength - 1;
                continue;
            }

            if (group > 0 && group != gapStart + gapLength)
                Put(destination, ref position, ':');
            WriteHex(destination, ref position, Group(high, low, group));
        }
    }

    // The leftmost of the longest runs of at least two zero groups (RFC 5952 section 4.2); none is (-1, 0).
    private static (int Start, int Length) LongestZeroRun(ulong high, ulong low)
    {
        int bestStart = -1;
        int bestLength = 0;
        int length = 0;
        for (int group = 0; group < 8; group++)
        {
            length = Group(high, low, group) == 0 ? length + 1 : 0;
            if (length >= 2 && length > bestLength)
            {
                bestStart = group - length + 1;
                bestLength = length;
            }
        }

        return (bestStart, bestLength);
    }

    private static uint Group(ulong high, ulong low, int group)
        => (ushort)((group < 4 ? high : low) >> (16 * (3 - (group & 3))));

    private static void WriteHex<TChar>(Span<TChar> destination, ref int position, uint value)
        where TChar : unmanaged
    {
        int shift = value >= 0x1000 ? 12 : value >= 0x100 ? 8 : value >= 0x10 ? 4 : 0;
        for (; shift >= 0; shift -= 4)
        {
            uint digit = value >> shift & 0xf;
            Put(destination, ref position, (char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
        }
    }

    private static void WriteDecimal<TChar>(Span<TChar> destination, ref int position, uint value)
        where TChar : unmanaged
    {
        int digits = 1;
        for (uint rest = value; rest >= 10; rest /= 10)
            digits++;
        for (int at = position + digits - 1; at >= position; at--)
        {
            int place = at;
            Put(destination, ref place, (char)('0' + value % 10));
            value /= 10;
        }

        position += digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TChar>(Span<TChar> destination, ref int position, char character)
        where TChar : unmanaged
    {
        destination[position++] = typeof(TChar) == typeof(byte)
            ? Unsafe.BitCast<byte, TChar>((byte)character)
            : Unsafe.BitCast<char, TChar>(character);
    }
}
