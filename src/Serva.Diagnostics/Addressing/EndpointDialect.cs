namespace Serva.Diagnostics.Addressing;

/// <summary>Who wrote the text of an endpoint. Always chosen by the caller: the same text means different things in different dialects.</summary>
public enum EndpointDialect
{
    /// <summary>
    /// A person or a configuration: <c>192.0.2.1:80</c>, <c>[fe80::1%eth0]:80</c>, <c>::1</c>, <c>localhost:8080</c>,
    /// <c>*:80</c>, <c>+:80</c>, and URL prefixes such as <c>http://+:80/path/</c>. The port may be missing; an IPv6 address
    /// without brackets has none.
    /// </summary>
    UserText,

    /// <summary>
    /// Windows <c>netstat</c>: <c>0.0.0.0:135</c>, <c>[fe80::1%12]:546</c>, <c>*:*</c>; without <c>-n</c> names of hosts and
    /// services, <c>desktop:https</c>.
    /// </summary>
    WindowsNetstat,

    /// <summary>
    /// Linux <c>ss</c>: the device stands behind the address, <c>127.0.0.53%lo:53</c>, <c>[fe80::1]%eth0:546</c>,
    /// <c>*%eth0:68</c>. Source: iproute2 misc/ss.c, sock_addr_print.
    /// </summary>
    LinuxSs,

    /// <summary>Linux net-tools <c>netstat</c>: no brackets, the last colon is before the port, <c>:::80</c>, <c>::1:631</c>.</summary>
    NetTools,

    /// <summary>
    /// BSD and macOS <c>netstat</c>: the last dot is before the port, <c>10.0.0.1.80</c>, <c>*.80</c>. Without <c>-W</c> the
    /// tool cuts long addresses off; what is no address any more is refused.
    /// </summary>
    BsdNetstat,

    /// <summary>
    /// <c>/proc/net/tcp</c> and its kin on a little-endian machine: <c>0100007F:1F90</c>; the address in 32-bit words of the
    /// machine's byte order, the port as a number. Source: Linux net/ipv4/tcp_ipv4.c, get_tcp4_sock.
    /// </summary>
    ProcNet,

    /// <summary>The same on a big-endian machine: <c>7F000001:1F90</c>.</summary>
    ProcNetBigEndian,

    /// <summary><c>lsof</c>: <c>*:8080</c>, <c>[::1]:631</c>; a connection is read by <see cref="EndpointText.TryParsePair(System.ReadOnlySpan{char}, EndpointDialect, out EndpointText, out EndpointText, out EndpointError)"/>.</summary>
    Lsof,
}
