using System;
using System.Text.Json;

namespace Serva.Diagnostics.Import;

/// <summary>Which of its tables <c>ip</c> printed.</summary>
internal enum IpObject
{
    /// <summary>None that is known.</summary>
    None = 0,
    Link,
    Address,
    Route,
    Rule,
    Label,
    Neighbor,
}

/// <summary>A command line of <c>ip</c>, as it stands in front of what it printed.</summary>
/// <param name="Object">The table; none when the line holds no such command.</param>
/// <param name="IsIPv6">The family that was asked for; null for no choice.</param>
/// <param name="HasAllTables">Routes: <c>table all</c>.</param>
internal readonly record struct IpCommand(IpObject Object, bool? IsIPv6, bool HasAllTables)
{
    // As ip matches them, in its order: the shortest beginning that is enough (ip/ip.c).
    private static readonly (string Name, IpObject Object)[] s_objects =
    [
        ("address", IpObject.Address), ("addrlabel", IpObject.Label), ("route", IpObject.Route), ("rule", IpObject.Rule),
        ("neighbor", IpObject.Neighbor), ("neighbour", IpObject.Neighbor), ("link", IpObject.Link),
    ];

    public static IpCommand Find(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        int at = Array.FindLastIndex(words, word => word is "ip" || word.EndsWith("/ip", StringComparison.Ordinal));
        if (at < 0)
            return default;
        bool? isIPv6 = null;
        for (at++; at < words.Length && words[at].StartsWith('-'); at++)
            isIPv6 = words[at] switch { "-6" => true, "-4" => false, _ => isIPv6 };
        if (at == words.Length)
            return default;
        string name = words[at];
        (_, IpObject found) = Array.Find(s_objects, entry => entry.Name.StartsWith(name, StringComparison.Ordinal));
        int table = Array.FindIndex(words, at, word => word is "table" or "t");
        return new(found, isIPv6, table >= 0 && table + 1 < words.Length && words[table + 1] == "all");
    }

    /// <summary>What a list of entries is, by the members of the first that has any; none for an empty list.</summary>
    public static IpObject ObjectOf(JsonElement list)
    {
        try
        {
            return ObjectOfEntries(list);
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair cannot be read.
            return IpObject.None;
        }
    }

    private static IpObject ObjectOfEntries(JsonElement list)
    {
        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object)
                return IpObject.None;
            if (Has(entry, "ifindex") && Has(entry, "ifname"))
                return Has(entry, "addr_info") ? IpObject.Address : IpObject.Link;
            if (Has(entry, "priority") && (Has(entry, "table") || Has(entry, "action") || Has(entry, "src")))
                return IpObject.Rule;
            if (Has(entry, "address") && Has(entry, "label"))
                return IpObject.Label;
            if (Has(entry, "dst") && Has(entry, "state"))
                return IpObject.Neighbor;
            if (Has(entry, "dst"))
                return IpObject.Route;
            if (entry.EnumerateObject().MoveNext())
                return IpObject.None;
        }

        return IpObject.None;
    }

    private static bool Has(JsonElement entry, string name) => entry.TryGetProperty(name, out _);
}
