using System;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads the parts of an address out of text: IPv4, IPv6, zone. Each reader moves the position behind what it read.</summary>
/// <remarks>
/// One body serves UTF-16 and UTF-8: <c>TChar</c> is <see cref="char"/> or <see cref="byte"/>, and as only ASCII is accepted,
/// a code unit is a character. Never allocates. Source: RFC 4291 section 2.2, RFC 4007 section 11.
/// </remarks>
internal static class AddressParser
{
    /// <summary>What <see cref="Peek"/> answers behind the last character; no character has this code.</summary>
    internal const uint End = uint.MaxValue;

    /// <summary>The character at a position, or <see cref="End"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Peek<TChar>(ReadOnlySpan<TChar> text, int position)
        where TChar : unmanaged
    {
        if ((uint)position >= (uint)text.Length)
            return End;
        return typeof(TChar) == typeof(byte)
            ? Unsafe.BitCast<TChar, byte>(text[position])
            : Unsafe.BitCast<TChar, char>(text[position]);
    }

    /// <summary>The fault of a character that the grammar does not allow where it stands.</summary>
    internal static EndpointError Unexpected<TChar>(ReadOnlySpan<TChar> text, int position)
        where TChar : unmanaged
        => new(Peek(text, position) < 0x80 ? EndpointFault.UnexpectedCharacter : EndpointFault.NotAscii, position, 1);

    /// <summary>Whether the text begins as only an IPv6 address does: hexadecimal digits, maybe none, and a colon.</summary>
    internal static bool BeginsAsIPv6<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged
    {
        int position = 0;
        while (HexDigit(Peek(text, position)) >= 0)
            position++;
        return Peek(text, position) == ':';
    }

    /// <summary>Reads four decimal octets without leading zeros.</summary>
    internal static EndpointError ReadIPv4<TChar>(ReadOnlySpan<TChar> text, ref int position, out uint value)
        where TChar : unmanaged
    {
        int first = position;
        value = 0;
        for (int octet = 0; octet < 4; octet++)
        {
            if (octet > 0)
            {
                uint separator = Peek(text, position);
                if (separator != '.')
                    return EndsAddress(separator) ? new(EndpointFault.OctetMissing, position, 0) : Unexpected(text, position);
                position++;
            }

            int start = position;
            uint number = (uint)ReadDecimal(text, ref position, 255);
            int length = position - start;
            if (length == 0)
            {
                uint found = Peek(text, start);
                if (found != '.' && !EndsAddress(found))
                    return Unexpected(text, start);
                return new(found != '.' && start == first ? EndpointFault.AddressMissing : EndpointFault.OctetMissing, start, 0);
            }

            if (length > 1 && Peek(text, start) == '0')
                return new(EndpointFault.OctetLeadingZero, start, length);
            if (number > 255)
                return new(EndpointFault.OctetTooLarge, start, length);
            value = value << 8 | number;
        }

        return Peek(text, position) == '.' ? new(EndpointFault.TooManyOctets, position, 1) : default;
    }

    /// <summary>
    /// Reads up to eight groups of one to four hexadecimal digits; "::" at most once, for at least one group; the last
    /// two groups may be written as an IPv4 address. Stops before the end of the text, '%', ']' or '/'.
    /// </summary>
    internal static EndpointError ReadIPv6<TChar>(ReadOnlySpan<TChar> text, ref int position, out UInt128 value)
        where TChar : unmanaged
    {
        value = default;
        UInt128 groups = default;
        int count = 0;
        int gap = -1; // how many groups stand before "::"

        if (Peek(text, position) == ':')
        {
            if (Peek(text, position + 1) != ':')
                return new(EndpointFault.GroupMissing, position, 0);
            gap = 0;
            position += 2;
        }

        while (true)
        {
            int start = position;
            uint group = 0;
            for (int digit; (digit = HexDigit(Peek(text, position))) >= 0; position++)
                group = group << 4 | (uint)digit;
            int length = position - start;
            uint next = Peek(text, position);

            if (length == 0)
            {
                if (next != ':' && !EndsAddress(next))
                    return Unexpected(text, position);
                if (next != ':' && gap == count)
                    break; // "::" ends the address
                return new(next != ':' && count == 0 && gap < 0 ? EndpointFault.AddressMissing : EndpointFault.GroupMissing, start, 0);
            }

            if (next == '.')
            {
                if (count == 0 && gap < 0)
                    return new(EndpointFault.BracketsOnIPv4, start, LengthToBracket(text, start));
                if (count > (gap < 0 ? 6 : 5))
                    return new(EndpointFault.TooManyGroups, start, length);
                position = start;
                EndpointError error = ReadIPv4(text, ref position, out uint tail);
                if (error.Fault != EndpointFault.None)
                    return error;
                groups = groups << 32 | tail;
                count += 2;
                break;
            }

            if (length > 4)
                return new(EndpointFault.GroupTooLong, start, length);
            if (count == (gap < 0 ? 8 : 7))
                return new(EndpointFault.TooManyGroups, start, length);
            groups = groups << 16 | group;
            count++;

            if (next != ':')
                break;
            if (Peek(text, position + 1) != ':')
            {
                position++;
                continue;
            }

            if (gap >= 0)
                return new(EndpointFault.SecondDoubleColon, position, 2);
            if (count == 8)
                return new(EndpointFault.TooManyGroups, position, 2);
            gap = count;
            position += 2;
        }

        uint last = Peek(text, position);
        if (last == ':' || !EndsAddress(last))
            return Unexpected(text, position);
        if (gap < 0 && count < 8)
            return new(EndpointFault.TooFewGroups, position, 0);
        value = gap < 0 ? groups : Spread(groups, gap, count - gap);
        return default;
    }

    /// <summary>
    /// Reads '%' and a decimal zone. A name (printable ASCII without brackets, colon, slash and percent sign) is a fault of
    /// its own kind that covers the name.
    /// </summary>
    internal static EndpointError ReadZone<TChar>(ReadOnlySpan<TChar> text, ref int position, bool bracketed, out uint scopeId)
        where TChar : unmanaged
    {
        scopeId = 0;
        position++;
        int start = position;
        ulong number = ReadDecimal(text, ref position, uint.MaxValue);
        int digits = position - start;

        uint next;
        while (IsZoneCharacter(next = Peek(text, position)))
            position++;
        if (next != End && !(bracketed && next == ']'))
            return Unexpected(text, position);

        int length = position - start;
        if (length == 0)
            return new(EndpointFault.ZoneMissing, start, 0);
        if (length != digits)
            return new(EndpointFault.ZoneNameNeedsHost, start, length);
        if (number > uint.MaxValue)
            return new(EndpointFault.ZoneTooLarge, start, length);
        scopeId = (uint)number;
        return default;
    }

    /// <summary>Reads decimal digits, maybe none; a number above the limit is answered as the limit plus one.</summary>
    internal static ulong ReadDecimal<TChar>(ReadOnlySpan<TChar> text, ref int position, ulong limit)
        where TChar : unmanaged
    {
        ulong number = 0;
        for (uint digit; (digit = Peek(text, position) - '0') <= 9; position++)
            number = Math.Min(number * 10 + digit, limit + 1);
        return number;
    }

    private static UInt128 Spread(UInt128 groups, int before, int after)
    {
        UInt128 head = groups >> (16 * after);
        UInt128 tail = groups & ((UInt128.One << (16 * after)) - 1);
        // With nothing before "::" the shift is 128, which means 0; the head is 0 then.
        return head << (16 * (8 - before)) | tail;
    }

    private static int LengthToBracket<TChar>(ReadOnlySpan<TChar> text, int start)
        where TChar : unmanaged
    {
        int position = start;
        while (Peek(text, position) is not (']' or End))
            position++;
        return position - start;
    }

    private static bool EndsAddress(uint character) => character is End or ':' or '%' or ']' or '/';

    private static bool IsZoneCharacter(uint character)
        => character is > ' ' and < 0x7f and not ('[' or ']' or '%' or '/' or ':');

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HexDigit(uint character)
    {
        uint digit = character - '0';
        if (digit <= 9)
            return (int)digit;
        uint letter = (character | 0x20) - 'a';
        return letter <= 5 ? (int)letter + 10 : -1;
    }
}
