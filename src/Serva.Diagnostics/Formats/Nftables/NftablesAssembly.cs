using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>The rows of a rule set.</summary>
internal sealed class NftablesRuleSet(
    ImmutableArray<NftablesTableRow> tables, ImmutableArray<NftablesChainRow> chains, ImmutableArray<NftablesRuleRow> rules, ImmutableArray<NftablesSetRow> sets)
{
    public ImmutableArray<NftablesTableRow> Tables => tables;

    public ImmutableArray<NftablesChainRow> Chains => chains;

    public ImmutableArray<NftablesRuleRow> Rules => rules;

    public ImmutableArray<NftablesSetRow> Sets => sets;
}

/// <summary>
/// Joins rules and sets as the kernel sends them. The bytes of an element mean what the rules that look it up load: the
/// order of their numbers and where an address ends is known from there alone.
/// </summary>
internal static class NftablesAssembly
{
    private const int MostElements = 1_000_000;

    public static NftablesRuleSet Join(
        ByteOrder order,
        ImmutableArray<NftablesTableRow> tables,
        ImmutableArray<NftablesChainRow> chains,
        ImmutableArray<KernelRule> rules,
        ImmutableArray<KernelSet> sets,
        ImmutableArray<KernelElement> elements)
    {
        var byName = new Dictionary<(NftablesFamily, string, string), KernelSet>();
        foreach (KernelSet set in sets)
            byName[(set.Family, set.Table, set.Name)] = set;
        ILookup<(NftablesFamily, string, string), KernelElement> bySet = elements.Take(MostElements).ToLookup(element => (element.Family, element.Table, element.Set));
        var uses = new Dictionary<KernelSet, SetUse>();
        var conflicts = new HashSet<KernelSet>();
        var rows = ImmutableArray.CreateBuilder<NftablesRuleRow>(rules.Length);
        foreach (KernelRule rule in rules)
        {
            var reader = new ExpressionReader(order, rule.Family, name => byName.GetValueOrDefault((rule.Family, rule.Table, name)));
            ImmutableArray<NftablesStatement> statements = reader.Read(rule.Expressions);
            foreach (SetUse use in reader.Uses)
            {
                if (!uses.TryAdd(use.Set, use) && !IsSame(uses[use.Set], use))
                    conflicts.Add(use.Set);
            }

            rows.Add(new NftablesRuleRow
            {
                Family = rule.Family,
                Table = rule.Table,
                Chain = rule.Chain,
                Handle = rule.Handle,
                Comment = rule.Comment,
                Statements = [.. statements.Select((statement, index) => reader.UseOfStatement.TryGetValue(index, out SetUse? use) && use.Set.IsAnonymous
                    ? Inline(statement, use, [.. bySet[(rule.Family, rule.Table, use.Set.Name)]], order)
                    : statement)],
            });
        }

        return new NftablesRuleSet(tables, chains, rows.ToImmutable(),
        [
            .. sets.Where(set => !set.IsAnonymous).Select(set => new NftablesSetRow
            {
                Family = set.Family,
                Table = set.Table,
                Name = set.Name,
                IsMap = set.IsMap,
            }).Zip(sets.Where(set => !set.IsAnonymous), (row, set) => WithElements(
                row, conflicts.Contains(set) ? null : uses.GetValueOrDefault(set), [.. bySet[(set.Family, set.Table, set.Name)]], order)),
        ]);
    }

    private static bool IsSame(SetUse one, SetUse other) => AreSame(one.Keys, other.Keys) && AreSame(one.Data, other.Data);

    private static bool AreSame(ImmutableArray<FieldLayout> one, ImmutableArray<FieldLayout> other) =>
        one.Select(field => (field.Length, field.Kind, field.IsHostOrder)).SequenceEqual(other.Select(field => (field.Length, field.Kind, field.IsHostOrder)));

    // A set in the rule itself.
    private static NftablesStatement Inline(NftablesStatement statement, SetUse use, List<KernelElement> elements, ByteOrder order) =>
        Decode(use, elements, order) is { } decoded
            ? statement with { Set = null, Elements = decoded }
            : statement.Kind == NftablesStatementKind.Match ? ExpressionReader.UnknownMatch("a set of " + use.Keys[0].Name) : ExpressionReader.Unknown("a map of " + use.Keys[0].Name);

    private static NftablesSetRow WithElements(NftablesSetRow row, SetUse? use, List<KernelElement> elements, ByteOrder order)
    {
        if (use is null)
            return elements.Count == 0 ? row : row with { Problem = "no rule, or rules of different fields, look it up" };
        return Decode(use, elements, order) is { } decoded ? row with { Elements = decoded } : row with { Problem = "its elements are not understood" };
    }

    /// <summary>The elements; null when their bytes make no sense.</summary>
    private static ImmutableArray<NftablesElement>? Decode(SetUse use, List<KernelElement> elements, ByteOrder order)
    {
        var decoded = ImmutableArray.CreateBuilder<NftablesElement>(elements.Count);
        foreach ((byte[] first, byte[] last, KernelElement element) in Ranges(use.Set, elements))
        {
            if (!TryKeys(use.Keys, first, last, order, out List<ImmutableArray<NftablesValue>> keys) || !TryData(use, element, order, out ImmutableArray<NftablesValue> data))
                return null;
            foreach (ImmutableArray<NftablesValue> key in element.IsCatchAll ? [[]] : keys)
                decoded.Add(new NftablesElement { Key = key, Verdict = element.Verdict, Data = data });
            if (decoded.Count > MostElements)
                return null;
        }

        return decoded.ToImmutable();
    }

    private static IEnumerable<(byte[] First, byte[] Last, KernelElement Element)> Ranges(KernelSet set, List<KernelElement> elements)
    {
        if (!set.IsInterval || set.IsConcatenation)
        {
            foreach (KernelElement element in elements)
                yield return (element.Key, element.KeyEnd ?? element.Key, element);
            yield break;
        }

        // Without fields an interval is the element that begins it and one that ends it, which is no part of it.
        foreach (KernelElement element in elements.Where(element => element.IsCatchAll))
            yield return (element.Key, element.Key, element);
        KernelElement[] sorted = [.. elements.Where(element => !element.IsCatchAll)];
        Array.Sort(sorted, (one, other) => one.Key.AsSpan().SequenceCompareTo(other.Key) is not 0 and var byKey ? byKey : other.IsIntervalEnd.CompareTo(one.IsIntervalEnd));
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].IsIntervalEnd)
                continue;
            if (sorted[i].KeyEnd is { } end)
                yield return (sorted[i].Key, end, sorted[i]);
            else
                yield return (sorted[i].Key, i + 1 < sorted.Length ? Before(sorted[i + 1].Key) : Highest(sorted[i].Key.Length), sorted[i]);
        }
    }

    private static byte[] Before(byte[] key)
    {
        byte[] before = [.. key];
        for (int i = before.Length - 1; i >= 0 && before[i]-- == 0; i--)
        {
        }

        return before;
    }

    private static byte[] Highest(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0xff);
        return bytes;
    }

    private static bool TryKeys(ImmutableArray<FieldLayout> fields, byte[] first, byte[] last, ByteOrder order, out List<ImmutableArray<NftablesValue>> keys)
    {
        // A range of addresses is several prefixes: every combination of them is an element.
        const int mostCombinations = 65_536;
        keys = [[]];
        int offset = 0;
        foreach (FieldLayout field in fields)
        {
            if (offset + field.Length > first.Length || first.Length != last.Length)
                return first.Length == 0 && last.Length == 0;
            List<NftablesValue> values = field.Range(first.AsSpan(offset, field.Length), last.AsSpan(offset, field.Length), order);
            if (values.Count == 0 || (long)values.Count * keys.Count > mostCombinations)
                return false;
            keys = [.. from key in keys from value in values select key.Add(value)];
            offset += RegisterFile.SlotsOf(field.Length) * 4;
        }

        return true;
    }

    private static bool TryData(SetUse use, KernelElement element, ByteOrder order, out ImmutableArray<NftablesValue> data)
    {
        var values = ImmutableArray.CreateBuilder<NftablesValue>();
        int offset = 0;
        foreach (FieldLayout field in use.Data)
        {
            if (element.Data is not { } bytes || offset + field.Length > bytes.Length || field.Value(bytes.AsSpan(offset, field.Length), order) is not { } value)
            {
                data = [];
                return false;
            }

            values.Add(value);
            offset += RegisterFile.SlotsOf(field.Length) * 4;
        }

        data = values.ToImmutable();
        return true;
    }
}
