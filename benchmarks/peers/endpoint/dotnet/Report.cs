using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Serva.Diagnostics.EndpointPeers;

/// <summary>Turns the lines of all passes into tables: medians and the best, and their ratios.</summary>
internal static class Report
{
    internal static void Write(string[] lines, TextWriter output)
    {
        string[][] cells = [.. lines.Select(line => line.Split('\t')).Where(row => row.Length == 4)];
        Dictionary<(string Parser, string Corpus), (double Median, double Best, double Bytes)> results = cells
            .GroupBy(row => (row[0], row[1]))
            .ToDictionary(group => group.Key, group =>
            {
                double[] times = [.. group.Select(row => Number(row[2])).Order()];
                double median = times.Length % 2 == 1 ? times[times.Length / 2] : (times[(times.Length / 2) - 1] + times[times.Length / 2]) / 2;
                return (median, times[0], group.Max(row => Number(row[3])));
            });
        string[] parsers = [.. cells.Select(row => row[0]).Distinct()];

        output.WriteLine("### Nanoseconds per row: median of passes (best); bytes allocated per row");
        output.WriteLine();
        WriteRow(output, "parser", name => name);
        output.WriteLine("|---|" + string.Concat(Corpora.Names.Select(_ => "---:|")));
        foreach (string parser in parsers)
        {
            WriteRow(output, parser, name => results.TryGetValue((parser, name), out var r)
                ? FormattableString.Invariant($"{r.Median:F1} ({r.Best:F1}); {r.Bytes:F0}") : "");
        }

        foreach (string verb in new[] { "TryParse", "TryFormat" })
        {
            output.WriteLine();
            output.WriteLine($"### Ratios of medians (of the best passes): how many times as fast NetEndpoint.{verb} is");
            output.WriteLine();
            WriteRow(output, "ours against", name => name);
            output.WriteLine("|---|" + string.Concat(Corpora.Names.Select(_ => "---:|")));
            foreach (string ours in parsers.Where(parser => parser.StartsWith("NetEndpoint." + verb, StringComparison.Ordinal)))
            {
                foreach (string other in parsers.Where(parser => !parser.StartsWith("NetEndpoint.", StringComparison.Ordinal)
                    && parser.Contains("ToString", StringComparison.Ordinal) == (verb == "TryFormat")))
                {
                    WriteRow(output, $"{ours["NetEndpoint.".Length..]} against {other}", name =>
                        results.TryGetValue((ours, name), out var r) && results.TryGetValue((other, name), out var o)
                            ? FormattableString.Invariant($"{o.Median / r.Median:F1} ({o.Best / r.Best:F1})") : "");
                }
            }
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static void WriteRow(TextWriter output, string first, Func<string, string> cell)
        => output.WriteLine($"| {first} |" + string.Concat(Corpora.Names.Select(name => $" {cell(name)} |")));
}
