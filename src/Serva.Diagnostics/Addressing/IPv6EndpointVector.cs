using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>The characters of a text in vector registers: what <see cref="IPv6EndpointVector"/> asks of them.</summary>
internal interface IVectorText<TSelf>
    where TSelf : struct, IVectorText<TSelf>
{
    /// <summary>The shortest text this can hold.</summary>
    static abstract int MinLength { get; }

    /// <summary>The longest text this can hold.</summary>
    static abstract int MaxLength { get; }

    /// <summary>Loads a text, nothing outside it; a code unit above 255 becomes a byte that no text of the grammar has.</summary>
    static abstract unsafe TSelf Load<TChar>(TChar* text, int length)
        where TChar : unmanaged;

    /// <summary>The last 16 characters; or the whole text and zeros, where it has no more.</summary>
    Vector128<byte> Tail { get; }

    /// <summary>A bit for each colon, the first character lowest.</summary>
    ulong FindColons();

    /// <summary>The places of the first eight set bits, a byte each.</summary>
    static abstract ulong Places(ulong bits);

    /// <summary>The characters at 32 places: zero before the text, any character behind it.</summary>
    Vector256<byte> Gather(Vector256<byte> places);
}

/// <summary>Reads <c>[v6]:port</c> and <c>[v6%7]:port</c> in vectors, with one branch at the verdict; one algorithm for all widths.</summary>
/// <remarks>
/// <para>
/// The last colon stands before the port, the bracket before it, and a percent sign, if any, not far from it. The colons before
/// the end of the address select a row of <see cref="IPv6EndpointTables"/>, which names the delimiter behind and before each of
/// the eight groups. A group's four nibbles are the four characters before its end, as far as they lie behind its begin; so one
/// gather brings all 32 nibbles to their places, and "::" costs nothing. Port and zone, there or not, are the two halves of one
/// vector of digits.
/// </para>
/// <para>
/// Nothing goes unseen: nibbles and colons together must be as many as the address has characters, so that a group of five
/// digits is refused. Accepts the strict grammar except dotted tails, ports and zones of more than six digits, and texts of
/// more than 48 characters; what it refuses, the scalar reader reads again.
/// </para>
/// </remarks>
internal static unsafe class IPv6EndpointVector
{
    /// <summary>The length of <c>[::]:0</c>.</summary>
    internal const int MinLength = 6;

    /// <summary>The length of a full address with the longest port, and one.</summary>
    internal const int MaxLength = 48;

    private const byte DigitClass = 1;
    private const byte LetterClass = 2;
    private const byte BothClasses = DigitClass | LetterClass;

    /// <summary>Reads a whole text that begins with a bracket, of a length that <typeparamref name="TText"/> can hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar, TText>(TChar* text, int length, out ulong high, out ulong low, out uint scopeId, out uint port)
        where TChar : unmanaged
        where TText : struct, IVectorText<TText>
    {
        TText characters = TText.Load(text, length);
        ulong colons = characters.FindColons();
        Vector128<byte> tail = characters.Tail;
        int tailLength = TText.MaxLength <= 16 ? length : 16;
        int beforeTail = length - tailLength;

        // A text without a colon gets one behind its first character, so that every place below lies inside the text.
        int close = 62 - BitOperations.LeadingZeroCount(colons | 2);
        uint wrong = At(text, close) ^ ']';
        ulong percents = Vector128.Equals(tail, Vector128.Create((byte)'%')).ExtractMostSignificantBits();
        int end = BitOperations.TrailingZeroCount(percents << beforeTail | 1UL << close);

        ulong behind = 1UL << end;
        colons &= behind - 1;
        ulong pairs = colons & (colons >> 1);
        // A colon right behind the bracket or right before the end belongs to a pair, and there is no second pair.
        ulong lonely = colons & (2 | behind >> 1) & ~(pairs | pairs << 1);
        ulong broken = lonely | (pairs & (pairs - 1));
        // Up to the lowest pair's first colon; all where there is no pair.
        uint before = (uint)BitOperations.PopCount(colons & (pairs ^ (pairs - 1)));
        uint count = (uint)BitOperations.PopCount(colons);

        byte* row = IPv6EndpointTables.Row(before, count);
        Vector128<byte> places = Vector128.Create(TText.Places(colons), (uint)end | IPv6EndpointTables.WrongPlace).AsByte();
        Vector256<byte> both = Vector256.Create(places, places);
        Vector256<sbyte> ends = Avx2.Shuffle(both, Vector256.Load(row)).AsSByte();
        Vector256<sbyte> begins = Avx2.Shuffle(both, Vector256.Load(row + 32)).AsSByte();

        // Nibbles lie little-endian by bytes, so that the packed bytes are two words in host order: per group the last two
        // characters, then the two before them.
        Vector256<sbyte> nibbles = ends + Vector256.Create(unchecked((int)0xfdfc_fffe)).AsSByte();
        Vector256<byte> present = Vector256.GreaterThan(nibbles, begins).AsByte();
        wrong |= (uint)BitOperations.PopCount(present.ExtractMostSignificantBits()) + count + 1 ^ (uint)end;
        Vector256<byte> hex = Vector256.ConditionalSelect(present, characters.Gather(nibbles.AsByte()), Vector256.Create((byte)'0'));
        Vector256<ulong> words = PackNibbles(ReadHex(hex, ref wrong));
        high = words.ToScalar();
        low = words.GetUpper().ToScalar();

        // Digits are counted with the delimiter before them; so no zone is 0, and an empty one is 1.
        uint portWidth = (uint)(length - 1 - close);
        uint zoneWidth = (uint)(close - end);
        wrong |= (portWidth | zoneWidth) >> 3;
        Vector128<byte> controls = Vector128.Create(IPv6EndpointTables.DigitsBefore(tailLength), IPv6EndpointTables.DigitsBefore(close - beforeTail)).AsByte()
            | Vector128.Create(IPv6EndpointTables.NoDigits(portWidth), IPv6EndpointTables.NoDigits(zoneWidth)).AsByte();
        ulong numbers = ReadDecimals(Ssse3.Shuffle(tail - Vector128.Create((byte)'0'), controls), ref wrong);
        port = (uint)numbers;
        scopeId = (uint)(numbers >> 32);
        return (broken | (wrong | port >> 16)) == 0;
    }

    /// <summary>The values of hexadecimal digits. Each half-byte of a character admits classes; a digit has one that both admit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> ReadHex(Vector256<byte> characters, ref uint wrong)
    {
        // By lower half: 0 to 9 for the digits, 1 to 6 for the letters. A character from 0x80 on finds nothing.
        Vector128<byte> lower = Vector128.Create(
            DigitClass, BothClasses, BothClasses, BothClasses, BothClasses, BothClasses, BothClasses, DigitClass, DigitClass, DigitClass, 0, 0, 0, 0, 0, 0);
        // By upper half: 3 for the digits, 4 and 6 for the letters; and what makes its value of a character.
        Vector128<byte> upper = Vector128.Create(0, 0, 0, DigitClass, LetterClass, 0, LetterClass, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Vector128<byte> offset = Vector128.Create(0, 0, 0, -'0', 10 - 'A', 0, 10 - 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0).AsByte();

        Vector256<byte> halves = characters >> 4;
        Vector256<byte> classes = Avx2.Shuffle(Vector256.Create(lower, lower), characters) & Avx2.Shuffle(Vector256.Create(upper, upper), halves);
        wrong |= Vector256.Equals(classes, Vector256<byte>.Zero).ExtractMostSignificantBits();
        return characters + Avx2.Shuffle(Vector256.Create(offset, offset), halves);
    }

    /// <summary>Per pair of nibbles a byte, 16 times the first and the second: eight bytes of each half of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> PackNibbles(Vector256<byte> nibbles)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(nibbles, Vector256.Create((short)0x0110).AsSByte());
        return Avx2.PackUnsignedSaturate(pairs, pairs).AsUInt64();
    }

    /// <summary>Two numbers of eight digits, first digit first: the lower half's number in the lower half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadDecimals(Vector128<byte> digits, ref uint wrong)
    {
        wrong |= Vector128.Equals(Vector128.Min(digits, Vector128.Create((byte)9)), digits).ExtractMostSignificantBits() ^ 0xffff;
        Vector128<short> twos = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((short)0x010a).AsSByte());
        Vector128<int> fours = Sse2.MultiplyAddAdjacent(twos, Vector128.Create(0x0001_0064).AsInt16());
        Vector128<short> packed = Sse41.PackUnsignedSaturate(fours, fours).AsInt16();
        return Sse2.MultiplyAddAdjacent(packed, Vector128.Create(0x0001_2710).AsInt16()).AsUInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint At<TChar>(TChar* text, int place)
        where TChar : unmanaged
        => typeof(TChar) == typeof(byte) ? ((byte*)text)[place] : ((ushort*)text)[place];
}
