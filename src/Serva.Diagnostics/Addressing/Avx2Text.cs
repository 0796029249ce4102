using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>Up to 48 characters in one register of 32 bytes and one of 16.</summary>
internal readonly unsafe struct Avx2Text : IVectorText<Avx2Text>
{
    private readonly Vector256<byte> _first;
    private readonly Vector128<byte> _last;

    private Avx2Text(Vector256<byte> first, Vector128<byte> last)
    {
        _first = first;
        _last = last;
    }

    internal static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported;
    }

    /// <inheritdoc/>
    /// <remarks>Masked loads bring the whole dwords; the rest of one to three characters comes from the last dword of the text.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Text Load(byte* text, int length)
    {
        int whole = length >> 2;
        uint rest = (uint)((ulong)*(uint*)(text + length - 4) >> (8 * (4 - (length & 3))));
        Vector128<int> lastLanes = Vector128.Create(8, 9, 10, 11);
        Vector256<int> count = Vector256.Create(whole);
        Vector256<int> end = Vector256.Create((int)rest);
        Vector128<int> last = Avx2.MaskLoad((int*)text + 8, Vector128.GreaterThan(count.GetLower(), lastLanes));
        last |= Vector128.Equals(count.GetLower(), lastLanes) & end.GetLower();
        return new(LoadDwords((int*)text, count, end, 0).AsByte(), last.AsByte());
    }

    /// <inheritdoc/>
    /// <remarks>Masked loads bring the whole pairs; the last character of an odd number comes alone.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Text Load(ushort* text, int length)
    {
        int whole = length >> 1;
        uint rest = text[length - 1] & (uint)-(length & 1);
        Vector256<int> count = Vector256.Create(whole);
        Vector256<int> end = Vector256.Create((int)rest);
        Vector256<short> first = LoadDwords((int*)text, count, end, 0).AsInt16();
        Vector256<short> second = LoadDwords((int*)text, count, end, 8).AsInt16();
        Vector256<short> third = LoadDwords((int*)text, count, end, 16).AsInt16();
        return new(
            Avx2.Permute4x64(Avx2.PackUnsignedSaturate(first, second).AsInt64(), 0b11_01_10_00).AsByte(),
            Sse2.PackUnsignedSaturate(third.GetLower(), third.GetUpper()));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The four delimiters differ in their lower nibbles (a, d, 5, e): a table by nibble holds each of them, and what equals its
    /// entry is one.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (ulong Colons, ulong Delimiters) FindDelimiters()
    {
        Vector128<byte> table = Vector128.Create((byte)0xff, 0xff, 0xff, 0xff, 0xff, (byte)'%', 0xff, 0xff, 0xff, 0xff, (byte)':', 0xff, 0xff, (byte)']', (byte)'.', 0xff);
        uint first = Vector256.Equals(_first, Avx2.Shuffle(Vector256.Create(table, table), _first)).ExtractMostSignificantBits();
        uint last = Vector128.Equals(_last, Ssse3.Shuffle(table, _last)).ExtractMostSignificantBits();
        uint firstColons = Vector256.Equals(_first, Vector256.Create((byte)':')).ExtractMostSignificantBits();
        uint lastColons = Vector128.Equals(_last, Vector128.Create((byte)':')).ExtractMostSignificantBits();
        return (firstColons | (ulong)lastColons << 32, first | (ulong)last << 32);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Places(ulong bits)
    {
        // Written out: the compiler would keep a loop, whose shifts by a variable and jumps cost a tenth of the whole.
        ulong second = bits & (bits - 1);
        ulong third = second & (second - 1);
        ulong fourth = third & (third - 1);
        ulong fifth = fourth & (fourth - 1);
        ulong sixth = fifth & (fifth - 1);
        ulong seventh = sixth & (sixth - 1);
        ulong eighth = seventh & (seventh - 1);
        ulong low = Place(bits) | Place(second) << 8 | (Place(third) | Place(fourth) << 8) << 16;
        ulong high = Place(fifth) | Place(sixth) << 8 | (Place(seventh) | Place(eighth) << 8) << 16;
        return low | high << 32;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Three lookups of 16 bytes. A control with bit 7 set answers zero: adding 0x70 with saturation sets it for places from 16
    /// on, and subtracting 16 or 32 before it for places below.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> Gather(Vector256<byte> places)
    {
        Vector256<byte> first = Avx2.Permute2x128(_first, _first, 0x00);
        Vector256<byte> second = Avx2.Permute2x128(_first, _first, 0x11);
        Vector256<byte> third = Vector256.Create(_last, _last);
        Vector256<byte> limit = Vector256.Create((byte)0x70);
        return Avx2.Shuffle(first, Avx2.AddSaturate(places, limit))
            | Avx2.Shuffle(second, Avx2.AddSaturate(places - Vector256.Create((byte)16), limit))
            | Avx2.Shuffle(third, places - Vector256.Create((byte)32));
    }

    /// <summary>Looks up bytes within each half of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> ShuffleLanes(Vector256<byte> table, Vector256<byte> places) => Avx2.Shuffle(table, places);

    /// <summary>Per pair of nibbles a byte, 16 times the first and the second: eight bytes of each half of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<ulong> PackNibbles(Vector256<byte> nibbles)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(nibbles, Vector256.Create((short)0x0110).AsSByte());
        return Avx2.PackUnsignedSaturate(pairs, pairs).AsUInt64();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Place(ulong bits) => (ulong)BitOperations.TrailingZeroCount(bits);

    /// <summary>Eight dwords of a text from a number on: those that are whole, then the rest, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> LoadDwords(int* text, Vector256<int> whole, Vector256<int> rest, int number)
    {
        Vector256<int> lanes = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7) + Vector256.Create(number);
        Vector256<int> present = Avx2.MaskLoad(text + number, Vector256.GreaterThan(whole, lanes));
        return present | (Vector256.Equals(whole, lanes) & rest);
    }
}
