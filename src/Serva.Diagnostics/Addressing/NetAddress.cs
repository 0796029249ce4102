using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>An IPv4 or IPv6 address, the latter with a numeric scope; or no address at all.</summary>
/// <remarks>
/// Shape: <c>192.0.2.1</c>, <c>2001:db8::1</c>, <c>fe80::1%4</c>, <c>::ffff:192.0.2.1</c>. Text is read strictly: four
/// decimal octets without leading zeros; IPv6 as RFC 4291 section 2.2, "::" at most once and for at least one group;
/// ASCII only, no spaces, at most 128 characters. A zone is a decimal number up to 4294967295, leading zeros allowed; zone 0
/// is the default zone (RFC 4007 section 11) and equals no zone. A zone name is refused as
/// <see cref="EndpointFault.ZoneNameNeedsHost"/>, a zone on IPv4 as <see cref="EndpointFault.ZoneOnIPv4"/>.
/// Text is written as RFC 5952: lower case, the leftmost longest run of at least two zero groups as "::", a dotted tail
/// only for <c>::ffff:0:0/96</c>, the scope only when it is not 0. Format strings and providers are ignored.
/// <para>
/// Numbers are in host order unless a name says otherwise. An IPv4-mapped address is an IPv6 address: the questions about
/// IPv4 do not look through the mapping, except <see cref="IsLoopback"/>. <c>default</c> is <see cref="None"/>: no address,
/// equal to neither 0.0.0.0 nor ::, and written as empty text. Equality and order include the scope; IPv4 comes before
/// IPv6, <see cref="None"/> before both.
/// </para>
/// <para>A value of 24 bytes without references; nothing here allocates except strings and <see cref="IPAddress"/>.</para>
/// </remarks>
public readonly struct NetAddress
    : IEquatable<NetAddress>, IComparable<NetAddress>, ISpanParsable<NetAddress>, IUtf8SpanParsable<NetAddress>, ISpanFormattable, IUtf8SpanFormattable
{
    private const byte IPv4 = 4;
    private const byte IPv6 = 6;
    private const ulong MappedPrefix = 0xffff_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scopeId;
    private readonly byte _version;

    private NetAddress(byte version, ulong high, ulong low, uint scopeId)
    {
        _high = high;
        _low = low;
        _scopeId = scopeId;
        _version = version;
    }

    /// <summary>No address; the same as <c>default</c>.</summary>
    public static NetAddress None => default;

    /// <summary>The IPv4 wildcard address 0.0.0.0.</summary>
    public static NetAddress AnyIPv4 => FromIPv4(0);

    /// <summary>The IPv6 wildcard address ::.</summary>
    public static NetAddress AnyIPv6 => FromIPv6(0, 0);

    /// <summary>127.0.0.1.</summary>
    public static NetAddress LoopbackIPv4 => FromIPv4(0x7f00_0001);

    /// <summary>::1.</summary>
    public static NetAddress LoopbackIPv6 => FromIPv6(0, 1);

    /// <summary>255.255.255.255, the limited broadcast address (RFC 919 section 7).</summary>
    public static NetAddress BroadcastIPv4 => FromIPv4(uint.MaxValue);

    /// <summary>An IPv4 address from its 32 bits in host order: 0x7f000001 is 127.0.0.1.</summary>
    public static NetAddress FromIPv4(uint hostOrder) => new(IPv4, 0, hostOrder, 0);

    /// <summary>An IPv4 address from its octets as they are written, first to last.</summary>
    public static NetAddress FromIPv4(byte a, byte b, byte c, byte d)
        => FromIPv4((uint)a << 24 | (uint)b << 16 | (uint)c << 8 | d);

    /// <summary>An IPv6 address from two words in host order: (0x20010db800000000, 1) is 2001:db8::1.</summary>
    /// <param name="high">Groups one to four.</param>
    /// <param name="low">Groups five to eight.</param>
    /// <param name="scopeId">The zone's number; 0 is none.</param>
    public static NetAddress FromIPv6(ulong high, ulong low, uint scopeId = 0) => new(IPv6, high, low, scopeId);

    /// <summary>An address from its 4 or 16 bytes in network order.</summary>
    /// <param name="networkOrder">The bytes, first octet first.</param>
    /// <param name="scopeId">The zone's number; 0 is none.</param>
    /// <exception cref="ArgumentException">There are neither 4 nor 16 bytes, or 4 bytes and a scope.</exception>
    public static NetAddress FromBytes(ReadOnlySpan<byte> networkOrder, uint scopeId = 0)
    {
        if (networkOrder.Length == 16)
        {
            return FromIPv6(
                BinaryPrimitives.ReadUInt64BigEndian(networkOrder), BinaryPrimitives.ReadUInt64BigEndian(networkOrder[8..]), scopeId);
        }

        if (networkOrder.Length != 4)
            throw new ArgumentException("An address has 4 or 16 bytes.", nameof(networkOrder));
        if (scopeId != 0)
            throw new ArgumentException("An IPv4 address has no scope.", nameof(scopeId));
        return FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(networkOrder));
    }

    /// <summary>The same address as the framework's type gives it, with its scope.</summary>
    /// <exception cref="ArgumentNullException">The address is null.</exception>
    public static NetAddress FromIPAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return FromBytes(bytes[..written], address.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)address.ScopeId : 0);
    }

    /// <summary>The same address as the framework's type gives it.</summary>
    /// <remarks>Explicit on purpose: an implicit one would turn the null of <c>c ? null : address</c> into <see cref="None"/>.</remarks>
    public static explicit operator NetAddress(IPAddress address) => FromIPAddress(address);

    /// <summary>The framework's type; allocates.</summary>
    /// <exception cref="InvalidOperationException">This is <see cref="None"/>.</exception>
    public static explicit operator IPAddress(NetAddress address) => address.ToIPAddress();

    /// <summary>Whether there is no address.</summary>
    public bool IsNone => _version == 0;

    /// <summary>Whether this is an IPv4 address; an IPv4-mapped one is not.</summary>
    public bool IsIPv4 => _version == IPv4;

    /// <summary>Whether this is an IPv6 address, also an IPv4-mapped one.</summary>
    public bool IsIPv6 => _version == IPv6;

    /// <summary>Whether this is in ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).</summary>
    public bool IsIPv4Mapped => _version == IPv6 && _high == 0 && _low >> 32 == MappedPrefix >> 32;

    /// <summary>Whether this is 0.0.0.0 or :: (with any scope); not ::ffff:0.0.0.0, not <see cref="None"/>.</summary>
    public bool IsUnspecified => _version != 0 && (_high | _low) == 0;

    /// <summary>Whether this is in 127.0.0.0/8, in ::ffff:127.0.0.0/104, or ::1.</summary>
    public bool IsLoopback => _version switch
    {
        IPv4 => _low >> 24 == 127,
        IPv6 => _high == 0 && (_low == 1 || _low >> 24 == (MappedPrefix >> 24 | 127)),
        _ => false,
    };

    /// <summary>Whether this is in 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 section 2.5.6).</summary>
    public bool IsLinkLocal => _version switch
    {
        IPv4 => _low >> 16 == 0xa9fe,
        IPv6 => _high >> 54 == 0xfe80 >> 6,
        _ => false,
    };

    /// <summary>Whether this is in 224.0.0.0/4 (RFC 1112) or ff00::/8 (RFC 4291 section 2.7).</summary>
    public bool IsMulticast => _version switch
    {
        IPv4 => _low >> 28 == 0xe,
        IPv6 => _high >> 56 == 0xff,
        _ => false,
    };

    /// <summary>Whether this is 255.255.255.255; a subnet's own broadcast address cannot be told from the address alone.</summary>
    public bool IsBroadcast => _version == IPv4 && _low == uint.MaxValue;

    /// <summary>Whether this is in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918).</summary>
    public bool IsPrivate => _version == IPv4 && (_low >> 24 == 10 || _low >> 20 == 0xac1 || _low >> 16 == 0xc0a8);

    /// <summary>Whether this is in fc00::/7 (RFC 4193).</summary>
    public bool IsUniqueLocal => _version == IPv6 && _high >> 57 == 0xfc >> 1;

    /// <summary>
    /// Whether this is in 192.0.2.0/24, 198.51.100.0/24 or 203.0.113.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849) or
    /// 3fff::/20 (RFC 9637).
    /// </summary>
    public bool IsDocumentation => _version switch
    {
        IPv4 => _low >> 8 is 0xc00002 or 0xc63364 or 0xcb0071,
        IPv6 => _high >> 32 == 0x2001_0db8 || _high >> 44 == 0x3fff0,
        _ => false,
    };

    /// <summary>InterNetwork, InterNetworkV6, or Unspecified for <see cref="None"/>.</summary>
    public AddressFamily Family => _version switch
    {
        IPv4 => AddressFamily.InterNetwork,
        IPv6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };

    /// <summary>The number of the zone (on most systems an interface index); 0 is none.</summary>
    public uint ScopeId => _scopeId;

    /// <summary>4, 16, or 0 for <see cref="None"/>.</summary>
    public int ByteCount => _version switch
    {
        IPv4 => 4,
        IPv6 => 16,
        _ => 0,
    };

    /// <summary>32, 128, or 0 for <see cref="None"/>.</summary>
    public int BitCount => ByteCount * 8;

    /// <summary>The bits in host order: for IPv4 (0, the 32 bits), for <see cref="None"/> (0, 0).</summary>
    public (ulong High, ulong Low) Words
    {
        // Where a caller rarely comes, it would be a call, for whose reference the caller keeps the address in memory all the way.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_high, _low);
    }

    /// <summary>The 32 bits of an IPv4 address in host order.</summary>
    /// <exception cref="InvalidOperationException">This is not an IPv4 address; see <see cref="UnmapIPv4"/>.</exception>
    public uint ToIPv4() => _version == IPv4 ? (uint)_low : throw new InvalidOperationException("This is not an IPv4 address.");

    /// <summary>The same address with another scope; 0 takes it away.</summary>
    /// <exception cref="InvalidOperationException">The scope is not 0, and this is not an IPv6 address.</exception>
    public NetAddress WithScope(uint scopeId)
    {
        if (scopeId != 0 && _version != IPv6)
            throw new InvalidOperationException("Only an IPv6 address has a scope.");
        return new(_version, _high, _low, scopeId);
    }

    /// <summary>The same address without its scope.</summary>
    public NetAddress WithoutScope() => new(_version, _high, _low, 0);

    /// <summary>::ffff:a.b.c.d for an IPv4 address; any other is itself.</summary>
    public NetAddress MapToIPv6() => _version == IPv4 ? FromIPv6(0, MappedPrefix | _low) : this;

    /// <summary>a.b.c.d for ::ffff:a.b.c.d, its scope dropped; any other is itself.</summary>
    public NetAddress UnmapIPv4() => IsIPv4Mapped ? FromIPv4((uint)_low) : this;

    /// <summary>Writes the 4 or 16 bytes in network order; false, with nothing written, where they do not fit. None has no bytes.</summary>
    /// <param name="destination">Where to write; 16 bytes are always enough.</param>
    /// <param name="written">How many bytes were written.</param>
    public bool TryWriteBytes(Span<byte> destination, out int written)
    {
        written = 0;
        if (destination.Length < ByteCount)
            return false;
        if (_version == IPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
        }
        else if (_version == IPv6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
            BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        }

        written = ByteCount;
        return true;
    }

    /// <summary>The framework's type; allocates.</summary>
    /// <exception cref="InvalidOperationException">This is <see cref="None"/>.</exception>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        TryWriteBytes(bytes, out int written);
        return written switch
        {
            4 => new IPAddress(bytes[..4]),
            16 => new IPAddress(bytes, _scopeId),
            _ => throw new InvalidOperationException("There is no address."),
        };
    }

    /// <inheritdoc/>
    public bool Equals(NetAddress other)
        => _low == other._low && _high == other._high && _scopeId == other._scopeId && _version == other._version;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_low, _high, _scopeId, _version);

    /// <summary>None, then IPv4, then IPv6; then by number; then by scope.</summary>
    public int CompareTo(NetAddress other)
    {
        int order = _version.CompareTo(other._version);
        if (order == 0)
            order = _high.CompareTo(other._high);
        if (order == 0)
            order = _low.CompareTo(other._low);
        return order != 0 ? order : _scopeId.CompareTo(other._scopeId);
    }

    /// <summary>Reads an address from UTF-16 text; false for anything outside the grammar. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NetAddress result)
        => TryParse(text, out result, out _);

    /// <summary>Reads an address from UTF-16 text, or says what is wrong and where. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong; <c>default</c> on success.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NetAddress result, out EndpointError error)
    {
        error = EndpointParser.ReadAddress(text, out result);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>Reads an address from UTF-8 text; false for anything outside the grammar. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NetAddress result)
        => TryParse(utf8Text, out result, out _);

    /// <summary>Reads an address from UTF-8 text, or says what is wrong and where. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong, its position in bytes; <c>default</c> on success.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NetAddress result, out EndpointError error)
    {
        error = EndpointParser.ReadAddress(utf8Text, out result);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>Reads an address from UTF-16 text.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message is <see cref="EndpointError.Message"/>.</exception>
    public static NetAddress Parse(ReadOnlySpan<char> text)
        => TryParse(text, out NetAddress result, out EndpointError error) ? result : throw new FormatException(error.Message);

    /// <summary>Reads an address from UTF-8 text.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message is <see cref="EndpointError.Message"/>.</exception>
    public static NetAddress Parse(ReadOnlySpan<byte> utf8Text)
        => TryParse(utf8Text, out NetAddress result, out EndpointError error) ? result : throw new FormatException(error.Message);

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
    public static bool operator ==(NetAddress left, NetAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(NetAddress left, NetAddress right) => !left.Equals(right);

    /// <summary>Whether the left one comes before the right one.</summary>
    public static bool operator <(NetAddress left, NetAddress right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one comes before the right one or equals it.</summary>
    public static bool operator <=(NetAddress left, NetAddress right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one comes after the right one.</summary>
    public static bool operator >(NetAddress left, NetAddress right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one comes after the right one or equals it.</summary>
    public static bool operator >=(NetAddress left, NetAddress right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NetAddress other && Equals(other);

    // Text of an address has no culture and one format: the provider and the format string are ignored.

    static NetAddress IParsable<NetAddress>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s);
    }

    static bool IParsable<NetAddress>.TryParse(string? s, IFormatProvider? provider, out NetAddress result)
        => TryParse(s, out result);

    static NetAddress ISpanParsable<NetAddress>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<NetAddress>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NetAddress result)
        => TryParse(s, out result);

    static NetAddress IUtf8SpanParsable<NetAddress>.Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => Parse(utf8Text);

    static bool IUtf8SpanParsable<NetAddress>.TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out NetAddress result)
        => TryParse(utf8Text, out result);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => TryFormat(destination, out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => TryFormat(utf8Destination, out bytesWritten);
}
