using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.ErrorText;

/// <summary>
/// Reads an error as people paste it: a number, a name, a line of a log, an exception with what it wraps. Says which
/// error it is, which program wrote it, and which request failed, with the places that say so.
/// </summary>
/// <remarks>
/// Shape: <c>bind() to 0.0.0.0:80 failed (98: Address already in use)</c>. Total: every text has a reading, an empty one if
/// nothing is recognised. Bounded: of a longer text the first <see cref="LongestText"/> characters are read.
/// </remarks>
internal static class ErrorTextReader
{
    /// <summary>What is read of a text, in characters.</summary>
    public const int LongestText = 64 * 1024;

    private const int LongestNumber = 5;

    // What may stand before a number for it to be an error's.
    private static readonly string[] s_leads = ["error", "errno", "winerror", "code", "exception", "fehler", "erreur", "err", "errorcode", "oserror"];

    /// <summary>Protocols and ports of services that texts name instead of numbers.</summary>
    private static readonly (string Words, int Port)[] s_services = [("tftp port", 69), ("dhcp port", 67), ("sntp port", 123), ("ntp port", 123), ("syslog port", 514), ("dns port", 53)];

    // DHCP, TFTP, NTP, SNMP, PXE's boot service: nobody serves TCP there.
    private static readonly FrozenSet<int> s_udpPorts = FrozenSet.ToFrozenSet([67, 68, 69, 123, 161, 162, 4011]);

    public static ErrorReading Read(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestText)
            text = text[..LongestText];
        ErrorProgram? program = ErrorPrograms.Find(text, out int programAt);
        var places = new List<ErrorPlace>(5);
        if (program is { } known)
            places.Add(new ErrorPlace(ErrorFact.Program, programAt, known.Mark.Length));
        NamedError? error = FindError(text, program, places);
        FoundEndpoint endpoint = FindEndpoint(text, program);
        bool isPipe = program?.Name == "Node.js" && error?.Name == "EACCES" && IsPipeName(text, ref endpoint);
        var assumptions = new List<string>(2);
        TransportProtocol? protocol = FindProtocol(text, program, endpoint, places, assumptions);
        AddPlaces(endpoint, places);
        return new ErrorReading
        {
            Name = error?.Name,
            Code = error is { } found ? found.Code ?? (found.System is { } system ? NativeErrors.Find(system, found.Name)?.Code : null) : null,
            System = error?.System,
            Outcome = error is { } meant ? ErrorWords.OutcomeOf(meant) : BindOutcome.Undetermined,
            Program = program?.Name,
            Protocol = protocol,
            Address = AddressOf(text, endpoint, program, protocol, isPipe, assumptions),
            Port = endpoint.Port,
            IsDualStack = program?.IsDualStack == true,
            SetsReuseAddress = program?.SetsReuseAddress == true,
            IsPipe = isPipe,
            IsOnlyWarning = IsOnlyWarning(text, error),
            Places = [.. places.OrderBy(place => place.Start)],
            Assumptions = [.. assumptions],
        };
    }

    /// <summary>A number that is said to be an error's tells most, then a name; words may be of several systems.</summary>
    private static NamedError? FindError(ReadOnlySpan<char> text, ErrorProgram? program, List<ErrorPlace> places)
    {
        NamedError? error = FindNumberOrName(text, program, out TextPart part) ?? FindWords(text, out part);
        if (error is not null)
            places.Add(new ErrorPlace(ErrorFact.Error, part.Start, part.Length));
        return error;
    }

    private static NamedError? FindNumberOrName(ReadOnlySpan<char> text, ErrorProgram? program, out TextPart part)
    {
        NamedError? weak = null;
        TextPart weakPart = default;
        int at = 0;
        ReadOnlySpan<char> alone = text.Trim().TrimStart('-');
        while (at < text.Length)
        {
            int start = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' || (text[at] == '-' && at > start && char.IsAsciiLetter(text[at - 1]))))
                at++;
            if (at == start)
            {
                at++;
                continue;
            }

            ReadOnlySpan<char> word = text[start..at];
            part = new(start, at - start);
            bool isAlone = alone.SequenceEqual(word);
            if (FindHexadecimal(word) is { } native)
                return native;
            if (word.Length <= LongestNumber && !word.ContainsAnyExceptInRange('0', '9'))
            {
                if ((isAlone || IsErrorNumber(text, start, at)) && FindNumber(text, word, start, program, isAlone) is { } numbered)
                    return numbered;
                continue;
            }

            if (word.Length > 24 || ErrorWords.Find(word.ToString()) is not { } named || !(isAlone || IsWrittenAsName(word)))
                continue;

            // The name of an exception says less than the number that follows it.
            if (char.IsAsciiLetterUpper(word[1]))
                return FollowingNumber(text, named, ref part);
            if (weak is null)
                (weak, weakPart) = (named, part);
        }

        part = weakPart;
        return weak is { } only && FindWords(text, out TextPart words) is { System: not null } said && ErrorWords.OutcomeOf(said) == ErrorWords.OutcomeOf(only)
            ? With(said, words, out part)
            : weak;
    }

    private static NamedError With(NamedError error, TextPart from, out TextPart part)
    {
        part = from;
        return error;
    }

    /// <summary>libuv writes <c>-98 EADDRINUSE</c>, and the name may come first: then the number tells the system.</summary>
    private static NamedError FollowingNumber(ReadOnlySpan<char> text, NamedError named, ref TextPart part)
    {
        if (named.System is not null)
            return named;
        int at = part.End;
        while (at < text.Length && at < part.End + 3 && text[at] is ' ' or '(' or '[' or ':' or '-')
            at++;
        int start = at;
        while (at < text.Length && at - start < LongestNumber && char.IsAsciiDigit(text[at]))
            at++;
        if (at == start || !int.TryParse(text[start..at], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || ErrorWords.Find(number) is not { } numbered || ErrorWords.OutcomeOf(numbered) != ErrorWords.OutcomeOf(named))
        {
            return named;
        }

        part = new(part.Start, at - part.Start);
        return numbered;
    }

    private static NamedError? FindNumber(ReadOnlySpan<char> text, ReadOnlySpan<char> digits, int start, ErrorProgram? program, bool isAlone)
    {
        int number = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        bool isWin32 = program?.Name == "HttpListener" || EndsWithWord(Before(text, start), "winerror");
        if (isWin32)
            return ErrorWords.FindWin32(number);
        return ErrorWords.Find(number) is { } socket ? socket : isAlone ? ErrorWords.FindWin32(number) : null;
    }

    /// <summary>Windows wraps its numbers as <c>0x8007....</c>; SChannel has numbers of its own.</summary>
    private static NamedError? FindHexadecimal(ReadOnlySpan<char> word)
    {
        if (word.Length != 10 || !word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            || !uint.TryParse(word[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
        {
            return null;
        }

        if (value == 0x80090326)
            return ErrorWords.Find("SEC_E_ILLEGAL_MESSAGE");
        return value >> 16 == 0x8007 ? ErrorWords.FindWin32((int)(value & 0xFFFF)) : null;
    }

    private static bool IsErrorNumber(ReadOnlySpan<char> text, int start, int end)
    {
        ReadOnlySpan<char> before = Before(text, start);
        foreach (string lead in s_leads)
        {
            if (EndsWithWord(before, lead))
                return true;
        }

        // "192.168.1.10:123: 10013": no port stands behind a colon and a blank, and no other number has five digits.
        if (end - start == LongestNumber && start > 1 && text[start - 1] == ' ' && text[start - 2] == ':')
            return !EndsWithWord(before, "port");

        // (10013), (98: words), (13)words, [10048]: but not "port (22)".
        bool isBracketed = start > 0 && text[start - 1] is '(' or '[' && end < text.Length && text[end] is ')' or ']' or ':';
        return isBracketed && !EndsWithWord(before, "port");
    }

    private static ReadOnlySpan<char> Before(ReadOnlySpan<char> text, int start) => text[..start].TrimEnd(" ([-=:#\"'");

    private static bool EndsWithWord(ReadOnlySpan<char> text, string word) => text.EndsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Errors are written in capitals, exceptions with a capital: other words that happen to be names are words.</summary>
    private static bool IsWrittenAsName(ReadOnlySpan<char> word) => word.Length > 1 && char.IsAsciiLetterUpper(word[0]) && (char.IsAsciiLetterUpper(word[1]) || char.IsAsciiLetterUpper(word[^3]) || word.IndexOfAnyInRange('A', 'Z') >= 0);

    private static NamedError? FindWords(ReadOnlySpan<char> text, out TextPart part)
    {
        int earliest = int.MaxValue;
        NamedError? error = null;
        part = default;
        foreach ((string words, NamedError named) in ErrorWords.Phrases)
        {
            int at = text.IndexOf(words, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || at >= earliest)
                continue;
            earliest = at;
            error = named;
            part = new(at, words.Length);
        }

        return error is { Name: "EADDRINUSE" or "EACCES", System: null } shared && IsJavaOnWindows(text[part.End..])
            ? new NamedError("WSA" + shared.Name, PlatformFamily.Windows)
            : error;
    }

    // The Java runtime for Windows names the call that failed; the others do not.
    private static bool IsJavaOnWindows(ReadOnlySpan<char> rest) =>
        rest.StartsWith(": Cannot bind", StringComparison.Ordinal) || rest.StartsWith(": JVM_Bind", StringComparison.Ordinal);

    private static FoundEndpoint FindEndpoint(ReadOnlySpan<char> text, ErrorProgram? program)
    {
        FoundEndpoint endpoint = ErrorEndpoints.Find(text, portFollowsColons: program?.Name == "Node.js");
        if (endpoint.Port is not null)
            return endpoint;
        foreach ((string words, int port) in s_services)
        {
            int at = text.IndexOf(words, StringComparison.OrdinalIgnoreCase);
            if (at >= 0)
                return endpoint with { Port = port, PortText = new(at, words.Length) };
        }

        return program is { Port: { } own } ? endpoint with { Port = own } : endpoint;
    }

    /// <summary>Node.js takes a port that is text for a path: what follows the words is no endpoint but the port itself.</summary>
    private static bool IsPipeName(ReadOnlySpan<char> text, ref FoundEndpoint endpoint)
    {
        const string Words = "permission denied";
        int at = text.IndexOf(Words, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return false;
        int start = at + Words.Length;
        while (start < text.Length && text[start] is ' ' or '"' or '\'')
            start++;
        int end = start;
        while (end < text.Length && end - start < LongestNumber && char.IsAsciiDigit(text[end]))
            end++;
        if (end == start || (end < text.Length && text[end] is '.' or ':')
            || !int.TryParse(text[start..end], NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port > 65535)
        {
            return false;
        }

        endpoint = new FoundEndpoint { Port = port, PortText = new(start, end - start) };
        return true;
    }

    private static TransportProtocol? FindProtocol(
        ReadOnlySpan<char> text, ErrorProgram? program, FoundEndpoint endpoint, List<ErrorPlace> places, List<string> assumptions)
    {
        int at = 0;
        while (at < text.Length)
        {
            int start = at;
            while (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
                at++;
            ReadOnlySpan<char> word = text[start..at].TrimEnd("46");
            if (word.Length == 3 && BindRequestText.TryParseProtocol(word, out TransportProtocol named) && named is TransportProtocol.Tcp or TransportProtocol.Udp)
            {
                places.Add(new ErrorPlace(ErrorFact.Protocol, start, at - start));
                return named;
            }

            at = Math.Max(at, start + 1);
        }

        if (endpoint.IsUrl)
            return TransportProtocol.Tcp;
        if (program?.Protocol is { } own)
        {
            if (program?.Name == "Docker")
                assumptions.Add("Docker does not say which protocol; a published port is TCP unless it says udp.");
            return own;
        }

        bool isDns = program?.Name is "dnsmasq" or "unbound" && endpoint.Port is not null;
        if (isDns)
            assumptions.Add($"{program?.Name} serves UDP and TCP on the port and does not say which of them failed; UDP was assumed.");
        if (!isDns && endpoint.Port is { } port && s_udpPorts.Contains(port))
        {
            assumptions.Add(FormattableString.Invariant($"The text names no protocol; port {port} is known for UDP, which was assumed."));
            return TransportProtocol.Udp;
        }

        return isDns ? TransportProtocol.Udp : null;
    }

    private static NetAddress? AddressOf(
        ReadOnlySpan<char> text, FoundEndpoint endpoint, ErrorProgram? program, TransportProtocol? protocol, bool isPipe, List<string> assumptions)
    {
        // Kestrel binds localhost once for each family, and says which of them it was.
        if (endpoint.Address == NetAddress.LoopbackIPv4 && text.Contains("IPv6 loopback", StringComparison.OrdinalIgnoreCase))
            return NetAddress.LoopbackIPv6;
        if (endpoint.Address is { } address)
            return address;
        if (endpoint.IsName)
            assumptions.Add("The name in the address was not looked up: web servers bind every address for a name.");
        else if (endpoint.Port is not null && !endpoint.IsEveryAddress && protocol is not null && !isPipe)
            assumptions.Add("The text names no address; every IPv4 address (0.0.0.0) was assumed.");
        if (!endpoint.IsEveryAddress)
            return null;
        return program?.IsDualStack == true ? NetAddress.AnyIPv6 : NetAddress.AnyIPv4;
    }

    // LocalhostListenOptions of Kestrel: where both addresses fail, or one is in use, it says "Failed to bind to address" and ends.
    private static bool IsOnlyWarning(ReadOnlySpan<char> text, NamedError? error) =>
        error is { } named && ErrorWords.OutcomeOf(named) != BindOutcome.AddressInUse
        && text.Contains("Unable to bind to", StringComparison.OrdinalIgnoreCase)
        && text.Contains("on the IPv6 loopback interface", StringComparison.OrdinalIgnoreCase)
        && !text.Contains("Failed to bind", StringComparison.OrdinalIgnoreCase);

    private static void AddPlaces(FoundEndpoint endpoint, List<ErrorPlace> places)
    {
        if (endpoint.Host.Length > 0)
            places.Add(new ErrorPlace(ErrorFact.Address, endpoint.Host.Start, endpoint.Host.Length));
        if (endpoint.PortText.Length > 0)
            places.Add(new ErrorPlace(ErrorFact.Port, endpoint.PortText.Start, endpoint.PortText.Length));
    }
}
