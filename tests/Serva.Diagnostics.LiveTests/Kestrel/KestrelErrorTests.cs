using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Kestrel;

/// <summary>What the real Kestrel throws when it cannot bind: the socket's error is found in it, and its text tells the request.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class KestrelErrorTests
{
    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:{0}", 98, "tcp/127.0.0.1:{0} --reuse-address")]
    [InlineData("0.0.0.0", "http://0.0.0.0:{0}", 98, "tcp/0.0.0.0:{0} --reuse-address")]
    [InlineData("::", "http://[::]:{0}", 98, "tcp/[::]:{0} --reuse-address --dual-mode")]
    [InlineData("::", "http://*:{0}", 98, "tcp/[::]:{0} --reuse-address --dual-mode")]
    public async Task Start_PortHeld_ErrorAndRequestAreFound(string held, string url, int code, string request)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "needs Linux with IPv6");
        using var holder = new TcpListener(IPAddress.Parse(held), 0);
        if (held == "::")
            holder.Server.DualMode = true;
        holder.Start();
        int port = ((IPEndPoint)holder.LocalEndpoint).Port;

        Exception error = await FailAsync(Format(url, port));

        Assert.IsType<IOException>(error);
        BindExplanation explanation = HostDiagnostics.ForThisMachine().ExplainBind(BindRequest.Parse(Format(request, port)), error);
        Assert.Equal(code, explanation.Error!.Code);
        Assert.Equal(ServiceStanding.HeldByAnother, explanation.Verdict.Standing);
        ErrorReading reading = Diagnoser.ReadError(error.ToString());
        Assert.Equal(("Kestrel", "EADDRINUSE", (int?)code), (reading.Program, reading.Name, reading.Code));
        Assert.Equal(Format(request, port), reading.ToRequest(PlatformFamily.Linux)?.ToString());
    }

    [Fact]
    public async Task Start_LocalhostHeldOnBothFamilies_ErrorIsFoundInTheAggregate()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "needs Linux with IPv6");
        using var holder = new TcpListener(IPAddress.IPv6Any, 0);
        holder.Server.DualMode = true;
        holder.Start();
        int port = ((IPEndPoint)holder.LocalEndpoint).Port;

        Exception error = await FailAsync(Format("http://localhost:{0}", port));

        Assert.Equal(98, HostDiagnostics.ForThisMachine().ExplainBind(BindRequest.Parse($"tcp/127.0.0.1:{port}"), error).Error!.Code);
        Assert.Equal("EADDRINUSE", Diagnoser.ReadError(error.ToString()).Name);
    }

    [Fact]
    public async Task Start_ForeignAddress_SocketErrorItself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

        // TEST-NET-3 of RFC 5737 is on no host.
        Exception error = await FailAsync("http://203.0.113.77:8080");

        BindExplanation explanation = HostDiagnostics.ForThisMachine().ExplainBind(BindRequest.Parse("tcp/203.0.113.77:8080"), error);
        Assert.Equal(99, explanation.Error!.Code);
        Assert.Contains(explanation.Findings, finding => finding.Issue.Id == "SD1009");
        Assert.Equal(("EADDRNOTAVAIL", (int?)99), (Diagnoser.ReadError(error.ToString()).Name, Diagnoser.ReadError(error.ToString()).Code));
    }

    [Fact]
    public void ExplainBind_OtherNestings_ErrorIsFoundOrReadFromTheMessage()
    {
        var socket = new SocketException((int)SocketError.AddressAlreadyInUse);
        Exception[] nested =
        [
            socket,
            new AggregateException(new InvalidOperationException("first"), new AggregateException(new IOException("bind", socket))),
            new TypeInitializationException("Server", new IOException("bind", socket)),
        ];
        HostDiagnostics machine = HostDiagnostics.ForThisMachine();
        BindRequest request = BindRequest.Parse("tcp/127.0.0.1:1");

        Assert.All(nested, error => Assert.Equal(socket.ErrorCode, machine.ExplainBind(request, error).Error!.Code));
        Assert.Equal(10048, machine.ExplainBind(request, new InvalidOperationException("[WinError 10048] in use")).Error!.Code);
        Assert.Null(machine.ExplainBind(request, new InvalidOperationException("no reason")).Error!.Code);
        Assert.Equal(183, machine.ExplainBind(request, new IOException("start", new HttpListenerException(183))).Error!.Code);
    }

    private static string Format(string text, int port) => text.Replace("{0}", port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static async Task<Exception> FailAsync(string url)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", url);
        await using WebApplication web = builder.Build();
        return await Assert.ThrowsAnyAsync<Exception>(() => web.StartAsync(TestContext.Current.CancellationToken));
    }
}
