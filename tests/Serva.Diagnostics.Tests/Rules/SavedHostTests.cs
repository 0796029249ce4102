using System;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>The facade over a saved case.</summary>
public sealed class SavedHostTests
{
    private static readonly DiagnosticCase s_saved = TestCases.Read("vista-w32time");
    private static readonly HostDiagnostics s_host = HostDiagnostics.For(s_saved);

    [Fact]
    public void ExplainBind_SavedHost_JudgedThereAndNotTried()
    {
        BindExplanation explanation = s_host.ExplainBind(BindRequest.Parse("udp/0.0.0.0:123"), policy: ProbePolicy.Full);

        Assert.Equal(BindOutcome.AddressInUse, explanation.Prediction.Outcome);
        Assert.Equal("a saved host cannot be tried", explanation.Probe!.NotTriedBecause);
        Assert.Contains("tried      no: a saved host cannot be tried", explanation.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Diagnose_SavedHost_FindsWhatTheCaseHolds()
    {
        Assert.Same(s_saved.Host, s_host.Capture(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("SD1003", TestCases.Ids(s_host.Diagnose(ServiceProfile.Serva, cancellationToken: TestContext.Current.CancellationToken)));
        Assert.Equal(PlatformFamily.Windows, s_host.CaptureCase(ServiceProfile.Serva, cancellationToken: TestContext.Current.CancellationToken).Host.Platform.Family);
    }
}
