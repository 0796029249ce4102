using System;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Reports;

/// <summary>The members of the JSON documents are a promise to programs.</summary>
public class ReportJsonTests
{
    private static readonly Diagnosis s_seed = Diagnoser.Diagnose(TestCases.Read("vista-w32time"));

    [Fact]
    public void Diagnosis_Json_HasThePromisedMembers()
    {
        using JsonDocument json = JsonDocument.Parse(s_seed.ToJson());
        JsonElement root = json.RootElement;

        Assert.Equal("formatVersion", root.EnumerateObject().First().Name);
        JsonElement service = root.GetProperty("services")[1];
        Assert.Equal("SNTP", service.GetProperty("name").GetString());
        Assert.Equal("udp", service.GetProperty("protocol").GetString());
        Assert.Equal("192.168.1.10:123", service.GetProperty("endpoint").GetString());
        Assert.Equal("heldByAnother", service.GetProperty("state").GetString());
        Assert.Equal("accessDenied", service.GetProperty("bind").GetProperty("outcome").GetString());
        Assert.Equal("WSAEACCES", service.GetProperty("bind").GetProperty("nativeError").GetString());
        Assert.Equal("judged", service.GetProperty("firewall").GetProperty("outcome").GetString());
        JsonElement reply = service.GetProperty("routes").GetProperty("replies")[0];
        Assert.Equal(("judged", "sameWay", "onLink"), (service.GetProperty("routes").GetProperty("outcome").GetString(), reply.GetProperty("outcome").GetString(), reply.GetProperty("clients").GetString()));
        JsonElement finding = root.GetProperty("findings")[0];
        foreach (string member in new[] { "id", "severity", "certainty", "title", "summary", "subject", "evidence", "remedies" })
            Assert.True(finding.TryGetProperty(member, out _), member);
        JsonElement remedy = finding.GetProperty("remedies")[0];
        Assert.Equal("net stop w32time", remedy.GetProperty("apply")[0].GetProperty("text").GetString());
        Assert.Equal("net start w32time", remedy.GetProperty("revert")[0].GetProperty("text").GetString());
        Assert.True(remedy.GetProperty("needsElevation").GetBoolean());
        Assert.False(remedy.GetProperty("needsReboot").GetBoolean());
        Assert.Equal("medium", remedy.GetProperty("risk").GetString());
        Assert.Equal(JsonValueKind.Array, root.GetProperty("skipped").ValueKind);
        Assert.DoesNotContain("null", s_seed.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void BindExplanation_ThousandsOfConnections_ShowsTheListenerAndAFew()
    {
        var connection = Hosts.Socket("tcp/10.9.0.1:80", TcpState.Established).OwnedBy(50, "nginx");
        SocketRow[] sockets =
        [
            Hosts.Socket("tcp/0.0.0.0:80").OwnedBy(50, "nginx"),
            .. Enumerable.Range(1, 5000).Select(peer => connection with { Remote = NetEndpoint.Create(NetAddress.FromIPv4(0x0a0a_0000u + (uint)peer), 40000) }),
        ];
        var asked = new Question { Bind = BindRequest.Parse("tcp/0.0.0.0:80") };

        var explanation = new BindExplanation(Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Linux(sockets), Questions = [asked] }));

        Assert.Equal(5001, explanation.Prediction.Conflicts.Length);
        string text = explanation.ToText(verbose: true);
        Assert.Contains("and 4,997 more connections\n", text, StringComparison.Ordinal);
        Assert.InRange(text.Count(character => character == '\n'), 5, 40);
        using JsonDocument json = JsonDocument.Parse(explanation.ToJson());
        JsonElement prediction = json.RootElement.GetProperty("prediction");
        Assert.Equal(5001, prediction.GetProperty("conflictCount").GetInt32());
        Assert.Equal(4, prediction.GetProperty("conflicts").GetArrayLength());
        Assert.Equal("listen", prediction.GetProperty("conflicts")[0].GetProperty("socket").GetProperty("state").GetString());
        Assert.InRange(explanation.ToJson().Length, 1000, 20_000);
    }

    [Fact]
    public void BindExplanation_Json_HasThePromisedMembers()
    {
        DiagnosticCase seed = TestCases.Read("vista-w32time");
        var explanation = new BindExplanation(Diagnoser.Diagnose(new DiagnosticCase { Host = seed.Host, Questions = [seed.Questions[0]] }));
        using JsonDocument json = JsonDocument.Parse(explanation.ToJson());
        JsonElement root = json.RootElement;

        Assert.Equal("formatVersion", root.EnumerateObject().First().Name);
        JsonElement prediction = root.GetProperty("prediction");
        Assert.Equal("addressInUse", prediction.GetProperty("outcome").GetString());
        Assert.Equal("bind", prediction.GetProperty("stage").GetString());
        Assert.Equal("likely", prediction.GetProperty("certainty").GetString());
        JsonElement conflict = prediction.GetProperty("conflicts")[0];
        Assert.Equal("udp", conflict.GetProperty("socket").GetProperty("protocol").GetString());
        Assert.Equal("0.0.0.0:123", conflict.GetProperty("socket").GetProperty("local").GetString());
        JsonElement owner = conflict.GetProperty("owners")[0];
        Assert.Equal(1504, owner.GetProperty("processId").GetInt32());
        Assert.Equal("W32Time", owner.GetProperty("services")[0].GetString());
        Assert.NotEmpty(conflict.GetProperty("why").GetString()!);
        Assert.Equal("notTried", root.GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Equal("WSAEADDRINUSE", root.GetProperty("error").GetProperty("name").GetString());
        Assert.Equal("SD1003", root.GetProperty("findings")[0].GetProperty("id").GetString());
        Assert.DoesNotContain('\n', explanation.ToJsonLine());
    }

    [Fact]
    public void Sockets_Json_HasThePromisedMembers()
    {
        using JsonDocument json = JsonDocument.Parse(SocketReport.ToJson(s_seed.Case.Host.Sockets));
        JsonElement socket = json.RootElement.GetProperty("sockets")[0];

        Assert.Equal("complete", json.RootElement.GetProperty("coverage").GetString());
        Assert.Equal("0.0.0.0", socket.GetProperty("localAddress").GetString());
        Assert.Equal(123, socket.GetProperty("localPort").GetInt32());
        Assert.Equal(1504, socket.GetProperty("processId").GetInt32());
        Assert.Equal("svchost.exe", socket.GetProperty("processName").GetString());
        Assert.Equal(@"NT AUTHORITY\LOCAL SERVICE", socket.GetProperty("user").GetString());
    }

    [Fact]
    public void Sockets_Text_StandInColumns()
    {
        string[] lines = SocketReport.ToText(s_seed.Case.Host.Sockets).Split('\n');

        Assert.StartsWith("PROTO  LOCAL", lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..4], line => Assert.Equal(lines[0].IndexOf("PROCESS", StringComparison.Ordinal), line.IndexOf("svchost.exe", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rules_TextAndJson_NameEachRule()
    {
        string text = RuleReport.ToText(KnownIssues.All);
        using JsonDocument json = JsonDocument.Parse(RuleReport.ToJson(KnownIssues.All));

        Assert.Equal(KnownIssues.All.Length, json.RootElement.GetProperty("rules").GetArrayLength());
        Assert.All(KnownIssues.All, rule => Assert.Contains(rule.Info.Id, text, StringComparison.Ordinal));
        Assert.Contains("docs/rules/SD1003.md", RuleReport.ToText([KnownIssues.Find("sd1003")!]), StringComparison.Ordinal);
    }
}
