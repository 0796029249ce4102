using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Rules;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>Each known issue has its page and its two cases, and no page or case is left over.</summary>
public sealed partial class RuleFileTests
{
    private static readonly string[] s_ids = [.. KnownIssues.All.Select(rule => rule.Info.Id)];

    [Fact]
    public void Rules_Ids_AreWellFormedUniqueAndInOrder()
    {
        Assert.All(s_ids, id => Assert.Matches("^SD[0-9]{4}$", id));
        Assert.Equal(s_ids.Distinct().Order(StringComparer.Ordinal), s_ids);
    }

    [Fact]
    public void Rules_DependencesAndReferences_ExistAndArePublic()
    {
        foreach (KnownIssueInfo info in KnownIssues.All.Select(rule => rule.Info))
        {
            Assert.All(info.DependsOn, id => Assert.Contains(id, s_ids));
            Assert.DoesNotContain(info.Id, info.DependsOn);
            Assert.NotEmpty(info.References);
            Assert.All(info.References, reference => Assert.True(
                Uri.TryCreate(reference, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps && uri.Host.Length > 0, $"{info.Id}: {reference}"));
        }
    }

    [Fact]
    public void Rules_EveryFile_IsThereAndNoneIsLeftOver()
    {
        string docs = Path.Combine(Repository.Root, "docs", "rules"), cases = Path.Combine(Repository.Tests, "Cases");

        Assert.Equal([], Differences(s_ids, Names(docs, "*.md"), Names(cases, "*")));
    }

    [Fact]
    public void Differences_MissingAndLeftOverFiles_AreNamed() => Assert.Equal(
        ["Cases/SD1001.miss.json is missing", "Cases/SD9.hit.json belongs to no rule", "docs/rules/SD1001.md is missing", "docs/rules/SD1002.md belongs to no rule"],
        Differences(["SD1001"], ["SD1002.md"], ["SD1001.hit.json", "SD9.hit.json"]));

    [Fact]
    public void Cases_EveryFile_IsReadAsACase()
    {
        string cases = Path.Combine(Repository.Tests, "Cases");
        foreach (string file in Names(cases, "*.json"))
        {
            using FileStream stream = File.OpenRead(Path.Combine(cases, file));
            Exception? error = Record.Exception(() => DiagnosticCase.FromJson(stream));
            Assert.True(error is null, $"{file}: {error?.Message}");
        }
    }

    /// <summary>
    /// A rule is proved by a test that says so: on the live kernel, on Wine with what was planted there, or on a text that somebody
    /// published. All others are experimental.
    /// </summary>
    [Fact]
    public void Rules_Experimental_AreThoseThatNoTestProves()
    {
        // What SD0001 finds is a mistake of the library's own; SD4001 is found on Wine with a planted build by eng/ci/wine.sh.
        var proved = new HashSet<string>(StringComparer.Ordinal) { "SD0001", "SD4001" };
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories))
            proved.UnionWith(Proof().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value));

        Assert.Equal(s_ids.Where(id => !proved.Contains(id)), KnownIssues.All.Where(rule => rule.Info.IsExperimental).Select(rule => rule.Info.Id));
    }

    [Fact]
    public void Pages_OfExperimentalRules_SayItInTheirFirstLine()
    {
        foreach (KnownIssueInfo info in KnownIssues.All.Select(rule => rule.Info))
        {
            string head = File.ReadLines(Path.Combine(Repository.Root, "docs", "rules", info.Id + ".md")).ElementAt(2);
            Assert.Equal(info.IsExperimental, head.EndsWith(" Experimental.", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Differences(string[] ids, string[] pages, string[] cases)
    {
        string[] expected = [.. ids.SelectMany(id => (string[])[$"docs/rules/{id}.md", $"Cases/{id}.hit.json", $"Cases/{id}.miss.json"])];
        string[] actual = [.. pages.Select(name => "docs/rules/" + name), .. cases.Where(name => RuleCase().IsMatch(name)).Select(name => "Cases/" + name)];
        return expected.Except(actual).Select(file => file + " is missing")
            .Concat(actual.Except(expected).Select(file => file + " belongs to no rule"))
            .Order(StringComparer.Ordinal);
    }

    private static string[] Names(string folder, string pattern) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder, pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)] : [];

    [GeneratedRegex("\\[Trait\\(\"Proves\", \"(SD[0-9]{4})\"\\)\\]")]
    private static partial Regex Proof();

    // Other cases, for example of a bug report, may stand beside those of the rules.
    [GeneratedRegex("^SD|\\.(hit|miss)\\.json$")]
    private static partial Regex RuleCase();
}
