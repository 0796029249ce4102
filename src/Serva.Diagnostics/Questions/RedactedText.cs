using System;
using System.Collections.Generic;
using System.Text;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>Redacts text that people or systems wrote: the addresses, hardware addresses, accounts and home paths in it.</summary>
internal sealed partial class RedactedText(RedactedAddresses addresses, RedactedAccounts accounts)
{
    private const int LongestAddress = 45;

    private readonly Dictionary<string, string> _redacted = new(StringComparer.Ordinal);

    /// <summary>Makes the accounts known whose homes or identifiers a text names, before any text is redacted.</summary>
    public void Learn(string text)
    {
        foreach (Match match in WindowsHome().Matches(text))
            accounts.Map(match.Groups["user"].Value);
        foreach (Match match in UnixHome().Matches(text))
            accounts.Map(match.Groups["user"].Value);
        foreach (Match match in UserIdentifier().Matches(text))
            accounts.Map(match.Value);
        if (AccountList().IsMatch(text))
        {
            foreach (string account in text.Split(", "))
                accounts.Map(account);
        }
    }

    /// <summary>The text without what names the owner of the machine.</summary>
    public string Redact(string text)
    {
        if (_redacted.TryGetValue(text, out string? known))
            return known;
        string redacted = NetworkShare().Replace(text, @"\\...\${file}");
        redacted = WindowsHome().Replace(redacted, match => CutHome(match, '\\'));
        redacted = UnixHome().Replace(redacted, match => CutHome(match, '/'));
        redacted = ContainerId().Replace(redacted, "${start}");
        redacted = RedactHardware(redacted);
        redacted = accounts.MapWords(RedactAddresses(HostOfUrl().Replace(redacted, "://host")));
        _redacted.Add(text, redacted);
        return redacted;
    }

    /// <summary>The name of a setting: those of HTTP.sys hold a URL, whose host may be this one's name.</summary>
    public string RedactName(string name) =>
        name.StartsWith("http.sys ", StringComparison.Ordinal) ? accounts.MapWords(RedactAddresses(HostOfUrl().Replace(name, "://host"))) : name;

    /// <summary>A whole path, in which also the characters that end a path in a text belong to it.</summary>
    public string RedactPath(string path)
    {
        Match home = WindowsHome().Match(path);
        if (!home.Success)
            home = UnixHome().Match(path);
        string cut = path;
        if (home is { Success: true, Groups: var groups } && groups["rest"].Length > 0)
        {
            int afterUser = groups["rest"].Index;
            int last = path.LastIndexOfAny(['/', '\\']);
            cut = string.Concat(path.AsSpan(0, afterUser), path.AsSpan(afterUser, 1), last > afterUser ? "..." : "", last > afterUser ? path[last..] : path[(last + 1)..]);
        }

        return Redact(cut);
    }

    /// <summary>Every digit of the hardware addresses in a text as zero.</summary>
    public static string RedactHardware(string text) =>
        HardwareAddress().Replace(text, match => HexDigit().Replace(match.Value, "0"));

    /// <summary>The text with every address and prefix in it mapped; all else stays.</summary>
    public string RedactAddresses(string text)
    {
        StringBuilder? redacted = null;
        int copied = 0;
        int position = 0;
        while (position < text.Length)
        {
            if (!MayStart(text, position) || !TryReadAddress(text, position, out int end, out string? mapped))
            {
                position++;
                continue;
            }

            redacted ??= new StringBuilder(text.Length + 16);
            redacted.Append(text, copied, position - copied).Append(mapped);
            copied = position = end;
        }

        return redacted is null ? text : redacted.Append(text, copied, text.Length - copied).ToString();
    }

    private bool TryReadAddress(string text, int start, out int end, out string? mapped)
    {
        int last = start;
        while (last < text.Length && last - start < LongestAddress && IsAddressCharacter(text[last]))
            last++;
        for (end = last; end - start >= 2; end--)
        {
            if (!MayEnd(text, end) || !NetAddress.TryParse(text.AsSpan(start, end - start), out NetAddress address))
                continue;
            mapped = TryReadLength(text, end, address, out NetPrefix prefix)
                ? addresses.Map(prefix).Address.ToString()
                : addresses.Map(address).ToString();
            return true;
        }

        mapped = null;
        return false;
    }

    /// <summary>Whether a prefix length follows, and the address is the first of that prefix.</summary>
    private static bool TryReadLength(string text, int slash, NetAddress address, out NetPrefix prefix)
    {
        prefix = default;
        if (slash >= text.Length || text[slash] != '/')
            return false;
        int end = slash + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]) && end - slash <= 3)
            end++;
        if (!int.TryParse(text.AsSpan(slash + 1, end - slash - 1), out int length) || length > address.BitCount)
            return false;
        prefix = NetPrefix.Create(address, length);
        return prefix.Address == address;
    }

    private static bool MayStart(string text, int position)
    {
        if (!IsAddressCharacter(text[position]) || text[position] == '.')
            return false;
        char before = position == 0 ? ' ' : text[position - 1];
        return !char.IsLetterOrDigit(before) && before is not ('_' or '.');
    }

    // A full stop may end a sentence, but "1.2.3.4.5" is a version; a colon may begin a port.
    private static bool MayEnd(string text, int end)
    {
        if (end >= text.Length)
            return true;
        char next = text[end];
        char afterNext = end + 1 < text.Length ? text[end + 1] : ' ';
        return next switch
        {
            '.' => !char.IsAsciiDigit(afterNext),
            _ => !char.IsLetterOrDigit(next) && next != '_',
        };
    }

    private static bool IsAddressCharacter(char character) => char.IsAsciiHexDigit(character) || character is ':' or '.';

    /// <summary>The home with its owner's other name, the directories below cut, the last name kept.</summary>
    private string CutHome(Match match, char separator)
    {
        string user = accounts.Map(match.Groups["user"].Value);
        string rest = match.Groups["rest"].Value;
        int last = rest.LastIndexOf(separator);
        string cut = last > 0 ? $"{separator}...{rest[last..]}" : rest;
        return match.Groups["root"].Value + user + cut;
    }

    [GeneratedRegex(
        """(?<root>(?:[a-z]:|\\device\\[^\\\s]+)?\\(?:users|documents and settings)\\)(?<user>[^\\/:*?"<>|\r\n]+(?=\\)|[^\\/:*?"<>|\s]+)(?<rest>(?:\\[^\\/:*?"<>|\r\n]*)*)""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex WindowsHome();

    [GeneratedRegex(
        """(?<root>/(?:home|Users)/)(?<user>[^/\s"':;,()]+)(?<rest>(?:/[^/"':;,()\r\n]*)*)|(?<![\w/.-])(?<root>/)(?<user>root)(?<rest>(?:/[^/"':;,()\r\n]+)+)""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex UnixHome();

    [GeneratedRegex("""(?<!\\)\\\\(?![?.]\\)[^\\/:*?"<>|\s]+(?:\\[^\\/:*?"<>|\r\n]+)*\\(?<file>[^\\/:*?"<>|\r\n]+)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NetworkShare();

    [GeneratedRegex("(?<![0-9A-Za-z])(?<start>[0-9a-f]{12})[0-9a-f]{52}(?![0-9A-Za-z])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ContainerId();

    [GeneratedRegex("(?<![0-9A-Za-z:-])[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\\1[0-9A-Fa-f]{2}){4,}(?![0-9A-Za-z:-])", RegexOptions.CultureInvariant)]
    private static partial Regex HardwareAddress();

    // Accounts of a domain or machine, and of Entra ID. Others are the same everywhere.
    [GeneratedRegex(@"(?<!\w)S-1-(?:5-21|12-1)(?:-\d+){4}(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex UserIdentifier();

    // With a port, as servers write their own; not the wildcards + and *, and not an address, which is mapped.
    [GeneratedRegex(@"(?<=https?)://(?!localhost:|\d{1,3}(?:\.\d{1,3}){3}:)[^\s/:+*\[\]""'<>]+(?=:\d)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex HostOfUrl();

    // A text of nothing but accounts, as those of a reservation of HTTP.sys.
    [GeneratedRegex(@"\A[^\\/:,]*\\[^\\/:,]+(?:, [^\\/:,]*\\[^\\/:,]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex AccountList();

    [GeneratedRegex("[0-9A-Fa-f]")]
    private static partial Regex HexDigit();
}
