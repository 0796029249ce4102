using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class ExplainTests
{
    [Theory]
    [InlineData("empty", "")]
    [InlineData("no JSON", "hello")]
    [InlineData("another document", """{"name":"x"}""")]
    [InlineData("no object", "[]")]
    [InlineData("wrong type", """{"formatVersion":1,"host":17}""")]
    [InlineData("wrong type deeper", """{"formatVersion":1,"host":{"capturedAt":"yesterday","platform":{"family":"linux","version":"6.1"}}}""")]
    [InlineData("unknown member", """{"formatVersion":1,"host":{"capturedAt":"2026-01-01T00:00:00+00:00","platform":{"family":"linux","version":"6.1"}},"more":1}""")]
    [InlineData("newer format", """{"formatVersion":999,"host":{"capturedAt":"2026-01-01T00:00:00+00:00","platform":{"family":"linux","version":"6.1"}}}""")]
    [InlineData("text after the end", """{"formatVersion":1,"host":{"capturedAt":"2026-01-01T00:00:00+00:00","platform":{"family":"linux","version":"6.1"}}} x""")]
    public void Explain_NoCase_OneLineAndStatusTwo(string situation, string text)
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["case.json"], text);

        ServaDiag.Run("explain", scratch["case.json"]).AssertRefused("no case");
        CommandResult piped = ServaDiag.RunWith(text, "explain", "-", "--json");

        piped.AssertRefused("standard input");
        Assert.True(piped.Error.Length < 500, situation);
    }

    [Fact]
    public void Explain_TruncatedAnywhere_Refused()
    {
        string whole = Capture();
        using var scratch = new ScratchDirectory();
        foreach (double share in (double[])[0.1, 0.5, 0.9, 0.999])
        {
            File.WriteAllText(scratch["case.json"], whole[..(int)(whole.Length * share)]);
            ServaDiag.Run("explain", scratch["case.json"]).AssertRefused("no case");
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public void Explain_DeeplyNested_Refused(string level)
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["case.json"], "{\"formatVersion\":1,\"host\":" + new StringBuilder().Insert(0, level, 200_000));

        ServaDiag.Run("explain", scratch["case.json"]).AssertRefused("no case");
    }

    [Fact]
    public void Explain_OneGibibyte_RefusedInBoundedMemory()
    {
        using Process process = ServaDiag.Start("explain", "-");
        long peak = 0;
        try
        {
            byte[] blanks = new byte[1024 * 1024];
            blanks.AsSpan().Fill((byte)' ');
            process.StandardInput.BaseStream.Write("{\"formatVersion\":1,\"host\":"u8);
            for (int i = 0; i < 1024; i++)
            {
                process.StandardInput.BaseStream.Write(blanks);
                peak = Math.Max(peak, PeakOf(process));
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Refused before the end, as it should be.
        }

        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith("serva-diag: 'standard input' is no case", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        // The text may be up to 256 MiB, and lies in a buffer that grows by doubling.
        Assert.InRange(peak, 1, 900L * 1024 * 1024);
    }

    [Fact]
    public void Explain_SavedByDoctor_SameJson()
    {
        using var scratch = new ScratchDirectory();
        int port = SocketHolder.FreePort();
        CommandResult live;
        using (SocketHolder.Holding("squatter", "udp", new IPEndPoint(IPAddress.Any, port)))
            live = ServaDiag.Run("doctor", $"udp/0.0.0.0:{port}", $"tcp/{port}", "--save", scratch["host.json"], "--json");

        CommandResult again = ServaDiag.Run("explain", scratch["host.json"], "--json");

        Assert.Equal(1, live.Status);
        Assert.Equal(live.Status, again.Status);
        Assert.Equal(WithoutProbeTiming(live.Output), WithoutProbeTiming(again.Output));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch["host.json"]));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(scratch["host.json"])!));
    }

    [Fact]
    public void Explain_SavedRedacted_SameJsonAndSameVerdicts()
    {
        using var scratch = new ScratchDirectory();
        int port = SocketHolder.FreePort();
        CommandResult redacted;
        CommandResult open;
        using (SocketHolder.Holding("squatter", "udp", new IPEndPoint(IPAddress.Any, port)))
        {
            redacted = ServaDiag.Run("doctor", $"udp/0.0.0.0:{port}", "--redact", "--save", scratch["host.json"], "--json");
            open = ServaDiag.Run("doctor", $"udp/0.0.0.0:{port}", "--json");
        }

        CommandResult again = ServaDiag.Run("explain", scratch["host.json"], "--json");

        Assert.Equal(1, redacted.Status);
        Assert.Equal(redacted.Status, again.Status);
        Assert.Equal(WithoutProbeTiming(redacted.Output), WithoutProbeTiming(again.Output));
        Assert.Equal(Findings(open), Findings(redacted));
        Assert.Equal(State(open), State(redacted));
    }

    [Fact]
    public void Explain_CaptureOnStandardOutput_CanBePiped()
    {
        CommandResult explained = ServaDiag.RunWith(Capture("udp/127.0.0.1:0"), "explain", "-", "--json");

        Assert.True(explained.Status is 0 or 1, explained.Error);
        Assert.Single(explained.Json().GetProperty("services").EnumerateArray());
    }

    [Fact]
    public void Explain_Markdown_IsADocument()
    {
        CommandResult explained = ServaDiag.RunWith(Capture("udp/127.0.0.1:0"), "explain", "-", "--markdown");

        Assert.True(explained.Status is 0 or 1, explained.Error);
        Assert.Contains("**", explained.Output, StringComparison.Ordinal);
    }

    private static string Capture(params string[] arguments)
    {
        CommandResult captured = ServaDiag.Run(["capture", .. arguments]);
        Assert.True(captured.Status == 0, captured.Error);
        return captured.Output;
    }

    private static long PeakOf(Process process)
    {
        string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/status"))
            .FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) * 1024;
    }

    private static string WithoutProbeTiming(string json)
    {
        JsonNode node = JsonNode.Parse(json)!;
        Remove(node);
        return node.ToJsonString();

        static void Remove(JsonNode? node)
        {
            if (node is JsonObject members)
            {
                members.Remove("milliseconds");
                foreach ((_, JsonNode? value) in members)
                    Remove(value);
            }
            else if (node is JsonArray items)
            {
                foreach (JsonNode? item in items)
                    Remove(item);
            }
        }
    }

    private static string[] Findings(CommandResult result) =>
    [
        .. result.Json().GetProperty("findings").EnumerateArray()
            .Select(f => $"{f.GetProperty("id")} {f.GetProperty("severity")} {f.GetProperty("certainty")}")
            .Order(StringComparer.Ordinal),
    ];

    private static string[] State(CommandResult result) =>
        [.. result.Json().GetProperty("services").EnumerateArray().Select(s => s.GetProperty("state").GetString()!)];
}
