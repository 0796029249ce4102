using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>
/// Every command that the documents show on a saved host prints what they show. <c>SERVA_ACCEPT=1</c> writes what it prints into
/// them.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public sealed class DocumentedCommandTests(ITestOutputHelper output)
{
    private const string Fence = "```", Prompt = "$ serva-diag ";
    private const int Fewest = 28;

    private static string Root { get; } = FindRoot();

    [Fact]
    public void Documents_EveryCommand_PrintsWhatTheyShow()
    {
        int commands = 0;
        var wrong = new List<string>();
        bool isAccepting = Environment.GetEnvironmentVariable("SERVA_ACCEPT") == "1";
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string[] lines = File.ReadAllText(file).ReplaceLineEndings("\n").Split('\n');
            var written = new StringBuilder();
            for (int i = 0; i < lines.Length; i++)
            {
                written.Append(lines[i]).Append(i == lines.Length - 1 ? "" : "\n");
                if (lines[i] != Fence + "console" || i + 1 == lines.Length || !lines[i + 1].StartsWith(Prompt, StringComparison.Ordinal))
                    continue;
                int end = Array.IndexOf(lines, Fence, i + 1);
                string shown = string.Concat(lines[(i + 2)..end].Select(line => line + "\n"));
                string printed = Print(lines[i + 1][Prompt.Length..], isAccepting, wrong);
                if (shown != printed)
                    wrong.Add($"{Path.GetRelativePath(Root, file)}:{i + 2}: {lines[i + 1]}\nshows:\n{shown}\nprints:\n{printed}");
                written.Append(lines[i + 1]).Append('\n').Append(printed);
                commands++;
                i = end - 1;
            }

            if (isAccepting)
                File.WriteAllText(file, written.ToString());
        }

        output.WriteLine($"{commands} commands");
        Assert.Empty(isAccepting ? [] : wrong);
        Assert.True(commands >= Fewest, $"only {commands} commands");
    }

    // A picture is drawn beside the one that the document shows, and compared with it.
    private static string Print(string command, bool isAccepting, List<string> wrong)
    {
        List<string> words = Words(command);
        string drawn = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        CommandResult result = ServaDiag.RunIn(Root, [.. words.Select(word => word.EndsWith(".svg", StringComparison.Ordinal) ? drawn : word)]);
        Assert.True(result.Error.Length == 0 && result.Status is 0 or 1 or 3, $"{command}: {result.Status} {result.Error}");
        if (words.Find(word => word.EndsWith(".svg", StringComparison.Ordinal)) is { } picture)
        {
            string shown = Path.Combine(Root, picture);
            if (isAccepting)
                File.WriteAllText(shown, File.ReadAllText(drawn));
            else if (File.ReadAllText(shown).ReplaceLineEndings("\n") != File.ReadAllText(drawn))
                wrong.Add($"{picture} is not what '{command}' draws");
            File.Delete(drawn);
        }

        return result.Output;
    }

    // As a shell takes them apart: blanks, and single quotes.
    private static List<string> Words(string command)
    {
        var words = new List<string>();
        foreach ((string part, bool isQuoted) in command.Split('\'').Select((part, index) => (part, index % 2 == 1)))
            words.AddRange(isQuoted ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return words;
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Serva.Diagnostics.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The project's folder is not above the tests.");
    }
}
