using System;
using System.Collections.Generic;
using System.Text;

namespace Serva.Diagnostics.Reports;

/// <summary>Lines whose cells stand under each other. The last column is not padded; a column without any text is left out.</summary>
internal sealed class TextColumns
{
    private const string Spaces = "                                ";

    private readonly List<string[]> _rows = [];
    private readonly int[] _widths;
    private readonly bool _hasHeader;

    public TextColumns(params string[] header)
    {
        _hasHeader = true;
        _rows.Add(header);
        _widths = new int[header.Length];
    }

    public TextColumns(int columns) => _widths = new int[columns];

    public void Add(params string[] cells)
    {
        for (int i = 0; i < cells.Length; i++)
            _widths[i] = Math.Max(_widths[i], cells[i].Length);
        _rows.Add(cells);
    }

    public IEnumerable<string> Lines()
    {
        foreach (string[] cells in _rows)
        {
            var line = new StringBuilder();
            for (int i = 0; i < cells.Length; i++)
            {
                if (_widths[i] == 0 && !(_hasHeader && _rows.Count == 1))
                    continue;
                int width = _hasHeader ? Math.Max(_widths[i], _rows[0][i].Length) : _widths[i];
                line.Append(cells[i]);
                // Not by the repeated character: that is compiled anew in each process, which takes longer than a table of a few rows.
                for (int missing = width - cells[i].Length + 2; missing > 0; missing -= Spaces.Length)
                    line.Append(Spaces, 0, Math.Min(missing, Spaces.Length));
            }

            yield return line.ToString().TrimEnd();
        }
    }
}
