using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>A server that is stopped under load is found alone; the remedy is typed in and it runs; the way back, and it is stopped again.</summary>
[Trait("Proves", "SD1014")]
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

        Assert.Empty(Diagnose(service, server).Findings);
        Assert.DoesNotContain("SD1014", ServaDiag.Run("doctor", service).Output, StringComparison.Ordinal);
        Tool.Run("sh", "-c", $"kill -STOP {process}");
        WaitForState(server, stopped: true);
        string stopped = ServaDiag.Run("doctor", service).Output;

        Assert.Contains("ERROR SD1014", stopped, StringComparison.Ordinal);
        Assert.Contains($"PID {process}", stopped, StringComparison.Ordinal);
        Assert.Contains("bytes wait to be read: the process that would read is stopped by a signal", Words(stopped), StringComparison.Ordinal);
        Assert.Contains($"kill -CONT {process}", stopped, StringComparison.Ordinal);
        Assert.Contains($"PID {process}", ServaDiag.Run("doctor").Output, StringComparison.Ordinal);
        Finding finding = Assert.Single(Diagnose(service, server).Findings);
        Assert.Equal("SD1014", finding.Issue.Id);
        Remedy remedy = Assert.Single(finding.Remedies);

        Type(remedy.Apply);
        WaitForState(server, stopped: false);
        Assert.Empty(Diagnose(service, server).Findings);
        Assert.DoesNotContain("SD1014", ServaDiag.Run("doctor", service).Output, StringComparison.Ordinal);

        Type(remedy.Revert);
        WaitForState(server, stopped: true);
        Assert.Equal("SD1014", Assert.Single(Diagnose(service, server).Findings).Issue.Id);
        Type(remedy.Apply);
    }

    private static Diagnosis Diagnose(string service, SocketHolder server)
    {
        var profile = new ServiceProfile
        {
            Name = "lab",
            Server = new ServerIdentity { ProcessId = server.ProcessId },
            Services = [new ProfileService { Name = "TFTP", Binds = [BindRequest.Parse(service)] }],
        };
        return HostDiagnostics.ForThisMachine().Diagnose(profile, ProbePolicy.None, TestContext.Current.CancellationToken);
    }

    private static void Type(ImmutableArray<RemedyCommand> commands) => Assert.All(commands, command => Tool.Run("sh", "-c", command.Text));

    // A signal is delivered when the process is next looked at.
    private static void WaitForState(SocketHolder server, bool stopped)
    {
        string state = "";
        for (int i = 0; i < 250 && (state == "T") != stopped; i++, Thread.Sleep(20))
            state = File.ReadAllText($"/proc/{server.ProcessId}/stat").Split(") ")[^1][..1];
        Assert.Equal(stopped, state == "T");
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
