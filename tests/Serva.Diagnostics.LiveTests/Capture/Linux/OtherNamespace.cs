using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>Another network namespace, which lives until it is disposed of.</summary>
internal sealed class OtherNamespace : IDisposable
{
    private readonly Process _process = Tool.Start("unshare", "--net", "--", "sleep", "1000");

    public OtherNamespace()
    {
        AwaitSeparate(_process, "net");
    }

    /// <summary>Waits until a process is in a namespace of its own, which unshare(1) makes a moment after its start.</summary>
    /// <param name="process">The process.</param>
    /// <param name="kind">The kind of namespace, as /proc/PID/ns calls it.</param>
    public static void AwaitSeparate(Process process, string kind)
    {
        string? own = File.ResolveLinkTarget($"/proc/self/ns/{kind}", false)?.Name;
        while (File.ResolveLinkTarget($"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/ns/{kind}", false)?.Name == own)
            Thread.Sleep(10);
    }

    /// <summary>The process that keeps it, as <c>ip link set NAME netns</c> takes it.</summary>
    public string ProcessId => _process.Id.ToString(CultureInfo.InvariantCulture);

    public string Run(string command) => Tool.Run("nsenter", $"--net=/proc/{ProcessId}/ns/net", "sh", "-c", command);

    /// <summary>Whether a command succeeds there.</summary>
    public bool Try(string command) => Tool.Try("nsenter", $"--net=/proc/{ProcessId}/ns/net", "sh", "-c", command).Status == 0;

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
