using System;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Reports;

namespace Serva.Diagnostics;

/// <summary>A route decision as text or JSON.</summary>
public static class RouteReport
{
    /// <summary>The answer in a sentence, what decided, and what makes it uncertain.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="isVerbose">Whether every rule and route that was considered is told, with the reason it lost.</param>
    /// <param name="width">The longest line in characters.</param>
    public static string ToText(RouteDecision decision, bool isVerbose = false, int width = TextLines.UsualWidth)
    {
        ArgumentNullException.ThrowIfNull(decision);
        var lines = new TextLines(width);
        lines.Prose("", Sentence(decision));
        foreach (RouteChoice choice in decision.Choices.Length > 1 ? decision.Choices : [])
            lines.Prose("  or         ", Words(choice));
        if (DecidingStep(decision) is { } step)
            lines.Prose(step.Evidence is null ? "  because    " : "  decided by ", step.Evidence?.Text ?? step.Text);
        if (decision.Trace.FirstOrDefault(step => step.Code is "route.source.weak" or "route.source.strong") is { } source)
            lines.Prose("  because    ", source.Text);
        foreach (string unseen in decision.Unseen)
            lines.Prose("  not certain: ", unseen);
        foreach (TraceStep traced in isVerbose ? decision.Trace : [])
            lines.Prose("  trace      ", $"{traced.Code}: {traced.Text}");
        return lines.ToString();
    }

    /// <summary>The decision as one JSON document, <c>formatVersion</c> first.</summary>
    public static string ToJson(RouteDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return ReportJson.Write(ReportDocuments.Of(decision), ReportJson.Default.RouteDocument);
    }

    /// <summary>The same on one line, for JSON Lines.</summary>
    public static string ToJsonLine(RouteDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return ReportJson.WriteLine(ReportDocuments.Of(decision));
    }

    internal static string Sentence(RouteDecision decision)
    {
        string destination = decision.Flow.Destination.ToString();
        RouteChoice? choice = decision.Choices.FirstOrDefault();
        string likely = decision.Certainty == Certainty.Likely ? ", most likely" : "";
        string error = decision.NativeError is { } name ? $" ({name})" : "";
        return decision.Outcome switch
        {
            RouteOutcome.Undetermined => $"Nobody can say where packets to {destination} go.",
            RouteOutcome.Blackhole => $"A packet to {destination} is dropped{error}{likely}.",
            RouteOutcome.Unreachable => $"A packet to {destination} is refused as unreachable{error}{likely}.",
            RouteOutcome.Prohibited => $"A packet to {destination} is prohibited{error}{likely}.",
            RouteOutcome.NoRoute => $"There is no route to {destination}{error}{likely}.",
            RouteOutcome.InvalidSource => $"A packet to {destination} has no valid source{error}{likely}.",
            RouteOutcome.InvalidDestination => $"{destination} cannot be reached so{error}{likely}.",
            RouteOutcome.Local => $"{destination} is this host{From(choice)}{likely}.",
            _ when decision.Choices.Length > 1 && decision.Model == HostModel.Linux => string.Create(CultureInfo.InvariantCulture, $"Packets to {destination} are spread over {decision.Choices.Length} ways{likely}:"),
            _ when decision.Choices.Length > 1 => string.Create(CultureInfo.InvariantCulture, $"Packets to {destination} take one of {decision.Choices.Length} ways{likely}:"),
            _ => $"{Packet(decision.Outcome)} to {destination} leaves by {(choice is null ? "nothing" : Words(choice))}{likely}.",
        };
    }

    private static string Packet(RouteOutcome outcome) => outcome switch
    {
        RouteOutcome.Broadcast => "A broadcast",
        RouteOutcome.Anycast => "An anycast",
        RouteOutcome.Multicast => "A multicast",
        _ => "A packet",
    };

    internal static TraceStep? DecidingStep(RouteDecision decision) =>
        decision.Trace.LastOrDefault(step => step.Code is "route.found" or "route.refuses" or "route.rule.refuses" or "route.assumed" or "route.source.foreign" or "route.source.filtered"
            or "route.received.strong" or "route.received.foreign" or "route.local");

    private static string Words(RouteChoice choice) =>
        choice.InterfaceName + (choice.Gateway is { } gateway ? $" to the router {gateway}" : "") + From(choice);

    private static string From(RouteChoice? choice) => choice?.Source is { } source ? $", with the source {source}" : "";
}
