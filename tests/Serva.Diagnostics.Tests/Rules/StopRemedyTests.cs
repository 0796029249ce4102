using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>What is offered to stop a holder, and that it stops that holder and nothing else.</summary>
public sealed class StopRemedyTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly ProcessRow s_holder = new() { ProcessId = 700, Name = "squatter", Path = "/usr/bin/squatter", User = "alice" };

    [Fact]
    public void UserUnit_IsStoppedInTheUsersManager()
    {
        var (diagnosis, remedy) = Ask(s_holder with { Unit = "myapp.service", UnitUserId = 1000 });

        Assert.Equal(["systemctl --user stop myapp.service"], remedy.Apply.Select(command => command.Text));
        Assert.Equal(["systemctl --user start myapp.service"], remedy.Revert.Select(command => command.Text));
        Assert.False(remedy.NeedsElevation);
        Assert.Contains("as user 1000 (alice)", remedy.Consequence, System.StringComparison.Ordinal);
        Assert.Equal("udp 0.0.0.0:69 is held by squatter (PID 700, myapp.service of user 1000, alice).", diagnosis.Services[0].Sentence);

        // The system's unit of the same name goes on.
        HostSnapshot both = Hosts.Linux([Udp(s_holder with { Unit = "myapp.service" })]);
        Assert.Single(both.With(remedy.Change!).Sockets);
    }

    [Fact]
    public void UnitsOfOneName_OfSystemAndUser_AreTwoHolders()
    {
        SocketRow system = Udp(s_holder with { Unit = "a.service" }), users = Udp(s_holder with { ProcessId = 701, Unit = "a.service", UnitUserId = 1000 });

        Assert.Equal(2, Diagnose(Hosts.Linux([system, users])).Findings.Length);
    }

    [Theory]
    [InlineData(ContainerEngine.Docker, Id, $"docker-{Id}.scope", null, "docker stop 0123456789ab", "docker start 0123456789ab")]
    [InlineData(ContainerEngine.Podman, Id, $"libpod-{Id}.scope", null, "podman stop 0123456789ab", "podman start 0123456789ab")]
    [InlineData(ContainerEngine.Podman, Id, $"libpod-{Id}.scope", 1000u, "podman stop 0123456789ab", "podman start 0123456789ab")]
    [InlineData(ContainerEngine.Lxc, "a-long-container-name", "nginx.service", null, "lxc-stop -n a-long-container-name", "lxc-start -n a-long-container-name")]
    [InlineData(ContainerEngine.Docker, "not-an-id", null, null, null, null)]
    [InlineData(ContainerEngine.Kubernetes, Id, $"cri-containerd-{Id}.scope", null, null, null)]
    [InlineData(ContainerEngine.Unknown, Id, "nginx.service", null, null, null)]
    [InlineData(null, Id, "nginx.service", null, null, null)]
    public void Container_IsStoppedByItsEngineAlone(ContainerEngine? engine, string id, string? unit, uint? user, string? stop, string? start)
    {
        var (diagnosis, remedy) = Ask(s_holder with { ContainerEngine = engine, ContainerId = id, Unit = unit, UnitUserId = user });

        Assert.Equal(stop is null ? [] : [stop], remedy.Apply.Select(command => command.Text));
        Assert.Equal(start is null ? [] : [start], remedy.Revert.Select(command => command.Text));
        Assert.Equal(stop is not null && user is null, remedy.NeedsElevation);
        Assert.DoesNotContain(Id, diagnosis.ToText() + SocketReport.ToText(diagnosis.Case.Host.Sockets), System.StringComparison.Ordinal);
        Assert.DoesNotContain("systemctl", diagnosis.ToText(), System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sshd", "ssh.service")]
    [InlineData("sshd", "sshd.service")]
    [InlineData("sshd", "sshd@0-10.0.0.1:22-10.0.0.2:5.service")]
    [InlineData("sshd", null)]
    [InlineData("dropbear", null)]
    [InlineData("systemd-network", "systemd-networkd.service")]
    [InlineData("NetworkManager", null)]
    [InlineData("dhclient", "networking.service")]
    [InlineData("dhclient", null)]
    public void RemoteAccess_Stopped_IsAHighRiskAndSaysSo(string name, string? unit)
    {
        Remedy remedy = Ask(new ProcessRow { ProcessId = 700, Name = name, Path = "/sbin/" + name, Unit = unit, User = "root" }).Remedy;

        Assert.Equal(RemedyRisk.High, remedy.Risk);
        Assert.Contains("a remote session", remedy.Consequence, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/usr/bin/python3.12")]
    [InlineData("/usr/lib/jvm/java-21/bin/java")]
    [InlineData("/usr/share/dotnet/dotnet")]
    [InlineData("/usr/bin/node")]
    [InlineData("/bin/bash")]
    [InlineData("/usr/bin/perl5.36.0")]
    [InlineData("/usr/sbin/nginx (deleted)")]
    [InlineData("/memfd:x (deleted)")]
    [InlineData("/memfd:x")]
    public void WayBack_OfAnInterpreterOrAMissingFile_IsNoCommand(string path)
    {
        Remedy remedy = Ask(s_holder with { Path = path }).Remedy;

        Assert.Equal(["ps -o args= -p 700", "kill 700"], remedy.Apply.Select(command => command.Text));
        Assert.Empty(remedy.Revert);
        Assert.StartsWith("Start it with the arguments that the first command printed", remedy.NothingToRevertBecause, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("session-3.scope", true)]
    public void Window_OfADaemon_IsNotSpokenOf(string? unit, bool mayHaveOne) =>
        Assert.Equal(mayHaveOne, Ask(s_holder with { Unit = unit }).Remedy.Summary.Contains("window", System.StringComparison.Ordinal));

    [Fact]
    public void VisibleWorker_OfAHiddenMaster_IsNotStopped()
    {
        var worker = new ProcessRow { ProcessId = 801, ParentProcessId = 800, Name = "nginx", User = "nobody" };
        var master = new ProcessRow { ProcessId = 800, ParentProcessId = 1, Name = "nginx", User = "root" };
        HostSnapshot host = Hosts.Linux([Udp(worker) with { UserId = 0, OwnerMissingBecause = OwnerGap.NeedsElevation }]) with
        {
            Identity = new Identity { UserName = "nobody", UserId = 65534, IsElevated = false, Capabilities = 1 << 10 },
        };

        Diagnosis alone = Diagnose(host);
        Diagnosis withMaster = Diagnose(host with { Processes = Table.Complete([worker, master], "test") });
        Diagnosis unit = Diagnose(host with { Sockets = Table.Complete([host.Sockets[0] with { Owners = [worker with { Unit = "nginx.service" }] }], "test") });

        Assert.Equal(["ss -aunpe 'sport = :69'"], TestCases.Commands(alone).Select(command => command.Text));
        Assert.Contains("nginx (PID 801, nobody; other owners may not be visible without elevation)", alone.Services[0].Sentence, System.StringComparison.Ordinal);
        Remedy stop = Assert.Single(withMaster.Findings[0].Remedies, remedy => !remedy.Apply.IsEmpty);
        Assert.Equal(["ps -o args= -p 800", "kill 800"], stop.Apply.Select(command => command.Text));
        Assert.True(stop.NeedsElevation);
        Assert.Equal(["systemctl stop nginx.service", "systemctl start nginx.service"], TestCases.Commands(unit).Select(command => command.Text));
    }

    [Fact]
    public void UnreadableOwner_AsRoot_AsksForNoElevation()
    {
        Diagnosis diagnosis = Diagnose(Hosts.Linux([Udp() with { UserId = 0, OwnerMissingBecause = OwnerGap.Unreadable }]));

        Assert.DoesNotContain("elevation", diagnosis.ToText(), System.StringComparison.Ordinal);
        Assert.Contains("cannot be read even as root", diagnosis.Services[0].Sentence, System.StringComparison.Ordinal);
        Assert.Empty(TestCases.Commands(diagnosis));
        Assert.Contains("1 socket has owners that are not readable even as root.", SocketReport.ToText(diagnosis.Case.Host.Sockets), System.StringComparison.Ordinal);
    }

    private static (Diagnosis Diagnosis, Remedy Remedy) Ask(ProcessRow owner)
    {
        Diagnosis diagnosis = Diagnose(Hosts.Linux([Udp(owner)]));
        return (diagnosis, Assert.Single(Assert.Single(diagnosis.Findings).Remedies));
    }

    private static Diagnosis Diagnose(HostSnapshot host) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Bind = BindRequest.Parse("udp/0.0.0.0:69") }],
    });

    private static SocketRow Udp(params ProcessRow[] owners) => new()
    {
        Protocol = TransportProtocol.Udp,
        Local = NetEndpoint.Parse("0.0.0.0:69"),
        Owners = [.. owners],
    };
}
