using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.NativeSockets;
using Serva.Diagnostics.Probing.Native;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>A real socket with exactly the options it was given: plain system calls, nothing that .NET adds.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class RawSocket : IDisposable
{
    public const int Mptcp = 262;
    private const int SocketLevel = 1;
    private const int Linger = 13;
    private const int ReceiveTimeout = 20;
    private const int SendTimeout = 21;
    private const int CookieOption = 57;

    private RawSocket(int descriptor, TransportProtocol protocol) => (Descriptor, Protocol) = (descriptor, protocol);

    public int Descriptor { get; private set; }

    public TransportProtocol Protocol { get; }

    public ulong Cookie { get; private set; }

    public bool ReuseAddress { get; private set; }

    public bool ReusePort { get; private set; }

    public bool IPv6Only { get; private set; }

    /// <summary>Opens a socket as the user and sets what the request names; null when the kernel refuses that.</summary>
    public static RawSocket? TryOpen(BindRequest request, uint user, int? protocol = null)
    {
        bool isIPv6 = request.Endpoint.Address.IsIPv6;
        int type = (request.Protocol == TransportProtocol.Tcp ? LinuxSocketCalls.Stream : LinuxSocketCalls.Datagram) | LinuxSocketCalls.CloseOnExec;
        int descriptor;
        using (LinuxThread.As(user))
            descriptor = LinuxSocketCalls.Open(isIPv6 ? LinuxSocketCalls.Inet6 : LinuxSocketCalls.Inet, type, protocol ?? (int)request.Protocol);
        if (descriptor < 0)
            return null;
        var socket = new RawSocket(descriptor, request.Protocol) { ReuseAddress = request.ReuseAddress, ReusePort = request.ReusePort };
        socket.SetTimeouts();
        bool isSet = (!isIPv6 || socket.Set(LinuxSocketCalls.IPv6Level, LinuxSocketCalls.IPv6Only, request.DualMode ? 0 : 1))
            && socket.Set(SocketLevel, LinuxSocketCalls.ReuseAddress, request.ReuseAddress ? 1 : 0)
            && socket.Set(SocketLevel, LinuxSocketCalls.ReusePort, request.ReusePort ? 1 : 0)
            && (request.Device is null || socket.SetDevice(request.Device))
            && (!request.FreeBind || socket.Set(isIPv6 ? LinuxSocketCalls.IPv6Level : 0, isIPv6 ? LinuxSocketCalls.IPv6FreeBind : LinuxSocketCalls.IPFreeBind, 1))
            && (request.LowestAutomaticPort + request.HighestAutomaticPort == 0
                || socket.Set(0, LinuxSocketCalls.IPLocalPortRange, request.LowestAutomaticPort | request.HighestAutomaticPort << 16));
        if (isSet)
            return socket;
        socket.Dispose();
        return null;
    }

    /// <summary>Opens and binds; null when the kernel refuses.</summary>
    public static RawSocket? TryBind(BindRequest request, uint user, int? protocol = null)
    {
        RawSocket? socket = TryOpen(request, user, protocol);
        if (socket is null)
            return null;
        if (socket.Bind(request.Endpoint) == 0)
            return socket.Identified();

        socket.Dispose();
        return null;
    }

    /// <summary>0, or the error number.</summary>
    public int Bind(NetEndpoint endpoint) => WithAddress(endpoint, isConnect: false);

    /// <summary>0, or the error number.</summary>
    public int Connect(NetEndpoint endpoint) => WithAddress(endpoint, isConnect: true);

    /// <summary>0, or the error number.</summary>
    public int Listen() => LinuxSocketCalls.Listen(Descriptor, 16) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Takes a connection as the user: the new socket belongs to who accepts it.</summary>
    public RawSocket? TryAccept(uint user)
    {
        int descriptor;
        using (LinuxThread.As(user))
            descriptor = Accept(Descriptor, null, null, LinuxSocketCalls.CloseOnExec);
        if (descriptor < 0)
            return null;
        var socket = new RawSocket(descriptor, Protocol) { ReuseAddress = ReuseAddress, ReusePort = ReusePort };
        return socket.Identified();
    }

    /// <summary>Closes this end first and then the other, which leaves this one in TIME_WAIT.</summary>
    public void CloseIntoTimeWait(RawSocket peer)
    {
        Dispose();
        byte* nothing = stackalloc byte[16];
        while (Receive(peer.Descriptor, nothing, 16, 0) > 0)
        {
        }

        peer.Dispose();
    }

    /// <summary>Closes so that nothing is left on the port: a connection is reset.</summary>
    public void Reset()
    {
        ulong on = BitConverter.IsLittleEndian ? 1ul : 1ul << 32;
        if (Descriptor >= 0 && Protocol == TransportProtocol.Tcp)
            _ = LinuxSocketCalls.SetOption(Descriptor, SocketLevel, Linger, &on, sizeof(ulong));
        Dispose();
    }

    public int LocalPort()
    {
        byte* address = stackalloc byte[28];
        uint length = 28;
        return GetName(Descriptor, address, &length) == 0 ? address[2] << 8 | address[3] : 0;
    }

    public void Dispose()
    {
        if (Descriptor >= 0)
            _ = LinuxSocketCalls.Close(Descriptor);
        Descriptor = -1;
    }

    /// <summary>This socket, with its cookie and IPV6_V6ONLY read.</summary>
    public RawSocket Identified()
    {
        ulong cookie = 0;
        uint length = sizeof(ulong);
        _ = GetOption(Descriptor, SocketLevel, CookieOption, &cookie, &length);
        Cookie = cookie;
        int only = 0;
        length = sizeof(int);
        IPv6Only = GetOption(Descriptor, LinuxSocketCalls.IPv6Level, LinuxSocketCalls.IPv6Only, &only, &length) == 0 && only != 0;
        return this;
    }

    private int WithAddress(NetEndpoint endpoint, bool isConnect)
    {
        Span<byte> address = stackalloc byte[LinuxSocketAddress.MaxLength];
        int length = LinuxSocketAddress.Write(endpoint, address, BitConverter.IsLittleEndian);
        fixed (byte* bytes = address)
        {
            int result = isConnect ? Connect(Descriptor, bytes, (uint)length) : LinuxSocketCalls.Bind(Descriptor, bytes, (uint)length);
            return result == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Connections here are made and taken at once, or not at all: a packet that is dropped must not hold a test up.</summary>
    private void SetTimeouts()
    {
        long* time = stackalloc long[2] { 0, 50_000 };
        _ = LinuxSocketCalls.SetOption(Descriptor, SocketLevel, ReceiveTimeout, time, 16);
        _ = LinuxSocketCalls.SetOption(Descriptor, SocketLevel, SendTimeout, time, 16);
    }

    private bool Set(int level, int name, int value) => LinuxSocketCalls.SetOption(Descriptor, level, name, &value, sizeof(int)) == 0;

    private bool SetDevice(string name)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(name);
        fixed (byte* start = bytes)
            return LinuxSocketCalls.SetOption(Descriptor, SocketLevel, LinuxSocketCalls.BindToDevice, start, (uint)bytes.Length) == 0;
    }

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Connect(int descriptor, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Accept(int descriptor, byte* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetName(int descriptor, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetOption(int descriptor, int level, int name, void* value, uint* length);
}

/// <summary>Who the calling thread is to the kernel: its file system user and its capabilities, which are a thread's own.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LinuxThread
{
    private const uint CapabilityVersion = 0x20080522;

    /// <summary>Sockets are noted down as this user's until the result is disposed of. Needs root.</summary>
    public static Identification As(uint user)
    {
        if (user != 0)
            _ = SetFileSystemUser(user);
        return new Identification(user);
    }

    /// <summary>The effective capabilities of this thread.</summary>
    public static ulong Capabilities()
    {
        (uint Version, int Thread) header = (CapabilityVersion, 0);
        uint* sets = stackalloc uint[6];
        return GetCapabilities(&header, sets) == 0 ? sets[0] | (ulong)sets[3] << 32 : 0;
    }

    /// <summary>Makes these the thread's effective capabilities; they must be permitted.</summary>
    public static void SetCapabilities(ulong effective)
    {
        (uint Version, int Thread) header = (CapabilityVersion, 0);
        uint* sets = stackalloc uint[6];
        if (GetCapabilities(&header, sets) != 0)
            throw new InvalidOperationException("capget");
        (sets[0], sets[3]) = ((uint)effective, (uint)(effective >> 32));
        if (SetCapabilities(&header, sets) != 0)
            throw new InvalidOperationException("capset");
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetFileSystemUser(uint user);

    [LibraryImport("libc", EntryPoint = "capget")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetCapabilities(void* header, uint* sets);

    [LibraryImport("libc", EntryPoint = "capset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetCapabilities(void* header, uint* sets);

    /// <summary>Ends with the thread being root again.</summary>
    public readonly struct Identification(uint user) : IDisposable
    {
        public void Dispose()
        {
            if (user != 0)
                _ = SetFileSystemUser(0);
        }
    }
}
