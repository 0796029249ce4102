using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads endpoints without vectors: decimal numbers four characters at a time, hexadecimal digits by a table.</summary>
/// <remarks>
/// Four characters are a word of four 16-bit lanes, first character lowest, in UTF-16 as they lie and in UTF-8 spread; so a
/// multiplication sums up weighted digits in the highest lane without carries between lanes. Accepts the strict grammar except
/// ports of more than five digits and zones of more than nine; what it refuses, <see cref="EndpointParser"/> reads again, which
/// says why. Knows no faults and never allocates.
/// </remarks>
internal static unsafe class ScalarEndpointReader
{
    private const ulong Zeros = 0x0030_0030_0030_0030;
    private const byte NoDigit = 0xff;

    /// <summary>The length of <c>[::1]:65535</c>.</summary>
    internal const int LongestLoopback = 11;

    // 1 in the highest lane, 10 in the one below, and so on: the product's highest lane is the number.
    private const ulong Weights = 1 | 10UL << 16 | 100UL << 32 | 1000UL << 48;

    private static readonly byte[] DigitMemory = GC.AllocateArray<byte>(256, pinned: true);

    /// <summary>Per character its value as a hexadecimal digit, or <see cref="NoDigit"/>.</summary>
    private static readonly byte* HexDigits = FillHexDigits();

    /// <summary>Reads a whole text; never inlined, for it is larger than all that its callers do.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool TryRead<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        endpoint = default;
        if (text.Length is < IPv6EndpointVector.MinLength or > EndpointParser.MaxLength || !BitConverter.IsLittleEndian)
            return false;
        fixed (TChar* first = text)
        {
            int position = 0;
            if (At(first, 0) != '[')
            {
                if (!TryReadIPv4(first, ref position, text.Length, out uint address) || !TryReadPort(first, position, text.Length, out ushort port))
                    return false;
                endpoint = NetEndpoint.FromIPv4(address, port);
                return true;
            }

            position = 1;
            if (!TryReadIPv6(first, ref position, text.Length, out ulong high, out ulong low))
                return false;
            uint scopeId = 0;
            if (Peek(first, position, text.Length) == '%' && !TryReadZone(first, ref position, text.Length, out scopeId))
                return false;
            if (Peek(first, position, text.Length) != ']' || !TryReadPort(first, position + 1, text.Length, out ushort portBehind))
                return false;
            endpoint = NetEndpoint.FromIPv6(high, low, scopeId, portBehind);
            return true;
        }
    }

    /// <summary>
    /// Reads <c>[::]:port</c> or <c>[::1]:port</c>, which most IPv6 sockets of a host are bound to; false for any other text.
    /// The text has six characters or more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadAnyOrLoopback<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        Unsafe.SkipInit(out endpoint);
        if (!BitConverter.IsLittleEndian)
            return false;

        // The fourth character is '1' or ']', which differ in bit 5. No branch tells the two apart: it would be guessed badly.
        ref TChar first = ref MemoryMarshal.GetReference(text);
        nint length = text.Length;
        ulong begin = LoadFour(ref first);
        nint low = (nint)(begin >> (48 + 5)) & 1;
        ulong wrong = (begin << 16) ^ 0x003a_003a_005b_0000; // "[::", the first character lowest
        wrong |= ((begin >> 48) ^ '1') & (ulong)-low;
        wrong |= (At(ref first, 3 + low) ^ ']') | (At(ref first, 4 + low) ^ ':');

        int digits = (int)(length - 5 - low);
        int missing = 4 - digits;
        uint firstDigit = (At(ref first, length - 5) ^ '0') & (uint)(missing >> 31);
        int shift = 16 * (missing & ~(missing >> 31));
        ulong lanes = (LoadFour(ref Unsafe.Add(ref first, length - 4)) ^ Zeros) >> shift << shift;
        uint port = (firstDigit * 10_000) + (uint)(lanes * Weights >> 48);
        if (wrong != 0 | (uint)(digits - 1) > 4 | CountDigits(lanes) != 4 | firstDigit > 9 | port > ushort.MaxValue)
            return false;
        endpoint = NetEndpoint.FromIPv6(0, (ulong)low, 0, (ushort)port);
        return true;
    }

    /// <summary>Whether a text of eight characters or more begins with <c>[::ffff:</c>, as the IPv4 clients of a socket do that serves both families.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsMapped<TChar>(TChar* text)
        where TChar : unmanaged
    {
        // The first character lowest.
        return typeof(TChar) == typeof(byte)
            ? Unsafe.ReadUnaligned<ulong>(text) == 0x3a66_6666_663a_3a5b
            : ((Unsafe.ReadUnaligned<ulong>(text) ^ 0x0066_003a_003a_005b) | (Unsafe.ReadUnaligned<ulong>(text + 4) ^ 0x003a_0066_0066_0066)) == 0;
    }

    /// <summary>Reads a whole text that begins with <c>[::ffff:</c>, most likely <c>[::ffff:192.0.2.1]:port</c>; one without dots slower than vectors would.</summary>
    internal static bool TryReadMapped<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        fixed (TChar* first = text)
        {
            int position = "[::ffff:".Length;
            if (BitConverter.IsLittleEndian
                && TryReadIPv4(first, ref position, text.Length, out uint address)
                && Peek(first, position, text.Length) == ']'
                && TryReadPort(first, position + 1, text.Length, out ushort port))
            {
                endpoint = NetEndpoint.FromIPv6(0, 0xffff_0000_0000UL | address, 0, port);
                return true;
            }
        }

        return TryRead(text, out endpoint);
    }

    /// <summary>Reads four octets; the text has four characters or more, and the position moves behind the address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadIPv4<TChar>(TChar* text, ref int position, int length, out uint address)
        where TChar : unmanaged
    {
        address = 0;
        int at = position;
        for (int octet = 0; octet < 4; octet++)
        {
            if (octet > 0 && Peek(text, at++, length) != '.')
                return false;
            if (at >= length)
                return false;

            // The last octet may stand so near to the end that four characters begin before it.
            int over = at + 4 - length;
            over &= ~(over >> 31);
            ulong lanes = (LoadFour(text + at - over) >> (16 * over)) ^ Zeros;
            int digits = CountDigits(lanes);
            ulong value = ((lanes << (16 * (4 - digits) & 63)) * Weights) >> 48;
            if (digits is 0 or 4 || value > 255 || (digits > 1 && (ushort)lanes == 0))
                return false;
            address = address << 8 | (uint)value;
            at += digits;
        }

        position = at;
        return true;
    }

    private static bool TryReadIPv6<TChar>(TChar* text, ref int position, int length, out ulong high, out ulong low)
        where TChar : unmanaged
    {
        byte* table = HexDigits;
        ulong headHigh = 0;
        ulong headLow = 0;
        int count = 0;
        int gap = -1;
        int at = position;
        high = low = 0;

        if (Peek(text, at, length) == ':')
        {
            if (Peek(text, at + 1, length) != ':')
                return false;
            gap = 0;
            at += 2;
        }

        while (true)
        {
            int start = at;
            uint group = Digit(table, Peek(text, at, length));
            if (group == NoDigit)
            {
                if (gap == count)
                    break; // "::" ends the address
                return false;
            }

            for (int i = 0; i < 3; i++)
            {
                uint digit = Digit(table, Peek(text, ++at, length));
                if (digit == NoDigit)
                    goto GroupRead;
                group = group << 4 | digit;
            }

            at++;
        GroupRead:
            uint next = Peek(text, at, length);
            if (next == '.')
            {
                if (count > 6 || !TryReadIPv4(text, ref start, length, out uint tail))
                    return false;
                high = high << 32 | low >> 32;
                low = low << 32 | tail;
                count += 2;
                at = start;
                break;
            }

            high = high << 16 | low >> 48;
            low = low << 16 | group;
            count++;
            if (next != ':' || count > 7)
            {
                if (next == ':')
                    return false;
                break;
            }

            at++;
            if (Peek(text, at, length) != ':')
                continue;
            if (gap >= 0)
                return false;
            at++;
            gap = count;
            (headHigh, headLow) = ShiftLeft(high, low, 16 * (8 - count));
            high = low = 0;
        }

        if (gap < 0 ? count != 8 : count > 7)
            return false;
        high |= headHigh;
        low |= headLow;
        position = at;
        return true;
    }

    private static bool TryReadZone<TChar>(TChar* text, ref int position, int length, out uint scopeId)
        where TChar : unmanaged
    {
        scopeId = 0;
        int at = position + 1;
        int end = at;
        for (uint digit; end - at < 10 && (digit = Peek(text, end, length) - '0') <= 9; end++)
            scopeId = (scopeId * 10) + digit;
        position = end;
        return end - at is > 0 and < 10;
    }

    /// <summary>Reads a colon and one to five digits at the end of a text of six characters or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadPort<TChar>(TChar* text, int position, int length, out ushort port)
        where TChar : unmanaged
    {
        port = 0;
        int digits = length - position - 1;
        if (digits is < 1 or > 5 || At(text, position) != ':')
            return false;
        int few = int.Min(digits, 4);
        ulong lanes = LoadFour(text + length - 4) ^ Zeros;
        lanes = lanes >> (16 * (4 - few)) << (16 * (4 - few));
        if (CountDigits(lanes) != 4)
            return false;
        uint value = (uint)((lanes * Weights) >> 48);
        if (digits == 5)
        {
            uint first = At(text, length - 5) - '0';
            value += first * 10_000;
            if (first > 9 || value > ushort.MaxValue)
                return false;
        }

        port = (ushort)value;
        return true;
    }

    /// <summary>How many lanes from the lowest on hold 0 to 9; a lane above a greater one may be taken for greater too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountDigits(ulong lanes)
        => BitOperations.TrailingZeroCount(((lanes + 0x7ff6_7ff6_7ff6_7ff6) | lanes) & 0x8000_8000_8000_8000) >> 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LoadFour<TChar>(TChar* text)
        where TChar : unmanaged
        => LoadFour(ref Unsafe.AsRef<TChar>(text));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LoadFour<TChar>(ref TChar text)
        where TChar : unmanaged
    {
        if (typeof(TChar) != typeof(byte))
            return Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<TChar, byte>(ref text));
        ulong four = Unsafe.ReadUnaligned<uint>(ref Unsafe.As<TChar, byte>(ref text));
        four = (four | four << 16) & 0x0000_ffff_0000_ffff;
        return (four | four << 8) & 0x00ff_00ff_00ff_00ff;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong High, ulong Low) ShiftLeft(ulong high, ulong low, int bits) => bits switch
    {
        < 64 => (high << bits | low >> 1 >> (63 - bits), low << bits),
        < 128 => (low << (bits - 64), 0),
        _ => (0, 0),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Digit(byte* table, uint character) => character <= 0xff ? table[character] : NoDigit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint At<TChar>(TChar* text, int place)
        where TChar : unmanaged
        => typeof(TChar) == typeof(byte) ? ((byte*)text)[place] : ((ushort*)text)[place];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint At<TChar>(ref TChar text, nint place)
        where TChar : unmanaged
        => typeof(TChar) == typeof(byte) ? Unsafe.Add(ref Unsafe.As<TChar, byte>(ref text), place) : Unsafe.Add(ref Unsafe.As<TChar, ushort>(ref text), place);

    /// <summary>The character at a place, or 0 behind the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Peek<TChar>(TChar* text, int place, int length)
        where TChar : unmanaged
        => place < length ? At(text, place) : 0;

    private static byte* FillHexDigits()
    {
        for (int character = 0; character < 256; character++)
            DigitMemory[character] = char.IsAsciiHexDigit((char)character) ? (byte)Convert.ToInt32(((char)character).ToString(), 16) : NoDigit;
        return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(DigitMemory));
    }
}
