using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Tests.Addressing;

/// <summary>The grammar written to be read: splits strings, allocates, knows no positions. The fast parser is held to it.</summary>
internal static class ReferenceParser
{
    internal static bool TryAddress(string text, out NetAddress address)
    {
        address = NetAddress.None;
        if (text.Length is 0 or > 128 || !text.All(char.IsAscii))
            return false;

        string[] parts = text.Split('%');
        byte[]? bytes = parts[0].Contains(':', StringComparison.Ordinal) ? IPv6(parts[0]) : IPv4(parts[0]);
        uint scope = 0;
        if (bytes is null || parts.Length > 2 || (parts.Length == 2 && (bytes.Length == 4 || !TryNumber(parts[1], uint.MaxValue, out scope))))
            return false;
        address = NetAddress.FromBytes(bytes, scope);
        return true;
    }

    internal static bool TryEndpoint(string text, out NetEndpoint endpoint)
    {
        endpoint = NetEndpoint.None;
        int colon = text.LastIndexOf(':');
        if (text.Length > 128 || colon < 0 || !TryNumber(text[(colon + 1)..], ushort.MaxValue, out uint port))
            return false;
        string host = text[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']') && host.Length > 2;
        if (!TryAddress(bracketed ? host[1..^1] : host, out NetAddress address) || address.IsIPv6 != bracketed)
            return false;
        endpoint = NetEndpoint.Create(address, (int)port);
        return true;
    }

    internal static bool TryPrefix(string text, out NetPrefix prefix)
    {
        prefix = NetPrefix.None;
        string[] parts = text.Split('/');
        if (text.Length > 128 || parts.Length != 2 || parts[0].Contains('%', StringComparison.Ordinal))
            return false;
        if (!TryAddress(parts[0], out NetAddress address))
            return false;
        if (!TryNumber(parts[1], (uint)address.BitCount, out uint length) || parts[1] != length.ToString(CultureInfo.InvariantCulture))
            return false;

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int count);
        for (int bit = (int)length; bit < count * 8; bit++)
        {
            if ((bytes[bit / 8] & 0x80 >> bit % 8) != 0)
                return false;
        }

        prefix = NetPrefix.Create(address, (int)length);
        return true;
    }

    private static byte[]? IPv4(string text)
    {
        string[] octets = text.Split('.');
        bool good = octets.Length == 4 && octets.All(
            octet => TryNumber(octet, 255, out uint value) && octet == value.ToString(CultureInfo.InvariantCulture));
        return good ? [.. octets.Select(octet => byte.Parse(octet, CultureInfo.InvariantCulture))] : null;
    }

    private static byte[]? IPv6(string text)
    {
        string[] halves = text.Split("::");
        if (halves.Length > 2)
            return null;
        List<byte>? head = Groups(halves[0], mayEndDotted: halves.Length == 1);
        List<byte>? tail = halves.Length == 2 ? Groups(halves[1], mayEndDotted: true) : [];
        if (head is null || tail is null)
            return null;
        int missing = 16 - head.Count - tail.Count;
        if (halves.Length == 1 ? missing != 0 : missing < 2)
            return null;
        return [.. head, .. new byte[missing], .. tail];
    }

    private static List<byte>? Groups(string text, bool mayEndDotted)
    {
        List<byte> bytes = [];
        if (text.Length == 0)
            return bytes;
        string[] groups = text.Split(':');
        for (int i = 0; i < groups.Length; i++)
        {
            if (mayEndDotted && i == groups.Length - 1 && IPv4(groups[i]) is { } dotted)
            {
                bytes.AddRange(dotted);
                continue;
            }

            if (groups[i].Length is 0 or > 4 || !groups[i].All(char.IsAsciiHexDigit))
                return null;
            ushort value = ushort.Parse(groups[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            bytes.AddRange([(byte)(value >> 8), (byte)value]);
        }

        return bytes;
    }

    private static bool TryNumber(string text, uint limit, out uint value)
    {
        value = 0;
        if (text.Length == 0 || !text.All(char.IsAsciiDigit))
            return false;
        BigInteger number = BigInteger.Parse(text, CultureInfo.InvariantCulture);
        value = number <= limit ? (uint)number : 0;
        return number <= limit;
    }
}
