using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Tests.Cases;

/// <summary>The cases that stand beside this file, as JSON.</summary>
internal static class TestCases
{
    public static DiagnosticCase Read(string name)
    {
        using Stream stream = Open($"Cases/{name}.json");
        return DiagnosticCase.FromJson(stream);
    }

    public static string ReadText(string name)
    {
        using var reader = new StreamReader(Open(name));
        return reader.ReadToEnd();
    }

    public static bool Exists(string name) => typeof(TestCases).Assembly.GetManifestResourceNames().Contains(name);

    public static string[] Ids(Diagnosis diagnosis) => [.. diagnosis.Findings.Select(finding => finding.Issue.Id)];

    public static IEnumerable<RemedyCommand> Commands(Diagnosis diagnosis) => diagnosis.Findings
        .SelectMany(finding => finding.Remedies)
        .SelectMany(remedy => remedy.Apply.Concat(remedy.Revert));

    private static Stream Open(string name) =>
        typeof(TestCases).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"There is no {name}.");
}
