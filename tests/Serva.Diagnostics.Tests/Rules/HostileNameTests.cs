using System;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>A process may call itself anything. What people read, and paste, must not be run by it.</summary>
public class HostileNameTests
{
    public static TheoryData<string> Names =>
    [
        "a&calc", "$(x)", "`x`", "'; rm -rf / #", "\" & calc & \"", "a\nsystemctl stop ssh", "a\r\nb", "\u001b[2J\u001b]0;x\u0007",
        "a\u202egnp.exe", "a|b", "%COMSPEC%", "<script>alert(1)</script>", "[x](http://evil)", "```\nx", "-rf", "\u2066x\u2069", "\0", "@everyone",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Diagnose_HostileServiceOnWindows_Harmless(string name)
    {
        ProcessRow owner = new() { ProcessId = 66, Name = name, Path = name, User = name, Services = [name] };
        HostSnapshot host = Hosts.Windows([Socket("0.0.0.0:69", owner)]) with
        {
            Services = Table.Complete([new ServiceRow { Name = name, DisplayName = name, State = ServiceState.Running, Start = ServiceStart.Manual }], "test"),
        };

        Check(Ask(host, name), name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Diagnose_HostileProcessOnWindows_Harmless(string name) =>
        Check(Ask(Hosts.Windows([Socket("0.0.0.0:69", new() { ProcessId = 66, Name = name, Path = name })]), name), name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Diagnose_HostileUnitOnLinux_Harmless(string name) =>
        Check(Ask(Hosts.Linux([Socket("0.0.0.0:69", new() { ProcessId = 66, Name = name, Path = name, User = name, Unit = name + ".service", ContainerId = null })]), name), name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Diagnose_HostileProcessOnLinux_Harmless(string name) =>
        Check(Ask(Hosts.Linux([Socket("0.0.0.0:69", new() { ProcessId = 66, Name = name, Path = name })]), name), name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Diagnose_HostileContainerOnLinux_Harmless(string name) =>
        Check(Ask(Hosts.Linux([Socket("0.0.0.0:69", new() { ProcessId = 66, Name = name, ContainerId = name })]), name), name);

    private static void Check(Diagnosis diagnosis, string name)
    {
        Assert.Equal(["SD1001"], TestCases.Ids(diagnosis));
        foreach (string report in new[] { diagnosis.ToText(), diagnosis.ToText(verbose: true), diagnosis.ToMarkdown(), SocketReport.ToText(diagnosis.Case.Host.Sockets), new BindExplanation(diagnosis).ToText(verbose: true) })
        {
            Assert.All(report.Split('\n'), line => Assert.True(SafeText.IsHarmless(line), $"{name}: {line}"));
            Assert.DoesNotContain("\nsystemctl stop ssh", report, StringComparison.Ordinal);
        }

        string markdown = string.Concat(diagnosis.ToMarkdown().Split("```").Where((_, i) => i % 2 == 0));
        Assert.DoesNotContain("<script", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain(" [x](", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("@everyone", markdown, StringComparison.Ordinal);
        foreach (string json in new[] { diagnosis.ToJson(), new BindExplanation(diagnosis).ToJsonLine(), SocketReport.ToJson(diagnosis.Case.Host.Sockets) })
        {
            Assert.DoesNotContain(json.Replace("\n", "", StringComparison.Ordinal), unit => unit is < ' ' or > '~' or '<' or '&' or '\'');
            JsonDocument.Parse(json).Dispose();
        }

        foreach (RemedyCommand command in TestCases.Commands(diagnosis))
            Assert.True(IsOneCommand(command), $"{command.Shell}: {command.Text}");
    }

    // Outside single quotes a POSIX command has blanks and plain characters alone; Windows' commands have no operator at all.
    private static bool IsOneCommand(RemedyCommand command)
    {
        if (!SafeText.IsHarmless(command.Text))
            return false;
        if (command.Shell != CommandShell.Sh)
            return command.Text.IndexOfAny(['&', '|', '<', '>', '^', '%', '!', '`', ';']) < 0;
        bool quoted = false;
        for (int i = 0; i < command.Text.Length; i++)
        {
            char unit = command.Text[i];
            if (unit == '\'')
                quoted = !quoted;
            else if (!quoted && unit == '\\')
                i++;
            else if (!quoted && !char.IsAsciiLetterOrDigit(unit) && !" _./:@+=,-".Contains(unit, StringComparison.Ordinal))
                return false;
        }

        return !quoted;
    }

    private static Diagnosis Ask(HostSnapshot host, string name) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Service = name, Bind = BindRequest.Parse("udp/0.0.0.0:69") }],
    });

    private static SocketRow Socket(string local, ProcessRow owner) => new()
    {
        Protocol = TransportProtocol.Udp,
        Local = NetEndpoint.Parse(local),
        Owners = [owner],
    };

    [Theory]
    [InlineData("", "/opt/lab/labd", "labd (PID 9)")]
    [InlineData(" ", @"C:\lab\labd.exe", "labd.exe (PID 9)")]
    [InlineData(" ", null, "(no name) (PID 9)")]
    [InlineData(null, "/opt/lab/labd", "labd (PID 9)")]
    [InlineData(null, null, "a process (PID 9)")]
    public void Describe_BlankName_TheImageOrThatThereIsNone(string? name, string? path, string expected)
    {
        var process = new ProcessRow { ProcessId = 9, Name = name, Path = path };
        var table = Table.Complete([Hosts.Socket("udp/0.0.0.0:69") with { Owners = [process] }], "test");

        Assert.Equal(expected, HolderWords.Describe(process, PlatformFamily.Linux));
        Assert.Contains(expected.StartsWith("a process", StringComparison.Ordinal) ? "?" : expected[..expected.IndexOf(" (P", StringComparison.Ordinal)], SocketReport.ToText(table), StringComparison.Ordinal);
        Assert.Equal(name is not null, SocketReport.ToJson(table).Contains("\"processName\"", StringComparison.Ordinal));
    }
}
