using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Cli;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Windows;

/// <summary>A service of any name that runs and holds sockets until it is stopped or disposed of: this executable, started by the service manager.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class PlantedService : IDisposable
{
    private const string Switch = "--serve";
    private const uint OwnProcess = 0x10, Stopped = 1, Running = 4, AcceptsStop = 1, ControlStop = 1;

    private static readonly ManualResetEventSlim s_stop = new();
    private static string[] s_holds = [];
    private static nint s_status;

    private readonly string _name;

    private PlantedService(string name) => _name = name;

    /// <summary>Makes a service and starts it.</summary>
    /// <param name="name">Its short name.</param>
    /// <param name="holds">Sockets as <see cref="SocketHolder"/> has them: <c>udp 0.0.0.0 123</c>.</param>
    public static PlantedService Holding(string name, params string[] holds)
    {
        Wine.Run("sc.exe", "delete", name);
        string image = $"\"{Environment.ProcessPath}\" {Switch} {name}{string.Concat(holds.Select(socket => $" \"{socket}\""))}";
        Assert.Equal(0, Wine.Run("sc.exe", "create", name, "binPath=", image, "start=", "demand"));
        var service = new PlantedService(name);
        if (Wine.Run("net.exe", "start", name) == 0)
            return service;
        service.Dispose();
        throw new InvalidOperationException($"The service {name} did not start.");
    }

    public void Dispose()
    {
        Wine.Run("net.exe", "stop", _name);
        Assert.Equal(0, Wine.Run("sc.exe", "delete", _name));
    }

    /// <summary>Whether this process was started as a service.</summary>
    public static bool IsAsked(string[] arguments) => arguments is [Switch, _, ..];

    /// <summary>Is the service until it is stopped.</summary>
    public static int Run(string[] arguments)
    {
        s_holds = arguments[2..];
        fixed (char* name = arguments[1])
        {
            ServiceEntry* entries = stackalloc ServiceEntry[2];
            entries[0] = new ServiceEntry { Name = name, Main = &Serve };
            entries[1] = default;
            return StartServiceCtrlDispatcherW(entries) ? 0 : 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Serve(uint count, char** arguments)
    {
        s_status = RegisterServiceCtrlHandlerW(arguments[0], &Control);
        var sockets = new List<Socket>();
        try
        {
            foreach (string hold in s_holds)
                sockets.Add(SocketHolder.Open(hold.Split(' '))!);
            Report(Running, 0);
            s_stop.Wait();
            Report(Stopped, 0);
        }
        catch (SocketException error)
        {
            Report(Stopped, (uint)error.ErrorCode);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [UnmanagedCallersOnly]
    private static void Control(uint control)
    {
        if (control == ControlStop)
            s_stop.Set();
    }

    private static void Report(uint state, uint error)
    {
        var status = new ServiceStatus { Type = OwnProcess, State = state, Accepts = state == Running ? AcceptsStop : 0, Error = error };
        SetServiceStatus(s_status, &status);
    }

    private struct ServiceEntry
    {
        public char* Name;
        public delegate* unmanaged<uint, char**, void> Main;
    }

    private struct ServiceStatus
    {
        public uint Type, State, Accepts, Error, SpecificError, CheckPoint, WaitHint;
    }

    [LibraryImport("advapi32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool StartServiceCtrlDispatcherW(ServiceEntry* entries);

    [LibraryImport("advapi32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint RegisterServiceCtrlHandlerW(char* name, delegate* unmanaged<uint, void> handler);

    [LibraryImport("advapi32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetServiceStatus(nint handle, ServiceStatus* status);
}
