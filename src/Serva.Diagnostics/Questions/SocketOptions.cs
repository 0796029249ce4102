using System;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>Reads from a socket of the caller what a bind depends on.</summary>
[SuppressMessage("ApiDesign", "RS0030:Do not use banned APIs", Justification = "Reads the options of the caller's own socket.")]
internal static class SocketOptions
{
    // IFNAMSIZ of net/if.h, with the zero byte at the end.
    private const int LongestDeviceName = 16;
    private const int LinuxSolSocket = 1;
    private const int LinuxReuseAddress = 2;
    private const int LinuxReusePort = 15;
    private const int LinuxBindToDevice = 25;
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
            DualMode = socket.AddressFamily == AddressFamily.InterNetworkV6 && IsDualMode(socket),
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
            Device = DeviceOf(socket),
        };
    }

    private static bool IsSet(Socket socket, int level, int name) => ReadNumber(socket, level, name) != 0;

    private static uint ReadNumber(Socket socket, int level, int name)
    {
        uint value = 0;
        return Read(socket, level, name, MemoryMarshal.AsBytes(new Span<uint>(ref value))) > 0 ? value : 0;
    }

    private static bool IsDualMode(Socket socket)
    {
        try
        {
            return socket.DualMode;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>The interface's name as <c>SO_BINDTODEVICE</c> tells it, ended by a zero byte (socket(7)); null for none.</summary>
    private static string? DeviceOf(Socket socket)
    {
        Span<byte> value = stackalloc byte[LongestDeviceName];
        int length = Read(socket, LinuxSolSocket, LinuxBindToDevice, value);
        ReadOnlySpan<byte> name = value[..length];
        int end = name.IndexOf((byte)0);
        return end == 0 || name.IsEmpty ? null : Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }

    /// <summary>
    /// The bytes of an option; none when the system refuses, or the socket is disposed of: this runs in a catch block,
    /// and must not put an error of its own in the place of the one that is to be explained.
    /// </summary>
    private static int Read(Socket socket, int level, int name, Span<byte> value)
    {
        try
        {
            return socket.GetRawSocketOption(level, name, value);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
