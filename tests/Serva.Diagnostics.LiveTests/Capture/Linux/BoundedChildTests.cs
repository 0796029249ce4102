using System;
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Capture;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>The child processes that a capture may start; Linux's own programs stand in for Windows' netsh.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
[SupportedOSPlatform("linux")]
public sealed class BoundedChildTests
{
    private const int Plenty = 1 << 20;

    [Fact]
    public async Task Run_ChildThatAnswers_GivesOutputAndExitCode()
    {
        Require();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        ChildAnswer answer = await BoundedChild.RunAsync("/bin/sh", "-c \"echo out; echo err >&2; exit 3\"", Plenty, deadline.Token);
        Assert.Null(answer.Failure);
        Assert.Equal("out\n", Encoding.UTF8.GetString(answer.Output!));
        Assert.Equal(3, answer.ExitCode);
    }

    [Fact]
    public async Task Run_SilentChild_EndsAtTheDeadlineAndLeavesNoChild()
    {
        Require();
        string marker = $"{Environment.ProcessId}.{nameof(Run_SilentChild_EndsAtTheDeadlineAndLeavesNoChild).Length}";
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var watch = Stopwatch.StartNew();
        ChildAnswer answer = await BoundedChild.RunAsync("/bin/sleep", $"61{marker}", Plenty, deadline.Token);
        Assert.Equal("timed out", answer.Failure);
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(30));
        for (int i = 0; i < 100 && IsRunning(marker); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(IsRunning(marker));
    }

    [Fact]
    public async Task Run_EndlessAnswer_IsRefused()
    {
        Require();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        ChildAnswer answer = await BoundedChild.RunAsync("/bin/cat", "/dev/zero", Plenty, deadline.Token);
        Assert.Equal("answered more than 1 MiB", answer.Failure);
    }

    [Fact]
    public async Task Run_NoSuchProgram_SaysSo()
    {
        Require();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        ChildAnswer answer = await BoundedChild.RunAsync("/nonexistent/netsh", "", Plenty, deadline.Token);
        Assert.StartsWith("did not start: 2 ", answer.Failure, StringComparison.Ordinal);
    }

    private static bool IsRunning(string marker)
    {
        foreach (Process process in Process.GetProcessesByName("sleep"))
        {
            using (process)
            {
                string path = $"/proc/{process.Id}/cmdline";
                if (System.IO.File.Exists(path) && System.IO.File.ReadAllText(path).Contains(marker, StringComparison.Ordinal))
                    return true;
            }
        }

        return false;
    }

    private static void Require() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
}
