using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads <c>[v6]:port</c> of eight written groups, two groups at a time, in half the steps of <see cref="IPv6EndpointVector"/>.</summary>
/// <remarks>
/// <para>
/// The digits of a pair of groups, and the colons between and behind them, are within eleven characters from the delimiter
/// before the pair. How far from it the two colons are, a bit for each, is the number of a row of
/// <see cref="FullIPv6EndpointTables"/>, which moves the digits of both groups to their places. Behind the last pair is the
/// port's colon, and the bracket one before it; its row counts back from that colon.
/// </para>
/// <para>
/// Nothing goes unseen: the pairs follow each other from the first bracket to the port's colon, each row is for one place of
/// its two colons and takes all characters between them as digits, and the row for any other places takes a delimiter for one.
/// </para>
/// <para>
/// Accepts the strict grammar of texts of 39 to 48 characters that have no "::", no zone and a port of at most six digits; what
/// it refuses, <see cref="IPv6EndpointVector"/> reads again. Few texts have to be read twice: by RFC 5952, section 4.2.2, "::"
/// never stands for one group, and six groups with the longest port have 38 characters.
/// </para>
/// </remarks>
internal static unsafe class FullIPv6EndpointVector
{
    /// <summary>One more than the length of six groups of four digits, "::" and the longest port.</summary>
    internal const int MinLength = 39;

    /// <summary>The length of a full address with the longest port, and one; what two loads of 32 and 16 characters hold.</summary>
    internal const int MaxLength = IPv6EndpointVector.MaxLength;

    private const int Colons = 8;

    // Behind four groups of four digits each; so that 16 characters from there on are in the shortest text.
    private const int FarthestFourthColon = 20;

    /// <summary>Whether this machine has AVX2, and with it the instructions that find bits.</summary>
    internal static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported && Bmi1.X64.IsSupported && Lzcnt.X64.IsSupported;
    }

    /// <summary>Reads a whole text of <see cref="MinLength"/> to <see cref="MaxLength"/> characters; what is answered beside false is no endpoint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar>(TChar* text, nint length, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        Unsafe.SkipInit(out endpoint);
        if (ScalarEndpointReader.At(text, 0) != '[')
            return false;
        Vector128<byte> tail = LoadBlock(text + length - 16);
        Vector256<byte> head = typeof(TChar) == typeof(byte) ? Vector256.Load((byte*)text) : LoadBlocks(text, text + 16);
        ulong first = Vector256.Equals(head, Vector256.Create((byte)':')).ExtractMostSignificantBits();
        first |= (ulong)Vector128.Equals(tail, Vector128.Create((byte)':')).ExtractMostSignificantBits() << (int)(length - 16);
        ulong second = first & (first - 1);
        ulong third = second & (second - 1);
        ulong fourth = third & (third - 1);
        ulong fifth = fourth & (fourth - 1);
        ulong sixth = fifth & (fifth - 1);
        ulong seventh = sixth & (sixth - 1);

        // The port with its colon, which is the last.
        nint portColon = (nint)(Lzcnt.X64.LeadingZeroCount(first) ^ 63);
        uint portWidth = (uint)((int)length - (int)portColon);
        if (BitOperations.PopCount(first) != Colons || ((uint)fourth & ((2u << FarthestFourthColon) - 1)) == 0 || portWidth > 7)
            return false;

        nint secondColon = (nint)Bmi1.X64.TrailingZeroCount(second);
        nint fourthColon = (nint)Bmi1.X64.TrailingZeroCount(fourth);
        nint sixthColon = (nint)Bmi1.X64.TrailingZeroCount(sixth);
        Vector256<byte> control = Vector256.Create(
            FullIPv6EndpointTables.Load(
                FullIPv6EndpointTables.Row((third ^ fifth) >> (int)secondColon), FullIPv6EndpointTables.Row(first ^ third)),
            FullIPv6EndpointTables.Load(
                FullIPv6EndpointTables.LastRow(seventh >> (int)sixthColon), FullIPv6EndpointTables.Row((fifth ^ seventh) >> (int)fourthColon)));

        // The words are in host order: the second pair of each four groups is in the lower half of a word.
        Vector256<byte> lower = Avx2.Shuffle(LoadBlocks(text + secondColon, text + portColon - FullIPv6EndpointTables.PortColon), control);
        Vector256<byte> upper = Avx2.Shuffle(LoadBlocks(text, text + fourthColon), control);
        Vector256<byte> characters = Avx2.Blend(lower.AsUInt32(), upper.AsUInt32(), 0b1100_1100).AsByte();

        // Control 0 is for a digit that is not there, and makes it 0; a greater one leaves the digit as it is.
        Vector256<byte> hex = Avx2.Sign(IPv6EndpointVector.ReadHex(characters).AsSByte(), control.AsSByte()).AsByte();
        Vector256<ulong> words = IPv6EndpointVector.PackNibbles(hex);
        Vector128<byte> digits = Ssse3.Shuffle(
            tail - Vector128.Create((byte)'0'), Vector128.CreateScalar(IPv6EndpointTables.Digits(16, portWidth)).AsByte());

        // Whatever is greater than a digit gets its upper bit; of the decimal ones, the lower eight are the port's.
        uint wrong = Avx2.AddSaturate(hex, Vector256.Create((byte)(0x80 - 16))).ExtractMostSignificantBits();
        wrong |= (byte)Sse2.AddSaturate(digits, Vector128.Create((byte)(0x80 - 10))).ExtractMostSignificantBits();
        wrong |= ScalarEndpointReader.At(text, (int)portColon - 1) ^ ']';
        uint port = (uint)IPv6EndpointVector.PackDecimals(digits);
        endpoint = NetEndpoint.FromIPv6(words.ToScalar(), words.GetUpper().ToScalar(), 0, (ushort)port);
        return (wrong | port >> 16) == 0;
    }

    /// <summary>Sixteen characters from each of two places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LoadBlocks<TChar>(TChar* lower, TChar* upper)
        where TChar : unmanaged
        => Vector256.Create(LoadBlock(lower), LoadBlock(upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LoadBlock<TChar>(TChar* text)
        where TChar : unmanaged
        => typeof(TChar) == typeof(byte)
            ? Vector128.Load((byte*)text)
            : IPv4EndpointVector.Narrow(Vector128.Load((ushort*)text), Vector128.Load((ushort*)text + 8));
}
