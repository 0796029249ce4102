using System;
using Serva.Diagnostics.Rules;
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

    private static Diagnosis Ask(string bind) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = TestCases.Read("SD2010.hit").Host,
        Questions = [new Question { Bind = BindRequest.Parse(bind) }],
    });
}
