using System;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>A rule as the kernel sends it: its expressions are bytes still.</summary>
internal sealed class KernelRule
{
    public required NftablesFamily Family { get; init; }

    public required string Table { get; init; }

    public required string Chain { get; init; }

    public required ulong? Handle { get; init; }

    public required string? Comment { get; init; }

    public required byte[] Expressions { get; init; }
}

/// <summary>A set as the kernel sends it, without its elements.</summary>
/// <param name="Family">Which packets its table sees.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">The name; those of sets that stand in a rule begin with two underscores.</param>
/// <param name="Flags"><c>enum nft_set_flags</c>.</param>
/// <param name="KeyLength">The bytes of a key.</param>
/// <param name="DataLength">The bytes of data of a map; 0 for verdicts.</param>
internal sealed record KernelSet(NftablesFamily Family, string Table, string Name, uint Flags, int KeyLength, int DataLength)
{
    public bool IsAnonymous => (Flags & 1) != 0;

    public bool IsInterval => (Flags & 4) != 0;

    public bool IsMap => (Flags & 8) != 0;

    /// <summary>Whether its keys have fields: a range has two keys then, and else is two elements.</summary>
    public bool IsConcatenation => (Flags & 0x80) != 0;
}

/// <summary>An element of a set as the kernel sends it.</summary>
internal sealed class KernelElement
{
    public required NftablesFamily Family { get; init; }

    public required string Table { get; init; }

    public required string Set { get; init; }

    public required byte[] Key { get; init; }

    /// <summary>The last key of a range, inclusive; null for one key, and where another element ends the range.</summary>
    public required byte[]? KeyEnd { get; init; }

    public required byte[]? Data { get; init; }

    public required NftablesVerdict? Verdict { get; init; }

    /// <summary>Whether it ends a range, and is no part of it.</summary>
    public required bool IsIntervalEnd { get; init; }

    /// <summary>Whether it fits what no other does.</summary>
    public required bool IsCatchAll { get; init; }
}

/// <summary>Decodes the answers to <c>NFT_MSG_GETTABLE</c>, <c>GETCHAIN</c>, <c>GETRULE</c>, <c>GETSET</c> and <c>GETSETELEM</c>.</summary>
/// <remarks>Numbers of nf_tables are in network order, but for the values in registers. Answers where the bytes are bad, or -1.</remarks>
internal static class NftablesDump
{
    private const ushort NewTable = 0x0a00, NewChain = 0x0a03, NewRule = 0x0a06, NewSet = 0x0a09, NewSetElement = 0x0a0c;

    // What one attribute may hold at most: 64 KiB, as its length has 16 bits.
    private const int HeaderLength = NftablesProtocol.HeaderLength;

    public static int DecodeTable(in NetlinkMessage message, RowBuilder<NftablesTableRow> rows)
    {
        if (!Begin(message, NewTable, out NftablesFamily family, out NetlinkAttributes attributes, out int bad))
            return bad;
        string name = "";
        uint flags = 0;
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: name = NftablesProtocol.Name(attributes.Value); break;
                case 2: flags = Big32(ref attributes); break;
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        rows.Add(new NftablesTableRow { Family = family, Name = name, IsDormant = (flags & 1) != 0 });
        return -1;
    }

    public static int DecodeChain(in NetlinkMessage message, RowBuilder<NftablesChainRow> rows)
    {
        if (!Begin(message, NewChain, out NftablesFamily family, out NetlinkAttributes attributes, out int bad))
            return bad;
        var row = new NftablesChainRow { Family = family, Table = "", Name = "" };
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: row = row with { Table = NftablesProtocol.Name(attributes.Value) }; break;
                case 3: row = row with { Name = NftablesProtocol.Name(attributes.Value) }; break;
                case 4:
                    row = WithHook(row, attributes.Value, message.Order, out bool isMalformed);
                    if (isMalformed)
                        return HeaderLength + attributes.Position;
                    break;
                case 5: row = row with { Policy = NftablesProtocol.VerdictOf((int)Big32(ref attributes)) }; break;
                case 7:
                    row = row with
                    {
                        Type = NftablesProtocol.Name(attributes.Value) switch
                        {
                            "filter" => NftablesChainType.Filter,
                            "nat" => NftablesChainType.Nat,
                            "route" => NftablesChainType.Route,
                            _ => NftablesChainType.None,
                        },
                    };
                    break;
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        rows.Add(row);
        return -1;
    }

    public static int DecodeRule(in NetlinkMessage message, RowBuilder<KernelRule> rows)
    {
        if (!Begin(message, NewRule, out NftablesFamily family, out NetlinkAttributes attributes, out int bad))
            return bad;
        string table = "", chain = "";
        ulong? handle = null;
        string? comment = null;
        byte[] expressions = [];
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: table = NftablesProtocol.Name(attributes.Value); break;
                case 2: chain = NftablesProtocol.Name(attributes.Value); break;
                case 3: handle = attributes.Has(8) ? ByteOrder.BigEndian.UInt64(attributes.Value) : null; break;
                case 4: expressions = attributes.Value.ToArray(); break;
                case 7: comment = CommentIn(attributes.Value); break;
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        rows.Add(new KernelRule { Family = family, Table = table, Chain = chain, Handle = handle, Comment = comment, Expressions = expressions });
        return -1;
    }

    public static int DecodeSet(in NetlinkMessage message, RowBuilder<KernelSet> rows)
    {
        if (!Begin(message, NewSet, out NftablesFamily family, out NetlinkAttributes attributes, out int bad))
            return bad;
        var set = new KernelSet(family, "", "", 0, 0, 0);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: set = set with { Table = NftablesProtocol.Name(attributes.Value) }; break;
                case 2: set = set with { Name = NftablesProtocol.Name(attributes.Value) }; break;
                case 3: set = set with { Flags = Big32(ref attributes) }; break;
                case 5: set = set with { KeyLength = (int)Math.Min(Big32(ref attributes), 64) }; break;
                case 7: set = set with { DataLength = (int)Math.Min(Big32(ref attributes), 64) }; break;
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        rows.Add(set);
        return -1;
    }

    public static int DecodeElements(in NetlinkMessage message, RowBuilder<KernelElement> rows)
    {
        if (!Begin(message, NewSetElement, out NftablesFamily family, out NetlinkAttributes attributes, out int bad))
            return bad;
        string table = "", set = "";
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: table = NftablesProtocol.Name(attributes.Value); break;
                case 2: set = NftablesProtocol.Name(attributes.Value); break;
                case 3:
                    var elements = new NetlinkAttributes(attributes.Value, message.Order);
                    while (elements.MoveNext())
                    {
                        if (DecodeElement(family, table, set, elements.Value, message.Order) is not { } element)
                            return HeaderLength + attributes.Position + 4 + elements.Position;
                        rows.Add(element);
                    }

                    if (elements.IsMalformed)
                        return HeaderLength + attributes.Position + 4 + elements.Position;
                    break;
            }
        }

        return attributes.IsMalformed ? HeaderLength + attributes.Position : -1;
    }

    /// <summary>The value or verdict of <c>NFTA_DATA</c>; both null when there is none.</summary>
    public static (byte[]? Value, NftablesVerdict? Verdict) Data(ReadOnlySpan<byte> bytes, ByteOrder order)
    {
        var attributes = new NetlinkAttributes(bytes, order);
        byte[]? value = null;
        NftablesVerdict? verdict = null;
        while (attributes.MoveNext())
        {
            if (attributes.Type == 1)
            {
                value = attributes.Value.ToArray();
            }
            else if (attributes.Type == 2)
            {
                var parts = new NetlinkAttributes(attributes.Value, order);
                verdict = new NftablesVerdict { Kind = NftablesVerdictKind.Unknown };
                while (parts.MoveNext())
                {
                    if (parts.Type == 1 && parts.Has(4))
                        verdict = verdict with { Kind = NftablesProtocol.VerdictOf((int)ByteOrder.BigEndian.UInt32(parts.Value)) };
                    else if (parts.Type == 2)
                        verdict = verdict with { Chain = NftablesProtocol.Name(parts.Value) };
                }
            }
        }

        return (value, verdict);
    }

    private static KernelElement? DecodeElement(NftablesFamily family, string table, string set, ReadOnlySpan<byte> bytes, ByteOrder order)
    {
        var attributes = new NetlinkAttributes(bytes, order);
        byte[] key = [];
        byte[]? end = null;
        (byte[]? Value, NftablesVerdict? Verdict) data = default;
        uint flags = 0;
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: key = Data(attributes.Value, order).Value ?? []; break;
                case 2: data = Data(attributes.Value, order); break;
                case 3: flags = Big32(ref attributes); break;
                case 10: end = Data(attributes.Value, order).Value; break;
            }
        }

        return attributes.IsMalformed ? null : new KernelElement
        {
            Family = family,
            Table = table,
            Set = set,
            Key = key,
            KeyEnd = end,
            Data = data.Value,
            Verdict = data.Verdict,
            IsIntervalEnd = (flags & 1) != 0,
            IsCatchAll = (flags & 2) != 0,
        };
    }

    private static NftablesChainRow WithHook(NftablesChainRow row, ReadOnlySpan<byte> bytes, ByteOrder order, out bool isMalformed)
    {
        var attributes = new NetlinkAttributes(bytes, order);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: row = row with { Hook = NftablesProtocol.HookOf(row.Family, Big32(ref attributes)) }; break;
                case 2: row = row with { Priority = (int)Big32(ref attributes) }; break;
                case 3: row = row with { Devices = [.. row.Devices, NftablesProtocol.Name(attributes.Value)] }; break;
                case 4:
                    var devices = new NetlinkAttributes(attributes.Value, order);
                    while (devices.MoveNext())
                        row = row with { Devices = [.. row.Devices, NftablesProtocol.Name(devices.Value)] };
                    break;
            }
        }

        isMalformed = attributes.IsMalformed;
        return row;
    }

    // What nft keeps with a rule: type, length, value; type 0 is the comment (libnftnl, udata.h).
    private static string? CommentIn(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 2 && bytes.Length >= 2 + bytes[1])
        {
            if (bytes[0] == 0)
                return NftablesProtocol.Name(bytes.Slice(2, bytes[1]));
            bytes = bytes[(2 + bytes[1])..];
        }

        return null;
    }

    private static bool Begin(in NetlinkMessage message, ushort type, out NftablesFamily family, out NetlinkAttributes attributes, out int bad)
    {
        bad = message.Type != type ? -1 : 0;
        bool isWhole = message.Payload.Length >= HeaderLength;
        family = isWhole ? NftablesProtocol.FamilyOf(message.Payload[0]) : default;
        attributes = new NetlinkAttributes(isWhole ? message.Payload[HeaderLength..] : default, message.Order);
        return bad == 0 && isWhole;
    }

    private static uint Big32(ref NetlinkAttributes attributes) => attributes.Has(4) ? ByteOrder.BigEndian.UInt32(attributes.Value) : 0;
}
