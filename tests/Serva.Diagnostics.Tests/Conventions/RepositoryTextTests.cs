using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

public sealed partial class RepositoryTextTests
{
    private static readonly string[] s_generated = [".git", "artifacts", "bin", "obj", ".vs", ".idea", "BenchmarkDotNet.Artifacts", "__pycache__"];

    [Fact]
    public void Files_PathsOfAWorkplace_NoneIsNamed()
    {
        string root = Repository.Root;
        string[] files = [.. FilesBelow(root)];

        Assert.Contains(files, file => file.EndsWith("RepositoryTextTests.cs", StringComparison.Ordinal));
        Assert.Empty(files.SelectMany(file => MachinePath()
            .Matches(Encoding.Latin1.GetString(File.ReadAllBytes(file)))
            .Select(match => $"{Path.GetRelativePath(root, file)} names {match.Value}")));
    }

    [Theory]
    [InlineData("see /w" + "ork/shared", true)]
    [InlineData("\"/r" + "oot/.bashrc\"", true)]
    [InlineData("/t" + "mp/w/x", true)]
    [InlineData("https://example.org/w" + "ork/items", false)]
    [InlineData("../net" + "work/rows", false)]
    [InlineData("/tmp/serva", false)]
    public void MachinePath_Text_FoundWhereItStartsAPath(string text, bool isFound) => Assert.Equal(isFound, MachinePath().IsMatch(text));

    private static IEnumerable<string> FilesBelow(string folder)
    {
        foreach (string file in Directory.GetFiles(folder))
        {
            // A worktree's .git is a file that names its repository.
            if (!Path.GetFileName(file).Contains(".received.", StringComparison.Ordinal) && Path.GetFileName(file) != ".git")
                yield return file;
        }

        foreach (string below in Directory.GetDirectories(folder).Where(path => !s_generated.Contains(Path.GetFileName(path))))
        {
            foreach (string file in FilesBelow(below))
                yield return file;
        }
    }

    [GeneratedRegex("(?<![A-Za-z0-9_.~*-])/(?:w[o]rk|r[o]ot|t[m]p/w)/")]
    private static partial Regex MachinePath();
}
