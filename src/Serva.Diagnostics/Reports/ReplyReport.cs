using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>The way of a reply as text or JSON.</summary>
public static class ReplyReport
{
    /// <summary>What becomes of the request and of the reply, and what helps.</summary>
    /// <param name="path">The way.</param>
    /// <param name="isVerbose">Whether every rule and route that was considered is told.</param>
    /// <param name="width">The longest line in characters.</param>
    /// <param name="remedies">What would send the reply back by the interface that the request came in by.</param>
    public static string ToText(ReplyPath path, bool isVerbose = false, int width = TextLines.UsualWidth, ImmutableArray<Remedy> remedies = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        var lines = new TextLines(width);
        lines.Prose("", Sentence(path));
        RouteReport.Write(lines, path.Reply ?? path.Arrival, isVerbose);
        FindingText.Write(lines, remedies.IsDefault ? [] : remedies, "To send it back the way the request came:");
        return lines.ToString();
    }

    /// <summary>The way as one JSON document, <c>formatVersion</c> first.</summary>
    /// <param name="path">The way.</param>
    /// <param name="remedies">What would send the reply back by the interface that the request came in by.</param>
    public static string ToJson(ReplyPath path, ImmutableArray<Remedy> remedies = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReportJson.Write(ReportDocuments.Of(path, remedies.IsDefault ? [] : remedies), ReportJson.Default.ReplyDocument);
    }

    internal static string Sentence(ReplyPath path)
    {
        string client = path.Request.Source.ToString()!;
        string asked = path.Request.Destination.ToString();
        string input = path.Request.InputInterface!;
        string likely = path.Certainty == Certainty.Likely ? ", most likely" : "";
        RouteChoice? choice = path.Reply?.Choices.FirstOrDefault(way => way.InterfaceName != input) ?? path.Reply?.Choices.FirstOrDefault();
        return path.Outcome switch
        {
            ReplyOutcome.SameWay => $"The reply to {client} leaves by {input}, the way the request came, with the source {asked}{likely}.",
            ReplyOutcome.OtherInterface => $"The reply to {client} leaves by {choice!.InterfaceName}, not by {input}, where the request came in{likely}.",
            ReplyOutcome.OtherSource => $"The reply to {client} carries the source {choice!.Source}, not {asked}, which the client asked: most clients drop it{likely}.",
            ReplyOutcome.NoWay => $"There is no way back to {client}{likely}.",
            ReplyOutcome.NotReceived => $"The request from {client} is dropped when it arrives on {input}{likely}.",
            _ => $"Nobody can say which way the reply to {client} goes.",
        };
    }
}
