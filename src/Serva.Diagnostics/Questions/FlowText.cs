using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>The grammar of flows: the words of <c>ip route get</c>.</summary>
internal static class FlowText
{
    private const int LongestText = 512;

    /// <param name="text">The text.</param>
    /// <param name="host">Whose interfaces a zone may name; null when only numbers are known.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="error">What is wrong, else.</param>
    /// <param name="position">Where it is wrong, counted from 0.</param>
    public static bool TryParse(string? text, HostSnapshot? host, [NotNullWhen(true)] out Flow? flow, [NotNullWhen(false)] out string? error, out int position)
    {
        flow = null;
        error = null;
        position = 0;
        if (string.IsNullOrWhiteSpace(text))
        {
            error = "a destination is expected, for example 192.0.2.1";
            return false;
        }

        if (text.Length > LongestText)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"a flow has at most {LongestText} characters");
            return false;
        }

        int next = 0;
        if (!TryTakeWord(text, ref next, out Range word) || !TryAddress(text[word], host, out NetAddress destination, out error))
        {
            position = word.Start.Value;
            error ??= "a destination is expected, for example 192.0.2.1";
            return false;
        }

        var read = new Flow { Destination = destination };
        while (TryTakeWord(text, ref next, out word))
        {
            string name = text[word];
            position = word.Start.Value;
            if (!TryTakeWord(text, ref next, out Range valueRange))
            {
                error = $"'{BindRequestText.Shorten(name)}' needs a value";
                return false;
            }

            string value = text[valueRange];
            Flow? with = Set(read, name, value, host, out error);
            if (with is null)
            {
                if (error is not null)
                    position = valueRange.Start.Value;
                error ??= $"'{BindRequestText.Shorten(name)}' is unknown; a flow takes from, iif, oif, mark, tos, uid, ipproto, sport and dport";
                return false;
            }

            read = with;
        }

        if (read.Source is { } source && source.IsIPv4 != destination.IsIPv4)
        {
            error = "source and destination are of different families";
            position = 0;
            return false;
        }

        flow = read;
        position = 0;
        return true;
    }

    private static Flow? Set(Flow flow, string name, string value, HostSnapshot? host, out string? error)
    {
        error = null;
        switch (name)
        {
            case "from":
                return TryAddress(value, host, out NetAddress source, out error) ? flow with { Source = source } : null;
            case "iif":
                return flow with { InputInterface = value };
            case "oif" or "dev":
                return flow with { OutputInterface = value };
            case "mark":
                return TryNumber(value, uint.MaxValue, out uint mark, out error) ? flow with { Mark = mark } : null;
            case "tos" or "dsfield":
                return TryNumber(value, byte.MaxValue, out uint tos, out error) ? flow with { TypeOfService = (byte)tos } : null;
            case "uid":
                return TryNumber(value, uint.MaxValue, out uint user, out error) ? flow with { UserId = user } : null;
            case "sport":
                return TryNumber(value, ushort.MaxValue, out uint sourcePort, out error) ? flow with { SourcePort = (int)sourcePort } : null;
            case "dport":
                return TryNumber(value, ushort.MaxValue, out uint destinationPort, out error) ? flow with { DestinationPort = (int)destinationPort } : null;
            case "type":
                return TryNumber(value, byte.MaxValue, out uint type, out error) ? flow with { IcmpType = (byte)type } : null;
            case "code":
                return TryNumber(value, byte.MaxValue, out uint code, out error) ? flow with { IcmpCode = (byte)code } : null;
            case "ttl":
                return TryNumber(value, byte.MaxValue, out uint limit, out error) ? flow with { HopLimit = (byte)limit } : null;
            case "ipproto":
                byte? known = value switch { "tcp" => 6, "udp" => 17, "icmp" => 1, "ipv6-icmp" => 58, "sctp" => 132, _ => null };
                if (known is not null)
                    return flow with { IPProtocol = known };
                return TryNumber(value, byte.MaxValue, out uint protocol, out error) ? flow with { IPProtocol = (byte)protocol } : null;
            default:
                return null;
        }
    }

    private static bool TryAddress(string text, HostSnapshot? host, out NetAddress address, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (NetAddress.TryParse(text, out address, out EndpointError fault))
            return true;
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent > 0 && host is not null && NetAddress.TryParse(text.AsSpan(0, percent), out address) && address.IsIPv6)
        {
            string zone = text[(percent + 1)..];
            foreach (InterfaceRow row in host.Interfaces)
            {
                if (string.Equals(row.Name, zone, StringComparison.Ordinal))
                {
                    address = address.WithScope(row.Index);
                    return true;
                }
            }

            error = $"no interface is called '{BindRequestText.Shorten(zone)}'";
            return false;
        }

        error = $"'{BindRequestText.Shorten(text)}' is no address: {fault.What}";
        return false;
    }

    private static bool TryNumber(string text, uint highest, out uint number, [NotNullWhen(false)] out string? error)
    {
        bool isHex = text.StartsWith("0x", StringComparison.Ordinal);
        bool isRead = isHex
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        error = isRead && number <= highest ? null : string.Create(CultureInfo.InvariantCulture, $"'{BindRequestText.Shorten(text)}' is no number from 0 to {highest}");
        return error is null;
    }

    /// <summary>A name as one word of a flow: in quotes when it has blanks.</summary>
    public static string Quote(string name) => name.AsSpan().ContainsAny(" \t") ? $"\"{name}\"" : name;

    // Names of Windows' interfaces have blanks: "Ethernet 2".
    private static bool TryTakeWord(string text, ref int next, out Range word)
    {
        while (next < text.Length && char.IsWhiteSpace(text[next]))
            next++;
        int start = next;
        if (next < text.Length && text[next] == '"' && text.IndexOf('"', next + 1) is > 0 and var end)
        {
            word = (start + 1)..end;
            next = end + 1;
            return true;
        }

        while (next < text.Length && !char.IsWhiteSpace(text[next]))
            next++;
        word = start..next;
        return next > start;
    }
}
