using System;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public sealed class RouteTests
{
    [Fact]
    public void Route_Loopback_IsThisHostInTextAndJson()
    {
        CommandResult text = ServaDiag.Run("route", "127.0.0.1");
        JsonElement json = ServaDiag.Run("route", "127.0.0.1", "--connect", "--json").Json();

        Assert.Equal(0, text.Status);
        Assert.StartsWith("127.0.0.1 is this host, with the source 127.0.0.1", text.Output, StringComparison.Ordinal);
        Assert.Equal(("local", "lo", "127.0.0.1"), (json.GetProperty("outcome").GetString(), json.GetProperty("interface").GetString(), json.GetProperty("source").GetString()));
        Assert.Equal("local 127.0.0.0/8 dev lo table local", json.GetProperty("decidedBy").GetString()!.Replace("127.0.0.1/32", "127.0.0.0/8", StringComparison.Ordinal));
        Assert.NotEmpty(json.GetProperty("trace").EnumerateArray());
    }

    [Fact]
    public void Route_ForeignSource_StatusOneWithTheKernelsError()
    {
        CommandResult result = ServaDiag.Run("route", "127.0.0.1", "from", "203.0.113.9");

        Assert.Equal(1, result.Status);
        Assert.Contains("no valid source (ENETUNREACH)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Route_Batch_OneAnswerPerLineInOrder()
    {
        CommandResult result = ServaDiag.RunWith("127.0.0.1\nnonsense\n::1 from ::1\n", "route", "--batch", "-");

        Assert.Equal(2, result.Status);
        JsonElement[] lines = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal("local", lines[0].GetProperty("outcome").GetString());
        Assert.Equal((2, 1), (lines[1].GetProperty("error").GetProperty("line").GetInt32(), lines[1].GetProperty("error").GetProperty("position").GetInt32()));
        Assert.Equal("::1 from ::1", lines[2].GetProperty("flow").GetString());
    }

    [Theory]
    [InlineData("expected DESTINATION", "route")]
    [InlineData("'10.0.0.1 frm x' at position 10: 'frm' is unknown", "route", "10.0.0.1", "frm", "x")]
    [InlineData("this host has no interface 'nope0'", "route", "10.0.0.1", "from", "10.0.0.9", "iif", "nope0", "--reply")]
    [InlineData("a request needs from ADDR and iif NAME", "route", "10.0.0.1", "--reply")]
    [InlineData("--unbound goes with --reply", "route", "10.0.0.1", "--unbound")]
    [InlineData("--host-model is linux, windows", "route", "10.0.0.1", "--host-model", "beos")]
    [InlineData("--what-if 'link nope0 down' at position 6: there is no such interface", "route", "10.0.0.1", "--what-if", "link nope0 down")]
    [InlineData("with --batch the questions stand on the lines", "route", "10.0.0.1", "--batch", "-")]
    public void Route_WrongUsage_OneLineAndStatusTwo(string expected, params string[] arguments)
    {
        CommandResult result = ServaDiag.Run(arguments);

        Assert.Equal(2, result.Status);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }
}
