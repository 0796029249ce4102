using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>Compares a text with the one that was approved. Set SERVA_ACCEPT=1 to approve what the tests produce.</summary>
internal static class ApprovedText
{
    private const int ShownDifferences = 20;

    /// <param name="name">The file's name in the folder Approved.</param>
    /// <param name="actual">The text as it is now.</param>
    public static void Check(string name, string actual)
    {
        string approvedPath = Path.Combine(Repository.Tests, "Approved", name);
        string receivedPath = Path.ChangeExtension(approvedPath, ".received" + Path.GetExtension(approvedPath));
        actual = actual.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : "";
        if (approved == actual)
        {
            File.Delete(receivedPath);
            return;
        }

        if (Environment.GetEnvironmentVariable("SERVA_ACCEPT") == "1")
        {
            File.WriteAllText(approvedPath, actual);
            File.Delete(receivedPath);
            return;
        }

        File.WriteAllText(receivedPath, actual);
        Assert.Fail($"{name} is not what was approved; see {Path.GetFileName(receivedPath)}, or approve it with SERVA_ACCEPT=1.\n{Differences(approved, actual)}");
    }

    /// <summary>The lines that are gone and the lines that are new, the first few of each.</summary>
    internal static string Differences(string approved, string actual)
    {
        string[] before = approved.Split('\n'), after = actual.Split('\n');
        string[] changes = [.. Missing(before, after).Select(line => "- " + line), .. Missing(after, before).Select(line => "+ " + line)];
        if (changes.Length == 0)
            return "the same lines in another order";
        string shown = string.Join('\n', changes.Take(ShownDifferences));
        return changes.Length > ShownDifferences ? $"{shown}\n... and {changes.Length - ShownDifferences} more lines" : shown;
    }

    private static string[] Missing(string[] from, string[] other)
    {
        var left = other.CountBy(line => line).ToDictionary();
        return [.. from.Where(line => (left[line] = left.GetValueOrDefault(line) - 1) < 0)];
    }
}
