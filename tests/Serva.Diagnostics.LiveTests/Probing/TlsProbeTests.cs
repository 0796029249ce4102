using System;
using System.Linq;
using Serva.Diagnostics.Probing;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Probing;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class TlsProbeTests
{
    [Fact]
    public void Try_ThisMachine_BothVersionsCompleteAndReadsEndWithinRecords()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "OpenSSL's answer is known");

        TlsProbeResult result = TlsProbe.Try(TimeSpan.FromSeconds(20), TimeProvider.System);

        Assert.Null(result.NotTriedBecause);
        Assert.Equal(
            ["1.2 0", "1.2 1", "1.2 2", "1.2 3", "1.2 4", "1.3 0", "1.3 1", "1.3 2", "1.3 3", "1.3 4"],
            result.Handshakes.Select(handshake => $"{handshake.Version} {handshake.PartialBytes}"));
        Assert.All(result.Handshakes, handshake => Assert.Equal((TlsHandshakeOutcome.Completed, null), (handshake.Outcome, handshake.Error)));
        Assert.All(result.Handshakes, handshake => Assert.StartsWith("TLS_", handshake.Cipher, StringComparison.Ordinal));
        Assert.All(result.Handshakes, handshake => Assert.True(handshake.PartialBytes == 0 ? handshake.PartialReads is null : handshake.PartialReads > 0));
    }

    [Fact]
    public void Try_NoTimeAtAll_IsUndeterminedAndSaysSo()
    {
        TlsProbeResult result = TlsProbe.Try(TimeSpan.FromMilliseconds(0), TimeProvider.System);

        Assert.All(result.Handshakes, handshake => Assert.Equal((TlsHandshakeOutcome.Undetermined, "it did not end in time"), (handshake.Outcome, handshake.Error)));
        Assert.Equal(2, result.Handshakes.Length);
    }
}

[Trait("System", "Wine")]
[Trait("Privilege", "Any")]
public class WindowsTlsProbeTests
{
    [Fact]
    public void Try_SChannel_CompletesOrSaysWhatFails()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows");

        TlsProbeResult result = TlsProbe.Try(TimeSpan.FromSeconds(20), TimeProvider.System);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', result.Handshakes) + result.NotTriedBecause);

        // Wine's store of keys takes none of these certificates, and says so.
        if (result.NotTriedBecause is { } reason)
            Assert.Contains("no certificate could be made", reason, StringComparison.Ordinal);
        else
            Assert.Equal(true, result.Completes("1.2"));
    }
}
