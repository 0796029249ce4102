using System;
using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics;

namespace SelfDiagnosis;

/// <summary>Conflict, explanation, fix, clean re-check. Fails when one of them is not as it should be.</summary>
internal static class Demonstration
{
    public static async Task<int> RunAsync()
    {
        int port;
        using (Squatter squatter = Squatter.Plant())
        {
            port = squatter.Port;
            Say($"1. Conflict: process {squatter.ProcessId} holds udp/127.0.0.1:{port}, where the clock wants to serve.");
            (ClockServer? blocked, string? explanation) = await ClockServer.TryStartAsync(port, 0);
            if (blocked is not null || !explanation!.Contains(squatter.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
                return Fail("the start should fail, and the explanation should name the holder");
            Say("2. The start failed, and the server explains why:");
            Console.WriteLine(explanation);
            Diagnosis conflict = HostDiagnostics.ForThisMachine().Diagnose(ClockServer.ProfileFor(port, 0));
            if (!conflict.HasProblems || conflict.Services[0].Standing != ServiceStanding.HeldByAnother)
                return Fail("the self-check should find the clock's port held by another");
            Say("3. The self-check says:");
            Console.WriteLine(conflict.ToText());
            Say("4. Fix: the process in the way is ended. The demonstration planted it, so it may.");
        }

        (ClockServer? server, string? trouble) = await ClockServer.TryStartAsync(port, 0);
        if (server is null)
            return Fail(trouble!);
        await using (server)
        {
            int httpPort = new Uri(server.HttpAddress).Port;
            Diagnosis clean = HostDiagnostics.ForThisMachine().Diagnose(ClockServer.ProfileFor(port, httpPort));
            Say("5. Re-check, with the server started:");
            Console.WriteLine(clean.ToText());
            foreach (ServiceVerdict service in clean.Services)
            {
                if (service.Standing != ServiceStanding.HeldByServer)
                    return Fail($"{service.Name} should be held by the server itself");
            }

            if (clean.HasProblems)
                return Fail("the re-check should be clean");
            Say($"6. The clock answers: {await AskAsync(server.UdpEndPoint)}");
            using var http = new HttpClient();
            Say($"   The status page answers: {(await http.GetStringAsync(new Uri(server.HttpAddress))).TrimEnd()}");
        }

        return 0;
    }

    private static async Task<string> AskAsync(IPEndPoint server)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.SendToAsync(Encoding.UTF8.GetBytes("time?"), server, patience.Token);
        byte[] answer = new byte[512];
        int length = await socket.ReceiveAsync(answer, patience.Token);
        return Encoding.UTF8.GetString(answer, 0, length);
    }

    private static void Say(string text) => Console.WriteLine(text);

    private static int Fail(string what)
    {
        Console.Error.WriteLine($"the demonstration failed: {what}");
        return 1;
    }
}
