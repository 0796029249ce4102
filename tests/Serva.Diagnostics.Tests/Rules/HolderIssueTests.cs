using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Import;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Each program and service that is known on a server's ports is told by its own rule, and by no other.</summary>
public sealed class HolderIssueTests
{
    [Theory]
    [InlineData("SharedAccess", "udp/0.0.0.0:53", "SD1020")]
    [InlineData("SharedAccess", "tcp/0.0.0.0:53", "SD1020")]
    [InlineData("SharedAccess", "udp/0.0.0.0:67", "SD1020")]
    [InlineData("SharedAccess", "udp/0.0.0.0:69", "SD1001")]
    [InlineData("WDSServer", "udp/0.0.0.0:67", "SD1021")]
    [InlineData("WDSServer", "udp/0.0.0.0:69", "SD1021")]
    [InlineData("WDSServer", "udp/0.0.0.0:4011", "SD1021")]
    [InlineData("DHCPServer", "udp/0.0.0.0:67", "SD1022")]
    [InlineData("VMnetDHCP", "udp/0.0.0.0:67", "SD1022")]
    [InlineData("DHCPServer", "udp/0.0.0.0:69", "SD1001")]
    [InlineData("DNS", "udp/0.0.0.0:53", "SD1023")]
    [InlineData("Dnscache", "udp/0.0.0.0:53", "SD1001")]
    [InlineData("iphlpsvc", "tcp/0.0.0.0:8080", "SD1024")]
    [InlineData("iphlpsvc", "udp/0.0.0.0:8080", "SD1001")]
    [InlineData("simptcp", "udp/0.0.0.0:9", "SD1026")]
    [InlineData("FTPSVC", "tcp/0.0.0.0:21", "SD1034")]
    [InlineData("W32Time", "udp/0.0.0.0:123", "SD1003")]
    [InlineData("W32Time", "udp/0.0.0.0:124", "SD1001")]
    public void WindowsService_OnItsPort_IsTold(string service, string bind, string expected) =>
        Assert.Equal(expected, Only(Ask(Hosts.Windows([Row(bind, new ProcessRow { ProcessId = 900, Name = "svchost.exe", Services = [service] })]), bind)).Issue.Id);

    [Theory]
    [InlineData("Tftpd64.exe", "udp/0.0.0.0:69", "SD1033")]
    [InlineData("tftpd32.EXE", "udp/0.0.0.0:69", "SD1033")]
    [InlineData("wslrelay.exe", "tcp/127.0.0.1:5000", "SD1025")]
    [InlineData("com.docker.backend.exe", "tcp/0.0.0.0:80", "SD1027")]
    [InlineData("vmnetdhcp.exe", "udp/0.0.0.0:67", "SD1022")]
    [InlineData("FileZilla Server.exe", "tcp/0.0.0.0:21", "SD1034")]
    public void WindowsProgram_OnItsPort_IsTold(string image, string bind, string expected) =>
        Assert.Equal(expected, Only(Ask(Hosts.Windows([Row(bind, new ProcessRow { ProcessId = 900, Name = image })]), bind)).Issue.Id);

    [Theory]
    [InlineData("dhcpd", "udp/0.0.0.0:67", "SD1022")]
    [InlineData("kea-dhcp4", "udp/0.0.0.0:67", "SD1022")]
    [InlineData("dnsmasq", "udp/0.0.0.0:67", "SD1028")]
    [InlineData("dnsmasq", "tcp/0.0.0.0:53", "SD1028")]
    [InlineData("dnsmasq", "tcp/0.0.0.0:5300", "SD1001")]
    [InlineData("pihole-FTL", "udp/0.0.0.0:53", "SD1023")]
    [InlineData("unbound", "tcp/0.0.0.0:53", "SD1023")]
    [InlineData("chronyd", "udp/0.0.0.0:123", "SD1030")]
    [InlineData("ntpd", "udp/0.0.0.0:123", "SD1030")]
    [InlineData("rsyslogd", "tcp/0.0.0.0:514", "SD1031")]
    [InlineData("avahi-daemon", "udp/0.0.0.0:5353", "SD1032")]
    [InlineData("avahi-daemon", "udp/0.0.0.0:51820", "SD1032")]
    [InlineData("avahi-daemon", "udp/0.0.0.0:1900", "SD1001")]
    [InlineData("in.tftpd", "udp/0.0.0.0:69", "SD1033")]
    [InlineData("xinetd", "udp/0.0.0.0:69", "SD1033")]
    [InlineData("vsftpd", "tcp/0.0.0.0:21", "SD1034")]
    [InlineData("docker-proxy", "udp/0.0.0.0:69", "SD1027")]
    [InlineData("rootlessport", "tcp/0.0.0.0:8080", "SD1027")]
    [InlineData("nginx", "tcp/0.0.0.0:80", "SD1012")]
    [InlineData("systemd-resolve", "udp/0.0.0.0:53", "SD1004")]
    public void LinuxProgram_OnItsPort_IsTold(string name, string bind, string expected) =>
        Assert.Equal(expected, Only(Ask(Hosts.Linux([Row(bind, new ProcessRow { ProcessId = 900, Name = name })]), bind)).Issue.Id);

    [Theory]
    [InlineData("ControlCe 593 alice 10u IPv4 0x36ce91a526998ddd 0t0 TCP *:5000 (LISTEN)", "tcp/0.0.0.0:5000", "SD1052")]
    [InlineData("ControlCe 593 alice 10u IPv4 0x36ce91a526998ddd 0t0 TCP *:7000 (LISTEN)", "tcp/0.0.0.0:7000", "SD1052")]
    [InlineData("ControlCe 593 alice 10u IPv4 0x36ce91a526998ddd 0t0 TCP *:8080 (LISTEN)", "tcp/0.0.0.0:8080", "SD1001")]
    [InlineData("mDNSRespo 234 _mdnsresponder 56u IPv4 0x36ce91a5436d251d 0t0 UDP *:53", "udp/0.0.0.0:53", "SD1054")]
    [InlineData("mDNSRespo 234 _mdnsresponder 56u IPv4 0x36ce91a5436d251d 0t0 TCP *:53 (LISTEN)", "tcp/0.0.0.0:53", "SD1054")]
    [InlineData("mDNSRespo 234 _mdnsresponder 6u IPv4 0x36ce91a526998ddd 0t0 UDP *:5353", "udp/0.0.0.0:5353", "SD1032")]
    [InlineData("launchd 1 root 9u IPv4 0x36ce91a526998ddd 0t0 UDP *:67", "udp/0.0.0.0:67", "SD1055")]
    [InlineData("launchd 1 root 9u IPv4 0x36ce91a526998ddd 0t0 UDP *:69", "udp/0.0.0.0:69", "SD1001")]
    [InlineData("rapportd 410 alice 9u IPv4 0x36ce91a526998ddd 0t0 TCP *:49160 (LISTEN)", "tcp/0.0.0.0:49160", "SD1001")]
    public void ImportedMac_ProgramOfTheSystem_IsToldAndNeverEnded(string line, string bind, string id)
    {
        HostSnapshot host = PastedText.Read($"$ uname -a\nDarwin mac 22.1.0 Darwin Kernel Version 22.1.0 arm64\n$ sudo lsof -nP -i\nCOMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\n{line}\n").Host!;

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse(bind) }] });

        Finding finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(id, finding.Issue.Id);
        Assert.NotEqual(Certainty.Certain, finding.Certainty);
        if (!line.StartsWith("ControlCe", StringComparison.Ordinal) || id != "SD1001")
            Assert.DoesNotContain(TestCases.Commands(diagnosis), command => command.Text.StartsWith("kill", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1", "(UseDHCPPorts is 1 now)", "wdsutil /Set-Server /UseDHCPPorts:No", "wdsutil /Set-Server /UseDHCPPorts:Yes")]
    [InlineData(null, "(UseDHCPPorts is not set now, and 1 counts)", "wdsutil /Set-Server /UseDHCPPorts:No", "wdsutil /Set-Server /UseDHCPPorts:Yes")]
    [InlineData("0", "UseDHCPPorts is 0", "net stop WDSServer", null)]
    public void DeploymentServices_UseDhcpPorts_IsToldAndPutBack(string? value, string words, string first, string? back)
    {
        DiagnosticCase hit = TestCases.Read("SD1021.hit");
        HostSnapshot host = value is null ? hit.Host : hit.Host.With(new SetSetting { Name = @"HKLM\SYSTEM\CurrentControlSet\Services\WDSServer\Providers\WDSPXE\UseDHCPPorts", Value = value });

        Remedy remedy = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = hit.Profile, Questions = hit.Questions }).Findings[0].Remedies[0];

        Assert.Contains(words, remedy.Summary, StringComparison.Ordinal);
        Assert.Equal(first, remedy.Apply[0].Text);
        Assert.Equal(back, remedy.Revert.FirstOrDefault()?.Text);
        Assert.Equal(back is null, remedy.NothingToRevertBecause is not null);
    }

    [Fact]
    public void WindowsService_BesideOthersInItsProcess_IsLikelyAlone() => Assert.Equal(
        Certainty.Likely,
        Only(Ask(Hosts.Windows([Row("udp/0.0.0.0:53", new ProcessRow { ProcessId = 900, Name = "svchost.exe", Services = ["SharedAccess", "Other"] })]), "udp/0.0.0.0:53")).Certainty);

    [Theory]
    [InlineData(@"v4tov4\tcp\0.0.0.0/8080", "10.0.0.5/80", "netsh interface portproxy add v4tov4 listenport=8080 listenaddress=0.0.0.0 connectport=80 connectaddress=10.0.0.5")]
    [InlineData(@"v4tov4\tcp\*/8080", "10.0.0.5/80", "netsh interface portproxy add v4tov4 listenport=8080 listenaddress=* connectport=80 connectaddress=10.0.0.5")]
    [InlineData(@"v4tov6\tcp\0.0.0.0/8080", "fd00::5/80", "netsh interface portproxy add v4tov6 listenport=8080 listenaddress=0.0.0.0 connectport=80 connectaddress=fd00::5")]
    [InlineData(@"v6tov4\tcp\*/8080", "10.0.0.5/80", null)]
    [InlineData(@"v4tov4\tcp\0.0.0.0/8081", "10.0.0.5/80", null)]
    [InlineData(@"v4tov4\tcp\0.0.0.0/8080", "a&calc/80", null)]
    [InlineData(@"v9tov4\tcp\0.0.0.0/8080", "10.0.0.5/80", null)]
    public void PortProxy_OfTheSocket_IsDeletedAndPutBack(string name, string value, string? revert)
    {
        HostSnapshot host = Hosts.Windows([Row("tcp/0.0.0.0:8080", new ProcessRow { ProcessId = 900, Name = "svchost.exe", Services = ["iphlpsvc"] })]) with
        {
            Settings = Table.Complete([new SettingRow { Name = @"HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\" + name, Value = value }], "test"),
        };

        Finding finding = Only(Ask(host, "tcp/0.0.0.0:8080"));

        Assert.Equal(revert, finding.Remedies.SelectMany(remedy => remedy.Revert).SingleOrDefault()?.Text);
        Assert.DoesNotContain(TestCases.Commands(Ask(host, "tcp/0.0.0.0:8080")), command => command.Text.Contains("calc", System.StringComparison.Ordinal));
    }

    [Fact]
    public void AutomaticPort_ReservedPortsBefore_StayReserved()
    {
        var client = new ProcessRow { ProcessId = 900, Name = "backup" };
        HostSnapshot host = Hosts.Linux([Row("tcp/10.0.0.5:40069", client) with { State = TcpState.Established, Remote = NetEndpoint.Parse("10.0.0.9:443") }]) with
        {
            PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 32768, Last = 60999 }], "test"),
            Settings = Table.Complete([new SettingRow { Name = "net.ipv4.ip_local_reserved_ports", Value = "4011,50000-50010" }], "test"),
        };

        Remedy remedy = Only(Ask(host, "tcp/0.0.0.0:40069")).Remedies.Single(entry => !entry.Apply.IsEmpty);

        Assert.Equal("sysctl -w net.ipv4.ip_local_reserved_ports=4011,50000-50010,40069", remedy.Apply[0].Text);
        Assert.Equal("sysctl -w net.ipv4.ip_local_reserved_ports=4011,50000-50010", remedy.Revert[0].Text);
    }

    [Theory]
    [InlineData("PID 2236, PID 4812", "W3SVC", "by HTTP.sys for W3SVC (svchost.exe, PID 2236) and w3wp.exe (PID 4812)", "net stop W3SVC", "net start W3SVC")]
    [InlineData("PID 4812", "W3SVC", "by HTTP.sys for w3wp.exe (PID 4812)", "net stop W3SVC", "net start W3SVC")]
    [InlineData("PID 2236", "MyHost", "by HTTP.sys for MyHost (svchost.exe, PID 2236)", "net stop MyHost", "net start MyHost")]
    [InlineData("PID 77", "W3SVC", "by HTTP.sys for a process (PID 77)", "tasklist /svc /fi \"PID eq 77\"", null)]
    [InlineData("PID 2236", "Spooler PeerDistSvc WinRM", "by HTTP.sys for Spooler or PeerDistSvc or WinRM (svchost.exe, PID 2236)", "tasklist /svc /fi \"PID eq 2236\"", null)]
    [InlineData("PID 2236", "W3SVC WAS", "by HTTP.sys for W3SVC or WAS (svchost.exe, PID 2236)", "net stop W3SVC", "net start W3SVC")]
    public void HttpSys_QueueOfThePort_NamesWhoIsToBeStopped(string queue, string service, string who, string stop, string? start)
    {
        Finding finding = Only(AskHttp(HttpSys("http.sys HTTP://*:80/", queue, service)));

        Assert.Equal(("SD1005", Certainty.Certain), (finding.Issue.Id, finding.Certainty));
        Assert.Contains(who, finding.Summary, System.StringComparison.Ordinal);
        Remedy remedy = Assert.Single(finding.Remedies, entry => !entry.Apply.IsEmpty);
        Assert.Equal([stop], remedy.Apply.Select(command => command.Text));
        Assert.Equal(start, remedy.Revert.SingleOrDefault()?.Text);
        Assert.Contains(finding.Evidence, entry => entry.Text.StartsWith("HTTP.sys serves HTTP://*:80/ for ", System.StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http.sys HTTP://*:80/", "no process attached", Certainty.Certain)]
    [InlineData("http.sys HTTP://*:80/", "process not shown", Certainty.Certain)]
    [InlineData("http.sys HTTP://+:5357/", "PID 2236", Certainty.Likely)]
    public void HttpSys_NobodyInItsQueue_AsksFirst(string url, string queue, Certainty certainty)
    {
        Finding finding = Only(AskHttp(HttpSys(url, queue, "W3SVC")));

        Assert.Equal(certainty, finding.Certainty);
        Assert.Equal("netsh http show servicestate view=requestq", finding.Remedies.SelectMany(remedy => remedy.Apply).First().Text);
    }

    // The error that was seen makes it certain that the bind fails.
    private static Diagnosis AskHttp(HostSnapshot host) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Bind = BindRequest.Parse("tcp/0.0.0.0:80"), Error = new ObservedError { Code = 10048 } }],
    });

    private static HostSnapshot HttpSys(string url, string queue, string service) => Hosts.Windows([Row("tcp/0.0.0.0:80", new ProcessRow { ProcessId = 4, Name = "System" })]) with
    {
        Settings = Table.Complete([new SettingRow { Name = url, Value = queue }], "test"),
        Processes = Table.Complete(
        [
            new ProcessRow { ProcessId = 2236, Name = "svchost.exe", Services = [.. service.Split(' ')] },
            new ProcessRow { ProcessId = 4812, Name = "w3wp.exe" },
        ], "test"),
        Services = Table.Complete([new ServiceRow { Name = service.Split(' ')[0], State = ServiceState.Running, Start = ServiceStart.Automatic, ProcessId = 2236 }], "test"),
    };

    private static SocketRow Row(string bind, ProcessRow owner)
    {
        BindRequest request = BindRequest.Parse(bind);
        return new SocketRow
        {
            Protocol = request.Protocol,
            Local = request.Endpoint,
            State = request.Protocol == TransportProtocol.Tcp ? TcpState.Listen : null,
            Owners = [owner],
        };
    }

    private static Finding Only(Diagnosis diagnosis) => Assert.Single(diagnosis.Findings);

    private static Diagnosis Ask(HostSnapshot host, string bind) =>
        Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse(bind) }] });
}
