using System;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Formats.RoutePrint;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

/// <summary>A table is complete only when the texts show that nothing was left out: else every port of a cut list would be free.</summary>
public sealed class CompletenessTests
{
    private const string WindowsHeading = "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n";
    private const string WindowsTcp = "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       880\n";
    private const string WindowsUdp = "  UDP    0.0.0.0:123            *:*                                    1504\n";
    private const string SsHeading = "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n";
    private const string SsTcp = "tcp   LISTEN 0      128    0.0.0.0:22         0.0.0.0:*\n";
    private const string SsPeer = "tcp   ESTAB  0      0      192.0.2.10:22      198.51.100.7:50022\n";
    private const string SsUdp = "udp   UNCONN 0      0      127.0.0.1:53       0.0.0.0:*\n";

    [Theory]
    [InlineData("", WindowsTcp + WindowsUdp, "tcp others, udp others")]
    [InlineData("", WindowsHeading + WindowsTcp + WindowsUdp, "")]
    [InlineData("", WindowsHeading + WindowsTcp, "tcp others, udp")]
    [InlineData("C:\\>netstat -ano\n", WindowsHeading + WindowsTcp + WindowsUdp, "")]
    [InlineData("C:\\>netstat.exe /a /n /o 5\n", WindowsTcp + WindowsUdp, "")]
    [InlineData("C:\\>NETSTAT -ano > c:\\a.txt & type c:\\a.txt\n", WindowsTcp + WindowsUdp, "")]
    [InlineData("C:\\>netstat -anoq\n", WindowsTcp + WindowsUdp, "")]
    [InlineData("C:\\>netstat -ano\n", WindowsHeading + WindowsTcp, "tcp others, udp")]
    [InlineData("C:\\>netstat -ano | findstr :1\n", WindowsTcp + WindowsUdp, "tcp others, udp others")]
    [InlineData("C:\\>netstat -ano -p tcp\n", WindowsHeading + WindowsTcp + "C:\\>netstat -ano -p udp\n" + WindowsHeading + WindowsUdp, "tcp others, udp others")]
    [InlineData("C:\\>netstat -nop tcp\n", WindowsHeading + WindowsTcp + WindowsUdp, "tcp others, udp others")]
    public void Read_NetstatOfWindows_IsCompleteOnlyWhenAllIsShown(string command, string rows, string missing)
    {
        HostSnapshot host = PastedText.Read(command + rows).Host!;

        Assert.Equal(missing, string.Join(", ", host.Sockets.Gaps.Select(gap => gap.Part)));
        Assert.Equal(2 - (missing.Contains("udp", StringComparison.Ordinal) && !missing.Contains("udp others", StringComparison.Ordinal) ? 1 : 0), host.Sockets.Count);
    }

    [Theory]
    [InlineData("", SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("", SsHeading + SsTcp + SsUdp, "tcp connected, udp connected")]
    [InlineData("", SsHeading + SsTcp + SsPeer + SsUdp, "")]
    [InlineData("$ ss -tuan\n", SsTcp + SsUdp, "")]
    [InlineData("$ ss -tuan\n", SsHeading + SsTcp, "")]
    [InlineData("$ sudo ss --tcp --udp --all --numeric --processes 2>/dev/null\n", SsTcp + SsUdp, "")]
    [InlineData("$ ss -tulpn\n", SsHeading + SsTcp + SsUdp, "tcp connected, udp connected")]
    [InlineData("$ ss -tulpn\n", SsHeading + SsTcp, "tcp connected, udp connected")]
    [InlineData("$ ss -antu sport = :53\n", SsHeading + SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("$ ss -antu4\n", SsHeading + SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("$ ss -antu -f inet\n", SsHeading + SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("$ ss -antu --kill\n", SsHeading + SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("$ ss -xan\n", SsHeading + SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("$ ss -tan\n", SsHeading + SsTcp, "udp")]
    [InlineData("$ ss -tan\n", SsHeading + SsTcp + "$ ss -uan sport = :53\n" + SsUdp, "udp others")]
    [InlineData("$ ss -antu sport = :53\n", SsHeading + SsUdp + "$ ss -antu\n" + SsHeading + SsTcp + SsUdp, "")]
    [InlineData("$ ss -an | grep 1\n", SsTcp + SsUdp, "tcp others, udp others")]
    [InlineData("", "$ netstat -tuan\nProto Recv-Q Send-Q Local Address Foreign Address State\ntcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN\n", "")]
    [InlineData("", "tcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN\nudp 0 0 0.0.0.0:53 0.0.0.0:*\n", "tcp others, udp others")]
    public void Read_SocketsOfLinux_AreCompleteOnlyWhenAllIsShown(string command, string rows, string missing)
    {
        HostSnapshot host = PastedText.Read(command + rows).Host!;

        Assert.Equal(missing, string.Join(", ", host.Sockets.Gaps.Select(gap => gap.Part)));
    }

    [Fact]
    public void Bind_AmongTwoLinesOfNetstat_NoOtherPortIsSurelyFree()
    {
        HostSnapshot host = PastedText.Read("my netstat says\n" + WindowsTcp + WindowsUdp).Host!;

        Assert.Equal(Certainty.Likely, new BindPredictor(host).Predict(BindRequest.Parse("udp/0.0.0.0:69")).Certainty);
    }

    [Theory]
    [InlineData("$ ss -lnup\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nUNCONN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Udp")]
    [InlineData("$ ss -anu\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nUNCONN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Udp")]
    [InlineData("$ ss --udp -a\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nESTAB 0      0      127.0.0.1:69         127.0.0.1:70\n", "Udp")]
    [InlineData("$ ss -Hlnup\nUNCONN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Udp")]
    [InlineData("State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nUNCONN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Udp")]
    [InlineData("State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nLISTEN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Tcp")]
    [InlineData("$ ss -lntu-is-what-i-typed\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nLISTEN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Tcp")]
    [InlineData("$ ss -tan\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nUNCONN 0      0      0.0.0.0:69         0.0.0.0:*\n", "Tcp")]
    public void Read_SsWithoutProtocolColumn_ProtocolOfTheCommandOrOfTheState(string text, string protocol)
    {
        HostSnapshot host = PastedText.Read(text).Host!;

        Assert.Equal(protocol, Assert.Single(host.Sockets).Protocol.ToString());
    }

    [Theory]
    [InlineData(PastedSamples.Iptables, "tables of nft")]
    [InlineData("*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n", "tables of nft, IPv6")]
    [InlineData("$ sudo ip6tables-save\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n", "tables of nft, IPv4")]
    [InlineData(PastedSamples.Iptables + PastedSamples.Nft, "")]
    [InlineData(PastedSamples.Nft, "")]
    [InlineData("$ nft -j list table inet filter\n{\"nftables\": []}\n", "other tables")]
    [InlineData("$ nft -j list ruleset inet\n{\"nftables\": []}\n", "other tables")]
    [InlineData("# nft -j list ruleset 2>/dev/null\n{\"nftables\": []}\n", "")]
    [InlineData("gw:~> nft -j list table inet filter\n{\"nftables\": []}\n", "other tables")]
    [InlineData("gw:~> nft -j list ruleset\n{\"nftables\": []}\n", "")]
    public void Read_RulesOfIptables_OthersAreMissingUnlessNftWasRead(string text, string missing)
    {
        HostSnapshot host = PastedText.Read(text).Host!;

        Assert.Equal(missing, string.Join(", ", host.NftablesRules.Gaps.Select(gap => gap.Part)));
        Assert.Equal(missing, string.Join(", ", host.NftablesChains.Gaps.Select(gap => gap.Part)));
    }

    [Theory]
    [InlineData(PastedSamples.Iptables, 22, FirewallOutcome.Undetermined, Certainty.None)]
    [InlineData(PastedSamples.Iptables, 69, FirewallOutcome.Drop, Certainty.Likely)]
    [InlineData(PastedSamples.Iptables + PastedSamples.Nft, 69, FirewallOutcome.Drop, Certainty.Certain)]
    public void Firewall_OfIptablesAlone_IsNotCertain(string text, int port, FirewallOutcome outcome, Certainty certainty)
    {
        HostSnapshot host = PastedText.Read(PastedSamples.Ip, text).Host!;

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(new Flow
        {
            IPProtocol = 6, Source = NetAddress.Parse("192.0.2.99"), SourcePort = 40000, Destination = NetAddress.Parse("192.0.2.10"), DestinationPort = port, InputInterface = "eth0",
        });

        Assert.Equal((outcome, certainty), (verdict.Outcome, verdict.Certainty));
    }

    [Fact]
    public void Read_BoundSockets_DoNotListen()
    {
        HostSnapshot host = PastedText.Read("C:\\>netstat -anoq\n" + WindowsHeading + WindowsTcp + "  TCP    0.0.0.0:8080           0.0.0.0:0              BOUND           77\n" + WindowsUdp).Host!;

        Assert.Equal(["Listen", "Closed", ""], host.Sockets.Select(row => $"{row.State}"));
    }

    [Theory]
    [InlineData("C:\\>netstat -ano\n" + WindowsTcp + "  TCP    0.0.0.0;80  0.0.0.0:0  LISTENING  4\n" + WindowsUdp)]
    [InlineData("C:\\>netstat -ano\n" + WindowsTcp + WindowsUdp + "  UDP    0.0.0.0;69  *:*  4\n")]
    [InlineData("$ ss -tuan\n" + SsTcp + "tcp   LISTEN 0      128    0.0.0.0;80         0.0.0.0:*\n" + SsUdp)]
    [InlineData("$ netstat -tuan\ntcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN\ntcp 0 0 0.0.0.0;80 0.0.0.0:* LISTEN\nudp 0 0 0.0.0.0:53 0.0.0.0:*\n")]
    public void Read_DamagedRowAmongSockets_TableIsPartial(string text)
    {
        HostSnapshot host = PastedText.Read(text).Host!;

        Assert.Equal(["sockets"], host.Sockets.Gaps.Select(gap => gap.Part));
        Assert.StartsWith("lines among the rows of ", host.Sockets.Gaps[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PastedSamples.Ports, "     50060       50159", "     50060  x    50159", "PortRanges")]
    [InlineData(PastedSamples.Services, "SERVICE_NAME: SNMP", "SERV1CE_NAME; SNMP", "Services")]
    [InlineData(PastedSamples.Iptables, "-A INPUT -i lo -j ACCEPT", "-i lo1 -j ACCEPT", "NftablesRules")]
    [InlineData(PastedSamples.Ip, "192.0.2.0/24 dev", "192.0.2.0;24 dev", "Routes")]
    [InlineData(PastedSamples.SystemInfo + PastedSamples.SystemInfo, "[01]: ", "101]; ", "Updates")]
    [InlineData(WindowsTextTests.Vista, "System                           4 N/A", "System                           4; N/A", "Processes")]
    public void Read_DamagedLineAmongRows_TableIsPartial(string sample, string right, string wrong, string table)
    {
        HostSnapshot host = PastedText.Read(sample.Replace(right, wrong, StringComparison.Ordinal)).Host!;

        Assert.Contains("among the rows of", string.Join(' ', GapsOf(host, table)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RuleOfTheRegistryOnSeveralLines_IsJoinedAndDoubted()
    {
        const string key = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules\n";
        HostSnapshot host = PastedText.Read(key + "    {A}    REG_SZ    v2.30|Action=Allow|Active=TRUE|Dir=In|Proto\ncol=17|LPort=69|Name=Serva|\n    {B}    REG_SZ    v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=17|LP\n").Host!;

        WindowsFirewallRuleRow row = Assert.Single(host.WindowsFirewallRules);
        Assert.Equal(("{A}", 69), (row.RuleId, row.Rule!.LocalPorts[0].First));
        Assert.Equal(["broken lines", "lines"], host.WindowsFirewallRules.Gaps.Select(gap => gap.Part));
    }

    [Theory]
    [InlineData("C:\\>tasklist\n", "System Idle Process              0 N/A", true)]
    [InlineData("", "System Idle Process              0 N/A", true)]
    [InlineData("", "", false)]
    [InlineData("C:\\>tasklist /svc /FI \"PID lt 1000\"\n", "System Idle Process              0 N/A", false)]
    [InlineData("C:\\>tasklist /svc | sort\n", "System Idle Process              0 N/A", false)]
    public void Read_Tasklist_IsWholeWhenItBeginsAtItsBeginningAndNothingFilters(string command, string first, bool isWhole)
    {
        HostSnapshot host = PastedText.Read(command + "\nImage Name                     PID Services\n========================= ======== ====================\n" + first + "\nsvchost.exe                    880 RpcSs\n").Host!;

        Assert.Equal(isWhole ? Coverage.Complete : Coverage.Partial, host.Processes.Coverage);
    }

    [Theory]
    [InlineData("C:\\>sc query w32time\n", 1, 1, false)]
    [InlineData("", 1, 1, false)]
    [InlineData("", 20, 20, true)]
    [InlineData("", 0, 40, false)]
    [InlineData("C:\\>sc query\n", 1, 40, false)]
    [InlineData("C:\\>sc queryex type= service state= all\n", 1, 1, true)]
    [InlineData("C:\\>sc query state=all > x.txt\n", 1, 1, true)]
    [InlineData("C:\\>sc query type= driver state= all\n", 1, 1, false)]
    [InlineData("C:\\>sc query state= all group= net\n", 1, 1, false)]
    [InlineData("C:\\>sc query state= all | more\n", 1, 1, false)]
    public void Read_ScQuery_IsWholeWhenAllWereAskedFor(string command, int stopped, int running, bool isWhole)
    {
        string services = string.Concat(Enumerable.Range(0, stopped + running).Select(i =>
            $"\nSERVICE_NAME: s{i}\n        TYPE               : 20  WIN32_SHARE_PROCESS\n        STATE              : {(i < stopped ? "1  STOPPED" : "4  RUNNING")}\n"));

        HostSnapshot host = PastedText.Read(command + services).Host!;

        Assert.Equal((isWhole ? Coverage.Complete : Coverage.Partial, stopped + running), (host.Services.Coverage, host.Services.Count));
    }

    [Theory]
    [InlineData("HTTP://+:80/", "process not shown")]
    [InlineData("Request queue name: a\n    State: Active\n    HTTP://+:80/", "no process attached")]
    [InlineData("Name der Anforderungswarteschlange: a\n    Prozess-IDs:\n        4812\n    HTTP://+:80/", "process not shown")]
    public void Read_UrlOutsideAQueue_NoProcessIsClaimed(string text, string value)
    {
        HostSnapshot host = PastedText.Read("C:\\>netsh http show servicestate\n" + text + "\n").Host!;

        Assert.Equal(value, Assert.Single(host.Settings).Value);
    }

    [Theory]
    [InlineData("Local Setting", 0)]
    [InlineData("Group Policy Setting", 1)]
    public void Read_RulesOfNetshBesideTheRegistry_ThoseOfGroupPolicyStay(string source, int ofPolicy)
    {
        HostSnapshot host = PastedText.Read($"""
            C:\>reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy /s

            HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules
                a    REG_SZ    v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=69|Name=TFTP|

            C:\>netsh advfirewall firewall show rule name=all verbose

            Rule Name:                            TFTP
            ----------------------------------------------------------------------
            Enabled:                              Yes
            Direction:                            In
            Profiles:                             Domain,Private,Public
            Protocol:                             UDP
            LocalPort:                            69
            Rule source:                          {source}
            Action:                               Block
            """).Host!;

        Assert.Equal(1, host.WindowsFirewallRules.Count(rule => rule.Store == WindowsFirewallStore.Local));
        Assert.Equal(ofPolicy, host.WindowsFirewallRules.Count(rule => rule.Store == WindowsFirewallStore.GroupPolicy));
    }

    [Fact]
    public void Read_DashesBelowAWord_SwallowNothing()
    {
        ImportedHost imported = PastedText.Read("TCP ports\n-----------\nport 80 is open\nand 443\n" + WindowsHeading + WindowsTcp + WindowsUdp);

        Assert.Equal(Coverage.NotRequested, imported.Host!.PortRanges.Coverage);
        Assert.Equal([3], imported.Unrecognized.Select(lines => lines.FirstLine));
    }

    [Fact]
    public void Read_ManyLinesBelowDashes_StaysLinear()
    {
        ImportedHost imported = PastedText.Read("TCP ports\n-----------\n" + string.Concat(Enumerable.Repeat("a : 1\n", 50_000)));

        Assert.InRange(imported.Work.Visited, 0, 50_000 * 6 * 8);
    }

    [Theory]
    [InlineData(WindowsHeading + WindowsTcp, "6.0", true)]
    [InlineData(RoutePrints.Xp, "5.1", true)]
    [InlineData(RoutePrints.English, "6.0", true)]
    [InlineData(RoutePrints.English + "Microsoft Windows [Version 10.0.19045.2965]\n", "10.0.19045", false)]
    [InlineData(WindowsHeading + "\nMicrosoft Windows 6.1.7601\n", "6.1.7601", false)]
    [InlineData(PastedSamples.Ss, "0.0", true)]
    [InlineData(PastedSamples.System, "6.1.0", false)]
    public void Read_VersionThatNoTextTells_IsSaidToBeAssumed(string text, string version, bool isAssumed)
    {
        HostSnapshot host = PastedText.Read(text).Host!;

        Assert.Equal((version, isAssumed), (host.Platform.Version.ToString(), host.Platform.VersionAssumedBecause is not null));
        Assert.Equal(host.Platform, DiagnosticCase.FromJson(new DiagnosticCase { Host = host }.ToJson()).Host.Platform);
    }

    private static string[] GapsOf(HostSnapshot host, string table) => table switch
    {
        "PortRanges" => [.. host.PortRanges.Gaps.Select(gap => gap.Reason)],
        "Services" => [.. host.Services.Gaps.Select(gap => gap.Reason)],
        "NftablesRules" => [.. host.NftablesRules.Gaps.Select(gap => gap.Reason)],
        "Routes" => [.. host.Routes.Gaps.Select(gap => gap.Reason)],
        "Updates" => [.. host.Updates.Gaps.Select(gap => gap.Reason)],
        _ => [.. host.Processes.Gaps.Select(gap => gap.Reason)],
    };

    /// <summary>What stands beside the sockets that have ports is no lost row.</summary>
    [Theory]
    [InlineData("$ ss -an\nNetid State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nnl    UNCONN 0      0                 rtnl:systemd/412          *\nu_str LISTEN 0 128 /run/dbus/socket 123 * 0\nudp   UNCONN 0 0 0.0.0.0:69 0.0.0.0:*\ntcp   LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n")]
    [InlineData("$ ss -tuani\nNetid State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nudp   UNCONN 0 0 0.0.0.0:69 0.0.0.0:*\ntcp   ESTAB 0 0 192.0.2.1:22 192.0.2.9:40000\n\t cubic wscale:7,7 rto:204 rtt:0.5/0.25 ato:40 mss:1448\ntcp   LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n")]
    [InlineData("netstat output:\n\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n  TCP    0.0.0.0:80             0.0.0.0:0              LISTENING       4\n  UDP    0.0.0.0:69             *:*                                    900\n")]
    [InlineData("  Имя    Локальный адрес        Внешний адрес          Состояние       PID\n  TCP    0.0.0.0:80             0.0.0.0:0              LISTENING       4\n  UDP    0.0.0.0:69             *:*                                    900\n")]
    public void Read_WholeListOfSockets_IsComplete(string text)
    {
        Table<SocketRow> sockets = PastedText.Read(text).Host!.Sockets;

        Assert.Empty(sockets.Gaps);
        Assert.Equal(Coverage.Complete, sockets.Coverage);
    }

    [Fact]
    public void Read_TwoListsWithoutCommands_EachHasItsOwnProtocol()
    {
        Table<SocketRow> sockets = PastedText.Read(
            "State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 128 0.0.0.0:22 0.0.0.0:*\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port\nUNCONN 0 0 0.0.0.0:69 0.0.0.0:*\n").Host!.Sockets;

        Assert.Equal(["Tcp 0.0.0.0:22", "Udp 0.0.0.0:69"], sockets.Select(row => $"{row.Protocol} {row.Local}"));
    }

    /// <summary>Connected UDP alone does not show that none listens.</summary>
    [Fact]
    public void Read_ConnectedUdpAlone_IsNotAllOfUdp()
    {
        Table<SocketRow> sockets = PastedText.Read(
            "$ ss -tln\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n\nhere\n\nNetid State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nudp ESTAB 0 0 192.0.2.1:50000 192.0.2.9:53\n").Host!.Sockets;

        Assert.Contains(sockets.Gaps, gap => gap.Part.StartsWith("udp", StringComparison.Ordinal));
    }
}
