using System.Globalization;
using System.Text;
using Serva.Diagnostics.Tests.Formats.RoutePrint;

namespace Serva.Diagnostics.Tests.Import;

/// <summary>What the script for Windows prints on four systems, typed anew in their layouts with documentation addresses.</summary>
internal static class CollectedWindows
{
    private const string Services = """

        SERVICE_NAME: MpsSvc
        DISPLAY_NAME: {0}
                TYPE               : 20  WIN32_SHARE_PROCESS
                STATE              : 4  RUNNING
                                        (STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)
                WIN32_EXIT_CODE    : 0  (0x0)
                SERVICE_EXIT_CODE  : 0  (0x0)
                CHECKPOINT         : 0x0
                WAIT_HINT          : 0x0
                PID                : 1388
                FLAGS              :

        SERVICE_NAME: W32Time
        DISPLAY_NAME: {1}
                TYPE               : 20  WIN32_SHARE_PROCESS
                STATE              : 1  STOPPED
                WIN32_EXIT_CODE    : 1077  (0x435)
                SERVICE_EXIT_CODE  : 0  (0x0)
                CHECKPOINT         : 0x0
                WAIT_HINT          : 0x0
                PID                : 0
                FLAGS              :

        """;

    private const string Registry = """

        HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules
            CoreNet-DHCP-In    REG_SZ    v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=68|RPort=67|App=%SystemRoot%\system32\svchost.exe|Svc=dhcp|Name=@FirewallAPI.dll,-25301|
            {9C3A1B2C-0000-4000-8000-0123456789AB}    REG_SZ    v2.10|Action=Block|Active=TRUE|Dir=In|Protocol=17|Profile=Public|App=C:\Serva\Serva64.exe|Name=serva64|

        HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile
            EnableFirewall    REG_DWORD    0x1
            DisableNotifications    REG_DWORD    0x0

        HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile\Logging
            LogFilePath    REG_SZ    %systemroot%\system32\LogFiles\Firewall\pfirewall.log
            LogFileSize    REG_DWORD    0x1000


        """;

    public static string Xp { get; } = new Script("Microsoft Windows XP [Version 5.1.2600]")
        .Say("netstat -ano", """

            Active Connections

              Proto  Local Address          Foreign Address        State           PID
              TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       988
              TCP    192.0.2.100:139        0.0.0.0:0              LISTENING       4
              TCP    192.0.2.100:1043       203.0.113.9:80         TIME_WAIT       0
              UDP    0.0.0.0:69             *:*                                    1872
              UDP    127.0.0.1:123          *:*                                    1084

            """)
        .Say("tasklist /svc", """

            Image Name                   PID Services
            ========================= ====== =============================================
            System Idle Process            0 N/A
            System                         4 N/A
            svchost.exe                  988 DcomLaunch, TermService
            svchost.exe                 1084 AudioSrv, Browser, CryptSvc, Dhcp, EventSystem,
                                             Netman, Schedule
            Serva32.exe                 1872 N/A

            """)
        .Say("sc queryex type= service state= all", Format(Services, "Windows Firewall", "Windows Time"))
        .Say("route print", RoutePrints.Xp)
        .Ports("The following command was not found: interface {0} show {1}.\n")
        .Interfaces("The following command was not found: interface {0} show interface.\n", "The following command was not found: interface {0} show interface.\n")
        .Say("netsh http show servicestate view=requestq", "The following command was not found: http show servicestate view=requestq.\n")
        .Say(@"reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy /s", """

            ! REG.EXE VERSION 3.0

            HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile
                EnableFirewall	REG_DWORD	0x1
                DoNotAllowExceptions	REG_DWORD	0x0

            """)
        .Say(@"reg query HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall /s", "")
        .Say("systeminfo", """

            Host Name:                 PC
            OS Name:                   Microsoft Windows XP Professional
            OS Version:                5.1.2600 Service Pack 3 Build 2600
            System Type:               X86-based PC
            Hotfix(s):                 2 Hotfix(s) Installed.
                                       [01]: File 1
                                       [02]: KB958644 - Update
            NetWork Card(s):           1 NIC(s) Installed.
                                       [01]: Intel(R) PRO/100+
                                             Connection Name: Local Area Connection
                                             DHCP Enabled:    No
                                             IP address(es)
                                             [01]: 192.0.2.100

            """).Text;

    public static string Seven { get; } = new Script("Microsoft Windows [Version 6.1.7601]")
        .Say("netstat -ano", """

            Aktive Verbindungen

              Proto  Lokale Adresse         Remoteadresse          Status           PID
              TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         624
              TCP    192.0.2.10:49180       203.0.113.9:80         WARTEND         0
              TCP    [::]:135               [::]:0                 ABHÖREN         624
              UDP    0.0.0.0:69             *:*                                    1472
              UDP    [fe80::1%11]:546       *:*                                    700

            """)
        .Say("tasklist /svc", """

            Abbildname                     PID Dienste
            ========================= ======== ============================================
            System Idle Process              0 Nicht zutreffend
            System                           4 Nicht zutreffend
            svchost.exe                    624 RpcEptMapper, RpcSs
            svchost.exe                    700 AudioSrv, Dhcp, eventlog, lmhosts, wscsvc
            Serva64.exe                   1472 Nicht zutreffend

            """)
        .Say("sc queryex type= service state= all", Format(Services, "Windows-Firewall", "Windows-Zeitgeber"))
        .Say("route print", RoutePrints.German)
        .Ports("\nProtokoll {2} Dynamischer Portbereich\n---------------------------------\nStartport          : 49152\nAnzahl von Ports   : 16384\n\n",
            "\nProtokoll {2}-Portausschlussbereiche\n\nStartport    Endport      \n----------    --------      \n\n* - Verwaltete Portausschlüsse.\n\n")
        .Interfaces("\nIdx     Met         MTU          State                Name\n---  ----------  ----------  ------------  ---------------------------\n  1          50  4294967295  connected     Loopback Pseudo-Interface 1\n 11          10        1500  connected     LAN-Verbindung\n\n")
        .Say("netsh http show servicestate view=requestq", """

            Momentaufnahme des HTTP-Dienststatus (Anforderungswarteschlangenansicht):
            -----------------------------------------------------

            Name der Anforderungswarteschlange: Anforderungswarteschlange ist unbenannt.
                Version: 2.0
                Status: Aktiv
                Prozess-IDs:
                    4812
                Registrierte URLs:
                    HTTP://+:5357/BC4BF2BB-0000-4000-8000-0123456789AB/

            """)
        .Say(@"reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy /s", Registry)
        .Say(@"reg query HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall /s", "")
        .Say("systeminfo", """

            Hostname:                                      PC
            Betriebssystemname:                            Microsoft Windows 7 Professional
            Betriebssystemversion:                         6.1.7601 Service Pack 1 Build 7601
            Systemtyp:                                     x64-based PC
            Hotfix(es):                                    2 Hotfix(e) installiert.
                                                           [01]: KB2479943
                                                           [02]: KB976902
            Netzwerkkarte(n):                              1 Netzwerkadapter installiert.
                                                           [01]: Intel(R) Wi-Fi 6
                                                                 Verbindungsname: LAN-Verbindung
                                                                 DHCP aktiviert:  Nein

            """).Text;

    public static string Ten { get; } = new Script("Microsoft Windows [version 10.0.19045.2965]")
        .Say("netstat -ano", """

            Connexions actives

              Proto  Adresse locale         Adresse distante       État
              TCP    0.0.0.0:80             0.0.0.0:0              LISTENING       4
              TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1112
              TCP    192.0.2.10:50210       203.0.113.9:443        ESTABLISHED     5120
              TCP    [::]:80                [::]:0                 LISTENING       4
              UDP    0.0.0.0:69             *:*                                    1472

            """)
        .Say("tasklist /svc", """

            Nom de l’image                 PID Services
            ========================= ======== ============================================
            System Idle Process              0 N/A
            System                           4 N/A
            svchost.exe                   1112 RpcEptMapper, RpcSs
            Serva64.exe                   1472 N/A
            a program.exe                 5120 N/A

            """)
        .Say("sc queryex type= service state= all", Format(Services, "Pare-feu Windows Defender", "Temps Windows"))
        .Say("route print", RoutePrints.French)
        .Ports("\nPlage de ports dynamique du protocole {2}\n---------------------------------\nPort de départ         : 49152\nNombre de ports : 16384\n\n",
            "\nPlages d’exclusion de ports du protocole {2}\n\nPort de départ    Port de fin      \n----------    --------      \n      5357        5357      \n     50000       50059     *\n\n* - Exclusions de ports administrées.\n\n")
        .Interfaces("\nIdx     Mét         MTU          État                Nom\n---  ----------  ----------  ------------  ---------------------------\n  1          75  4294967295  connected     Loopback Pseudo-Interface 1\n 20          25        1500  connected     Ethernet\n\n")
        .Say("netsh http show servicestate view=requestq", "\nInstantané de l’état du service HTTP (vue File d’attente de demandes) :\n-----------------------------------------------------\n\n")
        .Say(@"reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy /s", Registry)
        .Say(@"reg query HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall /s", "")
        .Say("systeminfo", PastedSamples.SystemInfo).Text;

    public static string Eleven { get; } = new Script("Microsoft Windows [Version 10.0.22631.4460]")
        .Say("netstat -ano", """

            Active Connections

              Proto  Local Address          Foreign Address        State           PID
              TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1240
              TCP    0.0.0.0:8080           0.0.0.0:0              LISTENING       6004
              TCP    [::1]:49700            [::]:0                 LISTENING       3300
              UDP    0.0.0.0:69             *:*                                    1472
              UDP    [::]:5353              *:*                                    2440

            """)
        .Say("tasklist /svc", """

            Image Name                     PID Services
            ========================= ======== ============================================
            System Idle Process              0 N/A
            System                           4 N/A
            svchost.exe                   1240 RpcEptMapper, RpcSs
            svchost.exe                   2440 Dnscache
            Serva64.exe                   1472 N/A
            java.exe                      6004 N/A
            jhi_service.exe               3300 jhi_service

            """)
        .Say("sc queryex type= service state= all", Format(Services, "Windows Defender Firewall", "Windows Time"))
        .Say("route print", RoutePrints.English)
        .Ports("\nProtocol {2} Dynamic Port Range\n---------------------------------\nStart Port      : 49152\nNumber of Ports : 16384\n\n",
            "\nProtocol {2} Port Exclusion Ranges\n\nStart Port    End Port      \n----------    --------      \n      5357        5357      \n     50000       50059     *\n\n* - Administered port exclusions.\n\n")
        .Interfaces("\nIdx     Met         MTU          State                Name\n---  ----------  ----------  ------------  ---------------------------\n  1          75  4294967295  connected     Loopback Pseudo-Interface 1\n 13          25        1500  connected     Ethernet\n\n")
        .Say("netsh http show servicestate view=requestq", """

            Snapshot of HTTP service state (Request Queue View):
            -----------------------------------------------------

            Request queue name: Request queue is unnamed.
                Version: 2.0
                State: Active
                Request queue 503 verbosity level: Basic
                Max requests: 1000
                Number of active processes attached: 1
                Processes:
                    ID: 4812, image: C:\Windows\System32\svchost.exe
                Process IDs:
                    4812
                Registered URLs:
                    HTTP://+:5357/BC4BF2BB-0000-4000-8000-0123456789AB/

            """)
        .Say(@"reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy /s", Registry.Replace("v2.10", "v2.32", System.StringComparison.Ordinal))
        .Say(@"reg query HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall /s", "")
        .Say("systeminfo", """

            Host Name:                     PC
            OS Name:                       Microsoft Windows 11 Pro
            OS Version:                    10.0.22631 N/A Build 22631
            System Type:                   x64-based PC
            Hotfix(s):                     2 Hotfix(s) Installed.
                                           [01]: KB5045935
                                           [02]: KB5027397
            Network Card(s):               1 NIC(s) Installed.
                                           [01]: Intel(R) Ethernet Connection
                                                 Connection Name: Ethernet
                                                 DHCP Enabled:    No
                                                 IP address(es)
                                                 [01]: 192.0.2.10
                                                 [02]: fe80::1

            """).Text;

    private static string Format(string text, params object[] words) => string.Format(CultureInfo.InvariantCulture, text, words);

    /// <summary>The commands in the order of the script, each behind the prompt that it prints.</summary>
    private sealed class Script(string version)
    {
        private readonly StringBuilder _text = new("\n" + version + "\n");

        public string Text => _text.ToString();

        public Script Say(string command, string printed)
        {
            _text.Append("\nC:\\>").Append(command).Append("\n\n").Append(printed);
            return this;
        }

        public Script Ports(string dynamic, string? excluded = null)
        {
            foreach (string family in (string[])["ipv4", "ipv6"])
            {
                foreach (string protocol in (string[])["tcp", "udp"])
                {
                    Say($"netsh interface {family} show excludedportrange {protocol}", Format(excluded ?? dynamic, family, "excludedportrange " + protocol, protocol));
                    Say($"netsh interface {family} show dynamicport {protocol}", Format(dynamic, family, "dynamicport " + protocol, protocol));
                }
            }

            return this;
        }

        public Script Interfaces(string printed, string? other = null)
        {
            Say("netsh interface ipv4 show interface", Format(printed, "ipv4"));
            return Say("netsh interface ipv6 show interface", Format(other ?? printed, "ipv6"));
        }
    }
}
