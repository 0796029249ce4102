using System;
using System.IO;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Reports;

/// <summary>The story the library began with: SNTP on a Vista PC whose Windows Time service has the port already.</summary>
public class SeedStoryTests
{
    private static readonly Diagnosis s_diagnosis = Diagnoser.Diagnose(TestCases.Read("vista-w32time"));

    [Fact]
    public void Diagnose_BothBinds_OneFindingNamesWindowsTime()
    {
        Finding finding = Assert.Single(s_diagnosis.Findings);

        Assert.Equal("SD1003", finding.Issue.Id);
        Assert.Equal("W32Time (PID 1504)", finding.Subject);
        Assert.Equal(Certainty.Certain, finding.Certainty);
        Assert.Equal([0, 1], finding.Questions);
        Assert.Contains(finding.Evidence, evidence => evidence.Text.Contains("udp 0.0.0.0:123 fails with 10048 WSAEADDRINUSE", StringComparison.Ordinal));
        Assert.Contains(finding.Evidence, evidence => evidence.Text.Contains("udp 192.168.1.10:123 fails with 10013 WSAEACCES", StringComparison.Ordinal));
        Assert.Equal(
            @"udp 0.0.0.0:123 is held by W32Time (svchost.exe, PID 1504, NT AUTHORITY\LOCAL SERVICE).",
            s_diagnosis.Services[0].Sentence);
        Assert.All(s_diagnosis.Services, service => Assert.Equal(ServiceStanding.HeldByAnother, service.Standing));
    }

    [Fact]
    public void Diagnose_Remedy_StopsWindowsTimeAndStartsItAgain()
    {
        Remedy remedy = Assert.Single(s_diagnosis.Findings[0].Remedies);

        Assert.Equal("net stop w32time", Assert.Single(remedy.Apply).Text);
        Assert.Equal("net start w32time", Assert.Single(remedy.Revert).Text);
        Assert.True(remedy.NeedsElevation);
    }

    [Fact]
    public void ToText_SeedStory_IsApproved()
    {
        string text = s_diagnosis.ToText();

        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "vista-w32time.received.txt"), text);
        Assert.Equal(TestCases.ReadText("Approved/vista-w32time.txt"), text);
    }

    [Fact]
    public void ToText_BareHealthyHost_FitsOnTenLines()
    {
        string text = Diagnoser.Diagnose(TestCases.Read("healthy-linux")).ToText();

        Assert.True(text.Count(unit => unit == '\n') <= 10, text);
        Assert.StartsWith("Debian GNU/Linux 12, kernel 6.18.44, as root\n", text, StringComparison.Ordinal);
        Assert.EndsWith("No problem found (76 rules).\n", text, StringComparison.Ordinal);
    }
}
