using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.WindowsFirewall;

/// <summary>Real rules where the corpus is at hand, and rules damaged at random from a fixed seed.</summary>
public sealed class WindowsFirewallRuleMutationTests
{
    private static readonly int Iterations = Extent.Of(plain: 200_000, ci: 1_000_000, longRun: 10_000_000);

    private static readonly string[] s_pieces =
    [
        "|", "||", "=", "-", "/", ":", "*", ".", "v2.", "Action=Allow|", "Action=Block|", "Active=TRUE|", "Active=|", "Dir=In|", "Dir=Out|",
        "Protocol=6|", "Protocol=17|", "Protocol=1|", "Protocol=58|", "Protocol=|", "Profile=Public|", "LPort=80|", "LPort=RPC|", "LPort2_10=1-66|",
        "LPort2_20=DHCP|", "RPort=443|", "RPort2_10=5-9|", "LA4=192.0.2.1|", "LA6=2001:db8::1|", "RA4=10.0.0.0/255.0.0.0|", "RA4=10.0.0.1-10.0.0.9|",
        "RA4=LocalSubnet|", "RA6=fe80::/64|", "RA6=::-ffff::|", "RA42=IntErnet|", "RA62=IntrAnet|", "ICMP4=8:*|", "ICMP6=135:0|", "Edge=TRUE|", "Edge=FALSE|",
        "IF={0A1B2C3D-0000-1111-2222-333344445555}|", "IFType=Lan|", "App=System|", "Svc=*|", "Name=x|", "Desc=|", "LUAuth=O:LSD:(A;;CC;;;AU)|",
        "\0", "\u00e9", "\ud800", "\uff11", "99999999999", "255.255.255.255", " ",
    ];

    [Fact]
    public void Corpus_EveryRule_DecodesAndIsWrittenBackEqual()
    {
        string path = Path.Combine(Environment.GetEnvironmentVariable("SERVA_DIAGNOSTICS_CORPUS") ?? "", "samples", "windows", "firewall-rules.txt");
        Assert.SkipUnless(File.Exists(path), "the corpus is absent: SERVA_DIAGNOSTICS_CORPUS names its folder");
        string[] rules = File.ReadAllLines(path);

        Assert.Equal(42, rules.Length);
        foreach (string text in rules)
        {
            var fields = new List<WindowsFirewallRuleField>();
            Assert.Null(WindowsFirewallRuleText.Split(text, out string version, fields));
            Assert.Equal(text, WindowsFirewallRuleText.Join(version, fields));
            WindowsFirewallRuleRow row = WindowsFirewallRuleDecoder.Decode("lab", WindowsFirewallStore.Local, text);
            Assert.Equal(text, row.Text);

            // The members alone hold all of it but the order.
            List<WindowsFirewallRuleField> written = WindowsFirewallRuleEncoder.Fields(row.Rule!)!;
            Assert.Equal(Sorted(fields), Sorted(written));
            Assert.Equal(version, row.Rule!.Version.ToString());
            Assert.Equal(row.Rule, WindowsFirewallRuleDecoder.Decode(WindowsFirewallRuleEncoder.Encode(row.Rule)!, out _));
            // No field of theirs is left aside but those that have no member, and the action of a connection security rule.
            Assert.All(row.Rule.OtherFields, field => Assert.True(WindowsFirewallKeys.Of(field.Key) == WindowsFirewallKey.None || field.Value == "SecureServer", text));
        }
    }

    [Fact]
    [Trait("Long", "Yes")]
    public void Decode_MutatedRule_NeverThrowsAndLosesNothing()
    {
        var random = new Random(Extent.Seed(5));
        var fields = new List<WindowsFirewallRuleField>();
        int rules = 0;
        for (int i = 0; i < Iterations; i++)
        {
            string text = Mutate(random);
            WindowsFirewallRuleRow row = WindowsFirewallRuleDecoder.Decode("lab", WindowsFirewallStore.Local, text);

            Assert.True((row.Rule is null) != (row.Problem is null) && row.Text == text, text);
            if (row.Rule is null)
                continue;
            rules++;
            fields.Clear();
            Assert.True(WindowsFirewallRuleText.Split(text, out string version, fields) is null && WindowsFirewallRuleText.Join(version, fields) == text, text);
            string? written = WindowsFirewallRuleEncoder.Encode(row.Rule);
            Assert.True(written is not null || row.Rule.RemoteAddresses.Length > 1000, text);
            if (written is not null)
                Assert.True(row.Rule == WindowsFirewallRuleDecoder.Decode(written, out _), text);
        }

        Assert.InRange(rules, Iterations / 10, Iterations * 9 / 10); // neither side of the grammar is left out
    }

    private static IEnumerable<string> Sorted(List<WindowsFirewallRuleField> fields) =>
        fields.Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal);

    private static string Mutate(Random random)
    {
        var text = new StringBuilder(random.Next(20) == 0 ? "v" : "v2.30|");
        for (int i = random.Next(12); i >= 0; i--)
            text.Append(s_pieces[random.Next(9, s_pieces.Length - 7)]);
        for (int times = random.Next(4) - 1; times > 0; times--)
        {
            int at = random.Next(text.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, s_pieces[random.Next(s_pieces.Length)]);
                    break;
                case 1 when at < text.Length:
                    text.Remove(at, Math.Min(random.Next(4), text.Length - at));
                    break;
                case 2 when at < text.Length:
                    text[at] = s_pieces[random.Next(s_pieces.Length)][0];
                    break;
                default:
                    text.Insert(at, (char)random.Next(0x250));
                    break;
            }
        }

        return text.ToString();
    }
}
