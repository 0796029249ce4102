using System;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>An address prefix: a network address and how many of its bits count; or no prefix at all.</summary>
/// <remarks>
/// Shape: <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>. Text is read strictly: the address as <see cref="NetAddress"/> reads it but
/// without zone, the length required, decimal, without leading zeros, within the bits of the address, and no bit set behind
/// it (<see cref="EndpointFault.HostBitsSet"/>). Format strings and providers are ignored. A prefix has no scope
/// (RFC 4007 section 11.7). <c>default</c> is <see cref="None"/>: no prefix, different from 0.0.0.0/0, containing nothing,
/// and written as empty text. Order: by address, then the shorter prefix first. A value of 24 bytes without references;
/// nothing here allocates except strings.
/// </remarks>
public readonly struct NetPrefix
    : IEquatable<NetPrefix>, IComparable<NetPrefix>, ISpanParsable<NetPrefix>, IUtf8SpanParsable<NetPrefix>, ISpanFormattable, IUtf8SpanFormattable
{
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly byte _bitCount;
    private readonly byte _length;

    private NetPrefix(ulong high, ulong low, int bitCount, int length)
    {
        _high = high;
        _low = low;
        _bitCount = (byte)bitCount;
        _length = (byte)length;
    }

    /// <summary>No prefix; the same as <c>default</c>.</summary>
    public static NetPrefix None => default;

    /// <summary>0.0.0.0/0, which contains every IPv4 address.</summary>
    public static NetPrefix DefaultIPv4 => new(0, 0, 32, 0);

    /// <summary>::/0, which contains every IPv6 address.</summary>
    public static NetPrefix DefaultIPv6 => new(0, 0, 128, 0);

    /// <summary>The prefix of that length that contains the address: bits behind the length are cleared, the scope is dropped.</summary>
    /// <exception cref="ArgumentException">There is no address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or above the bits of the address (32 or 128).</exception>
    public static NetPrefix Create(NetAddress address, int length)
    {
        if (address.IsNone)
            throw new ArgumentException("A prefix needs an address.", nameof(address));
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.BitCount);
        (ulong high, ulong low) = address.Words;
        (ulong hostHigh, ulong hostLow) = HostBits(address.BitCount, length);
        return new(high & ~hostHigh, low & ~hostLow, address.BitCount, length);
    }

    /// <summary>The network address: the first of the prefix, without scope; none for <see cref="None"/>.</summary>
    public NetAddress Address => ToAddress(_high, _low);

    /// <summary>How many leading bits count; 0 for <see cref="None"/>.</summary>
    public int Length => _length;

    /// <summary>Whether there is no prefix.</summary>
    public bool IsNone => _bitCount == 0;

    /// <summary>Whether this is 0.0.0.0/0 or ::/0.</summary>
    public bool IsDefault => _bitCount != 0 && _length == 0;

    /// <summary>InterNetwork, InterNetworkV6, or Unspecified for <see cref="None"/>.</summary>
    public AddressFamily Family => Address.Family;

    /// <summary>The last address of the prefix; for an IPv4 subnet of at most 30 bits its broadcast address.</summary>
    public NetAddress LastAddress
    {
        get
        {
            (ulong hostHigh, ulong hostLow) = HostBits(_bitCount, _length);
            return ToAddress(_high | hostHigh, _low | hostLow);
        }
    }

    /// <summary>Whether an address is in the prefix.</summary>
    /// <remarks>
    /// False across families: ::ffff:10.0.0.1 is an IPv6 address and in no IPv4 prefix. The scope is ignored.
    /// None contains nothing and is contained in nothing.
    /// </remarks>
    public bool Contains(NetAddress address)
    {
        if (_bitCount == 0 || address.BitCount != _bitCount)
            return false;
        (ulong high, ulong low) = address.Words;
        (ulong hostHigh, ulong hostLow) = HostBits(_bitCount, _length);
        return (((high ^ _high) & ~hostHigh) | ((low ^ _low) & ~hostLow)) == 0;
    }

    /// <inheritdoc/>
    public bool Equals(NetPrefix other)
        => _low == other._low && _high == other._high && _length == other._length && _bitCount == other._bitCount;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_low, _high, _length, _bitCount);

    /// <summary>None, then IPv4, then IPv6; then by network address; then the shorter prefix first.</summary>
    public int CompareTo(NetPrefix other)
    {
        int order = _bitCount.CompareTo(other._bitCount);
        if (order == 0)
            order = _high.CompareTo(other._high);
        if (order == 0)
            order = _low.CompareTo(other._low);
        return order != 0 ? order : _length.CompareTo(other._length);
    }

    /// <summary>Reads a prefix from UTF-16 text; false for anything outside the grammar. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NetPrefix result)
        => TryParse(text, out result, out _);

    /// <summary>Reads a prefix from UTF-16 text, or says what is wrong and where. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong; <c>default</c> on success.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NetPrefix result, out EndpointError error)
    {
        error = EndpointParser.ReadPrefix(text, out result);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>Reads a prefix from UTF-8 text; false for anything outside the grammar. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NetPrefix result)
        => TryParse(utf8Text, out result, out _);

    /// <summary>Reads a prefix from UTF-8 text, or says what is wrong and where. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong, its position in bytes; <c>default</c> on success.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NetPrefix result, out EndpointError error)
    {
        error = EndpointParser.ReadPrefix(utf8Text, out result);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>Reads a prefix from UTF-16 text.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message is <see cref="EndpointError.Message"/>.</exception>
    public static NetPrefix Parse(ReadOnlySpan<char> text)
        => TryParse(text, out NetPrefix result, out EndpointError error) ? result : throw new FormatException(error.Message);

    /// <summary>Reads a prefix from UTF-8 text.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message is <see cref="EndpointError.Message"/>.</exception>
    public static NetPrefix Parse(ReadOnlySpan<byte> utf8Text)
        => TryParse(utf8Text, out NetPrefix result, out EndpointError error) ? result : throw new FormatException(error.Message);

    /// <summary>The text; empty for <see cref="None"/>. Allocates the string.</summary>
    [SkipLocalsInit]
    public override string ToString()
    {
        Span<char> text = stackalloc char[EndpointFormatter.MaxLength];
        return new string(text[..EndpointFormatter.Write(this, text)]);
    }

    /// <summary>Writes the text as UTF-16; false, with nothing written, where it does not fit. Never allocates.</summary>
    /// <param name="destination">Where to write; 64 characters are always enough.</param>
    /// <param name="charsWritten">How many characters were written.</param>
    [SkipLocalsInit]
    public bool TryFormat(Span<char> destination, out int charsWritten)
    {
        Span<char> text = stackalloc char[EndpointFormatter.MaxLength];
        return EndpointFormatter.TryCopy(text[..EndpointFormatter.Write(this, text)], destination, out charsWritten);
    }

    /// <summary>Writes the text as UTF-8; false, with nothing written, where it does not fit. Never allocates.</summary>
    /// <param name="utf8Destination">Where to write; 64 bytes are always enough.</param>
    /// <param name="bytesWritten">How many bytes were written.</param>
    [SkipLocalsInit]
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten)
    {
        Span<byte> text = stackalloc byte[EndpointFormatter.MaxLength];
        return EndpointFormatter.TryCopy(text[..EndpointFormatter.Write(this, text)], utf8Destination, out bytesWritten);
    }

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(NetPrefix left, NetPrefix right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(NetPrefix left, NetPrefix right) => !left.Equals(right);

    /// <summary>Whether the left one comes before the right one.</summary>
    public static bool operator <(NetPrefix left, NetPrefix right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one comes before the right one or equals it.</summary>
    public static bool operator <=(NetPrefix left, NetPrefix right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one comes after the right one.</summary>
    public static bool operator >(NetPrefix left, NetPrefix right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one comes after the right one or equals it.</summary>
    public static bool operator >=(NetPrefix left, NetPrefix right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NetPrefix other && Equals(other);

    // Text of an address has no culture and one format: the provider and the format string are ignored.

    static NetPrefix IParsable<NetPrefix>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s);
    }

    static bool IParsable<NetPrefix>.TryParse(string? s, IFormatProvider? provider, out NetPrefix result)
        => TryParse(s, out result);

    static NetPrefix ISpanParsable<NetPrefix>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<NetPrefix>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NetPrefix result)
        => TryParse(s, out result);

    static NetPrefix IUtf8SpanParsable<NetPrefix>.Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => Parse(utf8Text);

    static bool IUtf8SpanParsable<NetPrefix>.TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out NetPrefix result)
        => TryParse(utf8Text, out result);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => TryFormat(destination, out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => TryFormat(utf8Destination, out bytesWritten);

    // The bits behind the length, as two words; an IPv4 address lies in the last 32 bits of the low one.
    private static (ulong High, ulong Low) HostBits(int bitCount, int length)
    {
        int hostBits = bitCount - length;
        return hostBits > 64
            ? (LowBits(hostBits - 64), ulong.MaxValue)
            : (0, LowBits(hostBits));
    }

    private static ulong LowBits(int count) => count == 0 ? 0 : ulong.MaxValue >> (64 - count);

    private NetAddress ToAddress(ulong high, ulong low) => _bitCount switch
    {
        32 => NetAddress.FromIPv4((uint)low),
        128 => NetAddress.FromIPv6(high, low),
        _ => NetAddress.None,
    };
}
