using System;

namespace Serva.Diagnostics.Formats.ErrorText;

/// <summary>A program that writes errors in a way of its own, and what its sockets are like.</summary>
/// <param name="Mark">What its texts hold.</param>
/// <param name="Name">The program or library.</param>
/// <param name="Protocol">What it serves; null when it may serve several.</param>
/// <param name="Port">The port it serves when the text names none; null for none.</param>
/// <param name="SetsReuseAddress">Whether it sets SO_REUSEADDR on TCP sockets, elsewhere than on Windows.</param>
/// <param name="IsDualStack">Whether its <c>[::]</c> serves IPv4 too.</param>
internal readonly record struct ErrorProgram(
    string Mark, string Name, TransportProtocol? Protocol = null, int? Port = null, bool SetsReuseAddress = false, bool IsDualStack = false);

/// <summary>The programs that are recognised by their texts.</summary>
/// <remarks>
/// What their sockets are like stands in their sources: Kestrel's SocketTransportOptions, libuv's uv__tcp_bind, Go's
/// setDefaultListenerSockopts and favoriteAddrFamily, nginx's ngx_open_listening_sockets (ipv6only since 1.3.4), Apache's
/// make_sock, dnsmasq's make_sock.
/// </remarks>
internal static class ErrorPrograms
{
    // The first mark that a text holds names the program: those who use another's library stand before it.
    private static readonly ErrorProgram[] s_all =
    [
        new("userland proxy", "Docker", SetsReuseAddress: true, IsDualStack: true),
        new("port is already allocated", "Docker", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("UvException", "libuv", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("Failed to bind to address", "Kestrel", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("Unable to bind to http", "Kestrel", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("Server.Kestrel", "Kestrel", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("HttpListenerException", "HttpListener", TransportProtocol.Tcp),
        new("Failed to listen on prefix", "HttpListener", TransportProtocol.Tcp),
        new("SocketException", ".NET", SetsReuseAddress: true),
        new("listen EADDR", "Node.js", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("listen EACCES", "Node.js", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("bind EADDR", "Node.js", TransportProtocol.Udp, IsDualStack: true),
        new("bind EACCES", "Node.js", TransportProtocol.Udp, IsDualStack: true),
        new("listen tcp", "Go", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("listen udp", "Go", TransportProtocol.Udp, IsDualStack: true),
        new("java.net.", "Java"),
        new("OSError", "Python"),
        new("PermissionError", "Python"),
        new("socket.error", "Python"),
        new("[Errno ", "Python"),
        new("[WinError ", "Python"),
        new("AH00072", "Apache httpd", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("make_sock:", "Apache httpd", TransportProtocol.Tcp, SetsReuseAddress: true, IsDualStack: true),
        new("nginx", "nginx", TransportProtocol.Tcp, SetsReuseAddress: true),
        new("bind() to ", "nginx", TransportProtocol.Tcp, SetsReuseAddress: true),
        new("socket() [", "nginx", TransportProtocol.Tcp, SetsReuseAddress: true),
        new("DHCP server socket", "dnsmasq", TransportProtocol.Udp, 67),
        new("create DHCP socket", "dnsmasq", TransportProtocol.Udp, 67),
        new("failed to create listening socket for port", "dnsmasq"),
        new("dnsmasq", "dnsmasq"),
        new("DHCPSRV_OPEN_SOCKET_FAIL", "Kea", TransportProtocol.Udp, 67),
        new("can't bind socket", "unbound"),
        new("Could not open NTP socket", "chronyd", TransportProtocol.Udp, 123),
        new("Tftpd32", "Tftpd64", TransportProtocol.Udp),
        new("Tftpd64", "Tftpd64", TransportProtocol.Udp),
        new("Bind error 10", "Tftpd64", TransportProtocol.Udp),
        new("tftpd:", "in.tftpd", TransportProtocol.Udp, 69),
        new(": bind: ", "Go", SetsReuseAddress: true, IsDualStack: true),
        new("PXE-E32", "PXE", TransportProtocol.Udp, 69),
        new("PXE-E51", "PXE", TransportProtocol.Udp, 67),
        new("PXE-E53", "PXE", TransportProtocol.Udp, 67),
        new("PXE-E55", "PXE", TransportProtocol.Udp, 4011),
    ];

    /// <summary>The program that wrote a text, and where its mark stands.</summary>
    public static ErrorProgram? Find(ReadOnlySpan<char> text, out int start)
    {
        foreach (ErrorProgram program in s_all)
        {
            start = text.IndexOf(program.Mark, StringComparison.OrdinalIgnoreCase);
            if (start >= 0)
                return program;
        }

        start = -1;
        return null;
    }
}
