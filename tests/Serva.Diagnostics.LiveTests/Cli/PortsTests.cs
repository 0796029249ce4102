using System;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class PortsTests
{
    [Fact]
    public void Ports_OwnListener_NamedInTextAndJson()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("listener", "tcp", new IPEndPoint(IPAddress.Loopback, port));

        CommandResult text = ServaDiag.Run("ports", "--tcp", "--listening", "--port", Text(port));
        CommandResult json = ServaDiag.Run("ports", "--tcp", "--listening", "--port", Text(port), "--json");

        Assert.Equal(0, text.Status);
        Assert.Contains($"127.0.0.1:{port}", text.Output, StringComparison.Ordinal);
        Assert.Contains("listener", text.Output, StringComparison.Ordinal);
        Assert.Contains(Text(holder.ProcessId), text.Output, StringComparison.Ordinal);
        Assert.Equal(0, json.Status);
        JsonElement socket = Assert.Single(json.Json().GetProperty("sockets").EnumerateArray());
        Assert.Equal("tcp", socket.GetProperty("protocol").GetString());
        Assert.Equal($"127.0.0.1:{port}", socket.GetProperty("local").GetString());
        Assert.Equal("listen", socket.GetProperty("state").GetString());
        Assert.Equal("127.0.0.1", socket.GetProperty("localAddress").GetString());
        Assert.Equal(port, socket.GetProperty("localPort").GetInt32());
        Assert.Equal(holder.ProcessId, socket.GetProperty("processId").GetInt32());
        Assert.Equal("listener", socket.GetProperty("processName").GetString());
        JsonElement owner = Assert.Single(socket.GetProperty("owners").EnumerateArray());
        Assert.Equal(holder.ProcessId, owner.GetProperty("processId").GetInt32());
        Assert.True(json.Json().TryGetProperty("coverage", out _));
    }

    /// <summary>A program of docker-proxy's name and command line: its secrets stay, its target is told.</summary>
    [Fact]
    public void Ports_Relay_SaysWhereTheServerIs()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding(
            "docker-proxy", "tcp", new IPEndPoint(IPAddress.Loopback, port),
            "-proto", "tcp", "-host-port", Text(port), "-container-ip", "172.17.0.2", "-container-port", "80", "-password", "hunter2");

        CommandResult text = ServaDiag.Run("ports", "--port", Text(port));
        CommandResult json = ServaDiag.Run("ports", "--port", Text(port), "--json");
        CommandResult bind = ServaDiag.Run("bind", $"tcp/127.0.0.1:{port}");

        Assert.Contains("relays to 172.17.0.2:80", text.Output, StringComparison.Ordinal);
        Assert.Equal("172.17.0.2:80", json.Json().GetProperty("sockets")[0].GetProperty("owners")[0].GetProperty("relaysTo").GetString());
        Assert.Contains("relays to 172.17.0.2:80", bind.Output.Replace("\n", " ", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text.Output + json.Output + bind.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_FiltersOfEveryKind_KeepTheListener()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("datagrams", "udp", new IPEndPoint(IPAddress.Loopback, port));

        foreach (string[] filter in (string[][])
            [["--udp"], ["--tcp", "--udp"], ["--listening"], ["--port", Text(port)], ["--pid", Text(holder.ProcessId)], ["--process", "datagrams"]])
        {
            CommandResult result = ServaDiag.Run(["ports", "--json", .. filter]);

            Assert.Equal(0, result.Status);
            Assert.Contains(
                result.Json().GetProperty("sockets").EnumerateArray(),
                s => s.GetProperty("localPort").GetInt32() == port && s.GetProperty("protocol").GetString() == "udp");
        }
    }

    [Fact]
    public void Ports_FilterOfAnotherKind_LeavesItOut()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("datagrams", "udp", new IPEndPoint(IPAddress.Loopback, port));
        using SocketHolder other = SocketHolder.Idle("idler");

        foreach (string[] filter in (string[][])
            [["--tcp"], ["--port", Text(port - 1)], ["--pid", Text(other.ProcessId)], ["--process", "idler"]])
        {
            CommandResult result = ServaDiag.Run(["ports", "--json", .. filter]);

            Assert.DoesNotContain(
                result.Json().GetProperty("sockets").EnumerateArray(),
                s => s.GetProperty("localPort").GetInt32() == port && s.GetProperty("protocol").GetString() == "udp");
        }
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    public void Ports_FilterMatchesNothing_StatusOne(params string[] format)
    {
        CommandResult result = ServaDiag.Run(["ports", "--port", Text(SocketHolder.FreePort()), .. format]);

        Assert.Equal(1, result.Status);
        Assert.Equal("", result.Error);
        Assert.Equal(format.Length == 0 ? "no socket matches\n" : result.Output, result.Output);
        Assert.NotEqual("", result.Output);
    }

    [Fact]
    public void Ports_ListeningBesideABoundSocket_SaysThatItIsHidden()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("binder", "bound", new IPEndPoint(IPAddress.Loopback, port));

        CommandResult result = ServaDiag.Run("ports", "--listening", "--port", Text(port));

        Assert.Equal(1, result.Status);
        Assert.Contains("no socket matches\n1 more socket is bound and does not listen", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_OfASavedHost_AreThoseOfTheCase()
    {
        using var scratch = new ScratchDirectory();
        int port = SocketHolder.FreePort();
        using (SocketHolder.Holding("long-gone", "tcp", new IPEndPoint(IPAddress.Loopback, port)))
            Assert.Equal(0, ServaDiag.Run("capture", "-o", scratch["host.json"]).Status);

        CommandResult saved = ServaDiag.Run("ports", "--port", Text(port), "--case", scratch["host.json"], "--json");
        CommandResult now = ServaDiag.Run("ports", "--port", Text(port), "--listening");

        Assert.Equal(0, saved.Status);
        Assert.Equal("long-gone", Assert.Single(saved.Json().GetProperty("sockets").EnumerateArray()).GetProperty("processName").GetString());
        Assert.Equal(1, now.Status);
    }

    /// <summary>The short way to one port says what the common way says.</summary>
    [Theory]
    [InlineData]
    [InlineData("--tcp")]
    [InlineData("--udp")]
    [InlineData("--tcp", "--udp", "--listening")]
    [InlineData("--json", "--listening")]
    [InlineData("--json", "--all-owners")]
    public void Ports_PlainArguments_AreAnsweredAsAnyOthers(params string[] more)
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("plain", "tcp", new IPEndPoint(IPAddress.Loopback, port));

        CommandResult plain = ServaDiag.Run(["ports", "--port", Text(port), .. more]);
        CommandResult common = ServaDiag.Run(["ports", $"--port={port}", .. more]);

        Assert.Equal((common.Status, common.Output, common.Error), (plain.Status, plain.Output, plain.Error));
        Assert.NotEqual("", plain.Output);
    }

    [Theory]
    [InlineData("--port", "65536")]
    [InlineData("--port", "1", "--port", "2")]
    [InlineData("--port", "1", "--tpc")]
    [InlineData("--port")]
    public void Ports_PlainArgumentsThatAreWrong_AreRefused(params string[] arguments)
    {
        CommandResult result = ServaDiag.Run(["ports", .. arguments]);

        Assert.Equal((2, ""), (result.Status, result.Output));
        Assert.StartsWith("serva-diag: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_OfOnePort_SayThatOneOwnerWasLookedFor()
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("single", "tcp", new IPEndPoint(IPAddress.Loopback, port));

        Assert.Contains("--all-owners finds the others", ServaDiag.Run("ports", "--port", Text(port)).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--all-owners", ServaDiag.Run("ports", "--port", Text(port), "--all-owners").Output, StringComparison.Ordinal);
        Assert.True(ServaDiag.Run("ports", "--port", Text(port), "--json").Json().GetProperty("firstOwnerOnly").GetBoolean());
        Assert.False(ServaDiag.Run("ports", "--port", Text(port), "--json", "--all-owners").Json().TryGetProperty("firstOwnerOnly", out _));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
