using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads <c>[v6]:port</c> of eight written groups, two groups at a time; in far fewer steps than <see cref="IPv6EndpointVector"/>.</summary>
/// <remarks>
/// <para>
/// The digits of a pair of groups, and the colons between and behind them, are within eleven characters from the delimiter
/// before the pair. How far from it the two colons are, a bit for each, selects a row of <see cref="FullIPv6EndpointTables"/>,
/// which moves the digits of both groups to their places. Behind the last pair is the bracket, and then the port's colon; its
/// row counts back from that colon.
/// </para>
/// <para>
/// Nothing goes unseen: the pairs follow each other from the first bracket to the port's colon, each right row is for one place
/// of its two colons and takes all characters between them as digits, and any other row takes a delimiter for a digit.
/// </para>
/// <para>
/// All loads lie inside the text: its first 32 characters, its last 16, the 16 from the first bracket and from the second and
/// the fourth colon on, of which the fourth is early enough, and the 16 that end at the port's colon, which is late enough.
/// </para>
/// <para>
/// Accepts the strict grammar of texts of <see cref="MinLength"/> to <see cref="MaxLength"/> characters, except those with
/// "::", a zone, a dotted tail or a port of more than six digits; what it refuses is read again. That is rare: a text of this
/// length has eight groups, where "::" stands for two or more as RFC 5952, section 4.2.2, wants it.
/// </para>
/// </remarks>
internal static unsafe class FullIPv6EndpointVector
{
    /// <summary>One more than the length of six groups of four digits, "::" before or behind them, and the longest port.</summary>
    internal const int MinLength = 40;

    /// <summary>What two loads of 32 and 16 characters hold: the longest address with the longest port, and one.</summary>
    internal const int MaxLength = 32 + 16;

    // Seven of the address, and the port's.
    private const int Colons = 8;

    // Behind four groups of four digits each.
    private const int FarthestFourthColon = 20;

    // A colon and as many digits as the controls are for.
    private const int MostOfPort = 7;

    /// <summary>Whether this machine has AVX2, and with it the instructions that find bits.</summary>
    internal static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported && Bmi1.X64.IsSupported && Lzcnt.X64.IsSupported;
    }

    /// <summary>Reads a whole text of <see cref="MinLength"/> to <see cref="MaxLength"/> characters; what is answered beside false is no endpoint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        Unsafe.SkipInit(out endpoint);

        // Not pinned: that takes more steps than the loads.
        ref TChar first = ref MemoryMarshal.GetReference(text);
        nint length = text.Length;
        if (ScalarEndpointReader.At(ref first, 0) != '[')
            return false;
        Vector128<byte> tail = LoadBlock(ref first, length - 16);
        Vector256<byte> head = typeof(TChar) == typeof(byte)
            ? Vector256.LoadUnsafe(ref Unsafe.As<TChar, byte>(ref first))
            : LoadBlocks(ref first, 0, 16);
        ulong colons = Vector256.Equals(head, Vector256.Create((byte)':')).ExtractMostSignificantBits()
            | (ulong)Vector128.Equals(tail, Vector128.Create((byte)':')).ExtractMostSignificantBits() << (int)(length - 16);
        ulong fromSecond = colons & (colons - 1);
        ulong fromThird = fromSecond & (fromSecond - 1);
        ulong fromFourth = fromThird & (fromThird - 1);
        ulong fromFifth = fromFourth & (fromFourth - 1);
        ulong fromSixth = fromFifth & (fromFifth - 1);
        ulong fromSeventh = fromSixth & (fromSixth - 1);

        // The instructions by name: no conversion of what they answer, and no care for 0.
        nint portColon = (nint)(Lzcnt.X64.LeadingZeroCount(colons) ^ 63);
        uint portWidth = (uint)((int)length - (int)portColon);
        if (BitOperations.PopCount(colons) != Colons
            || ((uint)fromFourth & ((2u << FarthestFourthColon) - 1)) == 0
            || portWidth > MostOfPort)
        {
            return false;
        }

        nint second = (nint)Bmi1.X64.TrailingZeroCount(fromSecond);
        nint fourth = (nint)Bmi1.X64.TrailingZeroCount(fromFourth);
        nint sixth = (nint)Bmi1.X64.TrailingZeroCount(fromSixth);
        byte* firstRow = FullIPv6EndpointTables.Row(colons ^ fromThird);
        byte* secondRow = FullIPv6EndpointTables.Row((fromThird ^ fromFifth) >> (int)second);
        byte* thirdRow = FullIPv6EndpointTables.Row((fromFifth ^ fromSeventh) >> (int)fourth);
        byte* lastRow = FullIPv6EndpointTables.LastRow(fromSeventh >> (int)sixth);

        // The words are in host order: of each four groups, the second pair is in the lower half of a word.
        Vector256<byte> control = Vector256.Create(
            FullIPv6EndpointTables.Load(secondRow, firstRow), FullIPv6EndpointTables.Load(lastRow, thirdRow));
        Vector256<byte> lowerHalves = Avx2.Shuffle(LoadBlocks(ref first, second, portColon - FullIPv6EndpointTables.PortColon), control);
        Vector256<byte> upperHalves = Avx2.Shuffle(LoadBlocks(ref first, 0, fourth), control);
        Vector256<byte> characters = Avx2.Blend(lowerHalves.AsUInt32(), upperHalves.AsUInt32(), 0b1100_1100).AsByte();

        // Control 0 means a digit that is not there, and makes it 0; a greater one leaves the digit as it is.
        Vector256<byte> hex = Avx2.Sign(IPv6EndpointVector.ReadHex(characters).AsSByte(), control.AsSByte()).AsByte();
        Vector256<ulong> words = IPv6EndpointVector.PackNibbles(hex);
        Vector128<byte> digits = Ssse3.Shuffle(
            tail - Vector128.Create((byte)'0'), Vector128.CreateScalar(IPv6EndpointTables.LastOf16(portWidth)).AsByte());

        // Whatever is greater than a digit gets its upper bit; of the decimal ones, the lower eight are the port's.
        uint wrong = Avx2.AddSaturate(hex, Vector256.Create((byte)(0x80 - 16))).ExtractMostSignificantBits();
        wrong |= (byte)Sse2.AddSaturate(digits, Vector128.Create((byte)(0x80 - 10))).ExtractMostSignificantBits();
        wrong |= ScalarEndpointReader.At(ref first, portColon - 1) ^ ']';
        uint port = (uint)IPv6EndpointVector.PackDecimals(digits);
        endpoint = NetEndpoint.FromIPv6(words.ToScalar(), words.GetUpper().ToScalar(), 0, (ushort)port);
        return (wrong | port >> 16) == 0;
    }

    /// <summary>Sixteen characters from each of two places on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LoadBlocks<TChar>(ref TChar text, nint one, nint other)
        where TChar : unmanaged
        => Vector256.Create(LoadBlock(ref text, one), LoadBlock(ref text, other));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LoadBlock<TChar>(ref TChar text, nint place)
        where TChar : unmanaged
    {
        if (typeof(TChar) == typeof(byte))
            return Vector128.LoadUnsafe(ref Unsafe.As<TChar, byte>(ref text), (nuint)place);
        ref ushort units = ref Unsafe.As<TChar, ushort>(ref text);
        return IPv4EndpointVector.Narrow(Vector128.LoadUnsafe(ref units, (nuint)place), Vector128.LoadUnsafe(ref units, (nuint)place + 8));
    }
}
