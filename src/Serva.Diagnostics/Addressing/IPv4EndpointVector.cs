using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads <c>a.b.c.d:port</c> in 128-bit vectors, without a branch before the verdict.</summary>
/// <remarks>
/// <para>
/// What is no digit among the first 16 characters selects one of 81 layouts; the layout's row shuffles each octet's digits and
/// the delimiter behind them into a dword of their own (see <see cref="IPv4EndpointTables"/>), and two multiply-add steps make
/// numbers of digits. The port is read from the last eight characters. All loads lie inside the text: its first eight
/// characters, the eight that end at the sixteenth character or the last, and the last eight.
/// </para>
/// <para>
/// Two masks may select the same row: but every character up to the colon must be what the row takes it for, and every one
/// behind it a digit. Accepts the strict grammar except ports of more than five digits; what it refuses, the scalar reader reads again.
/// </para>
/// </remarks>
internal static unsafe class IPv4EndpointVector
{
    /// <summary>The length of <c>0.0.0.0:0</c>.</summary>
    internal const int MinLength = 9;

    /// <summary>The length of <c>255.255.255.255:65535</c>.</summary>
    internal const int MaxLength = 21;

    /// <summary>Whether this machine shuffles bytes; elsewhere the vectors would be slower than the scalar reader.</summary>
    internal static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BitConverter.IsLittleEndian && (Sse41.IsSupported || AdvSimd.Arm64.IsSupported);
    }

    /// <summary>Reads a whole text of <see cref="MinLength"/> to <see cref="MaxLength"/> characters; answers false for any other length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar>(ReadOnlySpan<TChar> text, out uint address, out uint port)
        where TChar : unmanaged
    {
        // A bracket is IPv6: known first, it costs neither this path nor a mispredicted branch, for lengths tell them apart badly.
        // A text of no length or a great one is not looked at.
        if ((uint)(text.Length - 1) >= IPv6EndpointVector.MaxLength || IsBracket(text) || (uint)(text.Length - MinLength) > MaxLength - MinLength)
        {
            address = port = 0;
            return false;
        }

        // By how many characters the text is shorter than 16, as a negative number, or 0; without a branch.
        nint missing = text.Length - 16;
        missing &= missing >> 63;
        uint length = (uint)text.Length;

        Vector128<byte> head;
        Vector128<byte> tail;
        if (typeof(TChar) == typeof(byte))
        {
            ref byte first = ref Unsafe.As<TChar, byte>(ref MemoryMarshal.GetReference(text));
            head = Vector128.Create(
                Unsafe.ReadUnaligned<ulong>(ref first),
                Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref first, missing + 8)) >> (int)(-8 * missing)).AsByte();
            tail = Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref first, (nuint)length - 8))).AsByte();
        }
        else
        {
            ref ushort first = ref Unsafe.As<TChar, ushort>(ref MemoryMarshal.GetReference(text));
            head = Narrow(Vector128.LoadUnsafe(ref first), Vector128.LoadUnsafe(ref first, (nuint)(missing + 8)));
            head = Vector128.ShuffleNative(head, Vector128.Load(IPv4EndpointTables.Slide((uint)(missing + 16))));
            tail = Narrow(Vector128.LoadUnsafe(ref first, (nuint)length - 8), Vector128<ushort>.Zero);
        }

        return TryRead(head, tail, length, out address, out port);
    }

    /// <summary>
    /// The verdict and the value: the first 16 characters (zeros behind the end of the text), and the last eight in the lower
    /// half of a vector.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(Vector128<byte> head, Vector128<byte> tail, uint length, out uint address, out uint port)
    {
        // Digits become their values; everything else becomes more than 9.
        head ^= Vector128.Create((byte)'0');
        uint delimiters = Vector128.AddSaturate(head, Vector128.Create((byte)(0x80 - 10))).ExtractMostSignificantBits();
        uint slot = IPv4EndpointTables.Slot(Bmi2.IsSupported ? Bmi2.ZeroHighBits(delimiters, length) : delimiters & ((1u << (int)length) - 1));
        byte* row = IPv4EndpointTables.Rows + (slot * 32);

        // Compared as dwords, the delimiter counts most: below its row are a leading zero and a colon in the place of a dot.
        Vector128<byte> octets = Vector128.ShuffleNative(head, Vector128.Load(row));
        Vector128<byte> fault = Vector128.SubtractSaturate(octets, IPv4EndpointTables.MostOfEach);
        fault |= Vector128.LessThan(octets.AsInt32(), Vector128.Load((int*)(row + 16))).AsByte();
        Vector128<uint> values = SumDigits(octets, Vector128.Create(0x0064_0a01u).AsSByte(), Vector128.Create(0x0001_0001u).AsInt16());
        fault |= (values & Vector128.Create(~0xffu)).AsByte();

        Vector128<byte> digits = (tail ^ Vector128.Create((byte)'0')) & Vector128.Load(IPv4EndpointTables.PortMask(slot, length));
        fault |= Vector128.SubtractSaturate(digits, Vector128.Create((byte)9));
        ulong parts = SumDigits(digits, Vector128.Create(0x010a_010au).AsSByte(), Vector128.Create(0x0001_0064u).AsInt16()).AsUInt64().ToScalar();
        port = ((uint)parts * 10_000) + (uint)(parts >> 32);
        address = Vector128.ShuffleNative(values.AsByte(), Vector128.Create(0x0c08_0400u).AsByte()).AsUInt32().ToScalar();

        // Two statements: of one the compiler makes a value, and tests that.
        if (port > ushort.MaxValue)
            return false;
        return fault == Vector128<byte>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBracket<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged
    {
        ref TChar first = ref MemoryMarshal.GetReference(text);
        return (typeof(TChar) == typeof(byte) ? Unsafe.As<TChar, byte>(ref first) : Unsafe.As<TChar, ushort>(ref first)) == '[';
    }

    /// <summary>Per dword: weighs four digits to two numbers, and the two numbers to one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> SumDigits(Vector128<byte> digits, Vector128<sbyte> weights, Vector128<short> pairWeights)
    {
        if (Ssse3.IsSupported)
            return Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(digits, weights), pairWeights).AsUInt32();

        Vector128<ushort> even = (digits.AsUInt16() & Vector128.Create((ushort)0xff)) * (weights.AsUInt16() & Vector128.Create((ushort)0xff));
        Vector128<ushort> odd = (digits.AsUInt16() >> 8) * (weights.AsUInt16() >> 8);
        Vector128<uint> pairs = (even + odd).AsUInt32();
        Vector128<uint> low = (pairs & Vector128.Create(0xffffu)) * (pairWeights.AsUInt32() & Vector128.Create(0xffffu));
        return low + ((pairs >> 16) * (pairWeights.AsUInt32() >> 16));
    }

    /// <summary>Sixteen code units as bytes; one above 255 becomes a byte that no text of the grammar has (0 or 255).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Narrow(Vector128<ushort> lower, Vector128<ushort> upper)
        => Sse2.IsSupported
            ? Sse2.PackUnsignedSaturate(lower.AsInt16(), upper.AsInt16())
            : Vector128.NarrowWithSaturation(lower, upper);
}
