using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Which packets a table of nftables sees; its word in <c>nft</c>.</summary>
public enum NftablesFamily
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>IPv4: <c>ip</c>.</summary>
    IPv4,

    /// <summary>IPv6: <c>ip6</c>.</summary>
    IPv6,

    /// <summary>Both: <c>inet</c>.</summary>
    Inet,

    /// <summary>ARP: <c>arp</c>.</summary>
    Arp,

    /// <summary>Frames that a bridge passes on: <c>bridge</c>.</summary>
    Bridge,

    /// <summary>Whatever arrives at or leaves an interface: <c>netdev</c>.</summary>
    Netdev,
}

/// <summary>Where in a packet's way a base chain is asked.</summary>
public enum NftablesHook
{
    /// <summary>Nowhere: only other chains lead to it.</summary>
    None = 0,

    /// <summary>As it arrives, before the route lookup.</summary>
    Prerouting,

    /// <summary>When it is for this host.</summary>
    Input,

    /// <summary>When it is for another host.</summary>
    Forward,

    /// <summary>When this host made it.</summary>
    Output,

    /// <summary>As it leaves.</summary>
    Postrouting,

    /// <summary>At the interface, before everything else.</summary>
    Ingress,

    /// <summary>At the interface, after everything else.</summary>
    Egress,
}

/// <summary>What a base chain is for.</summary>
public enum NftablesChainType
{
    /// <summary>No base chain, or a type that is not known.</summary>
    None = 0,

    /// <summary>Filters.</summary>
    Filter,

    /// <summary>Translates addresses: asked once, for the first packet of a connection.</summary>
    Nat,

    /// <summary>Chooses routes for what this host made.</summary>
    Route,
}

/// <summary>What a rule or policy says about a packet.</summary>
public enum NftablesVerdictKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>It passes this base chain.</summary>
    Accept,

    /// <summary>It is gone.</summary>
    Drop,

    /// <summary>It is gone, and its sender is told.</summary>
    Reject,

    /// <summary>Another chain is asked, then the next rule.</summary>
    Jump,

    /// <summary>Another chain is asked instead of the rest of this one.</summary>
    Goto,

    /// <summary>The rest of this chain is not asked.</summary>
    Return,

    /// <summary>The next rule is asked.</summary>
    Continue,

    /// <summary>A program decides: <c>queue</c>.</summary>
    Queue,
}

/// <summary>How a statement compares.</summary>
public enum NftablesOperator
{
    /// <summary>It is one of the elements.</summary>
    Equal = 0,

    /// <summary>It is none of the elements.</summary>
    NotEqual,

    /// <summary>It is less than the element.</summary>
    Less,

    /// <summary>It is not greater than the element.</summary>
    LessOrEqual,

    /// <summary>It is greater than the element.</summary>
    Greater,

    /// <summary>It is not less than the element.</summary>
    GreaterOrEqual,
}

/// <summary>What a part of a rule does.</summary>
public enum NftablesStatementKind
{
    /// <summary>Nobody can say: it may do anything.</summary>
    Unknown = 0,

    /// <summary>The rule goes on when the fields compare so to the elements.</summary>
    Match,

    /// <summary>The rule goes on or not, depending on packets that came before.</summary>
    Limit,

    /// <summary>It ends the rule with a verdict.</summary>
    Verdict,

    /// <summary>The element that fits has the verdict; when none does the rule goes on.</summary>
    VerdictMap,

    /// <summary>It writes a mark.</summary>
    Assign,

    /// <summary>It sends the connection to another address or port, and accepts.</summary>
    DestinationNat,

    /// <summary>It sends the connection to this host's own address, and accepts.</summary>
    Redirect,

    /// <summary>It gives the connection another source, and accepts.</summary>
    SourceNat,

    /// <summary>The packet's connection is not tracked.</summary>
    Notrack,

    /// <summary>It counts, logs, remembers: the rule goes on.</summary>
    NoEffect,
}

/// <summary>Linux: a table of nftables. iptables-nft keeps its tables there too.</summary>
public sealed record NftablesTableRow
{
    /// <summary>Which packets it sees.</summary>
    public required NftablesFamily Family { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether its base chains are not asked.</summary>
    public bool IsDormant { get; init; }
}

/// <summary>Linux: a chain of nftables.</summary>
public sealed record NftablesChainRow
{
    /// <summary>Which packets its table sees.</summary>
    public required NftablesFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>What a base chain is for.</summary>
    public NftablesChainType Type { get; init; }

    /// <summary>Where a base chain is asked.</summary>
    public NftablesHook Hook { get; init; }

    /// <summary>When it is asked among those of the hook: lower ones first. 0 for a chain that is no base chain.</summary>
    public int Priority { get; init; }

    /// <summary>What becomes of packets that no rule decided; null for a chain that is no base chain.</summary>
    public NftablesVerdictKind? Policy { get; init; }

    /// <summary>The interfaces of a chain at <see cref="NftablesHook.Ingress"/>. Never default.</summary>
    public ImmutableArray<string> Devices { get => field.IsDefault ? [] : field; init; }

    /// <inheritdoc/>
    public bool Equals(NftablesChainRow? other) =>
        other is not null && Family == other.Family && Table == other.Table && Name == other.Name && Type == other.Type && Hook == other.Hook
        && Priority == other.Priority && Policy == other.Policy && Devices.AsSpan().SequenceEqual(other.Devices.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, Table, Name);
}

/// <summary>Linux: a rule of nftables, or of iptables in the same shape.</summary>
public sealed record NftablesRuleRow
{
    /// <summary>Which packets its table sees.</summary>
    public required NftablesFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The chain.</summary>
    public required string Chain { get; init; }

    /// <summary>The number by which <c>nft delete rule</c> knows it; null when the source does not say.</summary>
    public ulong? Handle { get; init; }

    /// <summary>The rule as its owner wrote it, where the source is text of iptables; else null. Cut at 1,024 characters.</summary>
    public string? Text { get; init; }

    /// <summary>Its comment; null for none.</summary>
    public string? Comment { get; init; }

    /// <summary>What it does, from left to right. Never default.</summary>
    public ImmutableArray<NftablesStatement> Statements { get => field.IsDefault ? [] : field; init; }

    /// <inheritdoc/>
    public bool Equals(NftablesRuleRow? other) =>
        other is not null && Family == other.Family && Table == other.Table && Chain == other.Chain && Handle == other.Handle && Text == other.Text
        && Comment == other.Comment && Statements.AsSpan().SequenceEqual(other.Statements.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, Table, Chain, Handle, Statements.Length);
}

/// <summary>Linux: a named set or map of nftables.</summary>
public sealed record NftablesSetRow
{
    /// <summary>Which packets its table sees.</summary>
    public required NftablesFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether its elements have a verdict or data.</summary>
    public bool IsMap { get; init; }

    /// <summary>Why it is not known what it holds; null when it is.</summary>
    public string? Problem { get; init; }

    /// <summary>What it holds now. Never default.</summary>
    public ImmutableArray<NftablesElement> Elements { get => field.IsDefault ? [] : field; init; }

    /// <inheritdoc/>
    public bool Equals(NftablesSetRow? other) =>
        other is not null && Family == other.Family && Table == other.Table && Name == other.Name && IsMap == other.IsMap
        && Problem == other.Problem && Elements.AsSpan().SequenceEqual(other.Elements.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, Table, Name, Elements.Length);
}

/// <summary>A part of a rule. The parts of a rule follow each other; one that does not fit ends the rule.</summary>
/// <remarks>
/// The kernel's expressions, which work on registers, the trees of <c>nft -j</c> and the options of iptables all become
/// this one shape: fields on the left, values or a set on the right.
/// </remarks>
public sealed record NftablesStatement
{
    /// <summary>What it does.</summary>
    public required NftablesStatementKind Kind { get; init; }

    /// <summary>
    /// What <c>nft</c> or iptables call it, for example <c>counter</c> or <c>xt hashlimit</c>; of
    /// <see cref="NftablesStatementKind.Assign"/> the field that is written. Null where kind and verdict say it.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The fields that are compared, looked up or copied; several are a concatenation. Never default.</summary>
    public ImmutableArray<NftablesField> Fields { get => field.IsDefault ? [] : field; init; }

    /// <summary>How the fields compare to the elements.</summary>
    public NftablesOperator Operator { get; init; }

    /// <summary>The elements that stand in the rule itself. Never default.</summary>
    public ImmutableArray<NftablesElement> Elements { get => field.IsDefault ? [] : field; init; }

    /// <summary>The set or map of the same table that holds the elements instead; null for none.</summary>
    public string? Set { get; init; }

    /// <summary>The verdict of <see cref="NftablesStatementKind.Verdict"/>.</summary>
    public NftablesVerdict? Verdict { get; init; }

    /// <summary>
    /// What is written, where no map says it: of <see cref="NftablesStatementKind.Assign"/> one number, of an address
    /// translation the address, the port, or both. Never default.
    /// </summary>
    public ImmutableArray<NftablesValue> Values { get => field.IsDefault ? [] : field; init; }

    /// <summary>Of <see cref="NftablesStatementKind.Limit"/>: whether the rule goes on only beyond the limit.</summary>
    public bool IsOver { get; init; }

    /// <summary>One field is a value.</summary>
    internal static NftablesStatement Is(string field, NftablesValue value) => new()
    {
        Kind = NftablesStatementKind.Match,
        Fields = [new NftablesField { Name = field }],
        Elements = [new NftablesElement { Key = [value] }],
    };

    /// <summary>A verdict.</summary>
    internal static NftablesStatement Say(NftablesVerdictKind kind) => new() { Kind = NftablesStatementKind.Verdict, Verdict = new NftablesVerdict { Kind = kind } };

    /// <inheritdoc/>
    public bool Equals(NftablesStatement? other) =>
        other is not null && Kind == other.Kind && Name == other.Name && Operator == other.Operator && Set == other.Set && Verdict == other.Verdict
        && IsOver == other.IsOver && Fields.AsSpan().SequenceEqual(other.Fields.AsSpan()) && Elements.AsSpan().SequenceEqual(other.Elements.AsSpan())
        && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Name, Operator, Set, Verdict, Fields.Length, Elements.Length);
}

/// <summary>A field of a packet, its connection or its way: <c>(field &amp; mask) ^ xor</c>.</summary>
public sealed record NftablesField
{
    /// <summary>
    /// The name in <c>nft</c>: <c>ip saddr</c>, <c>th dport</c>, <c>meta mark</c>, <c>ct state</c>, <c>fib daddr . iif type</c>,
    /// or <c>@nh,128,32</c>. A packet without the field does not match, whatever the operator.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The bits that count; null for all.</summary>
    public ulong? Mask { get; init; }

    /// <summary>The bits that are turned over after the mask; null for none.</summary>
    public ulong? Xor { get; init; }
}

/// <summary>An element of a set or map: one value per field.</summary>
public sealed record NftablesElement
{
    /// <summary>The values; empty for the element that fits what no other does. Never default.</summary>
    public ImmutableArray<NftablesValue> Key { get => field.IsDefault ? [] : field; init; }

    /// <summary>The verdict that a verdict map has for it; null for none.</summary>
    public NftablesVerdict? Verdict { get; init; }

    /// <summary>The values that another map has for it. Never default.</summary>
    public ImmutableArray<NftablesValue> Data { get => field.IsDefault ? [] : field; init; }

    /// <inheritdoc/>
    public bool Equals(NftablesElement? other) =>
        other is not null && Verdict == other.Verdict && Key.AsSpan().SequenceEqual(other.Key.AsSpan()) && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Verdict, Key.Length, Data.Length);
}

/// <summary>A value, or a range of them. One of prefix, text and first is there.</summary>
public sealed record NftablesValue
{
    /// <summary>An address, or all of a prefix; a range of addresses is the prefixes that make it up, one element each.</summary>
    public NetPrefix? Prefix { get; init; }

    /// <summary>The name of an interface; one that ends in <c>*</c> stands for all that begin so.</summary>
    public string? Text { get; init; }

    /// <summary>The first number: ports in host order, states and kinds of addresses as the kernel's bits.</summary>
    public ulong? First { get; init; }

    /// <summary>The last number, inclusive; null when there is one alone.</summary>
    public ulong? Last { get; init; }

    /// <summary>One number.</summary>
    internal static NftablesValue Of(ulong number) => new() { First = number };
}

/// <summary>A verdict with what belongs to it.</summary>
public sealed record NftablesVerdict
{
    /// <summary>What it says.</summary>
    public required NftablesVerdictKind Kind { get; init; }

    /// <summary>The chain of a jump or goto; else null.</summary>
    public string? Chain { get; init; }

    /// <summary>How a packet is rejected, for example <c>tcp reset</c>; null when that is the default or not known.</summary>
    public string? With { get; init; }
}
