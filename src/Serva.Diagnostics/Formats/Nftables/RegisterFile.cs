using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Nftables;

/// <summary>What an expression has put into a register: fields of the packet, a constant, or what a map says.</summary>
internal sealed class RegisterContent
{
    /// <summary>The fields, one after the other without gaps; none for a constant.</summary>
    public List<FieldLayout> Fields { get; init; } = [];

    /// <summary>The bits that count, in the order of the first field; null for all.</summary>
    public byte[]? Mask { get; init; }

    /// <summary>The bits that are turned over after the mask; null for none.</summary>
    public byte[]? Xor { get; init; }

    /// <summary>A constant; null for fields.</summary>
    public byte[]? Constant { get; init; }

    /// <summary>The map whose data it is; null for none. <see cref="Keys"/> are looked up there.</summary>
    public KernelSet? Map { get; init; }

    public ImmutableArray<RegisterContent> Keys { get; init; } = [];

    public required int Length { get; init; }

    /// <summary>The same fields under a mask.</summary>
    public RegisterContent Masked(byte[] mask, byte[]? xor) => new() { Fields = Fields, Mask = mask, Xor = xor, Length = Length };

    /// <summary>The same bytes, of another layout.</summary>
    public RegisterContent As(FieldLayout field) => new() { Fields = [field], Xor = Xor, Length = Length };

    public static RegisterContent Of(FieldLayout field, int? length = null) => new() { Fields = [field], Length = length ?? field.Length };

    /// <summary>A load of something that nobody knows, by the name of the expression.</summary>
    public static RegisterContent Unknown(string name, int length = 4) => Of(new FieldLayout(name, length));
}

/// <summary>The registers of nf_tables while a rule is read: sixteen of four bytes, also named as four of sixteen.</summary>
internal sealed class RegisterFile
{
    private readonly RegisterContent?[] _slots = new RegisterContent?[16];

    // NFT_REG_1 to NFT_REG_4 are 1 to 4, NFT_REG32_00 to NFT_REG32_15 are 8 to 23.
    private static int SlotOf(uint register) => register is >= 1 and <= 4 ? (int)(register - 1) * 4 : register is >= 8 and <= 23 ? (int)register - 8 : -1;

    public void Store(uint register, RegisterContent content)
    {
        int slot = SlotOf(register);
        if (slot < 0)
            return;
        for (int i = slot; i < Math.Min(16, slot + SlotsOf(content.Length)); i++)
            _slots[i] = null;
        _slots[slot] = content;
    }

    public RegisterContent? Load(uint register) => SlotOf(register) is >= 0 and var slot ? _slots[slot] : null;

    /// <summary>The contents of so many bytes from a register on; empty when some of them were never written.</summary>
    public ImmutableArray<RegisterContent> LoadAll(uint register, int length)
    {
        int slot = SlotOf(register), end = slot + SlotsOf(length);
        var contents = ImmutableArray.CreateBuilder<RegisterContent>();
        while (slot >= 0 && slot < end)
        {
            if (slot > 15 || _slots[slot] is not { } content)
                return [];
            contents.Add(content);
            slot += SlotsOf(content.Length);
        }

        return contents.ToImmutable();
    }

    /// <summary>What stands in a register, and where it lies in it in bytes: a map's address and port are one content.</summary>
    public (RegisterContent? Content, int Offset) Find(uint register)
    {
        int slot = SlotOf(register);
        for (int i = slot; i >= 0; i--)
        {
            if (_slots[i] is { } content)
                return SlotsOf(content.Length) > slot - i ? (content, (slot - i) * 4) : (null, 0);
        }

        return (null, 0);
    }

    public static int SlotsOf(int length) => Math.Max(1, (length + 3) / 4);
}
