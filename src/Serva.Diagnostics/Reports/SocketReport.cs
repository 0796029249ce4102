using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>A socket table as text or JSON.</summary>
public static class SocketReport
{
    /// <summary>The sockets in aligned columns, and a last line when not all of them or of their owners were seen.</summary>
    public static string ToText(Table<SocketRow> sockets)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        var columns = new TextColumns("PROTO", "LOCAL", "REMOTE", "STATE", "PID", "PROCESS", "SERVICE OR UNIT", "USER");
        foreach (ref readonly SocketRow socket in sockets.AsSpan())
            columns.Add(Cells(socket));
        bool isNone = sockets.IsKnown && sockets.Count == 0;
        var lines = new List<string>(isNone ? ["no socket matches"] : columns.Lines());
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
            owner is null ? "" : SafeText.Of(owner.Services.IsEmpty ? HolderWords.UnitWords(owner) : string.Join(",", owner.Services)),
            SafeText.Of(owner?.User ?? socket.UserId?.ToString(CultureInfo.InvariantCulture)),
        ];
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
        foreach (var (gap, why) in ((OwnerGap, string)[])
            [(OwnerGap.NeedsElevation, "not visible without elevation"), (OwnerGap.Unreadable, "not readable even as root"), (OwnerGap.TimedOut, "not found in time")])
        {
            int hidden = sockets.Count(socket => socket.OwnerMissingBecause == gap);
            if (hidden > 0)
                yield return string.Create(CultureInfo.InvariantCulture, $"{hidden} {(hidden == 1 ? "socket has owners that are" : "sockets have owners that are")} {why}.");
        }
    }
}
