using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>The sockets of a second network namespace, seen from the first one with the owners that it has there.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
public sealed class PortsNamespaceTests
{
    private const int Port = 47003;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Netns_ListenerInAnotherNamespace_IsFoundWithItsOwner(bool byName)
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && Tool.Exists("ip") && Tool.Exists("nc") && Tool.Exists("unshare"), "Needs root, ip, nc and unshare.");
        string name = $"serva-test-{Environment.ProcessId}-{byName}";
        if (byName)
            Tool.Run("ip", "netns", "add", name);
        string script = $"ip link set lo up && exec nc -l 127.0.0.1 {Port}";
        using Process holder = byName
            ? Tool.Start("ip", "netns", "exec", name, "sh", "-c", script)
            : Tool.Start("unshare", "--net", "sh", "-c", script);
        string own = new FileInfo("/proc/thread-self/ns/net").LinkTarget!;
        try
        {
            string wanted = byName ? name : holder.Id.ToString(CultureInfo.InvariantCulture);
            string[] arguments = ["ports", "--netns", wanted, "--port", Port.ToString(CultureInfo.InvariantCulture), "--json"];
            SpinWait.SpinUntil(() => ServaDiag.Run(arguments).Status == 0, 10_000);

            CommandResult result = ServaDiag.Run(arguments);

            Assert.Equal((0, ""), (result.Status, result.Error));
            JsonElement socket = Assert.Single(result.Json().GetProperty("sockets").EnumerateArray());
            Assert.Equal($"127.0.0.1:{Port}", socket.GetProperty("local").GetString());
            Assert.Equal(holder.Id, socket.GetProperty("processId").GetInt32());
            Assert.Equal("complete", result.Json().GetProperty("coverage").GetString());
            Assert.Equal(1, ServaDiag.Run("ports", "--port", Port.ToString(CultureInfo.InvariantCulture)).Status);

            // This process went nowhere, and asks as before.
            Assert.Single(SocketTable.Read(SocketQuery.Listening(Port) with { NetworkNamespace = wanted }, TestContext.Current.CancellationToken));
            Assert.Empty(SocketTable.Read(SocketQuery.Listening(Port), TestContext.Current.CancellationToken));
            Assert.All(Directory.GetDirectories("/proc/self/task"), task =>
                Assert.True(new FileInfo(task + "/ns/net").LinkTarget is not { } target || target == own, task));

            // A namespace of no name goes with its last process.
            if (byName)
                WatchItGo(name, holder);
        }
        finally
        {
            holder.Kill();
            holder.WaitForExit();
            if (byName)
                Tool.Run("ip", "netns", "del", name);
        }
    }

    private static void WatchItGo(string name, Process holder)
    {
        using Process watch = ServaDiag.StartInterruptible(
            "ports", "--watch", "0.1", "--netns", name, "--port", Port.ToString(CultureInfo.InvariantCulture), "--json");
        JsonElement present = JsonDocument.Parse(watch.StandardOutput.ReadLine()!).RootElement;
        holder.Kill();
        JsonElement gone = JsonDocument.Parse(watch.StandardOutput.ReadLine()!).RootElement;
        watch.Kill();

        Assert.Equal(("present", holder.Id), (present.GetProperty("kind").GetString(), present.GetProperty("socket").GetProperty("processId").GetInt32()));
        Assert.Equal("gone", gone.GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("no-such-namespace", "there is no network namespace 'no-such-namespace' in /run/netns")]
    [InlineData("2147483647", "there is no process 2147483647, and no network namespace of that name")]
    [InlineData("../netns", "'../netns' is neither a process id nor the name of a network namespace")]
    public void Netns_NoSuchNamespace_IsSaidInOneLine(string name, string expected)
    {
        CommandResult result = ServaDiag.Run("ports", "--netns", name);
        CommandResult watch = ServaDiag.Run("ports", "--netns", name, "--watch");

        Assert.Equal(result, watch);
        Assert.Equal((2, $"serva-diag: {expected}\n", ""), (result.Status, result.Error, result.Output));
    }

    [Fact]
    public void Netns_AsNobody_SaysWhatItNeeds()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to become another user.");

        CommandResult result = ServaDiag.RunAsNobody("ports", "--netns", "1");

        Assert.Equal(2, result.Status);
        Assert.Contains("is not visible without elevation: EACCES (13)", result.Error, StringComparison.Ordinal);
    }
}
