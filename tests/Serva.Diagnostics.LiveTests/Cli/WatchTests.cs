using System;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class WatchTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Watch_Json_OneObjectPerLineAsItHappens()
    {
        int port = SocketHolder.FreePort();
        using Process process = ServaDiag.StartInterruptible("ports", "--watch", "0.1", "--port", Text(port), "--json");
        using SocketHolder before = SocketHolder.Holding("watched", "udp", new IPEndPoint(IPAddress.Loopback, port));
        JsonElement first = await ReadObjectAsync(process);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        JsonElement bound = await ReadObjectAsync(process);
        socket.Listen();
        JsonElement listening = await ReadObjectAsync(process);
        socket.Dispose();
        JsonElement gone = await ReadObjectAsync(process);
        await InterruptAsync(process);

        Assert.Contains(first.GetProperty("kind").GetString(), (string[])["present", "appeared"]);
        Assert.Equal("watched", first.GetProperty("socket").GetProperty("processName").GetString());
        Assert.Equal(("appeared", "closed", Environment.ProcessId), Describe(bound));
        Assert.Equal(("changed", "listen", Environment.ProcessId), Describe(listening));
        Assert.Equal("closed", listening.GetProperty("previous").GetProperty("state").GetString());
        Assert.Equal(("gone", "listen", Environment.ProcessId), Describe(gone));
        Assert.True(gone.GetProperty("at").GetDateTimeOffset() > listening.GetProperty("at").GetDateTimeOffset());
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync(Cancelled));
        Assert.Equal("", await process.StandardError.ReadToEndAsync(Cancelled));
        Assert.Equal(130, process.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Watch_Text_ALinePerChangeUnderAHeader()
    {
        int port = SocketHolder.FreePort();
        Process process;
        string? header, present;
        using (SocketHolder.Holding("watched", "tcp", new IPEndPoint(IPAddress.Loopback, port)))
        {
            process = ServaDiag.StartInterruptible("ports", "--watch", "--listening", "--port", Text(port), "--process", "watched");
            header = await process.StandardOutput.ReadLineAsync(Cancelled);
            present = await process.StandardOutput.ReadLineAsync(Cancelled);
        }

        using (process)
        {
            string? gone = await process.StandardOutput.ReadLineAsync(Cancelled);
            await InterruptAsync(process);

            Assert.Matches("^TIME           PROTO  LOCAL .*USER$", header);
            Assert.Matches($@"^\d\d:\d\d:\d\d\.\d\d\d = tcp    127\.0\.0\.1:{port} +\* +LISTEN +\d+ +watched", present);
            Assert.Matches($@"^\d\d:\d\d:\d\d\.\d\d\d - tcp    127\.0\.0\.1:{port} +\* +LISTEN +\d+ +watched", gone);
            Assert.Equal(130, process.ExitCode);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Watch_ReaderGone_EndsQuietlyAtTheNextLine()
    {
        int port = SocketHolder.FreePort();
        using Process process = ServaDiag.Start("ports", "--watch", "0.1", "--port", Text(port));
        Assert.StartsWith("TIME", await process.StandardOutput.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        process.StandardOutput.Close();
        using SocketHolder holder = SocketHolder.Holding("watched", "udp", new IPEndPoint(IPAddress.Loopback, port));
        await process.WaitForExitAsync(Cancelled);

        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync(Cancelled));
    }

    private static (string? Kind, string? State, int Owner) Describe(JsonElement change)
    {
        JsonElement socket = change.GetProperty("socket");
        return (change.GetProperty("kind").GetString(), socket.GetProperty("state").GetString(), socket.GetProperty("processId").GetInt32());
    }

    private static async Task<JsonElement> ReadObjectAsync(Process process) =>
        JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(Cancelled))!).RootElement;

    private static async Task InterruptAsync(Process process)
    {
        using Process kill = Process.Start("kill", ["-INT", Text(process.Id)]);
        await process.WaitForExitAsync(Cancelled);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
