using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class DiagnosticCaseJsonTests
{
    internal const string Smallest = """
        {"formatVersion":1,"host":{"capturedAt":"2026-01-02T03:04:05+00:00","platform":{"family":"linux","version":"6.18.44"}}}
        """;

    private const string SocketTable = "\"sockets\":{\"coverage\":\"complete\",\"rows\":[\n  {\"protocol\":\"tcp\",\n";

    [Fact]
    public void FromJson_SmallestCase_TablesAreNotRequested()
    {
        DiagnosticCase read = DiagnosticCase.FromJson(Smallest);

        Assert.Equal(1, read.FormatVersion);
        Assert.Equal(PlatformFamily.Linux, read.Host.Platform.Family);
        Assert.Empty(read.Questions);
        Assert.Null(read.Profile);
        foreach (var property in typeof(HostSnapshot).GetProperties().Where(p => p.PropertyType.Name == "Table`1"))
        {
            object table = Assert.IsAssignableFrom<object>(property.GetValue(read.Host));
            Assert.Equal(Coverage.NotRequested, table.GetType().GetProperty("Coverage")!.GetValue(table));
        }
    }

    [Fact]
    public void ToJson_SmallestCase_VersionFirstAndNoTable()
    {
        string[] lines = DiagnosticCase.FromJson(Smallest).ToJson().Split('\n');

        Assert.Equal("  \"formatVersion\": 1,", lines[1]);
        Assert.DoesNotContain(lines, line => line.Contains("coverage", StringComparison.Ordinal));
    }

    [Fact]
    public void FromJson_MembersThatDefault_KeepTheirDefault()
    {
        DiagnosticCase read = DiagnosticCase.FromJson(WithQuestion("{\"bindProbe\":{\"outcome\":\"success\"}}"));

        Assert.Equal(new BindProbeResult { Outcome = BindOutcome.Success }, read.Questions[0].BindProbe);
        Assert.Equal("", read.Questions[0].BindProbe!.Modelled);
    }

    [Theory]
    [InlineData("nothing", "", "the file is empty", 0, 0, "$")]
    [InlineData("blanks", " \r\n\t ", "the file is empty", 0, 0, "$")]
    [InlineData("truncated", "{\"formatVersion\":1,\n\"host\":{", "open JSON object", 2, 9, "$.host")]
    [InlineData("array", "[1]", "formatVersion is missing", 0, 0, "$")]
    [InlineData("null", "null", "formatVersion is missing", 0, 0, "$")]
    [InlineData("no version", "{\"host\":{}}", "formatVersion is missing", 0, 0, "$")]
    [InlineData("newer", "{\"formatVersion\":2,\"tomorrow\":[]}", "has format version 2; this program reads up to version 1", 1, 18, "$.formatVersion")]
    [InlineData("version zero", "{\"formatVersion\":0}", "no version of the format", 1, 18, "$.formatVersion")]
    [InlineData("version as text", "{\"formatVersion\":\"1\"}", "no version of the format", 1, 18, "$.formatVersion")]
    [InlineData("version beyond numbers", "{\"formatVersion\":1e99}", "no version of the format", 1, 18, "$.formatVersion")]
    [InlineData("no host", "{\"formatVersion\":1}", "'host'", 1, 20, "$")]
    [InlineData("binary", "\u0000\u0001\u0002ELF", "invalid start of a value", 1, 1, "$")]
    [InlineData("comment", "// a case\n{}", "invalid start of a value", 1, 1, "$")]
    [InlineData("two documents", Smallest + "{}", "is invalid after a single JSON value", 1, 120, "$")]
    public void FromJson_NoCase_RefusedNamingThePlace(string name, string json, string problem, long line, long position, string path)
    {
        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(json));

        Assert.True(error.Message.Contains(problem, StringComparison.Ordinal), $"{name}: {error.Message}");
        Assert.Equal((line, position, path), (error.Line, error.BytePosition, error.Path));
    }

    [Theory]
    [InlineData("wrong address", SocketTable + "   \"local\":\"1.2.3\"}]}", "octet of the IPv4 address is missing", 3, 19, "$.host.sockets.rows[0].local")]
    [InlineData("missing member of a row", SocketTable + "   \"inode\":5}]}", "'local'", 3, 14, "$.host.sockets.rows[0]")]
    [InlineData("syntax inside a row", SocketTable + "   ,}]}", "',' is an invalid start", 3, 4, "$.host.sockets.rows[0].protocol")]
    [InlineData("unknown member of a row", SocketTable + "   \"port\":5}]}", "'port'", 3, 11, "$.host.sockets.rows[0].port")]
    [InlineData("number for an enumeration", "\"sockets\":{\"coverage\":1}", "could not be converted", 1, 142, "$.host.sockets.coverage")]
    [InlineData("table that is null", "\"sockets\":null", "null", 1, 133, "$.host.sockets")]
    [InlineData("table that is a list", "\"sockets\":[]", "A table is an object.", 1, 130, "$.host.sockets")]
    [InlineData("table without coverage", "\"sockets\":{}", "A table needs its coverage.", 1, 131, "$.host.sockets")]
    [InlineData("table with coverage twice", "\"sockets\":{\"coverage\":\"complete\",\"coverage\":\"complete\"}", "'coverage' twice", 1, 163, "$.host.sockets.coverage")]
    [InlineData("unavailable table with rows", "\"updates\":{\"coverage\":\"unavailable\",\"rows\":[{\"id\":\"KB1\"}]}", "has no rows", 1, 177, "$.host.updates")]
    [InlineData("complete table without rows", "\"updates\":{\"coverage\":\"complete\"}", "needs its rows", 1, 152, "$.host.updates")]
    [InlineData("unknown member of a table", "\"updates\":{\"covering\":1}", "'covering'", 1, 141, "$.host.updates.covering")]
    [InlineData("row that is null", "\"updates\":{\"coverage\":\"complete\",\"rows\":[null]}", "null", 1, 160, "$.host.updates.rows[0]")]
    [InlineData("unknown table", "\"firewalls\":{}", "'firewalls'", 1, 131, "$.host.firewalls")]
    public void FromJson_BadHost_RefusedNamingThePlace(string name, string member, string problem, long line, long position, string path)
    {
        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(WithTable(member)));

        Assert.True(error.Message.Contains(problem, StringComparison.Ordinal), $"{name}: {error.Message}");
        Assert.True((line, position, path) == (error.Line, error.BytePosition, error.Path), $"{name}: {error.Message}");
    }

    [Theory]
    [InlineData("{\"bind\":{\"protocol\":\"udp\",\"endpoint\":\"0.0.0.0:1\",\"listens\":true}}", "'listens'")]
    [InlineData("{\"bind\":{\"protocol\":\"udp\"}}", "'endpoint'")]
    [InlineData("{\"service\":\"a\",\"service\":\"b\"}", "Duplicate")]
    [InlineData("{\"Service\":\"a\"}", "'Service'")]
    [InlineData("null", "null is no element of a list")]
    public void FromJson_BadQuestion_Refused(string question, string problem)
    {
        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(WithQuestion(question)));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Every value of a whole case in every wrong kind: no refusal speaks of the types of a program.</summary>
    [Fact]
    public void FromJson_EveryValueOfAWrongKind_RefusedInWordsForPeople()
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(Path.Combine(Conventions.Repository.Tests, "Fixtures", "case-version-1.json")))!;
        var messages = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonNode value in Values(root).ToArray())
        {
            JsonNode position = value;
            foreach (string wrong in (string[])["{}", "[[]]", "\"x\"", "-1.5", "true", "null", "{\"nothing\":1}"])
            {
                JsonNode replaced = JsonNode.Parse(wrong) ?? JsonValue.Create("")!;
                position.ReplaceWith(replaced);
                position = replaced;
                if (Record.Exception(() => DiagnosticCase.FromJson(root.ToJsonString())) is { } error)
                    messages.Add(Assert.IsType<CaseFormatException>(error).Message);
            }

            position.ReplaceWith(value);
        }

        Assert.True(messages.Count > 500, $"{messages.Count} messages");
        Assert.DoesNotContain(messages, message => message.Contains("System", StringComparison.Ordinal)
            || message.Contains("Serva", StringComparison.Ordinal) || message.Contains(".NET", StringComparison.Ordinal) || message.Contains(" type '", StringComparison.Ordinal));
    }

    [Fact]
    public void FromJson_TooDeep_ShortPath()
    {
        string json = "{\"formatVersion\":1,\"host\":" + string.Concat(Enumerable.Repeat("{\"host\":", 70));

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(json));

        Assert.Contains("beyond the limits of a case: a depth of more than 64 (line 1, ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(string.Concat(Enumerable.Repeat(".host", 10)) + "...)", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonNode> Values(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(pair => Values(pair.Value)).Append(members).Where(value => value.Parent is not null),
        JsonArray elements => elements.SelectMany(Values).Append(elements),
        { } value => [value],
        null => [],
    };

    internal static string WithTable(string member) => Smallest.Replace("}}}", "}," + member + "}}", StringComparison.Ordinal);

    internal static string WithQuestion(string question) => Smallest.Replace("}}}", "}},\"questions\":[" + question + "]}", StringComparison.Ordinal);
}
