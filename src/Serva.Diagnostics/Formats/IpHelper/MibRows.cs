using System;
using System.Buffers.Binary;
using System.Globalization;

namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>
/// Walks the rows of an IP Helper table: a 32-bit row count, padding up to the alignment of the rows, then rows of one
/// size. Windows is little-endian on every processor it runs on, so these tables are too.
/// </summary>
/// <remarks>A table that announces more rows than it has bytes gives the whole rows, then a fault. Bytes behind the last row are slack.</remarks>
internal ref struct MibRows
{
    private readonly ReadOnlySpan<byte> _table;
    private readonly int _rowSize;
    private readonly uint _announced;
    private uint _next;
    private int _offset;

    /// <param name="table">The bytes that the system filled.</param>
    /// <param name="firstRow">The offset of the first row: 4, or 8 where a row holds 64-bit members.</param>
    /// <param name="rowSize">The size of a row, trailing padding included.</param>
    public MibRows(ReadOnlySpan<byte> table, int firstRow, int rowSize)
    {
        _table = table;
        _rowSize = rowSize;
        _offset = firstRow;
        if (table.Length < sizeof(uint))
            Fault = new NativeFault(0, "a row count of 4 bytes", $"{table.Length} bytes");
        else
            _announced = BinaryPrimitives.ReadUInt32LittleEndian(table);
    }

    /// <summary>Why the walk ended early; null when every announced row was there.</summary>
    public NativeFault? Fault { get; private set; }

    /// <summary>The offset of the row that <see cref="MoveNext"/> gave last.</summary>
    public readonly int RowOffset => _offset - _rowSize;

    /// <summary>The next row, or false at the end or at a fault.</summary>
    public bool MoveNext(out ReadOnlySpan<byte> row)
    {
        row = default;
        if (Fault is not null || _next == _announced)
            return false;
        int available = Math.Max(0, _table.Length - _offset);
        if (available < _rowSize)
        {
            Fault = new NativeFault(
                Math.Min(_offset, _table.Length),
                string.Create(CultureInfo.InvariantCulture, $"row {_next + 1} of {_announced}, {_rowSize} bytes"),
                $"{available} bytes");
            return false;
        }

        row = _table.Slice(_offset, _rowSize);
        _offset += _rowSize;
        _next++;
        return true;
    }

    /// <summary>Ends the walk at a member of the row that <see cref="MoveNext"/> gave last.</summary>
    public NativeFault Reject(int member, string expected, string found)
    {
        var fault = new NativeFault(RowOffset + member, expected, found);
        Fault = fault;
        return fault;
    }
}
