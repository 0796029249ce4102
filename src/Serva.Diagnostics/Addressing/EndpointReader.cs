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
        => TryReadIPv4(text, out endpoint) || CallOther(text, out endpoint);

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
    internal static unsafe bool TryReadOther<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        if (text.Length is >= IPv6EndpointVector.MinLength and <= IPv6EndpointVector.MaxLength)
        {
            fixed (TChar* first = text)
            {
                if (text.Length <= ScalarEndpointReader.LongestLoopback && ScalarEndpointReader.TryReadAnyOrLoopback(first, text.Length, out endpoint))
                    return true;
                if (Avx512Text.IsSupported)
                {
                    if (TryReadIPv6<TChar, Avx512Text>(first, text.Length, out endpoint))
                        return true;
                }
                else if (Avx2Text.IsSupported)
                {
                    if (TryReadIPv6<TChar, Avx2Text>(first, text.Length, out endpoint))
                        return true;
                }
            }
        }

        return ScalarEndpointReader.TryRead(text, out endpoint);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool CallOther<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadOther(text, out endpoint);

    /// <summary>The path for the addresses that most sockets are bound to, alone.</summary>
    internal static unsafe bool TryReadAnyOrLoopback<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        endpoint = default;
        fixed (TChar* first = text)
            return text.Length >= IPv6EndpointVector.MinLength && ScalarEndpointReader.TryReadAnyOrLoopback(first, text.Length, out endpoint);
    }

    /// <summary>The AVX2 path alone.</summary>
    internal static bool TryReadAvx2<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadIPv6<TChar, Avx2Text>(text, out endpoint);

    /// <summary>The AVX-512 path alone; in other words, and slowly, where the machine has AVX2 only.</summary>
    internal static bool TryReadAvx512<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadIPv6<TChar, Avx512Text>(text, out endpoint);

    private static unsafe bool TryReadIPv6<TChar, TLongText>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        where TLongText : struct, IVectorText<TLongText>
    {
        endpoint = default;
        fixed (TChar* first = text)
        {
            return text.Length is >= IPv6EndpointVector.MinLength and <= IPv6EndpointVector.MaxLength
                && TryReadIPv6<TChar, TLongText>(first, text.Length, out endpoint);
        }
    }

    /// <summary>A text that fits into one register is read there, a longer one in <typeparamref name="TLongText"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TryReadIPv6<TChar, TLongText>(TChar* text, int length, out NetEndpoint endpoint)
        where TChar : unmanaged
        where TLongText : struct, IVectorText<TLongText>
    {
        endpoint = default;
        ulong high, low;
        uint scopeId, port;
        if (IPv6EndpointVector.At(text, 0) != '[')
            return false;
        bool isRead = length <= ShortText.MaxLength
            ? IPv6EndpointVector.TryRead<TChar, ShortText>(text, length, out high, out low, out scopeId, out port)
            : IPv6EndpointVector.TryRead<TChar, TLongText>(text, length, out high, out low, out scopeId, out port);
        if (isRead)
            endpoint = NetEndpoint.FromIPv6(high, low, scopeId, (ushort)port);
        return isRead;
    }
}
