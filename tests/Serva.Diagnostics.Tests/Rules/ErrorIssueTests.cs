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
    public void Reservation_UrlOfTheText_StandsInTheCommandOnlyWhenItIsHarmless(string error, string? url)
    {
        HostSnapshot host = Hosts.Windows([]) with { Identity = new Identity { UserName = @"PC\a b" } };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Error = new ObservedError { Code = 5, Text = error } }] });

        string? command = TestCases.Commands(diagnosis).Select(entry => entry.Text).FirstOrDefault();
        Assert.Equal(url is null ? null : $"netsh http add urlacl {url} user=\"PC\\a b\"", command);
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
