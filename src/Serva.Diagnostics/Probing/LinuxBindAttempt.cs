using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.NativeSockets;
using Serva.Diagnostics.Probing.Native;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Probing;

/// <summary>Binds on Linux by plain system calls, with exactly the options that the request names.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class LinuxBindAttempt
{
    private const int LongestDeviceName = 15;

    public static BindAttempt Make(BindRequest request, bool listens)
    {
        var attempt = new BindAttempt(PlatformFamily.Linux);
        bool isIPv6 = request.Endpoint.Address.IsIPv6;
        (int type, int protocol) = request.Protocol switch
        {
            TransportProtocol.Tcp => (LinuxSocketCalls.Stream, (int)TransportProtocol.Tcp),
            TransportProtocol.Raw => (LinuxSocketCalls.Raw, request.Endpoint.Port),
            _ => (LinuxSocketCalls.Datagram, (int)request.Protocol),
        };
        int descriptor = LinuxSocketCalls.Open(
            isIPv6 ? LinuxSocketCalls.Inet6 : LinuxSocketCalls.Inet, type | LinuxSocketCalls.CloseOnExec, protocol);
        if (descriptor < 0)
        {
            attempt.ErrorCode = Marshal.GetLastPInvokeError();
            return attempt;
        }

        try
        {
            if (SetOptions(descriptor, request, isIPv6, attempt))
                Bind(descriptor, request, listens, attempt);
        }
        finally
        {
            _ = LinuxSocketCalls.Close(descriptor);
        }

        return attempt;
    }

    private static bool SetOptions(int descriptor, BindRequest request, bool isIPv6, BindAttempt attempt)
    {
        // The kernel's default comes from net.ipv6.bindv6only, so the option is set either way. Raw sockets serve IPv6 alone.
        if (isIPv6 && request.Protocol != TransportProtocol.Raw
            && !SetFlag(descriptor, LinuxSocketCalls.IPv6Level, LinuxSocketCalls.IPv6Only, request.DualMode ? 0 : 1, request.DualMode ? "IPV6_V6ONLY=0" : "IPV6_V6ONLY=1", attempt))
        {
            return false;
        }

        if (request.ReuseAddress && !SetFlag(descriptor, LinuxSocketCalls.SocketLevel, LinuxSocketCalls.ReuseAddress, 1, "SO_REUSEADDR", attempt))
            return false;
        if (request.ReusePort && !SetFlag(descriptor, LinuxSocketCalls.SocketLevel, LinuxSocketCalls.ReusePort, 1, "SO_REUSEPORT", attempt))
            return false;
        if (!string.IsNullOrEmpty(request.Device) && !SetDevice(descriptor, request.Device, attempt))
            return false;
        int level = isIPv6 ? LinuxSocketCalls.IPv6Level : LinuxSocketCalls.IPLevel;
        if (request.FreeBind && !SetFlag(descriptor, level, isIPv6 ? LinuxSocketCalls.IPv6FreeBind : LinuxSocketCalls.IPFreeBind, 1, "IP_FREEBIND", attempt))
            return false;
        int range = request.LowestAutomaticPort | request.HighestAutomaticPort << 16;
        if (range != 0 && !SetFlag(descriptor, LinuxSocketCalls.IPLevel, LinuxSocketCalls.IPLocalPortRange, range, $"IP_LOCAL_PORT_RANGE={request.LowestAutomaticPort}-{request.HighestAutomaticPort}", attempt))
            return false;
        return !request.Transparent
            || SetFlag(descriptor, level, isIPv6 ? LinuxSocketCalls.IPv6Transparent : LinuxSocketCalls.IPTransparent, 1, "IP_TRANSPARENT", attempt);
    }

    private static bool SetFlag(int descriptor, int level, int name, int value, string text, BindAttempt attempt)
    {
        if (LinuxSocketCalls.SetOption(descriptor, level, name, &value, sizeof(int)) != 0)
        {
            attempt.ErrorCode = Marshal.GetLastPInvokeError();
            return false;
        }

        attempt.Set(text);
        return true;
    }

    private static bool SetDevice(int descriptor, string device, BindAttempt attempt)
    {
        // The kernel cuts longer names and would bind another interface.
        byte[] name = Encoding.UTF8.GetBytes(device);
        if (name.Length > LongestDeviceName)
        {
            attempt.ErrorCode = NativeErrors.For(PlatformFamily.Linux, BindOutcome.NoSuchDevice)!.Value.Code!.Value;
            return false;
        }

        fixed (byte* bytes = name)
        {
            if (LinuxSocketCalls.SetOption(descriptor, LinuxSocketCalls.SocketLevel, LinuxSocketCalls.BindToDevice, bytes, (uint)name.Length) != 0)
            {
                attempt.ErrorCode = Marshal.GetLastPInvokeError();
                return false;
            }
        }

        attempt.Set($"SO_BINDTODEVICE={device}");
        return true;
    }

    private static void Bind(int descriptor, BindRequest request, bool listens, BindAttempt attempt)
    {
        // What a raw socket has for a port is its protocol, which it was made with.
        NetEndpoint endpoint = request.Protocol == TransportProtocol.Raw ? request.Endpoint.WithPort(0) : request.Endpoint;
        Span<byte> address = stackalloc byte[LinuxSocketAddress.MaxLength];
        int length = LinuxSocketAddress.Write(endpoint, address, BitConverter.IsLittleEndian);
        attempt.Stage = BindStage.Bind;
        fixed (byte* bytes = address)
        {
            if (LinuxSocketCalls.Bind(descriptor, bytes, (uint)length) != 0)
            {
                attempt.ErrorCode = Marshal.GetLastPInvokeError();
                return;
            }
        }

        if (!listens)
            return;
        attempt.Stage = BindStage.Listen;
        if (LinuxSocketCalls.Listen(descriptor, 1) != 0)
            attempt.ErrorCode = Marshal.GetLastPInvokeError();
    }
}
