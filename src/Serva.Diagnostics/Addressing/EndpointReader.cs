using System;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads right endpoints fast, by the best path of this machine; <see cref="EndpointParser"/> says what is wrong with the others.</summary>
internal static class EndpointReader
{
    /// <summary>Reads a whole text; false does not yet mean that it is wrong.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadIPv4(text, out endpoint) || TryReadOther(text, out endpoint);

    /// <summary>What <see cref="TryRead"/> tries first: IPv4 in vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadIPv4<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        if (IPv4EndpointVector.IsSupported && IPv4EndpointVector.TryRead(text, out uint address, out uint port))
        {
            endpoint = NetEndpoint.FromIPv4(address, (ushort)port);
            return true;
        }

        endpoint = default;
        return false;
    }

    /// <summary>What <see cref="TryRead"/> tries then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadOther<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        if (Avx512Text.IsSupported)
        {
            if (TryReadIPv6<TChar, Avx512Text>(text, out endpoint))
                return true;
        }
        else if (Avx2Text.IsSupported)
        {
            if (TryReadIPv6<TChar, Avx2Text>(text, out endpoint))
                return true;
        }

        return ScalarEndpointReader.TryRead(text, out endpoint);
    }

    /// <summary>The 128-bit path alone, for tests.</summary>
    internal static bool TryReadVector128<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadIPv4(text, out endpoint);

    /// <summary>The AVX2 path alone.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool TryReadAvx2<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadIPv6<TChar, Avx2Text>(text, out endpoint);

    /// <summary>The AVX-512 path alone; in other words, and slowly, where the machine has AVX2 only.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool TryReadAvx512<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadIPv6<TChar, Avx512Text>(text, out endpoint);

    /// <summary>A text that fits into one register is read there, a longer one in <typeparamref name="TLongText"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TryReadIPv6<TChar, TLongText>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        where TLongText : struct, IVectorText<TLongText>
    {
        if (text.Length is >= IPv6EndpointVector.MinLength and <= IPv6EndpointVector.MaxLength)
        {
            fixed (TChar* first = text)
            {
                if (IPv6EndpointVector.At(first, 0) == '[')
                {
                    return text.Length <= ShortText.MaxLength
                        ? TryReadIPv6<TChar, ShortText>(first, text.Length, out endpoint)
                        : TryReadIPv6<TChar, TLongText>(first, text.Length, out endpoint);
                }
            }
        }

        endpoint = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TryReadIPv6<TChar, TText>(TChar* text, int length, out NetEndpoint endpoint)
        where TChar : unmanaged
        where TText : struct, IVectorText<TText>
    {
        if (IPv6EndpointVector.TryRead<TChar, TText>(text, length, out ulong high, out ulong low, out uint scopeId, out uint port))
        {
            endpoint = NetEndpoint.FromIPv6(high, low, scopeId, (ushort)port);
            return true;
        }

        endpoint = default;
        return false;
    }
}
