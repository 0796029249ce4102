using System;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>A firewall verdict as text or JSON.</summary>
public static class FirewallReport
{
    /// <summary>The answer in a sentence, the rule that decided, and what it hangs on.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="isVerbose">Whether every rule that matched, or nearly did, is told.</param>
    /// <param name="width">The longest line in characters.</param>
    public static string ToText(FirewallVerdict verdict, bool isVerbose = false, int width = TextLines.UsualWidth)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var lines = new TextLines(width);
        lines.Prose("", Sentence(verdict));
        if (verdict.DecidedBy is { } decision)
            lines.Prose(IsRouting(decision) ? "  because    " : "  decided by ", Place(decision));
        if (verdict.DecidedBy?.Comment is { } comment)
            lines.Prose("  comment    ", comment);
        if (verdict.TranslatedTo is { } other)
            lines.Prose("  sent to    ", other.ToString());
        foreach (string condition in verdict.Conditions)
            lines.Prose("  but        ", condition);
        foreach (string unseen in verdict.Unseen)
            lines.Prose("  not certain: ", unseen);
        foreach (TraceStep step in isVerbose ? verdict.Trace : [])
            lines.Prose("  trace      ", $"{step.Code}: {step.Text}");
        return lines.ToString();
    }

    /// <summary>The verdict as one JSON document, <c>formatVersion</c> first.</summary>
    public static string ToJson(FirewallVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return ReportJson.Write(ReportDocuments.Of(verdict), ReportJson.Default.FirewallDocument);
    }

    /// <summary>The same on one line, for JSON Lines.</summary>
    public static string ToJsonLine(FirewallVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return ReportJson.WriteLine(ReportDocuments.Of(verdict));
    }

    internal static string Sentence(FirewallVerdict verdict)
    {
        Flow flow = verdict.Flow;
        string to = flow.IPProtocol is 1 or 58 ? flow.Destination.ToString() : Addressing.NetEndpoint.Create(flow.Destination, flow.DestinationPort).ToString();
        string packet = $"A new {ProtocolName(flow.IPProtocol)} packet {(flow.Source is { } source ? $"from {source} " : "")}to {to}";
        string likely = verdict.Certainty == Certainty.Likely ? ", most likely" : "";
        return verdict.Outcome switch
        {
            FirewallOutcome.Accept when verdict.Hook == "forward" => $"{packet} is passed on{likely}.",
            FirewallOutcome.Accept => $"{packet} is let in{likely}.",
            FirewallOutcome.Drop => $"{packet} is dropped{likely}.",
            FirewallOutcome.Reject => $"{packet} is rejected{likely}.",
            _ => $"{packet}: nobody can say whether it is let in.",
        };
    }

    /// <summary>What decided, and where it stands.</summary>
    internal static string Place(FirewallDecision decision) => decision.Table == Firewall.WindowsFirewall.TableName ? $"{SafeText.Of(decision.Text)}{Stand(decision)}"
        : IsRouting(decision) ? SafeText.Of(decision.Text)
        : $"{SafeText.Of(decision.Text)} (chain {SafeText.Of(decision.Chain)} of {SafeText.Of(decision.Table)}{(decision.Handle is { } handle ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $", handle {handle}") : "")})";

    /// <summary>Whether no rule of a firewall decided but the packet's way.</summary>
    internal static bool IsRouting(FirewallDecision decision) => decision.Table == Firewall.NftablesRun.RoutesTable;

    private static string Stand(FirewallDecision decision)
    {
        string store = decision.Store switch
        {
            WindowsFirewallStore.Local => "of the local policy",
            WindowsFirewallStore.GroupPolicy => "of the group policy",
            WindowsFirewallStore.ServiceHardening => "of service hardening",
            WindowsFirewallStore.Unknown => "by default",
            _ => "",
        };
        string[] parts =
        [
            decision.RuleId is { } id ? $"rule {SafeText.Of(id)} {store}".TrimEnd() : store,
            decision.Chain.Length > 0 ? $"profile {decision.Chain}" : "",
        ];
        string place = string.Join(", ", parts.Where(part => part.Length > 0));
        return place.Length == 0 ? "" : $" ({place})";
    }

    private static string ProtocolName(byte? protocol) => protocol switch
    {
        null or 6 => "TCP",
        17 => "UDP",
        1 => "ICMP",
        58 => "ICMPv6",
        132 => "SCTP",
        { } other => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"protocol {other}"),
    };
}
