using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class DoctorTests
{
    [Fact]
    public void Doctor_Bare_SaysWhatIsHere()
    {
        CommandResult result = ServaDiag.Run("doctor");

        Assert.True(result.Status is 0 or 1, result.Error);
        Assert.NotEqual("", result.Output);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public void Doctor_UpDownTwiceSquatted_FourVerdicts()
    {
        // The same test may run elsewhere on the machine, with servers of its own.
        string server = string.Create(CultureInfo.InvariantCulture, $"labd{Environment.ProcessId}");
        int port = SocketHolder.FreePort();
        var here = new IPEndPoint(IPAddress.Any, port);
        string down = State(Judge(0, port));
        string up;
        string twice;
        string squatted;
        using (SocketHolder.Holding(server, "udp", here))
        {
            up = State(Judge(0, port));
            using (SocketHolder.Idle(server))
                twice = State(Judge(1, port));
        }

        using (SocketHolder.Holding("squatter", "udp", here))
            squatted = State(Judge(1, port));

        Assert.Equal(["free", "heldByServer", "startedTwice", "heldByAnother"], [down, up, twice, squatted]);

        CommandResult Judge(int status, int port)
        {
            CommandResult result = ServaDiag.Run("doctor", "--server", server, $"udp/{port}", "--json");
            Assert.True(result.Status == status, $"{result.Status} instead of {status}: {result.Output}{result.Error}");
            return result;
        }

        static string State(CommandResult result) =>
            Assert.Single(result.Json().GetProperty("services").EnumerateArray()).GetProperty("state").GetString()!;
    }

    [Fact]
    public void Doctor_ServerByProcessId_IsTheServer()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("anything", "udp", new IPEndPoint(IPAddress.Any, port));

        CommandResult result = ServaDiag.Run("doctor", "--server", holder.ProcessId.ToString(CultureInfo.InvariantCulture), $"udp/{port}", "--json");

        Assert.Equal(0, result.Status);
        Assert.Equal("heldByServer", result.Json().GetProperty("services")[0].GetProperty("state").GetString());
    }

    [Fact]
    public void Doctor_Squatted_JsonHasWhatADashboardNeeds()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("squatter", "udp", new IPEndPoint(IPAddress.Any, port));

        CommandResult result = ServaDiag.Run("doctor", $"udp/{port}", "--json");

        Assert.Equal(1, result.Status);
        JsonElement service = Assert.Single(result.Json().GetProperty("services").EnumerateArray());
        Assert.Equal($"udp/{port}", service.GetProperty("name").GetString());
        Assert.Equal("udp", service.GetProperty("protocol").GetString());
        Assert.Equal($"0.0.0.0:{port}", service.GetProperty("endpoint").GetString());
        Assert.Equal("heldByAnother", service.GetProperty("state").GetString());
        Assert.Contains("squatter", service.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.True(service.TryGetProperty("bind", out _));
        JsonElement firewall = service.GetProperty("firewall");
        Assert.Equal(firewall.TryGetProperty("verdict", out _) ? "judged" : "notJudged", firewall.GetProperty("outcome").GetString());
        Assert.NotEqual(firewall.TryGetProperty("verdict", out _), firewall.TryGetProperty("reason", out _));
        Assert.Contains(service.GetProperty("routes").GetProperty("outcome").GetString(), (string[])["judged", "notJudged"]);

        JsonElement finding = result.Json().GetProperty("findings").EnumerateArray().First();
        Assert.Matches("^SD[0-9]{4}$", finding.GetProperty("id").GetString());
        Assert.Contains(finding.GetProperty("severity").GetString(), (string[])["warning", "error"]);
        Assert.Contains(finding.GetProperty("certainty").GetString(), (string[])["likely", "certain"]);
        Assert.NotEqual("", finding.GetProperty("summary").GetString());
        Assert.Contains("squatter", finding.GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(finding.GetProperty("evidence").EnumerateArray());
        JsonElement remedy = finding.GetProperty("remedies").EnumerateArray().First();
        foreach (string member in (string[])["summary", "apply", "revert", "needsElevation", "risk"])
            Assert.True(remedy.TryGetProperty(member, out _), member);
        Assert.Equal(JsonValueKind.Array, result.Json().GetProperty("skipped").ValueKind);
    }

    [Fact]
    public void Doctor_ProfileOfServa_NineEndpointsOfEightServices()
    {
        CommandResult result = ServaDiag.Run("doctor", "--profile", "serva", "--no-probe", "--json");

        Assert.True(result.Status is 0 or 1, result.Error);
        JsonElement[] services = [.. result.Json().GetProperty("services").EnumerateArray()];
        Assert.Equal(9, services.Length);
        Assert.Equal(8, services.Select(s => s.GetProperty("name").GetString()).Distinct().Count());
    }

    [Fact]
    public void Doctor_ProfileFromFile_ItsServicesAndItsServer()
    {
        using var scratch = new ScratchDirectory();
        int port = SocketHolder.FreePort();
        File.WriteAllText(
            scratch["lab.json"],
            $$"""{"name":"lab","server":{"names":["labd"]},"services":[{"name":"TFTP","endpoints":["udp/0.0.0.0:{{port}}"]}]}""");
        using SocketHolder holder = SocketHolder.Holding("labd", "udp", new IPEndPoint(IPAddress.Any, port));

        CommandResult result = ServaDiag.Run("doctor", "--profile", scratch["lab.json"], "--json");
        CommandResult other = ServaDiag.Run("doctor", "--profile", scratch["lab.json"], "--server", "someone", "--json");

        Assert.Equal(0, result.Status);
        JsonElement service = Assert.Single(result.Json().GetProperty("services").EnumerateArray());
        Assert.Equal("TFTP", service.GetProperty("name").GetString());
        Assert.Equal("heldByServer", service.GetProperty("state").GetString());
        Assert.Equal("heldByAnother", other.Json().GetProperty("services")[0].GetProperty("state").GetString());
    }

    [Fact]
    public void Doctor_ProfileThatIsNone_Refused()
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["lab.json"], """{"name":"lab","services":[{"name":"TFTP","endpoints":["udp/0.0.0.0:69999"]}]}""");

        ServaDiag.Run("doctor", "--profile", scratch["lab.json"]).AssertRefused("lab.json");
    }

    [Theory]
    [InlineData("a&calc")]
    [InlineData("$(touch pwned)")]
    [InlineData("quote\"and'quote")]
    [InlineData("esc\u001b[2J\u0007bell")]
    [InlineData("[link](x) <script>")]
    [InlineData("`tick` *star* _under_")]
    [InlineData("right\u202eleft")]
    public void Doctor_HostileHolder_HarmsNoFormat(string name)
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding(name, "udp", new IPEndPoint(IPAddress.Any, port));

        CommandResult text = ServaDiag.Run("doctor", $"udp/{port}", "--verbose");
        CommandResult markdown = ServaDiag.Run("doctor", $"udp/{port}", "--markdown");
        CommandResult json = ServaDiag.Run("doctor", $"udp/{port}", "--json");
        CommandResult ports = ServaDiag.Run("ports", "--port", port.ToString(CultureInfo.InvariantCulture));

        Assert.All([text, markdown, json, ports], result => Assert.DoesNotContain(
            result.Output, c => (char.IsControl(c) && c != '\n') || char.GetUnicodeCategory(c) == UnicodeCategory.Format));
        Assert.Equal([1, 1, 1, 0], [text.Status, markdown.Status, json.Status, ports.Status]);
        // What stands between fences is shown as it is.
        string prose = string.Concat(markdown.Output.Split("```").Where((_, i) => i % 2 == 0));
        Assert.DoesNotContain("<script>", prose, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?<!\\)\]\(x\)", prose);
        JsonElement owner = json.Json().GetProperty("services")[0].GetProperty("bind").GetProperty("conflicts")[0].GetProperty("owners")[0];
        Assert.Equal(name, owner.GetProperty("name").GetString());
        foreach (JsonElement command in json.Json().GetProperty("findings").EnumerateArray()
            .SelectMany(f => f.GetProperty("remedies").EnumerateArray())
            .SelectMany(r => r.GetProperty("apply").EnumerateArray().Concat(r.GetProperty("revert").EnumerateArray())))
        {
            // The shell itself says how many words it sees: a quoted name is part of one.
            string written = command.GetProperty("text").GetString()!;
            if (written.Contains(name, StringComparison.Ordinal) || written.Contains(name[..3], StringComparison.Ordinal))
                Assert.Contains(WordsOf(written), word => word.EndsWith(name, StringComparison.Ordinal));
        }
    }

    private static string[] WordsOf(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\n' {command}"]) { RedirectStandardOutput = true })!;
        string[] words = shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        shell.WaitForExit();
        return words;
    }
}
