using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Formats.ErrorText;

/// <summary>An error as people paste it, and what it says.</summary>
/// <param name="Text">The text.</param>
/// <param name="Name">The error's name; null when the text names none.</param>
/// <param name="Code">The number, where the text tells the system.</param>
/// <param name="Program">Who wrote it.</param>
/// <param name="Bind">The bind that failed, on Linux; null when the text does not say it all.</param>
internal sealed record PastedError(string Text, string? Name, int? Code, string? Program, string? Bind = null);

/// <summary>Errors in the words of the programs and systems that write them, from public threads about each; names and addresses are ours.</summary>
internal static class PastedErrors
{
    private const string Denied = "An attempt was made to access a socket in a way forbidden by its access permissions";
    private const string InUse = "Only one usage of each socket address (protocol/network address/port) is normally permitted";

    public static IReadOnlyList<PastedError> All { get; } =
    [
        // .NET
        new($"System.Net.Sockets.SocketException (10013): {Denied}.", "WSAEACCES", 10013, ".NET"),
        new($"Unhandled exception. System.Net.Sockets.SocketException (10048): {InUse}.", "WSAEADDRINUSE", 10048, ".NET"),
        new("System.Net.Sockets.SocketException (10049): The requested address is not valid in its context.", "WSAEADDRNOTAVAIL", 10049, ".NET"),
        new("System.Net.Sockets.SocketException (98): Address already in use", "EADDRINUSE", 98, ".NET"),
        new("System.Net.Sockets.SocketException (13): Permission denied", "EACCES", 13, ".NET"),
        new("System.Net.Sockets.SocketException (99): Cannot assign requested address", "EADDRNOTAVAIL", 99, ".NET"),
        new("System.Net.Sockets.SocketException (48): Address already in use", "EADDRINUSE", 48, ".NET"),
        new("System.Net.Sockets.SocketException (10054): An existing connection was forcibly closed by the remote host.", "WSAECONNRESET", 10054, ".NET"),
        new("System.Net.Sockets.SocketException (98): Address already in use [::ffff:0.0.0.0]:514 udp", "EADDRINUSE", 98, ".NET", "udp/[::ffff:0.0.0.0]:514"),

        // Kestrel
        new("System.IO.IOException: Failed to bind to address http://[::]:8096: address already in use.\n ---> Microsoft.AspNetCore.Connections.AddressInUseException: Address already in use\n ---> System.Net.Sockets.SocketException (98): Address already in use\n   at System.Net.Sockets.Socket.DoBind(EndPoint endPointSnapshot, SocketAddress socketAddress)", "EADDRINUSE", 98, "Kestrel", "tcp/[::]:8096 --reuse-address --dual-mode"),
        new("System.IO.IOException: Failed to bind to address http://127.0.0.1:5000: address already in use.", "EADDRINUSE", null, "Kestrel", "tcp/127.0.0.1:5000 --reuse-address"),
        new("Failed to bind to address https://*:443: address already in use.", "EADDRINUSE", null, "Kestrel", "tcp/[::]:443 --reuse-address --dual-mode"),
        new("Unable to bind to http://localhost:5000 on the IPv6 loopback interface: 'Cannot assign requested address'.", "EADDRNOTAVAIL", 99, "Kestrel", "tcp/[::1]:5000 --reuse-address"),
        new("Unable to bind to http://localhost:5000 on the IPv4 loopback interface: 'Address already in use'.", "EADDRINUSE", null, "Kestrel", "tcp/127.0.0.1:5000 --reuse-address"),
        new("Microsoft.AspNetCore.Server.Kestrel.Internal.Networking.UvException: Error -98 EADDRINUSE address already in use", "EADDRINUSE", 98, "libuv"),
        new("Microsoft.AspNetCore.Server.Kestrel.Internal.Networking.UvException: Error -99 EADDRNOTAVAIL address not available", "EADDRNOTAVAIL", 99, "libuv"),
        new("Microsoft.AspNetCore.Server.Kestrel.Internal.Networking.UvException: Error -97 EAFNOSUPPORT address family not supported", "EAFNOSUPPORT", 97, "libuv"),
        new($"crit: Microsoft.AspNetCore.Server.Kestrel[0]\n      Unable to start Kestrel.\n      System.Net.Sockets.SocketException (10013): {Denied}.", "WSAEACCES", 10013, "Kestrel"),

        // HttpListener
        new("System.Net.HttpListenerException (183): Failed to listen on prefix 'http://+:80/.well-known/acme-challenge/' because it conflicts with an existing registration on the machine.", "ERROR_ALREADY_EXISTS", 183, "HttpListener", "tcp/0.0.0.0:80"),
        new("System.Net.HttpListenerException (0x80004005): Access is denied", "ERROR_ACCESS_DENIED", 5, "HttpListener"),
        new("System.Net.HttpListenerException (5): Access is denied.", "ERROR_ACCESS_DENIED", 5, "HttpListener"),
        new("System.Net.HttpListenerException (32): The process cannot access the file because it is being used by another process.", "ERROR_SHARING_VIOLATION", 32, "HttpListener"),
        new("System.Net.HttpListenerException (87): The parameter is incorrect.", "ERROR_INVALID_PARAMETER", 87, "HttpListener"),

        // Node.js
        new("Error: listen EADDRINUSE: address already in use :::5000\n    at Server.setupListenHandle [as _listen2] (net.js:1318:16)", "EADDRINUSE", null, "Node.js", "tcp/[::]:5000 --reuse-address --dual-mode"),
        new("Error: listen EADDRINUSE: address already in use ::1:3000", "EADDRINUSE", null, "Node.js", "tcp/[::1]:3000 --reuse-address"),
        new("Error: listen EACCES: permission denied 0.0.0.0:5037", "EACCES", null, "Node.js", "tcp/0.0.0.0:5037 --reuse-address"),
        new("Error: listen EACCES: permission denied \"80\"", "EACCES", null, "Node.js"),
        new("Error: bind EADDRINUSE 0.0.0.0:69", "EADDRINUSE", null, "Node.js", "udp/0.0.0.0:69"),

        // Go
        new($"Error: loading initial config: listening on localhost:2019: listen tcp 127.0.0.1:2019: bind: {Denied}.", "WSAEACCES", 10013, "Go", "tcp/127.0.0.1:2019 --reuse-address"),
        new($"[FATAL] listen udp 127.0.0.1:53: bind: {InUse}.", "WSAEADDRINUSE", 10048, "Go", "udp/127.0.0.1:53"),
        new("listen tcp :8080: bind: address already in use", "EADDRINUSE", null, "Go", "tcp/[::]:8080 --reuse-address --dual-mode"),
        new("listen tcp 0.0.0.0:80: bind: permission denied", "EACCES", null, "Go", "tcp/0.0.0.0:80 --reuse-address"),
        new("listen udp4 :21027: bind: Normalerweise darf jede Socketadresse (Protokoll, Netzwerkadresse oder Anschluss) nur jeweils einmal verwendet werden.", "WSAEADDRINUSE", 10048, "Go", "udp/[::]:21027 --dual-mode"),
        new("listen tcp 127.0.0.1:11434: bind: Une seule utilisation de chaque adresse de socket (protocole/adresse r\u00e9seau/port) est habituellement autoris\u00e9e.", "WSAEADDRINUSE", 10048, "Go", "tcp/127.0.0.1:11434 --reuse-address"),

        // Python, Java
        new($"OSError: [WinError 10048] {InUse}", "WSAEADDRINUSE", 10048, "Python"),
        new("OSError: [Errno 98] Address already in use", "EADDRINUSE", 98, "Python"),
        new("PermissionError: [Errno 13] Permission denied", "EACCES", 13, "Python"),
        new($"OSError: [Errno 10048] error while attempting to bind on address ('127.0.0.1', 49151): {InUse}", "WSAEADDRINUSE", 10048, "Python"),
        new("socket.error: [Errno 10013] Une tentative d\u2019acc\u00e8s \u00e0 un socket de mani\u00e8re interdite par ses autorisations d\u2019acc\u00e8s a \u00e9t\u00e9 tent\u00e9e", "WSAEACCES", 10013, "Python"),
        new("java.net.BindException: Address already in use: Cannot bind", "WSAEADDRINUSE", 10048, "Java"),
        new("java.net.BindException: Address already in use: JVM_Bind <null>:8080", "WSAEADDRINUSE", 10048, "Java"),
        new("java.net.BindException: Address already in use", "EADDRINUSE", null, "Java"),

        // Web servers
        new("nginx: [emerg] bind() to [::]:80 failed (98: Address already in use)", "EADDRINUSE", 98, "nginx", "tcp/[::]:80 --reuse-address"),
        new("2026/03/02 09:15:00 [emerg] 77#77: bind() to 192.0.2.9:80 failed (99: Cannot assign requested address)", "EADDRNOTAVAIL", 99, "nginx", "tcp/192.0.2.9:80 --reuse-address"),
        new("nginx: [emerg] socket() [::]:80 failed (97: Address family not supported by protocol)", "EAFNOSUPPORT", 97, "nginx", "tcp/[::]:80 --reuse-address"),
        new($"nginx: [emerg] bind() to 127.0.0.1:80 failed (10013: {Denied})", "WSAEACCES", 10013, "nginx", "tcp/127.0.0.1:80 --reuse-address"),
        new("(13)Permission denied: AH00072: make_sock: could not bind to address [::]:80", "EACCES", 13, "Apache httpd", "tcp/[::]:80 --reuse-address --dual-mode"),
        new("(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80", "EADDRINUSE", 98, "Apache httpd", "tcp/0.0.0.0:80 --reuse-address"),

        // DNS, DHCP, NTP, TFTP
        new("dnsmasq: failed to create listening socket for port 53: Address already in use", "EADDRINUSE", null, "dnsmasq", "udp/0.0.0.0:53"),
        new("dnsmasq: failed to create listening socket for 127.0.0.1: Address already in use", "EADDRINUSE", null, "dnsmasq"),
        new("dnsmasq: failed to bind DHCP server socket: Address already in use", "EADDRINUSE", null, "dnsmasq", "udp/0.0.0.0:67"),
        new("dnsmasq: cannot create DHCP socket: Permission denied", "EACCES", null, "dnsmasq", "udp/0.0.0.0:67"),
        new("[1719:0] error: can't bind socket: Cannot assign requested address for 2001:db8::1 port 53", "EADDRNOTAVAIL", 99, "unbound", "udp/[2001:db8::1]:53"),
        new("WARN  DHCPSRV_OPEN_SOCKET_FAIL failed to open socket: failed to bind socket to address 192.0.2.7, port 67, reason: Cannot assign requested address", "EADDRNOTAVAIL", 99, "Kea", "udp/192.0.2.7:67"),
        new("chronyd[812]: Could not open NTP socket on 0.0.0.0:123", null, null, "chronyd", "udp/0.0.0.0:123"),
        new("in.tftpd[4711]: tftpd: oack: Operation not permitted", "EPERM", null, "in.tftpd", "udp/0.0.0.0:69"),
        new("Error 10049\nTftpd32 tried to bind the tftp port\nto the interface 192.0.2.5\nwhich is not available for this host", "WSAEADDRNOTAVAIL", 10049, "Tftpd64", "udp/192.0.2.5:69"),
        new("Error 10048\nTftpd32 can not bind the dhcp port\nan application is already listening on this port", "WSAEADDRINUSE", 10048, "Tftpd64", "udp/0.0.0.0:67"),
        new("Bind error 10013", "WSAEACCES", 10013, "Tftpd64"),

        // Docker
        new("Error response from daemon: driver failed programming external connectivity on endpoint web: Error starting userland proxy: listen tcp4 0.0.0.0:53: bind: address already in use", "EADDRINUSE", null, "Docker", "tcp/0.0.0.0:53 --reuse-address"),
        new("Bind for 0.0.0.0:15672 failed: port is already allocated", "EADDRINUSE", null, "Docker", "tcp/0.0.0.0:15672 --reuse-address"),

        // Boot ROMs and TLS
        new("PXE-E32: TFTP open timeout", "PXE-E32", null, "PXE", "udp/0.0.0.0:69"),
        new("PXE-E51: No DHCP or proxyDHCP offers were received.", "PXE-E51", null, "PXE", "udp/0.0.0.0:67"),
        new("PXE-E53: No boot filename received", "PXE-E53", null, "PXE", "udp/0.0.0.0:67"),
        new("PXE-E55: ProxyDHCP service did not reply to request on port 4011", "PXE-E55", null, "PXE", "udp/0.0.0.0:4011"),
        new("SEC_E_ILLEGAL_MESSAGE", "SEC_E_ILLEGAL_MESSAGE", unchecked((int)0x80090326), null),
        new("schannel: next InitializeSecurityContext failed: (0x80090326)", "SEC_E_ILLEGAL_MESSAGE", unchecked((int)0x80090326), null),
        new("The message received was unexpected or badly formatted.", "SEC_E_ILLEGAL_MESSAGE", unchecked((int)0x80090326), null),

        // Words of Windows and of the C library
        new("Der Zugriff auf einen Socket war aufgrund der Zugriffsrechte des Sockets unzul\u00e4ssig.", "WSAEACCES", 10013, null),
        new("Die angeforderte Adresse ist in diesem Kontext ung\u00fcltig.", "WSAEADDRNOTAVAIL", 10049, null),
        new("L'adresse demand\u00e9e n'est pas valide dans son contexte.", "WSAEADDRNOTAVAIL", 10049, null),
        new("An invalid argument was supplied.", "WSAEINVAL", 10022, null),
        new("An operation on a socket could not be performed because the system lacked sufficient buffer space or because a queue was full.", "WSAENOBUFS", 10055, null),
        new("Can't assign requested address", "EADDRNOTAVAIL", 49, null),
        new("Os { code: 98, kind: AddrInUse, message: \"Address already in use\" }", "EADDRINUSE", 98, null),

        // Numbers and names alone
        new("10048", "WSAEADDRINUSE", 10048, null),
        new("10013", "WSAEACCES", 10013, null),
        new("10049", "WSAEADDRNOTAVAIL", 10049, null),
        new("10022", "WSAEINVAL", 10022, null),
        new("10055", "WSAENOBUFS", 10055, null),
        new("10054", "WSAECONNRESET", 10054, null),
        new("98", "EADDRINUSE", 98, null),
        new("-98", "EADDRINUSE", 98, null),
        new("13", "EACCES", 13, null),
        new("99", "EADDRNOTAVAIL", 99, null),
        new("22", "EINVAL", 22, null),
        new("97", "EAFNOSUPPORT", 97, null),
        new("105", "ENOBUFS", 105, null),
        new("48", "EADDRINUSE", 48, null),
        new("183", "ERROR_ALREADY_EXISTS", 183, null),
        new("32", "ERROR_SHARING_VIOLATION", 32, null),
        new("5", "ERROR_ACCESS_DENIED", 5, null),
        new("87", "ERROR_INVALID_PARAMETER", 87, null),
        new("0x80072740", "WSAEADDRINUSE", 10048, null),
        new("0x8007271d", "WSAEACCES", 10013, null),
        new("EADDRINUSE", "EADDRINUSE", null, null),
        new("eaddrinuse", "EADDRINUSE", null, null),
        new("WSAEACCES", "WSAEACCES", 10013, null),
        new("wsaeacces", "WSAEACCES", 10013, null),
        new("AddressAlreadyInUse", "EADDRINUSE", null, null),
    ];
}
