using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats;
using Serva.Diagnostics.Formats.RoutePrint;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>Makes a Windows host of what <c>route print</c> said, in one text or in several.</summary>
internal sealed class RoutePrintImport
{
    private static readonly Version s_vista = new(6, 0), s_xp = new(5, 1);

    private readonly StringBuilder _all = new();
    private readonly List<(PastedText Text, int Before)> _texts = [];
    private RoutePrint _print = RoutePrintText.Decode("");
    private int _lines;

    public bool HasAny => !_print.Routes.IsEmpty || !_print.PersistentRoutes.IsEmpty;

    /// <summary>Adds the lines of a text that nothing else understood.</summary>
    public void Add(PastedText text)
    {
        _texts.Add((text, _lines));
        _lines += text.LineCount;
        for (int number = 1; number <= text.LineCount; number++)
        {
            // What counts as the end of a line differs; here only the line feed does.
            foreach (char c in text.IsTaken(number) ? "" : text.Line(number))
                _all.Append(c is '\r' or '\f' or '\v' or '\u0085' or '\u2028' or '\u2029' ? ' ' : c);
            _all.Append('\n');
        }
    }

    /// <summary>Reads all texts as one, so that an address is the same interface in each.</summary>
    public void Read() => _print = RoutePrintText.Decode(_all.ToString());

    public HostSnapshot ToHost(DateTimeOffset capturedAt)
    {
        var interfaceGaps = new List<TableGap>();
        if (_print.Interfaces.Any(row => row.Row.IsIndexInvented))
            interfaceGaps.Add(new TableGap { Part = "interface numbers", Reason = "an IPv4 route names its interface by address; which of the listed ones that is, the print does not tell" });
        var routeGaps = new List<TableGap>();
        if (!_print.HasIPv4)
            routeGaps.Add(new TableGap { Part = "IPv4", Reason = "the print has no such table" });
        if (!_print.HasIPv6)
            routeGaps.Add(new TableGap { Part = "IPv6", Reason = "the print has no such table" });
        if (_print.EndsEarly)
            routeGaps.Add(new TableGap { Part = "the end", Reason = "no line shows that the last table was printed to its end" });
        if (UnreadInside() is > 0 and var unread)
            routeGaps.Add(new TableGap { Part = "lines", Reason = string.Create(CultureInfo.InvariantCulture, $"{unread} lines between the first route and the last were not understood") });
        return new HostSnapshot
        {
            CapturedAt = capturedAt,
            Platform = new HostPlatform
            {
                Family = PlatformFamily.Windows,
                Version = _print.IsVistaOrLater == false ? s_xp : s_vista,
                Name = _print.IsVistaOrLater switch
                {
                    true => "Windows Vista or later, by the layout of its route print",
                    false => "Windows before Vista, by the layout of its route print",
                    null => "Windows, taken to be Vista or later",
                },
            },
            Interfaces = TableOf(_print.Interfaces, interfaceGaps, null),
            Addresses = TableOf(_print.Addresses,
                [new TableGap { Part = "further addresses", Reason = "of an interface with several addresses the print names one; others are known by their routes" }], null),
            Routes = TableOf(_print.Routes, routeGaps, RouteNote()),
        };
    }

    /// <summary>Tells what was understood of each text, and what was not.</summary>
    public void Report(ImportNotes notes)
    {
        int[] rows = [.. _print.Interfaces.Select(row => row.Line).Concat(_print.Routes.Select(row => row.Line)).Concat(_print.PersistentRoutes.Select(row => row.Line)).Order()];
        int told = 0;
        foreach ((PastedText text, int before) in _texts)
        {
            int first = FirstFrom(rows, before + 1), end = FirstFrom(rows, before + text.LineCount + 1);
            bool isUnderstood = first < end;
            if (isUnderstood)
                notes.Add(new ImportedBlock { TextName = text.Name, FirstLine = rows[first] - before, LastLine = rows[end - 1] - before, Command = "route print", Rows = end - first });
            for (int number = 1; number <= text.LineCount; number++)
                isUnderstood |= text.IsTaken(number);
            foreach (UnreadLine line in _print.Unread.Where(line => line.Line > before && line.Line <= before + text.LineCount))
            {
                told++;
                notes.Refuse(text.Name, line.Line - before, line.Line - before, line.Text);
                isUnderstood = true;
            }

            if (!isUnderstood)
                notes.Refuse(text.Name, 1, text.LineCount, "nothing of it is known here");
        }

        notes.RefuseUntold(_print.UnreadCount - told);
    }

    private string RouteNote()
    {
        string metric = _print.IsVistaOrLater == false
            ? "metrics are the routes' own, as Windows before Vista uses them"
            : "metrics are the sum of route and interface metric, as the print shows it; those of the interfaces are 0";
        int persistent = _print.PersistentRoutes.Length;
        return persistent == 0 ? metric : string.Create(CultureInfo.InvariantCulture, $"{metric}; {persistent} persistent routes are left out, active or not");
    }

    private int UnreadInside() => _print.Routes is [var first, .., var last] ? _print.Unread.Count(line => line.Line > first.Line && line.Line < last.Line) : 0;

    private static int FirstFrom(int[] sorted, int line)
    {
        int found = Array.BinarySearch(sorted, line);
        return found >= 0 ? found : ~found;
    }

    private static Table<T> TableOf<T>(IEnumerable<TextRow<T>> rows, List<TableGap> gaps, string? note)
    {
        const string source = "route print";
        // The same print may have been pasted twice.
        IEnumerable<T> distinct = rows.Select(row => row.Row).Distinct();
        return gaps.Count == 0 ? Table<T>.Complete([.. distinct], source, note) : Table<T>.Partial([.. distinct], source, [.. gaps], note);
    }
}
