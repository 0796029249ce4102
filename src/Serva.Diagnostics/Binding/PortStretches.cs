using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>Ports in stretches, each with the first range of a table that includes it. Immutable.</summary>
internal sealed class PortStretches
{
    private const int Ports = 65536;

    private readonly Table<PortRangeRow> _table;
    private readonly PortSpan[] _spans;
    private readonly int[] _positions;

    private PortStretches(Table<PortRangeRow> table, PortSpan[] spans, int[] positions) => (_table, _spans, _positions) = (table, spans, positions);

    /// <summary>No ports.</summary>
    public static PortStretches None { get; } = new(Table<PortRangeRow>.NotRequested, [], []);

    /// <summary>The stretches of the ranges that count. Linear in the ranges and the ports, however the ranges overlap.</summary>
    public static PortStretches Of(Table<PortRangeRow> table, Func<PortRangeRow, bool> counts)
    {
        // A port that has its range leads on to the next one that has none.
        int[]? next = null;
        int[] position = [];
        for (int i = 0; i < table.Count; i++)
        {
            PortRangeRow row = table[i];
            if (!counts(row))
                continue;
            if (next is null)
            {
                position = new int[Ports];
                Array.Fill(position, -1);
                next = new int[Ports + 1];
                for (int port = 0; port <= Ports; port++)
                    next[port] = port;
            }

            int last = Math.Min(row.Last, Ports - 1);
            for (int port = Free(next, Math.Clamp(row.First, 0, Ports)); port <= last; port = Free(next, port))
            {
                position[port] = i;
                next[port] = port + 1;
            }
        }

        return next is null ? None : Cut(table, position);
    }

    /// <summary>The position in the table of the first range that includes a port; -1 for none.</summary>
    public int PositionAt(int port)
    {
        int found = LastBegunBy(port);
        return found >= 0 && _spans[found].Contains(port) ? _positions[found] : -1;
    }

    /// <summary>The first range that includes a port; null for none.</summary>
    public PortRangeRow? At(int port) => PositionAt(port) is >= 0 and var position ? _table[position] : null;

    /// <summary>Whether a range includes a port.</summary>
    public bool Contains(int port) => PositionAt(port) >= 0;

    /// <summary>How many ports of a span a range includes.</summary>
    public int CountIn(PortSpan span)
    {
        int count = 0;
        for (int i = Math.Max(0, LastBegunBy(span.First)); i < _spans.Length && _spans[i].First <= span.Last; i++)
            count += Math.Max(0, Math.Min(_spans[i].Last, span.Last) - Math.Max(_spans[i].First, span.First) + 1);
        return count;
    }

    /// <summary>The ranges that have ports in a span, by their ports; one that others overlap may come twice.</summary>
    public IEnumerable<PortRangeRow> RangesIn(PortSpan span)
    {
        for (int i = Math.Max(0, LastBegunBy(span.First)); i < _spans.Length && _spans[i].First <= span.Last; i++)
        {
            if (_spans[i].Last >= span.First)
                yield return _table[_positions[i]];
        }
    }

    private static PortStretches Cut(Table<PortRangeRow> table, int[] position)
    {
        var spans = new List<PortSpan>();
        var positions = new List<int>();
        for (int first = 0, port = 1; port <= Ports; port++)
        {
            if (port < Ports && position[port] == position[first])
                continue;
            if (position[first] >= 0)
            {
                spans.Add(new PortSpan(first, port - 1));
                positions.Add(position[first]);
            }

            first = port;
        }

        return new PortStretches(table, [.. spans], [.. positions]);
    }

    private static int Free(int[] next, int port)
    {
        while (next[port] != port)
        {
            next[port] = next[next[port]];
            port = next[port];
        }

        return port;
    }

    // The stretch that begins at a port or last before it; -1 for none.
    private int LastBegunBy(int port)
    {
        int low = 0, high = _spans.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_spans[middle].First <= port)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }
}
