using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;
using Xunit;
using Xunit.Sdk;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public sealed class LinuxHostTests
{
    internal static HostSnapshot Capture(CaptureScope scope) => CaptureUntil(scope, TestContext.Current.CancellationToken);

    private static HostSnapshot CaptureUntil(CaptureScope scope, CancellationToken cancellationToken) => OperatingSystem.IsLinux()
        ? LinuxCapture.Capture(scope, TimeProvider.System, NullLogger.Instance, cancellationToken)
        : throw SkipException.ForSkip("Needs Linux.");

    [Fact]
    public void Capture_Everything_EveryTableIsComplete()
    {
        HostSnapshot host = Capture(CaptureScope.All);

        Assert.Equal("", string.Join("; ", host.Sockets.Gaps.Select(gap => $"{gap.Part}: {gap.Reason}")));
        Assert.Equal(Coverage.Complete, host.Sockets.Coverage);
        Assert.Equal(Coverage.Complete, host.Interfaces.Coverage);
        Assert.Equal(Coverage.Complete, host.Addresses.Coverage);
        Assert.Equal(Coverage.Complete, host.Routes.Coverage);
        Assert.Equal(Coverage.Complete, host.RoutingRules.Coverage);
        Assert.Equal(Coverage.Complete, host.PortRanges.Coverage);
        Assert.Equal("", string.Join("; ", host.Settings.Gaps.Select(gap => $"{gap.Part}: {gap.Reason}")));
        Assert.Equal("", string.Join("; ", host.Services.Gaps.Select(gap => $"{gap.Part}: {gap.Reason}")));
        Assert.Equal(Directory.Exists("/run/systemd/system"), host.Services.Count > 0);
        Assert.Equal(Coverage.NotRequested, host.Updates.Coverage);
    }

    [Fact]
    public void Capture_PlatformAndIdentity_AreTheKernels()
    {
        HostSnapshot host = Capture(new CaptureScope { Tables = SnapshotTables.None });

        Assert.Equal(PlatformFamily.Linux, host.Platform.Family);
        Assert.StartsWith(host.Platform.Version.ToString(2), Tool.Run("uname", "-r"), StringComparison.Ordinal);
        Assert.Contains($"[{host.Platform.NetworkNamespace}]", Tool.Run("readlink", "/proc/self/ns/net"), StringComparison.Ordinal);
        Assert.Contains($"[{host.Platform.ProcessNamespace}]", Tool.Run("readlink", "/proc/self/ns/pid"), StringComparison.Ordinal);
        Assert.Equal(Tool.Run("id", "-u").Trim(), host.Identity!.UserId?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Environment.IsPrivilegedProcess, host.Identity.IsElevated);
        Assert.NotNull(host.Identity.Capabilities);
        (int status, string label) = Tool.Try("cat", "/proc/self/attr/current");
        Assert.Equal(status == 0 && label.Trim('\0', '\n').Length > 0, host.Identity.SecurityLabel is not null);
        if (File.Exists("/etc/os-release"))
            Assert.Contains(host.Platform.Name!, File.ReadAllText("/etc/os-release"), StringComparison.Ordinal);
    }

    [Fact]
    public void Capture_Settings_AreWhatSysctlSays()
    {
        HostSnapshot host = Capture(new CaptureScope { Tables = SnapshotTables.Settings | SnapshotTables.PortRanges });

        Assert.NotEmpty(host.Settings);
        foreach (SettingRow row in host.Settings.Where(row => row.Name.Count(letter => letter == '.') is 2 or 4))
        {
            string path = "/proc/sys/" + row.Name.Replace('.', '/');
            Assert.Equal(File.ReadAllText(path).Trim(), row.Value);
        }

        string[] range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split(['\t', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        PortRangeRow dynamic = Assert.Single(host.PortRanges, row => row.Kind == PortRangeKind.Dynamic);
        Assert.Equal($"{range[0]}-{range[1]}", $"{dynamic.First}-{dynamic.Last}");
        Assert.Contains(host.Settings, row => row.Name == "net.ipv4.conf.lo.rp_filter");
    }

    /// <summary>A clock that runs faster the more it is looked at: the dumps look a few times, the search once per process.</summary>
    [Fact]
    public void Capture_NoTimeForTheOwners_RowsSayThatTheSearchTimedOut()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        Process[] crowd = [.. Enumerable.Range(0, 30).Select(_ => Tool.Start("sleep", "60"))];
        try
        {
            var scope = new CaptureScope
            {
                Tables = SnapshotTables.Sockets,
                Sockets = SocketQuery.Listening(port) with { Protocol = TransportProtocol.Tcp },
                SourceDeadline = TimeSpan.FromSeconds(20),
            };
#pragma warning disable CA1416 // The test is skipped elsewhere.
            Table<SocketRow> sockets = LinuxCapture.Capture(scope, new HastyTime(), NullLogger.Instance, TestContext.Current.CancellationToken).Sockets;
#pragma warning restore CA1416

            SocketRow row = Assert.Single(sockets);
            Assert.Equal((0, OwnerGap.TimedOut), (row.Owners.Length, row.OwnerMissingBecause));
            Assert.Equal("the search for owners timed out", sockets.Note);
        }
        finally
        {
            foreach (Process process in crowd)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    [Fact]
    public void Capture_NoTime_TablesAreUnavailableAndSayTimedOut()
    {
        HostSnapshot host = Capture(new CaptureScope { SourceDeadline = TimeSpan.Zero });

        Assert.Equal((Coverage.Unavailable, "timed out"), (host.Sockets.Coverage, host.Sockets.Note));
        Assert.Equal((Coverage.Unavailable, "timed out"), (host.Routes.Coverage, host.Routes.Note));
        Assert.Equal((Coverage.Unavailable, "timed out"), (host.Interfaces.Coverage, host.Interfaces.Note));
        Assert.Equal((Coverage.Unavailable, "timed out"), (host.Settings.Coverage, host.Settings.Note));
    }

    [Fact]
    public void Capture_Cancelled_Stops()
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(
            () => CaptureUntil(CaptureScope.All, cancelled));
    }

    [Fact]
    public void Capture_Processes_HoldThisOneWithItsFacts()
    {
        HostSnapshot host = Capture(new CaptureScope { Tables = SnapshotTables.Processes });

        ProcessRow self = Assert.Single(host.Processes, row => row.ProcessId == Environment.ProcessId);
        Assert.Equal(Environment.ProcessPath, self.Path);
        Assert.Equal(Path.GetFileName(Environment.ProcessPath), self.Name);
        Assert.Equal(Tool.Run("id", "-un").Trim(), self.User);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Assert.InRange((self.StartedAt!.Value.UtcDateTime - process.StartTime.ToUniversalTime()).TotalSeconds, -1.5, 1.5);
    }

    private sealed class HastyTime : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _looks++;
    }
}
