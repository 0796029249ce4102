using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>What an import understood and what it did not, as text.</summary>
public static class ImportReport
{
    private const int MostPlaces = 20;

    /// <summary>The host in a sentence, the blocks with their lines, the lines that were not understood, and what is missing.</summary>
    /// <param name="imported">The import.</param>
    /// <param name="width">The longest line in characters.</param>
    public static string ToText(ImportedHost imported, int width = TextLines.UsualWidth)
    {
        ArgumentNullException.ThrowIfNull(imported);
        var lines = new TextLines(width);
        if (imported.Host is { } host)
        {
            lines.Prose("", $"A {host.Platform.Family} host: {string.Join(", ", Counts(host))}.");
        }

        foreach (ImportedBlock block in imported.Blocks)
            lines.Prose("  read         ", $"{Place(block.TextName, block.FirstLine, block.LastLine)}: {block.Command}, {Count(block.Rows, "row")}");
        foreach (UnrecognizedLines place in imported.Unrecognized)
            lines.Prose("  not read     ", $"{Place(place.TextName, place.FirstLine, place.LastLine)}: {place.Reason}");
        foreach (ImportedError error in imported.Errors)
        {
            string asked = error.Question?.Bind is { } bind ? $"asks for the bind of {bind}" : "does not say what was bound";
            lines.Prose("  error        ", $"{Place(error.Place.TextName, error.Place.Line, error.Place.Line)}: {error.Reading.Name ?? "no error that is known"}, {asked}");
        }

        if (imported.Host is { } known)
            Doubts(lines, known);
        return lines.ToString();
    }

    /// <summary>The lines of the texts that a diagnosis of their host rests on: errors that ask, and sockets in the way. Empty for none.</summary>
    /// <param name="imported">The import.</param>
    /// <param name="diagnosis">The diagnosis of its case.</param>
    /// <param name="width">The longest line in characters.</param>
    public static string ToText(ImportedHost imported, Diagnosis diagnosis, int width = TextLines.UsualWidth)
    {
        ArgumentNullException.ThrowIfNull(imported);
        ArgumentNullException.ThrowIfNull(diagnosis);
        var lines = new TextLines(width);
        var told = new HashSet<ImportedPlace>();
        foreach (ImportedError error in imported.Errors)
        {
            if (error.Question?.Bind is { } bind && told.Add(error.Place))
                lines.Prose("Read in ", $"{Place(error.Place)}: the error, of {bind}.");
        }

        HashSet<SocketRow> inTheWay = [.. diagnosis.Services.SelectMany(service => service.Bind.Conflicts).Select(conflict => conflict.Socket)];
        int more = 0;
        for (int row = 0; row < diagnosis.Case.Host.Sockets.Count; row++)
        {
            SocketRow socket = diagnosis.Case.Host.Sockets[row];
            if (!inTheWay.Contains(socket) || imported.FindSocket(row) is not { } place || !told.Add(place))
                continue;
            if (told.Count <= MostPlaces)
                lines.Prose("Read in ", $"{Place(place)}: the socket {BindRequestText.NameOf(socket.Protocol)} {socket.Local}.");
            else
                more++;
        }

        if (more > 0)
            lines.Prose("Read in ", $"{Count(more, "more line")}.");

        return lines.ToString();
    }

    private static string Place(ImportedPlace place) => Place(place.TextName, place.Line, place.Line);

    private static IEnumerable<string> Counts(HostSnapshot host)
    {
        foreach ((int count, string one, string many, bool isKnown) in ((int, string, string, bool)[])
        [
            (host.Sockets.Count, "socket", "sockets", host.Sockets.IsKnown),
            (host.Processes.Count, "process", "processes", host.Processes.IsKnown),
            (host.Services.Count, "service", "services", host.Services.IsKnown),
            (host.PortRanges.Count, "port range", "port ranges", host.PortRanges.IsKnown),
            (host.Interfaces.Count, "interface", "interfaces", host.Interfaces.IsKnown),
            (host.Addresses.Count, "address", "addresses", host.Addresses.IsKnown),
            (host.Routes.Count, "route", "routes", host.Routes.IsKnown),
            (host.RoutingRules.Count, "rule", "rules", host.RoutingRules.IsKnown),
            (host.WindowsFirewallRules.Count, "firewall rule", "firewall rules", host.WindowsFirewallRules.IsKnown),
            (host.NftablesRules.Count, "firewall rule", "firewall rules", host.NftablesRules.IsKnown),
            (host.Settings.Count, "setting", "settings", host.Settings.IsKnown),
            (host.Updates.Count, "update", "updates", host.Updates.IsKnown),
        ])
        {
            if (isKnown)
                yield return Count(count, one, many);
        }
    }

    private static void Doubts(TextLines lines, HostSnapshot host)
    {
        bool isWindows = host.Platform.Family == PlatformFamily.Windows, isLinux = host.Platform.Family == PlatformFamily.Linux;
        var missing = new List<string>();
        Doubt(lines, "sockets", host.Sockets, missing);
        Doubt(lines, "processes", host.Processes, missing);
        Doubt(lines, "interfaces", host.Interfaces, missing);
        Doubt(lines, "addresses", host.Addresses, missing);
        Doubt(lines, "routes", host.Routes, missing);
        if (isLinux)
        {
            Doubt(lines, "rules", host.RoutingRules, missing);
            Doubt(lines, "address labels", host.AddressLabels, missing);
            Doubt(lines, "neighbours", host.Neighbors, missing);
            Doubt(lines, "firewall rules", host.NftablesRules, missing);
        }

        if (isWindows)
        {
            Doubt(lines, "services", host.Services, missing);
            Doubt(lines, "port ranges", host.PortRanges, missing);
            Doubt(lines, "firewall rules", host.WindowsFirewallRules, missing);
            Doubt(lines, "updates", host.Updates, missing);
        }

        Doubt(lines, "settings", host.Settings, missing);
        if (missing.Count > 0)
            lines.Prose("  missing      ", $"in none of the texts: {string.Join(", ", missing)}");
    }

    private static void Doubt<T>(TextLines lines, string name, Table<T> table, List<string> missing)
    {
        if (table.Coverage == Coverage.NotRequested)
            missing.Add(name);
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
