using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>The grammar of bind requests, which the command line, batch lines and profiles share.</summary>
internal static class BindRequestText
{
    private const int LongestText = 256;
    private const int MostNames = 12;

    public static string NameOf(TransportProtocol protocol) => protocol switch
    {
        TransportProtocol.Tcp => "tcp",
        TransportProtocol.Udp => "udp",
        TransportProtocol.UdpLite => "udplite",
        TransportProtocol.Raw => "raw",
        _ => protocol.ToString(),
    };

    public static bool TryParseProtocol(ReadOnlySpan<char> text, out TransportProtocol protocol)
    {
        foreach (TransportProtocol known in (ReadOnlySpan<TransportProtocol>)[TransportProtocol.Tcp, TransportProtocol.Udp, TransportProtocol.UdpLite, TransportProtocol.Raw])
        {
            if (text.Equals(NameOf(known), StringComparison.OrdinalIgnoreCase))
            {
                protocol = known;
                return true;
            }
        }

        protocol = default;
        return false;
    }

    public static IEnumerable<(string Option, bool IsSet)> FlagsOf(BindRequest request)
    {
        yield return ("--reuse-address", request.ReuseAddress);
        yield return ("--reuse-port", request.ReusePort);
        yield return ("--exclusive", request.ExclusiveAddressUse);
        yield return ("--dual-mode", request.DualMode);
        yield return ("--free-bind", request.FreeBind);
        yield return ("--transparent", request.Transparent);
    }

    public static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");

    /// <param name="text">The text.</param>
    /// <param name="host">Whose interfaces a zone may name; null when only numbers are known.</param>
    /// <param name="request">The request.</param>
    /// <param name="error">What is wrong, else.</param>
    /// <param name="position">Where it is wrong, counted from 0.</param>
    public static bool TryParse(
        string? text,
        HostSnapshot? host,
        [NotNullWhen(true)] out BindRequest? request,
        [NotNullWhen(false)] out string? error,
        out int position)
    {
        request = null;
        position = 0;
        if (string.IsNullOrWhiteSpace(text))
        {
            error = "expected PROTO/ENDPOINT, for example udp/0.0.0.0:69";
            return false;
        }

        if (text.Length > LongestText)
        {
            error = $"longer than {LongestText} characters";
            return false;
        }

        var words = new Words(text);
        words.TryNext(out int start, out ReadOnlySpan<char> endpointWord);
        if (!TryParseEndpoint(endpointWord, host, out BindRequest? parsed, out error, out int inner))
        {
            position = start + inner;
            return false;
        }

        while (words.TryNext(out start, out ReadOnlySpan<char> option))
        {
            position = start;
            switch (option)
            {
                case "--reuse-address": parsed = parsed with { ReuseAddress = true }; break;
                case "--reuse-port": parsed = parsed with { ReusePort = true }; break;
                case "--exclusive": parsed = parsed with { ExclusiveAddressUse = true }; break;
                case "--dual-mode": parsed = parsed with { DualMode = true }; break;
                case "--free-bind": parsed = parsed with { FreeBind = true }; break;
                case "--transparent": parsed = parsed with { Transparent = true }; break;
                case "--device":
                    if (!words.TryNext(out position, out ReadOnlySpan<char> device))
                    {
                        position = text.Length;
                        error = "--device needs the name of an interface";
                        return false;
                    }

                    parsed = parsed with { Device = device.ToString() };
                    break;
                case "--automatic-ports":
                    if (!words.TryNext(out int place, out ReadOnlySpan<char> range) || !TryParseRange(range, out int lowest, out int highest))
                    {
                        position = range.IsEmpty ? text.Length : place;
                        error = "--automatic-ports needs FIRST-LAST, for example 40000-40007; 0 leaves an end open";
                        return false;
                    }

                    parsed = parsed with { LowestAutomaticPort = lowest, HighestAutomaticPort = highest };
                    break;
                default:
                    error = $"'{Shorten(option.ToString())}' is no option of a bind";
                    return false;
            }
        }

        if (parsed.ReuseAddress && parsed.ExclusiveAddressUse)
        {
            position = 0;
            error = "--reuse-address and --exclusive exclude each other";
            return false;
        }

        position = 0;
        error = null;
        request = parsed;
        return true;
    }

    private static bool TryParseEndpoint(
        ReadOnlySpan<char> text,
        HostSnapshot? host,
        [NotNullWhen(true)] out BindRequest? request,
        [NotNullWhen(false)] out string? error,
        out int position)
    {
        request = null;
        position = 0;
        int slash = text.IndexOf('/');
        if (slash < 0)
        {
            error = "expected PROTO/ENDPOINT, for example udp/0.0.0.0:69";
            return false;
        }

        if (!TryParseProtocol(text[..slash], out TransportProtocol protocol))
        {
            error = $"'{Shorten(text[..slash].ToString())}' is no protocol; known are tcp, udp, udplite and raw";
            return false;
        }

        position = slash + 1;
        ReadOnlySpan<char> place = text[(slash + 1)..];
        NetEndpoint endpoint;
        bool isEverything = false;
        if (place.StartsWith("*:") && IsPortNumber(place[2..], out int ofAll) && ofAll <= 65535)
        {
            endpoint = NetEndpoint.Create(NetAddress.AnyIPv6, ofAll);
            isEverything = true;
        }
        else if (IsPortNumber(place, out int port))
        {
            if (port > 65535)
            {
                error = "a port is at most 65535";
                return false;
            }

            endpoint = NetEndpoint.Create(NetAddress.AnyIPv4, port);
        }
        else if (protocol == TransportProtocol.Raw && place.Equals("icmp", StringComparison.OrdinalIgnoreCase))
        {
            endpoint = NetEndpoint.Create(NetAddress.AnyIPv4, 1);
        }
        else if (!NetEndpoint.TryParse(place, out endpoint, out EndpointError fault)
            && (fault.Fault != EndpointFault.ZoneNameNeedsHost || !TryResolveZone(place, host, out endpoint, out fault)))
        {
            position += fault.Position;
            error = fault.Fault == EndpointFault.ZoneNameNeedsHost ? UnknownZone(place, host) : fault.What;
            return false;
        }

        position = 0;
        error = null;
        request = new BindRequest { Protocol = protocol, Endpoint = endpoint, Listen = protocol == TransportProtocol.Tcp, DualMode = isEverything };
        return true;
    }

    private static bool TryParseRange(ReadOnlySpan<char> text, out int lowest, out int highest)
    {
        highest = lowest = 0;
        int dash = text.IndexOf('-');
        return dash > 0 && IsPortNumber(text[..dash], out lowest) && IsPortNumber(text[(dash + 1)..], out highest) && lowest <= 65535 && highest <= 65535;
    }

    /// <summary>Puts the index of the interface in the place of its name (RFC 4007 section 11.2).</summary>
    private static bool TryResolveZone(ReadOnlySpan<char> place, HostSnapshot? host, out NetEndpoint endpoint, out EndpointError fault)
    {
        (int start, int end) = ZoneOf(place);
        foreach (InterfaceRow row in host?.Interfaces ?? Table.NotRequested<InterfaceRow>())
        {
            if (!place[start..end].SequenceEqual(row.Name))
                continue;
            string numeric = string.Create(CultureInfo.InvariantCulture, $"{place[..start]}{row.Index}{place[end..]}");
            return NetEndpoint.TryParse(numeric, out endpoint, out fault);
        }

        endpoint = default;
        fault = new EndpointError(EndpointFault.ZoneNameNeedsHost, start, end - start);
        return false;
    }

    private static (int Start, int End) ZoneOf(ReadOnlySpan<char> place)
    {
        int start = place.IndexOf('%') + 1;
        int length = place[start..].IndexOf(']');
        return (start, length < 0 ? place.Length : start + length);
    }

    private static string UnknownZone(ReadOnlySpan<char> place, HostSnapshot? host)
    {
        (int start, int end) = ZoneOf(place);
        string name = Shorten(place[start..end].ToString());
        if (host is null || !host.Interfaces.IsKnown)
            return $"the zone '{name}' is a name; only the number of an interface can be read here";
        string known = string.Join(", ", host.Interfaces.Take(MostNames).Select(row => row.Name));
        return $"'{name}' is no interface of the host; there are {known}{(host.Interfaces.Count > MostNames ? ", ..." : "")}";
    }

    private static bool IsPortNumber(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        if (text.IsEmpty || text.Length > 9 || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        port = int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>Walks the blank-separated words of a line.</summary>
    private ref struct Words(ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _next;

        public bool TryNext(out int start, out ReadOnlySpan<char> word)
        {
            while (_next < _text.Length && char.IsWhiteSpace(_text[_next]))
                _next++;
            start = _next;
            while (_next < _text.Length && !char.IsWhiteSpace(_text[_next]))
                _next++;
            word = _text[start.._next];
            return !word.IsEmpty;
        }
    }
}
