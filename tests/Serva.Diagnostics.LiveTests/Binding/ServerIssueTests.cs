using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>
/// What is wrong with the server itself, in a namespace: a right that it lacks, where it listens, that it runs twice, what it
/// does not answer. Each is found, and found alone; what is offered is done and helps; and it is taken back.
/// </summary>
[Trait("Proves", "SD1002")]
[Trait("Proves", "SD1007")]
[Trait("Proves", "SD1010")]
[Trait("Proves", "SD1053")]
[Trait("Proves", "SD5001")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class ServerIssueTests : IDisposable
{
    private const string Nobody = "65534";

    private readonly PlantedPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    /// <summary>A real user without the right really cannot bind the port, can with each of the remedies, and cannot after it.</summary>
    [Fact]
    public void Diagnose_PrivilegedPort_FoundAloneHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(ServerIssueTests)))
            return;
        Build();
        string server = _programs.Image("labd");
        Start("labd", "-4 -k -l 8080");
        Assert.False(NobodyBinds(server, 80));
        string before = State();
        Finding finding = Assert.Single(Await(["SD1007"], "tcp/0.0.0.0:80", isNobody: true).Findings);
        Remedy[] remedies = [.. finding.Remedies.Where(remedy => !remedy.Apply.IsEmpty)];
        Assert.Equal(["setcap", "sysctl"], remedies.Select(remedy => remedy.Apply[0].Text.Split(' ')[0]));

        Type(remedies[0].Apply);
        Assert.True(NobodyBinds(server, 80));
        Type(remedies[0].Revert);
        Assert.False(NobodyBinds(server, 80));
        Assert.Empty(Tool.Run("getcap", server));

        Type(remedies[1].Apply);
        Assert.True(NobodyBinds(server, 80));
        Await([], "tcp/0.0.0.0:80", isNobody: true);
        Type(remedies[1].Revert);
        Assert.False(NobodyBinds(server, 80));
        Assert.Equal(before, State());
        Await(["SD1007"], "tcp/0.0.0.0:80", isNobody: true);
    }

    [Fact]
    public void Diagnose_PrivilegedDataPorts_FoundAloneHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(ServerIssueTests)))
            return;
        Build();
        string server = _programs.Image("labd");
        Assert.Equal((false, true), (NobodyBinds(server, 1020), NobodyBinds(server, 1024)));
        string before = State();
        Assert.True(DataPortPool.TryParse("tcp/1020-1029", out DataPortPool? pool, out string? error), error);
        Finding finding = Assert.Single(Await(["SD1053"], "tcp/0.0.0.0:2121", isNobody: true, pool).Findings);
        Remedy remedy = Assert.Single(finding.Remedies, remedy => !remedy.Apply.IsEmpty);

        Type(remedy.Apply);
        Assert.True(NobodyBinds(server, 1020));
        Await([], "tcp/0.0.0.0:2121", isNobody: true, pool);
        Type(remedy.Revert);
        Assert.False(NobodyBinds(server, 1020));
        Assert.Equal(before, State());
        Await(["SD1053"], "tcp/0.0.0.0:2121", isNobody: true, pool);
    }

    [Fact]
    public void Diagnose_LoopbackOnly_FoundAloneAndGoneWhenTheServerListensEverywhere()
    {
        if (!PrivateNamespace.Enter(typeof(ServerIssueTests)))
            return;
        Build();
        foreach ((string listen, string[] expected) in (IEnumerable<(string, string[])>)[("-l 127.0.0.1 8080", ["SD1010"]), ("-l 8080", []), ("-l 127.0.0.1 8080", ["SD1010"])])
        {
            Start("labd", "-4 -k " + listen);
            Await(expected, "tcp/0.0.0.0:8080");
            _programs.End();
        }
    }

    [Fact]
    public void Diagnose_ServerStartedTwice_FoundAloneHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(ServerIssueTests)))
            return;
        Build();
        // nc shares a datagram port (SO_REUSEADDR): both copies hold it.
        Start("labd", "-4 -u -k -l 69");
        Await([], "udp/0.0.0.0:69");
        Start("labd", "-4 -u -k -l 69");
        Finding finding = Assert.Single(Await(["SD1002"], "udp/0.0.0.0:69").Findings);
        string before = State();
        Remedy remedy = Assert.Single(finding.Remedies);

        string arguments = Tool.Run("sh", "-c", remedy.Apply[0].Text).Trim();
        Tool.Run("sh", "-c", remedy.Apply[1].Text);
        Await([], "udp/0.0.0.0:69");

        _programs.Start(arguments.Split(' '));
        Await(["SD1002"], "udp/0.0.0.0:69");
        Assert.Equal(before, State());
    }

    [Fact]
    public void Diagnose_DhcpWithoutProxy_FoundAloneAndGoneWhenTheServerAnswers()
    {
        if (!PrivateNamespace.Enter(typeof(ServerIssueTests)))
            return;
        Build();
        Start("dhcpd", "-4 -u -k -l 67");
        Start("labd", "-4 -u -k -l 69");
        Await(["SD5001"], "udp/0.0.0.0:69 udp/0.0.0.0:4011");
        Start("labd", "-4 -u -k -l 4011");
        Await([], "udp/0.0.0.0:69 udp/0.0.0.0:4011");
    }

    private static void Build()
    {
        Assert.All((string[])["nc.openbsd", "setcap", "setpriv"], tool => Assert.SkipUnless(Tool.Exists(tool), $"Needs {tool}."));
        Tool.Run("ip", "link", "set", "lo", "up");
        Tool.Run("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1");
        Tool.Run("ip", "address", "add", "192.168.1.10/24", "dev", "e0");
        Tool.Run("ip", "link", "set", "e0", "up");
        Tool.Run("ip", "link", "set", "e1", "up");
    }

    /// <summary>Whether a user without rights can listen there with the program: it does, or the kernel denies it.</summary>
    private static bool NobodyBinds(string program, int port)
    {
        string number = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using Process process = Tool.Start("setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", program, "-4", "-l", number);
        for (int tries = 0; tries < 200 && !process.HasExited; tries++, Thread.Sleep(50))
        {
            if (Tool.Run("ss", "-Hltn", $"sport = :{number}").Length == 0)
                continue;
            process.Kill();
            process.WaitForExit();
            return true;
        }

        Assert.Contains("Permission denied", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        return false;
    }

    /// <summary>Starts a server, which has bound its port when this returns: until then other things are offered, or nothing is wrong yet.</summary>
    private void Start(string name, string arguments)
    {
        Process server = _programs.Start([_programs.Image(name), .. arguments.Split(' ')]);
        for (int tries = 0; !Tool.Run("ss", "-Htulnp").Contains($"pid={server.Id},", StringComparison.Ordinal); tries++)
        {
            Assert.True(tries < 200 && !server.HasExited, $"{name} {arguments} did not bind.");
            Thread.Sleep(50);
        }
    }

    private static void Type(IEnumerable<RemedyCommand> commands) => Assert.All(commands, command => Tool.Run("sh", "-c", command.Text));

    private static string State() => Tool.Run("sh", "-c", "ss -Htuln | sort; sysctl net.ipv4.ip_unprivileged_port_start");

    private static Diagnosis Await(string[] ids, string services, bool isNobody = false, DataPortPool? pool = null) =>
        PlantedPrograms.Await(ids, () => Diagnose(services, isNobody, pool));

    private static Diagnosis Diagnose(string services, bool isNobody, DataPortPool? pool)
    {
        Identity? asker = isNobody ? new Identity { UserId = 65534, UserName = "nobody", Capabilities = 0 } : null;
        var profile = new ServiceProfile
        {
            Name = "lab",
            Server = new ServerIdentity { Names = ["labd"] },
            Services = [.. services.Split(' ').Select(service => new ProfileService
            {
                Name = pool is null ? service : "FTP",
                Binds = [BindRequest.Parse(service) with { Asker = asker }],
                DataPorts = pool,
            })],
        };
        return HostDiagnostics.ForThisMachine().Diagnose(profile, ProbePolicy.None, TestContext.Current.CancellationToken);
    }
}
