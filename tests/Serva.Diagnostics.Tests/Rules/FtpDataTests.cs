using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>FTP whose control port is open and whose data ports are not; and TFTP, which looks alike and needs nothing.</summary>
public sealed class FtpDataTests
{
    private const string Program = @"C:\Serva\Serva64.exe";
    private const string Ports = "Allow|Protocol=6|LPort=21";

    [Fact]
    public void WindowsPortRule_WithoutItsDataPorts_LetsInWithARuleForTheProgram()
    {
        Finding finding = Assert.Single(Diagnoser.Diagnose(TestCases.Read("SD3021.hit")).Findings);

        Assert.Equal((Severity.Warning, Certainty.Likely), (finding.Severity, finding.Certainty));
        Assert.StartsWith("Windows Firewall lets clients on Ethernet in to tcp 0.0.0.0:21, and drops their data connections to tcp 2000-2099", finding.Summary, StringComparison.Ordinal);
        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Equal("netsh advfirewall firewall add rule name=\"Serva64.exe tcp 2000-2099\" dir=in action=allow protocol=tcp localport=2000-2099 program=\"C:\\Serva\\Serva64.exe\" profile=public", remedy.Apply[0].Text);
        Assert.Equal("netsh advfirewall firewall delete rule name=\"Serva64.exe tcp 2000-2099\" dir=in profile=public program=\"C:\\Serva\\Serva64.exe\" localport=2000-2099 protocol=tcp", remedy.Revert[0].Text);
    }

    [Theory]
    [InlineData(Ports + "\nAllow|Protocol=6|LPort2_10=2000-2099", "tcp/2000-2099", 0)]
    [InlineData(Ports + "\nAllow|Protocol=6|LPort2_10=2000-2050", "tcp/2000-2099", 1)]
    [InlineData("Allow|Protocol=6|App=" + Program, "tcp/2000-2099", 0)]
    [InlineData("Allow|Protocol=6|App=" + Program, "tcp/0", 0)]
    [InlineData(Ports, "tcp/0", 1)]
    [InlineData(Ports, null, 0)]
    [InlineData("Allow|Protocol=17|LPort=69", "tcp/2000-2099", 0)]
    public void WindowsRules_AreHeldAgainstTheServerOnItsDataPorts(string rules, string? pool, int findings) =>
        Assert.Equal(findings, Diagnoser.Diagnose(Windows(WindowsFirewallHost.With(rules), pool)).Findings.Count(finding => finding.Issue.Id == "SD3021"));

    [Fact]
    public void AutomaticPorts_ThatAnotherProgramHas_AreStillTheServers()
    {
        // TCP 49664, in the middle of nowhere, is the scheduler's; a rule for the server's program must not count for it, nor against it.
        HostSnapshot host = WindowsFirewallHost.With("Allow|Protocol=6|App=" + Program);
        host = host with { PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = 49664, Last = 49664 }], "test") };

        Assert.DoesNotContain("SD3021", TestCases.Ids(Diagnoser.Diagnose(Windows(host, "tcp/0"))));
    }

    [Theory]
    [InlineData(@"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\DisableStatefulFTP", "0", 0)]
    [InlineData(@"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DisableStatefulFTP", "0", 0)]
    [InlineData(@"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DisableStatefulFTP", "1", 1)]
    public void FirewallThatReadsAlongInFtp_LetsTheDataIn(string setting, string value, int findings)
    {
        DiagnosticCase hit = TestCases.Read("SD3021.hit");

        Assert.Equal(findings, Diagnoser.Diagnose(new DiagnosticCase { Host = hit.Host.With(new SetSetting { Name = setting, Value = value }), Profile = hit.Profile, Questions = hit.Questions }).Findings.Length);
    }

    [Fact]
    public void TftpOnWindows_RuleForItsPortAlone_IsEnough()
    {
        // The server sends first from its data port: what the client sends there is an answer.
        HostSnapshot host = WindowsFirewallHost.With("Allow|Protocol=17|LPort=69");
        Assert.True(DataPortPool.TryParse("udp/2000-2099", out DataPortPool? pool, out _));

        Assert.Empty(Diagnoser.Diagnose(new DiagnosticCase
        {
            Host = host,
            Profile = new ServiceProfile { Name = "lab", Server = new ServerIdentity { Names = ["Serva64"] }, Services = [new ProfileService { Name = "TFTP", Binds = [BindRequest.Parse("udp/0.0.0.0:69")], DataPorts = pool }] },
            Questions = [new Question { Service = "TFTP", Bind = BindRequest.Parse("udp/0.0.0.0:69") }],
        }).Findings);
    }

    [Fact]
    public void Ufw_WithoutItsDataPorts_GetsARange()
    {
        Finding finding = Assert.Single(Diagnoser.Diagnose(TestCases.Read("SD3022.hit")).Findings);

        Assert.StartsWith("ufw lets clients on eth0 in to tcp 0.0.0.0:21, and drops their data connections to tcp 2000-2099", finding.Summary, StringComparison.Ordinal);
        Assert.Equal("ufw allow 2000:2099/tcp", finding.Remedies[0].Apply[0].Text);
        Assert.Equal("ufw delete allow 2000:2099/tcp", finding.Remedies[0].Revert[0].Text);
        Assert.Equal(FirewallOutcome.Accept, finding.Remedies[0].FirewallAfterwards!.Outcome);
    }

    [Theory]
    [InlineData("", "6.18", 1)]
    [InlineData("-A INPUT -p tcp --dport 2000:2099 -j ACCEPT", "6.18", 0)]
    [InlineData("-A INPUT -p tcp --dport 2000:2050 -j ACCEPT", "6.18", 1)]
    [InlineData("*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 21 -j CT --helper ftp\nCOMMIT", "6.18", 0)]
    [InlineData("", "4.4", 0)]
    public void Iptables_DataPorts_AreAskedAbout(string more, string version, int findings)
    {
        string filter = $"*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp --dport 21 -j ACCEPT\n{(more.StartsWith('*') ? "" : more)}\nCOMMIT\n{(more.StartsWith('*') ? more : "")}\n";
        HostSnapshot host = LinuxFirewallHost.WithIptables(filter);
        host = host with { Platform = host.Platform with { Version = Version.Parse(version) } };

        Finding[] found = [.. Diagnoser.Diagnose(Linux(host)).Findings.Where(finding => finding.Issue.Id == "SD3022")];

        Assert.Equal(findings, found.Length);
        Assert.All(found.SelectMany(finding => finding.Remedies).SelectMany(remedy => remedy.Apply.Concat(remedy.Revert)), command => Assert.True(CommandSyntaxTests.IsKnown(command), command.Text));
        Assert.All(found, finding => Assert.Equal("iptables -A INPUT -p tcp --dport 2000:2099 -j ACCEPT", finding.Remedies[0].Apply.Single().Text));
    }

    [Fact]
    public void ControlPort_ThatIsKeptOut_IsAllThatIsTold() =>
        Assert.DoesNotContain("SD3022", TestCases.Ids(Diagnoser.Diagnose(Linux(LinuxFirewallHost.WithIptables("*filter\n:INPUT DROP [0:0]\nCOMMIT\n")))));

    private static DiagnosticCase Windows(HostSnapshot host, string? pool) => Ask(
        host with
        {
            Sockets = host.Sockets.WithRows(
            [
                .. host.Sockets,
                new SocketRow { Protocol = TransportProtocol.Tcp, Local = NetEndpoint.Parse("0.0.0.0:21"), State = TcpState.Listen, Owners = [new ProcessRow { ProcessId = 1000, Name = "Serva64.exe", Path = Program }] },
            ]),
        },
        pool);

    private static DiagnosticCase Linux(HostSnapshot host) => Ask(host, "tcp/2000-2099");

    private static DiagnosticCase Ask(HostSnapshot host, string? text)
    {
        DataPortPool? pool = null;
        Assert.True(text is null || DataPortPool.TryParse(text, out pool, out _));
        return new DiagnosticCase
        {
            Host = host,
            Profile = new ServiceProfile { Name = "lab", Server = new ServerIdentity { Names = ["Serva64"] }, Services = [new ProfileService { Name = "FTP", Binds = [BindRequest.Parse("tcp/0.0.0.0:21")], DataPorts = pool }] },
            Questions = [new Question { Service = "FTP", Bind = BindRequest.Parse("tcp/0.0.0.0:21") }],
        };
    }
}
