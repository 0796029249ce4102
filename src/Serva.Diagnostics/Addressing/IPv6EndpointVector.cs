using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>The characters of a text in vector registers: what <see cref="IPv6EndpointVector"/> asks of them.</summary>
internal interface IVectorText<TSelf>
    where TSelf : struct, IVectorText<TSelf>
{
    /// <summary>The longest text this can hold.</summary>
    static abstract int MaxLength { get; }

    /// <summary>Loads a text, nothing outside it; a code unit above 255 becomes a byte that no text of the grammar has.</summary>
    static abstract unsafe TSelf Load<TChar>(TChar* text, nint length)
        where TChar : unmanaged;

    /// <summary>The last 16 characters; or the whole text and zeros, where it has no more.</summary>
    Vector128<byte> Tail { get; }

    /// <summary>A bit for each colon, the first character lowest.</summary>
    ulong FindColons();

    /// <summary>The places of the first seven set bits, a byte each, any place for a bit that is not there; the last byte is 0.</summary>
    static abstract ulong Places(ulong bits);

    /// <summary>The characters at 32 places: zero before the text, any character behind it.</summary>
    Vector256<byte> Gather(Vector256<byte> places);
}

/// <summary>Reads <c>[v6]:port</c> and <c>[v6%7]:port</c> in vectors, with one branch at the verdict; one algorithm for all widths.</summary>
/// <remarks>
/// <para>
/// The first bracket among the last 16 characters closes the address, and must have a colon behind it; a percent sign there, if
/// any, ends the address before. One that stands further ahead is a character of the address, and no digit. The colons before
/// that end select a row of <see cref="IPv6EndpointTables"/>, which names the delimiter behind and before each of
/// the eight groups. A group's four nibbles are the four characters before its end, as far as they lie behind its begin; so one
/// gather brings all 32 nibbles to their places, and "::" costs nothing. Port and zone, there or not, are the two halves of one
/// vector of digits.
/// </para>
/// <para>
/// Nothing goes unseen: nibbles and colons together must be as many as the address has characters, so that a group of five
/// digits is refused; and a group has a digit unless "::" begins or ends the address there, so that a colon at an edge, a
/// second "::", or a row that is not for so many colons is refused. Accepts the strict grammar except dotted tails, eight colons (a "::" that stands for one group at
/// an edge), ports and zones of more than six digits, and texts of more than 48 characters; what it refuses, the scalar reader
/// reads again.
/// </para>
/// </remarks>
internal static unsafe class IPv6EndpointVector
{
    /// <summary>The length of <c>[::]:0</c>.</summary>
    internal const int MinLength = 6;

    /// <summary>The length of a full address with the longest port, and one.</summary>
    internal const int MaxLength = 48;

    /// <summary>
    /// Reads a whole text that begins with a bracket, of a length that <typeparamref name="TText"/> can hold; what is answered
    /// beside false is no endpoint.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar, TText>(TChar* text, nint length, out NetEndpoint endpoint)
        where TChar : unmanaged
        where TText : struct, IVectorText<TText>
    {
        TText characters = TText.Load(text, length);
        ulong colons = characters.FindColons();
        Vector128<byte> tail = characters.Tail;
        int tailLength = TText.MaxLength <= 16 ? (int)length : 16;
        int beforeTail = (int)length - tailLength;

        // Without a bracket the address ends behind the text, and its port has less than no digits.
        uint brackets = Vector128.Equals(tail, Vector128.Create((byte)']')).ExtractMostSignificantBits() | 1 << 16;
        uint percents = Vector128.Equals(tail, Vector128.Create((byte)'%')).ExtractMostSignificantBits();
        int closeInTail = BitOperations.TrailingZeroCount(brackets);
        int close = beforeTail + closeInTail;
        int end = beforeTail + BitOperations.TrailingZeroCount(brackets | percents);
        uint wrong = (uint)~(colons >> close) & 2;

        ulong inAddress = Bmi2.X64.IsSupported ? Bmi2.X64.ZeroHighBits(colons, (uint)end) : colons & ((1UL << end) - 1);
        ulong pairs = inAddress & (inAddress >> 1);
        // Up to the lowest pair's first colon; all where there is no pair.
        uint before = (uint)BitOperations.PopCount(inAddress & (pairs ^ (pairs - 1)));
        uint count = (uint)BitOperations.PopCount(inAddress);
        uint form = IPv6EndpointTables.Form(before, count);

        // The places of all colons need not wait for the end of the address; its form names none of those behind it.
        byte* row = IPv6EndpointTables.Row(form);
        Vector256<byte> places = Vector256.Create(TText.Places(colons) | (ulong)end << (8 * IPv6EndpointTables.End)).AsByte();
        Vector256<sbyte> ends = Avx2.Shuffle(places, Vector256.Load(row)).AsSByte();
        Vector256<sbyte> begins = Avx2.Shuffle(places, Vector256.Load(row + 32)).AsSByte();

        // Nibbles lie little-endian by bytes, so that the packed bytes are two words in host order: per group the last two
        // characters, then the two before them.
        Vector256<sbyte> nibbles = ends + Vector256.Create(unchecked((int)0xfdfc_fffe)).AsSByte();
        Vector256<byte> present = Vector256.GreaterThan(nibbles, begins).AsByte();
        uint digitsFound = present.ExtractMostSignificantBits();
        wrong |= IPv6EndpointTables.LastDigits(form) & ~digitsFound;
        wrong |= (uint)BitOperations.PopCount(digitsFound) + count + 1 ^ (uint)end;
        Vector256<byte> hex = ReadHex(characters.Gather(nibbles.AsByte())) & present;
        Vector256<ulong> words = PackNibbles(hex);

        // Digits are counted with the delimiter before them; so no zone is 0, and an empty one is 1.
        uint portWidth = (uint)((int)length - 1 - close);
        uint zoneWidth = (uint)(close - end);
        wrong |= (portWidth | zoneWidth) >> 3;
        Vector128<byte> digits = Ssse3.Shuffle(
            tail - Vector128.Create((byte)'0'),
            Vector128.Create(IPv6EndpointTables.Digits(tailLength, portWidth), IPv6EndpointTables.Digits(closeInTail, zoneWidth)).AsByte());

        // Whatever is greater than a digit gets its upper bit.
        wrong |= Avx2.AddSaturate(hex, Vector256.Create((byte)(0x80 - 16))).ExtractMostSignificantBits();
        wrong |= Sse2.AddSaturate(digits, Vector128.Create((byte)(0x80 - 10))).ExtractMostSignificantBits();

        ulong numbers = PackDecimals(digits);
        endpoint = NetEndpoint.FromIPv6(words.ToScalar(), words.GetUpper().ToScalar(), (uint)(numbers >> 32), (ushort)numbers);
        return (wrong | (uint)numbers >> 16) == 0;
    }

    /// <summary>The values of hexadecimal digits; of any other character one above 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> ReadHex(Vector256<byte> characters)
    {
        // The digits are moved to the upper end, and there cut off from what would come behind them; 'a' to 'f' to the lower
        // end, whereafter what comes before them wraps round and saturates. What is neither is the lesser of two above 15.
        Vector256<byte> digits = Avx2.SubtractSaturate(characters + Vector256.Create((byte)(0xff - '9')), Vector256.Create((byte)6)) - Vector256.Create((byte)0xf0);
        Vector256<byte> letters = (characters | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a');
        return Vector256.Min(digits, Avx2.AddSaturate(letters, Vector256.Create((byte)10)));
    }

    /// <summary>Per pair of nibbles a byte, 16 times the first and the second: eight bytes of each half of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<ulong> PackNibbles(Vector256<byte> nibbles)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(nibbles, Vector256.Create((short)0x0110).AsSByte());
        return Avx2.PackUnsignedSaturate(pairs, pairs).AsUInt64();
    }

    /// <summary>Two numbers of eight digits, first digit first: the lower half's number in the lower half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong PackDecimals(Vector128<byte> digits)
    {
        Vector128<short> twos = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((short)0x010a).AsSByte());
        Vector128<int> fours = Sse2.MultiplyAddAdjacent(twos, Vector128.Create(0x0001_0064).AsInt16());
        Vector128<short> packed = Sse41.PackUnsignedSaturate(fours, fours).AsInt16();
        return Sse2.MultiplyAddAdjacent(packed, Vector128.Create(0x0001_2710).AsInt16()).AsUInt64().ToScalar();
    }
}
