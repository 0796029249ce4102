using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>Runs the system's own tools, which are the oracle here.</summary>
internal static class Tool
{
    /// <summary>The output of a tool that succeeded.</summary>
    public static string Run(string name, params string[] arguments)
    {
        (int status, string output) = Try(name, arguments);
        Assert.True(status == 0, $"{name} {string.Join(' ', arguments)} answered {status}: {output}");
        return output;
    }

    public static (int Status, string Output) Try(string name, params string[] arguments)
    {
        using Process process = Start(name, arguments);
        string error = "";
        process.ErrorDataReceived += (_, line) => error += line.Data + "\n";
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + error);
    }

    public static Process Start(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(name)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    public static bool Exists(string name) => File.Exists(Find(name));

    // An ordinary user's PATH often lacks the sbin folders.
    private static string Find(string name)
    {
        foreach (string folder in (string[])["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
                return path;
        }

        return name;
    }
}
