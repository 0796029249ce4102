using System;
using System.IO;
using System.Runtime.Versioning;
using System.Text.Json;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>The command <c>firewall</c>, and what <c>doctor</c> says of it, on a host with rules in a namespace of its own.</summary>
[Trait("System", "Linux")]
[SupportedOSPlatform("linux")]
public sealed class FirewallTests
{
    private const string Rules = """
        table inet filter {
            chain input {
                type filter hook input priority 0; policy drop;
                iifname "lo" accept
                tcp dport 22 accept
                ip saddr 10.9.0.0/16 udp dport 69 accept
                udp dport 69 drop comment "no TFTP"
                tcp dport 113 reject with tcp reset
            }
        }
        """;

    [Fact]
    [Trait("Privilege", "Root")]
    public void Firewall_HostWithRules_NamesTheOneThatDecides()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallTests)))
            return;
        Build();

        CommandResult accepted = ServaDiag.Run("firewall", "tcp/22");
        Assert.Equal(0, accepted.Status);
        Assert.Contains("A new TCP packet to 10.9.0.2:22 is let in.", accepted.Output, StringComparison.Ordinal);
        Assert.Contains("decided by tcp dport 22 accept (chain input of inet filter, handle", accepted.Output, StringComparison.Ordinal);

        CommandResult dropped = ServaDiag.Run("firewall", "udp/10.9.0.2:69", "from", "192.0.2.7", "iif", "fw0", "--verbose");
        Assert.Equal(1, dropped.Status);
        Assert.Contains("is dropped.", dropped.Output, StringComparison.Ordinal);
        Assert.Contains("no TFTP", dropped.Output, StringComparison.Ordinal);
        Assert.Contains("not ip saddr 10.9.0.0/16 udp dport 69 accept", dropped.Output, StringComparison.Ordinal);

        JsonElement open = ServaDiag.Run("firewall", "udp/69", "--json").Json();
        Assert.Equal("drop", open.GetProperty("outcome").GetString());
        Assert.Contains("with ip saddr 10.9.0.0/16: accepted", open.GetProperty("conditions")[0].GetString(), StringComparison.Ordinal);

        CommandResult batch = ServaDiag.RunWith("tcp/113\nnonsense\nicmp/10.9.0.2\n", "firewall", "--batch", "-");
        string[] answers = [.. batch.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal(2, batch.Status);
        Assert.Equal("reject", JsonDocument.Parse(answers[0]).RootElement.GetProperty("outcome").GetString());
        Assert.StartsWith("{\"error\":{\"line\":2", answers[1].Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("policy drop", JsonDocument.Parse(answers[2]).RootElement.GetProperty("decidedBy").GetProperty("text").GetString());
    }

    /// <summary>What stands before or beside nf_tables is recognised, each kind on a host of its own, and said.</summary>
    [Fact]
    [Trait("Privilege", "Root")]
    public void Firewall_OtherFilters_AreJudgedOrSaid()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallTests)))
            return;
        Build();
        Assert.Equal(0, ServaDiag.Run("firewall", "tcp/22").Status);

        Tool.Run("nft", "add table netdev early; add chain netdev early in { type filter hook ingress device fw0 priority 0; }; add rule netdev early in tcp dport 22 drop");
        CommandResult ingress = ServaDiag.Run("firewall", "tcp/22");
        Assert.Equal(1, ingress.Status);
        Assert.Contains("tcp dport 22 drop (chain in of netdev early", ingress.Output, StringComparison.Ordinal);
        Tool.Run("nft", "delete", "table", "netdev", "early");

        Tool.Run("nft", "add table bridge b; add chain bridge b in { type filter hook input priority 0; policy drop; }");
        AssertUndetermined("rules of the family bridge");
        Tool.Run("nft", "delete", "table", "bridge", "b");

        if (Tool.Try("tc", "qdisc", "add", "dev", "fw0", "clsact").Status == 0)
        {
            AssertUndetermined("filters of tc (clsact)");
            Tool.Run("tc", "qdisc", "del", "dev", "fw0", "clsact");
        }

        if (Tool.Try("iptables-legacy", "-A", "INPUT", "-j", "ACCEPT").Status == 0)
            AssertUndetermined("tables of iptables-legacy, which are not read");
        else
            Assert.Equal(0, ServaDiag.Run("firewall", "tcp/22").Status);
    }

    private static void AssertUndetermined(string because)
    {
        CommandResult result = ServaDiag.Run("firewall", "tcp/22");
        Assert.Equal(3, result.Status);
        Assert.Contains(because, string.Join(' ', result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Privilege", "Root")]
    public void Doctor_ServiceThatIsDropped_SaysByWhichRule()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallTests)))
            return;
        Build();

        string output = ServaDiag.Run("doctor", "udp/0.0.0.0:69", "tcp/0.0.0.0:22").Output;

        Assert.Equal(1, output.Split("firewall: new inbound packets are dropped by").Length - 1);
        Assert.Contains("udp dport 69 drop", string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Privilege", "User")]
    public void Firewall_OrdinaryUser_IsUndeterminedWithTheReason()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && !Environment.IsPrivilegedProcess, "Needs Linux and an ordinary user.");

        CommandResult result = ServaDiag.Run("firewall", "tcp/127.0.0.1:22");

        Assert.Equal(3, result.Status);
        Assert.Contains("EPERM", result.Output, StringComparison.Ordinal);
    }

    private static void Build()
    {
        Tool.Run("ip", "link", "set", "lo", "up");
        Tool.Run("ip", "link", "add", "fw0", "type", "veth", "peer", "name", "cl0");
        Tool.Run("ip", "addr", "add", "10.9.0.2/24", "dev", "fw0");
        Tool.Run("ip", "link", "set", "fw0", "up");
        Tool.Run("ip", "link", "set", "cl0", "up");
        string file = Path.GetTempFileName();
        File.WriteAllText(file, Rules);
        Tool.Run("nft", "-f", file);
        File.Delete(file);
    }
}
