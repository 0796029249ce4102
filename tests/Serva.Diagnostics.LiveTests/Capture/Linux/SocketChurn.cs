using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>Opens and closes 200 sockets a second on ports of its own, and keeps a log of when each was there.</summary>
internal sealed class SocketChurn : IDisposable
{
    public const int FirstPort = 21000;
    public const int LastPort = 21999;

    private const int PerSecond = 200;
    private const int LivesForMilliseconds = 400;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Life> _log = new();
    private readonly Task _work;

    public SocketChurn() => _work = Task.Factory.StartNew(Work, TaskCreationOptions.LongRunning);

    /// <summary>One socket: between <c>Opening</c> and <c>Closed</c> it may be there, between <c>Opened</c> and <c>Closing</c> it is.</summary>
    public sealed record Life(TransportProtocol Protocol, int Port, long Opening, long Opened)
    {
        public long Closing { get; set; } = long.MaxValue;

        public long Closed { get; set; } = long.MaxValue;
    }

    public IReadOnlyList<Life> Log => [.. _log];

    public void Dispose()
    {
        _stop.Cancel();
        _work.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private void Work()
    {
        var open = new Queue<(Socket Socket, Life Life)>();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; !_stop.IsCancellationRequested; i++)
        {
            open.Enqueue(Open(i));
            while (open.Count > 0 && Stopwatch.GetElapsedTime(open.Peek().Life.Opened).TotalMilliseconds > LivesForMilliseconds)
                Close(open.Dequeue());
            double ahead = (i + 1) * 1000.0 / PerSecond - Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (ahead > 1)
                Thread.Sleep((int)ahead);
        }

        foreach ((Socket socket, Life life) in open)
            Close((socket, life));
    }

    private (Socket Socket, Life Life) Open(int number)
    {
        int port = FirstPort + number % (LastPort - FirstPort + 1);
        bool tcp = number % 2 == 0;
        long opening = Stopwatch.GetTimestamp();
        var socket = new Socket(AddressFamily.InterNetwork, tcp ? SocketType.Stream : SocketType.Dgram, tcp ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        if (tcp)
            socket.Listen();
        var life = new Life(tcp ? TransportProtocol.Tcp : TransportProtocol.Udp, port, opening, Stopwatch.GetTimestamp());
        _log.Enqueue(life);
        return (socket, life);
    }

    private static void Close((Socket Socket, Life Life) one)
    {
        one.Life.Closing = Stopwatch.GetTimestamp();
        one.Socket.Dispose();
        one.Life.Closed = Stopwatch.GetTimestamp();
    }
}
