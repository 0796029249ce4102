using System;
using System.Globalization;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>What an import understood and what it did not, as text.</summary>
public static class ImportReport
{
    /// <summary>The host in a sentence, the blocks with their lines, the lines that were not understood, and what is missing.</summary>
    /// <param name="imported">The import.</param>
    /// <param name="width">The longest line in characters.</param>
    public static string ToText(ImportedHost imported, int width = TextLines.UsualWidth)
    {
        ArgumentNullException.ThrowIfNull(imported);
        var lines = new TextLines(width);
        if (imported.Host is { } host)
        {
            lines.Prose("", $"A {host.Platform.Family} host: {Count(host.Interfaces.Count, "interface")}, {Count(host.Addresses.Count, "address", "addresses")}, "
                + $"{Count(host.Routes.Count, "route")}{(host.RoutingRules.IsKnown ? $", {Count(host.RoutingRules.Count, "rule")}" : "")}.");
        }

        foreach (ImportedBlock block in imported.Blocks)
            lines.Prose("  read         ", $"{Place(block.TextName, block.FirstLine, block.LastLine)}: {block.Command}, {Count(block.Rows, "row")}");
        foreach (UnrecognizedLines place in imported.Unrecognized)
            lines.Prose("  not read     ", $"{Place(place.TextName, place.FirstLine, place.LastLine)}: {place.Reason}");
        if (imported.Host is { } known)
        {
            Doubt(lines, "interfaces", known.Interfaces);
            Doubt(lines, "addresses", known.Addresses);
            Doubt(lines, "routes", known.Routes);
            if (known.Platform.Family == PlatformFamily.Linux)
            {
                Doubt(lines, "rules", known.RoutingRules);
                Doubt(lines, "address labels", known.AddressLabels);
                Doubt(lines, "neighbours", known.Neighbors);
            }
        }

        return lines.ToString();
    }

    private static void Doubt<T>(TextLines lines, string name, Table<T> table)
    {
        if (table.Coverage == Coverage.NotRequested)
            lines.Prose("  missing      ", $"{name}: in none of the texts");
        foreach (TableGap gap in table.Gaps)
            lines.Prose("  missing      ", $"{name}, {gap.Part}: {gap.Reason}");
        if (table.Note is { } note)
            lines.Prose("  note         ", $"{name}: {note}");
    }

    private static string Place(string name, int first, int last) => first == last
        ? string.Create(CultureInfo.InvariantCulture, $"{name} line {first}")
        : string.Create(CultureInfo.InvariantCulture, $"{name} lines {first} to {last}");

    private static string Count(int number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");
}
