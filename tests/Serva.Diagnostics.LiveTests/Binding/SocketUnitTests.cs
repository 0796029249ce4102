using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.LiveTests.Cli;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>
/// A port that systemd holds for a socket unit, on a machine made of namespaces: its first process has systemd's name and holds
/// the port, and its folders have the units. What is missing is systemd itself, so that no command is typed in.
/// </summary>
[Trait("Proves", "SD1029")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class SocketUnitTests
{
    private const string Bind = "tcp/0.0.0.0:8069";

    [Theory]
    [InlineData("0.0.0.0:8069", false, "systemctl stop lab.socket", "systemctl start lab.socket lab-user.service")]
    [InlineData("8069", true, "systemctl stop lab.socket lab.service", "systemctl start lab.socket lab.service lab-user.service")]
    public void Doctor_SocketUnitHoldsThePort_IsNamedWithWhatStopsWithIt(string listens, bool runs, string stop, string start)
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && Tool.Exists("nc") && Tool.Exists("unshare") && Tool.Exists("nsenter"), "Needs root, nc, unshare and nsenter.");
        using var scratch = new ScratchDirectory();
        string systemd = scratch["systemd"];
        File.Copy(File.ResolveLinkTarget("/usr/bin/nc", returnFinalTarget: true)?.FullName ?? "/usr/bin/nc", systemd);
        File.SetUnixFileMode(systemd, (UnixFileMode)0b111_101_101);
        string script =
            $"""
            set -e
            ip link set lo up
            mkdir -p /run/systemd
            mount -t tmpfs tmpfs /run/systemd
            mkdir -p /run/systemd/system/lab.socket.d /run/systemd/units
            printf '[Unit]\nDescription=Lab\n[Socket]\nListenStream={listens}\n' > /run/systemd/system/lab.socket
            printf '[Unit]\nRequires=lab.socket\n' > /run/systemd/system/lab-user.service
            printf '[Service]\n' > /run/systemd/system/lab.service
            ln -s 00 /run/systemd/units/invocation:lab-user.service
            {(runs ? "ln -s 00 /run/systemd/units/invocation:lab.service" : "")}
            exec {systemd} {(runs ? "-6" : "-4")} -k -l 8069
            """;
        using Process machine = Tool.Start("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script);
        try
        {
            string first = FirstProcess(machine);
            Assert.True(
                SpinWait.SpinUntil(() => Inside(first, "bind", Bind, "--no-probe").Status != 0 || machine.HasExited, 20_000) && !machine.HasExited,
                machine.HasExited ? machine.StandardError.ReadToEnd() : "nothing listens");

            (int status, string output) = Inside(first, "doctor", Bind, "--json");

            Assert.True(status == 1, output);
            JsonElement finding = Assert.Single(JsonDocument.Parse(output).RootElement.GetProperty("findings").EnumerateArray());
            Assert.Equal("SD1029", finding.GetProperty("id").GetString());
            Assert.Contains("for lab.socket, which starts lab.service with the first client", finding.GetProperty("summary").GetString(), StringComparison.Ordinal);
            JsonElement remedy = finding.GetProperty("remedies").EnumerateArray().Single(its => its.GetProperty("apply").GetArrayLength() > 0);
            Assert.Equal(stop, remedy.GetProperty("apply")[0].GetProperty("text").GetString());
            Assert.Equal(start, remedy.GetProperty("revert")[0].GetProperty("text").GetString());
            Assert.Contains("lab-user.service stops with it", remedy.GetProperty("consequence").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            machine.Kill(entireProcessTree: true);
            machine.WaitForExit();
        }
    }

    private static string FirstProcess(Process machine)
    {
        string children = "";
        Assert.True(SpinWait.SpinUntil(() => (children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{machine.Id}/task/{machine.Id}/children")).Trim()).Length > 0, 10_000), "unshare started nothing");
        return children;
    }

    private static (int Status, string Output) Inside(string process, params string[] arguments) =>
        Tool.Try("nsenter", ["--target", process, "--net", "--mount", "--pid", DotNet.Executable, "exec", ServaDiag.Assembly, .. arguments]);
}
