using System;
using System.Buffers.Text;
using Serva.Diagnostics.Formats.Netlink;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>
/// Walks what getdents64(2) gives: <c>struct linux_dirent64</c>, u64 inode, i64 offset, u16 length, u8 type, name with NUL.
/// The same on every architecture.
/// </summary>
/// <remarks>Ends at the first entry that is no entry.</remarks>
internal ref struct DirectoryEntries(ReadOnlySpan<byte> bytes, ByteOrder order)
{
    private const int NameAt = 19;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The name with its NUL.</summary>
    public ReadOnlySpan<byte> TerminatedName { get; private set; }

    public readonly ReadOnlySpan<byte> Name => TerminatedName[..^1];

    public bool MoveNext()
    {
        if (_rest.Length < NameAt)
            return false;
        int length = order.UInt16(_rest[16..]);
        if (length <= NameAt || length > _rest.Length)
            return false;
        ReadOnlySpan<byte> name = _rest[NameAt..length];
        int end = name.IndexOf((byte)0);
        if (end <= 0)
            return false;
        TerminatedName = name[..(end + 1)];
        _rest = _rest[length..];
        return true;
    }

    /// <summary>A name that is a decimal number, as those of processes and descriptors are.</summary>
    public readonly bool TryNumber(out int number) =>
        Utf8Parser.TryParse(Name, out number, out int length) && length == Name.Length && number >= 0;
}
