using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Rules in the words of <c>nft</c>, as <c>nft list ruleset</c> writes them.</summary>
internal static class NftablesWords
{
    private const int MostElements = 12;

    public static string Of(NftablesFamily family) => family switch
    {
        NftablesFamily.IPv4 => "ip",
        NftablesFamily.IPv6 => "ip6",
        NftablesFamily.Inet => "inet",
        NftablesFamily.Arp => "arp",
        NftablesFamily.Bridge => "bridge",
        NftablesFamily.Netdev => "netdev",
        _ => "?",
    };

    public static string Of(NftablesHook hook) => JsonNamingPolicy.CamelCase.ConvertName(hook.ToString());

    public static string Of(NftablesRuleRow rule)
    {
        if (rule.Text is { } text)
            return text;
        ImmutableArray<NftablesStatement> statements = rule.Statements;
        var words = new List<string>(statements.Length);
        for (int i = 0; i < statements.Length; i++)
        {
            if (!IsImplied(statements, i))
                words.Add(Of(statements[i]));
        }

        return string.Join(' ', words.Where(word => word.Length > 0));
    }

    // 'tcp dport 22' says the protocol itself, 'icmp type' the family too.
    private static bool IsImplied(ImmutableArray<NftablesStatement> statements, int at)
    {
        if (statements[at] is not { Kind: NftablesStatementKind.Match, Operator: NftablesOperator.Equal, Fields: [{ Name: "meta l4proto" or "meta nfproto", Mask: null } test], Elements: [{ Key: [{ First: { } number }] }] })
            return false;
        int next = at + 1;
        while (test.Name == "meta nfproto" && next < statements.Length && statements[next].Fields is [{ Name: "meta l4proto" }])
            next++;
        return next < statements.Length && statements[next].Fields.Any(field =>
        {
            string header = field.Name.Split(' ')[0];
            return test.Name == "meta l4proto" ? NftablesNames.NumberOf("meta l4proto", header) == number : header == (number == 2 ? "ip" : "ip6") || header == (number == 2 ? "icmp" : "icmpv6");
        });
    }

    public static string Of(NftablesVerdict verdict) => verdict.Kind switch
    {
        NftablesVerdictKind.Jump or NftablesVerdictKind.Goto => $"{Lower(verdict.Kind)} {verdict.Chain}",
        NftablesVerdictKind.Reject when verdict.With is { } with => "reject with " + with,
        _ => Lower(verdict.Kind),
    };

    public static string Of(NftablesStatement statement) => statement.Kind switch
    {
        NftablesStatementKind.Match when statement.Fields.IsEmpty => statement.Name ?? "?",
        NftablesStatementKind.Match => Match(statement),
        NftablesStatementKind.VerdictMap => $"{Fields(statement)} vmap {Right(statement)}",
        NftablesStatementKind.Verdict => statement.Verdict is { } verdict ? Of(verdict) : "",
        NftablesStatementKind.Limit or NftablesStatementKind.NoEffect or NftablesStatementKind.Unknown => statement.Name ?? "?",
        NftablesStatementKind.Notrack => "notrack",
        NftablesStatementKind.Assign => $"{statement.Name} set {Source(statement, statement.Name ?? "")}",
        NftablesStatementKind.DestinationNat => $"dnat to {Source(statement, "")}",
        NftablesStatementKind.Redirect when statement.Values.IsEmpty && statement.Fields.IsEmpty => "redirect",
        NftablesStatementKind.Redirect => $"redirect to :{Source(statement, "")}",
        NftablesStatementKind.SourceNat => statement.Name ?? "snat",
        _ => "?",
    };

    /// <summary>A value of a field.</summary>
    public static string Of(NftablesValue value, string field)
    {
        if (value.Prefix is { } prefix)
            return prefix.Length == prefix.Address.BitCount ? prefix.Address.ToString() : prefix.ToString();
        if (value.Text is { } text)
            return $"\"{text}\"";
        string first = NftablesNames.NameOf(field, value.First ?? 0);
        return value.Last is { } last ? $"{first}-{NftablesNames.NameOf(field, last)}" : first;
    }

    private static string Match(NftablesStatement statement)
    {
        NftablesField field = statement.Fields[0];
        bool isZeroTest = field.Mask is not null && field.Xor is null && statement.Elements is [{ Key: [{ First: 0, Last: null }] }];
        if (isZeroTest && NftablesNames.IsFlags(field.Name))
            return $"{Name(field.Name)} {(statement.Operator == NftablesOperator.Equal ? "! " : "")}{NftablesNames.NameOf(field.Name, field.Mask!.Value)}";
        if (field.Name.EndsWith(" exists", StringComparison.Ordinal) && statement.Elements is [{ Key: [{ First: { } truth }] }])
            return $"{field.Name[..^7]} {((truth == 0) == (statement.Operator == NftablesOperator.Equal) ? "missing" : "exists")}";
        string comparison = statement.Operator switch
        {
            NftablesOperator.NotEqual => "!= ",
            NftablesOperator.Less => "< ",
            NftablesOperator.LessOrEqual => "<= ",
            NftablesOperator.Greater => "> ",
            NftablesOperator.GreaterOrEqual => ">= ",
            _ when field.Mask is not null => "== ",
            _ => "",
        };
        return $"{Fields(statement)} {comparison}{Right(statement)}";
    }

    private static string Fields(NftablesStatement statement) => string.Join(" . ", statement.Fields.Select(Field));

    private static string Field(NftablesField field)
    {
        string text = Name(field.Name);
        if (field.Mask is { } mask)
            text += " & " + NftablesNames.NameOf(field.Name, mask);
        return field.Xor is { } xor ? $"{text} ^ {NftablesNames.NameOf(field.Name, xor)}" : text;
    }

    // nft leaves "meta" out where it can.
    private static string Name(string field) =>
        field is "meta iifname" or "meta oifname" or "meta iif" or "meta oif" ? field[5..] : field;

    private static string Right(NftablesStatement statement)
    {
        if (statement.Set is { } set)
            return "@" + set;
        if (statement.Elements is [{ Verdict: null } only])
            return Element(only, statement);
        IEnumerable<string> shown = statement.Elements.Take(MostElements).Select(element => Element(element, statement));
        return $"{{ {string.Join(", ", shown)}{(statement.Elements.Length > MostElements ? ", ..." : "")} }}";
    }

    private static string Element(NftablesElement element, NftablesStatement statement)
    {
        string key = element.Key.IsEmpty ? "*" : string.Join(" . ", element.Key.Select((value, i) => Of(value, i < statement.Fields.Length ? statement.Fields[i].Name : "")));
        string data = element.Verdict is { } verdict ? Of(verdict) : string.Join(" . ", element.Data.Select(value => Of(value, "")));
        return data.Length > 0 ? $"{key} : {data}" : key;
    }

    private static string Source(NftablesStatement statement, string field)
    {
        if (statement.Fields.IsEmpty)
            return string.Join(':', statement.Values.Select(value => Of(value, field)));
        return statement.Set is null && statement.Elements.IsEmpty ? Fields(statement) : $"{Fields(statement)} map {Right(statement)}";
    }

    private static string Lower(NftablesVerdictKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());
}
