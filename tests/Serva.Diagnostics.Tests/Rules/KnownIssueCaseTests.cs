using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Every rule against its own two cases: one it must find, one it must leave alone.</summary>
public class KnownIssueCaseTests
{
    /// <summary>These help in the asking program, by waiting, or in a service that a snapshot does not tie to the port.</summary>
    private static readonly HashSet<string> s_notSimulated =
    [
        "SD0001", "SD1005", "SD1010", "SD1011", "SD1027", "SD1036", "SD1037", "SD1041", "SD1042", "SD1043", "SD1051", "SD1052",
        "SD1054", "SD1055", "SD1060", "SD1061", "SD1062", "SD1063", "SD1064", "SD2002", "SD2005", "SD2006",
        "SD3104", "SD3106", "SD4002", "SD5001",
    ];

    public static TheoryData<string> Ids => [.. KnownIssues.All.Select(rule => rule.Info.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Diagnose_HitCase_FindsThisIssueAlone(string id)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(TestCases.Read($"{id}.hit"));

        Assert.Equal([id], TestCases.Ids(diagnosis));
        // Which way packets leave a Mac is not modelled.
        Assert.All(diagnosis.Skipped, skipped => Assert.Equal("the route selection of this system is not modelled", skipped.Because));
        Finding finding = diagnosis.Findings[0];
        Assert.Equal(finding.Severity >= Severity.Warning, diagnosis.HasProblems);
        Assert.NotEmpty(finding.Evidence);
        Assert.NotEqual(Certainty.None, finding.Certainty);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Diagnose_MissCase_DoesNotFindThisIssue(string id)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(TestCases.Read($"{id}.miss"));

        Assert.DoesNotContain(id, TestCases.Ids(diagnosis));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Remedy_ThatChangesTheHost_HelpsInTheSimulation(string id)
    {
        DiagnosticCase before = TestCases.Read($"{id}.hit");
        int simulated = 0;
        foreach (Remedy remedy in Diagnoser.Diagnose(before).Findings.SelectMany(finding => finding.Remedies))
        {
            if (remedy.Change is not { } change)
                continue;
            simulated++;
            var after = new DiagnosticCase { Host = before.Host.With(change), Profile = before.Profile, Questions = before.Questions };

            Assert.DoesNotContain(id, TestCases.Ids(Diagnoser.Diagnose(after)));
        }

        Assert.Equal(s_notSimulated.Contains(id), simulated == 0);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Remedy_Always_HasAWayBackAndARecheck(string id)
    {
        foreach (Remedy remedy in Diagnoser.Diagnose(TestCases.Read($"{id}.hit")).Findings.SelectMany(finding => finding.Remedies))
        {
            Assert.True(remedy.Revert.IsEmpty == remedy.NothingToRevertBecause is not null, remedy.Summary);
            Assert.True(remedy.Apply.IsEmpty || !remedy.Revert.IsEmpty || remedy.NothingToRevertBecause is not null, remedy.Summary);
            if (remedy.Recheck is { } recheck)
                Assert.Equal(recheck.ToString(), BindRequest.Parse(recheck.ToString()).ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Rule_Always_HasPageHitAndMiss(string id)
    {
        Assert.True(TestCases.Exists($"Cases/{id}.hit.json"));
        Assert.True(TestCases.Exists($"Cases/{id}.miss.json"));
        string page = TestCases.ReadText($"Pages/{id}.md");
        KnownIssueInfo info = KnownIssues.Find(id)!.Info;
        Assert.StartsWith($"# {id}: {info.Title}\n", page, StringComparison.Ordinal);
        foreach (string section in new[] { "## What it looks like", "## How it is detected", "## What helps", "## The way back", "## Sources" })
            Assert.Contains(section, page, StringComparison.Ordinal);
        Assert.All(info.References, reference => Assert.Contains(reference, page, StringComparison.Ordinal));
        Assert.All(info.References, reference => Assert.StartsWith("https://", reference, StringComparison.Ordinal));
    }

    [Fact]
    public void All_Always_IsOrderedById() =>
        Assert.Equal(KnownIssues.All.Select(rule => rule.Info.Id).Distinct().Order(StringComparer.Ordinal), KnownIssues.All.Select(rule => rule.Info.Id));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Diagnose_HitCase_JsonAndTextSayTheSame(string id)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(TestCases.Read($"{id}.hit"));
        using JsonDocument json = JsonDocument.Parse(diagnosis.ToJson());

        JsonElement finding = json.RootElement.GetProperty("findings")[0];
        Assert.Equal(id, finding.GetProperty("id").GetString());
        Assert.Equal(diagnosis.Findings[0].Summary, finding.GetProperty("summary").GetString());
        Assert.Contains(id, diagnosis.ToText(), StringComparison.Ordinal);
        Assert.Contains(id, diagnosis.ToMarkdown(), StringComparison.Ordinal);
    }
}
