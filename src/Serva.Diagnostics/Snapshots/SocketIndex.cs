using System;
using System.Collections.Generic;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Finds the sockets of one protocol and local port without walking the table. Built once per snapshot.</summary>
internal sealed class SocketIndex
{
    private readonly Table<SocketRow> _table;
    private readonly Dictionary<(TransportProtocol Protocol, int Port), (int Start, int Count)> _ranges;
    private readonly int[] _order;

    public SocketIndex(Table<SocketRow> table)
    {
        _table = table;
        ReadOnlySpan<SocketRow> rows = table.AsSpan();
        _ranges = [];
        foreach (ref readonly SocketRow row in rows)
        {
            var key = (row.Protocol, row.Local.Port);
            _ranges[key] = (0, _ranges.GetValueOrDefault(key).Count + 1);
        }

        int next = 0;
        foreach (var key in new List<(TransportProtocol, int)>(_ranges.Keys))
        {
            int count = _ranges[key].Count;
            _ranges[key] = (next, 0);
            next += count;
        }

        _order = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            var key = (rows[i].Protocol, rows[i].Local.Port);
            (int start, int count) = _ranges[key];
            _order[start + count] = i;
            _ranges[key] = (start, count + 1);
        }
    }

    /// <summary>The positions in the table, in table order.</summary>
    public ReadOnlySpan<int> Find(TransportProtocol protocol, int port) =>
        _ranges.TryGetValue((protocol, port), out var range) ? _order.AsSpan(range.Start, range.Count) : [];

    /// <summary>The row at a position that <see cref="Find"/> answered.</summary>
    public ref readonly SocketRow this[int position] => ref _table.AsSpan()[position];
}
