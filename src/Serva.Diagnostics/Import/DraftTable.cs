using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>Rows of a table as texts give them, with the line of each. The same row again is the same row.</summary>
internal sealed class DraftTable<T>
    where T : notnull
{
    private const int MostRows = 1_000_000;
    private const string TooMany = "more rows than a million";

    private readonly List<T> _rows = [];
    private readonly List<ImportedPlace> _places = [];
    private readonly HashSet<T> _seen = [];
    private readonly SortedSet<string> _sources = new(System.StringComparer.Ordinal);
    private readonly List<TableGap> _gaps = [];
    private string? _note;

    /// <summary>Whether a text showed the table, be it empty.</summary>
    public bool IsThere => _sources.Count > 0;

    public IReadOnlyList<T> Rows => _rows;

    public IReadOnlyList<ImportedPlace> Places => _places;

    /// <summary>Why an absent row does not mean that there is none.</summary>
    public void Lacks(string part, string reason)
    {
        if (!_gaps.Exists(gap => gap.Part == part))
            _gaps.Add(new TableGap { Part = part, Reason = reason });
    }

    /// <summary>What a reader of the table should know besides.</summary>
    public void Remark(string note) => _note = note;

    /// <summary>A command that shows the table.</summary>
    public void From(string command) => _sources.Add(command);

    public void Add(T row, ImportedPlace place, string command)
    {
        _sources.Add(command);
        if (_rows.Count == MostRows)
            Lacks(TooMany, TooMany);
        else if (_seen.Add(row))
            Append(row, place);
    }

    /// <summary>Adds a row that may be there already.</summary>
    public void Append(T row, ImportedPlace place)
    {
        if (_rows.Count == MostRows)
        {
            Lacks(TooMany, TooMany);
            return;
        }

        _rows.Add(row);
        _places.Add(place);
    }

    public void Replace(int index, T row) => _rows[index] = row;

    public Table<T> ToTable()
    {
        string source = string.Join(", ", _sources);
        ImmutableArray<T> rows = [.. _rows];
        return !IsThere ? Table<T>.NotRequested
            : _gaps.Count == 0 ? Table<T>.Complete(rows, source, _note)
            : Table<T>.Partial(rows, source, [.. _gaps], _note);
    }
}
