using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Applies rules to an examined case: which of them can judge, what they find, and what of it explains the rest.</summary>
internal static class RuleRun
{
    private static readonly (SnapshotTables Table, string Name, Func<HostSnapshot, (Coverage Coverage, string? Note)> Look)[] s_tables =
    [
        (SnapshotTables.Sockets, "sockets", host => (host.Sockets.Coverage, host.Sockets.Note)),
        (SnapshotTables.Processes, "processes", host => (host.Processes.Coverage, host.Processes.Note)),
        (SnapshotTables.Interfaces, "interfaces", host => (host.Interfaces.Coverage, host.Interfaces.Note)),
        (SnapshotTables.Addresses, "addresses", host => (host.Addresses.Coverage, host.Addresses.Note)),
        (SnapshotTables.Routes, "routes", host => (host.Routes.Coverage, host.Routes.Note)),
        (SnapshotTables.RoutingRules, "routingRules", host => (host.RoutingRules.Coverage, host.RoutingRules.Note)),
        (SnapshotTables.PortRanges, "portRanges", host => (host.PortRanges.Coverage, host.PortRanges.Note)),
        (SnapshotTables.Settings, "settings", host => (host.Settings.Coverage, host.Settings.Note)),
        (SnapshotTables.Services, "services", host => (host.Services.Coverage, host.Services.Note)),
        (SnapshotTables.Updates, "updates", host => (host.Updates.Coverage, host.Updates.Note)),
        (SnapshotTables.WindowsFirewallProfiles, "windowsFirewallProfiles", host => (host.WindowsFirewallProfiles.Coverage, host.WindowsFirewallProfiles.Note)),
        (SnapshotTables.Nftables, "nftablesRules", host => (host.NftablesRules.Coverage, host.NftablesRules.Note)),
        (SnapshotTables.WindowsFirewallRules, "windowsFirewallRules", host => (host.WindowsFirewallRules.Coverage, host.WindowsFirewallRules.Note)),
    ];

    /// <summary>What the rules say about a case.</summary>
    public static RuleRunResult Apply(IReadOnlyList<KnownIssue> rules, Examination examination)
    {
        var findings = new List<Finding>();
        var skipped = ImmutableArray.CreateBuilder<SkippedRule>();
        foreach (KnownIssue rule in rules)
        {
            if (!IsAbout(rule.Info, examination))
                continue;
            if (Missing(rule.Info.Needs, examination.Host) is { } missing)
            {
                skipped.Add(new SkippedRule { Id = rule.Info.Id, Because = missing });
            }
            else if (rule.CannotJudge(examination) is { } because)
            {
                skipped.Add(new SkippedRule { Id = rule.Info.Id, Because = because });
            }
            else
            {
                findings.AddRange(rule.Examine(examination));
            }
        }

        return new RuleRunResult { Findings = Sort(Suppress(Merge(findings))), Skipped = skipped.DrainToImmutable() };
    }

    /// <summary>The name of a table as the case's JSON has it.</summary>
    public static IEnumerable<string> NamesOf(SnapshotTables tables) =>
        s_tables.Where(entry => (tables & entry.Table) != 0).Select(entry => entry.Name);

    private static bool IsAbout(KnownIssueInfo info, Examination examination) =>
        (info.Platforms.IsEmpty || info.Platforms.Contains(examination.Host.Platform.Family))
        && (!info.IsAboutBinds || examination.Questions.Any(question => question.Question.Bind is not null));

    private static string? Missing(SnapshotTables needs, HostSnapshot host)
    {
        foreach (var (table, name, look) in s_tables)
        {
            if ((needs & table) == 0)
                continue;
            (Coverage coverage, string? note) = look(host);
            if (coverage == Coverage.NotRequested)
                return $"table {name} was not captured";
            if (coverage == Coverage.Unavailable)
                return note is null ? $"table {name} could not be read" : $"table {name} could not be read: {SafeText.Of(note)}";
        }

        return null;
    }

    /// <summary>One cause is one finding, however many questions it answers.</summary>
    private static List<Finding> Merge(List<Finding> findings)
    {
        var merged = new List<Finding>(findings.Count);
        foreach (var same in findings.GroupBy(finding => (finding.Issue.Id, finding.Subject)))
        {
            Finding first = same.First();
            Finding[] all = [.. same];
            merged.Add(all.Length == 1 ? first : new Finding
            {
                Issue = first.Issue,
                Subject = first.Subject,
                Summary = first.Summary,
                Certainty = all.Min(finding => finding.Certainty),
                SeverityHere = all.Max(finding => finding.Severity),
                Questions = [.. all.SelectMany(finding => finding.Questions).Distinct().Order()],
                Evidence = [.. all.SelectMany(finding => finding.Evidence).Distinct()],
                Remedies = [.. all.SelectMany(finding => finding.Remedies).DistinctBy(remedy => remedy.Summary)],
            });
        }

        return merged;
    }

    /// <summary>Drops what another finding explains: a question that has its cause needs no symptom.</summary>
    private static List<Finding> Suppress(List<Finding> findings)
    {
        ILookup<string, Finding> byRule = findings.ToLookup(finding => finding.Issue.Id);
        var explained = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        var left = new List<Finding>(findings.Count);
        foreach (Finding finding in findings)
        {
            HashSet<int>[] others = [.. finding.Issue.DependsOn.Select(QuestionsOf)];
            ImmutableArray<int> questions = [.. finding.Questions.Distinct().Where(question => !others.Any(other => other.Contains(question)))];
            if (questions.Length == finding.Questions.Length)
                left.Add(finding);
            else if (!questions.IsEmpty)
                left.Add(finding.WithQuestions(questions));
        }

        return left;

        HashSet<int> QuestionsOf(string id)
        {
            if (!explained.TryGetValue(id, out HashSet<int>? questions))
                explained.Add(id, questions = [.. byRule[id].SelectMany(finding => finding.Questions)]);
            return questions;
        }
    }

    private static ImmutableArray<Finding> Sort(List<Finding> findings) =>
    [
        .. findings
            .OrderByDescending(finding => finding.Severity)
            .ThenByDescending(finding => finding.Certainty)
            .ThenBy(finding => finding.Issue.Id, StringComparer.Ordinal)
            .ThenBy(finding => finding.Subject, StringComparer.Ordinal),
    ];
}

/// <summary>What the rules said.</summary>
internal sealed class RuleRunResult
{
    /// <summary>What was found, worst first.</summary>
    public required ImmutableArray<Finding> Findings { get; init; }

    /// <summary>The rules that are about this case and could not judge it.</summary>
    public required ImmutableArray<SkippedRule> Skipped { get; init; }
}
