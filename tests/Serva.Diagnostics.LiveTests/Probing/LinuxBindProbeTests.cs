using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Probing;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Probing;

[Trait("System", "Linux")]
[SupportedOSPlatform("linux")]
public partial class LinuxBindProbeTests
{
    [Fact]
    [Trait("Privilege", "Any")]
    public void Try_PlainRequestBesideTimeWait_InUseBecauseNothingIsSetByItself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var place = (IPEndPoint)listener.LocalEndPoint!;
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(place);
        listener.Accept().Dispose();
        _ = client.Receive(new byte[1]);
        client.Dispose();
        listener.Dispose();

        BindProbeResult plain = BindProbe.Try(BindRequest.Parse($"tcp/{place}"), ProbePolicy.BindOnly, TimeProvider.System);
        BindProbeResult likeDotNet = BindProbe.Try(BindRequest.Parse($"tcp/{place} --reuse-address"), ProbePolicy.BindOnly, TimeProvider.System);

        Assert.Equal((BindOutcome.AddressInUse, ""), (plain.Outcome, plain.Modelled));
        Assert.Equal((BindOutcome.Success, "SO_REUSEADDR"), (likeDotNet.Outcome, likeDotNet.Modelled));
    }

    [Theory]
    [InlineData("udp/[::ffff:127.0.0.1]:0", BindOutcome.InvalidArgument, "EINVAL", BindStage.Bind)]
    [InlineData("udp/[fe80::1]:0", BindOutcome.InvalidArgument, "EINVAL", BindStage.Bind)]
    [InlineData("udp/127.0.0.1:0 --device no-such-device-anywhere", BindOutcome.NoSuchDevice, "ENODEV", BindStage.Socket)]
    [InlineData("udp/127.0.0.1:0 --device nope0", BindOutcome.NoSuchDevice, "ENODEV", BindStage.Socket)]
    [InlineData("udp/192.0.2.1:0", BindOutcome.AddressNotAvailable, "EADDRNOTAVAIL", BindStage.Bind)] // Wine lets datagram sockets do this, Windows does not.
    [InlineData("udp/192.0.2.1:0 --free-bind", BindOutcome.Success, null, BindStage.Bind)]
    [InlineData("udp/[2001:db8::1]:0 --free-bind", BindOutcome.Success, null, BindStage.Bind)]
    [Trait("Privilege", "Any")]
    public void Try_RequestTheKernelChecks_ItsError(string request, BindOutcome outcome, string? error, BindStage stage)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        Assert.SkipUnless(Socket.OSSupportsIPv6, "needs IPv6");

        BindProbeResult result = BindProbe.Try(BindRequest.Parse(request), ProbePolicy.BindOnly, TimeProvider.System);

        Assert.Equal((outcome, error, stage), (result.Outcome, result.NativeError, result.Stage));
    }

    [Fact]
    [Trait("Privilege", "Any")]
    public void Try_PrivilegedPortWithoutTheCapability_AccessDenied()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        string first = File.ReadAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start").Trim();
        Assert.SkipUnless(first == "1024", $"ip_unprivileged_port_start is {first}");
        BindProbeResult? result = null;

        // Capabilities belong to a thread, so this one gives them up and ends.
        var thread = new Thread(() =>
        {
            DropCapabilities();
            result = BindProbe.Try(BindRequest.Parse("udp/127.0.0.1:997"), ProbePolicy.BindOnly, TimeProvider.System);
        });
        thread.Start();
        thread.Join();

        Assert.Equal((BindOutcome.AccessDenied, "EACCES", 13, BindStage.Bind), (result!.Outcome, result.NativeError, result.NativeCode, result.Stage));
    }

    [Fact]
    [Trait("Privilege", "Any")]
    public void Try_RawSocketWithoutTheCapability_AccessDeniedAtTheSocketStage()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        BindProbeResult? result = null;
        var thread = new Thread(() =>
        {
            DropCapabilities();
            result = BindProbe.Try(BindRequest.Parse("raw/icmp"), ProbePolicy.BindOnly, TimeProvider.System);
        });
        thread.Start();
        thread.Join();

        Assert.Equal((BindOutcome.AccessDenied, "EPERM", BindStage.Socket), (result!.Outcome, result.NativeError, result.Stage));
    }

    /// <summary>Empties the calling thread's capability sets (capset(2), version 3).</summary>
    private static unsafe void DropCapabilities()
    {
        uint* header = stackalloc uint[2] { 0x20080522, 0 };
        uint* nothing = stackalloc uint[6];
        Assert.Equal(0, SetCapabilities(header, nothing));
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int SetCapabilities(uint* header, uint* data);
}
