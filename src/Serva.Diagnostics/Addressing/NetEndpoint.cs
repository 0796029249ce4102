using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Addressing;

/// <summary>An address and a port; or no endpoint at all.</summary>
/// <remarks>
/// Shape: <c>192.0.2.1:80</c>, <c>[2001:db8::1]:80</c>, <c>[fe80::1%4]:80</c>. Text is read strictly: the address as
/// <see cref="NetAddress"/> reads it, IPv6 in brackets and IPv4 without, the port required, decimal, at most 65535, leading
/// zeros allowed; at most 128 characters. Text is written as RFC 5952 section 6. Format strings and providers are ignored.
/// The port is in host order. <c>default</c> is <see cref="None"/>: no endpoint, different from 0.0.0.0:0, and written as
/// empty text. Equality and order include scope and port. A value of 24 bytes without references; nothing here allocates
/// except strings and <see cref="IPEndPoint"/>.
/// </remarks>
public readonly struct NetEndpoint
    : IEquatable<NetEndpoint>, IComparable<NetEndpoint>, ISpanParsable<NetEndpoint>, IUtf8SpanParsable<NetEndpoint>, ISpanFormattable, IUtf8SpanFormattable
{
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scopeId;
    private readonly ushort _port;
    private readonly Version _version;

    private NetEndpoint(NetAddress address, ushort port)
    {
        (_high, _low) = address.Words;
        _scopeId = address.ScopeId;
        _port = port;
        _version = address.IsIPv4 ? Version.IPv4 : Version.IPv6;
    }

    // Inlined always: written by a call, a value is copied before its last store is through.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private NetEndpoint(ulong high, ulong low, uint scopeId, ushort port, Version version)
    {
        _high = high;
        _low = low;
        _scopeId = scopeId;
        _port = port;
        _version = version;
    }

    private enum Version : byte
    {
        None,
        IPv4,
        IPv6,
    }

    /// <summary>No endpoint; the same as <c>default</c>.</summary>
    public static NetEndpoint None => default;

    /// <summary>The endpoint of an address and a port.</summary>
    /// <param name="address">The address; wildcard addresses are addresses, <see cref="NetAddress.None"/> is not.</param>
    /// <param name="port">The port in host order, 0 to 65535.</param>
    /// <exception cref="ArgumentException">There is no address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is not within 0 to 65535.</exception>
    public static NetEndpoint Create(NetAddress address, int port)
    {
        if (address.IsNone)
            throw new ArgumentException("An endpoint needs an address.", nameof(address));
        CheckPort(port, nameof(port));
        return new(address, (ushort)port);
    }

    /// <summary>An IPv4 endpoint, both numbers in host order.</summary>
    internal static NetEndpoint FromIPv4(uint address, ushort port) => new(0, address, 0, port, Version.IPv4);

    /// <summary>An IPv6 endpoint, all numbers in host order.</summary>
    internal static NetEndpoint FromIPv6(ulong high, ulong low, uint scopeId, ushort port) => new(high, low, scopeId, port, Version.IPv6);

    /// <summary>The same endpoint as the framework's type gives it.</summary>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    public static NetEndpoint FromIPEndPoint(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return Create(NetAddress.FromIPAddress(endPoint.Address), endPoint.Port);
    }

    /// <summary>The same endpoint as the framework's type gives it.</summary>
    /// <remarks>Explicit on purpose: an implicit one would turn the null of <c>c ? null : endpoint</c> into <see cref="None"/>.</remarks>
    public static explicit operator NetEndpoint(IPEndPoint endPoint) => FromIPEndPoint(endPoint);

    /// <summary>The framework's type; allocates.</summary>
    /// <exception cref="InvalidOperationException">This is <see cref="None"/>.</exception>
    public static explicit operator IPEndPoint(NetEndpoint endpoint) => endpoint.ToIPEndPoint();

    /// <summary>The address, with its scope; none for <see cref="None"/>.</summary>
    public NetAddress Address => _version switch
    {
        Version.IPv4 => NetAddress.FromIPv4((uint)_low),
        Version.IPv6 => NetAddress.FromIPv6(_high, _low, _scopeId),
        _ => NetAddress.None,
    };

    /// <summary>Whether the address is IPv4; its number in host order.</summary>
    internal bool IsIPv4(out uint address)
    {
        address = (uint)_low;
        return _version == Version.IPv4;
    }

    /// <summary>Whether the address is :: or ::1 and has no scope; its last word, 0 or 1.</summary>
    internal bool IsAnyOrLoopbackIPv6(out ulong last)
    {
        last = _low;
        return _version == Version.IPv6 && _high == 0 && _low <= 1 && _scopeId == 0;
    }

    /// <summary>The port in host order; 0 for <see cref="None"/>.</summary>
    public int Port => _port;

    /// <summary>Whether there is no endpoint.</summary>
    public bool IsNone => _version == Version.None;

    /// <summary>InterNetwork, InterNetworkV6, or Unspecified for <see cref="None"/>.</summary>
    public AddressFamily Family => _version switch
    {
        Version.IPv4 => AddressFamily.InterNetwork,
        Version.IPv6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };

    /// <summary>The same address with another port.</summary>
    /// <exception cref="InvalidOperationException">This is <see cref="None"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is not within 0 to 65535.</exception>
    public NetEndpoint WithPort(int port)
        => IsNone ? throw new InvalidOperationException("There is no endpoint.") : Create(Address, port);

    /// <summary>The same port (0 for <see cref="None"/>) with another address.</summary>
    /// <exception cref="ArgumentException">There is no address.</exception>
    public NetEndpoint WithAddress(NetAddress address) => Create(address, _port);

    /// <summary>The framework's type; allocates.</summary>
    /// <exception cref="InvalidOperationException">This is <see cref="None"/>.</exception>
    public IPEndPoint ToIPEndPoint()
        => IsNone ? throw new InvalidOperationException("There is no endpoint.") : new(Address.ToIPAddress(), _port);

    /// <summary>
    /// Writes this into a socket address of the same family and sets its size; false, with nothing written, for another
    /// family, a buffer too small, and <see cref="None"/>. Never allocates.
    /// </summary>
    /// <remarks>
    /// Port and address in network order, scope in host order, flow label 0: <c>sockaddr_in</c> (16 bytes) and
    /// <c>sockaddr_in6</c> (28 bytes), the same from offset 2 on Linux, macOS and Windows (RFC 3493 section 3.3).
    /// </remarks>
    /// <param name="socketAddress">Made with the same family; its first two bytes are left as they are.</param>
    /// <exception cref="ArgumentNullException">The socket address is null.</exception>
    public bool TryWriteTo(SocketAddress socketAddress)
    {
        ArgumentNullException.ThrowIfNull(socketAddress);
        int size = _version == Version.IPv4 ? 16 : 28;
        if (IsNone || socketAddress.Family != Family || socketAddress.Buffer.Length < size)
            return false;

        socketAddress.Size = size;
        Span<byte> bytes = socketAddress.Buffer.Span[..size];
        bytes[2..].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], _port);
        Address.TryWriteBytes(bytes[(_version == Version.IPv4 ? 4 : 8)..], out _);
        if (_version == Version.IPv6)
            MemoryMarshal.Write(bytes[24..], _scopeId);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(NetEndpoint other)
        => _low == other._low && _high == other._high && _scopeId == other._scopeId && _port == other._port && _version == other._version;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_low, _high, _scopeId, _port, (byte)_version);

    /// <summary>By address (None, IPv4, IPv6; number; scope), then by port.</summary>
    public int CompareTo(NetEndpoint other)
    {
        int order = Address.CompareTo(other.Address);
        return order != 0 ? order : _port.CompareTo(other._port);
    }

    /// <summary>Reads an endpoint from UTF-16 text; false for anything outside the grammar. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NetEndpoint result)
        => TryRead(text, out result);

    /// <summary>Reads an endpoint from UTF-16 text, or says what is wrong and where. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong; <c>default</c> on success.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out NetEndpoint result, out EndpointError error)
    {
        error = default;
        return EndpointReader.TryRead(text, out result) || ReadSlowly(text, EndpointParser.PortRequired, out result, out error);
    }

    /// <summary>Reads an endpoint from UTF-8 text; false for anything outside the grammar. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NetEndpoint result)
        => TryRead(utf8Text, out result);

    /// <summary>Reads an endpoint from UTF-8 text, or says what is wrong and where. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong, its position in bytes; <c>default</c> on success.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NetEndpoint result, out EndpointError error)
    {
        error = default;
        return EndpointReader.TryRead(utf8Text, out result) || ReadSlowly(utf8Text, EndpointParser.PortRequired, out result, out error);
    }

    /// <summary>Reads an endpoint from UTF-16 text whose port may be missing. Never allocates.</summary>
    /// <remarks>
    /// Without a port the address may be <c>192.0.2.1</c>, <c>[2001:db8::1]</c> or <c>2001:db8::1</c>. IPv6 without brackets is
    /// an address as a whole: <c>::1:80</c> is the address ::1:80 with the default port. An empty port stays a fault.
    /// </remarks>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="defaultPort">The port where the text has none.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The default port is not within 0 to 65535.</exception>
    public static bool TryParse(ReadOnlySpan<char> text, int defaultPort, out NetEndpoint result)
        => TryParse(text, defaultPort, out result, out _);

    /// <summary>Reads an endpoint from UTF-16 text whose port may be missing, or says what is wrong and where. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="defaultPort">The port where the text has none.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong; <c>default</c> on success.</param>
    /// <exception cref="ArgumentOutOfRangeException">The default port is not within 0 to 65535.</exception>
    public static bool TryParse(ReadOnlySpan<char> text, int defaultPort, out NetEndpoint result, out EndpointError error)
    {
        CheckPort(defaultPort, nameof(defaultPort));
        error = default;
        return EndpointReader.TryRead(text, out result) || ReadSlowly(text, defaultPort, out result, out error);
    }

    /// <summary>Reads an endpoint from UTF-8 text whose port may be missing. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="defaultPort">The port where the text has none.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The default port is not within 0 to 65535.</exception>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, int defaultPort, out NetEndpoint result)
        => TryParse(utf8Text, defaultPort, out result, out _);

    /// <summary>Reads an endpoint from UTF-8 text whose port may be missing, or says what is wrong and where. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="defaultPort">The port where the text has none.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="error">What is wrong, its position in bytes; <c>default</c> on success.</param>
    /// <exception cref="ArgumentOutOfRangeException">The default port is not within 0 to 65535.</exception>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, int defaultPort, out NetEndpoint result, out EndpointError error)
    {
        CheckPort(defaultPort, nameof(defaultPort));
        error = default;
        return EndpointReader.TryRead(utf8Text, out result) || ReadSlowly(utf8Text, defaultPort, out result, out error);
    }

    /// <summary>
    /// Reads the endpoint that UTF-16 text begins with, for columns: all leading digits, letters a to f, and <c>. : % [ ]</c>
    /// must be an endpoint. Looks at no more than 129 characters; never allocates.
    /// </summary>
    /// <param name="text">The text, with anything behind the endpoint.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="consumed">How many characters the endpoint has; 0 on failure.</param>
    public static bool TryParsePrefix(ReadOnlySpan<char> text, out NetEndpoint result, out int consumed)
    {
        consumed = EndpointParser.CountEndpointCharacters(text);
        bool read = TryParse(text[..consumed], out result);
        consumed = read ? consumed : 0;
        return read;
    }

    /// <summary>The same for UTF-8 text.</summary>
    /// <param name="utf8Text">The text, with anything behind the endpoint.</param>
    /// <param name="result">The value, or <see cref="None"/>.</param>
    /// <param name="consumed">How many bytes the endpoint has; 0 on failure.</param>
    public static bool TryParsePrefix(ReadOnlySpan<byte> utf8Text, out NetEndpoint result, out int consumed)
    {
        consumed = EndpointParser.CountEndpointCharacters(utf8Text);
        bool read = TryParse(utf8Text[..consumed], out result);
        consumed = read ? consumed : 0;
        return read;
    }

    /// <summary>Reads an endpoint from UTF-16 text.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message is <see cref="EndpointError.Message"/>.</exception>
    public static NetEndpoint Parse(ReadOnlySpan<char> text)
        => TryParse(text, out NetEndpoint result, out EndpointError error) ? result : throw new FormatException(error.Message);

    /// <summary>Reads an endpoint from UTF-8 text.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message is <see cref="EndpointError.Message"/>.</exception>
    public static NetEndpoint Parse(ReadOnlySpan<byte> utf8Text)
        => TryParse(utf8Text, out NetEndpoint result, out EndpointError error) ? result : throw new FormatException(error.Message);

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
    public bool TryFormat(Span<char> destination, out int charsWritten) => EndpointFormatter.TryWrite(this, destination, out charsWritten);

    /// <summary>Writes the text as UTF-8; false, with nothing written, where it does not fit. Never allocates.</summary>
    /// <param name="utf8Destination">Where to write; 64 bytes are always enough.</param>
    /// <param name="bytesWritten">How many bytes were written.</param>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten) => EndpointFormatter.TryWrite(this, utf8Destination, out bytesWritten);

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(NetEndpoint left, NetEndpoint right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(NetEndpoint left, NetEndpoint right) => !left.Equals(right);

    /// <summary>Whether the left one comes before the right one.</summary>
    public static bool operator <(NetEndpoint left, NetEndpoint right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one comes before the right one or equals it.</summary>
    public static bool operator <=(NetEndpoint left, NetEndpoint right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one comes after the right one.</summary>
    public static bool operator >(NetEndpoint left, NetEndpoint right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one comes after the right one or equals it.</summary>
    public static bool operator >=(NetEndpoint left, NetEndpoint right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NetEndpoint other && Equals(other);

    // Text of an address has no culture and one format: the provider and the format string are ignored.

    static NetEndpoint IParsable<NetEndpoint>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s);
    }

    static bool IParsable<NetEndpoint>.TryParse(string? s, IFormatProvider? provider, out NetEndpoint result)
        => TryParse(s, out result);

    static NetEndpoint ISpanParsable<NetEndpoint>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<NetEndpoint>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NetEndpoint result)
        => TryParse(s, out result);

    static NetEndpoint IUtf8SpanParsable<NetEndpoint>.Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => Parse(utf8Text);

    static bool IUtf8SpanParsable<NetEndpoint>.TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out NetEndpoint result)
        => TryParse(utf8Text, out result);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => TryFormat(destination, out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        => TryFormat(utf8Destination, out bytesWritten);

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint result)
        where TChar : unmanaged
    {
        if (EndpointReader.TryReadIPv4(text, out result))
            return true;

        // Not the caller's variable: that stays in registers where no call knows its address.
        if (!EndpointReader.TryReadOther(text, out NetEndpoint rest) && !ReadSlowly(text, EndpointParser.PortRequired, out rest, out _))
        {
            result = default;
            return false;
        }

        result = rest;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ReadSlowly<TChar>(ReadOnlySpan<TChar> text, int defaultPort, out NetEndpoint result, out EndpointError error)
        where TChar : unmanaged
    {
        error = EndpointParser.ReadEndpoint(text, defaultPort, out result);
        return error.Fault == EndpointFault.None;
    }

    private static void CheckPort(int port, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue, name);
    }
}
