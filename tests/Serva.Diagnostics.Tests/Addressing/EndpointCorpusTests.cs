using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

/// <summary>The test vectors of other parsers, where their folder is at hand: each row holds, or one reason of the table says why not.</summary>
public sealed partial class EndpointCorpusTests
{
    /// <summary>Every deliberate difference from another parser. The first that fits a differing row explains it.</summary>
    private static readonly (string Reason, Func<Row, bool> Fits)[] Differences =
    [
        ("the host grammar of URLs (WHATWG) is another grammar: names, trailing dots, default ports, numbers",
            row => row.File.StartsWith("wpt_", StringComparison.Ordinal)),
        ("a vector for inet_pton with AF_INET6 alone", row => row.Note.Contains(" V6", StringComparison.Ordinal) && !row.Accepted),
        ("a zone name needs a host: a fault of its own kind in values, a range in EndpointText",
            row => row.Accepted && row.Error.Fault == EndpointFault.ZoneNameNeedsHost),
        ("a slash in a zone is no zone", row => row.Accepted && row.Text.Contains('%', StringComparison.Ordinal) && row.Text.Contains('/', StringComparison.Ordinal)),
        ("the port is required; without one there is an overload with a default",
            row => row.Accepted && row.IsEndpoint && NetEndpoint.TryParse(row.Text, 0, out _)),
        ("brackets belong to endpoints", row => row.Accepted && row.Error.Fault == EndpointFault.BracketsNotAllowed),
        ("leading zeros are octal for some and decimal for others", row => row.Accepted && row.Error.Fault == EndpointFault.OctetLeadingZero),
        ("short, hexadecimal and single-number IPv4 (inet_aton) is refused", row => row.Accepted && InetAton().IsMatch(row.Text)),
    ];

    [Fact]
    public void Vectors_OfOtherParsers_HoldOrAreExplained()
    {
        string folder = Folder("endpoint");
        Dictionary<string, int> used = Differences.ToDictionary(difference => difference.Reason, _ => 0);
        List<string> unexplained = [];
        int rows = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*.tsv").Order(StringComparer.Ordinal))
        {
            string file = Path.GetFileName(path);
            if (file is "oracle_matrix.tsv" or "dialects.tsv")
                continue;
            foreach (string[] cells in Cells(path))
            {
                rows++;
                Row row = Row.Of(file, cells);
                if (row.Holds)
                    continue;
                string? reason = Differences.FirstOrDefault(difference => difference.Fits(row)).Reason;
                if (reason is null)
                    unexplained.Add($"{file}: {row.Text} expected {cells[1]} {row.Canonical}, read {row.Read}, {row.Error}");
                else
                    used[reason]++;
            }
        }

        Assert.Empty(unexplained);
        Assert.True(rows >= 1500, $"{rows} rows");
        Assert.All(used, reason => Assert.True(reason.Value > 0, reason.Key));
    }

    [Fact]
    public void Dialects_OfTheTools_HoldAll()
    {
        int rows = 0;
        foreach (string[] cells in Cells(Path.Combine(Folder("endpoint"), "dialects.tsv")))
        {
            string text = Unescape(cells[0]);
            EndpointDialect dialect = cells[3].Split(':')[0] switch
            {
                "windows-netstat" => EndpointDialect.WindowsNetstat,
                "linux-ss" => EndpointDialect.LinuxSs,
                "net-tools-netstat" => EndpointDialect.NetTools,
                "bsd-netstat" => EndpointDialect.BsdNetstat,
                "proc-net" => EndpointDialect.ProcNet,
                _ => throw new InvalidDataException(cells[3]),
            };
            bool read = EndpointText.TryParse(text, dialect, out EndpointText parts, out EndpointError error);
            Assert.True(read == (cells[1] == "accept"), $"{text}: {error}");
            if (read)
                Assert.Equal(cells[2], Canonical(text, parts));
            rows++;
        }

        Assert.True(rows >= 50);
    }

    [Fact]
    public void Samples_OfWindowsNetstat_ReadInTheirDialect()
    {
        int columns = 0;
        foreach (string path in Directory.EnumerateFiles(Folder(Path.Combine("samples", "windows")), "*netstat*.txt"))
        {
            foreach (string line in File.ReadLines(path))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                if (words.Length < 3 || words[0] is not ("TCP" or "UDP"))
                    continue;
                foreach (string column in words[1..3])
                {
                    bool anonymised = column.Contains("asda", StringComparison.Ordinal); // no hexadecimal digits: made up by who published it
                    bool read = EndpointText.TryParse(column, EndpointDialect.WindowsNetstat, out _, out EndpointError error);
                    Assert.True(read != anonymised, $"{Path.GetFileName(path)}: {column}: {error}");
                    columns++;
                }
            }
        }

        Assert.True(columns > 500, $"{columns} columns");
    }

    private static string Canonical(string text, EndpointText parts)
    {
        string zone = parts.HasZoneName ? "%" + text[parts.ZoneName] : "";
        string port = parts.PortKind == EndpointPort.Number ? parts.Port.ToString(CultureInfo.InvariantCulture) : text[parts.PortText];
        if (parts.HostKind != EndpointHost.Address)
            return $"{text[parts.Host]}{zone}:{port}";
        return parts.Address.IsIPv6 ? $"[{parts.Address}{zone}]:{port}" : $"{parts.Address}{zone}:{port}";
    }

    private static string Folder(string name)
    {
        string? corpus = Environment.GetEnvironmentVariable("SERVA_DIAGNOSTICS_CORPUS");
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); corpus is null && at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Serva.Diagnostics.sln")))
                corpus = Path.Combine(at.Parent?.FullName ?? at.FullName, "shared", "data");
        }

        string folder = Path.Combine(corpus ?? "", name);
        Assert.SkipUnless(corpus is not null && Directory.Exists(folder), $"the corpus is absent: no folder {folder}; SERVA_DIAGNOSTICS_CORPUS names it");
        return folder;
    }

    private static IEnumerable<string[]> Cells(string path)
        => File.ReadLines(path).Where(line => !line.StartsWith('#') && line.Contains('\t', StringComparison.Ordinal)).Select(line => (line + "\t\t").Split('\t'));

    private static string Unescape(string text)
        => Escape().Replace(text, match => match.Value == @"\\" ? @"\" : ((char)int.Parse(match.Value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex(@"\\(\\|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})")]
    private static partial Regex Escape();

    [GeneratedRegex(@"^[0-9a-fA-FxX.]+(:[0-9]+)?$")]
    private static partial Regex InetAton();

    private sealed record Row(string File, string Text, bool Accepted, string Canonical, string Note, bool IsEndpoint, string? Read, EndpointError Error, bool Same)
    {
        internal bool Holds => Accepted == (Read is not null) && Same;

        internal static Row Of(string file, string[] cells)
        {
            string text = Unescape(cells[0]);
            bool endpoint = file.Contains("endpoint", StringComparison.Ordinal) || file.Contains("addrport", StringComparison.Ordinal) || file.Contains("socketaddr", StringComparison.Ordinal);
            if (file == "go_netip_fuzz_corpus.tsv")
                endpoint = NetEndpoint.TryParse(text, out _, out EndpointError fault) || (text.StartsWith('[') && fault.Fault == EndpointFault.ZoneNameNeedsHost);
            bool accepted = cells[1] == "accept";
            string? read = null;
            bool same = true;
            EndpointError error;
            // The values are the same; that "::ffff:0:0/96" alone has a dotted tail is a difference of spelling.
            if (endpoint)
            {
                if (NetEndpoint.TryParse(text, out NetEndpoint value, out error))
                    (read, same) = (value.ToString(), !accepted || NetEndpoint.Parse(cells[2]) == value);
            }
            else if (NetAddress.TryParse(text, out NetAddress address, out error))
            {
                (read, same) = (address.ToString(), !accepted || (NetAddress.TryParse(cells[2], out NetAddress canonical) && canonical == address));
            }

            return new(file, text, accepted, cells[2], cells[3], endpoint, read, error, same);
        }
    }
}
