using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class UsageTests
{
    [Theory]
    [InlineData("unknown command", "frobnicate", "tcp/80")]
    [InlineData("unknown option", "doctor", "--colour")]
    [InlineData("endpoint without protocol", "doctor", "0.0.0.0:69")]
    [InlineData("unknown protocol", "doctor", "sctp/0.0.0.0:69")]
    [InlineData("two formats at once", "doctor", "--json", "--markdown")]
    [InlineData("server without endpoints", "doctor", "--server", "dnsmasq")]
    [InlineData("empty server", "doctor", "--server", "", "udp/69")]
    [InlineData("profile that is not there", "doctor", "--profile", "no-such-file.json")]
    [InlineData("profile that is a directory", "doctor", "--profile", "/")]
    [InlineData("case that is not there", "doctor", "--case", "no-such-file.json")]
    [InlineData("save to a directory", "doctor", "--save", "/", "--no-probe")]
    [InlineData("save to where nothing can be", "doctor", "--save", "/dev/null/x", "--no-probe")]
    [InlineData("bind without endpoint", "bind")]
    [InlineData("bind of two endpoints", "bind", "tcp/80", "tcp/81")]
    [InlineData("port above 65535", "bind", "tcp/65536")]
    [InlineData("address out of range", "bind", "tcp/1.2.3.256:80")]
    [InlineData("zone without end", "bind", "tcp/[::1:80")]
    [InlineData("contradicting options", "bind", "tcp/80", "--reuse-address", "--exclusive")]
    [InlineData("probe of another depth", "bind", "tcp/80", "--probe", "half")]
    [InlineData("probe and no probe", "bind", "tcp/80", "--probe", "full", "--no-probe")]
    [InlineData("like something else", "bind", "tcp/80", "--like", "python")]
    [InlineData("batch with endpoint", "bind", "tcp/80", "--batch", "-")]
    [InlineData("batch with bind options", "bind", "--batch", "-", "--exclusive")]
    [InlineData("batch that is not there", "bind", "--batch", "no-such-file.txt")]
    [InlineData("port that is no number", "ports", "--port", "http")]
    [InlineData("port out of range", "ports", "--port", "65536")]
    [InlineData("negative port", "ports", "--port", "-1")]
    [InlineData("negative process", "ports", "--pid", "-1")]
    [InlineData("argument where none is taken", "ports", "80")]
    [InlineData("watch faster than anybody reads", "ports", "--watch", "0")]
    [InlineData("watch every so often", "ports", "--watch", "often")]
    [InlineData("watch of no number", "ports", "--watch", "NaN")]
    [InlineData("watch of a saved host", "ports", "--watch", "--case", "host.json")]
    [InlineData("why without error", "why")]
    [InlineData("why of no error", "why", "it does not work")]
    [InlineData("why of a wrong endpoint", "why", "98", "80")]
    [InlineData("why of two endpoints", "why", "98", "tcp/80", "tcp/81")]
    [InlineData("why with two standard inputs", "why", "-", "--case", "-")]
    [InlineData("why of empty input", "why", "-")]
    [InlineData("why of a case that is not there", "why", "98", "--case", "no-such-file.json")]
    [InlineData("explain without case", "explain")]
    [InlineData("explain what is not there", "explain", "no-such-file.json")]
    [InlineData("unknown rule", "rules", "SD9999")]
    [InlineData("response file", "doctor", "@/etc/passwd")]
    public void Usage_Wrong_OneLineAndStatusTwo(string situation, params string[] arguments)
    {
        CommandResult result = ServaDiag.Run(arguments);

        result.AssertRefused("serva-diag: ");
        Assert.True(result.Error.Length < 300, $"{situation}: {result.Error}");
        Assert.DoesNotContain("System.", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--jsn' is no option of doctor", "doctor", "--jsn")]
    [InlineData("'--jsn' is no option of doctor", "doctor", "udp/69", "--jsn")]
    [InlineData("'--jsn' is no option of capture", "capture", "--jsn")]
    [InlineData("'--jsn' is no option of bind", "bind", "--jsn")]
    [InlineData("--port takes a number from 0 to 65535", "ports", "--port", "abc")]
    [InlineData("--pid takes a number from 0 to 2147483647", "ports", "--pid", "-1")]
    [InlineData("--watch takes a number of seconds from 0.05 to 86400", "ports", "--watch", "0.01")]
    [InlineData("--watch takes a number of seconds from 0.05 to 86400", "ports", "--watch", "1,5")]
    [InlineData("--watch is about this machine: a saved host does not change", "ports", "--watch", "2", "--case", "host.json")]
    [InlineData("at position 11: octet is above 255;", "bind", "tcp/1.2.3.256:80")]
    [InlineData("at position 14: 'nope' is no interface of the host; there are ", "bind", "tcp/[fe80::1%nope]:80")]
    [InlineData("'nope' is no interface of the host; there are ", "doctor", "tcp/[fe80::1%nope]:80")]
    [InlineData("a saved host cannot be tried", "bind", "tcp/80", "--case", "host.json", "--probe", "full")]
    [InlineData("a saved host cannot be tried", "bind", "--batch", "-", "--case", "host.json", "--probe", "full")]
    [InlineData("cannot write '/dev/full': No space left on device\n", "capture", "--no-probe", "-o", "/dev/full")]
    public void Usage_Wrong_SaysWhatIsWrong(string expected, params string[] arguments) =>
        ServaDiag.Run(arguments).AssertRefused(expected.TrimEnd(';'));

    [Theory]
    [InlineData("""{"name":"lab","services":[]}""", "it names no service ($.services)")]
    [InlineData("""{"name":"lab","services":[{"name":"TFTP","endpoints":[]}]}""", "a service names no endpoint ($.services[0].endpoints)")]
    [InlineData("""{"name":"lab","services":[{"name":"TFTP","endpoints":["tcp/[fe80::1%nope]:80"]}]}""", "'nope' is no interface of the host")]
    [InlineData("""{"name":"lab","services":[{"name":"TFTP","endpoints":["tcp/1.2.3.256:80"]}]}""", "octet is above 255 (line 1, byte ")]
    public void Profile_ThatAsksForNothing_RefusedNamingThePlace(string json, string expected)
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["lab.json"], json);

        ServaDiag.Run("doctor", "--no-probe", "--profile", scratch["lab.json"]).AssertRefused(expected);
    }

    [Fact]
    public void Command_None_HelpAndStatusTwo()
    {
        CommandResult result = ServaDiag.Run();

        Assert.Equal(2, result.Status);
        Assert.Equal("", result.Output);
        Assert.Contains("\n  doctor", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Capture_Json_IsWhatItPrintsAnyway() =>
        Assert.Equal(1, ServaDiag.Run("capture", "--json", "--no-probe").Json().GetProperty("formatVersion").GetInt32());

    [Theory]
    [InlineData("50", 60)]
    [InlineData("70", 70)]
    [InlineData("300", 120)]
    public void Output_ToATerminal_FitsItAndHoldsNoEscapes(string columns, int widest)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script") && File.Exists("/usr/bin/stty"), "needs script and stty");
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", $"stty cols {columns}; {DotNet.Executable} exec {ServaDiag.Assembly} bind 'tcp/[fe80::1]:80' --no-probe", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd().Replace("\r", "", StringComparison.Ordinal);
        process.WaitForExit();

        Assert.DoesNotContain('\u001b', output);
        int longest = output.Split('\n').Max(line => line.Length);
        Assert.InRange(longest, widest - 25, widest);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("ports")]
    [InlineData("bind")]
    [InlineData("route")]
    [InlineData("firewall")]
    [InlineData("why")]
    [InlineData("capture")]
    [InlineData("explain")]
    [InlineData("rules")]
    public void Help_OfEachCommand_ShowsExamplesAndStatuses(string command)
    {
        CommandResult result = ServaDiag.Run(command, "--help");

        Assert.Equal(0, result.Status);
        Assert.Equal("", result.Error);
        Assert.Contains($"  serva-diag {command}", result.Output, StringComparison.Ordinal);
        Assert.Contains("Examples:", result.Output, StringComparison.Ordinal);
        Assert.Contains("Exit status:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OfTheWhole_ListsTheCommandsOfToday()
    {
        CommandResult result = ServaDiag.Run("--help");

        Assert.Equal(0, result.Status);
        foreach (string command in (string[])["doctor", "why", "ports", "bind", "route", "firewall", "capture", "explain", "rules"])
            Assert.Contains($"\n  {command}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_Asked_NameAndNumber()
    {
        CommandResult result = ServaDiag.Run("--version");

        Assert.Equal(0, result.Status);
        Assert.Matches(@"^serva-diag \d+\.\d+\.\d+", result.Output);
    }

    [Theory]
    [InlineData("doctor", "--no-probe")]
    [InlineData("ports")]
    [InlineData("rules")]
    public void Output_ToAPipe_HasNoControlCharacters(params string[] arguments)
    {
        CommandResult result = ServaDiag.Run(arguments);

        Assert.DoesNotContain(result.Output, c => char.IsControl(c) && c != '\n');
        Assert.Equal("", result.Error);
    }

    /// <summary>A file that others write too, before and after: everybody goes on where the last one stopped.</summary>
    [Theory]
    [InlineData("ports --listening --tcp --port 65535", "no socket matches")]
    [InlineData("ports --watch 0.1 --tcp --port 65535", "TIME")]
    public void Output_ToAFileThatOthersWriteToo_StandsBetweenTheirs(string arguments, string says)
    {
        using var scratch = new ScratchDirectory();
        string file = scratch["output"];
        string command = $"'{DotNet.Executable}' exec '{ServaDiag.Assembly}' {arguments}";
        string script = $"exec > '{file}' 2> /dev/null; echo before; {command} & until grep -q '^{says}' '{file}'; do sleep 0.1; done; kill -9 $!; wait; echo after";
        using (Process shell = Process.Start("/bin/sh", ["-c", script]))
            Assert.True(shell.WaitForExit(TimeSpan.FromSeconds(60)), "The command did not print.");

        string[] lines = File.ReadAllLines(file);
        Assert.Equal(3, lines.Length);
        Assert.Equal(("before", "after"), (lines[0], lines[2]));
        Assert.StartsWith(says, lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_ReaderGone_EndsQuietly()
    {
        using Process process = ServaDiag.Start("rules", "--json");
        process.StandardOutput.Close();
        process.StandardInput.Close();
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", error);
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("> /dev/full")]
    [InlineData(">&-")]
    public void Output_DiskFullOrClosed_OneLineAndStatusTwo(string redirection)
    {
        Assert.SkipUnless(File.Exists("/dev/full") && File.Exists("/bin/sh"), "needs /dev/full and /bin/sh");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardError = true };
        foreach (string word in (string[])["-c", $"exec \"$0\" exec \"$1\" rules {redirection}", DotNet.Executable, ServaDiag.Assembly])
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith("serva-diag: cannot write the output", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact(Timeout = 60_000)]
    public async Task Interrupt_WhileReading_Status130()
    {
        using Process process = ServaDiag.StartInterruptible("bind", "--batch", "-", "--no-probe");
        // An answer shows that the command runs and waits for the next line.
        await process.StandardInput.WriteLineAsync("nonsense");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Contains("error", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(130, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }
}
