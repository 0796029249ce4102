using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Whether something holds, when not all of it is known.</summary>
internal enum Truth
{
    No = 0,
    Yes,

    /// <summary>It hangs on what the question left open.</summary>
    Open,

    /// <summary>Nobody can tell.</summary>
    Unknown,
}

/// <summary>One value of an element as a range of numbers, or a name.</summary>
internal readonly struct ElementRange
{
    public ElementRange(NftablesValue value)
    {
        if (value.Prefix is { } prefix)
        {
            (First, Last, IsAddress, IsIPv6) = (Of(prefix.Address), Of(prefix.LastAddress), true, prefix.Address.IsIPv6);
        }
        else if (value.Text is { } text)
        {
            IsBeginning = text.EndsWith('*');
            Text = IsBeginning ? text[..^1] : text;
        }
        else
        {
            First = value.First ?? 0;
            Last = value.Last ?? First;
        }
    }

    public UInt128 First { get; }

    public UInt128 Last { get; }

    public string? Text { get; }

    public bool IsBeginning { get; }

    public bool IsAddress { get; }

    public bool IsIPv6 { get; }

    public bool Contains(in FieldValue value, bool isIPv6)
    {
        if (Text is not null)
            return value.Text is { } name && (IsBeginning ? name.StartsWith(Text, StringComparison.Ordinal) : name == Text);
        return value.Number >= First && value.Number <= Last && (!IsAddress || IsIPv6 == isIPv6);
    }

    private static UInt128 Of(NetAddress address)
    {
        (ulong high, ulong low) = address.Words;
        return new UInt128(high, low);
    }
}

/// <summary>The elements of a set, map or rule, ready to be looked up.</summary>
internal sealed class ElementIndex
{
    private const int LinearAtMost = 8;

    private readonly ImmutableArray<NftablesElement> _elements;
    private readonly ElementRange[][] _keys;

    // Of one field whose ranges do not overlap, in order: found by halves.
    private readonly int[]? _sorted;
    private readonly int _catchAll = -1;

    public ElementIndex(ImmutableArray<NftablesElement> elements)
    {
        _elements = elements;
        _keys = [.. elements.Select(element => element.Key.Select(value => new ElementRange(value)).ToArray())];
        _catchAll = Array.FindIndex(_keys, key => key.Length == 0);
        if (_keys.Length > LinearAtMost && Array.TrueForAll(_keys, key => key.Length == 1 && key[0].Text is null) && AreOfOneFamily())
        {
            int[] order = [.. Enumerable.Range(0, _keys.Length).OrderBy(i => _keys[i][0].First)];
            bool isDisjoint = true;
            for (int i = 1; i < order.Length; i++)
                isDisjoint &= _keys[order[i - 1]][0].Last < _keys[order[i]][0].First;
            _sorted = isDisjoint ? order : null;
        }
    }

    public ImmutableArray<NftablesElement> Elements => _elements;

    /// <summary>The only number, for comparisons of size.</summary>
    public UInt128? Single => _keys is [[{ Text: null } only]] ? only.First : null;

    /// <summary>Finds the element that fits the values of a packet.</summary>
    /// <param name="values">One for each field.</param>
    /// <param name="isIPv6">The packet's family.</param>
    /// <param name="found">The element when it fits for certain.</param>
    public Truth Find(ReadOnlySpan<FieldValue> values, bool isIPv6, out NftablesElement? found)
    {
        found = null;
        if (values is [{ State: FieldState.Known } only] && _sorted is not null)
        {
            int at = FindSorted(only, isIPv6);
            if (at >= 0)
                found = _elements[at];
            return found is null ? Truth.No : Truth.Yes;
        }

        Truth best = Truth.No;
        for (int i = 0; i < _keys.Length; i++)
        {
            Truth fits = i == _catchAll ? Truth.No : Fits(_keys[i], values, isIPv6);
            if (fits == Truth.Yes)
            {
                found = _elements[i];
                return Truth.Yes;
            }

            best = fits > best ? fits : best;
        }

        if (best == Truth.No && _catchAll >= 0)
        {
            found = _elements[_catchAll];
            return Truth.Yes;
        }

        return best;
    }

    private static Truth Fits(ElementRange[] key, ReadOnlySpan<FieldValue> values, bool isIPv6)
    {
        if (key.Length != values.Length)
            return Truth.No;
        Truth fits = Truth.Yes;
        for (int i = 0; i < key.Length; i++)
        {
            ref readonly FieldValue value = ref values[i];
            if (value.State == FieldState.Known)
            {
                if (!key[i].Contains(value, isIPv6))
                    return Truth.No;
            }
            else if (key[i].IsAddress && key[i].IsIPv6 != isIPv6)
            {
                return Truth.No;
            }
            else if (!IsEverything(key[i], isIPv6))
            {
                Truth here = value.State == FieldState.Open ? Truth.Open : Truth.Unknown;
                fits = here > fits ? here : fits;
            }
        }

        return fits;
    }

    private static bool IsEverything(in ElementRange range, bool isIPv6) =>
        range.Text is null ? range.IsAddress && range.First == 0 && range.Last == (isIPv6 ? UInt128.MaxValue : uint.MaxValue) : range.IsBeginning && range.Text.Length == 0;

    private int FindSorted(in FieldValue value, bool isIPv6)
    {
        int low = 0, high = _sorted!.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            ref readonly ElementRange range = ref _keys[_sorted[middle]][0];
            if (value.Number < range.First)
                high = middle - 1;
            else if (value.Number > range.Last)
                low = middle + 1;
            else
                return range.Contains(value, isIPv6) ? _sorted[middle] : -1;
        }

        return -1;
    }

    private bool AreOfOneFamily() => Array.TrueForAll(_keys, key => key[0].IsAddress == _keys[0][0].IsAddress && key[0].IsIPv6 == _keys[0][0].IsIPv6);
}
