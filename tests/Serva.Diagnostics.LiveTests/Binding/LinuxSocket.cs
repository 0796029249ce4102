using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.NativeSockets;
using Serva.Diagnostics.Probing.Native;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>A real socket of this process with exactly the options it was given, and the row that describes it.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class LinuxSocket : IDisposable
{
    private LinuxSocket(Socket socket, SocketRow row)
    {
        Socket = socket;
        Row = row;
    }

    public Socket Socket { get; }

    public SocketRow Row { get; private set; }

    /// <summary>Binds a socket as a request says; null when the kernel refuses.</summary>
    public static LinuxSocket? TryBind(BindRequest request, uint userId)
    {
        bool isIPv6 = request.Endpoint.Address.IsIPv6;
        bool isStream = request.Protocol == TransportProtocol.Tcp;
        uint own = LinuxSocketCalls.EffectiveUserId();

        // The kernel notes the file system's user of the calling thread on the socket.
        if (userId != own)
            _ = SetFileSystemUser(userId);
        int descriptor = LinuxSocketCalls.Open(
            isIPv6 ? LinuxSocketCalls.Inet6 : LinuxSocketCalls.Inet,
            (isStream ? LinuxSocketCalls.Stream : LinuxSocketCalls.Datagram) | LinuxSocketCalls.CloseOnExec,
            (int)request.Protocol);
        if (userId != own)
            _ = SetFileSystemUser(own);
        if (descriptor < 0)
            return null;
        if (isIPv6)
            Set(descriptor, LinuxSocketCalls.IPv6Level, LinuxSocketCalls.IPv6Only, request.DualMode ? 0 : 1);
        Set(descriptor, LinuxSocketCalls.SocketLevel, LinuxSocketCalls.ReuseAddress, request.ReuseAddress ? 1 : 0);
        Set(descriptor, LinuxSocketCalls.SocketLevel, LinuxSocketCalls.ReusePort, request.ReusePort ? 1 : 0);
        Span<byte> address = stackalloc byte[LinuxSocketAddress.MaxLength];
        int length = LinuxSocketAddress.Write(request.Endpoint, address, BitConverter.IsLittleEndian);
        fixed (byte* bytes = address)
        {
            if (LinuxSocketCalls.Bind(descriptor, bytes, (uint)length) != 0)
            {
                _ = LinuxSocketCalls.Close(descriptor);
                return null;
            }
        }

        // .NET's socket reads address and state once, when it takes the descriptor over.
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        NetAddress bound = request.Endpoint.Address;
        return new LinuxSocket(socket, new SocketRow
        {
            Protocol = request.Protocol,
            Local = request.Endpoint,
            State = isStream ? System.Net.NetworkInformation.TcpState.Closed : null,
            ReuseAddress = request.ReuseAddress,
            ReusePort = request.ReusePort,
            IPv6Only = isIPv6 ? !request.DualMode || (!bound.IsUnspecified && !bound.IsIPv4Mapped) : null,
            UserId = userId,
        });
    }

    /// <summary>Listens; false when the kernel refuses.</summary>
    public bool TryListen()
    {
        try
        {
            Socket.Listen(5);
        }
        catch (SocketException)
        {
            return false;
        }

        Row = Row with { State = System.Net.NetworkInformation.TcpState.Listen };
        return true;
    }

    /// <summary>Connects a datagram socket to a port of its own family's loopback, which gives it an address.</summary>
    public void ConnectToLoopback()
    {
        Socket.Connect(new IPEndPoint(Row.Local.Address.IsIPv4 ? IPAddress.Loopback : Row.Local.Address.IsIPv4Mapped ? IPAddress.Loopback.MapToIPv6() : IPAddress.IPv6Loopback, 9));
        Row = Row with { Local = AddressOf(Socket), Remote = NetEndpoint.FromIPEndPoint((IPEndPoint)Socket.RemoteEndPoint!) };
    }

    /// <summary>Lets a client connect over IPv4 or IPv6 loopback and takes the connection.</summary>
    /// <returns>The server's end, and the client.</returns>
    public (LinuxSocket Accepted, Socket Client) Accept(IPAddress to)
    {
        var client = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(to, Row.Local.Port);
        Socket accepted = Socket.Accept();
        return (new LinuxSocket(accepted, Row with
        {
            State = System.Net.NetworkInformation.TcpState.Established,
            Local = AddressOf(accepted),
            Remote = NetEndpoint.FromIPEndPoint((IPEndPoint)client.LocalEndPoint!),

            // accept() gives the connection to its caller, whoever opened the listener.
            UserId = LinuxSocketCalls.EffectiveUserId(),
        }), client);
    }

    /// <summary>Closes this end first, so that the kernel keeps it in TIME_WAIT, and describes that.</summary>
    public SocketRow CloseIntoTimeWait(Socket client)
    {
        Socket.Dispose();
        while (client.Receive(new byte[16]) > 0)
        {
        }

        client.Dispose();
        return Row with { State = System.Net.NetworkInformation.TcpState.TimeWait, UserId = null };
    }

    public void Dispose() => Socket.Dispose();

    private static NetEndpoint AddressOf(Socket socket) => NetEndpoint.FromIPEndPoint((IPEndPoint)socket.LocalEndPoint!);

    private static void Set(int descriptor, int level, int name, int value) =>
        _ = LinuxSocketCalls.SetOption(descriptor, level, name, &value, sizeof(int));

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetFileSystemUser(uint user);
}
