using System.Net.Sockets;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Probing;

/// <summary>
/// Binds through .NET's own socket: on Windows, where it sets nothing by itself, and on systems without calls of their
/// own here, where it sets SO_REUSEADDR before a TCP bind.
/// </summary>
internal static class PortableBindAttempt
{
    public static BindAttempt Make(BindRequest request, bool listens, PlatformFamily family)
    {
        var attempt = new BindAttempt(family);
        try
        {
            using Socket socket = Open(request);
            SetOptions(socket, request, family, attempt);
            attempt.Stage = BindStage.Bind;
            NetEndpoint endpoint = request.Protocol == TransportProtocol.Raw ? request.Endpoint.WithPort(0) : request.Endpoint;
            socket.Bind(endpoint.ToIPEndPoint());
            if (!listens)
                return attempt;
            attempt.Stage = BindStage.Listen;
            socket.Listen(1);
        }
        catch (SocketException error)
        {
            attempt.ErrorCode = error.NativeErrorCode;
        }

        return attempt;
    }

    private static Socket Open(BindRequest request) => request.Protocol switch
    {
        TransportProtocol.Tcp => new Socket(request.Endpoint.Family, SocketType.Stream, ProtocolType.Tcp),
        TransportProtocol.Raw => new Socket(request.Endpoint.Family, SocketType.Raw, (ProtocolType)request.Endpoint.Port),
        _ => new Socket(request.Endpoint.Family, SocketType.Dgram, (ProtocolType)request.Protocol),
    };

    private static void SetOptions(Socket socket, BindRequest request, PlatformFamily family, BindAttempt attempt)
    {
        if (request.Endpoint.Address.IsIPv6 && request.Protocol != TransportProtocol.Raw)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.IPv6Only, !request.DualMode);
            attempt.Set(request.DualMode ? "IPV6_V6ONLY=0" : "IPV6_V6ONLY=1");
        }

        bool setsByItself = family != PlatformFamily.Windows && request.Protocol == TransportProtocol.Tcp;
        if (request.ReuseAddress || setsByItself)
        {
            if (!setsByItself)
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            attempt.Set("SO_REUSEADDR");
        }

        if (request.ExclusiveAddressUse && family == PlatformFamily.Windows)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse, true);
            attempt.Set("SO_EXCLUSIVEADDRUSE");
        }
    }
}
