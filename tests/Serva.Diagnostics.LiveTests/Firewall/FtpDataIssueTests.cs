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
        using var control = new TcpListener(IPAddress.Any, 21);
        using var data = new TcpListener(IPAddress.Any, 2005);
        control.Start();
        data.Start();
        CheckFtp(network, Type, "nft 'table inet filter { chain input { type filter hook input priority 0; policy drop; iifname lo accept; tcp dport { 21, 22 } accept; }; }'");
        CheckFtp(network, Type, "nft 'table inet filter { chain input { type filter hook input priority 0; tcp dport 21 accept; tcp dport 1-60000 drop; tcp dport 60001 accept; }; }'");
        CheckFtp(network, Type, "iptables -A INPUT -p tcp --dport 21 -j ACCEPT; iptables -A INPUT -i fw0 -j REJECT; iptables -A INPUT -j ACCEPT");
        using (OwnFiles files = OwnFiles.OfUfw())
        {
            CheckFtp(network, files.Run, "ufw --force reset > /dev/null && ufw allow 21/tcp && ufw --force enable");
            CheckFtp(network, files.Run, "ufw --force reset > /dev/null && ufw allow 21/tcp && ufw deny from 10.9.0.0/24 && ufw --force enable");
        }

        using (OwnFiles files = OwnFiles.OfFirewalld())
            CheckFtp(network, files.Run, "firewall-cmd --add-port=21/tcp --zone=public");
    }

    private void CheckFtp(ClientNetwork network, Action<string> type, string rules)
    {
        Assert.True(DataPortPool.TryParse("tcp/2000-2009", out DataPortPool? pool, out string? error), error);
        type(rules);
        string before = Rules();
        Assert.Equal((true, false), (network.Connects(21), network.Connects(2005)));
        Finding finding = Assert.Single(Diagnose("tcp/0.0.0.0:21", pool).Findings);
        Assert.Equal(("SD3022", Certainty.Certain), (finding.Issue.Id, finding.Certainty));
        Remedy remedy = Assert.Single(finding.Remedies);

        Assert.All(remedy.Apply, command => type(command.Text));
        Assert.True(network.Connects(21) && network.Connects(2005), string.Join('\n', remedy.Apply.Select(command => command.Text)));
        Assert.Empty(Diagnose("tcp/0.0.0.0:21", pool).Findings);

        Assert.All(remedy.Revert, command => type(command.Text));
        Assert.Equal((true, false), (network.Connects(21), network.Connects(2005)));
        Assert.Equal(before, Rules());
        Assert.Equal("SD3022", Assert.Single(Diagnose("tcp/0.0.0.0:21", pool).Findings).Issue.Id);
        _output.WriteLine($"SD3022: {string.Join("; ", remedy.Apply.Select(command => command.Text))}");
        Type("nft flush ruleset");
    }
}
