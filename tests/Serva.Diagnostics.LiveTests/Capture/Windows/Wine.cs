using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Windows;

/// <summary>Tests that plant in the one registry, service manager and ports of a Windows: one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class OneWindows
{
    public const string Name = "one Windows";
}

/// <summary>What the Wine tests need of Wine.</summary>
internal static class Wine
{
    /// <summary>True under Wine, whose ntdll alone exports this function.</summary>
    public static bool IsPresent { get; } =
        OperatingSystem.IsWindows()
        && NativeLibrary.TryLoad("ntdll.dll", out nint ntdll)
        && NativeLibrary.TryGetExport(ntdll, "wine_get_version", out _);

    /// <summary>Skips the test elsewhere.</summary>
    public static void Require() => Assert.SkipUnless(IsPresent, "needs Wine");

    /// <summary>Runs a program of the system folder.</summary>
    [SupportedOSPlatform("windows")]
    public static int Run(string program, params string[] arguments)
    {
        string path = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.System), program);
        var start = new ProcessStartInfo(path) { UseShellExecute = false, CreateNoWindow = true, RedirectStandardOutput = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Start(start);
        process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(30_000), $"{program} did not end");
        return process.ExitCode;
    }

    // Wine 8 fails now and then to make a process on a busy machine, and makes it when asked again.
    private static Process Start(ProcessStartInfo start)
    {
        const int internalError = 1359, times = 5;
        for (int i = 1; ; i++)
        {
            try
            {
                return Process.Start(start)!;
            }
            catch (Win32Exception error) when (error.NativeErrorCode == internalError && i < times)
            {
                Thread.Sleep(200);
            }
        }
    }
}
