using System;
using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>Writes a diagnosis as Markdown, for an issue or a ticket.</summary>
internal static class DiagnosisMarkdown
{
    private static readonly SearchValues<char> s_markup = SearchValues.Create("\\`*_{}[]<>#+!|~&@");

    public static string Write(Diagnosis diagnosis)
    {
        var text = new StringBuilder();
        Line(text, $"**{Escape(DiagnosisText.HostLine(diagnosis.Case.Host))}**");
        if (!diagnosis.Services.IsEmpty)
        {
            Line(text, "");
            Line(text, "| | Service | Verdict |");
            Line(text, "|---|---|---|");
            foreach (ServiceVerdict service in diagnosis.Services)
                Line(text, $"| {DiagnosisText.Mark(service, diagnosis)} | {Escape(service.Name)} | {Escape(service.Sentence)} |");
        }

        foreach (string tls in TlsSummary.Lines(diagnosis.Case))
        {
            Line(text, "");
            Line(text, Escape(tls));
        }

        foreach (Finding finding in diagnosis.Findings)
            Write(text, finding);
        Line(text, "");
        Line(text, DiagnosisText.Conclusion(diagnosis));
        foreach (SkippedRule skipped in diagnosis.Skipped)
            Line(text, $"- {Escape(skipped.Id)} skipped: {Escape(skipped.Because)}");
        return text.ToString();
    }

    /// <summary>Text from the machine, with every character that could mean something in Markdown or HTML escaped.</summary>
    internal static string Escape(string? text)
    {
        string safe = SafeText.Of(text);
        if (!safe.AsSpan().ContainsAny(s_markup))
            return safe;
        var escaped = new StringBuilder(safe.Length + 16);
        foreach (char unit in safe)
        {
            // Entities where a backslash would not do: HTML, references, and what trackers make links of.
            string? entity = unit switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '@' => "&#64;",
                '|' => "&#124;",
                _ when s_markup.Contains(unit) => $"\\{unit}",
                _ => null,
            };
            if (entity is null)
                escaped.Append(unit);
            else
                escaped.Append(entity);
        }

        return escaped.ToString();
    }

    private static void Write(StringBuilder text, Finding finding)
    {
        Line(text, "");
        Line(text, $"### {Escape(finding.Issue.Id)} {ReportWords.Of(finding.Severity)}: {Escape(finding.Issue.Title)}");
        Line(text, "");
        Line(text, Escape(finding.Summary) + FindingText.Reservations(finding));
        Line(text, "");
        foreach (Evidence evidence in finding.Evidence)
            Line(text, $"- {Escape(evidence.Text)}");
        for (int i = 0; i < finding.Remedies.Length; i++)
            Write(text, finding.Remedies[i], i + 1);
    }

    private static void Write(StringBuilder text, Remedy remedy, int number)
    {
        string conditions = FindingText.Conditions(remedy);
        Line(text, "");
        Line(text, string.Create(CultureInfo.InvariantCulture, $"**{number}.** {Escape(remedy.Summary)}{(conditions.Length == 0 ? "" : $" ({conditions})")}"));
        Commands(text, remedy.Apply);
        if (remedy.Consequence is { } consequence)
            Paragraph(text, $"Mind: {Escape(consequence)}");
        if (!remedy.Revert.IsEmpty)
        {
            Paragraph(text, "Way back:");
            Commands(text, remedy.Revert);
        }

        if (remedy.NothingToRevertBecause is { } reason)
            Paragraph(text, $"Way back: {Escape(reason)}");
        if (remedy.FirewallAfterwards is { } verdict)
            Paragraph(text, $"Then: {Escape(FirewallReport.Sentence(verdict))}");
        if (FindingText.Recheck(remedy) is { } recheck)
            Paragraph(text, $"Check again with {Code(recheck)}");
    }

    private static void Commands(StringBuilder text, ImmutableArray<RemedyCommand> commands)
    {
        if (commands.IsEmpty)
            return;
        int ticks = 3;
        foreach (RemedyCommand command in commands)
            ticks = Math.Max(ticks, LongestRun(command.Text) + 1);
        string fence = new('`', ticks);
        Line(text, "");
        Line(text, fence + (commands[0].Shell switch { CommandShell.Cmd => "bat", CommandShell.PowerShell => "powershell", _ => "sh" }));
        foreach (RemedyCommand command in commands)
            Line(text, SafeText.Of(command.Text));
        Line(text, fence);
    }

    private static string Code(string text)
    {
        string fence = new('`', LongestRun(text) + 1);
        return $"{fence}{SafeText.Of(text)}{fence}";
    }

    private static int LongestRun(string text)
    {
        int longest = 0;
        int run = 0;
        foreach (char unit in text)
        {
            run = unit == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    private static void Paragraph(StringBuilder text, string line)
    {
        Line(text, "");
        Line(text, line);
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
