using System;
using System.Buffers.Binary;
using Part = Serva.Diagnostics.Addressing.EndpointText.Part;

namespace Serva.Diagnostics.Addressing;

/// <summary>Splits text into host, zone and port by the rules of a dialect. Never allocates.</summary>
internal static class EndpointTextParser
{
    internal static EndpointError Read<TChar>(ReadOnlySpan<TChar> text, EndpointDialect dialect, out EndpointText result)
        where TChar : unmanaged
    {
        result = default;
        if (text.Length > EndpointParser.MaxLength)
            return new(EndpointFault.TooLong, EndpointParser.MaxLength, text.Length - EndpointParser.MaxLength);
        if (text.IsEmpty)
            return new(EndpointFault.Empty, 0, 0);
        return dialect switch
        {
            EndpointDialect.UserText => ReadUserText(text, out result),
            EndpointDialect.WindowsNetstat or EndpointDialect.Lsof => ReadWithBrackets(text, deviceBehind: false, out result),
            EndpointDialect.LinuxSs => ReadWithBrackets(text, deviceBehind: true, out result),
            EndpointDialect.NetTools => ReadAtLast(text, ':', out result),
            EndpointDialect.BsdNetstat => ReadAtLast(text, '.', out result),
            EndpointDialect.ProcNet => ReadHex(text, bigEndian: false, out result),
            EndpointDialect.ProcNetBigEndian => ReadHex(text, bigEndian: true, out result),
            _ => throw new ArgumentOutOfRangeException(nameof(dialect)),
        };
    }

    internal static EndpointError ReadPair<TChar>(ReadOnlySpan<TChar> text, EndpointDialect dialect, out EndpointText local, out EndpointText remote)
        where TChar : unmanaged
    {
        remote = default;
        ReadOnlySpan<TChar> near = text.Length > EndpointParser.MaxLength + 2 ? text[..(EndpointParser.MaxLength + 2)] : text;
        int arrow = Find(near, '-');
        while (arrow >= 0 && AddressParser.Peek(near, arrow + 1) != '>')
        {
            int next = Find(near[(arrow + 1)..], '-');
            arrow = next < 0 ? -1 : arrow + 1 + next;
        }

        if (arrow < 0)
            return Read(text, dialect, out local);
        EndpointError error = Read(text[..arrow], dialect, out local);
        if (error.Fault != EndpointFault.None)
            return error;
        error = Read(text[(arrow + 2)..], dialect, out remote);
        if (error.Fault == EndpointFault.None)
        {
            remote = remote.MovedBy(arrow + 2);
            return default;
        }

        local = default;
        return error with { Position = error.Position + arrow + 2 };
    }

    // scheme://host:port/path, where all but the host may be missing
    private static EndpointError ReadUserText<TChar>(ReadOnlySpan<TChar> text, out EndpointText result)
        where TChar : unmanaged
    {
        result = default;
        int start = 0;
        int end = text.Length;
        Part scheme = default;
        Part path = default;
        int colon = Find(text, ':');
        if (colon > 0 && AddressParser.Peek(text, colon + 1) == '/' && AddressParser.Peek(text, colon + 2) == '/')
        {
            for (int i = 0; i < colon; i++)
            {
                if (!IsLetterOrDigit(AddressParser.Peek(text, i)))
                    return AddressParser.Unexpected(text, i);
            }

            scheme = Part.Between(0, colon);
            start = colon + 3;
            int slash = Find(text[start..], '/');
            if (slash >= 0)
            {
                end = start + slash;
                path = Part.Between(end, text.Length);
            }
        }

        Parts parts = default;
        int close = start;
        if (AddressParser.Peek(text, start) == '[')
        {
            EndpointError error = ReadBracketed(text[..end], start, out close, ref parts);
            if (error.Fault != EndpointFault.None)
                return error;
        }
        else
        {
            int first = Find(text[start..end], ':');
            bool several = first >= 0 && Find(text[(start + first + 1)..end], ':') >= 0;
            close = first < 0 || several ? end : start + first;
            EndpointError error = ReadHost(text, start, close, HostForms.All, ref parts);
            if (error.Fault != EndpointFault.None)
                return error;
        }

        if (close < end)
        {
            EndpointError error = ReadPort(text[..end], close, ':', names: false, ref parts);
            if (error.Fault != EndpointFault.None)
                return error;
        }

        result = parts.ToText(scheme, path);
        return default;
    }

    // [v6%zone]:port, v4:port, *:port, name:port; ss writes the zone behind the bracket and behind any address
    private static EndpointError ReadWithBrackets<TChar>(ReadOnlySpan<TChar> text, bool deviceBehind, out EndpointText result)
        where TChar : unmanaged
    {
        result = default;
        Parts parts = default;
        int colon;
        EndpointError error;
        if (AddressParser.Peek(text, 0) == '[')
        {
            error = ReadBracketed(text, 0, out colon, ref parts);
            if (error.Fault != EndpointFault.None)
                return error;
        }
        else
        {
            colon = Find(text, ':');
            int percent = deviceBehind ? Find(text, '%') : -1;
            int end = percent >= 0 ? percent : colon >= 0 ? colon : text.Length;
            error = ReadHost(text, 0, end, HostForms.IPv4 | HostForms.Any | HostForms.Name, ref parts);
            if (error.Fault != EndpointFault.None)
                return error;
            colon = end;
        }

        if (deviceBehind && AddressParser.Peek(text, colon) == '%')
        {
            int start = colon + 1;
            for (colon = start; IsNameCharacter(AddressParser.Peek(text, colon)); colon++)
            {
            }

            if (colon == start)
                return new(EndpointFault.ZoneMissing, start, 0);
            parts.Zone = Part.Between(start, colon);
        }

        error = ReadPort(text, colon, ':', names: true, ref parts);
        if (error.Fault != EndpointFault.None)
            return error;
        result = parts.ToText(default, default);
        return default;
    }

    // The last separator stands before the port; IPv6 has no brackets (newer net-tools write them).
    private static EndpointError ReadAtLast<TChar>(ReadOnlySpan<TChar> text, char separator, out EndpointText result)
        where TChar : unmanaged
    {
        result = default;
        Parts parts = default;
        int at = FindLast(text, separator);
        if (at < 0)
            return new(EndpointFault.PortMissing, text.Length, 0);
        EndpointError error;
        if (AddressParser.Peek(text, 0) == '[')
        {
            error = ReadBracketed(text[..at], 0, out int behind, ref parts);
            if (error.Fault == EndpointFault.None && behind != at)
                error = AddressParser.Unexpected(text, behind);
        }
        else
        {
            error = ReadHost(text, 0, at, HostForms.IPv4 | HostForms.IPv6 | HostForms.Any | HostForms.Name, ref parts);
        }

        if (error.Fault == EndpointFault.None)
            error = ReadPort(text, at, separator, names: true, ref parts);
        if (error.Fault == EndpointFault.None)
            result = parts.ToText(default, default);
        return error;
    }

    // 8 or 32 hexadecimal digits, a colon, four more
    private static EndpointError ReadHex<TChar>(ReadOnlySpan<TChar> text, bool bigEndian, out EndpointText result)
        where TChar : unmanaged
    {
        result = default;
        int colon = Find(text, ':');
        if (colon is not (8 or 32) || text.Length != colon + 5)
            return new(EndpointFault.HexLengthWrong, 0, text.Length);
        Span<byte> bytes = stackalloc byte[16];
        for (int word = 0; word < colon / 8; word++)
        {
            EndpointError wordError = ReadHexNumber(text, word * 8, 8, out uint value);
            if (wordError.Fault != EndpointFault.None)
                return wordError;
            if (bigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(bytes[(word * 4)..], value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(word * 4)..], value);
        }

        EndpointError error = ReadHexNumber(text, colon + 1, 4, out uint port);
        if (error.Fault != EndpointFault.None)
            return error;
        result = new(
            EndpointHost.Address, NetAddress.FromBytes(bytes[..(colon / 2)]), EndpointPort.Number, (int)port,
            Part.Between(0, colon), default, Part.Between(colon + 1, text.Length), default, default);
        return default;
    }

    private static EndpointError ReadHexNumber<TChar>(ReadOnlySpan<TChar> text, int start, int digits, out uint value)
        where TChar : unmanaged
    {
        value = 0;
        for (int i = start; i < start + digits; i++)
        {
            uint character = AddressParser.Peek(text, i);
            if (character > 0x7f || !char.IsAsciiHexDigit((char)character))
                return AddressParser.Unexpected(text, i);
            value = value << 4 | (character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10);
        }

        return default;
    }

    private static EndpointError ReadBracketed<TChar>(ReadOnlySpan<TChar> text, int open, out int behind, ref Parts parts)
        where TChar : unmanaged
    {
        int length = Find(text[open..], ']');
        behind = open + length + 1;
        return length < 0
            ? new(EndpointFault.BracketNotClosed, text.Length, 0)
            : ReadHost(text, open + 1, open + length, HostForms.IPv6, ref parts);
    }

    private static EndpointError ReadHost<TChar>(ReadOnlySpan<TChar> text, int start, int end, HostForms forms, ref Parts parts)
        where TChar : unmanaged
    {
        ReadOnlySpan<TChar> host = text[start..end];
        parts.Host = Part.Between(start, end);
        if (host.IsEmpty)
            return new(EndpointFault.AddressMissing, start, 0);
        uint first = AddressParser.Peek(host, 0);
        if (host.Length == 1 && ((first == '*' && (forms & HostForms.Any) != 0) || (first == '+' && (forms & HostForms.StrongAny) != 0)))
        {
            parts.HostKind = first == '*' ? EndpointHost.Any : EndpointHost.StrongAny;
            return default;
        }

        bool six = Find(host, ':') >= 0;
        if (six && (forms & HostForms.IPv6) == 0)
            return new(EndpointFault.BracketsMissing, start, host.Length);
        if (!six && (forms & HostForms.IPv4) == 0)
            return new(EndpointFault.BracketsOnIPv4, start, host.Length);
        if (!six && (forms & HostForms.Name) != 0 && !EndsInNumber(host))
            return ReadName(text, start, end, ref parts);

        EndpointError error = EndpointParser.ReadAddress(host, out NetAddress address);
        if (error.Fault == EndpointFault.ZoneNameNeedsHost)
        {
            parts.Zone = Part.Between(start + error.Position, end);
            parts.Host = Part.Between(start, start + error.Position - 1);
            error = EndpointParser.ReadAddress(host[..(error.Position - 1)], out address);
        }
        else if (address.ScopeId != 0)
        {
            parts.Host = Part.Between(start, start + Find(host, '%'));
        }

        parts.HostKind = EndpointHost.Address;
        parts.Address = address;
        return error.Fault == EndpointFault.None ? default : error with { Position = error.Position + start };
    }

    // Letters, digits, hyphens and underscores in labels that are not empty; a dot may end the name.
    private static EndpointError ReadName<TChar>(ReadOnlySpan<TChar> text, int start, int end, ref Parts parts)
        where TChar : unmanaged
    {
        for (int i = start; i < end; i++)
        {
            uint character = AddressParser.Peek(text, i);
            if (character == '.' && (i == start || AddressParser.Peek(text, i - 1) == '.'))
                return new(EndpointFault.HostNameInvalid, i, 1);
            if (character != '.' && character != '-' && character != '_' && !IsLetterOrDigit(character))
                return AddressParser.Unexpected(text, i);
        }

        parts.HostKind = EndpointHost.Name;
        return default;
    }

    private static EndpointError ReadPort<TChar>(ReadOnlySpan<TChar> text, int at, char separator, bool names, ref Parts parts)
        where TChar : unmanaged
    {
        if (at >= text.Length)
            return new(EndpointFault.PortMissing, text.Length, 0);
        if (AddressParser.Peek(text, at) != separator)
            return AddressParser.Unexpected(text, at);
        int start = at + 1;
        int position = start;
        ulong number = AddressParser.ReadDecimal(text, ref position, ushort.MaxValue);
        parts.PortText = Part.Between(start, text.Length);
        if (start == text.Length)
            return new(EndpointFault.PortMissing, start, 0);
        if (position == text.Length)
        {
            parts.PortKind = EndpointPort.Number;
            parts.Port = (int)number;
            return number <= ushort.MaxValue ? default : new(EndpointFault.PortTooLarge, start, position - start);
        }

        if (AddressParser.Peek(text, start) == '*' && text.Length == start + 1)
        {
            parts.PortKind = EndpointPort.Any;
            return default;
        }

        for (position = names ? start : position; names && position < text.Length && IsServiceCharacter(AddressParser.Peek(text, position)); position++)
        {
        }

        parts.PortKind = EndpointPort.Name;
        return position == text.Length ? default : AddressParser.Unexpected(text, position);
    }

    // "1.2.3" is a bad address, not a name; so is what ends in a number for URLs (WHATWG URL, ends-in-a-number checker).
    private static bool EndsInNumber<TChar>(ReadOnlySpan<TChar> host)
        where TChar : unmanaged
    {
        int percent = Find(host, '%');
        ReadOnlySpan<TChar> bare = percent < 0 ? host : host[..percent];
        int i = bare.Length - 1;
        for (; i >= 0 && AddressParser.Peek(bare, i) - '0' <= 9; i--)
        {
        }

        return (i < bare.Length - 1 && (i < 0 || AddressParser.Peek(bare, i) == '.')) || percent >= 0;
    }

    private static int Find<TChar>(ReadOnlySpan<TChar> text, char character)
        where TChar : unmanaged
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (AddressParser.Peek(text, i) == character)
                return i;
        }

        return -1;
    }

    private static int FindLast<TChar>(ReadOnlySpan<TChar> text, char character)
        where TChar : unmanaged
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            if (AddressParser.Peek(text, i) == character)
                return i;
        }

        return -1;
    }

    private static bool IsLetterOrDigit(uint character) => character <= 0x7f && char.IsAsciiLetterOrDigit((char)character);

    // RFC 6335 section 5.1, and what older registrations have besides.
    private static bool IsServiceCharacter(uint character) => IsLetterOrDigit(character) || character is '-' or '_' or '.' or '+';

    // Names of devices: printable, nothing that the dialects use between the parts.
    private static bool IsNameCharacter(uint character)
        => character is > ' ' and < 0x7f and not ('[' or ']' or '%' or '/' or ':' or '*');

    // Asked by masks: Enum.HasFlag allocates until the compiler's last tier.
    [Flags]
    private enum HostForms
    {
        IPv4 = 1,
        IPv6 = 2,
        Any = 4,
        StrongAny = 8,
        Name = 16,
        All = 31,
    }

    private struct Parts
    {
        internal EndpointHost HostKind;
        internal NetAddress Address;
        internal EndpointPort PortKind;
        internal int Port;
        internal Part Host;
        internal Part Zone;
        internal Part PortText;

        internal readonly EndpointText ToText(Part scheme, Part path) => new(HostKind, Address, PortKind, Port, Host, Zone, PortText, scheme, path);
    }
}
