using System;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD2010 where its two cases do not lead.</summary>
public class OtherVrfTests
{
    [Fact]
    public void AddressOfAVrf_BoundToNoDevice_IsSaidAloneAndTheDeviceHelps()
    {
        Diagnosis diagnosis = Ask("tcp/10.2.0.5:80");

        Assert.Equal(["SD2010"], TestCases.Ids(diagnosis));
        Assert.Equal((Severity.Error, Certainty.Likely), (diagnosis.Findings[0].Severity, diagnosis.Findings[0].Certainty));
        Assert.Equal("mgmt", diagnosis.Findings[0].Remedies[0].Recheck!.Device);
    }

    [Theory]
    [InlineData("tcp/192.168.1.10:80")]
    [InlineData("tcp/10.2.0.5:80 --device mgmt")]
    [InlineData("tcp/0.0.0.0:80 --device mgmt")]
    [InlineData("tcp/[::]:80")]
    public void ServerOfTheRightVrf_Always_NothingIsSaid(string bind) =>
        Assert.DoesNotContain("SD2010", TestCases.Ids(Ask(bind)));

    [Fact]
    public void Vrfs_OfManyInterfaces_AreToldInBounds()
    {
        DiagnosticCase hit = TestCases.Read("SD2010.hit");
        InterfaceRow link = hit.Host.Interfaces.First(row => row.Name == "eth1"), vrf = hit.Host.Interfaces.First(row => row.Kind == "vrf");
        AddressRow address = hit.Host.Addresses.First(row => row.Interface == link.Index);
        HostSnapshot host = hit.Host with
        {
            Interfaces = hit.Host.Interfaces.WithRows(
            [
                .. hit.Host.Interfaces,
                .. Enumerable.Range(0, 400).Select(i => link with { Index = (uint)(1000 + i), Name = $"lan{i}" }),
                .. Enumerable.Range(0, 30).Select(i => vrf with { Index = (uint)(2000 + i), Name = $"vrf{i}" }),
                .. Enumerable.Range(0, 30).Select(i => link with { Index = (uint)(3000 + i), Name = $"port{i}", Master = (uint)(2000 + i) }),
            ]),
            Addresses = hit.Host.Addresses.WithRows(
            [
                .. hit.Host.Addresses,
                .. Enumerable.Range(0, 400).Select(i => address with { Interface = (uint)(1000 + i) }),
                .. Enumerable.Range(0, 30).Select(i => address with { Interface = (uint)(3000 + i) }),
            ]),
        };

        Finding[] findings = [.. Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = hit.Questions }).Findings.Where(finding => finding.Issue.Id == "SD2010")];

        Assert.Equal(10, findings.Length);
        Assert.Contains(findings, finding => finding.Summary.Contains("eth1, lan0, lan1, lan2, lan3, lan4, lan5, lan6, lan7, lan8 and 391 more:", StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.True(finding.Summary.Length < 400 && finding.Evidence.Length <= 12));
        Assert.Contains(findings[0].Evidence, evidence => evidence.Text == "There are 31 such VRFs; the first 10 are told.");
    }

    [Fact]
    public void Firewall_OfAnAddressInAVrf_IsNotSaidToDropForWantOfARoute()
    {
        DiagnosticCase hit = TestCases.Read("SD2010.hit");

        HostSnapshot host = hit.Host with { Routes = hit.Host.Routes.WithRows([.. hit.Host.Routes.Where(row => row.Interface == 3).Select(row => row with { Table = 10 })]) };

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.2.0.5 ipproto udp dport 69"));

        Assert.Equal(FirewallOutcome.Undetermined, verdict.Outcome);
        Assert.Equal(["VRFs are not modelled"], verdict.Unseen);
    }

    private static Diagnosis Ask(string bind) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = TestCases.Read("SD2010.hit").Host,
        Questions = [new Question { Bind = BindRequest.Parse(bind) }],
    });
}
