using System;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>Reads from a socket of the caller what a bind depends on.</summary>
[SuppressMessage("ApiDesign", "RS0030:Do not use banned APIs", Justification = "Reads the options of the caller's own socket.")]
internal static class SocketOptions
{
    private const int LinuxSolSocket = 1;
    private const int LinuxReuseAddress = 2;
    private const int LinuxReusePort = 15;
    private const int LinuxIPFreeBind = 15;
    private const int LinuxIPTransparent = 19;
    private const int LinuxIPLocalPortRange = 51;
    private const int WindowsSolSocket = 0xffff;
    private const int WindowsReuseAddress = 4;
    private const int WindowsExclusiveAddressUse = -5;

    public static BindRequest Read(Socket socket, IPEndPoint endPoint)
    {
        TransportProtocol protocol = socket.ProtocolType switch
        {
            ProtocolType.Tcp => TransportProtocol.Tcp,
            ProtocolType.Udp => TransportProtocol.Udp,
            _ when socket.SocketType == SocketType.Raw => TransportProtocol.Raw,
            _ => throw new ArgumentException($"Sockets of protocol {socket.ProtocolType} cannot be explained.", nameof(socket)),
        };
        var request = new BindRequest
        {
            Protocol = protocol,
            Endpoint = NetEndpoint.FromIPEndPoint(endPoint),
            Listen = protocol == TransportProtocol.Tcp,
            DualMode = socket.AddressFamily == AddressFamily.InterNetworkV6 && socket.DualMode,
        };
        if (OperatingSystem.IsWindows())
        {
            return request with
            {
                ReuseAddress = IsSet(socket, WindowsSolSocket, WindowsReuseAddress),
                ExclusiveAddressUse = IsSet(socket, WindowsSolSocket, WindowsExclusiveAddressUse),
            };
        }

        if (!OperatingSystem.IsLinux())
            return request;
        uint range = ReadNumber(socket, 0, LinuxIPLocalPortRange);
        return request with
        {
            LowestAutomaticPort = (int)(range & 0xffff),
            HighestAutomaticPort = (int)(range >> 16),

            // .NET sets SO_REUSEADDR itself just before it binds a TCP socket.
            ReuseAddress = protocol == TransportProtocol.Tcp || IsSet(socket, LinuxSolSocket, LinuxReuseAddress),
            ReusePort = IsSet(socket, LinuxSolSocket, LinuxReusePort),
            FreeBind = IsSet(socket, 0, LinuxIPFreeBind),
            Transparent = IsSet(socket, 0, LinuxIPTransparent),
        };
    }

    private static bool IsSet(Socket socket, int level, int name) => ReadNumber(socket, level, name) != 0;

    private static uint ReadNumber(Socket socket, int level, int name)
    {
        uint value = 0;
        try
        {
            _ = socket.GetRawSocketOption(level, name, MemoryMarshal.AsBytes(new Span<uint>(ref value)));
            return value;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
