using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>
/// A process of any name that holds a socket until it is disposed of: this executable, started again under another
/// name with a variable that says what to hold.
/// </summary>
internal sealed class SocketHolder : IDisposable
{
    private const string Variable = "SERVA_TEST_HOLD";
    private static readonly string s_assembly = typeof(SocketHolder).Assembly.GetName().Name!;

    // Apart from the ports that tests name themselves (20000 to 21999).
    private const int FirstPort = 22_000;
    private const int PortCount = 8_000;

    // Two runs on one machine begin apart.
    private static int s_lastPort = Environment.ProcessId * 97;

    private readonly Process _process;
    private readonly FileSystemInfo _image;

    private SocketHolder(Process process, FileSystemInfo image)
    {
        _process = process;
        _image = image;
    }

    public int ProcessId => _process.Id;

    /// <summary>Starts a process that holds nothing.</summary>
    public static SocketHolder Idle(string name) => Start(name, "idle");

    /// <summary>Starts a process that holds a bound datagram socket, a listener, or a bound socket that does not listen.</summary>
    /// <param name="name">The image name; at most 255 bytes.</param>
    /// <param name="what"><c>udp</c>, <c>tcp</c> or <c>bound</c>.</param>
    /// <param name="endPoint">Where; an IPv6 wildcard becomes dual-stack.</param>
    /// <param name="arguments">What stands on its command line and means nothing to it.</param>
    public static SocketHolder Holding(string name, string what, IPEndPoint endPoint, params string[] arguments) =>
        Start(name, string.Create(CultureInfo.InvariantCulture, $"{what} {endPoint.Address} {endPoint.Port}"), arguments);

    /// <summary>Starts a process that enters a control group and then listens; several such may listen on one port.</summary>
    /// <param name="name">The image name.</param>
    /// <param name="folder">The group's directory.</param>
    /// <param name="endPoints">Where it listens.</param>
    public static SocketHolder InControlGroup(string name, string folder, params IPEndPoint[] endPoints) => Start(
        name, string.Join(';', [$"enter {folder}", .. endPoints.Select(endPoint => string.Create(CultureInfo.InvariantCulture, $"tcp-shared {endPoint.Address} {endPoint.Port}"))]));

    /// <summary>The same on Windows, where the executable stands beside its libraries.</summary>
    /// <param name="name">The image name.</param>
    /// <param name="what">The socket: <c>udp 0.0.0.0 69</c>.</param>
    public static SocketHolder OnWindows(string name, string what)
    {
        var image = new FileInfo(Path.Combine(AppContext.BaseDirectory, name));
        File.Copy(Environment.ProcessPath!, image.FullName, overwrite: true);
        return Start(new ProcessStartInfo(image.FullName) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false }, what, image);
    }

    /// <summary>A port that is free on all addresses, for both protocols, and that no other test of this process is given.</summary>
    /// <remarks>
    /// Below the ports that systems give out by themselves (from 32768 on Linux, from 49152 on Windows): tests run beside
    /// each other, and a port from that range can be given to another one before it is used here.
    /// </remarks>
    public static int FreePort()
    {
        while (true)
        {
            int port = FirstPort + (int)((uint)Interlocked.Increment(ref s_lastPort) % PortCount);
            try
            {
                using var udp = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
                udp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                using var tcp = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
                tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Held by somebody outside the tests: try the next one.
            }
        }
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(5000))
                _process.Kill();
            _process.WaitForExit();
        }
        finally
        {
            _process.Dispose();
            if (_image is DirectoryInfo directory)
                directory.Delete(recursive: true);
            else
                _image.Delete();
        }
    }

    private static SocketHolder Start(string name, string what, params string[] arguments)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("serva-holder-");
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
            File.CreateSymbolicLink(Path.Combine(directory.FullName, Path.GetFileName(file)), file);
        string settings = s_assembly + ".runtimeconfig.json";
        File.Copy(Path.Combine(AppContext.BaseDirectory, settings), Path.Combine(directory.FullName, settings));
        string image = Path.Combine(directory.FullName, name);
        File.Copy(Path.Combine(AppContext.BaseDirectory, s_assembly), image);
        var start = new ProcessStartInfo(image)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = directory.FullName,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_ROOT"] = DotNet.Root;
        return Start(start, what, directory);
    }

    private static SocketHolder Start(ProcessStartInfo start, string what, FileSystemInfo image)
    {
        start.Environment[Variable] = what;
        Process process = Process.Start(start) ?? throw new InvalidOperationException("The holder did not start.");
        var holder = new SocketHolder(process, image);
        string? line = process.StandardOutput.ReadLine();
        if (line == "ready")
            return holder;
        holder.Dispose();
        throw new InvalidOperationException($"The holder answered '{line}'.");
    }

    /// <summary>Runs before Main: a holder never becomes a test run.</summary>
    [ModuleInitializer]
    internal static void HoldWhenAsked()
    {
        string? what = Environment.GetEnvironmentVariable(Variable);
        if (what is null)
            return;
        Environment.SetEnvironmentVariable(Variable, null);
        try
        {
            Socket?[] sockets = [.. what.Split(';').Select(part => Open(part.Split(' ')))];
            Console.WriteLine("ready");
            while (Console.In.Read() >= 0)
            {
            }

            foreach (Socket? socket in sockets)
                socket?.Dispose();
        }
        catch (SocketException error)
        {
            Console.WriteLine($"{what}: {error.Message}");
            Environment.Exit(1);
        }

        Environment.Exit(0);
    }

    /// <summary>Opens what a holder is asked to hold; null for nothing.</summary>
    internal static Socket? Open(string[] words)
    {
        if (words[0] == "idle")
            return null;
        if (words[0] == "enter")
        {
            // 0 is who writes.
            File.WriteAllText(Path.Combine(words[1], "cgroup.procs"), "0");
            return null;
        }

        IPAddress address = IPAddress.Parse(words[1]);
        bool isUdp = words[0].StartsWith("udp", StringComparison.Ordinal);
        var socket = new Socket(address.AddressFamily, isUdp ? SocketType.Dgram : SocketType.Stream, isUdp ? ProtocolType.Udp : ProtocolType.Tcp);
        if (address.Equals(IPAddress.IPv6Any))
            socket.DualMode = true;
        // .NET sets SO_REUSEADDR and SO_REUSEPORT with it on Unix.
        if (words[0].EndsWith("-reuse", StringComparison.Ordinal) || words[0] == "tcp-shared")
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(address, int.Parse(words[2], CultureInfo.InvariantCulture)));
        if (words[0] is "tcp" or "tcp-shared")
            socket.Listen();
        // Wine learns a socket's owner only when its process first asks for the descriptor.
        if (OperatingSystem.IsWindows())
            _ = socket.Ttl;
        return socket;
    }
}

/// <summary>The .NET that runs these tests.</summary>
internal static class DotNet
{
    /// <summary>The directory of the <c>dotnet</c> executable.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static string Executable { get; } = Path.Combine(Root, "dotnet");
}
