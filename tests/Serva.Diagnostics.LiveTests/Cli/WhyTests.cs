using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text.Json;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class WhyTests
{
    [Fact]
    public void Why_PortHeld_NamesTheHolderAsTheCause()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("holder", "udp", new IPEndPoint(IPAddress.Any, port));

        CommandResult json = ServaDiag.Run("why", "98", $"udp/127.0.0.1:{port}", "--json");
        CommandResult text = ServaDiag.Run("why", "EADDRINUSE", $"udp/127.0.0.1:{port}");

        Assert.Equal((1, 1), (json.Status, text.Status));
        JsonElement error = json.Json().GetProperty("error");
        Assert.Equal(("EADDRINUSE", 98, "addressInUse"), (error.GetProperty("name").GetString(), error.GetProperty("code").GetInt32(), error.GetProperty("outcome").GetString()));
        Assert.Equal(["EADDRINUSE", "WSAEADDRINUSE"], error.GetProperty("names").EnumerateArray().Select(name => name.GetProperty("name").GetString()));
        JsonElement cause = json.Json().GetProperty("causes").EnumerateArray().First();
        Assert.Equal(("cause.holder", "holds"), (cause.GetProperty("code").GetString(), cause.GetProperty("standing").GetString()));
        Assert.Contains(holder.ProcessId.ToString(CultureInfo.InvariantCulture), cause.GetProperty("evidence").EnumerateArray().First().GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("addressInUse", json.Json().GetProperty("prediction").GetProperty("outcome").GetString());
        Assert.NotEmpty(json.Json().GetProperty("alternatives").GetProperty("ports").GetProperty("free").EnumerateArray());
        Assert.NotEmpty(json.Json().GetProperty("findings").EnumerateArray());
        Assert.Contains("10048 WSAEADDRINUSE", text.Output, StringComparison.Ordinal);
        Assert.Contains("YES", text.Output, StringComparison.Ordinal);
        Assert.Contains($"PID {holder.ProcessId}", text.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx: [emerg] bind() to 127.0.0.1:{0} failed (98: Address already in use)\n", "nginx")]
    [InlineData("Error: listen EADDRINUSE: address already in use 127.0.0.1:{0}\n    at Server.setupListenHandle (net.js:1318:16)\n", "Node.js")]
    [InlineData("panic: listen tcp 127.0.0.1:{0}: bind: address already in use\r\n", "Go")]
    [InlineData("System.IO.IOException: Failed to bind to address http://127.0.0.1:{0}: address already in use.", "Kestrel")]
    [InlineData("\ufeff(98)Address already in use: AH00072: make_sock: could not bind to address 127.0.0.1:{0}", "Apache httpd")]
    public void Why_PastedText_ReadsTheRequestFromIt(string text, string program)
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("holder", "tcp", new IPEndPoint(IPAddress.Loopback, port));

        CommandResult result = ServaDiag.RunWith(text.Replace("{0}", $"{port}", StringComparison.Ordinal), "why", "-", "--json");

        Assert.Equal(1, result.Status);
        Assert.Equal(program, result.Json().GetProperty("error").GetProperty("program").GetString());
        Assert.Equal($"tcp/127.0.0.1:{port} --reuse-address", result.Json().GetProperty("request").GetString());
        Assert.Equal("holds", result.Json().GetProperty("causes").EnumerateArray().First().GetProperty("standing").GetString());
        Assert.Equal("heldByAnother", result.Json().GetProperty("state").GetString());
    }

    [Fact]
    public void Why_WithoutEndpoint_ListsTheCausesAndAsks()
    {
        CommandResult result = ServaDiag.Run("why", "10013");

        Assert.Equal(0, result.Status);
        Assert.Contains("10013 WSAEACCES", result.Output, StringComparison.Ordinal);
        Assert.Contains("maybe", result.Output, StringComparison.Ordinal);
        Assert.Contains("tell me", result.Output, StringComparison.Ordinal);
        Assert.Contains("serva-diag why 10013 udp/", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_NothingInTheWayAnyMore_StatusZero()
    {
        CommandResult result = ServaDiag.Run("why", "98", $"tcp/127.0.0.1:{SocketHolder.FreePort()}", "--json");

        Assert.Equal(0, result.Status);
        Assert.DoesNotContain(result.Json().GetProperty("causes").EnumerateArray(), cause => cause.GetProperty("standing").GetString() == "holds");
        Assert.False(result.Json().TryGetProperty("alternatives", out _));
    }

    [Fact]
    public void Why_OfASavedHostWithoutSockets_Undetermined()
    {
        using var scratch = new ScratchDirectory();
        System.IO.File.WriteAllText(scratch["host.json"], """{"formatVersion":1,"host":{"capturedAt":"2026-03-02T09:15:00+00:00","platform":{"family":"windows","version":"10.0.19045"}}}""");

        CommandResult result = ServaDiag.Run("why", "10013", "udp/192.168.1.5:69", "--case", scratch["host.json"], "--json");

        Assert.Equal(3, result.Status);
        Assert.Equal("undetermined", result.Json().GetProperty("prediction").GetProperty("outcome").GetString());
        Assert.All(
            result.Json().GetProperty("causes").EnumerateArray().Where(cause => cause.GetProperty("standing").GetString() == "undetermined"),
            cause => Assert.NotEqual("", cause.GetProperty("missing").GetString()));
    }

    [Fact]
    public void Why_LongAndBinaryInput_IsBounded()
    {
        CommandResult result = ServaDiag.RunWith(new string('\u0001', 200_000) + "98", "why", "-");

        Assert.Equal(2, result.Status);
        Assert.True(result.Error.Length < 300, result.Error);
    }
}
