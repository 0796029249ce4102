using System;
using System.Collections.Generic;
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

/// <summary>Rules of nftables, iptables and Docker.</summary>
[Trait("Proves", "SD3003")]
[Trait("Proves", "SD3004")]
[Trait("Proves", "SD3005")]
[Trait("Proves", "SD3010")]
[Trait("Proves", "SD3011")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class FirewallIssueTests(ITestOutputHelper output) : FirewallIssueTest(output)
{
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
            // The server has started, which does not mean that it listens.
            Assert.True(SpinWait.SpinUntil(() => network.Connects(8080), 10_000));
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
            Assert.False(network.Reaches(server, tries: 2));
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
            Assert.False(network.Reaches(server, tries: 2));
            Assert.Equal(before, Rules());
            Assert.Equal("SD3011", Assert.Single(Diagnose(Service).Findings).Issue.Id);
            Type("nft flush ruleset");
        }
    }
}
