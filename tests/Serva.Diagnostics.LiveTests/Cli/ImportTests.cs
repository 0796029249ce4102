using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text.Json;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
[SupportedOSPlatform("linux")]
public sealed class ImportTests
{
    private const string Print = """
        IPv4 Route Table
        ===========================================================================
        Active Routes:
        Network Destination        Netmask          Gateway       Interface  Metric
                  0.0.0.0          0.0.0.0        192.0.2.1       192.0.2.10     25
                192.0.2.0    255.255.255.0         On-link        192.0.2.10    281
                  0.0.0.0        128.0.0.0       broken line
        ===========================================================================

        """;

    [Fact]
    public void Import_WhatIpPrintsHere_IsACaseThatRouteAnswersFrom()
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["a.txt"], Paste("ip -j -d addr", "ip -j -d route show table all"));
        File.WriteAllText(scratch["b.txt"], Paste("ip -j rule", "ip -6 -j rule"));

        CommandResult imported = ServaDiag.Run("import", scratch["a.txt"], scratch["b.txt"], "-o", scratch["case.json"]);
        JsonElement ours = ServaDiag.Run("route", "127.0.0.1", "--case", scratch["case.json"], "--json").Json();
        JsonElement here = ServaDiag.Run("route", "127.0.0.1", "--json").Json();

        Assert.Equal((0, ""), (imported.Status, imported.Error));
        Assert.StartsWith("A Linux host: ", imported.Output, StringComparison.Ordinal);
        Assert.Equal(["local", "lo", "127.0.0.1"], new[] { "outcome", "interface", "source" }.Select(name => ours.GetProperty(name).GetString()));
        Assert.Equal(here.GetProperty("decidedBy").GetString(), ours.GetProperty("decidedBy").GetString());
        Assert.Equal("likely", ours.GetProperty("certainty").GetString());
    }

    [Fact]
    public void Import_RoutePrintFromStandardInput_CaseOnStandardOutputAndTheRestBeside()
    {
        CommandResult result = ServaDiag.RunWith(Print, "import", "-");

        Assert.Equal(0, result.Status);
        HostSnapshot host = DiagnosticCase.FromJson(result.Output).Host;
        Assert.Equal((PlatformFamily.Windows, 2), (host.Platform.Family, host.Routes.Count));
        Assert.Contains("standard input line 7: 0.0.0.0        128.0.0.0       broken line", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Route_SvgOfAnImportedHost_IsWrittenBesideTheAnswer()
    {
        using var scratch = new ScratchDirectory();
        ServaDiag.RunWith(Print, "import", "-", "-o", scratch["case.json"]);

        CommandResult result = ServaDiag.Run("route", "203.0.113.5", "--case", scratch["case.json"], "--svg", scratch["way.svg"]);

        Assert.Equal(0, result.Status);
        Assert.StartsWith("A packet to 203.0.113.5 leaves by 192.0.2.10 to the router 192.0.2.1", result.Output, StringComparison.Ordinal);
        string svg = File.ReadAllText(scratch["way.svg"]);
        Assert.StartsWith("<svg xmlns=", svg, StringComparison.Ordinal);
        Assert.Contains(">default via 192.0.2.1 metric 25</text>", svg, StringComparison.Ordinal);
        ServaDiag.Run("route", "--batch", "-", "--svg", scratch["other.svg"]).AssertRefused("--svg draws one question");
    }

    [Theory]
    [InlineData("nothing in the texts was recognized", "-")]
    [InlineData("standard input can be read once", "-", "-")]
    [InlineData("cannot read '/nowhere/at all'", "/nowhere/at all")]
    public void Import_NothingToImport_OneLineAndStatusTwo(string mentions, params string[] files) =>
        ServaDiag.RunWith("Proto  Name\n  ICMP  0.0.0.0:135\n", ["import", .. files]).AssertRefused(mentions);

    private static string Paste(params string[] commands) =>
        string.Concat(commands.Select(command => $"$ {command}\n{Tool.Run("ip", command.Split(' ')[1..])}"));
}
