using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Numerics;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>Where a rule looks values up, and what their bytes are there.</summary>
/// <param name="set">The set or map.</param>
/// <param name="keys">The layout of its keys.</param>
/// <param name="data">The layout of its data; empty for verdicts and sets.</param>
internal sealed class SetUse(KernelSet set, ImmutableArray<FieldLayout> keys, ImmutableArray<FieldLayout> data)
{
    public KernelSet Set => set;

    public ImmutableArray<FieldLayout> Keys => keys;

    public ImmutableArray<FieldLayout> Data => data;
}

/// <summary>
/// Turns the expressions of one rule, which load registers and compare them (<c>net/netfilter/nft_*.c</c>), into statements.
/// </summary>
/// <remarks>Never throws: an expression that is not known, or whose bytes make no sense, is an unknown statement with its name.</remarks>
internal sealed class ExpressionReader(ByteOrder order, NftablesFamily family, Func<string, KernelSet?> findSet)
{
    private const int MostExpressions = 1024;

    private readonly RegisterFile _registers = new();
    private readonly ImmutableArray<NftablesStatement>.Builder _statements = ImmutableArray.CreateBuilder<NftablesStatement>();
    private bool? _isIPv6 = family switch { NftablesFamily.IPv4 => false, NftablesFamily.IPv6 => true, _ => null };
    private int? _protocol;
    private (RegisterContent Content, byte[] Value)? _lowest;

    /// <summary>The lookups that were met, in order.</summary>
    public List<SetUse> Uses { get; } = [];

    /// <summary>Which of <see cref="Uses"/> the statement of an index makes.</summary>
    public Dictionary<int, SetUse> UseOfStatement { get; } = [];

    public ImmutableArray<NftablesStatement> Read(ReadOnlySpan<byte> expressions)
    {
        var list = new NetlinkAttributes(expressions, order);
        int count = 0;
        while (list.MoveNext())
        {
            if (++count > MostExpressions)
                return [Unknown("more expressions than a rule can have")];
            string name = "";
            ReadOnlySpan<byte> data = default;
            var expression = new NetlinkAttributes(list.Value, order);
            while (expression.MoveNext())
            {
                if (expression.Type == 1)
                    name = NftablesProtocol.Name(expression.Value);
                else if (expression.Type == 2)
                    data = expression.Value;
            }

            Read(name, new ExpressionAttributes(data, order));
        }

        if (list.IsMalformed)
            _statements.Add(Unknown("bytes that make no sense"));
        return _statements.ToImmutable();
    }

    private void Read(string name, ExpressionAttributes a)
    {
        if (name != "cmp")
            _lowest = null;
        switch (name)
        {
            case "payload": ReadPayload(a); break;
            case "meta": ReadMeta(a); break;
            case "ct": ReadCt(a); break;
            case "fib": ReadFib(a); break;
            case "exthdr": ReadExtension(a); break;
            case "immediate": ReadImmediate(a); break;
            case "bitwise": ReadBitwise(a); break;
            case "byteorder": ReadByteOrder(a); break;
            case "cmp": ReadCompare(a); break;
            case "range": ReadRange(a); break;
            case "lookup": ReadLookup(a); break;
            case "dynset": ReadDynamicSet(a); break;
            case "limit": AddLimit("limit", a); break;
            case "nat": ReadNat(a); break;
            case "redir": AddNat(NftablesStatementKind.Redirect, null, a.Has(1) ? a.Number(1) : null); break;
            case "masq": _statements.Add(new NftablesStatement { Kind = NftablesStatementKind.SourceNat, Name = "masquerade" }); break;
            case "reject": AddVerdict(NftablesVerdictKind.Reject, with: RejectWords(a.Number(1), a.Byte(2))); break;
            case "notrack": _statements.Add(new NftablesStatement { Kind = NftablesStatementKind.Notrack }); break;
            case "queue": AddVerdict(NftablesVerdictKind.Queue); break;
            case "counter" or "log" or "last" or "dup" or "flow_offload": AddNoEffect(name); break;
            case "objref": ReadObject(a); break;
            case "quota" or "connlimit": AddUnknownMatch(name == "quota" ? name : "ct count"); break;
            case "hash" or "socket" or "tunnel": _registers.Store(a.Number(2), RegisterContent.Unknown(name)); break;
            case "numgen" or "osf" or "rt" or "xfrm": _registers.Store(a.Number(1), RegisterContent.Unknown(name, 16)); break;
            case "match": _statements.AddRange(XtExtensions.Match(a.Text(1), a.Number(2), a.Bytes(3), order, _isIPv6 ?? false)); break;
            case "target": _statements.AddRange(XtExtensions.Target(a.Text(1), a.Number(2), a.Bytes(3), order, _isIPv6 ?? false)); break;
            default: _statements.Add(Unknown(name)); break;
        }
    }

    private void ReadPayload(ExpressionAttributes a)
    {
        uint header = a.Number(2), offset = a.Number(3), length = a.Number(4);
        List<FieldLayout> fields = length is 0 or > 64 || offset > 0xffff
            ? [new FieldLayout("payload", 4)]
            : FieldLayouts.Payload(header, offset, length, _isIPv6, _protocol);
        if (a.Has(5))
            _statements.Add(Unknown("payload set " + fields[0].Name));
        else
            _registers.Store(a.Number(1), new RegisterContent { Fields = fields, Length = (int)Math.Clamp(length, 1, 64) });
    }

    private void ReadMeta(ExpressionAttributes a)
    {
        uint key = a.Number(2);
        FieldLayout field = FieldLayouts.Meta(key) ?? new FieldLayout(string.Create(CultureInfo.InvariantCulture, $"meta {key}"), 16);
        if (!a.Has(3))
            _registers.Store(a.Number(1), RegisterContent.Of(field));
        else if (field.Name == "meta mark")
            AddAssign(field, a.Number(3));
        else if (field.Name is "meta priority" or "meta 12" or "meta secmark")
            AddNoEffect(field.Name);
        else
            _statements.Add(Unknown(field.Name + " set"));
    }

    private void ReadCt(ExpressionAttributes a)
    {
        uint key = a.Number(2);
        FieldLayout field = FieldLayouts.Ct(key) ?? new FieldLayout(string.Create(CultureInfo.InvariantCulture, $"ct {key}"), 16);
        if (a.Has(4))
        {
            // Zone, label, event mask, helper: nothing that a rule sees of a first packet.
            if (field.Name == "ct mark")
                AddAssign(field, a.Number(4));
            else
                AddNoEffect(field.Name + " set");
            return;
        }

        // The reply's side of the tuple is another field.
        if (a.Has(3) && a.Byte(3) == 1)
            field = field with { Name = field.Name.Replace("ct ", "ct reply ", StringComparison.Ordinal) };
        _registers.Store(a.Number(1), RegisterContent.Of(field));
    }

    private void ReadFib(ExpressionAttributes a)
    {
        uint flags = a.Number(3), result = a.Number(2);
        string[] words = ["saddr", "daddr", "mark", "iif", "oif"];
        string name = "fib " + string.Join(" . ", words.Where((_, bit) => (flags & (1u << bit)) != 0));
        bool isPresence = (flags & 0x20) != 0;
        _registers.Store(a.Number(1), RegisterContent.Of(result switch
        {
            1 when isPresence => new FieldLayout(name + " oif exists", 4),
            1 => new FieldLayout(name + " oif", 4, IsHostOrder: true),
            2 => new FieldLayout(name + " oifname", 16, FieldKind.InterfaceName),
            3 => new FieldLayout(name + " type", 4, IsHostOrder: true),
            _ => new FieldLayout("fib", 4),
        }));
    }

    private void ReadExtension(ExpressionAttributes a)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{(a.Number(6) switch { 0 => "exthdr", 1 => "tcp option", 2 => "ip option", _ => "chunk" })} {a.Byte(2)}");
        if (a.Has(7))
            _statements.Add(Unknown(name + " set"));
        else if ((a.Number(5) & 1) != 0)
            _registers.Store(a.Number(1), RegisterContent.Of(new FieldLayout(name + " exists", 4)));
        else
            _registers.Store(a.Number(1), RegisterContent.Of(new FieldLayout(name, (int)Math.Clamp(a.Number(4), 1, 64))));
    }

    private void ReadImmediate(ExpressionAttributes a)
    {
        (byte[]? value, NftablesVerdict? verdict) = NftablesDump.Data(a.Bytes(2), order);
        if (verdict is not null)
            _statements.Add(new NftablesStatement { Kind = NftablesStatementKind.Verdict, Verdict = verdict });
        else if (value is not null)
            _registers.Store(a.Number(1), new RegisterContent { Constant = value, Length = value.Length });
        else
            _statements.Add(Unknown("immediate"));
    }

    private void ReadBitwise(ExpressionAttributes a)
    {
        RegisterContent? source = _registers.Load(a.Number(1));
        byte[]? mask = NftablesDump.Data(a.Bytes(4), order).Value, xor = NftablesDump.Data(a.Bytes(5), order).Value;
        bool isPlain = source is { Constant: null, Map: null, Mask: null, Xor: null } && a.Number(6) == 0 && mask is not null && xor is not null;
        _registers.Store(a.Number(2), isPlain
            ? source!.Masked(mask!, xor.AsSpan().IndexOfAnyExcept((byte)0) < 0 ? null : xor)
            : RegisterContent.Unknown("bitwise", (int)Math.Clamp(a.Number(3), 1, 64)));
    }

    private void ReadByteOrder(ExpressionAttributes a)
    {
        if (_registers.Load(a.Number(1)) is { Fields: [var field], Mask: null } content)
            _registers.Store(a.Number(2), content.As(field with { IsHostOrder = a.Number(3) == 0 }));
        else
            _registers.Store(a.Number(2), RegisterContent.Unknown("byteorder", (int)Math.Clamp(a.Number(4), 1, 64)));
    }

    private void ReadCompare(ExpressionAttributes a)
    {
        var comparison = (NftablesOperator)a.Number(2);
        byte[]? value = NftablesDump.Data(a.Bytes(3), order).Value;
        if (value is null || !Enum.IsDefined(comparison) || _registers.Load(a.Number(1)) is not { Fields.Count: > 0 } content || value.Length > content.Length)
        {
            _statements.Add(Unknown("cmp"));
            return;
        }

        if (content.Fields.Count > 1)
        {
            CompareSeveral(content, comparison, value);
            return;
        }

        FieldLayout field = content.Fields[0];
        (RegisterContent Content, byte[] Value)? lowest = _lowest;
        _lowest = comparison == NftablesOperator.GreaterOrEqual ? (content, value) : null;
        if (comparison == NftablesOperator.LessOrEqual && lowest is { } from && ReferenceEquals(from.Content, content) && field.Kind != FieldKind.InterfaceName
            && content is { Mask: null, Xor: null } && field.Range(from.Value, value, order) is { Count: > 0 } range)
        {
            // Two comparisons are one range.
            _statements[^1] = Match([FieldOf(content, field)], NftablesOperator.Equal, [.. range.Select(entry => new NftablesElement { Key = [entry] })]);
            return;
        }

        // A truth has one byte or four, of either order.
        bool isTruth = field.Name.EndsWith(" exists", StringComparison.Ordinal);
        List<NftablesValue> values = field.Kind switch
        {
            FieldKind.Number when isTruth => [new NftablesValue { First = value.AsSpan().IndexOfAnyExcept((byte)0) < 0 ? 0u : 1 }],
            FieldKind.Address when (content.Mask ?? All(content.Length)) is var mask && content.Xor is null && PrefixLength(mask) is { } length =>
                [new NftablesValue { Prefix = PrefixOf(value, field.Length, length) }],
            FieldKind.InterfaceName when value.Length < field.Length && !value.Contains((byte)0) && content.Mask is null =>
                field.Range(Padded(value, 0), Padded(value, 0xff), order),
            FieldKind.InterfaceName when content.Mask is null => field.Range(Padded(value, 0), Padded(value, 0), order),
            FieldKind.Number when field.Length <= 8 => field.Range(value, value, order),
            _ => [],
        };
        bool isAddress = field.Kind == FieldKind.Address;
        if (values.Count == 0 || (isAddress && comparison > NftablesOperator.NotEqual))
        {
            if (isAddress && comparison > NftablesOperator.NotEqual && content.Mask is null && value.Length == field.Length)
                values = AddressRange(field, comparison, value);
            else
                values = [];
            if (values.Count == 0)
            {
                AddUnknownMatch(field.Name);
                return;
            }

            comparison = NftablesOperator.Equal;
        }

        if (comparison == NftablesOperator.Equal && content.Mask is null)
            Learn(field.Name, values[0].First);
        Add(Match([FieldOf(content, field)], comparison, [.. values.Select(entry => new NftablesElement { Key = [entry] })]));
    }

    // Fields that lie side by side are loaded as one; only equality is put together so.
    private void CompareSeveral(RegisterContent content, NftablesOperator comparison, byte[] value)
    {
        if (comparison != NftablesOperator.Equal || content.Mask is not null || value.Length != content.Length)
        {
            AddUnknownMatch(content.Fields[0].Name);
            return;
        }

        int offset = 0;
        foreach (FieldLayout field in content.Fields)
        {
            int length = Math.Min(field.Length, value.Length - offset);
            ReadOnlySpan<byte> part = value.AsSpan(offset, length);
            NftablesValue? entry = field.Kind == FieldKind.Address
                ? new NftablesValue { Prefix = PrefixOf(part, field.Length, length * 8) }
                : field.Value(part, order);
            if (entry is null)
                AddUnknownMatch(field.Name);
            else
                Add(Match([new NftablesField { Name = field.Name }], comparison, [new NftablesElement { Key = [entry] }]));
            offset += length;
        }
    }

    private void ReadRange(ExpressionAttributes a)
    {
        byte[]? first = NftablesDump.Data(a.Bytes(3), order).Value, last = NftablesDump.Data(a.Bytes(4), order).Value;
        if (first is null || last is null || _registers.Load(a.Number(1)) is not { Fields: [var field], Xor: null } content
            || (content.Mask is not null && field.Kind != FieldKind.Number) || field.Range(first, last, order) is not { Count: > 0 } values)
        {
            AddUnknownMatch("range");
            return;
        }

        Add(Match([FieldOf(content, field)], a.Number(2) == 0 ? NftablesOperator.Equal : NftablesOperator.NotEqual,
            [.. values.Select(value => new NftablesElement { Key = [value] })]));
    }

    private void ReadLookup(ExpressionAttributes a)
    {
        string name = a.Text(1);
        if (findSet(name) is not { } set || _registers.LoadAll(a.Number(2), set.KeyLength) is not { IsEmpty: false } keys || keys.Any(key => key.Fields.Count != 1))
        {
            if (a.Has(3) && a.Number(3) != 0)
                _registers.Store(a.Number(3), RegisterContent.Unknown("map @" + name));
            else if (a.Has(3))
                _statements.Add(Unknown("vmap @" + name));
            else
                AddUnknownMatch("@" + name);
            return;
        }

        if (a.Has(3) && a.Number(3) != 0)
        {
            _registers.Store(a.Number(3), new RegisterContent { Map = set, Keys = keys, Length = Math.Max(set.DataLength, 1) });
            return;
        }

        bool isMap = a.Has(3);
        Add(
            new NftablesStatement
            {
                Kind = isMap ? NftablesStatementKind.VerdictMap : NftablesStatementKind.Match,
                Fields = FieldsOf(keys),
                Operator = (a.Number(5) & 1) != 0 ? NftablesOperator.NotEqual : NftablesOperator.Equal,
                Set = set.Name,
            },
            Use(set, keys, []));
    }

    private void ReadDynamicSet(ExpressionAttributes a)
    {
        // The element's own expression: a limit decides whether the rule goes on.
        foreach (int attribute in (ReadOnlySpan<int>)[7, 10])
        {
            var list = new NetlinkAttributes(a.Bytes(attribute), order);
            ReadOnlySpan<byte> one = a.Bytes(attribute);
            if (attribute == 10 && list.MoveNext())
                one = list.Value;
            var inner = new NetlinkAttributes(one, order);
            string name = "";
            ReadOnlySpan<byte> data = default;
            while (inner.MoveNext())
            {
                if (inner.Type == 1)
                    name = NftablesProtocol.Name(inner.Value);
                else if (inner.Type == 2)
                    data = inner.Value;
            }

            if (name == "limit")
            {
                AddLimit("update @" + a.Text(1) + " limit", new ExpressionAttributes(data, order));
                return;
            }

            if (name is "quota" or "connlimit")
            {
                AddUnknownMatch("update @" + a.Text(1) + " " + name);
                return;
            }
        }

        if ((a.Number(9) & 1) != 0)
            AddUnknownMatch("update @" + a.Text(1));
        else
            AddNoEffect("update @" + a.Text(1));
    }

    private void AddLimit(string words, ExpressionAttributes a)
    {
        ulong unit = a.Wide(2);
        string per = unit switch { 1 => "second", 60 => "minute", 3600 => "hour", 86400 => "day", 604800 => "week", _ => string.Create(CultureInfo.InvariantCulture, $"{unit} s") };
        bool isOver = (a.Number(5) & 1) != 0;
        _statements.Add(new NftablesStatement
        {
            Kind = NftablesStatementKind.Limit,
            Name = string.Create(CultureInfo.InvariantCulture, $"{words} rate {(isOver ? "over " : "")}{a.Wide(1)}{(a.Number(4) == 1 ? " bytes" : "")}/{per}"),
            IsOver = isOver,
        });
    }

    private void ReadObject(ExpressionAttributes a)
    {
        uint type = a.Number(1);
        string name = a.Text(2);
        if (a.Has(3))
            AddUnknownMatch("objref");
        else if (type == 4)
            _statements.Add(Unknown("limit name " + name));
        else if (type is 2 or 5)
            AddUnknownMatch((type == 2 ? "quota name " : "ct count name ") + name);
        else if (type == 9)
            _statements.Add(Unknown("synproxy name " + name));
        else
            AddNoEffect(type == 3 ? "ct helper" : "object " + name);
    }

    private void ReadNat(ExpressionAttributes a)
    {
        if (a.Number(1) == 0)
            _statements.Add(new NftablesStatement { Kind = NftablesStatementKind.SourceNat, Name = "snat" });
        else
            AddNat(NftablesStatementKind.DestinationNat, a.Has(3) ? a.Number(3) : null, a.Has(5) ? a.Number(5) : null, a.Number(2) == 10);
    }

    private void AddNat(NftablesStatementKind kind, uint? address, uint? port, bool isIPv6 = false)
    {
        var layouts = new List<FieldLayout>();
        if (address is not null)
            layouts.Add(new FieldLayout("address", isIPv6 ? 16 : 4, FieldKind.Address));
        if (port is not null)
            layouts.Add(new FieldLayout("port", 2));
        (RegisterContent? first, int offset) = layouts.Count == 0 ? (null, 0) : _registers.Find(address ?? port!.Value);
        if (first is { Map: { } map } && offset == 0)
        {
            // An address and its port may come from one map, but not from two.
            bool isOneMap = address is null || port is null || _registers.Find(port.Value).Content == first;
            if (isOneMap)
                Add(new NftablesStatement { Kind = kind, Fields = FieldsOf(first.Keys), Set = map.Name }, Use(map, first.Keys, [.. layouts]));
            else
                _statements.Add(Unknown("dnat to two maps"));
            return;
        }

        var values = ImmutableArray.CreateBuilder<NftablesValue>();
        foreach (FieldLayout layout in layouts)
        {
            RegisterContent? content = _registers.Load(layout.Kind == FieldKind.Address ? address!.Value : port!.Value);
            if (content?.Constant is not { } bytes || layout.Value(bytes, order) is not { } value)
            {
                _statements.Add(Unknown(kind == NftablesStatementKind.Redirect ? "redirect" : "dnat"));
                return;
            }

            values.Add(value);
        }

        _statements.Add(new NftablesStatement { Kind = kind, Values = values.ToImmutable() });
    }

    private void AddAssign(FieldLayout target, uint register)
    {
        RegisterContent? content = _registers.Load(register);
        var statement = new NftablesStatement { Kind = NftablesStatementKind.Assign, Name = target.Name };
        if (content?.Constant is { } constant && target.Value(constant, order) is { } value)
            Add(statement with { Values = [value] });
        else if (content?.Map is { } map)
            Add(statement with { Fields = FieldsOf(content.Keys), Set = map.Name }, Use(map, content.Keys, [target]));
        else if (content is { Fields: [var field] } && field.Length <= 8 && field.Kind == FieldKind.Number)
            Add(statement with { Fields = [FieldOf(content, field)] });
        else
            _statements.Add(Unknown(target.Name + " set"));
    }

    private static SetUse Use(KernelSet set, ImmutableArray<RegisterContent> keys, ImmutableArray<FieldLayout> data) =>
        new(set, [.. keys.Select(key => key.Fields[0])], data);

    private void Add(NftablesStatement statement, SetUse? use = null)
    {
        if (use is not null)
        {
            Uses.Add(use);
            UseOfStatement[_statements.Count] = use;
        }

        _statements.Add(statement);
    }

    // What a rule has tested tells what the bytes of the next headers are.
    private void Learn(string field, ulong? value)
    {
        if (field == "meta nfproto")
            _isIPv6 = value switch { 2 => false, 10 => true, _ => _isIPv6 };
        else if (field == "meta protocol")
            _isIPv6 = value switch { 0x0800 => false, 0x86dd => true, _ => _isIPv6 };
        else if (field is "meta l4proto" or "ip protocol" or "ip6 nexthdr")
            _protocol = (int?)value;
    }

    private ImmutableArray<NftablesField> FieldsOf(ImmutableArray<RegisterContent> contents) => [.. contents.Select(content => FieldOf(content, content.Fields[0]))];

    private NftablesField FieldOf(RegisterContent content, FieldLayout field)
    {
        if (content.Mask is null || (field.Kind == FieldKind.Address && PrefixLength(content.Mask) is not null))
            return new NftablesField { Name = field.Name };
        if (content.Mask.Length > 8)
            return new NftablesField { Name = field.Name + " & mask" };
        return new NftablesField
        {
            Name = field.Name,
            Mask = field.Number(content.Mask, order),
            Xor = content.Xor is { Length: <= 8 } xor ? field.Number(xor, order) : null,
        };
    }

    private static List<NftablesValue> AddressRange(FieldLayout field, NftablesOperator comparison, byte[] value)
    {
        bool isIPv4 = field.Length == 4;
        UInt128 highest = isIPv4 ? uint.MaxValue : UInt128.MaxValue, at = FieldLayout.Wide(value);
        if ((comparison == NftablesOperator.Less && at == 0) || (comparison == NftablesOperator.Greater && at == highest))
            return [];
        (UInt128 first, UInt128 last) = comparison switch
        {
            NftablesOperator.Less => (UInt128.Zero, at - 1),
            NftablesOperator.LessOrEqual => (UInt128.Zero, at),
            NftablesOperator.Greater => (at + 1, highest),
            _ => (at, highest),
        };
        return [.. FieldLayout.Prefixes(first, last, isIPv4).Select(prefix => new NftablesValue { Prefix = prefix })];
    }

    private static NetPrefix PrefixOf(ReadOnlySpan<byte> value, int addressLength, int prefixLength)
    {
        Span<byte> address = stackalloc byte[16];
        value.CopyTo(address);
        return addressLength == 4
            ? NetPrefix.Create(NetAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(address)), Math.Min(prefixLength, 32))
            : NetPrefix.Create(NetAddress.FromIPv6(BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..])), Math.Min(prefixLength, 128));
    }

    private static int? PrefixLength(ReadOnlySpan<byte> mask)
    {
        int length = 0;
        while (length < mask.Length * 8 && (mask[length / 8] & (0x80 >> (length % 8))) != 0)
            length++;
        foreach (byte rest in mask[((length + 7) / 8)..])
        {
            if (rest != 0)
                return null;
        }

        return length % 8 == 0 || BitOperations.TrailingZeroCount(mask[length / 8]) >= 8 - (length % 8) ? length : null;
    }

    private static byte[] All(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0xff);
        return bytes;
    }

    private static byte[] Padded(ReadOnlySpan<byte> value, byte filling)
    {
        var bytes = new byte[Math.Max(16, value.Length)];
        bytes.AsSpan().Fill(filling);
        value.CopyTo(bytes);
        return bytes;
    }

    private static string? RejectWords(uint type, byte code) => type switch
    {
        1 => "tcp reset",
        2 => "icmpx " + (code switch { 0 => "no-route", 1 => "port-unreachable", 2 => "host-unreachable", _ => "admin-prohibited" }),
        _ => null,
    };

    private void AddVerdict(NftablesVerdictKind kind, string? with = null) =>
        _statements.Add(new NftablesStatement { Kind = NftablesStatementKind.Verdict, Verdict = new NftablesVerdict { Kind = kind, With = with } });

    private void AddNoEffect(string name) => _statements.Add(new NftablesStatement { Kind = NftablesStatementKind.NoEffect, Name = name });

    private void AddUnknownMatch(string name) => _statements.Add(UnknownMatch(name));

    /// <summary>A condition of which only the name is known: a rule with it may match or not.</summary>
    internal static NftablesStatement UnknownMatch(string name) => new() { Kind = NftablesStatementKind.Match, Name = name };

    internal static NftablesStatement Unknown(string name) => new() { Kind = NftablesStatementKind.Unknown, Name = name };

    internal static NftablesStatement Match(ImmutableArray<NftablesField> fields, NftablesOperator comparison, ImmutableArray<NftablesElement> elements) =>
        new() { Kind = NftablesStatementKind.Match, Fields = fields, Operator = comparison, Elements = elements };
}

/// <summary>The attributes of one expression by their number. Numbers are in network order; what is missing is 0.</summary>
internal readonly ref struct ExpressionAttributes(ReadOnlySpan<byte> bytes, ByteOrder order)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public bool Has(int type)
    {
        var attributes = new NetlinkAttributes(_bytes, order);
        while (attributes.MoveNext())
        {
            if (attributes.Type == type)
                return true;
        }

        return false;
    }

    public ReadOnlySpan<byte> Bytes(int type)
    {
        var attributes = new NetlinkAttributes(_bytes, order);
        while (attributes.MoveNext())
        {
            if (attributes.Type == type)
                return attributes.Value;
        }

        return default;
    }

    public uint Number(int type) => Bytes(type) is { Length: >= 4 } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : Byte(type);

    public ulong Wide(int type) => Bytes(type) is { Length: >= 8 } value ? BinaryPrimitives.ReadUInt64BigEndian(value) : Number(type);

    public byte Byte(int type) => Bytes(type) is { Length: >= 1 } value ? value[0] : (byte)0;

    public string Text(int type) => NftablesProtocol.Name(Bytes(type));
}
