using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>The known issues themselves as text or JSON, apart from any host.</summary>
public static class RuleReport
{
    /// <summary>One line per known issue; for a single one everything that is known about it.</summary>
    public static string ToText(IEnumerable<KnownIssue> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ImmutableArray<KnownIssue> all = [.. rules];
        if (all.Length == 1)
            return ReportWords.Join(Describe(all[0].Info));
        var columns = new TextColumns("ID", "SEVERITY", "TITLE");
        foreach (KnownIssue rule in all)
            columns.Add(rule.Info.Id, ReportWords.Of(rule.Info.Severity), SafeText.Of(rule.Info.Title) + (rule.Info.IsExperimental ? " (experimental)" : ""));
        return ReportWords.Join(columns.Lines());
    }

    /// <summary>The known issues as one JSON document, <c>formatVersion</c> first.</summary>
    public static string ToJson(IEnumerable<KnownIssue> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return ReportJson.Write(ReportDocuments.Of(rules), ReportJson.Default.RulesDocument);
    }

    private static IEnumerable<string> Describe(KnownIssueInfo info)
    {
        yield return $"{info.Id}  {SafeText.Of(info.Title)}";
        yield return $"  severity    {ReportWords.Of(info.Severity)}";
        yield return $"  systems     {(info.Platforms.IsEmpty ? "all" : string.Join(", ", info.Platforms))}";
        if (info.Needs != SnapshotTables.None)
            yield return $"  needs       {string.Join(", ", RuleRun.NamesOf(info.Needs))}";
        yield return $"  evidence    {ReportWords.Of(info.Grade)}";
        if (info.IsExperimental)
            yield return "  proof       experimental: its cases were written by hand";
        foreach (string reference in info.References)
            yield return $"  read on     {SafeText.Of(reference)}";
        yield return $"  page        {ReportWords.PageOf(info)}";
    }
}
