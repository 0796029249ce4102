using System;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.LiveTests.Capture.Windows;
using Serva.Diagnostics.Probing;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Probing;

[Collection(OneWindows.Name)]
[Trait("System", "Wine")]
[Trait("Privilege", "Any")]
public class WindowsBindProbeTests
{
    [Fact]
    public void Try_ReuseAndExclusiveTogether_InvalidAtTheSocketStage()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows");
        BindRequest request = BindRequest.Parse("tcp/127.0.0.1:0") with { ReuseAddress = true, ExclusiveAddressUse = true };

        BindProbeResult result = BindProbe.Try(request, ProbePolicy.Full, TimeProvider.System);

        Assert.Equal((BindOutcome.InvalidArgument, 10022, BindStage.Socket), (result.Outcome, result.NativeCode, result.Stage));
    }

    [Fact]
    public void Try_ReuseBesideAPlainHolder_AccessDenied()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows");
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        BindProbeResult result = BindProbe.Try(BindRequest.Parse($"tcp/{holder.LocalEndPoint} --reuse-address"), ProbePolicy.BindOnly, TimeProvider.System);

        Assert.Equal((BindOutcome.AccessDenied, "WSAEACCES", 10013), (result.Outcome, result.NativeError, result.NativeCode));
        Assert.Equal("SO_REUSEADDR", result.Modelled);
    }
}
