using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>Decodes what <c>nft -j list ruleset</c> prints (libnftables-json(5)).</summary>
/// <remarks>
/// Never throws. What is not known becomes an unknown statement with its name; of extensions of iptables only the name is there.
/// Bounded by the limits below and by the text itself.
/// </remarks>
internal static class NftablesJson
{
    private const int MostRows = 200_000;

    /// <summary>The rule set; null when the text is no JSON of nft.</summary>
    public static NftablesRuleSet? Decode(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return Decode(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The rule set; null when the value is none of nft's.</summary>
    public static NftablesRuleSet? Decode(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("nftables", out JsonElement list) && list.ValueKind == JsonValueKind.Array ? DecodeList(list) : null;

    private static NftablesRuleSet DecodeList(JsonElement list)
    {
        var tables = ImmutableArray.CreateBuilder<NftablesTableRow>();
        var chains = ImmutableArray.CreateBuilder<NftablesChainRow>();
        var rules = ImmutableArray.CreateBuilder<NftablesRuleRow>();
        var sets = ImmutableArray.CreateBuilder<NftablesSetRow>();
        foreach (JsonElement entry in list.EnumerateArray().Take(MostRows))
        {
            if (!NftablesJsonRule.TryOnly(entry, out string kind, out JsonElement value) || value.ValueKind != JsonValueKind.Object)
                continue;
            NftablesFamily family = Text(value, "family") switch
            {
                "ip" => NftablesFamily.IPv4,
                "ip6" => NftablesFamily.IPv6,
                "inet" => NftablesFamily.Inet,
                "arp" => NftablesFamily.Arp,
                "bridge" => NftablesFamily.Bridge,
                "netdev" => NftablesFamily.Netdev,
                _ => NftablesFamily.Unknown,
            };
            switch (kind)
            {
                case "table":
                    tables.Add(new NftablesTableRow { Family = family, Name = Text(value, "name"), IsDormant = Words(value, "flags").Contains("dormant") });
                    break;
                case "chain":
                    chains.Add(Chain(family, value));
                    break;
                case "rule":
                    rules.Add(new NftablesRuleRow
                    {
                        Family = family,
                        Table = Text(value, "table"),
                        Chain = Text(value, "chain"),
                        Handle = value.TryGetProperty("handle", out JsonElement handle) && handle.ValueKind == JsonValueKind.Number && handle.TryGetUInt64(out ulong number) ? number : null,
                        Comment = Text(value, "comment") is { Length: > 0 } comment ? comment : null,
                        Statements = value.TryGetProperty("expr", out JsonElement expressions) && expressions.ValueKind == JsonValueKind.Array
                            ? [.. expressions.EnumerateArray().SelectMany(NftablesJsonRule.Statements)]
                            : [],
                    });
                    break;
                case "set" or "map":
                    sets.Add(Set(family, value));
                    break;
            }
        }

        return new NftablesRuleSet(tables.ToImmutable(), chains.ToImmutable(), rules.ToImmutable(), sets.ToImmutable());
    }

    private static NftablesChainRow Chain(NftablesFamily family, JsonElement value) => new()
    {
        Family = family,
        Table = Text(value, "table"),
        Name = Text(value, "name"),
        Type = Enum.TryParse(Text(value, "type"), ignoreCase: true, out NftablesChainType type) ? type : NftablesChainType.None,
        Hook = Enum.TryParse(Text(value, "hook"), ignoreCase: true, out NftablesHook hook) ? hook : NftablesHook.None,
        Priority = value.TryGetProperty("prio", out JsonElement priority) && priority.ValueKind == JsonValueKind.Number && priority.TryGetInt32(out int number) ? number : 0,
        Policy = Text(value, "policy") switch { "drop" => NftablesVerdictKind.Drop, "accept" => NftablesVerdictKind.Accept, _ => null },
        Devices = [.. Words(value, "dev")],
    };

    private static NftablesSetRow Set(NftablesFamily family, JsonElement value)
    {
        var row = new NftablesSetRow { Family = family, Table = Text(value, "table"), Name = Text(value, "name"), IsMap = value.TryGetProperty("map", out _) };
        string[] fields = value.TryGetProperty("type", out JsonElement type) ? [.. NftablesJsonRule.Each(type).Select(NftablesJsonRule.FieldOfType)] : [];
        if (!value.TryGetProperty("elem", out JsonElement elements))
            return row;
        return fields.Length > 0 && NftablesJsonRule.Elements(elements, fields) is { } decoded ? row with { Elements = decoded } : row with { Problem = "its elements are not understood" };
    }

    private static string Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static IEnumerable<string> Words(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement words)
        ? NftablesJsonRule.Each(words).Where(word => word.ValueKind == JsonValueKind.String).Select(word => word.GetString()!)
        : [];
}

/// <summary>Decodes the statements, expressions and elements of <c>nft -j</c>.</summary>
internal static class NftablesJsonRule
{
    private const int MostElements = 1_000_000;

    /// <summary>The one member of an object.</summary>
    public static bool TryOnly(JsonElement element, out string name, out JsonElement value)
    {
        name = "";
        value = default;
        if (element.ValueKind != JsonValueKind.Object)
            return false;
        foreach (JsonProperty member in element.EnumerateObject())
        {
            name = member.Name;
            value = member.Value;
            return true;
        }

        return false;
    }

    /// <summary>The elements of an array, or the one value that stands for itself.</summary>
    public static IEnumerable<JsonElement> Each(JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [element];

    /// <summary>A field whose values are of a type of sets.</summary>
    public static string FieldOfType(JsonElement type)
    {
        if (type.ValueKind == JsonValueKind.Object)
            return TryOnly(type, out string kind, out JsonElement value) && kind == "typeof" && Field(value) is { } field ? field.Name : "";
        return type.ValueKind != JsonValueKind.String ? "" : type.GetString() switch
        {
            "ipv4_addr" => "ip saddr",
            "ipv6_addr" => "ip6 saddr",
            "inet_proto" => "meta l4proto",
            "inet_service" => "th dport",
            "ifname" => "meta iifname",
            "iface_index" => "meta iif",
            "mark" => "meta mark",
            "icmp_type" => "icmp type",
            "icmpv6_type" => "icmpv6 type",
            "ct_state" => "ct state",
            "nf_proto" => "meta nfproto",
            "pkt_type" => "meta pkttype",
            _ => "number",
        };
    }

    public static IEnumerable<NftablesStatement> Statements(JsonElement entry)
    {
        if (!TryOnly(entry, out string kind, out JsonElement value))
            return [ExpressionReader.Unknown("?")];
        NftablesStatement? statement = kind switch
        {
            "match" => Match(value),
            "accept" => Verdict(NftablesVerdictKind.Accept),
            "drop" => Verdict(NftablesVerdictKind.Drop),
            "return" => Verdict(NftablesVerdictKind.Return),
            "continue" => Verdict(NftablesVerdictKind.Continue),
            "queue" => Verdict(NftablesVerdictKind.Queue),
            "jump" or "goto" or "reject" => VerdictOf(entry) is { } verdict ? new NftablesStatement { Kind = NftablesStatementKind.Verdict, Verdict = verdict } : null,
            "vmap" => Member(value, "key") is { } key && Member(value, "data") is { } data ? Lookup(NftablesStatementKind.VerdictMap, key, data) : null,
            "limit" => Limit(value, "limit"),
            "mangle" => Mangle(value),
            "dnat" => Nat(NftablesStatementKind.DestinationNat, value),
            "redirect" => Nat(NftablesStatementKind.Redirect, value),
            "snat" or "masquerade" => new NftablesStatement { Kind = NftablesStatementKind.SourceNat, Name = kind },
            "notrack" => new NftablesStatement { Kind = NftablesStatementKind.Notrack },
            "counter" or "log" or "comment" or "last" or "ct helper" or "ct timeout" or "ct expectation" or "secmark" or "dup" or "flow" => XtStatements.NoEffect(kind),
            "set" or "map" or "meter" => Update(value),
            "quota" or "ct count" => ExpressionReader.UnknownMatch(kind),
            "xt" => Extension(value),
            _ => null,
        };
        return [statement ?? ExpressionReader.Unknown(kind)];
    }

    /// <summary>The elements of a set, map or right side; null when one of them is not understood.</summary>
    public static ImmutableArray<NftablesElement>? Elements(JsonElement list, IReadOnlyList<string> fields)
    {
        var elements = ImmutableArray.CreateBuilder<NftablesElement>();
        foreach (JsonElement entry in Each(list))
        {
            // In maps an element is a pair.
            bool isPair = entry.ValueKind == JsonValueKind.Array;
            if (isPair && entry.GetArrayLength() != 2)
                return null;
            NftablesVerdict? verdict = isPair ? VerdictOf(entry[1]) : null;
            ImmutableArray<NftablesValue>? data = isPair && verdict is null ? Data(entry[1]) : [];
            if (data is null || Keys(isPair ? entry[0] : entry, fields) is not { } keys || elements.Count + keys.Count > MostElements)
                return null;
            foreach (ImmutableArray<NftablesValue> key in keys)
                elements.Add(new NftablesElement { Key = key, Verdict = verdict, Data = data.Value });
        }

        return elements.ToImmutable();
    }

    private static NftablesStatement? Match(JsonElement value)
    {
        if (Member(value, "left") is not { } left || Member(value, "right") is not { } right || Fields(left) is not { } fields)
            return ExpressionReader.UnknownMatch("match");
        NftablesOperator? comparison = Member(value, "op") is { ValueKind: JsonValueKind.String } op ? op.GetString() switch
        {
            "==" or "in" => NftablesOperator.Equal,
            "!=" => NftablesOperator.NotEqual,
            "<" => NftablesOperator.Less,
            "<=" => NftablesOperator.LessOrEqual,
            ">" => NftablesOperator.Greater,
            ">=" => NftablesOperator.GreaterOrEqual,
            "!" => NftablesOperator.NotEqual,
            _ => null,
        }
        : null;
        NftablesField first = fields[0];
        if (comparison is null)
            return ExpressionReader.UnknownMatch(first.Name);

        // 'ct state new,established': any of the bits; 'tcp flags ! ack': none of them. A set of states is a set of whole values.
        bool isNone = value.GetProperty("op").ValueEquals("!");
        bool isBits = NftablesNames.IsFlags(first.Name) && first.Mask is null && (isNone || value.GetProperty("op").ValueEquals("in"));
        if (isBits && Number(right, first.Name) is { } bits)
            return XtStatements.AnyBit(first.Name, bits, isInverted: isNone);
        if (isNone)
            return ExpressionReader.UnknownMatch(first.Name);
        if (right.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            string name = first.Name.EndsWith(" exists", StringComparison.Ordinal) ? first.Name : first.Name + " exists";
            return ExpressionReader.Match([first with { Name = name }], comparison.Value, [XtStatements.Element(right.ValueKind == JsonValueKind.True ? 1u : 0)]);
        }

        NftablesStatement? match = Lookup(NftablesStatementKind.Match, fields, right);
        return match is null ? ExpressionReader.UnknownMatch(first.Name) : match with { Operator = comparison.Value };
    }

    private static NftablesStatement? Lookup(NftablesStatementKind kind, JsonElement key, JsonElement data) =>
        Fields(key) is { } fields ? Lookup(kind, fields, data) : null;

    private static NftablesStatement? Lookup(NftablesStatementKind kind, ImmutableArray<NftablesField> fields, JsonElement data)
    {
        var statement = new NftablesStatement { Kind = kind, Fields = fields };
        if (data.ValueKind == JsonValueKind.String && data.GetString() is ['@', .. var set])
            return statement with { Set = set };
        // A list is a sum of flags where it does not stand for a set.
        if (data.ValueKind == JsonValueKind.Array)
            return fields.Length == 1 && Number(data, fields[0].Name) is { } bits ? statement with { Elements = [XtStatements.Element(bits)] } : null;
        JsonElement elements = TryOnly(data, out string name, out JsonElement inner) && name == "set" ? inner : data;
        return Elements(elements, [.. fields.Select(field => field.Name)]) is { } decoded ? statement with { Elements = decoded } : null;
    }

    private static ImmutableArray<NftablesField>? Fields(JsonElement left)
    {
        if (!TryOnly(left, out string kind, out JsonElement value) || kind != "concat")
            return Field(left) is { } only ? [only] : null;
        NftablesField?[] fields = [.. Each(value).Select(Field)];
        return fields.Length > 0 && !fields.Contains(null) ? [.. fields.Select(field => field!)] : null;
    }

    private static NftablesField? Field(JsonElement left)
    {
        if (!TryOnly(left, out string kind, out JsonElement value))
            return null;
        switch (kind)
        {
            case "payload" when Word(value, "protocol") is { } protocol && Word(value, "field") is { } field:
                return new NftablesField { Name = $"{protocol} {field}" };
            case "payload":
                return new NftablesField { Name = "@" + (Word(value, "base") ?? "") };
            case "meta" when Word(value, "key") is { } key:
                return new NftablesField { Name = "meta " + key };
            case "ct" when Word(value, "key") is { } key:
                string family = Word(value, "family") is { } given && key is "saddr" or "daddr" ? given + " " : "";
                return new NftablesField { Name = Word(value, "dir") == "reply" ? $"ct reply {family}{key}" : $"ct {family}{key}" };
            case "fib" when Word(value, "result") is { } result:
                string[] flags = Member(value, "flags") is { } list ? [.. Each(list).Where(word => word.ValueKind == JsonValueKind.String).Select(word => word.GetString()!)] : [];
                return new NftablesField { Name = $"fib {string.Join(" . ", ((string[])["saddr", "daddr", "mark", "iif", "oif"]).Where(flags.Contains))} {result}" };
            case "exthdr" or "ip option" or "tcp option":
                return new NftablesField { Name = $"{kind} {Word(value, "name")}{(Word(value, "field") is { } part ? " " + part : "")}" };
            case "&" or "|" or "^" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 && Field(value[0]) is { } inner && Number(value[1], inner.Name) is { } number:
                ulong mask = inner.Mask ?? ulong.MaxValue, xor = inner.Xor ?? 0;
                (mask, xor) = kind switch
                {
                    "&" => (mask & number, xor & number),
                    "|" => (mask & ~number, (xor & ~number) | number),
                    _ => (mask, xor ^ number),
                };
                return inner with { Mask = mask == ulong.MaxValue ? null : mask, Xor = xor == 0 ? null : xor };
            default:
                return new NftablesField { Name = kind };
        }
    }

    /// <summary>A number or the word for one, or several as a sum of bits; null for anything else.</summary>
    private static ulong? Number(JsonElement element, string field)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Number:
                return element.TryGetUInt64(out ulong number) ? number : null;
            case JsonValueKind.String:
                string text = element.GetString()!;
                if (NftablesNames.NumberOf(field, text) is { } named)
                    return named;
                return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong plain)
                    || (text.StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out plain)) ? plain : null;
            case JsonValueKind.Array:
                ulong sum = 0;
                foreach (JsonElement part in element.EnumerateArray())
                {
                    if (Number(part, field) is not { } bits)
                        return null;
                    sum |= bits;
                }

                return sum;
            default:
                return TryOnly(element, out string kind, out JsonElement list) && kind == "|" ? Number(list, field) : null;
        }
    }

    // A range of addresses is several prefixes: every combination of them is a key.
    private static List<ImmutableArray<NftablesValue>>? Keys(JsonElement element, IReadOnlyList<string> fields)
    {
        const int mostCombinations = 65_536;
        if (TryOnly(element, out string kind, out JsonElement inner) && kind == "elem")
            return Member(inner, "val") is { } value ? Keys(value, fields) : null;
        if (element.ValueKind == JsonValueKind.String && element.ValueEquals("*"))
            return [[]];
        JsonElement[] parts = kind == "concat" ? [.. Each(inner)] : [element];
        if (parts.Length != fields.Count)
            return null;
        List<ImmutableArray<NftablesValue>> keys = [[]];
        for (int i = 0; i < parts.Length; i++)
        {
            List<NftablesValue> values = Values(parts[i], fields[i]);
            if (values.Count == 0 || (long)values.Count * keys.Count > mostCombinations)
                return null;
            keys = [.. from key in keys from value in values select key.Add(value)];
        }

        return keys;
    }

    /// <summary>A value, prefix or range of a field; empty when it is not understood.</summary>
    private static List<NftablesValue> Values(JsonElement element, string field)
    {
        FieldKind kind = FieldLayouts.ByName(field).Kind;
        if (TryOnly(element, out string name, out JsonElement inner))
        {
            if (name == "elem")
                return Member(inner, "val") is { } value ? Values(value, field) : [];
            if (name == "prefix")
                return Prefix(inner) is { } prefix ? [new NftablesValue { Prefix = prefix }] : [];
            if (name == "range" && inner.ValueKind == JsonValueKind.Array && inner.GetArrayLength() == 2)
                return kind == FieldKind.Address ? AddressRange(inner) : Number(inner[0], field) is { } first && Number(inner[1], field) is { } last && first <= last ? [new NftablesValue { First = first, Last = last }] : [];
        }

        if (element.ValueKind == JsonValueKind.String && kind == FieldKind.Address)
            return NetAddress.TryParse(element.GetString(), out NetAddress address) ? [new NftablesValue { Prefix = NetPrefix.Create(address, address.BitCount) }] : [];
        if (element.ValueKind == JsonValueKind.String && (kind == FieldKind.InterfaceName || field is "meta iif" or "meta oif" || field.EndsWith(" oifname", StringComparison.Ordinal)))
            return [new NftablesValue { Text = element.GetString() }];
        return Number(element, field) is { } number ? [new NftablesValue { First = number }] : [];
    }

    private static NetPrefix? Prefix(JsonElement value) =>
        Word(value, "addr") is { } text && NetAddress.TryParse(text, out NetAddress address) && Member(value, "len") is { ValueKind: JsonValueKind.Number } length
        && length.TryGetInt32(out int bits) && bits >= 0 && bits <= address.BitCount
            ? NetPrefix.Create(address.WithoutScope(), bits)
            : null;

    private static List<NftablesValue> AddressRange(JsonElement ends)
    {
        if (ends[0].ValueKind != JsonValueKind.String || ends[1].ValueKind != JsonValueKind.String
            || !NetAddress.TryParse(ends[0].GetString(), out NetAddress first) || !NetAddress.TryParse(ends[1].GetString(), out NetAddress last) || first.IsIPv4 != last.IsIPv4)
            return [];
        (ulong firstHigh, ulong firstLow) = first.Words;
        (ulong lastHigh, ulong lastLow) = last.Words;
        return [.. FieldLayout.Prefixes(new UInt128(firstHigh, firstLow), new UInt128(lastHigh, lastLow), first.IsIPv4).Select(prefix => new NftablesValue { Prefix = prefix })];
    }

    // What a map gives: an address, a number, or both.
    private static ImmutableArray<NftablesValue>? Data(JsonElement element)
    {
        JsonElement[] parts = TryOnly(element, out string kind, out JsonElement inner) && kind == "concat" ? [.. Each(inner)] : [element];
        var values = ImmutableArray.CreateBuilder<NftablesValue>();
        foreach (JsonElement part in parts)
        {
            bool isAddress = part.ValueKind == JsonValueKind.String && NetAddress.TryParse(part.GetString(), out _);
            if (Values(part, isAddress ? "ip saddr" : "number") is not [var value])
                return null;
            values.Add(value);
        }

        return values.ToImmutable();
    }

    private static NftablesVerdict? VerdictOf(JsonElement element)
    {
        if (!TryOnly(element, out string kind, out JsonElement value))
            return null;
        return kind switch
        {
            "accept" => new NftablesVerdict { Kind = NftablesVerdictKind.Accept },
            "drop" => new NftablesVerdict { Kind = NftablesVerdictKind.Drop },
            "return" => new NftablesVerdict { Kind = NftablesVerdictKind.Return },
            "continue" => new NftablesVerdict { Kind = NftablesVerdictKind.Continue },
            "jump" => new NftablesVerdict { Kind = NftablesVerdictKind.Jump, Chain = Word(value, "target") },
            "goto" => new NftablesVerdict { Kind = NftablesVerdictKind.Goto, Chain = Word(value, "target") },
            "reject" => new NftablesVerdict
            {
                Kind = NftablesVerdictKind.Reject,
                With = Word(value, "type") is { } type ? Word(value, "expr") is { } expression ? $"{type} {expression}" : type : null,
            },
            _ => null,
        };
    }

    private static NftablesStatement Verdict(NftablesVerdictKind kind) => new() { Kind = NftablesStatementKind.Verdict, Verdict = new NftablesVerdict { Kind = kind } };

    private static NftablesStatement? Limit(JsonElement value, string words)
    {
        if (Member(value, "rate") is not { ValueKind: JsonValueKind.Number } rate)
            return null;
        bool isOver = Member(value, "inv") is { ValueKind: JsonValueKind.True };
        return XtStatements.Limit($"{words} rate {(isOver ? "over " : "")}{rate.GetRawText()}/{Word(value, "per")}", isOver);
    }

    private static NftablesStatement? Update(JsonElement value)
    {
        string name = "update " + (Word(value, "set") ?? Word(value, "map") ?? Word(value, "name"));
        if (Member(value, "stmt") is not { } inner)
            return XtStatements.NoEffect(name);
        foreach (JsonElement statement in Each(inner))
        {
            if (!TryOnly(statement, out string kind, out JsonElement what))
                return null;
            if (kind == "limit")
                return Limit(what, name + " limit");
            if (kind != "counter")
                return ExpressionReader.UnknownMatch($"{name} {kind}");
        }

        return XtStatements.NoEffect(name);
    }

    private static NftablesStatement? Mangle(JsonElement value)
    {
        if (Member(value, "key") is not { } key || Field(key) is not { } target || Member(value, "value") is not { } source)
            return null;
        if (target.Name is not ("meta mark" or "ct mark"))
            return target.Name is "meta priority" or "meta nftrace" or "meta secmark" or "ct zone" or "ct label" or "ct secmark" ? XtStatements.NoEffect(target.Name) : null;
        var statement = new NftablesStatement { Kind = NftablesStatementKind.Assign, Name = target.Name };
        if (Number(source, target.Name) is { } number)
            return statement with { Values = [new NftablesValue { First = number }] };
        if (TryOnly(source, out string kind, out JsonElement map) && kind == "map")
            return Member(map, "key") is { } from && Member(map, "data") is { } data && Lookup(NftablesStatementKind.Assign, from, data) is { } lookup ? lookup with { Name = target.Name } : null;
        return Field(source) is { } field ? statement with { Fields = [field] } : null;
    }

    private static NftablesStatement? Nat(NftablesStatementKind kind, JsonElement value)
    {
        var values = ImmutableArray.CreateBuilder<NftablesValue>();
        foreach (string member in (string[])["addr", "port"])
        {
            if (Member(value, member) is not { } part)
                continue;
            if (TryOnly(part, out string name, out JsonElement map) && name == "map")
                return values.Count == 0 && Member(map, "key") is { } key && Member(map, "data") is { } data ? Lookup(kind, key, data) : null;
            if (Values(part, member == "port" ? "th dport" : "ip saddr") is not [var read])
                return null;
            values.Add(read);
        }

        return new NftablesStatement { Kind = kind, Values = values.ToImmutable() };
    }

    private static NftablesStatement? Extension(JsonElement value)
    {
        string name = Word(value, "name") ?? "?";
        if (Word(value, "type") == "match")
            return name == "comment" ? XtStatements.NoEffect(name) : ExpressionReader.UnknownMatch("xt " + name);
        // Whatever their parameters, these send the packet back, or do nothing to it.
        return name switch
        {
            "REJECT" => XtStatements.Reject(with: null),
            "MASQUERADE" or "SNAT" => new NftablesStatement { Kind = NftablesStatementKind.SourceNat, Name = name },
            "LOG" or "NFLOG" or "TRACE" or "CHECKSUM" or "TCPMSS" or "AUDIT" => XtStatements.NoEffect(name),
            _ => ExpressionReader.Unknown("xt " + name),
        };
    }

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) ? member : null;

    private static string? Word(JsonElement value, string name) => Member(value, name) is { ValueKind: JsonValueKind.String } word ? word.GetString() : null;
}
