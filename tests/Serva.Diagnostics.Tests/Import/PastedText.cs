using System;
using System.IO;
using System.Linq;
using Serva.Diagnostics.Import;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

/// <summary>Reads texts as a person pastes them, and real ones that people published.</summary>
internal static class PastedText
{
    public static ImportedHost Read(params string[] texts) =>
        ImportedHost.Read([.. texts.Select((text, i) => new ImportText { Name = $"{(char)('a' + i)}", Text = text })], DateTimeOffset.UnixEpoch);

    /// <summary>A file of the corpus; the test is skipped where there is none.</summary>
    public static string OfCorpus(string file, string folder = "windows")
    {
        string path = Path.Combine(Environment.GetEnvironmentVariable("SERVA_DIAGNOSTICS_CORPUS") ?? "", "samples", folder, file);
        Assert.SkipUnless(File.Exists(path), "the corpus is absent: SERVA_DIAGNOSTICS_CORPUS names its folder");
        return File.ReadAllText(path);
    }

    /// <summary>The text with prompts and prose around it, as mails have it.</summary>
    public static string Mixed(string text, string command) =>
        $"Hello,\r\n\r\nsince 14 days nothing works, see below. Regards, Pat\r\n\r\nC:\\Users\\pat>{command}\r\n{text}\r\n\r\nC:\\Users\\pat>ping 192.0.2.1\r\n\r\nThat is all, 2 more follow.\r\n";
}
