using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>FTP behind each firewall.</summary>
[Trait("Proves", "SD3022")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class FtpDataIssueTests(ITestOutputHelper output) : FirewallIssueTest(output)
{
    private readonly ITestOutputHelper _output = output;

    /// <summary>The control connection is let in, the data connection is not until the remedy is typed in.</summary>
    [Fact]
    public void Doctor_FtpDataIsKeptOut_FoundHelpedAndPutBack()
    {
        Assert.All((string[])["ufw", "firewalld", "firewall-cmd", "dbus-daemon"], tool => Assert.SkipUnless(Tool.Exists(tool), $"Needs {tool}."));
        if (!PrivateNamespace.Enter(typeof(FtpDataIssueTests)))
            return;
        using var network = new ClientNetwork();
        TcpListener[] servers = [.. s_ports.Select(port => new TcpListener(IPAddress.Any, port))];
        Array.ForEach(servers, server => server.Start());
        try
        {
            foreach (string rules in s_others)
                Check(network, Shell, $"nft flush ruleset; {rules}");
            using (OwnFiles files = OwnFiles.OfUfw())
            {
                foreach (string rules in s_ufw)
                    Check(network, files.Run, $"nft flush ruleset; ufw --force reset > /dev/null && ufw allow 21/tcp && {rules} && ufw --force enable", "ufw show added");
            }

            Shell("nft flush ruleset");
            using (OwnFiles files = OwnFiles.OfFirewalld())
            {
                foreach (string rules in s_firewalld)
                    Check(network, files.Run, rules, "firewall-cmd --zone=public --list-all");
            }
        }
        finally
        {
            Array.ForEach(servers, server => server.Dispose());
        }
    }

    // Several rules of one chain decide, about some of the ports, or after one that lets them in; what a remedy left there before.
    private static readonly string[] s_others =
    [
        "nft 'table inet filter { chain input { type filter hook input priority 0; policy drop; iifname lo accept; tcp dport { 21, 22 } accept; }; }'",
        "nft 'table inet filter { chain input { type filter hook input priority 0; tcp dport 21 accept; tcp dport 1-60000 drop; tcp dport 60001 accept; }; }'",
        "nft 'table inet filter { chain input { type filter hook input priority 0; tcp dport 2009 drop; tcp dport 2000-2006 drop; }; }'",
        "nft 'table inet filter { chain input { type filter hook input priority 0; policy drop; tcp dport 21 accept; tcp dport { 2001-2003, 2005-2008 } drop; tcp dport 2000-2009 accept comment \"serva-diag tcp 2000-2009 before 4\"; }; }'",
        "nft 'table inet filter { chain input { type filter hook input priority 0; tcp dport 2005 drop; }; chain raw { type filter hook prerouting priority -300; udp dport 69 notrack; tcp dport 2000 drop; }; }'",
        "iptables -A INPUT -p tcp --dport 21 -j ACCEPT; iptables -A INPUT -i fw0 -j REJECT; iptables -A INPUT -j ACCEPT",
        "iptables -A INPUT -p tcp --dport 2009 -j DROP; iptables -A INPUT -p tcp --dport 2000:2005 -j DROP",
    ];

    private static readonly string[] s_ufw =
    [
        "true",
        "ufw deny from 10.9.0.0/24 to any port 2000:2009 proto tcp && ufw allow 2000:2009/tcp",
        "ufw deny 2009/tcp comment important",
        "ufw deny 2000:2009/tcp comment important",
    ];

    // Another zone brings helpers for other protocols with it.
    private static readonly string[] s_firewalld =
    [
        "firewall-cmd --zone=public --add-port=21/tcp",
        "firewall-cmd --zone=public --add-port=2000-2004/tcp && firewall-cmd --zone=internal --add-interface=lo1",
    ];

    private static readonly int[] s_ports = [21, 2000, 2005, 2009];

    private void Check(ClientNetwork network, Func<string, string> type, string rules, string kept = "true")
    {
        Assert.True(DataPortPool.TryParse("tcp/2000-2009", out DataPortPool? pool, out string? error), error);
        type(rules);
        (string Rules, string Kept, string Open) before = State();
        Assert.StartsWith("21", before.Open, StringComparison.Ordinal);
        Finding finding = Assert.Single(Diagnose("tcp/0.0.0.0:21", pool).Findings);
        Assert.Equal(("SD3022", Certainty.Certain), (finding.Issue.Id, finding.Certainty));
        Remedy remedy = Assert.Single(finding.Remedies);
        string commands = string.Join("; ", remedy.Apply.Select(command => command.Text));

        Assert.All(remedy.Apply, command => type(command.Text));
        Assert.True(State().Open == "21 2000 2005 2009", $"{rules}\n{commands}");
        Assert.Empty(Diagnose("tcp/0.0.0.0:21", pool).Findings);

        Assert.All(remedy.Revert, command => type(command.Text));
        Assert.Equal(before, State());
        Assert.Equal("SD3022", Assert.Single(Diagnose("tcp/0.0.0.0:21", pool).Findings).Issue.Id);
        _output.WriteLine($"SD3022: {commands}");

        (string Rules, string Kept, string Open) State() => (Rules(), type(kept), network.Open(s_ports));
    }

    private static string Shell(string command) => Tool.Run("sh", "-c", command);
}
