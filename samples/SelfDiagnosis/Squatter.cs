using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;

namespace SelfDiagnosis;

/// <summary>Somebody in the way, for the demonstration: another process that holds the clock's port.</summary>
internal sealed class Squatter : IDisposable
{
    public const string Argument = "--squat";

    private readonly Process _process;

    private Squatter(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int ProcessId => _process.Id;

    public int Port { get; }

    /// <summary>Starts this executable again; it takes a free port and holds it until its input ends.</summary>
    public static Squatter Plant()
    {
        string executable = Environment.ProcessPath!;
        var start = new ProcessStartInfo(executable) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet")
            start.ArgumentList.Add(typeof(Squatter).Assembly.Location);
        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add("0");
        Process process = Process.Start(start)!;
        string? port = process.StandardOutput.ReadLine();
        return new Squatter(process, int.Parse(port!, CultureInfo.InvariantCulture));
    }

    /// <summary>What the planted process does.</summary>
    public static int Hold(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        Console.WriteLine(((IPEndPoint)socket.LocalEndPoint!).Port);
        while (Console.In.Read() >= 0)
        {
        }

        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
