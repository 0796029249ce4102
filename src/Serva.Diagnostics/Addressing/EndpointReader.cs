using System;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads right endpoints fast, by the best path of this machine; <see cref="EndpointParser"/> says what is wrong with the others.</summary>
/// <remarks>A single path that answers false has written anything or nothing to the endpoint.</remarks>
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

        Unsafe.SkipInit(out endpoint);
        return false;
    }

    /// <summary>What <see cref="TryRead"/> tries then, by the length of the text.</summary>
    /// <remarks>
    /// Each in a method of its own: the runtime compiles a method for the texts that it saw first, and others would pay for it.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadOther<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => text.Length switch
        {
            <= ScalarEndpointReader.LongestLoopback => ReadShort(text, out endpoint),
            < FullIPv6EndpointVector.MinLength => ReadMiddle(text, out endpoint),
            <= FullIPv6EndpointVector.MaxLength => ReadLong(text, out endpoint),
            _ => ScalarEndpointReader.TryRead(text, out endpoint),
        };

    /// <summary>The path for the addresses that most IPv6 sockets are bound to, in few steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadAnyOrLoopback<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        Unsafe.SkipInit(out endpoint);
        return text.Length is >= IPv6EndpointVector.MinLength and <= ScalarEndpointReader.LongestLoopback
            && ScalarEndpointReader.TryReadAnyOrLoopback(text, out endpoint);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ReadShort<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => TryReadAnyOrLoopback(text, out endpoint) || ScalarEndpointReader.TryRead(text, out endpoint);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe bool ReadMiddle<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        fixed (TChar* first = text)
        {
            if (ScalarEndpointReader.IsMapped(first))
                return ScalarEndpointReader.TryReadMapped(text, out endpoint);
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

        return ScalarEndpointReader.TryRead(text, out endpoint);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ReadLong<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
        => (FullIPv6EndpointVector.IsSupported && FullIPv6EndpointVector.TryRead(text, out endpoint)) || ReadMiddle(text, out endpoint);

    /// <summary>The path for eight written groups alone; for AVX-512 too, whose path takes more steps, though nobody measured both.</summary>
    internal static bool TryReadFullIPv6<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        Unsafe.SkipInit(out endpoint);
        return FullIPv6EndpointVector.IsSupported
            && text.Length is >= FullIPv6EndpointVector.MinLength and <= FullIPv6EndpointVector.MaxLength
            && FullIPv6EndpointVector.TryRead(text, out endpoint);
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
        Unsafe.SkipInit(out endpoint);
        fixed (TChar* first = text)
        {
            return text.Length is >= IPv6EndpointVector.MinLength and <= IPv6EndpointVector.MaxLength
                && TryReadIPv6<TChar, TLongText>(first, text.Length, out endpoint);
        }
    }

    /// <summary>A text that fits into one register is read there, a longer one in <typeparamref name="TLongText"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TryReadIPv6<TChar, TLongText>(TChar* text, nint length, out NetEndpoint endpoint)
        where TChar : unmanaged
        where TLongText : struct, IVectorText<TLongText>
    {
        Unsafe.SkipInit(out endpoint);
        if (ScalarEndpointReader.At(text, 0) != '[')
            return false;
        return length <= ShortText.MaxLength
            ? IPv6EndpointVector.TryRead<TChar, ShortText>(text, length, out endpoint)
            : IPv6EndpointVector.TryRead<TChar, TLongText>(text, length, out endpoint);
    }
}
