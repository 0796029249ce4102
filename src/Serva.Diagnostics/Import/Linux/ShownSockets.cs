using System;

namespace Serva.Diagnostics.Import.Linux;

/// <summary>Which sockets <c>ss</c> or <c>netstat</c> was asked for, by the letters of its options.</summary>
internal readonly record struct ShownSockets(bool Tcp, bool Udp, bool OnlyListening, bool OnlyOneFamily)
{
    /// <summary>The command as it was typed; empty when nobody knows, and nothing is covered then.</summary>
    public static ShownSockets Of(string command)
    {
        bool tcp = false, udp = false, listening = false, all = false, family = false, isKnown = false;
        foreach (string word in command.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word is "ss" or "netstat")
                isKnown = true;
            if (!word.StartsWith('-') || word.StartsWith("--", StringComparison.Ordinal))
                continue;
            tcp |= word.Contains('t', StringComparison.Ordinal);
            udp |= word.Contains('u', StringComparison.Ordinal);
            listening |= word.Contains('l', StringComparison.Ordinal);
            all |= word.Contains('a', StringComparison.Ordinal);
            family |= word.Contains('4', StringComparison.Ordinal) || word.Contains('6', StringComparison.Ordinal);
        }

        bool isEvery = isKnown && !tcp && !udp;
        return new ShownSockets(isKnown && (tcp || isEvery) && all, isKnown && (udp || isEvery) && all, listening && !all, family);
    }

    public void AddTo(SocketDraft sockets)
    {
        sockets.Cover(Tcp && !OnlyOneFamily, Udp && !OnlyOneFamily);
        if (OnlyListening)
            sockets.Lacks("tcp connected", "only listening sockets were asked for");
        if (OnlyOneFamily)
            sockets.Lacks("sockets", "only those of one family were asked for");
    }
}
