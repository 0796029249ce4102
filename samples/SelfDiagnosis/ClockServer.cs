using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics;
using Serva.Diagnostics.Addressing;

namespace SelfDiagnosis;

/// <summary>
/// Tells the time to whoever sends it a datagram, and its own state over HTTP. When it cannot start, it says why.
/// </summary>
internal sealed class ClockServer : IAsyncDisposable
{
    private readonly Socket _udp;
    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _answering;

    private ClockServer(Socket udp, WebApplication web)
    {
        _udp = udp;
        _web = web;
        _answering = AnswerAsync();
    }

    public IPEndPoint UdpEndPoint => (IPEndPoint)_udp.LocalEndPoint!;

    public string HttpAddress => _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>What this server wants to serve: the same list serves its start and its self-check.</summary>
    public static ServiceProfile ProfileFor(int udpPort, int httpPort) => new()
    {
        Name = "SelfDiagnosis",
        // The process itself: a second copy under the same name would be somebody else.
        Server = new ServerIdentity { ProcessId = Environment.ProcessId },
        Services =
        [
            new ProfileService { Name = "Clock", Binds = [Request(TransportProtocol.Udp, udpPort)] },
            new ProfileService { Name = "Status page", Binds = [Request(TransportProtocol.Tcp, httpPort)] },
        ],
    };

    /// <summary>Starts the server on loopback, or explains why that is not possible. Port 0 lets the system choose.</summary>
    public static async Task<(ClockServer? Server, string? Explanation)> TryStartAsync(int udpPort, int httpPort)
    {
        HostDiagnostics diagnostics = HostDiagnostics.ForThisMachine();
        var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var endPoint = new IPEndPoint(IPAddress.Loopback, udpPort);
        try
        {
            udp.Bind(endPoint);
        }
        catch (SocketException error)
        {
            string explanation = diagnostics.ExplainBind(BindRequest.From(udp, endPoint), error).ToText();
            udp.Dispose();
            return (null, explanation);
        }

        WebApplication web = CreateWeb(((IPEndPoint)udp.LocalEndPoint!).Port, httpPort);
        try
        {
            await web.StartAsync();
        }
        catch (IOException error)
        {
            // Kestrel wraps the socket's error in an IOException; ExplainBind looks inside.
            string explanation = diagnostics.ExplainBind(Request(TransportProtocol.Tcp, httpPort), error).ToText();
            udp.Dispose();
            await web.DisposeAsync();
            return (null, explanation);
        }

        return (new ClockServer(udp, web), null);
    }

    public Task WaitForShutdownAsync() => _web.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _answering;
        _udp.Dispose();
        await _web.DisposeAsync();
        _stop.Dispose();
    }

    private static WebApplication CreateWeb(int udpPort, int httpPort)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{httpPort}"));
        WebApplication web = builder.Build();
        web.MapGet("/", () => "The clock runs. See /diagnosis.\n");
        web.MapGet("/diagnosis", (HttpContext context) =>
        {
            ServiceProfile profile = ProfileFor(udpPort, context.Connection.LocalPort);
            return Results.Text(HostDiagnostics.ForThisMachine().Diagnose(profile).ToJson(), "application/json");
        });
        return web;
    }

    private static BindRequest Request(TransportProtocol protocol, int port) => new()
    {
        Protocol = protocol,
        Endpoint = NetEndpoint.Create(NetAddress.LoopbackIPv4, port),
        Listen = protocol == TransportProtocol.Tcp,
    };

    private async Task AnswerAsync()
    {
        byte[] buffer = new byte[512];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                byte[] answer = Encoding.UTF8.GetBytes(DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture));
                await _udp.SendToAsync(answer, received.RemoteEndPoint, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
