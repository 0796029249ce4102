using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>What a run of the command <c>serva-diag</c> left behind.</summary>
internal sealed record CommandResult(int Status, string Output, string Error)
{
    /// <summary>Standard output as one JSON document.</summary>
    public JsonElement Json() => JsonDocument.Parse(Output).RootElement;

    /// <summary>The exit status is 2, nothing was printed, and one line says why.</summary>
    public void AssertRefused(string mentions)
    {
        Assert.Equal(2, Status);
        Assert.Equal("", Output);
        Assert.StartsWith("serva-diag: ", Error, StringComparison.Ordinal);
        Assert.Equal(Error.Length - 1, Error.IndexOf('\n', StringComparison.Ordinal));
        Assert.Contains(mentions, Error, StringComparison.Ordinal);
    }
}

/// <summary>Runs the built command as a process of its own, as a user does.</summary>
internal static class ServaDiag
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The command's assembly, as the build of this project left it.</summary>
    public static string Assembly { get; } = FindAssembly();

    public static CommandResult Run(params string[] arguments) => RunWith("", arguments);

    /// <summary>Runs the command with text on its standard input.</summary>
    public static CommandResult RunWith(string input, params string[] arguments) =>
        Finish(Start(arguments), input, arguments);

    /// <summary>Runs the command with a variable of its environment.</summary>
    public static CommandResult RunWithVariable(string name, string value, params string[] arguments)
    {
        ProcessStartInfo start = Prepare(DotNet.Executable, ["exec", Assembly, .. arguments]);
        start.Environment[name] = value;
        return Finish(Process.Start(start)!, "", arguments);
    }

    /// <summary>Runs the command in a folder, from which it takes names of files.</summary>
    public static CommandResult RunIn(string folder, params string[] arguments)
    {
        ProcessStartInfo start = Prepare(DotNet.Executable, ["exec", Assembly, .. arguments]);
        start.WorkingDirectory = folder;
        return Finish(Process.Start(start)!, "", arguments);
    }

    /// <summary>Runs the command as an ordinary user; needs root and setpriv.</summary>
    public static CommandResult RunAsNobody(params string[] arguments)
    {
        ProcessStartInfo start = Prepare(
            "/usr/bin/setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", DotNet.Executable, "exec", Assembly, .. arguments]);
        // Root's home is closed to others.
        start.Environment["HOME"] = Path.GetTempPath();
        return Finish(Process.Start(start)!, "", arguments);
    }

    private static CommandResult Finish(Process started, string input, string[] arguments)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended without reading all of its input, as it does when it refuses.
        }

        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
            Assert.Fail($"serva-diag {string.Join(' ', arguments)} did not end.");
        }

        return new CommandResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Starts the command; the caller reads what it says.</summary>
    public static Process Start(params string[] arguments) =>
        Process.Start(Prepare(DotNet.Executable, ["exec", Assembly, .. arguments]))!;

    /// <summary>Starts the command so that SIGINT ends it, even where this process ignores that signal, as a job in the background does.</summary>
    public static Process StartInterruptible(params string[] arguments) =>
        Process.Start(Prepare("/usr/bin/env", ["--default-signal=INT", DotNet.Executable, "exec", Assembly, .. arguments]))!;

    private static ProcessStartInfo Prepare(string executable, string[] arguments) => new(executable, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    // artifacts/bin/<this project>/<configuration>/ stands beside artifacts/bin/Serva.Diagnostics.Cli/<configuration>/.
    private static string FindAssembly()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        string path = Path.Combine(here.Parent!.Parent!.FullName, "Serva.Diagnostics.Cli", here.Name, "serva-diag.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException("The command is not built.", path);
    }
}

/// <summary>A directory for one test's files.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("serva-diag-test-");

    public string this[string name] => Path.Combine(_directory.FullName, name);

    public void Dispose() => _directory.Delete(recursive: true);
}
