using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Firewall;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD3011: which of many rules it is that translates.</summary>
public sealed class SentElsewhereTests
{
    [Fact]
    public void Verdict_OfManyTranslations_NamesTheRuleThatMatched()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables(Rules(Enumerable.Range(1, 300)));

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.9.0.2 from 10.9.0.7 ipproto udp sport 5000 dport 69 iif fw0"));

        Assert.Same(host.NftablesRules[68], verdict.TranslatedBy);
        Assert.Null(new FirewallEvaluator(host).Evaluate(Flow.Parse("10.9.0.2 from 10.9.0.7 ipproto udp sport 5000 dport 1069 iif fw0")).TranslatedBy);
    }

    // Without either of them the other does the same.
    [Fact]
    public void Rule_ThatStandsTwice_IsFound()
    {
        HostSnapshot host = LinuxFirewallHost.WithIptables(Rules([68, 69, 69, 70])) with { Sockets = Table.Complete<SocketRow>([], "test") };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Bind = BindRequest.Parse("udp/0.0.0.0:69") }] });

        Finding finding = Assert.Single(diagnosis.Findings);
        Assert.Equal("SD3011", finding.Issue.Id);
        Assert.StartsWith("-A PREROUTING -p udp -m udp --dport 69 -j DNAT", finding.Subject, System.StringComparison.Ordinal);
    }

    private static string Rules(System.Collections.Generic.IEnumerable<int> ports)
    {
        var text = new StringBuilder("*nat\n:PREROUTING ACCEPT [0:0]\n");
        foreach (int port in ports)
            text.Append(CultureInfo.InvariantCulture, $"-A PREROUTING -p udp -m udp --dport {port} -j DNAT --to-destination 172.17.0.9:{port}\n");
        return text.Append("COMMIT\n").ToString();
    }
}
