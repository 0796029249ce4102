using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>Writes a diagnosis for people: the host, one sentence per service, the findings, and what was not judged.</summary>
internal static class DiagnosisText
{
    public static string Write(Diagnosis diagnosis, bool verbose, int width)
    {
        var lines = new TextLines(width);
        lines.Line("", HostLine(diagnosis.Case.Host));
        if (diagnosis.Services.IsEmpty)
        {
            foreach (string line in ListeningSummary.Lines(diagnosis.Case.Host))
                lines.Line("  ", line);
        }
        else
        {
            lines.Blank();
            Services(lines, diagnosis, verbose);
        }

        foreach (string tls in TlsSummary.Lines(diagnosis.Case))
            lines.Prose("      ", tls);
        foreach (Finding finding in diagnosis.Findings)
        {
            lines.Blank();
            FindingText.Write(lines, finding);
        }

        if (!diagnosis.Services.IsEmpty || !diagnosis.Findings.IsEmpty)
            lines.Blank();
        lines.Line("", Conclusion(diagnosis));
        if (verbose)
        {
            foreach (SkippedRule skipped in diagnosis.Skipped)
                lines.Line("  ", $"{skipped.Id} skipped: {skipped.Because}");
        }

        return lines.ToString();
    }

    /// <summary>The host on one line: <c>Debian GNU/Linux 12, kernel 6.18.44, as root</c>.</summary>
    public static string HostLine(HostSnapshot host)
    {
        HostPlatform platform = host.Platform;
        string revision = platform.Revision is { } ubr ? string.Create(CultureInfo.InvariantCulture, $".{ubr}") : "";
        string system = platform.VersionAssumedBecause is not null ? platform.Name ?? platform.Family.ToString() : platform.Family switch
        {
            PlatformFamily.Linux => $"{platform.Name ?? "Linux"}, kernel {platform.Version}",
            PlatformFamily.Windows => $"{platform.Name ?? "Windows"} ({platform.Version}{revision})",
            _ => $"{platform.Name ?? platform.Family.ToString()} {platform.Version}",
        };
        string who = host.Identity switch
        {
            null => "",
            { UserName: { } name, IsElevated: true } when name is not "root" => $", as {name} (elevated)",
            { UserName: { } name } => $", as {name}",
            { IsElevated: true } => ", elevated",
            _ => "",
        };
        return system + who;
    }

    /// <summary>What was found in a few words: <c>No problem found (14 rules, 2 skipped).</c></summary>
    public static string Conclusion(Diagnosis diagnosis)
    {
        int problems = diagnosis.Findings.Count(finding => finding.Severity >= Severity.Warning);
        int notes = diagnosis.Findings.Length - problems;
        string found = (problems, notes) switch
        {
            (0, 0) when diagnosis.HasProblems => "No known issue explains this",
            (0, 0) when diagnosis.Services.Any(service => service.Standing == ServiceStanding.Undetermined) => "No problem found in what could be judged",
            (0, 0) => "No problem found",
            (0, _) => $"No problem found, {Count(notes, "note")}",
            (_, 0) => $"{Count(problems, "problem")} found",
            _ => $"{Count(problems, "problem")} and {Count(notes, "note")} found",
        };
        string skipped = diagnosis.Skipped.IsEmpty ? "" : $", {diagnosis.Skipped.Length} skipped";
        return $"{found} ({Count(diagnosis.RuleCount, "rule")}{skipped}).";
    }

    /// <summary>How a prediction came about, step by step.</summary>
    public static void Trace(TextLines lines, string indent, BindPrediction prediction)
    {
        foreach (TraceStep step in prediction.Trace)
        {
            lines.Prose($"{indent}{step.Code}: ", step.Text);
            if (step.Evidence is { } evidence && evidence.Text != step.Text)
                lines.Prose($"{indent}  {evidence.Table}: ", evidence.Text);
        }

        foreach (string unseen in prediction.Unseen)
            lines.Prose($"{indent}not certain: ", unseen);
    }

    /// <summary>The one word that says whether to read on. A service that runs and has a finding is no simple "ok".</summary>
    public static string Mark(ServiceVerdict service, Diagnosis diagnosis)
    {
        string mark = ReportWords.Of(service.Standing);
        return mark == "ok" && diagnosis.Findings.Any(finding => finding.Severity >= Severity.Warning && finding.Questions.Contains(service.Position))
            ? "warn"
            : mark;
    }

    private static void Services(TextLines lines, Diagnosis diagnosis, bool verbose)
    {
        bool named = diagnosis.Services.Any(service => diagnosis.Case.Questions[service.Position].Service is not null);
        int width = diagnosis.Services.Max(service => SafeText.Of(service.Name).Length);
        foreach (ServiceVerdict service in diagnosis.Services)
        {
            string name = named ? SafeText.Of(service.Name).PadRight(width) + "  " : "";
            lines.Line("", $"{Mark(service, diagnosis),-4}  {name}{service.Sentence}");
            if (service.Firewall is { Outcome: FirewallOutcome.Drop or FirewallOutcome.Reject, DecidedBy: { } decision } firewall)
                lines.Prose("      firewall: ", $"new inbound packets are {(firewall.Outcome == FirewallOutcome.Drop ? "dropped" : "rejected")}{(FirewallReport.IsRouting(decision) ? "; no rule does that: " : " by ")}{FirewallReport.Place(decision)}");
            if (verbose)
            {
                Trace(lines, "        ", service.Bind);
                if (service.Firewall is { } judged)
                    lines.Prose("        firewall: ", FirewallReport.Sentence(judged));
                foreach (ServiceReply reply in service.Replies)
                    lines.Prose("        reply: ", ReplyReport.Sentence(reply.Path));
            }
        }

        foreach (string replies in ReplySummary.Lines(diagnosis.Services))
            lines.Prose("      ", replies);
        foreach (string unread in UnreadSummary.Lines(diagnosis))
            lines.Prose("      ", unread);
    }

    private static string Count(int number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");
}
