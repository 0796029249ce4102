using System;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>What is said everywhere and is wrong: a diagnosis must not say it too.</summary>
public class FalseFriendTests
{
    private static readonly ProcessRow s_browser = new() { ProcessId = 3300, Name = "firefox", Path = "/usr/bin/firefox", User = "alice" };

    [Fact]
    public void AccessDeniedOnWindows_HolderOfAnotherAccount_IsNotCalledAMatterOfRights()
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(TestCases.Read("vista-w32time"));

        Assert.Equal(["SD1003"], TestCases.Ids(diagnosis));
        Assert.DoesNotContain("run as administrator", diagnosis.ToText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void PrivilegedPortOnWindows_OrdinaryUser_Free()
    {
        Diagnosis diagnosis = Ask(Hosts.Windows([]), "udp/0.0.0.0:69");

        Assert.Empty(diagnosis.Findings);
        Assert.Equal(ServiceStanding.Free, diagnosis.Services[0].Standing);
    }

    [Fact]
    public void Dnscache_On5353And5355_DoesNotHoldDns()
    {
        var dnscache = new ProcessRow { ProcessId = 1200, Name = "svchost.exe", Services = ["Dnscache"] };

        Assert.Empty(Ask(Hosts.Windows([Udp("0.0.0.0:5353", dnscache), Udp("0.0.0.0:5355", dnscache), Udp("0.0.0.0:51234", dnscache)]), "udp/0.0.0.0:53").Findings);
    }

    [Fact]
    public void Timesyncd_ClientOnAnAutomaticPort_DoesNotHoldNtp() =>
        Assert.Empty(Ask(Hosts.Linux([Udp("0.0.0.0:45123", new ProcessRow { ProcessId = 9, Name = "systemd-timesyn", Unit = "systemd-timesyncd.service" })]), "udp/0.0.0.0:123").Findings);

    [Fact]
    public void DhcpClient_OnPort68_DoesNotConflictWithAServer() =>
        Assert.Empty(Ask(Hosts.Linux([Udp("0.0.0.0:68", new ProcessRow { ProcessId = 9, Name = "dhclient" })]), "udp/0.0.0.0:67").Findings);

    [Fact]
    public void HealthyHost_Bare_NothingIsFound() =>
        Assert.Empty(Diagnoser.Diagnose(TestCases.Read("healthy-linux")).Findings);

    [Fact]
    public void EstablishedConnections_OfABrowser_AreNeverOfferedForStopping()
    {
        SocketRow client = Tcp("10.9.0.1:8080", TcpState.Established, s_browser) with { Remote = NetEndpoint.Parse("203.0.113.9:443") };

        Diagnosis diagnosis = Ask(Hosts.Linux([client]), "tcp/0.0.0.0:8080");

        Assert.Empty(TestCases.Commands(diagnosis));
        Assert.All(diagnosis.Findings, finding => Assert.All(finding.Remedies, remedy => Assert.Null(remedy.Change)));
    }

    [Fact]
    public void AcceptedConnections_BesideTheirListener_SayNothingNew()
    {
        var listener = new ProcessRow { ProcessId = 500, Name = "sshd", Unit = "ssh.service" };
        var session = new ProcessRow { ProcessId = 900, Name = "sshd", Unit = "session-3.scope", ParentProcessId = 500 };
        SocketRow accepted = Tcp("10.9.0.1:22", TcpState.Established, session) with { Remote = NetEndpoint.Parse("10.9.0.77:50000") };

        Diagnosis diagnosis = Ask(Hosts.Linux([accepted, Tcp("0.0.0.0:22", TcpState.Listen, listener)]), "tcp/0.0.0.0:22");

        Finding finding = Assert.Single(diagnosis.Findings);
        Assert.Equal("ssh.service (PID 500)", finding.Subject);
        Assert.Equal(RemedyRisk.High, Assert.Single(finding.Remedies).Risk);
        Assert.Contains("is held by sshd (PID 500, ssh.service)", diagnosis.Services[0].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void KernelRows_OfSeveralUses_AreSeveralFindings()
    {
        var kernel = new ProcessRow { ProcessId = 4, Name = "System" };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase
        {
            Host = Hosts.Windows([Tcp("0.0.0.0:80", TcpState.Listen, kernel), Tcp("0.0.0.0:445", TcpState.Listen, kernel)]),
            Questions = [new Question { Bind = BindRequest.Parse("tcp/80") }, new Question { Bind = BindRequest.Parse("tcp/445") }],
        });

        Assert.Equal(["HTTP.sys (PID 4)", "Windows file sharing (PID 4)"], diagnosis.Findings.Select(finding => finding.Subject));
    }

    [Fact]
    public void TimeWaitRows_OfPidZero_HaveNoCulprit()
    {
        SocketRow ended = Tcp("192.168.1.10:80", TcpState.TimeWait, new ProcessRow { ProcessId = 0, Name = "System Idle Process" }) with { Remote = NetEndpoint.Parse("192.168.1.77:50000") };

        Diagnosis diagnosis = Ask(Hosts.Windows([ended]), "tcp/0.0.0.0:80 --reuse-address");

        Assert.Empty(TestCases.Commands(diagnosis));
        Assert.DoesNotContain("SD1001", TestCases.Ids(diagnosis));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(445)]
    [InlineData(139)]
    public void KernelRow_PidFour_IsNeverStopped(int port)
    {
        Diagnosis diagnosis = Ask(Hosts.Windows([Tcp($"0.0.0.0:{port}", TcpState.Listen, new ProcessRow { ProcessId = 4, Name = "System" })]), $"tcp/0.0.0.0:{port}");

        Assert.Equal(["SD1005"], TestCases.Ids(diagnosis));
        AssertNothingStops(diagnosis);
        Assert.DoesNotContain(TestCases.Commands(diagnosis), command => command.Text.Contains("net stop http", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(1, "systemd", null, null)]
    [InlineData(700, "lsass.exe", null, null)]
    [InlineData(900, "svchost.exe", null, "RpcSs")]
    [InlineData(3000, "login", "session-3.scope", null)]
    [InlineData(3000, "bash", "user@1000.service", null)]
    public void EssentialHolder_Always_IsNotStoppedByUnitOrService(int processId, string name, string? unit, string? service)
    {
        var owner = new ProcessRow { ProcessId = processId, Name = name, Unit = unit, Services = service is null ? [] : [service] };
        SocketRow socket = Udp("0.0.0.0:69", owner);

        Diagnosis diagnosis = Ask(service is null && !name.EndsWith(".exe", StringComparison.Ordinal) ? Hosts.Linux([socket]) : Hosts.Windows([socket]), "udp/0.0.0.0:69");

        Assert.Equal([processId == 1 ? "SD1029" : "SD1001"], TestCases.Ids(diagnosis));
        Assert.DoesNotContain(TestCases.Commands(diagnosis), command => command.Text.Contains("systemctl stop", StringComparison.Ordinal) || command.Text.Contains("net stop", StringComparison.Ordinal));
        if (unit is null)
            AssertNothingStops(diagnosis);
    }

    [Fact]
    public void SharedServiceHost_SeveralServices_IsNotStopped()
    {
        var host = new ProcessRow { ProcessId = 1100, Name = "svchost.exe", Services = ["SharedAccess", "iphlpsvc"] };

        AssertNothingStops(Ask(Hosts.Windows([Udp("0.0.0.0:53", host)]), "udp/0.0.0.0:53"));
    }

    [Fact]
    public void HiddenOwner_Always_IsNotGuessed()
    {
        SocketRow hidden = Udp("0.0.0.0:123") with { OwnerMissingBecause = OwnerGap.NeedsElevation };

        Diagnosis diagnosis = Ask(Hosts.Linux([hidden]), "udp/0.0.0.0:123");

        Finding finding = Assert.Single(diagnosis.Findings);
        // Who it is stays open; that the bind fails does not.
        Assert.Equal(("SD1001", Certainty.Certain), (finding.Issue.Id, finding.Certainty));
        Assert.Contains("owner not visible without elevation", diagnosis.Services[0].Sentence, StringComparison.Ordinal);
        AssertNothingStops(diagnosis);
    }

    [Theory]
    [InlineData(10013, BindOutcome.AccessDenied)]
    public void AccessDeniedOnWindows_OfEveryCause_IsNeverCalledAMatterOfRights(int code, BindOutcome outcome)
    {
        // A holder of another account, an excluded range, and nothing that was seen: Windows has no privileged ports.
        HostSnapshot excluded = Hosts.Windows([]).With(new ReservePortRange { Range = new PortRangeRow { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Udp, First = 60, Last = 159 } });
        foreach (HostSnapshot host in (HostSnapshot[])[Hosts.Windows([]), excluded, TestCases.Read("vista-w32time").Host])
        {
            Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase
            {
                Host = host,
                Questions = [new Question { Bind = BindRequest.Parse("udp/0.0.0.0:69"), BindProbe = new BindProbeResult { Outcome = outcome, NativeCode = code, NativeError = "WSAEACCES" } }],
            });

            string text = diagnosis.ToText();
            Assert.All(
                (string[])["as administrator", "privileged", "antivirus", "firewall blocks", "CAP_NET_BIND_SERVICE"],
                words => Assert.DoesNotContain(words, text, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void Commands_OfEveryRule_HoldNoneThatIsCopiedWrongly()
    {
        // "sc qtriggerinfo hns delete" deletes nothing; "net stop http /y" takes with it what nobody wrote down.
        foreach (RemedyCommand command in KnownIssues.All.SelectMany(rule => TestCases.Commands(Diagnoser.Diagnose(TestCases.Read($"{rule.Info.Id}.hit")))))
        {
            Assert.DoesNotContain("triggerinfo", command.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("net stop http", command.Text, StringComparison.OrdinalIgnoreCase);
            Assert.False(command.Text.StartsWith("net stop", StringComparison.OrdinalIgnoreCase) && command.Text.EndsWith("/y", StringComparison.OrdinalIgnoreCase), command.Text);
        }
    }

    [Fact]
    public void SocketsOfTheSystem_AreNeverCalledMalware()
    {
        SocketRow system = Tcp("0.0.0.0:80", TcpState.Listen, new ProcessRow { ProcessId = 4, Name = "System" });
        SocketRow idle = Tcp("192.168.1.10:80", TcpState.TimeWait, new ProcessRow { ProcessId = 0, Name = "System Idle Process" }) with { Remote = NetEndpoint.Parse("192.168.1.77:50000") };

        foreach (SocketRow row in (SocketRow[])[system, idle])
        {
            string text = Ask(Hosts.Windows([row]), "tcp/0.0.0.0:80").ToText();
            Assert.All((string[])["malware", "virus", "trojan"], word => Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void SuccessfulBindBesideAnother_IsNoProofOfDelivery()
    {
        // The same account on the wildcard address: Windows lets the second one in, and gives it what is for its address.
        Diagnosis windows = Ask(Hosts.Windows([Udp("0.0.0.0:69", new ProcessRow { ProcessId = 900, Name = "tftpd64.exe", User = "PC\\alice" })]), "udp/192.168.1.10:69");
        Diagnosis linux = Ask(Hosts.Linux([Udp("0.0.0.0:69", s_browser) with { ReuseAddress = true }]), "udp/0.0.0.0:69 --reuse-address");

        Assert.All((Diagnosis[])[windows, linux], diagnosis =>
        {
            Assert.NotEqual(ServiceStanding.Free, diagnosis.Services[0].Standing);
            Assert.NotEmpty(diagnosis.Findings);
        });
    }

    [Fact]
    public void HiddenOwnerOnWindows_Always_IsNotGuessed()
    {
        // netstat: "Can not obtain ownership information". It is no reason to name the usual holder of that port.
        SocketRow hidden = Udp("0.0.0.0:123") with { OwnerMissingBecause = OwnerGap.NeedsElevation };

        Diagnosis diagnosis = Ask(Hosts.Windows([hidden]), "udp/0.0.0.0:123");

        Assert.DoesNotContain("SD1003", TestCases.Ids(diagnosis));
        Assert.DoesNotContain("W32Time", diagnosis.ToText(), StringComparison.OrdinalIgnoreCase);
        AssertNothingStops(diagnosis);
    }

    [Fact]
    public void Dnscache_AsHolderOf53_IsNotStopped()
    {
        // If a table says so it is another one that shares its process, or a mistake: the resolver must stay.
        Diagnosis diagnosis = Ask(Hosts.Windows([Udp("0.0.0.0:53", new ProcessRow { ProcessId = 1200, Name = "svchost.exe", Services = ["Dnscache"] })]), "udp/0.0.0.0:53");

        AssertNothingStops(diagnosis);
    }

    [Fact]
    public void SocketActivation_ServerThatDoesNotRunYet_IsHealthy()
    {
        // tftp.socket waits, tftp.service is inactive until a client asks: systemd has the port for the server itself.
        SocketRow waits = Udp("0.0.0.0:69", new ProcessRow { ProcessId = 1, Name = "systemd" });

        Diagnosis bare = Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Linux([waits]) });
        Diagnosis asked = Ask(Hosts.Linux([waits]), "udp/0.0.0.0:69");

        Assert.Empty(bare.Findings);
        Assert.Equal(["SD1029"], TestCases.Ids(asked));
        Assert.All((string[])["inactive", "not running", "does not run", "start tftp.service", "failed"], words => Assert.DoesNotContain(words, asked.ToText(), StringComparison.OrdinalIgnoreCase));
        AssertNothingStops(asked);
    }

    [Theory]
    [InlineData("warn: Microsoft.AspNetCore.Server.Kestrel[0] Unable to bind to http://localhost:5000 on the IPv6 loopback interface: 'Cannot assign requested address'.")]
    [InlineData("warn: Microsoft.AspNetCore.Server.Kestrel[0]\n      Unable to bind to http://localhost:5000 on the IPv6 loopback interface: 'Address family not supported by protocol'.")]
    public void KestrelsWarning_OfTheIPv6Loopback_IsNotTheFailure(string warning)
    {
        // It serves 127.0.0.1 all the same, and a client that asks there is answered.
        SocketRow served = Tcp("127.0.0.1:5000", TcpState.Listen, new ProcessRow { ProcessId = 900, Name = "lab" });
        HostSnapshot host = Hosts.Linux([served]);
        host = host with { Addresses = host.Addresses.WithRows([.. host.Addresses.Where(row => row.Address.IsIPv4)]) };

        Assert.Empty(Diagnoser.ExplainError(host, Diagnoser.ReadError(warning), text: warning).Diagnosis.Findings);
    }

    [Theory]
    [InlineData("dhcpd", false)]
    [InlineData("kea-dhcp4", false)]
    [InlineData("dnsmasq", true)]
    public void PacketSocketsOfADhcpServer_AskNoFirewall(string server, bool isKeptOut)
    {
        // ISC's servers read from the link, before netfilter sees anything: a policy that drops keeps no DISCOVER from them.
        HostSnapshot host = TestCases.Read("SD3003.hit").Host;
        host = host with { Sockets = host.Sockets.WithRows([Udp("0.0.0.0:67", new ProcessRow { ProcessId = 700, Name = server })]) };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase
        {
            Host = host,
            Profile = new ServiceProfile { Name = "DHCP", Services = [], Server = new ServerIdentity { Names = [server] } },
            Questions = [new Question { Service = "DHCP", Bind = BindRequest.Parse("udp/0.0.0.0:67") }],
        });

        Assert.Equal(isKeptOut ? ["SD3003"] : [], TestCases.Ids(diagnosis));
        Assert.Equal(isKeptOut, diagnosis.Services[0].Firewall is not null);
    }

    [Fact]
    public void LoopbackServices_WithoutAKnownServer_AreNoProblem()
    {
        SocketRow local = Tcp("127.0.0.1:5432", TcpState.Listen, new ProcessRow { ProcessId = 5, Name = "postgres" });

        Assert.Empty(Ask(Hosts.Linux([local]), "tcp/0.0.0.0:80").Findings);
    }

    [Fact]
    public void AdministeredRange_AloneOnWindows_ExplainsNothing() =>
        Assert.DoesNotContain("SD1006", TestCases.Ids(Diagnoser.Diagnose(TestCases.Read("SD1006.miss"))));

    private static void AssertNothingStops(Diagnosis diagnosis)
    {
        string[] words = ["net stop", "taskkill", "kill ", "systemctl stop", "docker stop", "Stop-Service"];
        Assert.DoesNotContain(TestCases.Commands(diagnosis), command => words.Any(word => command.Text.StartsWith(word, StringComparison.Ordinal)));
        Assert.DoesNotContain(diagnosis.Findings.SelectMany(finding => finding.Remedies), remedy => remedy.Change is StopService or EndProcess);
    }

    private static Diagnosis Ask(HostSnapshot host, string bind) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Bind = BindRequest.Parse(bind) }],
    });

    private static SocketRow Udp(string local, params ReadOnlySpan<ProcessRow> owners) => new()
    {
        Protocol = TransportProtocol.Udp,
        Local = NetEndpoint.Parse(local),
        Owners = [.. owners],
    };

    private static SocketRow Tcp(string local, TcpState state, params ReadOnlySpan<ProcessRow> owners) => new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Parse(local),
        State = state,
        Owners = [.. owners],
    };
}
