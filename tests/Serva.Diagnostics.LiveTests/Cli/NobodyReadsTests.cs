using System;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>Servers that are stopped under load are named; those that run are not.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
[SupportedOSPlatform("linux")]
public sealed class NobodyReadsTests
{
    [Fact]
    public void Doctor_ServerStoppedUnderLoad_IsNamedUntilItGoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        int port = SocketHolder.FreePort();
        using SocketHolder server = SocketHolder.Holding("tftpd-test", "udp", new IPEndPoint(IPAddress.Loopback, port));
        string service = string.Create(CultureInfo.InvariantCulture, $"udp/127.0.0.1:{port}");
        string process = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        using (var client = new UdpClient())
        {
            // A running server may have something in its queue, too.
            for (int i = 0; i < 50; i++)
                client.Send(new byte[64], new IPEndPoint(IPAddress.Loopback, port));
        }

        Assert.DoesNotContain("SD1014", ServaDiag.Run("doctor", service).Output, StringComparison.Ordinal);
        Tool.Run("sh", "-c", $"kill -STOP {process}");
        try
        {
            string stopped = "";
            for (int i = 0; i < 50 && !stopped.Contains("SD1014", StringComparison.Ordinal); i++, Thread.Sleep(20))
                stopped = ServaDiag.Run("doctor", service).Output;

            Assert.Contains("ERROR SD1014", stopped, StringComparison.Ordinal);
            Assert.Contains($"PID {process}", stopped, StringComparison.Ordinal);
            Assert.Contains("bytes wait to be read: the process that would read is stopped by a signal", Words(stopped), StringComparison.Ordinal);
            Assert.Contains($"kill -CONT {process}", stopped, StringComparison.Ordinal);
            Assert.Contains($"PID {process}", ServaDiag.Run("doctor").Output, StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("sh", "-c", $"kill -CONT {process}");
        }

        Assert.DoesNotContain("SD1014", ServaDiag.Run("doctor", service).Output, StringComparison.Ordinal);
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
