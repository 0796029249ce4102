using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>A socket table as text or JSON.</summary>
public static class SocketReport
{
    private static readonly string[] s_columns = ["PROTO", "LOCAL", "REMOTE", "STATE", "PID", "PROCESS", "SERVICE OR UNIT", "USER"];
    private static readonly int[] s_widths = [5, 21, 21, 11, 7, 15, 20, 8];

    /// <summary>The sockets in aligned columns, and a last line when not all of them or of their owners were seen.</summary>
    public static string ToText(Table<SocketRow> sockets)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        var columns = new TextColumns(s_columns);
        // By number: a span of rows is compiled anew in each process.
        for (int i = 0; i < sockets.Count; i++)
            columns.Add(Cells(sockets[i]));
        var lines = new List<string>();
        if (sockets.IsKnown && sockets.Count == 0)
            lines.Add("no socket matches");
        else
            lines.AddRange(columns.Lines());
        lines.AddRange(Remarks(sockets));
        return ReportWords.Join(lines);
    }

    /// <summary>The sockets as one JSON document, <c>formatVersion</c> first.</summary>
    public static string ToJson(Table<SocketRow> sockets)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        return ReportJson.Write(ReportDocuments.Of(sockets), ReportJson.Default.SocketsDocument);
    }

    /// <summary>One socket as JSON on one line, for JSON Lines.</summary>
    public static string ToJsonLine(in SocketRow socket) => ReportJson.WriteLine(ReportDocuments.Of(socket));

    /// <summary>One change of a watch as a line: the time, a sign, the columns of <see cref="ToText"/>, and what was there before.</summary>
    /// <remarks>
    /// The signs are <c>=</c> present, <c>+</c> appeared, <c>~</c> changed, <c>-</c> gone, <c>!</c> not read and <c>?</c> undetermined.
    /// The time is shown with the offset that it has, which is not printed.
    /// </remarks>
    public static string ToTextLine(SocketChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        string[] cells = change.Row is { } row ? Cells(row) : [];
        return WatchLine(change.At.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), SignOf(change.Kind), cells, Remark(change, cells));
    }

    /// <summary>The names of the columns of <see cref="ToTextLine"/>.</summary>
    public static string ToTextHeader() => WatchLine("TIME", " ", s_columns, "");

    /// <summary>One change of a watch as JSON on one line, for JSON Lines.</summary>
    public static string ToJsonLine(SocketChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return ReportJson.WriteLine(ReportDocuments.Of(change));
    }

    private static string SignOf(SocketChangeKind kind) => kind switch
    {
        SocketChangeKind.Present => "=",
        SocketChangeKind.Appeared => "+",
        SocketChangeKind.Changed => "~",
        SocketChangeKind.Gone => "-",
        SocketChangeKind.NotRead => "!",
        _ => "?",
    };

    // A line is printed before the next one is known, so that the columns have fixed widths; a longer cell moves the rest.
    private static string WatchLine(string time, string sign, string[] cells, string remark)
    {
        var line = new StringBuilder($"{time,-12} {sign} ");
        for (int i = 0; i < cells.Length; i++)
            line.Append(cells[i].PadRight(s_widths[i])).Append("  ");
        return line.Append(remark).ToString().TrimEnd();
    }

    private static string Remark(SocketChange change, string[] cells)
    {
        if (change.Previous is not { } previous)
            return SafeText.Of(change.Reason);
        string[] before = Cells(previous);
        string[] changed = [.. before.Where((cell, i) => cell != cells[i] && cell is not ("" or "-"))];
        return changed.Length == 0 ? "" : $"(was {string.Join(", ", changed)})";
    }

    private static string[] Cells(in SocketRow socket)
    {
        ProcessRow? owner = HolderWords.Main(socket.Owners);
        string more = socket.Owners.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $" +{socket.Owners.Length - 1}") : "";
        if (HolderWords.MayHaveMoreOwners(socket))
            more += " +?";
        return
        [
            BindRequestText.NameOf(socket.Protocol),
            socket.Local.ToString(),
            socket.Remote?.ToString() ?? "*",
            socket.State is { } state ? ReportWords.Of(state) : "",
            owner is null ? "-" : owner.ProcessId.ToString(CultureInfo.InvariantCulture) + more,
            owner is null ? ReportWords.Of(socket.OwnerMissingBecause) : HolderWords.NameOf(owner) ?? "?",
            owner is null ? "" : PlaceOf(owner),
            SafeText.Of(owner?.User ?? socket.UserId?.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    private static string PlaceOf(ProcessRow owner)
    {
        string place = SafeText.Of(owner.Services.IsEmpty ? HolderWords.UnitWords(owner) : string.Join(",", owner.Services));
        return (place.Length > 0, HolderWords.RelayWords(owner)) switch
        {
            (_, null) => place,
            (true, { } relay) => $"{place}, {relay}",
            (false, { } relay) => relay,
        };
    }

    private static IEnumerable<string> Remarks(Table<SocketRow> sockets)
    {
        if (sockets.Coverage != Coverage.Complete)
        {
            string note = sockets.Note is null ? "" : $": {SafeText.Of(sockets.Note)}";
            yield return $"The table is {JsonNamingPolicy.CamelCase.ConvertName(sockets.Coverage.ToString())}{note}.";
        }

        foreach (TableGap gap in sockets.Gaps)
            yield return $"Missing: {SafeText.Of(gap.Part)}: {SafeText.Of(gap.Reason)}.";
        foreach (OwnerGap gap in (OwnerGap[])[OwnerGap.NeedsElevation, OwnerGap.Unreadable, OwnerGap.TimedOut])
        {
            int hidden = CountOf(gap, sockets);
            string why = gap switch
            {
                OwnerGap.NeedsElevation => "not visible without elevation",
                OwnerGap.Unreadable => "not readable even as root",
                _ => "not found in time",
            };
            if (hidden > 0)
                yield return string.Create(CultureInfo.InvariantCulture, $"{hidden} {(hidden == 1 ? "socket has owners that are" : "sockets have owners that are")} {why}.");
        }
    }

    private static int CountOf(OwnerGap gap, Table<SocketRow> sockets)
    {
        int count = 0;
        for (int i = 0; i < sockets.Count; i++)
            count += sockets[i].OwnerMissingBecause == gap ? 1 : 0;
        return count;
    }
}
