using System;
using System.Globalization;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.ErrorText;

/// <summary>A part of a text.</summary>
internal readonly record struct TextPart(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>An endpoint that a text names, or the parts of one.</summary>
internal readonly record struct FoundEndpoint
{
    /// <summary>The address; null when the text names none or a name.</summary>
    public NetAddress? Address { get; init; }

    /// <summary>Where the address or name stands.</summary>
    public TextPart Host { get; init; }

    /// <summary>The port; null when the text names none.</summary>
    public int? Port { get; init; }

    /// <summary>Where the port stands.</summary>
    public TextPart PortText { get; init; }

    /// <summary>Whether it is a URL, and so TCP.</summary>
    public bool IsUrl { get; init; }

    /// <summary>Whether it stands for every address: a star, a plus, or no address before the port.</summary>
    public bool IsEveryAddress { get; init; }

    /// <summary>Whether a name stands where the address would.</summary>
    public bool IsName { get; init; }

    public bool HasHost => Host.Length > 0 || IsEveryAddress;
}

/// <summary>
/// Finds the endpoint in an error's text: in a URL, in brackets, with or without port, as <c>:::5000</c>,
/// <c>('127.0.0.1', 5000)</c>, <c>*:80</c>, <c>:8080</c> or <c>port 53</c>. Total and linear.
/// </summary>
internal static class ErrorEndpoints
{
    private const int LongestHost = 128;

    /// <summary>The endpoint that says most; the first of those that say as much. An address and a port that stand apart are put together.</summary>
    /// <param name="text">The text.</param>
    /// <param name="portFollowsColons">Whether the last colon of an address without brackets stands before the port, as Node.js writes it.</param>
    public static FoundEndpoint Find(ReadOnlySpan<char> text, bool portFollowsColons)
    {
        FoundEndpoint best = default;
        FoundEndpoint firstHost = default;
        int position = 0;
        while (position < text.Length)
        {
            int end = Take(text, position, portFollowsColons, out FoundEndpoint found);
            if (found.HasHost && found.Port is not null)
                return found;
            if (found.Port is not null && best.Port is null)
                best = found;
            if (found.Host.Length > 0 && firstHost.Host.Length == 0)
                firstHost = found;
            position = Math.Max(end, position + 1);
        }

        if (best.Port is null)
            return firstHost;
        return firstHost.Host.Length == 0 ? best : firstHost with { Port = best.Port, PortText = best.PortText };
    }

    private static int Take(ReadOnlySpan<char> text, int at, bool portFollowsColons, out FoundEndpoint found)
    {
        found = default;
        char first = text[at];
        if (at > 0 && (char.IsAsciiLetterOrDigit(text[at - 1]) || text[at - 1] is '.' or '%' or '_') && first != '[')
            return at + 1;
        if (first is 'h' or 'H' or 't' or 'T' or 'u' or 'U' && TakeUrl(text, at, out found) is var url and > 0)
            return url;
        if (first is 'p' or 'P' && TakeNamedPort(text, at, out found) is var named and > 0)
            return named;
        if (first is 'l' && text[at..].StartsWith("localhost:", StringComparison.Ordinal))
            return TakePort(text, at + 10, new FoundEndpoint { Address = NetAddress.LoopbackIPv4, Host = new(at, 9) }, out found);
        if (first == '[')
            return TakeBracketed(text, at, out found);
        if (first == '*')
            return TakePort(text, at + 2, new FoundEndpoint { IsEveryAddress = true, Host = new(at, 1) }, out found, needsColon: true);
        if (char.IsAsciiHexDigit(first) || first == ':')
            return TakeBare(text, at, portFollowsColons, out found);
        return at + 1;
    }

    private static int TakeUrl(ReadOnlySpan<char> text, int at, out FoundEndpoint found)
    {
        found = default;
        int scheme = 0;
        foreach (string known in (ReadOnlySpan<string>)["http://", "https://", "tcp://", "udp://"])
        {
            if (text[at..].StartsWith(known, StringComparison.OrdinalIgnoreCase))
                scheme = known.Length;
        }

        if (scheme == 0)
            return 0;
        int host = at + scheme;
        bool isWeb = text[at] is 'h' or 'H';
        if (host < text.Length && text[host] == '[')
        {
            int end = TakeBracketed(text, host, out found);
            found = found with { IsUrl = isWeb };
            return end;
        }

        int stop = host;
        while (stop < text.Length && stop - host < LongestHost && (char.IsAsciiLetterOrDigit(text[stop]) || text[stop] is '.' or '-' or '_' or '*' or '+'))
            stop++;
        if (stop == host)
            return 0;
        ReadOnlySpan<char> name = text[host..stop];
        var result = new FoundEndpoint { Host = new(host, stop - host), IsUrl = isWeb };
        if (NetAddress.TryParse(name, out NetAddress address))
            result = result with { Address = address };
        else if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            result = result with { Address = NetAddress.LoopbackIPv4 };
        else
            result = result with { IsEveryAddress = true, IsName = name is not ("*" or "+") };
        if (TakePort(text, stop + 1, result, out found, needsColon: true) is var after && found.Port is not null)
            return after;
        int implied = text[at..].StartsWith("https", StringComparison.OrdinalIgnoreCase) ? 443 : 80;
        found = isWeb ? result with { Port = implied, PortText = new(at, scheme) } : result;
        return stop;
    }

    private static int TakeBracketed(ReadOnlySpan<char> text, int at, out FoundEndpoint found)
    {
        found = default;
        ReadOnlySpan<char> rest = text.Slice(at + 1, Math.Min(LongestHost, text.Length - at - 1));
        int close = rest.IndexOf(']');
        if (close <= 0 || !NetAddress.TryParse(rest[..close], out NetAddress address) || !address.IsIPv6)
            return at + 1;
        var result = new FoundEndpoint { Address = address, Host = new(at, close + 2) };
        int end = TakePort(text, at + close + 3, result, out found, needsColon: true);
        if (found.Port is null)
            found = result;
        return end;
    }

    /// <summary>An address without brackets: IPv4, IPv6, or nothing but a colon before a port.</summary>
    private static int TakeBare(ReadOnlySpan<char> text, int at, bool portFollowsColons, out FoundEndpoint found)
    {
        found = default;
        int end = at;
        while (end < text.Length && end - at < LongestHost && (char.IsAsciiHexDigit(text[end]) || text[end] is '.' or ':'))
            end++;
        if (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            return SkipWord(text, end);
        ReadOnlySpan<char> word = text[at..end].TrimEnd(".:");
        if (word.Length > 0 && word[0] == ':' && word.Length < 7 && word[1..] is var only && !only.ContainsAnyExceptInRange('0', '9'))
            return TakePort(text, at + 1, new FoundEndpoint { IsEveryAddress = true }, out found);
        int colon = word.LastIndexOf(':');
        bool isIPv4 = word.IndexOf('.') > 0 && word.Count(':') <= 1;
        if (colon > 0 && (isIPv4 || portFollowsColons || word.StartsWith(":::"))
            && NetAddress.TryParse(word[..colon], out NetAddress before)
            && TakePort(text, at + colon + 1, new FoundEndpoint { Address = before, Host = new(at, colon) }, out found) is var after
            && found.Port is not null)
        {
            return after;
        }

        // A trailing colon may belong to the sentence or to the address.
        ReadOnlySpan<char> whole = text[at..end].TrimEnd('.');
        bool isWhole = NetAddress.TryParse(whole, out NetAddress address);
        if (!isWhole)
            whole = word;
        if (!(isWhole || NetAddress.TryParse(word, out address)) || (address.IsIPv4 && !isIPv4))
            return Math.Max(end, at + 1);
        var result = new FoundEndpoint { Address = address, Host = new(at, whole.Length) };
        int behind = at + whole.Length;

        // Python writes ('127.0.0.1', 5000); zones have no place in a raw text.
        ReadOnlySpan<char> tail = text[behind..];
        int quote = tail.StartsWith("', ") || tail.StartsWith("\", ") ? 3 : 0;
        if (quote > 0 && TakePort(text, behind + quote, result, out found) is var python && found.Port is not null)
            return python;
        found = result;
        return Math.Max(behind, at + 1);
    }

    /// <summary><c>port 53</c>, <c>Port=53</c>, <c>port: 53</c>.</summary>
    private static int TakeNamedPort(ReadOnlySpan<char> text, int at, out FoundEndpoint found)
    {
        found = default;
        if (!text[at..].StartsWith("port", StringComparison.OrdinalIgnoreCase))
            return 0;
        int next = at + 4;
        while (next < text.Length && next < at + 8 && text[next] is ' ' or '=' or ':' or '"' or '\'')
            next++;
        if (next == at + 4)
            return 0;
        int end = TakePort(text, next, default, out found);
        return found.Port is null ? 0 : end;
    }

    private static int TakePort(ReadOnlySpan<char> text, int at, FoundEndpoint host, out FoundEndpoint found, bool needsColon = false)
    {
        found = default;
        if (needsColon && (at - 1 >= text.Length || text[at - 1] != ':'))
            return Math.Min(at, text.Length);
        int end = at;
        while (end < text.Length && end - at < 6 && char.IsAsciiDigit(text[end]))
            end++;
        bool isPort = end > at && end - at < 6
            && !(end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '_'))
            && int.Parse(text[at..end], NumberStyles.None, CultureInfo.InvariantCulture) is var port and <= 65535
            && Set(host, port, new(at, end - at), out found);
        return isPort ? end : Math.Min(Math.Max(end, at), text.Length);
    }

    private static bool Set(FoundEndpoint host, int port, TextPart part, out FoundEndpoint found)
    {
        found = host with { Port = port, PortText = part };
        return true;
    }

    private static int SkipWord(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '.' or ':'))
            at++;
        return at;
    }
}
