using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>12 to 16 characters in one register that holds them twice: <c>[fe80::1]:546</c>.</summary>
internal readonly unsafe struct ShortText : IVectorText<ShortText>
{
    private readonly Vector256<byte> _text;

    private ShortText(Vector128<byte> text) => _text = Vector256.Create(text, text);

    /// <inheritdoc/>
    public static int MaxLength => 16;

    /// <inheritdoc/>
    public Vector128<byte> Tail
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _text.GetLower();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A masked load brings the whole dwords; what is left, one to three bytes or one UTF-16 character, comes from the end of
    /// the text.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ShortText Load<TChar>(TChar* text, nint length)
        where TChar : unmanaged
    {
        if (typeof(TChar) == typeof(byte))
        {
            uint rest = (uint)((ulong)*(uint*)(text + length - 4) >> (int)(8 * (4 - (length & 3))));
            Vector128<int> whole = Vector128.Create((int)length >> 2);
            Vector128<int> lanes = Vector128.Create(0, 1, 2, 3);
            Vector128<int> present = Avx2.MaskLoad((int*)text, Vector128.GreaterThan(whole, lanes));
            return new((present | (Vector128.Equals(whole, lanes) & Vector128.Create((int)rest))).AsByte());
        }
        else
        {
            uint rest = ((ushort*)text)[length - 1] & (uint)-(int)(length & 1);
            Vector256<int> whole = Vector256.Create((int)length >> 1);
            Vector256<int> lanes = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7);
            Vector256<int> present = Avx2.MaskLoad((int*)text, Vector256.GreaterThan(whole, lanes));
            Vector256<short> all = (present | (Vector256.Equals(whole, lanes) & Vector256.Create((int)rest))).AsInt16();
            return new(Sse2.PackUnsignedSaturate(all.GetLower(), all.GetUpper()));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong FindColons() => Vector128.Equals(_text.GetLower(), Vector128.Create((byte)':')).ExtractMostSignificantBits();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Places(ulong bits) => Avx2Text.Places(bits);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> Gather(Vector256<byte> places) => Avx2.Shuffle(_text, places);
}
