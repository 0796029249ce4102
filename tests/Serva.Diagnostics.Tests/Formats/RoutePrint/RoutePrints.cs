namespace Serva.Diagnostics.Tests.Formats.RoutePrint;

/// <summary>Prints typed anew after the shapes of real ones, with addresses of documentation.</summary>
internal static class RoutePrints
{
    private const string Line = "===========================================================================\n";

    /// <summary>Windows 10 with two adapters, persistent routes, and IPv6 with wrapped rows.</summary>
    public const string English = Line + """
        Interface List
         13...00 00 5e 00 53 01 ......Intel(R) Ethernet Connection
          7...00 00 5e 00 53 02 ......Intel(R) Dual Band Wireless
          1...........................Software Loopback Interface 1
         11...00 00 00 00 00 00 00 e0 Teredo Tunneling Pseudo-Interface

        """ + Line + "\nIPv4 Route Table\n" + Line + """
        Active Routes:
        Network Destination        Netmask          Gateway       Interface  Metric
                  0.0.0.0          0.0.0.0        192.0.2.1       192.0.2.10     25
                127.0.0.0        255.0.0.0         On-link         127.0.0.1    331
                127.0.0.1  255.255.255.255         On-link         127.0.0.1    331
          127.255.255.255  255.255.255.255         On-link         127.0.0.1    331
                192.0.2.0    255.255.255.0         On-link        192.0.2.10    281
               192.0.2.10  255.255.255.255         On-link        192.0.2.10    281
               192.0.2.77  255.255.255.255         On-link        192.0.2.10    281
              192.0.2.255  255.255.255.255         On-link        192.0.2.10    281
             198.51.100.0  255.255.255.128         On-link      198.51.100.5    306
             198.51.100.5  255.255.255.255         On-link      198.51.100.5    306
             203.0.113.99  255.255.255.255         On-link      198.51.100.5    306
                224.0.0.0        240.0.0.0         On-link         127.0.0.1    331
          255.255.255.255  255.255.255.255         On-link        192.0.2.10    281

        """ + Line + """
        Persistent Routes:
          Network Address          Netmask  Gateway Address  Metric
                  0.0.0.0          0.0.0.0        192.0.2.1  Default 
             203.0.113.64  255.255.255.224          On-link        3

        """ + Line + "\nIPv6 Route Table\n" + Line + """
        Active Routes:
         If Metric Network Destination      Gateway
         13    281 ::/0                     fe80::1
          1    331 ::1/128                  On-link
         13    281 2001:db8:1:2::/64        On-link
         13    281 2001:db8:1:2:8bd5:17a8:5e7d:9a50/128
                                            On-link
         13    281 fe80::/64                On-link
         13    281 fe80::8bd5:17a8:5e7d:9a50/128
                                            On-link
          1    331 ff00::/8                 On-link

        """ + Line + """
        Persistent Routes:
         If Metric Network Destination      Gateway
          0 4294967295 2001:db8:ffff::/48       2001:db8:1:2:ffff:ffff:ffff:fff1

        """ + Line;

    /// <summary>Windows 11 in German: the words for "on the link" are two.</summary>
    public const string German = Line + """
        Schnittstellenliste
         12...xx xx xx xx xx xx ......Intel(R) Wi-Fi 6
          1...........................Software Loopback Interface 1

        """ + Line + "\nIPv4-Routentabelle\n" + Line + """
        Aktive Routen:
             Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
                  0.0.0.0          0.0.0.0        192.0.2.1       192.0.2.10     30
                127.0.0.0        255.0.0.0   Auf Verbindung         127.0.0.1    331
                192.0.2.0    255.255.255.0   Auf Verbindung        192.0.2.10    286
        
        """ + Line + "Ständige Routen:\n  Netzwerkadresse          Netzmaske  Gatewayadresse  Metrik\n"
        + "        198.51.100.0    255.255.255.0   Auf Verbindung  Standard \n        203.0.113.0    255.255.255.0   Auf Verbindung        1\n" + Line;

    /// <summary>Windows 10 in French.</summary>
    public const string French = Line + "Liste d'Interfaces\n 20...00 00 5e 00 53 03 ......Realtek PCIe GbE\n  1...........................Software Loopback Interface 1\n" + Line
        + "\nIPv4 Table de routage\n" + Line + """
        Itinéraires actifs :
        Destination réseau    Masque réseau  Adr. passerelle   Adr. interface Métrique
                  0.0.0.0          0.0.0.0        192.0.2.1       192.0.2.10     30
                127.0.0.0        255.0.0.0         On-link         127.0.0.1    331
                192.0.2.0    255.255.255.0         On-link        192.0.2.10    286

        """ + Line + "Itinéraires persistants :\n  Adresse réseau    Masque réseau  Adresse passerelle Métrique\n        198.51.100.0    255.255.255.0        192.0.2.1  Par défaut\n" + Line;

    /// <summary>Windows 10 in Chinese: double width, and no blank in the heading of IPv6.</summary>
    public const string Chinese = Line + "接口列表\n 10...00 00 5e 00 53 04 ......环回适配器\n  1...........................Software Loopback Interface 1\n" + Line
        + "\nIPv4 路由表\n" + Line + """
        活动路由:
        网络目标        网络掩码          网关       接口   跃点数
                  0.0.0.0          0.0.0.0        192.0.2.1       192.0.2.10     30
                127.0.0.0        255.0.0.0            在链路上         127.0.0.1    331
                192.0.2.0    255.255.255.0            在链路上        192.0.2.10    286

        """ + Line + "永久路由:\n  网络地址          网络掩码  网关地址  跃点数\n        198.51.100.0    255.255.255.0        192.0.2.1     默认\n" + Line
        + "\nIPv6 路由表\n" + Line + "活动路由:\n 接口跃点数网络目标                网关\n 10    286 fe80::/64                在链路上\n"
        + " 10    286 fe80::18cf:69a1:ca29:2cd4/128\n                                    在链路上\n" + Line + "永久路由:\n  无\n";

    /// <summary>Windows XP: no words for "on the link", the own address by way of the loopback, a bare number as interface.</summary>
    public const string Xp = Line + """
        Interface List
        0x1 ........................... MS TCP Loopback interface
        0x2 ...00 00 5e 00 53 05 ...... Intel(R) PRO/100+ - Packet Scheduler Miniport
        0x20003 ...00 00 5e 00 53 06 ...... Network PC CARD #2

        """ + Line + Line + """
        Active Routes:
        Network Destination        Netmask          Gateway       Interface  Metric
                  0.0.0.0          0.0.0.0        192.0.2.1      192.0.2.100     30
                127.0.0.0        255.0.0.0        127.0.0.1       127.0.0.1       1
                192.0.2.0    255.255.255.0      192.0.2.100     192.0.2.100      30
              192.0.2.100  255.255.255.255        127.0.0.1       127.0.0.1      30
              192.0.2.101  255.255.255.255        127.0.0.1       127.0.0.1      30
              192.0.2.255  255.255.255.255      192.0.2.100     192.0.2.100      30
                224.0.0.0        240.0.0.0      192.0.2.100     192.0.2.100      30
          255.255.255.255  255.255.255.255      192.0.2.100           20003       1
          255.255.255.255  255.255.255.255      192.0.2.100     192.0.2.100       1
        Default Gateway:         192.0.2.1

        """ + Line + "Persistent Routes:\n  Network Address          Netmask  Gateway Address  Metric\n         198.51.100.0    255.255.255.0      192.0.2.254       1\n";
}
