using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Conventions;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class CaseRangesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly long[] s_extremes = [int.MinValue, -1, 0, 33, 129, 65536, int.MaxValue, uint.MaxValue, long.MaxValue];

    [Theory]
    [InlineData("\"portRanges\":{\"coverage\":\"complete\",\"rows\":[{\"kind\":\"dynamic\",\"first\":0,\"last\":2147483647}]}", "last is between 0 and 65535, not 2147483647 (line 1, byte 209, $.host.portRanges.rows[0])")]
    [InlineData("\"portRanges\":{\"coverage\":\"complete\",\"rows\":[{\"kind\":\"dynamic\",\"first\":9,\"last\":8}]}", "first 9 lies behind last 8")]
    [InlineData("\"settings\":{\"coverage\":\"complete\",\"rows\":[{\"name\":\"net.ipv4.ip_local_port_range\",\"value\":\"0\\t2147483647\"}]}", "the last port of net.ipv4.ip_local_port_range is between 0 and 65535, not 2147483647")]
    [InlineData("\"addresses\":{\"coverage\":\"complete\",\"rows\":[{\"interface\":1,\"address\":\"10.0.0.1\",\"prefixLength\":99,\"state\":\"preferred\"}]}", "prefixLength is between 0 and 32, not 99")]
    [InlineData("\"addresses\":{\"coverage\":\"complete\",\"rows\":[{\"interface\":1,\"address\":\"fe80::1\",\"prefixLength\":129,\"state\":\"preferred\"}]}", "prefixLength is between 0 and 128, not 129")]
    [InlineData("\"addresses\":{\"coverage\":\"complete\",\"rows\":[{\"interface\":1,\"address\":\"\",\"prefixLength\":0,\"state\":\"preferred\"}]}", "needs its address")]
    [InlineData("\"processes\":{\"coverage\":\"complete\",\"rows\":[{\"processId\":-1}]}", "processId is at least 0, not -1")]
    [InlineData("\"services\":{\"coverage\":\"complete\",\"rows\":[{\"name\":\"a\",\"state\":\"running\",\"start\":\"manual\",\"processId\":-7}]}", "processId is at least 0, not -7")]
    [InlineData("\"sockets\":{\"coverage\":\"complete\",\"filter\":{\"firstPort\":70000},\"rows\":[]}", "firstPort is between 0 and 65535")]
    [InlineData("\"sockets\":{\"coverage\":\"complete\",\"rows\":[{\"protocol\":\"udp\",\"local\":\"0.0.0.0:1\",\"owners\":[{\"processId\":-1}]}]}", "$.host.sockets.rows[0].owners[0]")]
    [InlineData("\"interfaces\":{\"coverage\":\"complete\",\"rows\":[{\"index\":1,\"name\":\"a\",\"status\":\"up\",\"type\":\"ethernet\",\"mtu\":-1}]}", "mtu is at least 0")]
    public void FromJson_NumberThatNoSystemHas_RefusedNamingTheRow(string table, string problem)
    {
        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(DiagnosticCaseJsonTests.WithTable(table)));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("32768\t60999")]
    [InlineData("1 65535")]
    [InlineData("unreadable")]
    public void FromJson_LocalPortRangeThatSaysSomethingOrNothing_Accepted(string value)
    {
        string table = "\"settings\":{\"coverage\":\"complete\",\"rows\":[{\"name\":\"net.ipv4.ip_local_port_range\",\"value\":\"" + value.Replace("\t", "\\t", StringComparison.Ordinal) + "\"}]}";

        Assert.Equal(value, DiagnosticCase.FromJson(DiagnosticCaseJsonTests.WithTable(table)).Host.Settings[0].Value);
    }

    /// <summary>Every number of every case here, one after the other at every extreme: a line that refuses it, or an answer.</summary>
    [Fact]
    public async Task Diagnose_EveryNumberAtItsExtremes_RefusedOrAnswered()
    {
        int answered = 0, refused = 0;
        foreach (string name in typeof(TestCases).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("Cases/", StringComparison.Ordinal)).Append("version 1"))
        {
            string text = name == "version 1"
                ? System.IO.File.ReadAllText(System.IO.Path.Combine(Repository.Tests, "Fixtures", "case-version-1.json"))
                : TestCases.ReadText(name);
            JsonNode root = JsonNode.Parse(text)!;
            foreach (JsonValue number in Numbers(root).ToArray())
            {
                JsonNode parent = number.Parent!;
                JsonNode? position = number;
                foreach (long extreme in s_extremes)
                {
                    var mutated = JsonValue.Create(extreme);
                    position.ReplaceWith(mutated);
                    position = mutated;
                    string json = root.ToJsonString();
                    Task<bool> judged = Task.Run(() => Judge(json));
                    Assert.True(await Task.WhenAny(judged, Task.Delay(s_patience, TestContext.Current.CancellationToken)) == judged, $"{name}: {mutated.GetPath()} = {extreme} does not end");
                    bool isAnswered;
                    try
                    {
                        isAnswered = await judged;
                    }
                    catch (Exception error) when (error is not CaseFormatException)
                    {
                        throw new InvalidOperationException($"{name}: {mutated.GetPath()} = {extreme}", error);
                    }

                    (answered, refused) = isAnswered ? (answered + 1, refused) : (answered, refused + 1);
                }

                position.ReplaceWith(number);
            }
        }

        Assert.True(answered > 1000 && refused > 1000, $"{answered} answered, {refused} refused");
    }

    private static bool Judge(string json)
    {
        try
        {
            Diagnosis diagnosis = Diagnoser.Diagnose(DiagnosticCase.FromJson(json));
            _ = diagnosis.ToText(verbose: true);
            _ = diagnosis.ToJson();
            return true;
        }
        catch (CaseFormatException)
        {
            return false;
        }
    }

    private static IEnumerable<JsonValue> Numbers(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(pair => Numbers(pair.Value)),
        JsonArray elements => elements.SelectMany(Numbers),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => [value],
        _ => [],
    };
}
