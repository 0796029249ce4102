using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>A stop that takes others with it names them, stops them first, and starts what ran again, each after what it needs.</summary>
public sealed class ServiceStopTests
{
    /// <summary>
    /// False friend 11: <c>net stop NAME /y</c> takes the dependents down without a word, and <c>net start NAME</c> does not bring
    /// them back.
    /// </summary>
    [Fact]
    public void WindowsService_WithDependents_AreNamedStoppedFirstAndStartedAgain()
    {
        Remedy remedy = StopOf(Windows(
            Service("DNS"),
            Service("Portal", "Monitor"),
            Service("Monitor", "DNS") with { DisplayName = "Lab monitor" },
            Service("Sleeping", "DNS") with { State = ServiceState.Stopped },
            Service("Other", "RpcSs")));

        Assert.Equal(["net stop Portal", "net stop Monitor", "net stop DNS"], remedy.Apply.Select(command => command.Text));
        Assert.Equal(["net start DNS", "net start Monitor", "net start Portal"], remedy.Revert.Select(command => command.Text));
        Assert.Contains("Lab monitor (Monitor) and Portal depend on it and stop first; the way back starts them again after it, in this order.", remedy.Consequence, StringComparison.Ordinal);
        Assert.DoesNotContain("Sleeping", string.Join(' ', remedy.Apply.Concat(remedy.Revert).Select(command => command.Text)) + remedy.Consequence, StringComparison.Ordinal);
        Assert.DoesNotContain("/y", string.Join(' ', remedy.Apply.Select(command => command.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public void WindowsService_NothingDependsOnIt_SaysNothingOfOthers() =>
        Assert.DoesNotContain("other services depend", StopOf(Windows(Service("DNS", "RpcSs"))).Consequence ?? "", StringComparison.Ordinal);

    /// <summary>What was pasted tells no dependencies: that none was read is not that there is none.</summary>
    [Fact]
    public void WindowsService_DependenciesNotCaptured_AsksToNoteThem() =>
        Assert.Contains("the command lists them and asks first", StopOf(Windows(Service("DNS"))).Consequence, StringComparison.Ordinal);

    [Fact]
    public void WindowsService_HalfTheSystemDependsOnIt_IsNotOffered() => Assert.DoesNotContain(
        Ask(Windows([Service("DNS"), .. Enumerable.Range(0, 30).Select(i => Service($"S{i}", "DNS"))]), "udp/0.0.0.0:53").Findings[0].Remedies,
        remedy => remedy.Apply.Any(command => command.Text.StartsWith("net stop", StringComparison.Ordinal)));

    [Fact]
    public void Unit_WithDependents_AreNamedAndStartedAgain()
    {
        Remedy remedy = StopOf(Linux(
            Service("named.service"),
            Service("portal.service", "monitor.service"),
            Service("monitor.service", "named.service"),
            Service("lab.target", "named.service") with { State = ServiceState.Unknown },
            Service("off.service", "named.service") with { State = ServiceState.Stopped }));

        Assert.Equal(["systemctl stop named.service"], remedy.Apply.Select(command => command.Text));
        Assert.Equal(["systemctl start named.service monitor.service portal.service"], remedy.Revert.Select(command => command.Text));
        Assert.Contains("monitor.service and portal.service stop with it; the way back starts them again.", remedy.Consequence, StringComparison.Ordinal);
        Assert.Contains("Look with systemctl first whether this is active, and start again what was: lab.target stops with it too", remedy.Consequence, StringComparison.Ordinal);
        Assert.DoesNotContain("off.service", remedy.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_ASocketUnitStartsIt_SaysWhich()
    {
        Remedy remedy = StopOf(Linux(Service("named.service", "x.service"), Service("named.socket") with { Starts = "named.service", State = ServiceState.Unknown }));

        Assert.Contains("named.socket starts it again with the next client", remedy.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_HostileName_StandsInNoCommand() => Assert.All(
        Ask(Linux(Service("named.service"), Service("a;reboot", "named.service")), "udp/0.0.0.0:53").Findings.SelectMany(finding => finding.Remedies).SelectMany(remedy => remedy.Apply.Concat(remedy.Revert)),
        command => Assert.DoesNotContain("a;reboot", command.Text, StringComparison.Ordinal));

    [Theory]
    [InlineData(ServiceState.Stopped, "systemctl stop tftp.socket", "systemctl start tftp.socket")]
    [InlineData(ServiceState.Running, "systemctl stop tftp.socket tftp.service", "systemctl start tftp.socket tftp.service")]
    public void SocketUnit_OfTheSocket_IsStoppedByNameWithItsService(ServiceState state, string stop, string start)
    {
        var systemd = new ProcessRow { ProcessId = 1, Name = "systemd" };
        var tftp = new ProcessRow { ProcessId = 70, Name = "in.tftpd", Unit = "tftp.service" };
        HostSnapshot host = Hosts.Linux([Hosts.Socket("udp/[::]:69") with { Owners = state == ServiceState.Running ? [systemd, tftp] : [systemd], IPv6Only = false }]) with
        {
            Processes = Table.Complete(state == ServiceState.Running ? [systemd, tftp] : (ProcessRow[])[systemd], "test"),
            Services = Table.Complete(
            [
                Service("tftp.service", "x.service") with { State = state },
                Service("tftp.socket") with { Starts = "tftp.service", Binds = [Bound("udp/[::]:69 --dual-mode")], State = ServiceState.Unknown },
                Service("ssh.socket") with { Starts = "ssh.service", Binds = [Bound("tcp/[::]:69 --dual-mode")], State = ServiceState.Unknown },
            ], "test"),
        };

        Diagnosis diagnosis = Ask(host, "udp/0.0.0.0:69");

        Finding finding = Assert.Single(diagnosis.Findings);
        Assert.Equal("SD1029", finding.Issue.Id);
        Assert.Contains("for tftp.socket, which starts tftp.service with the first client", finding.Summary, StringComparison.Ordinal);
        Remedy remedy = Assert.Single(finding.Remedies, remedy => !remedy.Apply.IsEmpty);
        Assert.Equal([stop], remedy.Apply.Select(command => command.Text));
        Assert.Equal([start], remedy.Revert.Select(command => command.Text));
        Assert.Empty(Ask(host.With(remedy.Change!), "udp/0.0.0.0:69").Findings);
    }

    [Fact]
    public void SocketUnit_TwoMayHaveBoundIt_IsAskedFor()
    {
        ServiceRow unit = Service("a.socket") with { Starts = "a.service", Binds = [Bound("udp/0.0.0.0:69")] };
        HostSnapshot host = Hosts.Linux([Hosts.Socket("udp/0.0.0.0:69") with { Owners = [new ProcessRow { ProcessId = 1, Name = "systemd" }] }]) with
        {
            Services = Table.Complete([unit, unit with { Name = "b.socket" }], "test"),
        };

        Assert.Contains(Ask(host, "udp/0.0.0.0:69").Findings.SelectMany(finding => finding.Remedies).SelectMany(remedy => remedy.Apply), command => command.Text == "systemctl list-sockets --all --no-pager");
    }

    /// <summary>A service that is disabled and runs is started again by nothing that leaves it disabled.</summary>
    [Fact]
    public void WindowsService_DisabledAndRunning_IsDisabledAgainAfterTheWayBack() => Assert.Equal(
        ["Set-Service -Name 'DNS' -StartupType Manual", "net start DNS", "Set-Service -Name 'DNS' -StartupType Disabled"],
        StopOf(Windows(Service("DNS") with { Start = ServiceStart.Disabled })).Revert.Select(command => command.Text));

    [Theory]
    [InlineData("named.service")]
    [InlineData("monitor.service")]
    public void Unit_MaskedAndRunning_IsNotOffered(string masked) => Assert.DoesNotContain(
        Ask(Linux(Service("named.service"), Service("monitor.service", "named.service")) is var host ? host with { Services = Table.Complete([.. host.Services.Select(row => row.Name == masked ? row with { Start = ServiceStart.Disabled } : row)], "test") } : null!, "udp/0.0.0.0:53").Findings[0].Remedies,
        remedy => remedy.Change is StopService);

    [Fact]
    public void Unit_MadeForOneRun_HasNoCommandThatStartsItAgain()
    {
        Remedy remedy = StopOf(Linux(Service("named.service") with { IsTransient = true }, Service("monitor.service", "named.service")));

        Assert.Equal(["systemctl start monitor.service"], remedy.Revert.Select(command => command.Text));
        Assert.Contains("named.service was made for one run and is gone afterwards", remedy.Consequence, StringComparison.Ordinal);
        Remedy alone = StopOf(Linux(Service("named.service") with { IsTransient = true }));
        Assert.Empty(alone.Revert);
        Assert.Contains("made for one run", alone.NothingToRevertBecause, StringComparison.Ordinal);
    }

    /// <summary>What stops with it may matter more: a remote login, or what the system cannot do without.</summary>
    [Fact]
    public void Unit_RemoteLoginDependsOnIt_RiskIsThatOfTheLogin()
    {
        Remedy remedy = StopOf(Linux(Service("named.service"), Service("ssh.service", "named.service")));

        Assert.Equal(RemedyRisk.High, remedy.Risk);
        Assert.Contains("you may lock yourself out", remedy.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_TheSystemDependsOnIt_IsNotOffered() => Assert.DoesNotContain(
        Ask(Linux(Service("named.service"), Service("dbus.service", "named.service")), "udp/0.0.0.0:53").Findings[0].Remedies, remedy => remedy.Change is StopService);

    [Theory]
    [InlineData("ssh", 22, RemedyRisk.High, "you may lock yourself out")]
    [InlineData("docker", 2375, RemedyRisk.High, "Every container of this host stops")]
    [InlineData("rpcbind", 111, RemedyRisk.None, null)]
    [InlineData("lab", 8069, RemedyRisk.Medium, null)]
    public void SocketUnit_OfAKnownService_RiskAndConsequenceOfThatService(string name, int port, RemedyRisk risk, string? consequence)
    {
        Remedy remedy = SocketUnitStop(name, port, Service($"{name}.service", "x.service"));

        Assert.Equal(risk, remedy.Risk);
        Assert.Equal(risk == RemedyRisk.None, remedy.Apply.All(command => command.Text.StartsWith("systemctl list-sockets", StringComparison.Ordinal)));
        if (consequence is not null)
            Assert.Contains(consequence, remedy.Consequence, StringComparison.Ordinal);
        if (name == "rpcbind")
            Assert.Contains("No command is given", remedy.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void SocketUnit_MuchDependsOnIt_SaysSoInsteadOfStoppingIt()
    {
        Remedy remedy = SocketUnitStop("lab", 8069, [Service("lab.service"), .. Enumerable.Range(0, 30).Select(i => Service($"s{i}.service", "lab.socket"))]);

        Assert.Contains("and 22 more would stop with it", remedy.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("systemctl stop", remedy.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void SocketUnit_AnotherStartsItsService_SaysWhich() => Assert.Contains(
        "other.socket starts it again with the next client",
        SocketUnitStop("lab", 8069, Service("lab.service"), Service("other.socket") with { Starts = "lab.service", State = ServiceState.Unknown }).Consequence,
        StringComparison.Ordinal);

    [Fact]
    public void SocketUnit_NoneBindsIt_IsLikelyAlone()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("tcp/0.0.0.0:80", TcpState.Listen) with { Owners = [new ProcessRow { ProcessId = 1, Name = "systemd" }, new ProcessRow { ProcessId = 80, Name = "nginx", Unit = "nginx.service" }] }]) with
        {
            Services = Table.Complete([Service("nginx.service", "x.service")], "test"),
        };

        Finding finding = Assert.Single(Ask(host, "tcp/0.0.0.0:80").Findings);

        Assert.Equal(("SD1029", Certainty.Likely), (finding.Issue.Id, finding.Certainty));
        Assert.Contains("which no socket unit binds that was read", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>systemctl takes a name with a star for a pattern, quotes or not, and so does PowerShell.</summary>
    [Theory]
    [InlineData("*.service")]
    [InlineData("[a-z]*.service")]
    [InlineData("na?ed.service")]
    [InlineData("--all.service")]
    public void Unit_NameThatIsAPattern_StandsInNoCommand(string name)
    {
        HostSnapshot host = Linux(Service("x.service", "y.service")) with
        {
            Sockets = Table.Complete([Hosts.Socket("udp/0.0.0.0:53") with { Owners = [new ProcessRow { ProcessId = 900, Name = "lab", Unit = name }] }], "test"),
        };

        Assert.DoesNotContain(TestCases.Commands(Ask(host, "udp/0.0.0.0:53")), command => command.Text.StartsWith("systemctl", StringComparison.Ordinal));
        Assert.NotNull(ServiceStop.OnWindows("MSSQL$*", Windows(Service("MSSQL$*"))).Refusal);
        Assert.Null(ServiceStop.OnWindows("MSSQL$LAB", Windows(Service("MSSQL$LAB"))).Refusal);
    }

    /// <summary>Whatever depends on whatever: everything that is reached, once, and nothing before what it needs.</summary>
    [Fact]
    public void FindDependents_RandomServices_ReachedOnceInTheOrderToStart()
    {
        var random = new Random(28_113);
        for (int i = 0; i < 2000; i++)
        {
            int count = random.Next(1, 12);
            ServiceRow[] rows = [.. Enumerable.Range(0, count).Select(number => Service($"s{number}", [.. Enumerable.Range(0, number).Where(_ => random.Next(3) == 0).Select(needed => $"s{needed}")]))];
            random.Shuffle(rows);
            HostSnapshot host = Windows(rows);

            ServiceRow[] found = [.. host.FindDependents("S0")];

            var reached = new HashSet<string> { "s0" };
            while (rows.Any(row => !reached.Contains(row.Name) && row.DependsOn.Any(reached.Contains) && reached.Add(row.Name)))
            {
            }

            Assert.True(reached.Remove("s0"));
            Assert.Equal(reached.Order(), found.Select(row => row.Name).Order());
            for (int j = 0; j < found.Length; j++)
                Assert.DoesNotContain(found[j].Name, found[..j].SelectMany(row => row.DependsOn));
        }
    }

    [Fact]
    public void FindDependents_ACircle_Ends() => Assert.Equal(
        ["a", "b"],
        Windows(Service("x", "b"), Service("a", "x", "b"), Service("b", "a")).FindDependents("x").Select(row => row.Name).Order());

    [Fact]
    public void StopService_WithDependents_TheirSocketsGoToo()
    {
        HostSnapshot host = Windows(Service("DNS"), Service("Portal", "DNS")) with
        {
            Sockets = Table.Complete([Hosts.Socket("tcp/0.0.0.0:80", TcpState.Listen) with { Owners = [new ProcessRow { ProcessId = 9, Services = ["Portal"] }] }], "test"),
        };

        HostSnapshot after = host.With(new StopService { Name = "DNS" });

        Assert.Empty(after.Sockets);
        Assert.All(after.Services, row => Assert.Equal(ServiceState.Stopped, row.State));
    }

    private static ServiceRow Service(string name, params string[] needs) => new()
    {
        Name = name,
        State = ServiceState.Running,
        Start = ServiceStart.Automatic,
        DependsOn = [.. needs],
    };

    private static Remedy SocketUnitStop(string name, int port, params ServiceRow[] services)
    {
        ServiceRow socket = Service($"{name}.socket") with { Starts = $"{name}.service", Binds = [Bound($"tcp/0.0.0.0:{port}")], State = ServiceState.Unknown };
        HostSnapshot host = Hosts.Linux([Hosts.Socket($"tcp/0.0.0.0:{port}", TcpState.Listen) with { Owners = [new ProcessRow { ProcessId = 1, Name = "systemd" }] }]) with
        {
            Services = Table.Complete([socket, .. services], "test"),
        };
        return Assert.Single(Assert.Single(Ask(host, $"tcp/0.0.0.0:{port}").Findings).Remedies, remedy => !remedy.Apply.IsEmpty);
    }

    private static ServiceEndpoint Bound(string text) =>
        BindRequest.Parse(text) is var bind ? new() { Protocol = bind.Protocol, Endpoint = bind.Endpoint, DualMode = bind.DualMode } : null!;

    private static HostSnapshot Windows(params ServiceRow[] services) =>
        Hosts.Windows([Hosts.Socket("udp/0.0.0.0:53") with { Owners = [new ProcessRow { ProcessId = 900, Name = "dns.exe", Services = ["DNS"] }] }]) with
        {
            Services = Table.Complete(services, "test"),
        };

    private static HostSnapshot Linux(params ServiceRow[] services) =>
        Hosts.Linux([Hosts.Socket("udp/0.0.0.0:53") with { Owners = [new ProcessRow { ProcessId = 900, Name = "named", Unit = "named.service" }] }]) with
        {
            Services = Table.Complete(services, "test"),
        };

    private static Remedy StopOf(HostSnapshot host) =>
        Assert.Single(Assert.Single(Ask(host, "udp/0.0.0.0:53").Findings).Remedies, remedy => remedy.Change is StopService);

    private static Diagnosis Ask(HostSnapshot host, string bind) =>
        Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse(bind) }] });
}
