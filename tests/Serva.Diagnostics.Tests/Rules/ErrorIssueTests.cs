using System;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Import;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Rules that know an error by itself, without a bind that failed.</summary>
public sealed class ErrorIssueTests
{
    private const string Netstat = """

        C:\>netstat -ano

          Proto  Local Address          Foreign Address        State           PID
          TCP    0.0.0.0:80             0.0.0.0:0              LISTENING       4
          UDP    0.0.0.0:69             *:*                                    4120

        """;

    [Theory]
    [InlineData("HttpListenerException (5): Access is denied. http://+:8080/a", "SD1060")]
    [InlineData("HttpListenerException (183): Failed to listen on prefix 'http://+:80/' because it conflicts with an existing registration on the machine.", "SD1061")]
    [InlineData("SocketException (10054): An existing connection was forcibly closed by the remote host, at Socket.ReceiveFrom, udp 0.0.0.0:69", "SD1062")]
    public void Import_ErrorOfNoBind_IsTheOnlyFinding(string error, string id)
    {
        ImportedHost imported = PastedText.Read(error + "\n" + Netstat);

        Diagnosis diagnosis = Diagnoser.Diagnose(imported.ToCase());

        Assert.Equal([id], TestCases.Ids(diagnosis));
        Assert.Null(Assert.Single(diagnosis.Case.Questions).Bind);
    }

    [Theory]
    [InlineData("HttpListenerException (5): Access is denied. http://+:8080/a & calc", "url=http://+:8080/a/")]
    [InlineData("HttpListenerException (5): http://+:8080/$(calc)/", "url=http://+:8080/")]
    [InlineData("HttpListenerException (5): http://host%USERNAME%:1/", null)]
    [InlineData("HttpListenerException (5): Access is denied.", null)]
    [InlineData("HttpListenerException (5): http://x https://*:443/y.", "url=https://*:443/y/")]
    [InlineData("HttpListenerException (5): httpd://+:80/", null)]
    public void Reservation_UrlOfTheText_StandsInTheCommandOnlyWhenItIsHarmless(string error, string? url)
    {
        HostSnapshot host = Hosts.Windows([]) with { Identity = new Identity { UserName = @"PC\a b" } };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Error = new ObservedError { Code = 5, Text = error } }] });

        // Nobody knows whether it is reserved for others already: the way back would delete theirs.
        Assert.Equal(
            url is null ? [] : [$"netsh http show urlacl {url}", $"netsh http add urlacl {url} user=\"PC\\a b\"", $"netsh http delete urlacl {url}"],
            TestCases.Commands(diagnosis).Select(entry => entry.Text));
    }

    [Fact]
    public void Reservation_SameUrlForOthers_NothingIsTyped()
    {
        HostSnapshot host = Hosts.Windows([]) with
        {
            Settings = Table.Complete([new SettingRow { Name = "http.sys reservation HTTP://+:8080/A/", Value = @"PC\bob" }], "test"),
        };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Error = new ObservedError { Code = 5, Text = "http://+:8080/a" } }] });

        Assert.Empty(TestCases.Commands(diagnosis));
        Assert.Contains(diagnosis.Findings[0].Evidence, entry => entry.Text.Contains(@"PC\bob", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(183)]
    [InlineData(10054)]
    public void Diagnose_SameNumberOnLinux_IsAnotherError(int code) => Assert.Empty(
        Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Linux([]), Questions = [new Question { Error = new ObservedError { Code = code, Text = "udp" } }] }).Findings);

    [Theory]
    [InlineData(5, "System error 5 has occurred. Access is denied.")]
    [InlineData(183, "mkdir: Cannot create a file when that file already exists")]
    [InlineData(10054, "UDP bind ok; later TCP recv: An existing connection was forcibly closed by the remote host")]
    public void Diagnose_SameNumberOfSomethingElse_IsNoFinding(int code, string text) =>
        Assert.Empty(Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Windows([]), Questions = [new Question { Error = new ObservedError { Code = code, Text = text } }] }).Findings);

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, @"PC\bob, PC\alice")]
    public void Reservation_ElevatedOrThere_IsNotTheReason(bool isElevated, string reservedFor)
    {
        HostSnapshot host = Hosts.Windows([]) with
        {
            Identity = new Identity { UserName = @"PC\alice", IsElevated = isElevated },
            Settings = Table.Complete([new SettingRow { Name = "http.sys reservation http://+:8080/a/", Value = reservedFor }], "test"),
        };

        Assert.Empty(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Error = new ObservedError { Code = 5, Text = "HttpListenerException (5) http://+:8080/a" } }] }).Findings);
    }

    [Theory]
    [InlineData("HTTP://LOCALHOST:8080:127.0.0.1/BOOT/", "http://localhost:8080/boot", true)]
    [InlineData("HTTP://[::1]:8080:[::1]/BOOT/", "http://[::1]:8080/boot/", true)]
    [InlineData("HTTP://+:8080/BOOT/", "http://*:8080/boot/", false)]
    [InlineData("HTTP://+:8080/A:1/", "http://+:8080/a:1/", true)]
    [InlineData("HTTP://", ":", false)]
    public void Normal_UrlsAsHttpSysAndProgramsWriteThem_AreTheSame(string registered, string asked, bool isSame) =>
        Assert.Equal(isSame, HttpSysUrls.Normal(registered) == HttpSysUrls.Normal(asked));

    [Fact]
    public void Import_UrlsOfHttpSysAlone_SayNothingOfTheRegistry()
    {
        HostSnapshot host = PastedText.Read("C:\\>netsh http show servicestate\nHTTP://+:80/\n").Host!;

        Assert.Equal(Coverage.Partial, host.Settings.Coverage);
        Assert.False(host.LacksSetting(@"HKLM\SYSTEM\CurrentControlSet\Services\DNS\Parameters\SocketPoolExcludedPortRanges"));
        Assert.True((host with { Settings = Table.Complete<SettingRow>([], "registry") }).LacksSetting(@"HKLM\X"));
    }

    [Fact]
    public void AddressWithoutLink_MediaSenseSwitchedOff_IsLikelyAlone()
    {
        DiagnosticCase before = TestCases.Read("SD1063.hit");
        HostSnapshot host = before.Host with
        {
            Settings = before.Host.Settings.WithRows([.. before.Host.Settings, new SettingRow { Name = @"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\DisableDHCPMediaSense", Value = "1" }]),
        };

        Finding finding = Assert.Single(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = before.Questions }).Findings);

        Assert.Equal(("SD1063", Certainty.Likely), (finding.Issue.Id, finding.Certainty));
        Assert.DoesNotContain(finding.Remedies.SelectMany(remedy => remedy.Apply), command => command.Text.StartsWith("reg ", StringComparison.Ordinal));
    }

    [Fact]
    public void Diagnose_ConnectionOfTcpReset_IsNoFinding() => Assert.Empty(
        Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Windows([]), Questions = [new Question { Error = new ObservedError { Code = 10054, Text = "forcibly closed by the remote host" } }] }).Findings);

    [Fact]
    public void Import_Reservations_AreSettingsWithTheirAccounts()
    {
        ImportedHost imported = PastedText.Read("""
            C:\>netsh http show urlacl

                Reserved URL            : http://+:80/Temporary_Listen_Addresses/
                    User: \Everyone
                        Listen: Yes
                        Delegate: No
                        SDDL: D:(A;;GX;;;WD)

                Reserved URL            : https://+:443/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/
                        User: NT SERVICE\SstpSvc
                            Listen: Yes
                        User: BUILTIN\Administrators
                            Listen: Yes
            """);

        Assert.Equal(
            [@"http.sys reservation http://+:80/Temporary_Listen_Addresses/ = \Everyone", @"http.sys reservation https://+:443/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ = NT SERVICE\SstpSvc, BUILTIN\Administrators"],
            imported.Host!.Settings.Select(row => $"{row.Name} = {row.Value}"));
    }

    [Theory]
    [InlineData("down", "192.168.0.66", "SD1063")]
    [InlineData("up", "192.168.0.66", "SD1009")]
    [InlineData("down", "192.168.0.66 10.0.0.1", "SD1063")]
    [InlineData("down", "192.168.0.6", "SD1009")]
    [InlineData("notPresent", "192.168.0.66", "SD1009")]
    public void AddressWithoutLink_ConfiguredForAnAdapterThatIsDown_IsTold(string status, string configured, string id)
    {
        DiagnosticCase before = TestCases.Read("SD1063.hit");
        HostSnapshot host = before.Host with
        {
            Interfaces = before.Host.Interfaces.WithRows([.. before.Host.Interfaces.Select(row => row.Index == 9 ? row with { Status = Enum.Parse<System.Net.NetworkInformation.OperationalStatus>(status, true) } : row)]),
            Settings = before.Host.Settings.WithRows([.. before.Host.Settings.Select(row => row with { Value = configured })]),
        };

        Assert.Equal([id], TestCases.Ids(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = before.Questions })));
    }

    [Theory]
    [InlineData("10.0.22631", "SD1064")]
    [InlineData("10.0.19045", "SD0001")]
    public void PortBlockOfWsl_OnTheSystemsOfWhichItIsReported(string version, string id)
    {
        DiagnosticCase before = TestCases.Read("SD1064.hit");
        HostSnapshot host = before.Host with { Platform = before.Host.Platform with { Version = Version.Parse(version) } };

        Assert.Equal([id], TestCases.Ids(Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = before.Questions })));
    }
}
