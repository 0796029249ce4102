using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>Another network namespace, which lives until it is disposed of.</summary>
internal sealed class OtherNamespace : IDisposable
{
    private readonly Process _process = Tool.Start("unshare", "--net", "--", "sleep", "1000");

    public OtherNamespace()
    {
        while (File.ResolveLinkTarget($"/proc/{_process.Id}/ns/net", false)?.Name == File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name)
            Thread.Sleep(10);
    }

    public string ProcessId => _process.Id.ToString(CultureInfo.InvariantCulture);

    public string Run(string command) => Tool.Run("nsenter", $"--net=/proc/{ProcessId}/ns/net", "sh", "-c", command);

    /// <summary>Whether a command succeeds there.</summary>
    public bool Try(string command) => Tool.Try("nsenter", $"--net=/proc/{ProcessId}/ns/net", "sh", "-c", command).Status == 0;

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
