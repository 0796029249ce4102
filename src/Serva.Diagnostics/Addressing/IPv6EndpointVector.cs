using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serva.Diagnostics.Addressing;

/// <summary>The characters of a text in vector registers: what <see cref="IPv6EndpointVector"/> asks of them.</summary>
internal interface IVectorText<TSelf>
    where TSelf : struct, IVectorText<TSelf>
{
    /// <summary>Loads a text of <see cref="IPv6EndpointVector.MinLength"/> to <see cref="IPv6EndpointVector.MaxLength"/> characters, nothing outside it.</summary>
    static abstract unsafe TSelf Load(byte* text, int length);

    /// <summary>The same for UTF-16; a code unit above 255 becomes a byte that no text of the grammar has.</summary>
    static abstract unsafe TSelf Load(ushort* text, int length);

    /// <summary>The places of the colons, and of all of <c>: ] % .</c></summary>
    (ulong Colons, ulong Delimiters) FindDelimiters();

    /// <summary>The places of the first eight set bits, a byte each.</summary>
    static abstract ulong Places(ulong bits);

    /// <summary>The characters at 32 places; any character for a place outside the text.</summary>
    Vector256<byte> Gather(Vector256<byte> places);
}

/// <summary>Reads <c>[v6]:port</c> and <c>[v6%7]:port</c> in vectors; one algorithm for AVX2 and AVX-512.</summary>
/// <remarks>
/// The colons before the end of the address select a row of <see cref="IPv6EndpointTables"/>, which names the delimiter behind
/// and before each of the eight groups. A group's four nibbles are the four characters before its end, as far as they lie
/// behind its begin; so one gather brings all 32 nibbles to their places, and "::" costs nothing. Every character is looked at:
/// as a delimiter, as a nibble or as a digit of zone or port; a group of more than four digits is refused. Accepts
/// the strict grammar except dotted tails, ports of more than five digits, zones of more than nine and texts of more
/// than <see cref="MaxLength"/> characters; what it refuses, the scalar reader reads again.
/// </remarks>
internal static unsafe class IPv6EndpointVector
{
    /// <summary>The length of <c>[::]:0</c>.</summary>
    internal const int MinLength = 6;

    /// <summary>The length of a full address with the longest port; so the last lane of a third 16-byte vector stays free.</summary>
    internal const int MaxLength = 47;

    /// <summary>Reads a whole text that begins with a bracket; answers false for a length it cannot read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar, TText>(ReadOnlySpan<TChar> text, out ulong high, out ulong low, out uint scopeId, out uint port)
        where TChar : unmanaged
        where TText : struct, IVectorText<TText>
    {
        if ((uint)(text.Length - MinLength) > MaxLength - MinLength)
        {
            high = low = scopeId = port = 0;
            return false;
        }

        fixed (TChar* first = text)
        {
            if (At(first, 0) != '[')
            {
                high = low = scopeId = port = 0;
                return false;
            }

            return TryRead<TChar, TText>(first, text.Length, out high, out low, out scopeId, out port);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead<TChar, TText>(TChar* text, int length, out ulong high, out ulong low, out uint scopeId, out uint port)
        where TChar : unmanaged
        where TText : struct, IVectorText<TText>
    {
        TText characters = typeof(TChar) == typeof(byte) ? TText.Load((byte*)text, length) : TText.Load((ushort*)text, length);
        (ulong colons, ulong delimiters) = characters.FindDelimiters();
        ulong stops = colons ^ delimiters;
        int end = BitOperations.TrailingZeroCount(stops);
        int close = end;
        high = low = scopeId = port = 0;
        if (end >= length)
            return false;
        if (At(text, end) != ']')
        {
            close = BitOperations.TrailingZeroCount(stops & (stops - 1));
            if (At(text, end) != '%' || close >= length || At(text, close) != ']' || (uint)(close - end - 2) > 8)
                return false;
            for (int i = end + 1; i < close; i++)
            {
                uint digit = At(text, i) - '0';
                if (digit > 9)
                    return false;
                scopeId = (scopeId * 10) + digit;
            }
        }

        ulong portColon = colons >> close >> 1;
        ulong lastPlace = 1UL << (end - 1);
        colons &= (lastPlace << 1) - 1;
        ulong pairs = colons & (colons >> 1);
        // Below the lowest pair; everything where there is none.
        uint before = (uint)BitOperations.PopCount(colons & ((pairs & (0 - pairs)) - 1));
        uint count = (uint)BitOperations.PopCount(colons);
        // A colon right behind the bracket or right before the end belongs to the pair; eight colons need one there.
        ulong edges = colons & (2 | lastPlace);
        ulong wrong = (pairs & (pairs - 1)) | (edges & ~(pairs | (pairs << 1))) | (~portColon & 1) | (count >> 4);
        wrong |= (count >> 3) & (edges == 0 ? 1u : 0u);
        int portDigits = length - close - 2;
        wrong |= (uint)portDigits >> 4;

        byte* row = IPv6EndpointTables.Row(before, count);
        Vector128<byte> places = Vector128.Create(TText.Places(colons), (uint)end | (0x7fu << (8 * (IPv6EndpointTables.Wrong - IPv6EndpointTables.End)))).AsByte();
        Vector256<byte> both = Vector256.Create(places, places);
        Vector256<sbyte> ends = Avx2Text.ShuffleLanes(both, Vector256.Load(row)).AsSByte();
        Vector256<sbyte> begins = Avx2Text.ShuffleLanes(both, Vector256.Load(row + 32)).AsSByte();

        // Nibbles lie little-endian by bytes, so that the packed bytes are two words in host order: per group the last two
        // characters, then the two before them.
        Vector256<sbyte> nibbles = ends + Vector256.Create(unchecked((int)0xfdfc_fffe)).AsSByte();
        Vector256<byte> present = Vector256.GreaterThan(nibbles, begins).AsByte();
        Vector256<byte> tooLong = Vector256.GreaterThan(ends - Vector256.Create((sbyte)5), begins).AsByte();
        Vector256<byte> hex = Vector256.ConditionalSelect(present, characters.Gather(nibbles.AsByte()), Vector256.Create((byte)'0'));

        Vector256<byte> digits = hex - Vector256.Create((byte)'0');
        Vector256<byte> letters = (hex | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a');
        Vector256<byte> isDigit = Vector256.Equals(Vector256.Min(digits, Vector256.Create((byte)9)), digits);
        Vector256<byte> isLetter = Vector256.Equals(Vector256.Min(letters, Vector256.Create((byte)5)), letters);
        Vector256<byte> values = Vector256.ConditionalSelect(isDigit, digits, letters + Vector256.Create((byte)10));
        Vector256<byte> good = Vector256.AndNot(isDigit | isLetter, tooLong);

        Vector256<ulong> words = Avx2Text.PackNibbles(values);
        high = words.ToScalar();
        low = words.GetUpper().ToScalar();

        Vector128<byte> fault = Vector128<byte>.Zero;
        port = IPv4EndpointVector.ReadPort(LoadTail(text, length), portDigits, ref fault);
        return (good.ExtractMostSignificantBits() == uint.MaxValue) & (fault == Vector128<byte>.Zero) & ((wrong | port >> 16) == 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint At<TChar>(TChar* text, int place)
        where TChar : unmanaged
        => typeof(TChar) == typeof(byte) ? ((byte*)text)[place] : ((ushort*)text)[place];

    /// <summary>The last eight characters, or less, at the end of the lower half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LoadTail<TChar>(TChar* text, int length)
        where TChar : unmanaged
    {
        // How many of eight characters are missing: max(0, 8 - length), without a branch.
        int missing = 8 - length;
        missing &= ~(missing >> 31);
        TChar* first = text + length - 8 + missing;
        TChar* last = text + length - 4;
        if (typeof(TChar) == typeof(byte))
            return Vector128.CreateScalar((*(uint*)first << (8 * missing)) | (ulong)*(uint*)last << 32).AsByte();
        Vector128<ushort> both = Vector128.Create(*(ulong*)first << (16 * missing), *(ulong*)last).AsUInt16();
        return IPv4EndpointVector.Narrow(both, Vector128<ushort>.Zero);
    }
}
