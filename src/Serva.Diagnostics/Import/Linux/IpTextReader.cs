using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Import.Linux;

/// <summary>What <c>ip addr</c>, <c>ip link</c>, <c>ip route</c> and <c>ip rule</c> print without <c>-j</c>, made into what they print with it.</summary>
/// <remarks>
/// <code>
/// 2: eth0: &lt;BROADCAST,UP,LOWER_UP&gt; mtu 1500 qdisc mq state UP group default qlen 1000
///     inet 192.0.2.10/24 brd 192.0.2.255 scope global dynamic eth0
/// default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.10 metric 100
/// 32766:  from all lookup main
/// </code>
/// </remarks>
internal sealed class IpTextReader(HostDraft draft, IpRouteImport import) : BlockReader(draft)
{
    private const int MostEntries = 200_000, LongestWord = 64;

    private readonly List<JsonObject> _entries = [];
    private IpObject _object;
    private bool _hasAddresses;
    private ImportedPlace _first;
    private int _lastLine;

    public override string Command => "ip";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (_entries.Count >= MostEntries)
            return LineUse.Refused;
        if (IsNumbered(line) && line.Count > 2)
        {
            if (line.Begins(2, '<') && line[1].EndsWith(':'))
                return Add(IpObject.Link, Link(line), line.Place);
            return line.Is(1, "from") || line.Is(1, "not") ? Add(IpObject.Rule, Rule(line), line.Place) : LineUse.Refused;
        }

        if (_object == IpObject.Link && line.Indent >= 4 && _entries.Count > 0)
            return ReadOfLink(line);
        if (_object == IpObject.Route && line.Is(0, "nexthop") && _entries.Count > 0)
        {
            if (_entries[^1]["nexthops"] is not JsonArray hops)
                _entries[^1]["nexthops"] = hops = [];
            hops.Add((JsonNode)Options(line, 1, []));
            _lastLine = line.Place.Line;
            return LineUse.Understood;
        }

        return IsRoute(line) ? Add(IpObject.Route, Route(line), line.Place) : LineUse.Refused;
    }

    public override void Lack(string reason) => import.Lack(reason);

    public override void End()
    {
        if (_entries.Count > 0)
        {
            using JsonDocument document = JsonDocument.Parse(new JsonArray([.. _entries]).ToJsonString());
            string shape = _object switch { IpObject.Route => "route", IpObject.Rule => "rule", _ => _hasAddresses ? "addr" : "link" };
            IpCommand typed = IpCommand.Find(Draft.LastCommand);
            string command = typed.Object != IpObject.None ? Draft.LastCommand : $"ip {shape}";
            import.Take(new PastedJson(document.RootElement.Clone(), _first.TextName, _first.Line, _lastLine, command), isText: true);
        }

        _entries.Clear();
        (_object, _hasAddresses) = (IpObject.None, false);
    }

    private LineUse Add(IpObject kind, JsonObject entry, ImportedPlace place)
    {
        if (_object != kind)
            End();
        if (_entries.Count == 0)
            _first = place;
        _object = kind;
        _lastLine = place.Line;
        _entries.Add(entry);
        return LineUse.Row;
    }

    private static bool IsNumbered(scoped in PastedLine line)
    {
        if (line.LengthOf(0) is < 2 or > 11 || line.LastOf(0) != ':')
            return false;
        ReadOnlySpan<char> word = line[0];
        return !word[..^1].ContainsAnyExceptInRange('0', '9');
    }

    private static JsonObject Link(scoped in PastedLine line)
    {
        ReadOnlySpan<char> name = line[1][..^1];
        int at = name.IndexOf('@');
        var flags = new JsonArray();
        foreach (string flag in line[2].Trim("<>").ToString().Split(',', StringSplitOptions.RemoveEmptyEntries))
            flags.Add((JsonNode)flag);
        var entry = new JsonObject { ["ifindex"] = Number(line[0][..^1]), ["ifname"] = (at < 0 ? name : name[..at]).ToString(), ["flags"] = flags };
        // The line below that tells it is often left out.
        if (line[2].Contains("LOOPBACK", StringComparison.Ordinal))
            entry["link_type"] = "loopback";
        for (int i = 3; i + 1 < line.Count; i++)
        {
            if (line.Is(i, "mtu"))
                entry["mtu"] = Number(line[i + 1]);
            else if (line.Is(i, "state"))
                entry["operstate"] = line[i + 1].ToString();
            else if (line.Is(i, "master"))
                entry["master"] = line[i + 1].ToString();
            else if (line.Is(i, "group"))
                entry["group"] = line[i + 1].ToString();
        }

        return entry;
    }

    private LineUse ReadOfLink(scoped in PastedLine line)
    {
        JsonObject link = _entries[^1];
        _lastLine = line.Place.Line;
        ReadOnlySpan<char> word = line[0];
        if (word.StartsWith("link/", StringComparison.Ordinal))
        {
            link["link_type"] = word[5..].ToString();
            if (line.Count > 1)
                link["address"] = line[1].ToString();
            return LineUse.Understood;
        }

        if (word is not ("inet" or "inet6"))
            return LineUse.Understood;
        if (link["addr_info"] is not JsonArray addresses)
            link["addr_info"] = addresses = [];
        _hasAddresses = true;
        ReadOnlySpan<char> text = line[1];
        int slash = text.IndexOf('/');
        var entry = new JsonObject { ["family"] = word.ToString(), ["local"] = (slash < 0 ? text : text[..slash]).ToString(), ["prefixlen"] = slash < 0 ? (word is "inet" ? 32 : 128) : Number(text[(slash + 1)..]) };
        for (int i = 2; i < line.Count; i++)
        {
            if (line.Is(i, "peer") && i + 1 < line.Count)
            {
                // The length stands behind the peer then.
                ReadOnlySpan<char> peer = line[++i];
                int length = peer.IndexOf('/');
                entry["address"] = (length < 0 ? peer : peer[..length]).ToString();
                if (length >= 0)
                    entry["prefixlen"] = Number(peer[(length + 1)..]);
            }
            else if (line.Is(i, "brd") && i + 1 < line.Count)
            {
                entry["broadcast"] = line[++i].ToString();
            }
            else if (line.Is(i, "scope") && i + 1 < line.Count)
            {
                entry["scope"] = line[++i].ToString();
            }
            else if (line[i] is "secondary" or "temporary" or "tentative" or "deprecated" or "dadfailed" or "optimistic")
            {
                entry[line[i].ToString()] = true;
            }
        }

        addresses.Add((JsonNode)entry);
        return LineUse.Understood;
    }

    private static bool IsRoute(scoped in PastedLine line)
    {
        bool isAddress = char.IsAsciiHexDigit(line.First) || line.First == ':';
        if (line.LengthOf(0) > LongestWord || (!isAddress && !(line.First is 'u' or 'l' or 'm' or 'p' or 't')))
            return false;
        int at = IsKind(line[0]) ? 1 : 0;
        if (line.Count < at + (at == 0 ? 3 : 1) || (at == 0 && !isAddress) || line.LengthOf(at) > LongestWord)
            return false;
        ReadOnlySpan<char> destination = line[at];
        if (destination is not "default" && (destination.IsEmpty || !char.IsAsciiHexDigit(destination[0]) && destination[0] != ':' || !IsPrefix(destination)))
            return false;
        return at == 1 || line.LengthOf(1) < 10 && line[1] is "via" or "dev" or "proto" or "scope" or "table" or "src" or "metric" or "tos" or "dsfield" or "from" or "nhid";
    }

    private static bool IsKind(ReadOnlySpan<char> word) =>
        word is "unicast" or "local" or "broadcast" or "multicast" or "anycast" or "blackhole" or "unreachable" or "prohibit" or "throw";

    private static bool IsPrefix(ReadOnlySpan<char> text)
    {
        int slash = text.IndexOf('/');
        return NetAddress.TryParse(slash < 0 ? text : text[..slash], out _);
    }

    private static JsonObject Route(scoped in PastedLine line)
    {
        var entry = new JsonObject();
        int at = 0;
        if (IsKind(line[0]))
            entry["type"] = line[at++].ToString();
        entry["dst"] = line[at++].ToString();
        return Options(line, at, entry);
    }

    private static JsonObject Options(scoped in PastedLine line, int from, JsonObject entry)
    {
        var flags = new JsonArray();
        for (int i = from; i < line.Count; i++)
        {
            ReadOnlySpan<char> word = line[i];
            if (word is "onlink" or "linkdown" or "dead")
            {
                flags.Add((JsonNode)word.ToString());
                continue;
            }

            string? name = word switch
            {
                "via" => "gateway",
                "dev" => "dev",
                "proto" => "protocol",
                "scope" => "scope",
                "table" => "table",
                "src" => "prefsrc",
                "metric" => "metric",
                "tos" or "dsfield" => "tos",
                "from" => "from",
                "pref" => "pref",
                "weight" => "weight",
                _ => null,
            };
            if (name is null || i + 1 == line.Count)
                continue;
            if (name == "gateway" && line.Is(i + 1, "inet6"))
                i++;
            if (i + 1 == line.Count)
                break;
            ReadOnlySpan<char> value = line[++i];
            entry[name] = name is "metric" or "weight" && IsNumber(value) ? Number(value) : value.ToString();
        }

        entry["flags"] = flags;
        return entry;
    }

    private static JsonObject Rule(scoped in PastedLine line)
    {
        var entry = new JsonObject { ["priority"] = Number(line[0][..^1]) };
        int i = 1;
        if (line.Is(i, "not"))
        {
            entry["not"] = null;
            i++;
        }

        for (; i < line.Count; i++)
        {
            string word = line[i].ToString();
            string value = i + 1 < line.Count ? line[i + 1].ToString() : "";
            switch (word)
            {
                case "from" or "to":
                    int slash = value.IndexOf('/', StringComparison.Ordinal);
                    entry[word == "from" ? "src" : "dst"] = slash < 0 ? value : value[..slash];
                    if (slash >= 0)
                        entry[word == "from" ? "srclen" : "dstlen"] = Number(value.AsSpan(slash + 1));
                    i++;
                    break;
                case "iif" or "oif" or "ipproto":
                    entry[word] = value;
                    i++;
                    break;
                case "tos" or "dsfield":
                    entry["tos"] = value;
                    i++;
                    break;
                case "lookup" or "table":
                    entry["table"] = value;
                    i++;
                    break;
                case "fwmark":
                    string[] mark = value.Split('/');
                    entry["fwmark"] = mark[0];
                    if (mark.Length > 1)
                        entry["fwmask"] = mark[1];
                    i++;
                    break;
                case "sport" or "dport" or "uidrange":
                    string[] ends = value.Split('-');
                    string key = word == "uidrange" ? "uid" : word;
                    if (ends.Length == 1 && key != "uid")
                        entry[key] = Number(value);
                    else
                        (entry[key + "_start"], entry[key + "_end"]) = (Number(ends[0]), Number(ends[^1]));
                    i++;
                    break;
                case "suppress_prefixlength":
                    entry["suppress_prefixlen"] = Number(value);
                    i++;
                    break;
                case "suppress_ifgroup":
                    entry["suppress_ifgroup"] = value;
                    i++;
                    break;
                case "goto":
                    entry["goto"] = Number(value);
                    i++;
                    break;
                case "nop":
                    entry["nop"] = null;
                    break;
                case "blackhole" or "unreachable" or "prohibit":
                    entry["action"] = word;
                    break;
                case "[l3mdev-table]" or "l3mdev-table":
                    entry["l3mdev"] = null;
                    break;
            }
        }

        return entry;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    // What is no number stays what it is, and the decoder tells it.
    private static JsonNode Number(ReadOnlySpan<char> text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : text.ToString();
}
