using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD2011 of a host with many cards in one subnet.</summary>
public sealed class OtherCardAnswersTests
{
    [Fact]
    public void Cards_OfOneSubnet_AreToldInBounds()
    {
        DiagnosticCase hit = TestCases.Read("SD2011.hit");
        Finding known = Diagnoser.Diagnose(hit).Findings.First(finding => finding.Issue.Id == "SD2011");
        InterfaceRow card = hit.Host.Interfaces.First(row => known.Subject.EndsWith($", by {row.Name}", System.StringComparison.Ordinal));
        AddressRow address = hit.Host.Addresses.First(row => row.Interface == card.Index && row.Address.IsIPv4);
        HostSnapshot host = hit.Host with
        {
            Interfaces = hit.Host.Interfaces.WithRows([.. hit.Host.Interfaces, .. Enumerable.Range(0, 100).Select(i => card with { Index = (uint)(1000 + i), Name = $"lan{i}" })]),
            Addresses = hit.Host.Addresses.WithRows([.. hit.Host.Addresses, .. Enumerable.Range(0, 100).Select(i => address with { Interface = (uint)(1000 + i) })]),
            Settings = hit.Host.Settings.WithRows(
            [
                .. hit.Host.Settings,
                .. from setting in hit.Host.Settings
                   where setting.Name.StartsWith($"net.ipv4.conf.{card.Name}.", System.StringComparison.Ordinal)
                   from i in Enumerable.Range(0, 100)
                   select setting with { Name = setting.Name.Replace($".{card.Name}.", $".lan{i}.", System.StringComparison.Ordinal) },
            ]),
        };

        int findings = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = hit.Profile, Questions = hit.Questions }).Findings.Count(finding => finding.Issue.Id == "SD2011");

        Assert.InRange(findings, 1, 16 * hit.Questions.Length);
    }
}
