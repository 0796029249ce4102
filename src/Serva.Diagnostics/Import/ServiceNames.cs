using System;
using System.Collections.Frozen;
using System.Collections.Generic;

namespace Serva.Diagnostics.Import;

/// <summary>The ports behind the names that netstat and lsof print without <c>-n</c>.</summary>
/// <remarks>Source: the services files of Windows XP to 11 and IANA's registry, of which the ports that hosts listen on.</remarks>
internal static class ServiceNames
{
    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> s_ports = new Dictionary<string, int>
    {
        ["echo"] = 7, ["discard"] = 9, ["systat"] = 11, ["daytime"] = 13, ["qotd"] = 17, ["chargen"] = 19, ["ftp-data"] = 20, ["ftp"] = 21, ["ssh"] = 22,
        ["telnet"] = 23, ["smtp"] = 25, ["time"] = 37, ["nameserver"] = 42, ["name"] = 42, ["nicname"] = 43, ["domain"] = 53, ["bootps"] = 67, ["dhcps"] = 67, ["bootpc"] = 68,
        ["tftp"] = 69, ["finger"] = 79, ["http"] = 80, ["www"] = 80, ["kerberos"] = 88, ["kerberos-sec"] = 88, ["pop3"] = 110, ["sunrpc"] = 111, ["rpcbind"] = 111, ["auth"] = 113, ["nntp"] = 119,
        ["ntp"] = 123, ["epmap"] = 135, ["loc-srv"] = 135, ["netbios-ns"] = 137, ["netbios-dgm"] = 138, ["netbios-ssn"] = 139, ["nbname"] = 137, ["nbdatagram"] = 138,
        ["nbsession"] = 139, ["imap"] = 143, ["imap2"] = 143, ["snmp"] = 161, ["snmptrap"] = 162, ["snmp-trap"] = 162, ["bgp"] = 179, ["irc"] = 194, ["ldap"] = 389, ["svrloc"] = 427, ["https"] = 443,
        ["microsoft-ds"] = 445, ["kpasswd"] = 464, ["submissions"] = 465, ["isakmp"] = 500, ["exec"] = 512, ["login"] = 513, ["cmd"] = 514, ["shell"] = 514, ["syslog"] = 514,
        ["printer"] = 515, ["router"] = 520, ["ripng"] = 521, ["dhcpv6-client"] = 546, ["dhcpv6-server"] = 547, ["rtsp"] = 554, ["nntps"] = 563, ["submission"] = 587, ["http-rpc-epmap"] = 593, ["ipp"] = 631, ["ldaps"] = 636,
        ["ftps-data"] = 989, ["ftps"] = 990, ["telnets"] = 992, ["imaps"] = 993, ["pop3s"] = 995, ["kpop"] = 1109, ["socks"] = 1080, ["ms-sql-s"] = 1433, ["ms-sql-m"] = 1434, ["wins"] = 1512,
        ["ingreslock"] = 1524, ["l2tp"] = 1701, ["l2f"] = 1701, ["pptp"] = 1723, ["radius"] = 1812, ["radacct"] = 1813, ["ssdp"] = 1900, ["nfs"] = 2049, ["nfsd"] = 2049, ["icslap"] = 2869, ["msft-gc"] = 3268,
        ["msft-gc-ssl"] = 3269, ["mysql"] = 3306, ["ms-wbt-server"] = 3389, ["teredo"] = 3544, ["ws-discovery"] = 3702, ["svn"] = 3690, ["ipsec-msft"] = 4500, ["ipsec-nat-t"] = 4500, ["mdns"] = 5353,
        ["llmnr"] = 5355, ["wsdapi"] = 5357, ["wsdapi-s"] = 5358, ["postgresql"] = 5432, ["rfb"] = 5900, ["wsman"] = 5985, ["wsmans"] = 5986, ["x11"] = 6000, ["redis"] = 6379,
        ["irdmi"] = 8000, ["http-alt"] = 8080, ["webcache"] = 8080, ["pcsync-https"] = 8443, ["man"] = 9535,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The port; null for a name that is not known.</summary>
    public static int? PortOf(ReadOnlySpan<char> name, TransportProtocol protocol)
    {
        if (protocol == TransportProtocol.Udp && name is "who")
            return 513;
        return s_ports.TryGetValue(name, out int port) ? port : null;
    }
}
