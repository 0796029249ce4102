using System;
using System.Globalization;
using System.Threading.Tasks;

namespace SelfDiagnosis;

/// <summary>
/// A small server that diagnoses itself. <c>SelfDiagnosis [UDP-PORT [HTTP-PORT]]</c> serves on loopback;
/// <c>SelfDiagnosis --demo</c> shows the whole story: conflict, explanation, fix, clean re-check.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["--demo"]:
                return await Demonstration.RunAsync();
            case [Squatter.Argument, string port] when IsPort(port, out int squatted):
                return Squatter.Hold(squatted);
            case []:
                return await ServeAsync(0, 0);
            case [string udp] when IsPort(udp, out int udpPort):
                return await ServeAsync(udpPort, 0);
            case [string udp, string http] when IsPort(udp, out int udpPort) && IsPort(http, out int httpPort):
                return await ServeAsync(udpPort, httpPort);
            default:
                await Console.Error.WriteLineAsync("usage: SelfDiagnosis [UDP-PORT [HTTP-PORT]] | --demo");
                return 2;
        }
    }

    private static async Task<int> ServeAsync(int udpPort, int httpPort)
    {
        (ClockServer? server, string? explanation) = await ClockServer.TryStartAsync(udpPort, httpPort);
        if (server is null)
        {
            await Console.Error.WriteLineAsync(explanation);
            return 1;
        }

        await using (server)
        {
            Console.WriteLine($"serving on udp/{server.UdpEndPoint} and {server.HttpAddress}; the diagnosis is at {server.HttpAddress}/diagnosis");
            await server.WaitForShutdownAsync();
        }

        return 0;
    }

    private static bool IsPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;
}
