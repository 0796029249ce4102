using System;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>Walks attributes: u16 length, u16 type, value, padding to 4 (<c>struct nlattr</c>, <c>struct rtattr</c>).</summary>
/// <remarks>
/// A value that is shorter than the number asked of it, and an attribute that reaches beyond the bytes, end the walk with
/// <see cref="IsMalformed"/>. Fewer than four bytes at the end are padding, as the kernel's <c>nla_ok</c> has it.
/// </remarks>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes, ByteOrder order)
{
    private const ushort TypeMask = 0x3fff;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _next;

    /// <summary>The type without the nested and byte order flags.</summary>
    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where the current attribute begins, in bytes from the first one.</summary>
    public int Position { get; private set; }

    public bool IsMalformed { get; private set; }

    public bool MoveNext()
    {
        if (IsMalformed || _bytes.Length - _next < 4)
            return false;
        Position = _next;
        ReadOnlySpan<byte> rest = _bytes[_next..];
        int length = order.UInt16(rest);
        if (length < 4 || length > rest.Length)
        {
            IsMalformed = true;
            return false;
        }

        Type = (ushort)(order.UInt16(rest[2..]) & TypeMask);
        Value = rest[4..length];
        _next += Math.Min((length + 3) & ~3, rest.Length);
        return true;
    }

    public byte Byte() => Has(1) ? Value[0] : (byte)0;

    public ushort UInt16() => Has(2) ? order.UInt16(Value) : (ushort)0;

    public uint UInt32() => Has(4) ? order.UInt32(Value) : 0;

    /// <summary>Whether the value has at least so many bytes; if not the walk ends as malformed.</summary>
    public bool Has(int length)
    {
        if (Value.Length >= length)
            return true;
        IsMalformed = true;
        return false;
    }
}
