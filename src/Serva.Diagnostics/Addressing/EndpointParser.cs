using System;

namespace Serva.Diagnostics.Addressing;

/// <summary>Reads whole texts: an address, an endpoint, a prefix. Strict grammar; the whole text must be used up.</summary>
/// <remarks>
/// The value is <c>default</c> after a fault. Never allocates; the time is bounded by <see cref="MaxLength"/>.
/// </remarks>
internal static class EndpointParser
{
    /// <summary>The longest text that is looked at, in characters.</summary>
    internal const int MaxLength = 128;

    /// <summary>No default port: the text must have one.</summary>
    internal const int PortRequired = -1;

    /// <summary>Reads <c>192.0.2.1</c>, <c>2001:db8::1</c> or <c>fe80::1%4</c>.</summary>
    internal static EndpointError ReadAddress<TChar>(ReadOnlySpan<TChar> text, out NetAddress address)
        where TChar : unmanaged
    {
        EndpointError error = ReadBareAddress(text, allowZone: true, out int position, out address);
        if (error.Fault != EndpointFault.None || position == text.Length)
            return error;

        address = default;
        return AddressParser.Peek(text, position) switch
        {
            ':' => new(EndpointFault.PortNotAllowed, position, text.Length - position),
            '/' => new(EndpointFault.PrefixLengthNotAllowed, position, text.Length - position),
            _ => AddressParser.Unexpected(text, position),
        };
    }

    /// <summary>Reads <c>10.0.0.0/8</c> or <c>2001:db8::/32</c>.</summary>
    internal static EndpointError ReadPrefix<TChar>(ReadOnlySpan<TChar> text, out NetPrefix prefix)
        where TChar : unmanaged
    {
        prefix = default;
        EndpointError error = ReadBareAddress(text, allowZone: false, out int position, out NetAddress address);
        if (error.Fault != EndpointFault.None)
            return error;

        int addressLength = position;
        switch (AddressParser.Peek(text, position))
        {
            case '/':
                position++;
                break;
            case AddressParser.End:
                return new(EndpointFault.PrefixLengthMissing, position, 0);
            case ':':
                return new(EndpointFault.PortNotAllowed, position, text.Length - position);
            default:
                return AddressParser.Unexpected(text, position);
        }

        int start = position;
        int length = (int)AddressParser.ReadDecimal(text, ref position, 128);
        int digits = position - start;
        if (digits == 0 && position == text.Length)
            return new(EndpointFault.PrefixLengthMissing, position, 0);
        if (digits > 1 && AddressParser.Peek(text, start) == '0')
            return new(EndpointFault.PrefixLengthLeadingZero, start, digits);
        if (length > address.BitCount)
            return new(EndpointFault.PrefixLengthTooLarge, start, digits);
        if (position != text.Length)
            return AddressParser.Unexpected(text, position);

        NetPrefix read = NetPrefix.Create(address, length);
        if (read.Address != address)
            return new(EndpointFault.HostBitsSet, 0, addressLength);
        prefix = read;
        return default;
    }

    /// <summary>
    /// Reads <c>192.0.2.1:80</c> or <c>[2001:db8::1]:80</c>. With a default port the port may be missing, and then IPv6 may
    /// stand without brackets.
    /// </summary>
    internal static EndpointError ReadEndpoint<TChar>(ReadOnlySpan<TChar> text, int defaultPort, out NetEndpoint endpoint)
        where TChar : unmanaged
    {
        endpoint = default;
        EndpointError error = CheckLength(text.Length);
        if (error.Fault != EndpointFault.None)
            return error;

        int position = 0;
        NetAddress address;
        if (AddressParser.Peek(text, 0) == '[')
        {
            error = ReadInBrackets(text, ref position, out address);
        }
        else if (AddressParser.BeginsAsIPv6(text) && HasTwoColons(text))
        {
            if (defaultPort == PortRequired)
                return new(EndpointFault.BracketsMissing, 0, text.Length);
            error = ReadIPv6AndZone(text, ref position, allowZone: true, bracketed: false, out address);
        }
        else
        {
            error = ReadIPv4WithoutZone(text, ref position, out address);
        }

        if (error.Fault != EndpointFault.None)
            return error;
        error = ReadPort(text, position, defaultPort, out int port);
        if (error.Fault != EndpointFault.None)
            return error;
        endpoint = NetEndpoint.Create(address, port);
        return default;
    }

    /// <summary>How many leading characters an endpoint may have: hexadecimal digits and <c>. : % [ ]</c>; counts to <see cref="MaxLength"/> and one.</summary>
    internal static int CountEndpointCharacters<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged
    {
        int limit = int.Min(text.Length, MaxLength + 1);
        int count = 0;
        while (count < limit && AddressParser.Peek(text, count) is (>= '0' and <= ':') or (>= 'a' and <= 'f') or (>= 'A' and <= 'F') or '.' or '%' or '[' or ']')
            count++;
        return count;
    }

    private static EndpointError ReadPort<TChar>(ReadOnlySpan<TChar> text, int position, int defaultPort, out int port)
        where TChar : unmanaged
    {
        port = defaultPort;
        if (position == text.Length)
            return defaultPort == PortRequired ? new(EndpointFault.PortMissing, position, 0) : default;
        if (AddressParser.Peek(text, position) != ':')
            return AddressParser.Unexpected(text, position);

        position++;
        int start = position;
        port = (int)AddressParser.ReadDecimal(text, ref position, ushort.MaxValue);
        if (port > ushort.MaxValue)
            return new(EndpointFault.PortTooLarge, start, position - start);
        if (position != text.Length)
            return AddressParser.Unexpected(text, position);
        return position == start ? new(EndpointFault.PortMissing, position, 0) : default;
    }

    private static EndpointError ReadBareAddress<TChar>(ReadOnlySpan<TChar> text, bool allowZone, out int position, out NetAddress address)
        where TChar : unmanaged
    {
        position = 0;
        address = default;
        EndpointError error = CheckLength(text.Length);
        if (error.Fault != EndpointFault.None)
            return error;
        if (AddressParser.Peek(text, 0) == '[')
            return new(EndpointFault.BracketsNotAllowed, 0, 1);
        return AddressParser.BeginsAsIPv6(text)
            ? ReadIPv6AndZone(text, ref position, allowZone, bracketed: false, out address)
            : ReadIPv4WithoutZone(text, ref position, out address);
    }

    private static EndpointError ReadInBrackets<TChar>(ReadOnlySpan<TChar> text, ref int position, out NetAddress address)
        where TChar : unmanaged
    {
        position++;
        EndpointError error = ReadIPv6AndZone(text, ref position, allowZone: true, bracketed: true, out address);
        if (error.Fault != EndpointFault.None)
            return error;
        if (position == text.Length)
            return new(EndpointFault.BracketNotClosed, position, 0);
        if (AddressParser.Peek(text, position) != ']')
            return AddressParser.Unexpected(text, position);
        position++;
        return default;
    }

    private static EndpointError ReadIPv6AndZone<TChar>(
        ReadOnlySpan<TChar> text, ref int position, bool allowZone, bool bracketed, out NetAddress address)
        where TChar : unmanaged
    {
        address = default;
        uint scopeId = 0;
        EndpointError error = AddressParser.ReadIPv6(text, ref position, out UInt128 value);
        if (error.Fault == EndpointFault.None && AddressParser.Peek(text, position) == '%')
        {
            if (!allowZone)
                return new(EndpointFault.ZoneNotAllowed, position, text.Length - position);
            error = AddressParser.ReadZone(text, ref position, bracketed, out scopeId);
        }

        if (error.Fault == EndpointFault.None)
            address = NetAddress.FromIPv6((ulong)(value >> 64), (ulong)value, scopeId);
        return error;
    }

    private static EndpointError ReadIPv4WithoutZone<TChar>(ReadOnlySpan<TChar> text, ref int position, out NetAddress address)
        where TChar : unmanaged
    {
        address = default;
        EndpointError error = AddressParser.ReadIPv4(text, ref position, out uint value);
        if (error.Fault != EndpointFault.None)
            return error;
        if (AddressParser.Peek(text, position) == '%')
            return new(EndpointFault.ZoneOnIPv4, position, text.Length - position);
        address = NetAddress.FromIPv4(value);
        return default;
    }

    private static EndpointError CheckLength(int length) => length switch
    {
        > MaxLength => new(EndpointFault.TooLong, MaxLength, length - MaxLength),
        0 => new(EndpointFault.Empty, 0, 0),
        _ => default,
    };

    private static bool HasTwoColons<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged
    {
        int colons = 0;
        for (int position = 0; position < text.Length && colons < 2; position++)
        {
            if (AddressParser.Peek(text, position) == ':')
                colons++;
        }

        return colons == 2;
    }
}
