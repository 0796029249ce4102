using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>17 to 48 characters in three blocks of 16: the first, the last, and one in the middle that overlaps them where the text is short.</summary>
/// <remarks>Plain loads serve every length; only the offsets of the blocks vary. Each register holds its block twice.</remarks>
internal readonly unsafe struct Avx2Text : IVectorText<Avx2Text>
{
    private readonly Vector256<byte> _first;
    private readonly Vector256<byte> _middle;
    private readonly Vector256<byte> _last;
    private readonly nint _length;

    private Avx2Text(Vector256<byte> first, Vector256<byte> middle, Vector256<byte> last, nint length)
    {
        _first = first;
        _middle = middle;
        _last = last;
        _length = length;
    }

    internal static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported;
    }

    /// <inheritdoc/>
    public static int MaxLength => 48;

    /// <inheritdoc/>
    public Vector128<byte> Tail
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _last.GetLower();
    }

    private nint LastOffset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _length - 16;
    }

    // Half of the way leaves no hole: at most 16 characters are between the first block and the last.
    private nint MiddleOffset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => LastOffset >> 1;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Text Load<TChar>(TChar* text, nint length)
        where TChar : unmanaged
    {
        nint last = length - 16;
        return new(LoadBlock(text), LoadBlock(text + (last >> 1)), LoadBlock(text + last), length);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong FindColons()
    {
        Vector256<byte> colon = Vector256.Create((byte)':');
        ulong first = Vector256.Equals(_first, colon).GetLower().ExtractMostSignificantBits();
        ulong middle = Vector256.Equals(_middle, colon).GetLower().ExtractMostSignificantBits();
        ulong last = Vector256.Equals(_last, colon).GetLower().ExtractMostSignificantBits();
        return first | middle << (int)MiddleOffset | last << (int)LastOffset;
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
        ulong low = Place(bits) | Place(second) << 8 | (Place(third) | Place(fourth) << 8) << 16;
        ulong high = Place(fifth) | Place(sixth) << 8 | Place(seventh) << 16;
        return low | high << 32;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// One lookup per block. A control with bit 7 set answers zero: a place before the block is negative, and adding 0x70 with
    /// saturation sets the bit for the places behind it. Where blocks overlap they answer the same character.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> Gather(Vector256<byte> places)
    {
        Vector256<byte> limit = Vector256.Create((byte)0x70);
        return Avx2.Shuffle(_first, Avx2.AddSaturate(places, limit))
            | Avx2.Shuffle(_middle, Avx2.AddSaturate(places - IPv6EndpointTables.Everywhere(MiddleOffset), limit))
            | Avx2.Shuffle(_last, places - IPv6EndpointTables.Everywhere(LastOffset));
    }

    /// <summary>The place of the lowest bit as the instruction gives it: 64 bits wide, no conversion.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Place(ulong bits) => Bmi1.X64.IsSupported ? Bmi1.X64.TrailingZeroCount(bits) : (ulong)BitOperations.TrailingZeroCount(bits);

    /// <summary>Sixteen characters as bytes, in both halves of the register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LoadBlock<TChar>(TChar* text)
        where TChar : unmanaged
    {
        if (typeof(TChar) == typeof(byte))
            return Avx2.BroadcastVector128ToVector256((byte*)text);
        return Avx2.PackUnsignedSaturate(
            Avx2.BroadcastVector128ToVector256((short*)text), Avx2.BroadcastVector128ToVector256((short*)text + 8));
    }
}
