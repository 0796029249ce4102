using System;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.LiveTests.Cli;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>
/// Each firewall is set up in a namespace by its own tool and found; the remedy is typed in, and a real packet from another
/// namespace arrives; the way back is typed in, none arrives, and the rule set is what it was.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed partial class FirewallIssueTests(ITestOutputHelper output)
{
    private const string Service = "udp/0.0.0.0:69";

    private const string Nftables = """
        nft -f - <<'END'
        table inet filter {
            chain services { tcp dport 22 accept; udp dport 69 drop comment "no TFTP"; }
            chain input { type filter hook input priority 0; policy drop; iifname "lo" accept; ct state established,related accept; jump services; }
        }
        table ip late {
            chain input { type filter hook input priority 10; policy drop; ip protocol icmp accept; tcp dport 22 accept; }
        }
        END
        """;

    private const string Iptables = """
        iptables -N LOGDROP
        iptables -A LOGDROP -m limit --limit 5/min -j LOG
        iptables -A LOGDROP -j DROP
        iptables -A INPUT -i lo -j ACCEPT
        iptables -A INPUT -m conntrack --ctstate INVALID -j LOGDROP
        iptables -A INPUT -p tcp --dport 22 -j ACCEPT
        iptables -A INPUT -j LOGDROP
        """;

    private static readonly string[] s_keepsDataIn =
    [
        "nft -f - <<'END'\ntable inet filter {\nchain input { type filter hook input priority 0; policy drop; iifname \"lo\" accept; ct state established,related accept; udp dport 69 accept; }\nchain output { type filter hook output priority 0; policy drop; ct state established,related accept; }\n}\nEND",
        "iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -A INPUT -p udp --dport 69 -j ACCEPT; iptables -P INPUT DROP; iptables -A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -P OUTPUT DROP",
    ];

    private static readonly string[] s_sendsElsewhere =
    [
        "table ip nat { chain pre { type nat hook prerouting priority -100; tcp dport 22 accept; udp dport 69 counter redirect to :6969 comment \"to the other\"; udp dport 70 accept; }; }",
        "table inet nat { chain pre { type nat hook prerouting priority -100; iifname \"fw0\" udp dport 69 dnat ip to 10.9.0.2:6969; }; }",
    ];

    private const string Docker = """
        ip link add docker0 type bridge
        ip addr add 172.17.0.1/16 dev docker0
        ip link add dk0 type veth peer name dk1
        ip link set dk0 master docker0 up
        ip link set docker0 up
        echo 1 > /proc/sys/net/ipv4/ip_forward
        iptables -N ufw-user-input
        iptables -A INPUT -j ufw-user-input
        iptables -A ufw-user-input -p tcp --dport 22 -j ACCEPT
        iptables -P INPUT DROP
        iptables -N DOCKER
        iptables -N DOCKER-USER
        iptables -A FORWARD -j DOCKER-USER
        iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables -A FORWARD -o docker0 -j DOCKER
        iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        iptables -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT
        iptables -A DOCKER-USER -j RETURN
        iptables -P FORWARD DROP
        iptables -t nat -N DOCKER
        iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        iptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        """;

    [Fact]
    public void Doctor_NftablesDropsTftp_FoundHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        Type(Nftables);

        string found = CheckRemedy(network, "SD3003", Type);

        Assert.Contains("udp dport 69 drop", found, StringComparison.Ordinal);
        Assert.Contains("chain services of inet filter", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_IptablesDropsTftp_FoundHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        Type(Iptables);

        CheckRemedy(network, "SD3004", Type);
    }

    /// <summary>The real ufw.</summary>
    [Fact]
    public void Doctor_UfwDropsTftp_FoundHelpedAndPutBack()
    {
        Assert.SkipUnless(Tool.Exists("ufw"), "Needs ufw.");
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        using var files = new UfwFiles();
        foreach (string denied in (string[])["true", "ufw deny 69/udp", "ufw deny from 10.9.0.0/24", "ufw deny 69", "ufw deny 69/tcp && ufw deny 69/udp"])
        {
            files.Run("ufw --force reset > /dev/null && ufw allow 22/tcp && ufw --force enable");
            files.Run(denied);
            CheckRemedy(network, "SD3001", files.Run);
        }
    }

    [Fact]
    public void Doctor_DockerPublishesWhatUfwDenies_FoundClosedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        Type(Docker);
        using OtherNamespace container = new();
        Tool.Run("ip", "link", "set", "dk1", "netns", container.ProcessId);
        container.Run("ip link set lo up && ip addr add 172.17.0.2/16 dev dk1 && ip link set dk1 up && ip route add default via 172.17.0.1");
        using Process server = Tool.Start("nsenter", $"--net=/proc/{container.ProcessId}/ns/net", "nc.openbsd", "-l", "-k", "-p", "80");
        try
        {
            Assert.True(network.Connects(8080));
            string before = Rules();
            Finding finding = Assert.Single(Diagnose("tcp/0.0.0.0:8080").Findings);
            Assert.Equal("SD3005", finding.Issue.Id);
            Remedy remedy = finding.Remedies[0];

            Type(remedy.Apply);
            Assert.False(network.Connects(8080));
            Assert.Empty(Diagnose("tcp/0.0.0.0:8080").Findings);
            CommandResult answer = ServaDiag.Run("firewall", "tcp/10.9.0.2:8080", "from", "10.9.0.1", "iif", "fw0");
            Assert.Contains("is dropped.", answer.Output, StringComparison.Ordinal);
            Assert.Contains("DOCKER-USER", answer.Output, StringComparison.Ordinal);

            Type(remedy.Revert);
            Assert.True(network.Connects(8080));
            Assert.Equal(before, Rules());
            Assert.Equal("SD3005", Assert.Single(Diagnose("tcp/0.0.0.0:8080").Findings).Issue.Id);
        }
        finally
        {
            server.Kill();
        }
    }

    /// <summary>FTP behind the real ufw: the control connection is let in, the data connection is not until the remedy is typed in.</summary>
    [Fact]
    public void Doctor_UfwKeepsFtpDataOut_FoundHelpedAndPutBack()
    {
        Assert.SkipUnless(Tool.Exists("ufw"), "Needs ufw.");
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        using var files = new UfwFiles();
        files.Run("ufw --force reset > /dev/null && ufw allow 21/tcp && ufw --force enable");
        Assert.True(DataPortPool.TryParse("tcp/2000-2009", out DataPortPool? pool, out string? error), error);
        using var control = new TcpListener(IPAddress.Any, 21);
        using var data = new TcpListener(IPAddress.Any, 2005);
        control.Start();
        data.Start();
        string before = Rules();
        Assert.Equal((true, false), (network.Connects(21), network.Connects(2005)));
        Finding finding = Assert.Single(Diagnose("tcp/0.0.0.0:21", pool).Findings);
        Assert.Equal(("SD3022", Certainty.Certain), (finding.Issue.Id, finding.Certainty));
        Remedy remedy = Assert.Single(finding.Remedies);

        Assert.All(remedy.Apply, command => files.Run(command.Text));
        Assert.Equal((true, true), (network.Connects(21), network.Connects(2005)));
        Assert.Empty(Diagnose("tcp/0.0.0.0:21", pool).Findings);

        Assert.All(remedy.Revert, command => files.Run(command.Text));
        Assert.Equal((true, false), (network.Connects(21), network.Connects(2005)));
        Assert.Equal(before, Rules());
        Assert.Equal("SD3022", Assert.Single(Diagnose("tcp/0.0.0.0:21", pool).Findings).Issue.Id);
    }

    /// <summary>What a TFTP server sends from a port of its own is kept in, its client's acknowledgement never was; the helper lets it out.</summary>
    [Fact]
    public void Doctor_OutputDropsTftpData_FoundHelpedAndPutBack()
    {
        Assert.SkipUnless(Tool.Exists("nc.openbsd"), "Needs nc.openbsd.");
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        foreach (string rules in s_keepsDataIn)
        {
            Assert.Equal((true, true), network.Transfers());
            Type(rules);
            string before = Rules();
            Assert.Equal((false, false), network.Transfers());
            Finding finding = Assert.Single(Diagnose(Service).Findings);
            Assert.Equal(("SD3010", Certainty.Certain), (finding.Issue.Id, finding.Certainty));
            Remedy remedy = finding.Remedies[0];

            Type(remedy.Apply);
            Assert.Equal((true, true), network.Transfers());
            Assert.Empty(Diagnose(Service).Findings);

            Type(remedy.Revert);
            Assert.Equal((false, false), network.Transfers());

            // iptables leaves the table that it made, empty.
            Type("nft delete table ip raw 2>/dev/null; true");
            Assert.Equal(before, Rules());
            Assert.Equal("SD3010", Assert.Single(Diagnose(Service).Findings).Issue.Id);

            // Input alone dropped: the acknowledgement belongs to the data, helper or not.
            Type("nft flush chain inet filter output 2>/dev/null; nft delete chain inet filter output 2>/dev/null; iptables -P OUTPUT ACCEPT 2>/dev/null; true");
            Assert.Equal((true, true), network.Transfers());
            Assert.Empty(Diagnose(Service).Findings);
            Type("nft flush ruleset");
        }
    }

    [Fact]
    public void Doctor_RuleSendsTftpElsewhere_FoundHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallIssueTests)))
            return;
        using var network = new ClientNetwork();
        using var server = new UdpClient(new IPEndPoint(IPAddress.Any, 69));
        foreach (string rules in s_sendsElsewhere)
        {
            Assert.True(network.Reaches(server));
            Type($"nft '{rules}'");
            string before = Rules();
            Assert.False(network.Reaches(server));
            using var other = new UdpClient(new IPEndPoint(IPAddress.Any, 6969));
            Assert.True(network.Reaches(other));
            Finding finding = Assert.Single(Diagnose(Service).Findings);
            Assert.Equal("SD3011", finding.Issue.Id);
            Assert.Contains("10.9.0.2:6969", finding.Summary, StringComparison.Ordinal);
            Remedy remedy = Assert.Single(finding.Remedies, remedy => !remedy.Apply.IsEmpty);

            Type(remedy.Apply);
            Assert.True(network.Reaches(server));
            Assert.Empty(Diagnose(Service).Findings);

            Type(remedy.Revert);
            Assert.False(network.Reaches(server));
            Assert.Equal(before, Rules());
            Assert.Equal("SD3011", Assert.Single(Diagnose(Service).Findings).Issue.Id);
            Type("nft flush ruleset");
        }
    }

    private string CheckRemedy(ClientNetwork network, string id, Action<string> type)
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Any, 69));
        string before = Rules();
        Assert.False(network.Reaches(server));
        string told = Doctor();
        Assert.Contains("firewall: new inbound packets are dropped by", told, StringComparison.Ordinal);
        Assert.Contains($"ERROR {id}", told, StringComparison.Ordinal);
        Assert.EndsWith("1 problem found", told[..told.LastIndexOf(" (", StringComparison.Ordinal)], StringComparison.Ordinal);
        Finding finding = Assert.Single(Diagnose(Service).Findings);
        Assert.Equal(id, finding.Issue.Id);
        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Equal(FirewallOutcome.Accept, remedy.FirewallAfterwards!.Outcome);

        foreach (RemedyCommand command in remedy.Apply)
            type(command.Text);

        Assert.True(network.Reaches(server), string.Join('\n', remedy.Apply.Select(command => command.Text)));
        string[] question = Recheck().Match(told).Groups[1].Value.Split(' ');
        CommandResult again = ServaDiag.Run(question);
        Assert.Equal(0, again.Status);
        Assert.Contains("is let in.", again.Output, StringComparison.Ordinal);
        string now = Doctor();
        Assert.DoesNotContain("firewall: new", now, StringComparison.Ordinal);
        Assert.Contains("No problem found", now, StringComparison.Ordinal);
        Assert.Empty(Diagnose(Service).Findings);

        foreach (RemedyCommand command in remedy.Revert)
            type(command.Text);

        Assert.False(network.Reaches(server));
        Assert.Equal(before, Rules());
        Assert.Equal(1, ServaDiag.Run(question).Status);
        Assert.Equal(id, Assert.Single(Diagnose(Service).Findings).Issue.Id);
        output.WriteLine($"{id}: {string.Join("; ", remedy.Apply.Select(command => command.Text))}");
        return told;
    }

    private static string Doctor() => ServaDiag.Run("doctor", Service, "--server", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)).Output;

    private static void Type(string command) => Tool.Run("sh", "-c", command);

    private static void Type(ImmutableArray<RemedyCommand> commands) => Assert.All(commands, command => Type(command.Text));

    // Counters move with every packet.
    private static string Rules() => Counter().Replace(Tool.Run("nft", "list", "ruleset"), "counter");

    [GeneratedRegex("counter packets [0-9]+ bytes [0-9]+")]
    private static partial Regex Counter();

    [GeneratedRegex("check again with: serva-diag (firewall .*)")]
    private static partial Regex Recheck();

    // The server of each test is its own process.
    private static Diagnosis Diagnose(string service, DataPortPool? data = null)
    {
        var profile = new ServiceProfile
        {
            Name = "lab",
            Server = new ServerIdentity { ProcessId = Environment.ProcessId },
            Services = [new ProfileService { Name = "test", Binds = [BindRequest.Parse(service)], DataPorts = data }],
        };
        return HostDiagnostics.ForThisMachine().Diagnose(profile, ProbePolicy.None, TestContext.Current.CancellationToken);
    }

    /// <summary>Copies of ufw's files, which its commands write, in a mount namespace of their own.</summary>
    private sealed class UfwFiles : IDisposable
    {
        private readonly Process _mounts = Tool.Start("unshare", "--mount", "--propagation", "private", "--", "sleep", "1000");

        public UfwFiles()
        {
            while (File.ResolveLinkTarget($"/proc/{_mounts.Id}/ns/mnt", false)?.Name == File.ResolveLinkTarget("/proc/self/ns/mnt", false)?.Name)
                Thread.Sleep(10);
            foreach (string folder in (string[])["/etc/ufw", "/etc/default", "/var/lib/ufw", "/run"])
                Run($"mkdir -p {folder} && copy=$(mktemp -d) && cp -a {folder}/. $copy/ 2>/dev/null; mount -t tmpfs tmpfs {folder} && cp -a $copy/. {folder}/ && rm -rf $copy");
        }

        public void Run(string command) => Tool.Run("nsenter", $"--mount=/proc/{_mounts.Id}/ns/mnt", "sh", "-c", command);

        public void Dispose()
        {
            _mounts.Kill();
            _mounts.Dispose();
        }
    }

    /// <summary>Another network namespace, which lives until it is disposed of.</summary>
    private sealed class OtherNamespace : IDisposable
    {
        private readonly Process _process = Tool.Start("unshare", "--net", "--", "sleep", "1000");

        public OtherNamespace()
        {
            while (File.ResolveLinkTarget($"/proc/{_process.Id}/ns/net", false)?.Name == File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name)
                Thread.Sleep(10);
        }

        public string ProcessId => _process.Id.ToString(CultureInfo.InvariantCulture);

        public void Run(string command) => Tool.Run("nsenter", $"--net=/proc/{ProcessId}/ns/net", "sh", "-c", command);

        /// <summary>Whether a command succeeds there.</summary>
        public bool Try(string command) => Tool.Try("nsenter", $"--net=/proc/{ProcessId}/ns/net", "sh", "-c", command).Status == 0;

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
        }
    }

    /// <summary>A link to a client in another namespace, who sends real packets.</summary>
    private sealed class ClientNetwork : IDisposable
    {
        private readonly OtherNamespace _client = new();
        private int _port = 5000;

        public ClientNetwork()
        {
            Tool.Run("ip", "link", "set", "lo", "up");
            Tool.Run("ip", "link", "add", "fw0", "type", "veth", "peer", "name", "cl0", "netns", _client.ProcessId);
            Tool.Run("ip", "addr", "add", "10.9.0.2/24", "dev", "fw0");
            Tool.Run("ip", "link", "set", "fw0", "up");
            _client.Run("ip addr add 10.9.0.1/24 dev cl0 && ip link set cl0 up");
        }

        /// <summary>Whether a datagram arrives.</summary>
        public bool Reaches(UdpClient server)
        {
            for (int i = 0; i < 5; i++)
            {
                _client.Run("bash -c 'echo request > /dev/udp/10.9.0.2/69'");
                if (server.Client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead))
                {
                    while (server.Available > 0)
                    {
                        var from = new IPEndPoint(IPAddress.Any, 0);
                        server.Receive(ref from);
                    }

                    return true;
                }
            }

            return false;
        }

        /// <summary>A request, data from another port, and the acknowledgement to that: whether the data could be sent, and whether it was acknowledged.</summary>
        public (bool Sent, bool Acknowledged) Transfers()
        {
            // A port that no transfer before has used: connection tracking remembers.
            string port = (_port++).ToString(CultureInfo.InvariantCulture);
            using var server = new UdpClient(new IPEndPoint(IPAddress.Any, 69));
            using var data = new UdpClient(new IPEndPoint(IPAddress.Any, 0));
            _client.Run($"printf '\\000\\001f\\000octet\\000' | nc.openbsd -u -p {port} -w 1 10.9.0.2 69");
            Assert.True(server.Client.Poll(TimeSpan.FromSeconds(2), SelectMode.SelectRead));
            var client = new IPEndPoint(IPAddress.Any, 0);
            server.Receive(ref client);
            try
            {
                data.Send([0, 3, 0, 1, 42], client);
            }
            catch (SocketException)
            {
                return (false, false);
            }

            int own = ((IPEndPoint)data.Client.LocalEndPoint!).Port;
            _client.Run($"printf '\\000\\004\\000\\001' | nc.openbsd -u -p {port} -w 1 10.9.0.2 {own.ToString(CultureInfo.InvariantCulture)}");
            return (true, data.Client.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead));
        }

        /// <summary>Whether a connection is made.</summary>
        public bool Connects(int port) => _client.Try($"timeout 2 bash -c 'echo > /dev/tcp/10.9.0.2/{port.ToString(CultureInfo.InvariantCulture)}'");

        public void Dispose() => _client.Dispose();
    }
}
