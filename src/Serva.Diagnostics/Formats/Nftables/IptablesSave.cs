using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>
/// Decodes what <c>iptables-save</c> or <c>ip6tables-save</c> print: <c>*filter</c>, <c>:INPUT DROP [0:0]</c>,
/// <c>-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT</c>, <c>COMMIT</c>.
/// </summary>
/// <remarks>Never throws. An option that is not known makes its rule one that may match or not; a line that is none is passed over.</remarks>
internal static class IptablesSave
{
    private const int MostRules = 200_000, LongestLine = 8192, LongestText = 1024;

    // The hooks of the tables of iptables with their priorities (linux/netfilter_ipv4.h).
    private static readonly Dictionary<(string Table, string Chain), (NftablesHook Hook, int Priority)> s_baseChains = new()
    {
        [("raw", "PREROUTING")] = (NftablesHook.Prerouting, -300), [("raw", "OUTPUT")] = (NftablesHook.Output, -300),
        [("mangle", "PREROUTING")] = (NftablesHook.Prerouting, -150), [("mangle", "INPUT")] = (NftablesHook.Input, -150),
        [("mangle", "FORWARD")] = (NftablesHook.Forward, -150), [("mangle", "OUTPUT")] = (NftablesHook.Output, -150),
        [("mangle", "POSTROUTING")] = (NftablesHook.Postrouting, -150), [("nat", "PREROUTING")] = (NftablesHook.Prerouting, -100),
        [("nat", "INPUT")] = (NftablesHook.Input, 100), [("nat", "OUTPUT")] = (NftablesHook.Output, -100),
        [("nat", "POSTROUTING")] = (NftablesHook.Postrouting, 100), [("filter", "INPUT")] = (NftablesHook.Input, 0),
        [("filter", "FORWARD")] = (NftablesHook.Forward, 0), [("filter", "OUTPUT")] = (NftablesHook.Output, 0),
        [("security", "INPUT")] = (NftablesHook.Input, 50), [("security", "FORWARD")] = (NftablesHook.Forward, 50),
        [("security", "OUTPUT")] = (NftablesHook.Output, 50),
    };

    public static NftablesRuleSet Decode(string text, bool isIPv6)
    {
        NftablesFamily family = isIPv6 ? NftablesFamily.IPv6 : NftablesFamily.IPv4;
        var tables = ImmutableArray.CreateBuilder<NftablesTableRow>();
        var chains = ImmutableArray.CreateBuilder<NftablesChainRow>();
        var rules = ImmutableArray.CreateBuilder<NftablesRuleRow>();
        string? table = null;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.Length is 0 or > LongestLine || rules.Count >= MostRules)
                continue;
            if (line[0] == '*')
            {
                table = line[1..].ToString();
                tables.Add(new NftablesTableRow { Family = family, Name = table });
            }
            else if (table is not null && line[0] == ':')
            {
                chains.Add(Chain(family, table, line[1..].ToString().Split(' ')));
            }
            else if (table is not null && Words(line) is ["-A", var chain, ..] words)
            {
                var reader = new IptablesRule(words[2..], isIPv6);
                rules.Add(new NftablesRuleRow
                {
                    Family = family,
                    Table = table,
                    Chain = chain,
                    Text = line[..Math.Min(line.Length, LongestText)].ToString(),
                    Statements = reader.Read(),
                    Comment = reader.Comment,
                });
            }
        }

        return new NftablesRuleSet(tables.ToImmutable(), chains.ToImmutable(), rules.ToImmutable(), []);
    }

    /// <summary>
    /// Gives the rules of <c>nft -j</c>, which does not say what the extensions of iptables are asked, the statements that
    /// <c>iptables-save</c> has for them: the n-th rule of a chain is the n-th there. A chain of another length stays.
    /// </summary>
    public static NftablesRuleSet Complete(NftablesRuleSet rules, NftablesRuleSet saved)
    {
        var byChain = saved.Rules.GroupBy(rule => (rule.Family, rule.Table, rule.Chain)).ToDictionary(group => group.Key, group => group.ToArray());
        var lengths = rules.Rules.GroupBy(rule => (rule.Family, rule.Table, rule.Chain)).ToDictionary(group => group.Key, group => group.Count());
        var next = new Dictionary<(NftablesFamily, string, string), int>();
        return new NftablesRuleSet(
            rules.Tables,
            rules.Chains,
            [
                .. rules.Rules.Select(rule =>
                {
                    (NftablesFamily, string, string) key = (rule.Family, rule.Table, rule.Chain);
                    int at = next.GetValueOrDefault(key);
                    next[key] = at + 1;
                    return byChain.TryGetValue(key, out NftablesRuleRow[]? lines) && lines.Length == lengths[key]
                        ? rule with { Statements = lines[at].Statements, Text = lines[at].Text, Comment = rule.Comment ?? lines[at].Comment }
                        : rule;
                }),
            ],
            rules.Sets);
    }

    private static NftablesChainRow Chain(NftablesFamily family, string table, string[] words)
    {
        var row = new NftablesChainRow { Family = family, Table = table, Name = words[0] };
        if (!s_baseChains.TryGetValue((table, words[0]), out (NftablesHook Hook, int Priority) hook))
            return row;
        return row with
        {
            Type = table == "nat" ? NftablesChainType.Nat : NftablesChainType.Filter,
            Hook = hook.Hook,
            Priority = hook.Priority,
            Policy = words.Length > 1 && words[1] == "DROP" ? NftablesVerdictKind.Drop : NftablesVerdictKind.Accept,
        };
    }

    // Words as a shell splits them: double quotes, backslashes.
    private static List<string> Words(ReadOnlySpan<char> line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isQuoted = false, isWord = false;
        for (int i = 0; i < line.Length; i++)
        {
            char letter = line[i];
            if (letter == '\\' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                isWord = true;
            }
            else if (letter == '"')
            {
                isQuoted = !isQuoted;
                isWord = true;
            }
            else if (letter is ' ' or '\t' && !isQuoted)
            {
                if (isWord)
                    words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(letter);
                isWord = true;
            }
        }

        if (isWord)
            words.Add(word.ToString());
        return words;
    }
}

/// <summary>Reads the options of one rule of iptables.</summary>
internal sealed class IptablesRule(List<string> words, bool isIPv6)
{
    private readonly ImmutableArray<NftablesStatement>.Builder _statements = ImmutableArray.CreateBuilder<NftablesStatement>();
    private string _module = "";
    private string _protocol = "th";
    private int _next;

    public string? Comment { get; private set; }

    public ImmutableArray<NftablesStatement> Read()
    {
        while (_next < words.Count)
        {
            bool isInverted = words[_next] == "!";
            if (isInverted)
                _next++;
            if (_next >= words.Count)
                break;
            string option = words[_next++];
            if (option is "-j" or "-g")
            {
                Target(option, Value());
                break;
            }

            Option(option, isInverted);
        }

        return _statements.ToImmutable();
    }

    private string Value() => _next < words.Count ? words[_next++] : "";

    private void Option(string option, bool isInverted)
    {
        string name = isIPv6 ? "ip6 " : "ip ";
        switch (option)
        {
            case "-s": Add(Prefixes(name + "saddr", Value(), isInverted)); break;
            case "-d": Add(Prefixes(name + "daddr", Value(), isInverted)); break;
            case "-i": Add(Interface("meta iifname", Value(), isInverted)); break;
            case "-o": Add(Interface("meta oifname", Value(), isInverted)); break;
            case "-p": Protocol(Value(), isInverted); break;
            case "-m": _module = Value(); Module(); break;
            case "--dport": Add(Ports(_protocol + " dport", Value(), isInverted)); break;
            case "--sport": Add(Ports(_protocol + " sport", Value(), isInverted)); break;
            case "--dports": Add(Ports("th dport", Value(), isInverted)); break;
            case "--sports": Add(Ports("th sport", Value(), isInverted)); break;
            case "--tcp-flags": Add(Flags(Value(), Value(), isInverted)); break;
            case "--syn": Add(XtStatements.Masked("tcp flags", 2, 0x17, isInverted)); break;
            case "--ctstate" or "--state": Add(State(Value(), isInverted)); break;
            case "--ctorigdstport": Add(Ports("ct proto-dst", Value(), isInverted)); break;
            case "--ctorigsrcport": Add(Ports("ct proto-src", Value(), isInverted)); break;
            case "--ctorigdst": Add(Prefixes(isIPv6 ? "ct ip6 daddr" : "ct ip daddr", Value(), isInverted)); break;
            case "--ctorigsrc": Add(Prefixes(isIPv6 ? "ct ip6 saddr" : "ct ip saddr", Value(), isInverted)); break;
            case "--icmp-type" or "--icmpv6-type": Icmp(Value(), isInverted); break;
            case "--hl-eq" or "--ttl-eq": HopLimit(NftablesOperator.Equal, isInverted); break;
            case "--hl-lt" or "--ttl-lt": HopLimit(NftablesOperator.Less, isInverted); break;
            case "--hl-gt" or "--ttl-gt": HopLimit(NftablesOperator.Greater, isInverted); break;
            case "--mark" when _module is "mark" or "connmark": Add(Mark(_module == "mark" ? "meta mark" : "ct mark", Value(), isInverted)); break;
            case "--src-range": Add(AddressRange(name + "saddr", Value(), isInverted)); break;
            case "--dst-range": Add(AddressRange(name + "daddr", Value(), isInverted)); break;
            case "--src-type": Add(AddressTypes("saddr", Value(), isInverted)); break;
            case "--dst-type": Add(AddressTypes("daddr", Value(), isInverted)); break;
            case "--limit-iface-in": Limited(" . iif"); break;
            case "--limit-iface-out": Limited(" . oif"); break;
            case "--limit": Add(XtStatements.Limit("limit rate " + Value())); break;
            case "--limit-burst": Value(); break;
            case "--pkt-type": Add(Named("meta pkttype", Value(), isInverted)); break;
            case "--comment": Comment = Value(); break;
            default: Other(option, isInverted); break;
        }
    }

    private void Module()
    {
        if (_module is "rt" or "frag")
            Add(XtStatements.Equal(_module == "rt" ? "exthdr 43 exists" : "exthdr 44 exists", 1, isInverted: false));
        else if (_module == "recent")
            Recent();
        else if (_module is not ("tcp" or "udp" or "udplite" or "sctp" or "dccp" or "conntrack" or "state" or "multiport" or "icmp" or "icmp6" or "hl" or "ttl" or "mark" or "connmark"
            or "iprange" or "addrtype" or "limit" or "pkttype" or "comment"))
            Add(ExpressionReader.UnknownMatch("xt " + _module));
    }

    private void Other(string option, bool isInverted)
    {
        SkipValues();
        if (_module is "rt" or "frag" or "recent")
            return;
        if (!_statements.Any(statement => statement.Name == "xt " + _module))
            Add(ExpressionReader.UnknownMatch($"xt {_module}{(_module.Length == 0 ? option : "")}{(isInverted ? " (inverted)" : "")}"));
    }

    private void SkipValues()
    {
        while (_next < words.Count && words[_next] is not "!" && !words[_next].StartsWith('-'))
            _next++;
    }

    private void Recent()
    {
        bool isInverted = false, isSet = false;
        string name = "DEFAULT";
        while (_next < words.Count && words[_next] is not ("-m" or "-j" or "-g"))
        {
            string word = words[_next++];
            isInverted |= word == "!";
            isSet |= word == "--set";
            if (word == "--name")
                name = Value();
        }

        Add(isSet && !isInverted ? XtStatements.NoEffect("recent --set") : XtStatements.Limit("recent " + name, isOver: !isInverted));
    }

    private void Protocol(string value, bool isInverted)
    {
        string name = value == "ipv6-icmp" ? "icmpv6" : value;
        ulong? number = NftablesNames.NumberOf("meta l4proto", name) ?? (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) ? given : null);
        if (number is null)
            Add(ExpressionReader.UnknownMatch("-p " + value));
        else
            Add(XtStatements.Equal("meta l4proto", number.Value, isInverted));
        if (!isInverted && name is "tcp" or "udp" or "sctp" or "dccp" or "udplite")
            _protocol = name;
    }

    private void Icmp(string value, bool isInverted)
    {
        string[] parts = value.Split('/');
        string field = isIPv6 ? "icmpv6 type" : "icmp type";
        byte type = 255;
        bool isKnown = parts[0] == "any" || byte.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out type);
        if (!isKnown && NftablesNames.NumberOf(field, parts[0]) is { } named)
            (isKnown, type) = (true, (byte)named);
        byte code = 0;
        if (!isKnown || (parts.Length > 1 && !byte.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out code)))
            Add(ExpressionReader.UnknownMatch($"{field} {value}"));
        else
            _statements.AddRange(XtStatements.Icmp(isIPv6, type, code, parts.Length > 1 ? code : (byte)255, isInverted));
    }

    private void HopLimit(NftablesOperator comparison, bool isInverted)
    {
        string field = isIPv6 ? "ip6 hoplimit" : "ip ttl";
        if (!byte.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out byte limit))
            Add(ExpressionReader.UnknownMatch(field));
        else
            Add(ExpressionReader.Match([new NftablesField { Name = field }], isInverted ? NftablesOperator.NotEqual : comparison, [XtStatements.Element(limit)]));
    }

    // The option stands behind the kind of address that it is about.
    private void Limited(string device)
    {
        if (_statements is [.., { Fields: [var field] } last] && field.Name.EndsWith(" type", StringComparison.Ordinal))
            _statements[^1] = last with { Fields = [field with { Name = field.Name[..^5] + device + " type" }] };
    }

    private void Target(string option, string target)
    {
        string[] parameters = [.. words.Skip(_next)];
        string After(string name) => Array.IndexOf(parameters, name) is >= 0 and var at && at + 1 < parameters.Length ? parameters[at + 1] : "";
        NftablesVerdictKind? plain = target switch
        {
            "ACCEPT" => NftablesVerdictKind.Accept,
            "DROP" => NftablesVerdictKind.Drop,
            "RETURN" => NftablesVerdictKind.Return,
            "QUEUE" or "NFQUEUE" => NftablesVerdictKind.Queue,
            _ => null,
        };
        if (plain is { } kind)
        {
            Add(new NftablesStatement { Kind = NftablesStatementKind.Verdict, Verdict = new NftablesVerdict { Kind = kind } });
            return;
        }

        switch (target)
        {
            case "REJECT":
                string with = After("--reject-with");
                Add(XtStatements.Reject(with.Length == 0 ? null : with == "tcp-reset" ? "tcp reset" : with.Replace("icmp6-", "icmpv6 ", StringComparison.Ordinal).Replace("icmp-", "icmp ", StringComparison.Ordinal)));
                break;
            case "DNAT": Nat(NftablesStatementKind.DestinationNat, After("--to-destination")); break;
            case "REDIRECT": Nat(NftablesStatementKind.Redirect, ":" + After("--to-ports")); break;
            case "MASQUERADE" or "SNAT": Add(new NftablesStatement { Kind = NftablesStatementKind.SourceNat, Name = target == "SNAT" ? "snat" : "masquerade" }); break;
            case "MARK" when TryMark(After("--set-xmark"), out uint value, out uint mask): Add(XtStatements.SetMark("meta mark", value, mask)); break;
            case "CT" when parameters.Contains("--notrack"): Add(new NftablesStatement { Kind = NftablesStatementKind.Notrack }); break;
            case "CT" when parameters.Contains("--helper"): Add(XtStatements.NoEffect("CT")); break;
            case "NOTRACK": Add(new NftablesStatement { Kind = NftablesStatementKind.Notrack }); break;
            case "LOG" or "NFLOG" or "TRACE" or "CHECKSUM" or "TCPMSS" or "AUDIT" or "CLASSIFY" or "SECMARK" or "CONNSECMARK" or "SET" or "TEE": Add(XtStatements.NoEffect(target)); break;
            case "CONNMARK" or "TPROXY" or "SYNPROXY" or "NETMAP" or "MARK" or "CT" or "TOS" or "DSCP" or "TTL" or "HL" or "HMARK": Add(ExpressionReader.Unknown("xt " + target)); break;
            default:
                Add(new NftablesStatement
                {
                    Kind = NftablesStatementKind.Verdict,
                    Verdict = new NftablesVerdict { Kind = option == "-g" ? NftablesVerdictKind.Goto : NftablesVerdictKind.Jump, Chain = target },
                });
                break;
        }
    }

    private void Nat(NftablesStatementKind kind, string to)
    {
        // 10.0.0.1:80, [2001:db8::1]:80, :80, 10.0.0.1.
        int bracket = to.LastIndexOf(']');
        int colon = bracket >= 0 ? to.IndexOf(':', bracket) : to.IndexOf(':', StringComparison.Ordinal) is var first && first == to.LastIndexOf(':') ? first : -1;
        string address = (colon < 0 ? to : to[..colon]).Trim('[', ']'), port = colon < 0 ? "" : to[(colon + 1)..];
        var values = ImmutableArray.CreateBuilder<NftablesValue>();
        bool isKnown = true;
        if (address.Length > 0)
        {
            isKnown = NetAddress.TryParse(address, out NetAddress read);
            if (isKnown)
                values.Add(new NftablesValue { Prefix = NetPrefix.Create(read, read.BitCount) });
        }

        if (port.Length > 0)
        {
            string[] ends = port.Split('-');
            ulong last = 0;
            isKnown &= ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && (ends.Length == 1 || ulong.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out last));
            values.Add(new NftablesValue { First = number, Last = last > number ? last : null });
        }

        Add(isKnown ? new NftablesStatement { Kind = kind, Values = values.ToImmutable() } : ExpressionReader.Unknown("dnat to " + to));
    }

    private static NftablesStatement Prefixes(string field, string text, bool isInverted)
    {
        bool isRead = NetPrefix.TryParse(text, out NetPrefix prefix);
        if (!isRead && NetAddress.TryParse(text, out NetAddress address))
            (isRead, prefix) = (true, NetPrefix.Create(address, address.BitCount));
        return isRead ? XtStatements.Prefixes(field, [prefix], isInverted) : ExpressionReader.UnknownMatch($"{field} {text}");
    }

    private static NftablesStatement AddressRange(string field, string text, bool isInverted)
    {
        string[] ends = text.Split('-');
        if (!NetAddress.TryParse(ends[0], out NetAddress first) || !NetAddress.TryParse(ends[^1], out NetAddress last) || first.IsIPv4 != last.IsIPv4)
            return ExpressionReader.UnknownMatch($"{field} {text}");
        (ulong firstHigh, ulong firstLow) = first.Words;
        (ulong lastHigh, ulong lastLow) = last.Words;
        return XtStatements.Prefixes(field, FieldLayout.Prefixes(new UInt128(firstHigh, firstLow), new UInt128(lastHigh, lastLow), first.IsIPv4), isInverted);
    }

    private static NftablesStatement Interface(string field, string name, bool isInverted) => ExpressionReader.Match(
        [new NftablesField { Name = field }],
        isInverted ? NftablesOperator.NotEqual : NftablesOperator.Equal,
        [new NftablesElement { Key = [new NftablesValue { Text = name.EndsWith('+') ? name[..^1] + "*" : name }] }]);

    private static NftablesStatement Ports(string field, string text, bool isInverted)
    {
        var elements = ImmutableArray.CreateBuilder<NftablesElement>();
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split(':');
            if (!ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first) || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last))
                return ExpressionReader.UnknownMatch($"{field} {text}");
            elements.Add(XtStatements.Element(first, last));
        }

        return ExpressionReader.Match([new NftablesField { Name = field }], isInverted ? NftablesOperator.NotEqual : NftablesOperator.Equal, elements.ToImmutable());
    }

    private static ulong? Bits(string field, string names)
    {
        ulong bits = 0;
        foreach (string name in names.Split(','))
        {
            if (name is not ("NONE" or "ALL") && NftablesNames.NumberOf(field, name) is null)
                return null;
            bits |= name switch { "NONE" => 0, "ALL" => 0x3f, _ => NftablesNames.NumberOf(field, name)!.Value };
        }

        return bits;
    }

    private static NftablesStatement Flags(string mask, string set, bool isInverted) =>
        Bits("tcp flags", mask) is { } bits && Bits("tcp flags", set) is { } wanted
            ? XtStatements.Masked("tcp flags", wanted, bits, isInverted)
            : ExpressionReader.UnknownMatch("tcp flags");

    private static NftablesStatement State(string names, bool isInverted) =>
        Bits("xt ctstate", names) is { } bits ? XtStatements.State((uint)bits, isInverted) : ExpressionReader.UnknownMatch("ct state " + names);

    private static NftablesStatement AddressTypes(string which, string names, bool isInverted)
    {
        uint types = 0;
        foreach (string name in names.Split(','))
        {
            if (NftablesNames.NumberOf("fib type", name) is not { } type)
                return ExpressionReader.UnknownMatch("addrtype " + names);
            types |= 1u << (int)type;
        }

        return XtStatements.AddressType($"fib {which} type", types, isInverted);
    }

    private static NftablesStatement Named(string field, string name, bool isInverted) => NftablesNames.NumberOf(field, name) is { } number
        ? XtStatements.Equal(field, number, isInverted)
        : ExpressionReader.UnknownMatch($"{field} {name}");

    private static NftablesStatement Mark(string field, string text, bool isInverted) => TryMark(text, out uint value, out uint mask)
        ? XtStatements.Masked(field, value, mask, isInverted)
        : ExpressionReader.UnknownMatch($"{field} {text}");

    private static bool TryMark(string text, out uint value, out uint mask)
    {
        mask = uint.MaxValue;
        string[] parts = text.Split('/');
        return TryNumber(parts[0], out value) && (parts.Length == 1 || TryNumber(parts[1], out mask));
    }

    private static bool TryNumber(string text, out uint number) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private void Add(NftablesStatement statement) => _statements.Add(statement);
}
