using System;
using System.Globalization;
using System.Linq;

namespace Serva.Diagnostics.Import;

/// <summary>How much of a protocol's sockets a list shows.</summary>
internal enum SocketExtent
{
    /// <summary>Those in the text, and nobody knows how many others.</summary>
    Some = 0,

    /// <summary>All that listen, or are bound without a peer.</summary>
    Listening,

    /// <summary>All.</summary>
    All,
}

/// <summary>Which sockets <c>ss</c> or <c>netstat</c> was asked for, by the letters of its options.</summary>
internal readonly record struct ShownSockets
{
    // Options that neither choose sockets nor take a word behind them; i, o and m of ss print more of each.
    private const string HarmlessOfUnix = "tulanpeovimrHOW";
    private const string HarmlessOfWindows = "anobqfty";

    /// <summary>Whether the text says what was asked for.</summary>
    public bool IsKnown { get; private init; }

    /// <summary>Whether the command is Windows', which lists TCP and then UDP, and has no list of one family without <c>-p</c>.</summary>
    public bool IsOfWindows { get; private init; }

    public SocketExtent Tcp { get; private init; }

    public SocketExtent Udp { get; private init; }

    /// <summary>The protocol when it is one.</summary>
    public TransportProtocol? Only { get; private init; }

    /// <summary>Why sockets may be left out; null for no reason that is known.</summary>
    public string? Gap { get; init; }

    /// <summary>Of <c>ss</c>, or the <c>netstat</c> of Linux and BSD.</summary>
    /// <param name="command">The command as it was typed; empty when nobody knows.</param>
    public static ShownSockets OfUnix(string command)
    {
        if (Options(command, out bool isPiped) is not { } words)
            return default;
        bool tcp = false, udp = false, listening = false, all = false, others = false;
        string? gap = isPiped ? Pipe : null;
        foreach (string word in words)
        {
            string letters = word.StartsWith("--", StringComparison.Ordinal) ? LetterOf(word) : word.StartsWith('-') ? word[1..] : "";
            if (letters.Length == 0)
                gap ??= $"'{word}' may leave sockets out";
            foreach (char letter in letters)
            {
                tcp |= letter == 't';
                udp |= letter == 'u';
                listening |= letter == 'l';
                all |= letter == 'a';
                others |= letter is 'w' or 'x' or 'd' or 'S' or '0' or 'M';
                if (letter is '4' or '6')
                    gap ??= "only those of one family were asked for";
                else if (!HarmlessOfUnix.Contains(letter, StringComparison.Ordinal) && letter is not ('w' or 'x' or 'd' or 'S' or '0' or 'M'))
                    gap ??= $"'-{letter}' may leave sockets out";
            }
        }

        bool isEvery = !tcp && !udp && !others;
        SocketExtent extent = gap is not null ? SocketExtent.Some : all ? SocketExtent.All : listening ? SocketExtent.Listening : SocketExtent.Some;
        return new ShownSockets
        {
            IsKnown = all || listening || gap is not null,
            Tcp = tcp || isEvery ? extent : SocketExtent.Some,
            Udp = udp || isEvery ? extent : SocketExtent.Some,
            Only = tcp == udp ? null : tcp ? TransportProtocol.Tcp : TransportProtocol.Udp,
            Gap = gap,
        };
    }

    /// <summary>Of the <c>netstat</c> of Windows.</summary>
    /// <param name="command">The command as it was typed; empty when nobody knows.</param>
    public static ShownSockets OfWindows(string command)
    {
        if (Options(command, out bool isPiped) is not { } words)
            return new ShownSockets { IsOfWindows = true };
        bool all = false;
        string? gap = isPiped ? Pipe : null;
        foreach (string word in words)
        {
            bool isOption = word[0] is '-' or '/';
            // A number is the seconds until the list is printed again.
            if (!isOption && !uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                gap ??= $"'{word}' may leave sockets out";
            foreach (char capital in isOption ? word[1..] : "")
            {
                char letter = char.ToLowerInvariant(capital);
                all |= letter is 'a' or 'q';
                if (!HarmlessOfWindows.Contains(letter, StringComparison.Ordinal))
                    gap ??= letter == 'p' ? "one protocol of one family was asked for" : $"'-{letter}' may leave sockets out";
            }
        }

        SocketExtent extent = all && gap is null ? SocketExtent.All : SocketExtent.Some;
        return new ShownSockets { IsKnown = all || gap is not null, IsOfWindows = true, Tcp = extent, Udp = extent, Gap = gap };
    }

    private static readonly string[] s_filters = ["state", "exclude", "sport", "dport", "src", "dst", "dev", "not", "and", "or", "autobound", "cgroup", "fwmark"];

    private const string Pipe = "a pipe may have filtered the command's output";

    // The words behind the command's name, up to where the shell ends it; null for another command.
    private static string[]? Options(string command, out bool isPiped)
    {
        int end = command.AsSpan().IndexOfAny("|;&><");
        isPiped = end >= 0 && command.AsSpan(end).Contains('|');
        string[] words = (end < 0 ? command : command[..end]).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        int at = Array.FindIndex(words, IsName);
        if (at < 0)
            return null;
        words = [.. words[(at + 1)..].Select(word => word.TrimEnd(':')).Where(word => word.Length > 0)];

        // "netstat output:" is a title.
        if (words is [var first, ..] && char.IsLetter(first[0]) && !s_filters.Contains(first))
            return null;
        // Of "2>/dev/null" the number is left.
        return end > 0 && command[end] == '>' && command[end - 1] is '1' or '2' && words is [.., ['1' or '2']] ? words[..^1] : words;
    }

    private static bool IsName(string word)
    {
        ReadOnlySpan<char> name = word.AsSpan(word.AsSpan().LastIndexOfAny('/', '\\') + 1);
        return name.Equals("ss", StringComparison.Ordinal) || name.Equals("netstat", StringComparison.OrdinalIgnoreCase) || name.Equals("netstat.exe", StringComparison.OrdinalIgnoreCase);
    }

    // One that is not known here stands for an option that is not.
    private static string LetterOf(string word) => word switch
    {
        "--tcp" => "t",
        "--udp" => "u",
        "--raw" => "w",
        "--listening" => "l",
        "--all" => "a",
        "--numeric" => "n",
        "--ipv4" => "4",
        "--ipv6" => "6",
        "--processes" or "--program" or "--programs" or "--extended" or "--extend" or "--no-header" or "--oneline" or "--options" or "--info" or "--memory" or "--resolve" or "--wide" or "--verbose" or "--cgroup" => "n",
        _ => "",
    };
}

/// <summary>What one list of sockets shows.</summary>
internal struct SocketListing
{
    public ShownSockets Shown { get; init; }

    public bool HasHeading { get; init; }

    public bool HasListener { get; set; }

    public bool HasUdp { get; set; }

    public bool HasConnected { get; set; }

    public readonly SocketExtent OfTcp() =>
        Shown.IsOfWindows ? OfWindows() : Shown.IsKnown ? Shown.Tcp : HasHeading && HasListener ? OfHeading() : SocketExtent.Some;

    public readonly SocketExtent OfUdp() =>
        Shown.IsOfWindows ? OfWindows() : Shown.IsKnown ? Shown.Udp : HasHeading && HasUdp ? OfHeading() : SocketExtent.Some;

    // Every Windows has sockets of both, TCP first: a list that ends before UDP was cut, or is of one protocol.
    private readonly SocketExtent OfWindows() =>
        HasListener && HasUdp && (Shown.IsKnown ? Shown.Tcp == SocketExtent.All : HasHeading) ? SocketExtent.All : SocketExtent.Some;

    private readonly SocketExtent OfHeading() => HasConnected ? SocketExtent.All : SocketExtent.Listening;
}
