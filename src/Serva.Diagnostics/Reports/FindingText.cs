using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>Writes a finding: what is wrong, why, what helps, and the way back.</summary>
internal static class FindingText
{
    public static void Write(TextLines lines, Finding finding)
    {
        lines.Prose($"{ReportWords.Of(finding.Severity).ToUpperInvariant()} {SafeText.Of(finding.Issue.Id)}  ", finding.Summary + Reservations(finding));
        foreach (Evidence evidence in finding.Evidence)
            lines.Prose("  why  ", evidence.Text);
        for (int i = 0; i < finding.Remedies.Length; i++)
            Write(lines, finding.Remedies[i], $"  {i + 1}. ");
    }

    /// <summary>What makes a finding less than certain: <c> (most likely; the rule is experimental)</c> with the space before it, or nothing.</summary>
    public static string Reservations(Finding finding)
    {
        // Many sentences say themselves what of them is likely.
        bool isSaid = finding.Summary.Contains("most likely", System.StringComparison.Ordinal);
        string likely = isSaid || finding.Certainty == Certainty.Certain ? "" : "most likely";
        string experimental = finding.Issue.IsExperimental ? "the rule is experimental" : "";
        string both = likely.Length > 0 && experimental.Length > 0 ? $"{likely}; {experimental}" : likely + experimental;
        return both.Length == 0 ? "" : $" ({both})";
    }

    /// <summary>Remedies under a heading, with numbers; nothing when there are none.</summary>
    public static void Write(TextLines lines, ImmutableArray<Remedy> remedies, string heading)
    {
        if (remedies.IsEmpty)
            return;
        lines.Blank();
        lines.Line("", heading);
        for (int i = 0; i < remedies.Length; i++)
            Write(lines, remedies[i], $"  {i + 1}. ");
    }

    /// <summary>The conditions of a remedy in a few words: <c>needs elevation, risk medium</c>; empty when there are none.</summary>
    public static string Conditions(Remedy remedy)
    {
        var words = new List<string>(3);
        if (remedy.NeedsElevation)
            words.Add("needs elevation");
        if (remedy.NeedsReboot)
            words.Add("needs a restart of the machine");
        if (remedy.Risk != RemedyRisk.None)
            words.Add($"risk {ReportWords.Of(remedy.Risk)}");
        return string.Join(", ", words);
    }

    /// <summary>The command that asks again; null when there is none that may be printed.</summary>
    public static string? Recheck(Remedy remedy)
    {
        if (remedy.RecheckRoute is { } flow)
            return $"serva-diag route {new Flow { Destination = flow.Destination, Source = flow.Source }}";
        if (remedy.FirewallAfterwards is { } verdict)
            return $"serva-diag firewall {FirewallEvaluator.TextOf(CommandText.Sh(verdict.Flow.InputInterface) == verdict.Flow.InputInterface ? verdict.Flow : verdict.Flow with { InputInterface = null })}";
        if (remedy.Recheck is not { } request)
            return null;
        return $"serva-diag bind {CommandText.Request(request)}";
    }

    /// <summary>What understands the commands, for a heading.</summary>
    public static string ShellOf(RemedyCommand command) => command.Shell switch
    {
        CommandShell.Cmd => "cmd",
        CommandShell.PowerShell => "PowerShell",
        _ => "sh",
    };

    private static void Write(TextLines lines, Remedy remedy, string number)
    {
        string indent = new(' ', number.Length);
        string conditions = Conditions(remedy);
        lines.Prose(number, remedy.Summary + (conditions.Length == 0 ? "" : $" [{conditions}]"));
        Commands(lines, indent, remedy.Apply);
        if (remedy.Consequence is { } consequence)
            lines.Prose($"{indent}mind: ", consequence);
        if (!remedy.Revert.IsEmpty)
        {
            lines.Line(indent, "way back:");
            Commands(lines, indent, remedy.Revert);
        }

        if (remedy.NothingToRevertBecause is { } reason)
            lines.Prose($"{indent}way back: ", reason);
        if (remedy.FirewallAfterwards is { } verdict)
            lines.Prose($"{indent}then: ", FirewallReport.Sentence(verdict));
        if (Recheck(remedy) is { } recheck)
            lines.Line(indent, $"check again with: {recheck}");
    }

    private static void Commands(TextLines lines, string indent, ImmutableArray<RemedyCommand> commands)
    {
        bool severalShells = commands.Select(command => command.Shell).Distinct().Count() > 1;
        foreach (RemedyCommand command in commands)
            lines.Line($"{indent}    ", command.Text + (severalShells ? $"    ({ShellOf(command)})" : ""));
    }
}
