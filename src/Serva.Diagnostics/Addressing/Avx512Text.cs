using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>17 to 48 characters in one register.</summary>
/// <remarks>Where the machine lacks AVX-512 each step does the same in other words, so that the path can be tested anywhere.</remarks>
internal readonly unsafe struct Avx512Text : IVectorText<Avx512Text>
{
    private readonly Vector512<byte> _text;
    private readonly Vector128<byte> _tail;

    private Avx512Text(Vector512<byte> text, Vector128<byte> tail)
    {
        _text = text;
        _tail = tail;
    }

    internal static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported && Avx512BW.VL.IsSupported && Avx512Vbmi.IsSupported && Avx512Vbmi2.IsSupported;
    }

    /// <inheritdoc/>
    public static int MaxLength => Avx2Text.MaxLength;

    /// <inheritdoc/>
    public Vector128<byte> Tail
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _tail;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Text Load<TChar>(TChar* text, nint length)
        where TChar : unmanaged
    {
        if (typeof(TChar) == typeof(byte))
        {
            Vector512<byte> whole = Avx512BW.IsSupported ? Avx512BW.MaskLoad((byte*)text, Present(length), Vector512<byte>.Zero) : Copy((byte*)text, length);
            return new(whole, Vector128.Load((byte*)text + length - 16));
        }

        ushort* units = (ushort*)text;
        Vector128<byte> tail = IPv4EndpointVector.Narrow(Vector128.Load(units + length - 16), Vector128.Load(units + length - 8));
        if (!Avx512BW.IsSupported)
            return new(Copy(units, length), tail);
        Vector512<ushort> lower = Avx512BW.MaskLoad(units, Present16(length, 0), Vector512<ushort>.Zero);
        Vector512<ushort> upper = Avx512BW.MaskLoad(units + 32, Present16(length, 32), Vector512<ushort>.Zero);
        return new(Vector512.Create(Avx512BW.ConvertToVector256ByteWithSaturation(lower), Avx512BW.ConvertToVector256ByteWithSaturation(upper)), tail);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong FindColons() => Vector512.Equals(_text, Vector512.Create((byte)':')).ExtractMostSignificantBits();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Places(ulong bits)
        => Avx512Vbmi2.IsSupported
            ? Avx512Vbmi2.Compress(Vector512<byte>.Zero, MaskOf(bits), Vector512<byte>.Indices).AsUInt64().ToScalar() & 0x00ff_ffff_ffff_ffff
            : Avx2Text.Places(bits);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> Gather(Vector256<byte> places)
        => Avx512Vbmi.IsSupported
            ? Avx512Vbmi.PermuteVar64x8(_text, places.ToVector512Unsafe()).GetLower()
            : Vector512.Shuffle(_text, places.ToVector512()).GetLower();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Present(nint length)
        => Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Present16(nint length, int number)
        => Vector512.LessThan(Vector512<ushort>.Indices + Vector512.Create((ushort)number), Vector512.Create((ushort)length));

    /// <summary>A byte with all bits set for each set bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> MaskOf(ulong bits)
    {
        // Byte i of the vector is byte i / 8 of the bits, tested for its bit i % 8.
        Vector512<byte> bytes = Avx512BW.Shuffle(
            Vector512.Create(bits).AsByte(),
            Vector512.Create(0x0000_0000_0000_0000UL, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303, 0x0404_0404_0404_0404, 0x0505_0505_0505_0505, 0x0606_0606_0606_0606, 0x0707_0707_0707_0707).AsByte());
        Vector512<byte> bit = Vector512.Create(0x8040_2010_0804_0201UL).AsByte();
        return Vector512.Equals(bytes & bit, bit);
    }

    private static Vector512<byte> Copy(byte* text, nint length)
    {
        byte* copy = stackalloc byte[64];
        for (int i = 0; i < 64; i++)
            copy[i] = i < length ? text[i] : (byte)0;
        return Vector512.Load(copy);
    }

    private static Vector512<byte> Copy(ushort* text, nint length)
    {
        byte* copy = stackalloc byte[64];
        for (int i = 0; i < 64; i++)
            copy[i] = i < length ? (byte)ushort.Min(text[i], 0xff) : (byte)0;
        return Vector512.Load(copy);
    }
}
