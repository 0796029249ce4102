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

/// <summary>The ports that a service takes for its transfers: excluded, held by others, handed out, privileged.</summary>
public sealed class PoolIssueTests
{
    private static readonly ProcessRow s_browser = new() { ProcessId = 3300, Name = "firefox", Path = "/usr/bin/firefox", User = "alice" };
    private static readonly ProcessRow s_server = new() { ProcessId = 700, Name = "labd", Path = "/usr/sbin/labd", User = "root" };

    [Fact]
    public void DnsServerPool_OnWindows_IsCountedAndNamedWithBothWaysOut()
    {
        Finding finding = Assert.Single(Diagnoser.Diagnose(TestCases.Read("SD1051.hit")).Findings);

        Assert.StartsWith("7 of the 20 data ports of TFTP (udp 50000-50019) are held by others, 6 of them by DNS (dns.exe, PID 2212", finding.Summary, System.StringComparison.Ordinal);
        // Who holds them stands in the table; that nobody else can bind them may hang on options that none shows.
        Assert.Equal((Severity.Warning, Certainty.Likely), (finding.Severity, finding.Certainty));
        Assert.Contains("udp 1024-1043", finding.Remedies[0].Summary, System.StringComparison.Ordinal);
        Assert.Contains("TFTP_LowestUDPPort=1024, TFTP_HighestUDPPort=1043", finding.Remedies[0].Summary, System.StringComparison.Ordinal);
        Assert.Equal("dnscmd /Config /SocketPoolExcludedPortRanges 50000-50019", finding.Remedies[1].Apply[0].Text);
        Assert.StartsWith("reg delete ", finding.Remedies[1].Revert[0].Text, System.StringComparison.Ordinal);
        // netsh refuses to exclude ports that somebody has.
        Assert.Equal(2, finding.Remedies.Length);
    }

    [Fact]
    public void DnsServerPool_WithExcludedRanges_GetsThemBack()
    {
        DiagnosticCase hit = TestCases.Read("SD1051.hit");
        HostSnapshot host = hit.Host.With(new SetSetting { Name = @"HKLM\SYSTEM\CurrentControlSet\Services\DNS\Parameters\SocketPoolExcludedPortRanges", Value = "3000-3010 4000-4000" });

        Remedy remedy = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = hit.Profile, Questions = hit.Questions }).Findings[0].Remedies[1];

        Assert.Equal("dnscmd /Config /SocketPoolExcludedPortRanges 3000-3010 4000-4000 50000-50019", remedy.Apply[0].Text);
        Assert.Equal("dnscmd /Config /SocketPoolExcludedPortRanges 3000-3010 4000-4000", remedy.Revert[0].Text);
    }

    [Fact]
    public void DnsServerPool_WithHostileRanges_IsNotRepeatedInACommand()
    {
        DiagnosticCase hit = TestCases.Read("SD1051.hit");
        HostSnapshot host = hit.Host.With(new SetSetting { Name = @"HKLM\SYSTEM\CurrentControlSet\Services\DNS\Parameters\SocketPoolExcludedPortRanges", Value = "3000-3010 & calc" });

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = hit.Profile, Questions = hit.Questions });

        Assert.DoesNotContain(TestCases.Commands(diagnosis), command => command.Text.Contains("calc", System.StringComparison.Ordinal) || command.Text.Contains("dnscmd", System.StringComparison.Ordinal));
    }

    [Fact]
    public void AutomaticPorts_NobodyThereNow_IsANoteThatReservingEnds()
    {
        HostSnapshot host = Hosts.Linux([]).With(new SetSetting { Name = "net.ipv4.ip_local_reserved_ports", Value = "8080" });
        DiagnosticCase asked = Ask(host, "FTP", "tcp/0.0.0.0:21", "tcp/50000-50099");

        Finding finding = Assert.Single(Diagnoser.Diagnose(asked).Findings);

        Assert.Equal(("SD1051", Severity.Note, Certainty.Certain), (finding.Issue.Id, finding.Severity, finding.Certainty));
        Assert.StartsWith("The data ports of FTP (tcp 50000-50099) lie among the automatic ports (32768-60999)", finding.Summary, System.StringComparison.Ordinal);
        Remedy keep = finding.Remedies[1];
        Assert.Equal("sysctl -w net.ipv4.ip_local_reserved_ports=8080,50000-50099", keep.Apply[0].Text);
        Assert.Equal("sysctl -w net.ipv4.ip_local_reserved_ports=8080", keep.Revert[0].Text);
        Assert.Empty(Diagnoser.Diagnose(new DiagnosticCase { Host = host.With(keep.Change!), Profile = asked.Profile, Questions = asked.Questions }).Findings);
    }

    [Fact]
    public void AutomaticPorts_PartOfThem_AreCounted() =>
        Assert.StartsWith(
            "10 of the 20 data ports of FTP (tcp 32758-32777) lie among the automatic ports",
            Assert.Single(Diagnoser.Diagnose(Ask(Hosts.Linux([]), "FTP", "tcp/0.0.0.0:21", "tcp/32758-32777")).Findings).Summary, System.StringComparison.Ordinal);

    [Fact]
    public void AutomaticPorts_OnWindows_AreExcludedByFamilyAndProtocol()
    {
        Finding finding = Assert.Single(Diagnoser.Diagnose(Ask(Hosts.Windows([]), "FTP", "tcp/0.0.0.0:21", "tcp/50000-50099")).Findings);

        Assert.Equal("netsh int ipv4 add excludedportrange protocol=tcp startport=50000 numberofports=100 store=persistent", finding.Remedies[1].Apply[0].Text);
        Assert.Equal("netsh int ipv4 delete excludedportrange protocol=tcp startport=50000 numberofports=100 store=persistent", finding.Remedies[1].Revert[0].Text);
        Assert.NotNull(finding.Remedies[1].Change);
    }

    [Fact]
    public void AdministeredRange_OverThePool_IsSilent()
    {
        HostSnapshot host = Hosts.Windows([]).With(new ReservePortRange { Range = new PortRangeRow { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Tcp, First = 50000, Last = 50099, IsAdministered = true } });

        Assert.Empty(Diagnoser.Diagnose(Ask(host, "FTP", "tcp/0.0.0.0:21", "tcp/50000-50099")).Findings);
    }

    [Theory]
    [InlineData("tcp/40000-40009", TcpState.Established, 1)]
    [InlineData("tcp/40000-40009", TcpState.TimeWait, 0)]
    [InlineData("udp/40000-40009", TcpState.Established, 0)]
    public void Connection_ThatHasAPortOfThePool_Counts(string pool, TcpState state, int taken)
    {
        SocketRow client = Tcp("10.9.0.1:40003", state, s_browser) with { Remote = NetEndpoint.Parse("203.0.113.9:443") };
        HostSnapshot host = Reserved(Hosts.Linux([client]));

        Finding[] found = [.. Diagnoser.Diagnose(Ask(host, "FTP", "tcp/0.0.0.0:21", pool)).Findings];

        Assert.Equal(taken, found.Length);
        Assert.All(found, finding => Assert.Equal(Certainty.Likely, finding.Certainty));
    }

    [Fact]
    public void OwnTransfers_OfTheServer_AreNobodyElse()
    {
        SocketRow transfer = Tcp("10.9.0.1:40003", TcpState.Established, s_server) with { Remote = NetEndpoint.Parse("10.9.0.77:50000") };

        Assert.Empty(Diagnoser.Diagnose(Ask(Reserved(Hosts.Linux([transfer, Tcp("0.0.0.0:40004", TcpState.Listen, s_server)])), "FTP", "tcp/0.0.0.0:21", "tcp/40000-40009")).Findings);
    }

    [Fact]
    public void HiddenOwner_ThatMayBeTheServer_IsNotCalledAnother()
    {
        SocketRow hidden = Tcp("0.0.0.0:40004", TcpState.Listen) with { OwnerMissingBecause = OwnerGap.NeedsElevation };

        Assert.Empty(Diagnoser.Diagnose(Ask(Reserved(Hosts.Linux([hidden])), "FTP", "tcp/0.0.0.0:21", "tcp/40000-40009")).Findings);
    }

    [Fact]
    public void EveryPort_Held_IsAnError()
    {
        Finding finding = Assert.Single(Diagnoser.Diagnose(Ask(
            Reserved(Hosts.Linux([Tcp("0.0.0.0:40000", TcpState.Listen, s_browser), Tcp("0.0.0.0:40001", TcpState.Listen, s_browser)])), "FTP", "tcp/0.0.0.0:21", "tcp/40000-40001")).Findings);

        Assert.Equal(Severity.Error, finding.Severity);
        Assert.StartsWith("All of the 2 data ports of FTP (tcp 40000-40001) are held by firefox", finding.Summary, System.StringComparison.Ordinal);
    }

    [Fact]
    public void FreeStretch_StepsOverWhatIsHeldKeptOrWanted()
    {
        HostSnapshot host = Hosts.Linux([Tcp("127.0.0.1:1030", TcpState.Listen, s_browser)]);
        host = host.With(new ReservePortRange { Range = new PortRangeRow { Kind = PortRangeKind.Reserved, First = 1040, Last = 1044 } });
        DiagnosticCase asked = new()
        {
            Host = host,
            Profile = new ServiceProfile
            {
                Name = "lab",
                Services = [Service("FTP", "tcp/0.0.0.0:21", "tcp/50000-50009"), Service("web", "tcp/0.0.0.0:1050", null), Service("other", "tcp/0.0.0.0:22", "tcp/1055-1060")],
            },
            Questions = [new Question { Service = "FTP", Bind = BindRequest.Parse("tcp/0.0.0.0:21") }, new Question { Service = "web", Bind = BindRequest.Parse("tcp/0.0.0.0:1050") }],
        };

        // 1024 to 1029 are too few, 1031 to 1039 nine, 1045 to 1049 five, 1051 to 1054 four.
        Assert.Contains("tcp 1061-1070", Diagnoser.Diagnose(asked).Findings[0].Remedies[0].Summary, System.StringComparison.Ordinal);
    }

    [Fact]
    public void FreeStretch_ThatIsNowhere_IsSaid() =>
        Assert.Contains("no 64512 ports in a row", Diagnoser.Diagnose(Ask(Hosts.Linux([]), "FTP", "tcp/0.0.0.0:21", "tcp/1024-65535")).Findings[0].Remedies[0].Summary, System.StringComparison.Ordinal);

    [Fact]
    public void ExcludedRange_OverAllPorts_IsAnError()
    {
        DiagnosticCase hit = TestCases.Read("SD1050.hit");
        ServiceProfile profile = new() { Name = "lab", Services = [Service("TFTP", "udp/0.0.0.0:69", "udp/40060-40069")] };

        Finding finding = Assert.Single(Diagnoser.Diagnose(new DiagnosticCase { Host = hit.Host, Profile = profile, Questions = hit.Questions }).Findings);

        Assert.Equal(("SD1050", Severity.Error, Certainty.Likely), (finding.Issue.Id, finding.Severity, finding.Certainty));
        Assert.StartsWith("All of the 10 data ports of TFTP", finding.Summary, System.StringComparison.Ordinal);
        Assert.DoesNotContain("Serva.ini", finding.Remedies[0].Summary, System.StringComparison.Ordinal);
    }

    [Fact]
    public void ExcludedRange_OfOtherFamilyOrProtocol_IsSilent()
    {
        HostSnapshot host = Hosts.Windows([]);
        foreach (PortRangeRow row in (PortRangeRow[])[
            new() { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Tcp, First = 40000, Last = 40099 },
            new() { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Udp, IsIPv6 = true, First = 40000, Last = 40099 }])
        {
            Assert.Empty(Diagnoser.Diagnose(Ask(host.With(new ReservePortRange { Range = row }), "TFTP", "udp/0.0.0.0:69", "udp/40000-40099")).Findings);
        }
    }

    [Fact]
    public void PrivilegedPool_OfARunningServer_SaysNothing()
    {
        DiagnosticCase hit = TestCases.Read("SD1053.hit");
        HostSnapshot host = hit.Host with { Sockets = Table.Complete([Tcp("0.0.0.0:2121", TcpState.Listen, s_server with { Name = "ftpd" })], "test") };

        Assert.DoesNotContain("SD1053", TestCases.Ids(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = hit.Profile, Questions = hit.Questions })));
    }

    [Fact]
    public void PrivilegedPool_BesideAPrivilegedPort_IsLeftToThatRule()
    {
        DiagnosticCase hit = TestCases.Read("SD1053.hit");

        Assert.Equal(["SD1007"], TestCases.Ids(Diagnoser.Diagnose(Ask(hit.Host, "FTP", "tcp/0.0.0.0:21", "tcp/100-999"))));
    }

    [Fact]
    public void PrivilegedPool_UnknownAsker_SaysNothing() =>
        Assert.Empty(Diagnoser.Diagnose(Ask(Hosts.Linux([]) with { Identity = null }, "FTP", "tcp/0.0.0.0:2121", "tcp/100-999")).Findings);

    [Theory]
    [InlineData(null)]
    [InlineData("udp/0")]
    public void AutomaticOrUnknownPool_IsNoPool(string? pool) =>
        Assert.Empty(Diagnoser.Diagnose(Ask(Hosts.Windows([]), "TFTP", "udp/0.0.0.0:69", pool)).Findings);

    [Fact]
    public void SocketsOfOtherPorts_AreNotTakenForAll()
    {
        HostSnapshot host = Hosts.Linux([]);
        host = host with { Sockets = Table<SocketRow>.Complete([], "test", filter: new TableFilter { Protocol = TransportProtocol.Tcp, FirstPort = 21, LastPort = 21 }) };

        Diagnosis diagnosis = Diagnoser.Diagnose(Ask(host, "FTP", "tcp/0.0.0.0:21", "tcp/40000-40009"));

        Assert.Contains(diagnosis.Skipped, skipped => skipped.Id == "SD1051" && skipped.Because.Contains("not all sockets", System.StringComparison.Ordinal));
    }

    private static HostSnapshot Reserved(HostSnapshot host) =>
        host.With(new ReservePortRange { Range = new PortRangeRow { Kind = PortRangeKind.Reserved, First = 40000, Last = 40099 } });

    private static DiagnosticCase Ask(HostSnapshot host, string service, string endpoint, string? pool) => new()
    {
        Host = host,
        Profile = new ServiceProfile { Name = "lab", Server = new ServerIdentity { Names = ["labd"] }, Services = [Service(service, endpoint, pool)] },
        Questions = [new Question { Service = service, Bind = BindRequest.Parse(endpoint) }],
    };

    private static ProfileService Service(string name, string endpoint, string? pool)
    {
        DataPortPool? dataPorts = null;
        Assert.True(pool is null || DataPortPool.TryParse(pool, out dataPorts, out _));
        return new ProfileService { Name = name, Binds = [BindRequest.Parse(endpoint)], DataPorts = dataPorts };
    }

    private static SocketRow Tcp(string local, TcpState state, params ImmutableArray<ProcessRow> owners) => new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Parse(local),
        State = state,
        Owners = owners,
    };
}
