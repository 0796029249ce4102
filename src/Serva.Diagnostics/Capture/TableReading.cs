using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Gathers the parts of one table from their sources, so that a source that fails never hides another.</summary>
/// <param name="run">The capture.</param>
/// <param name="name">The table's name.</param>
/// <param name="source">Where the rows come from.</param>
/// <param name="rows">Room for the rows that is the caller's again when the table is made; null for room of its own.</param>
internal sealed class TableReading<T>(CaptureRun run, string name, string source, RowBuilder<T>? rows = null)
{
    private readonly SourceClock _clock = run.StartSource();
    private ImmutableArray<TableGap> _gaps = [];
    private bool _anyPart;

    public RowBuilder<T> Rows { get; } = rows ?? new RowBuilder<T>();

    /// <summary>Where the rows come from; a fallback adds itself.</summary>
    public string Source { get; private set; } = source;

    public string? Note { get; set; }

    public TableFilter? Filter { get; init; }

    /// <summary>A part was read, whole or with a gap of its own.</summary>
    public void Succeeded() => _anyPart = true;

    public void AddSource(string other)
    {
        if (!Source.Contains(other, StringComparison.Ordinal))
            Source = $"{Source}, {other}";
    }

    /// <summary>A part is missing.</summary>
    public void Missing(string part, string reason)
    {
        _gaps = _gaps.Add(new TableGap { Part = part, Reason = reason });
        CaptureLog.SourceFailed(run.Logger, name, part, reason);
    }

    /// <summary>The table: complete without gaps, unavailable when no part was read, partial between.</summary>
    public Table<T> ToTable()
    {
        Table<T> table = ToTableSilently();
        CaptureLog.TableRead(run.Logger, name, table.Count, table.Source, _clock.Elapsed);
        return table;
    }

    private T[] TakeRows() => rows is null ? Rows.DrainToArray() : Rows.ToArray();

    private Table<T> ToTableSilently()
    {
        if (_gaps.IsEmpty)
            return Table<T>.Own(TakeRows(), Coverage.Complete, Source, Note, [], Filter);
        if (!_anyPart && Rows.Count == 0)
            return Table<T>.Own([], Coverage.Unavailable, Source, Note ?? _gaps[0].Reason, _gaps, Filter);
        return Table<T>.Own(TakeRows(), Coverage.Partial, Source, Note, _gaps, Filter);
    }
}
