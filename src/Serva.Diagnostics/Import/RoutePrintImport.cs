using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Formats;
using Serva.Diagnostics.Formats.RoutePrint;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>Makes a Windows host of what <c>route print</c> said, in one text or in several: an address is the same interface in each.</summary>
internal sealed class RoutePrintImport(HostDraft draft) : BlockReader(draft)
{
    private static readonly Version s_vista = new(6, 0), s_xp = new(5, 1);

    private const int MostWordsOfTitle = 8;

    private readonly RoutePrintText _text = new();
    private readonly List<ImportedPlace> _places = [];
    private bool _hasRows;

    public override string Command => "route print";

    /// <summary>Whether any row was read.</summary>
    public bool HasAny => _hasRows;

    public override LineUse Read(scoped in PastedLine line)
    {
        if (!MayBeOurs(line))
            return LineUse.Refused;
        ReadOnlySpan<char> text = line.From(0);
        _places.Add(line.Place);
        if (!_text.Take(text, _places.Count, out bool isRow))
            return LineUse.Refused;
        if (!isRow)
            return LineUse.Understood;
        if (!_hasRows)
            Draft.See(PlatformFamily.Windows);
        _hasRows = true;
        return LineUse.Row;
    }

    /// <summary>The host that the rows are of.</summary>
    public HostSnapshot AddTo(HostSnapshot host)
    {
        RoutePrint print = _text.ToPrint();
        var interfaceGaps = new List<TableGap>();
        if (print.Interfaces.Any(row => row.Row.IsIndexInvented))
            interfaceGaps.Add(new TableGap { Part = "interface numbers", Reason = "an IPv4 route names its interface by address; which of the listed ones that is, the print does not tell" });
        var routeGaps = new List<TableGap>();
        if (!print.HasIPv4)
            routeGaps.Add(new TableGap { Part = "IPv4", Reason = "the print has no such table" });
        if (!print.HasIPv6)
            routeGaps.Add(new TableGap { Part = "IPv6", Reason = "the print has no such table" });
        if (print.EndsEarly)
            routeGaps.Add(new TableGap { Part = "the end", Reason = "no line shows that the last table was printed to its end" });
        if (MissedLines > 0)
            routeGaps.Add(new TableGap { Part = "lines", Reason = string.Create(CultureInfo.InvariantCulture, $"{MissedLines} lines between the first route and the last were not understood") });
        return host with
        {
            Platform = host.Platform with
            {
                Version = print.IsVistaOrLater == false ? s_xp : s_vista,
                VersionAssumedBecause = print.IsVistaOrLater is null ? host.Platform.VersionAssumedBecause : "the layout of route print alone tells it, as before Vista or since",
                Name = print.IsVistaOrLater switch
                {
                    true => "Windows Vista or later, by the layout of its route print",
                    false => "Windows before Vista, by the layout of its route print",
                    null => "Windows, taken to be Vista or later",
                },
            },
            Interfaces = TableOf(print.Interfaces, interfaceGaps, null),
            Addresses = TableOf(print.Addresses,
                [new TableGap { Part = "further addresses", Reason = "of an interface with several addresses the print names one; others are known by their routes" }], null),
            Routes = TableOf(print.Routes, routeGaps, RouteNote(print)),
        };
    }

    // A row has a digit or a dot among its first characters, a title a colon or a protocol; an address may stand alone behind a long row.
    private bool MayBeOurs(scoped in PastedLine line) =>
        char.IsAsciiHexDigit(line.First) || line.First is '=' or ':' || line.LastOf(line.Count - 1) is ':' or '\uff1a' || (_hasRows && line.Indent > 8)
        || (line.Count <= MostWordsOfTitle && line.From(0).Contains("IPv", StringComparison.OrdinalIgnoreCase));

    private static string RouteNote(RoutePrint print)
    {
        string metric = print.IsVistaOrLater == false
            ? "metrics are the routes' own, as Windows before Vista uses them"
            : "metrics are the sum of route and interface metric, as the print shows it; those of the interfaces are 0";
        int persistent = print.PersistentRoutes.Length;
        return persistent == 0 ? metric : string.Create(CultureInfo.InvariantCulture, $"{metric}; {persistent} persistent routes are left out, active or not");
    }

    private static Table<T> TableOf<T>(IEnumerable<TextRow<T>> rows, List<TableGap> gaps, string? note)
    {
        const string source = "route print";
        // The same print may have been pasted twice.
        IEnumerable<T> distinct = rows.Select(row => row.Row).Distinct();
        return gaps.Count == 0 ? Table<T>.Complete([.. distinct], source, note) : Table<T>.Partial([.. distinct], source, [.. gaps], note);
    }
}
