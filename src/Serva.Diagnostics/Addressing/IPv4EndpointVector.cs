using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads <c>a.b.c.d:port</c> in 128-bit vectors, without a branch before the verdict.</summary>
/// <remarks>
/// <para>
/// The dots and the colon of the first 16 characters select one of 81 layouts; the layout's row shuffles each octet's digits
/// into a dword of its own (see <see cref="IPv4EndpointTables"/>), and two multiply-add steps make numbers of digits. The port
/// is read from the last eight characters. All loads lie inside the text: its first eight characters, the eight that end at the
/// sixteenth character or the last, and the last eight.
/// </para>
/// <para>
/// Accepts the strict grammar except ports of more than five digits; what it refuses, the scalar reader reads again.
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
        // A bracket is IPv6: known here, it costs neither this path nor a mispredicted verdict.
        if ((uint)(text.Length - MinLength) > MaxLength - MinLength || IsBracket(text))
        {
            address = port = 0;
            return false;
        }

        // How many of 16 characters are missing: max(0, 16 - length), without a branch.
        int missing = 16 - text.Length;
        missing &= ~(missing >> 31);
        nuint middle = (nuint)(8 - missing);
        nuint last = (nuint)(text.Length - 8);

        Vector128<byte> head;
        Vector128<byte> tail;
        if (typeof(TChar) == typeof(byte))
        {
            ref byte first = ref Unsafe.As<TChar, byte>(ref MemoryMarshal.GetReference(text));
            head = Vector128.Create(
                Unsafe.ReadUnaligned<ulong>(ref first),
                Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref first, middle)) >> (8 * missing)).AsByte();
            tail = Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref first, last))).AsByte();
        }
        else
        {
            ref ushort first = ref Unsafe.As<TChar, ushort>(ref MemoryMarshal.GetReference(text));
            head = Narrow(Vector128.LoadUnsafe(ref first), Vector128.LoadUnsafe(ref first, middle));
            head = Vector128.ShuffleNative(head, Vector128.Load(IPv4EndpointTables.Slides + (missing * 16)));
            tail = Narrow(Vector128.LoadUnsafe(ref first, last), Vector128<ushort>.Zero);
        }

        return TryRead(head, tail, text.Length, out address, out port);
    }

    /// <summary>
    /// The verdict and the value: the first 16 characters (zeros behind the end of the text), and the last eight in the lower
    /// half of a vector.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(Vector128<byte> head, Vector128<byte> tail, int length, out uint address, out uint port)
    {
        uint dots = Vector128.Equals(head, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        uint colons = Vector128.Equals(head, Vector128.Create((byte)':')).ExtractMostSignificantBits();
        uint slot = IPv4EndpointTables.Slot(dots | colons);
        byte* row = IPv4EndpointTables.Rows + (slot * 32);

        Vector128<byte> octets = Vector128.ShuffleNative(head - Vector128.Create((byte)'0'), Vector128.Load(row));
        Vector128<byte> fault = Vector128.SubtractSaturate(octets, Vector128.Create((byte)9));
        fault |= Vector128.LessThan(octets.AsInt32(), Vector128.Load((int*)(row + 16))).AsByte(); // a leading zero
        Vector128<uint> values = SumDigits(octets, Vector128.Create(0x0064_0a01u).AsSByte(), Vector128.Create(0x0001_0001u).AsInt16());
        fault |= (values & Vector128.Create(~0xffu)).AsByte();

        port = ReadPort(tail, length - 1 - BitOperations.TrailingZeroCount(colons), ref fault);
        address = Vector128.ShuffleNative(values.AsByte(), Vector128.Create(0x0c08_0400u).AsByte()).AsUInt32().ToScalar();
        return (fault == Vector128<byte>.Zero) & (((IPv4EndpointTables.Delimiters[slot] ^ (dots | colons << 16)) | port >> 16) == 0);
    }

    /// <summary>
    /// The number of the last digits of a text, whose last eight characters are the lower half of a vector. Not one to five
    /// digits is a fault: a byte that is not zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint ReadPort(Vector128<byte> tail, int count, ref Vector128<byte> fault)
    {
        Vector128<byte> digits = tail - Vector128.Create((byte)'0');
        digits &= Vector128.Load(IPv4EndpointTables.PortMasks + (((uint)count & 15) * 16));
        fault |= Vector128.SubtractSaturate(digits, Vector128.Create((byte)9));
        ulong parts = SumDigits(digits, Vector128.Create(0x010a_010au).AsSByte(), Vector128.Create(0x0001_0064u).AsInt16()).AsUInt64().ToScalar();
        return ((uint)parts * 10_000) + (uint)(parts >> 32);
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
