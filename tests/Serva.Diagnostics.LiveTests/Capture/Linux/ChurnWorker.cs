using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>
/// A process that opens and closes sockets for a while and writes down each: this executable, started again with a variable.
/// Its lines are port, then when it was opening, opened, closing, closed; the clock is the machine's.
/// </summary>
internal static class ChurnWorker
{
    public const int PortsPerWorker = 3000;

    private const string Variable = "SERVA_TEST_CHURN";
    private const int LivesForMilliseconds = 1000;

    /// <summary>Starts one.</summary>
    /// <param name="firstPort">The first of its ports; even ones are TCP listeners, odd ones UDP.</param>
    /// <param name="perSecond">How many sockets it opens a second.</param>
    /// <param name="seconds">How long it lives.</param>
    public static Process Start(int firstPort, int perSecond, double seconds)
    {
        var start = new ProcessStartInfo(PrivateNamespace.Executable) { RedirectStandardOutput = true };
        start.Environment[Variable] = string.Create(CultureInfo.InvariantCulture, $"{firstPort} {perSecond} {seconds}");
        return Process.Start(start)!;
    }

    /// <summary>Runs before Main: a worker never becomes a test run.</summary>
    [ModuleInitializer]
    internal static void WorkWhenAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } what)
            return;
        string[] words = what.Split(' ');
        Work(
            int.Parse(words[0], CultureInfo.InvariantCulture),
            int.Parse(words[1], CultureInfo.InvariantCulture),
            double.Parse(words[2], CultureInfo.InvariantCulture));
        Environment.Exit(0);
    }

    private static void Work(int firstPort, int perSecond, double seconds)
    {
        var open = new Queue<(Socket Socket, int Port, long Opening, long Opened)>();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; i++)
        {
            int port = firstPort + (i % PortsPerWorker);
            long opening = Stopwatch.GetTimestamp();
            bool tcp = port % 2 == 0;
            var socket = new Socket(AddressFamily.InterNetwork, tcp ? SocketType.Stream : SocketType.Dgram, tcp ? ProtocolType.Tcp : ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            if (tcp)
                socket.Listen();
            open.Enqueue((socket, port, opening, Stopwatch.GetTimestamp()));
            while (Stopwatch.GetElapsedTime(open.Peek().Opened).TotalMilliseconds > LivesForMilliseconds)
                Close(open.Dequeue());
            double ahead = ((i + 1) * 1000.0 / perSecond) - Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (ahead > 1)
                Thread.Sleep((int)ahead);
        }

        while (open.TryDequeue(out (Socket, int, long, long) last))
            Close(last);
    }

    private static void Close((Socket Socket, int Port, long Opening, long Opened) one)
    {
        long closing = Stopwatch.GetTimestamp();
        one.Socket.Dispose();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Port} {one.Opening} {one.Opened} {closing} {Stopwatch.GetTimestamp()}"));
    }
}
