using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics;

/// <summary>A route decision as text, JSON or a picture.</summary>
public static class RouteReport
{
    /// <summary>The answer in a sentence, what decided, what makes it uncertain, what would be otherwise, and what helps.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="isVerbose">Whether every rule and route that was considered is told, with the reason it lost.</param>
    /// <param name="width">The longest line in characters.</param>
    /// <param name="whatIf">The answer on a changed host; null when nobody asked.</param>
    /// <param name="remedies">What would send the packet by the interface of its source, from <see cref="RouteRemedies"/>.</param>
    public static string ToText(
        RouteDecision decision, bool isVerbose = false, int width = TextLines.UsualWidth, WhatIf? whatIf = null, ImmutableArray<Remedy> remedies = default)
    {
        ArgumentNullException.ThrowIfNull(decision);
        var lines = new TextLines(width);
        Write(lines, decision, isVerbose);
        if (whatIf is not null)
        {
            lines.Blank();
            foreach (string change in whatIf.Changes)
                lines.Prose("what if: ", change);
            Write(lines, whatIf.Decision, isVerbose);
        }

        FindingText.Write(lines, remedies.IsDefault ? [] : remedies, "To send it by the interface of its source:");
        return lines.ToString();
    }

    /// <summary>The decision as one JSON document, <c>formatVersion</c> first.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="whatIf">The answer on a changed host; null when nobody asked.</param>
    /// <param name="remedies">What would send the packet by the interface of its source.</param>
    public static string ToJson(RouteDecision decision, WhatIf? whatIf = null, ImmutableArray<Remedy> remedies = default)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return ReportJson.Write(ReportDocuments.Of(decision, whatIf, remedies), ReportJson.Default.RouteDocument);
    }

    /// <summary>The same on one line, for JSON Lines.</summary>
    public static string ToJsonLine(RouteDecision decision, WhatIf? whatIf = null)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return ReportJson.WriteLine(ReportDocuments.Of(decision, whatIf));
    }

    /// <summary>
    /// The decision as a picture (SVG 1.1): the host with its interfaces and addresses, the routes that fit with the reason each lost, and
    /// the way to router and destination. Readable in light and dark; no scripts, nothing from outside.
    /// </summary>
    /// <param name="decision">The decision.</param>
    /// <param name="host">The host that was asked. At most 12 of its interfaces are drawn, and 8 routes of each; the rest is counted.</param>
    public static string ToSvg(RouteDecision decision, Snapshots.HostSnapshot host)
    {
        ArgumentNullException.ThrowIfNull(decision);
        ArgumentNullException.ThrowIfNull(host);
        return RoutePicture.Draw(decision, host);
    }

    internal static void Write(TextLines lines, RouteDecision decision, bool isVerbose)
    {
        lines.Prose("", Sentence(decision));
        foreach (RouteChoice choice in decision.Choices.Length > 1 ? decision.Choices : [])
            lines.Prose("  or         ", Words(choice));
        if (decision.Trace.FirstOrDefault(step => step.Code is "route.source.weak" or "route.source.strong") is { } source)
            lines.Prose("  because    ", source.Text);
        if (decision.DecidingStep is { } step)
            lines.Prose(step.Evidence is null ? "  because    " : "  decided by ", step.Evidence?.Text ?? step.Text);
        foreach (string unseen in decision.Unseen)
            lines.Prose("  not certain: ", unseen);
        foreach (TraceStep traced in isVerbose ? decision.Trace : [])
            lines.Prose("  trace      ", $"{traced.Code}: {traced.Text}");
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

    internal static string Words(RouteChoice choice) =>
        choice.InterfaceName + (choice.Gateway is { } gateway ? $" to the router {gateway}" : "") + From(choice);

    private static string From(RouteChoice? choice) => choice?.Source is { } source ? $", with the source {source}" : "";
}
