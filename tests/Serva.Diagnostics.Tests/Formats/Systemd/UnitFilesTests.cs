using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Formats.Systemd;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Systemd;

/// <summary>What units say, in the words of systemd.unit(5), systemd.syntax(7) and systemd.socket(5). systemd itself judges random ones in the live tests.</summary>
public sealed class UnitFilesTests
{
    [Fact]
    public void Read_Syntax_CommentsSectionsAndContinuedLines() => Assert.Equal(
        [
            new("Section A", "KeyOne", "value 1"), new("Section A", "KeyTwo", "value 2"),
            new("Section B", "Setting", "\"something\" \"some thing\" \"…\""), new("Section B", "KeyTwo", "value 2         value 2 continued"),
            new("Section C", "KeyThree", "value 3       value 3 continued"),
        ],
        // The example of systemd.syntax(7).
        UnitFile.Read("""
            [Section A]
            KeyOne=value 1
            KeyTwo=value 2

            # a comment

            [Section B]
            Setting="something" "some thing" "…"
            KeyTwo=value 2 \
                   value 2 continued

            [Section C]
            KeyThree=value 3\
            # this line is ignored
            ; this line is ignored too
                  value 3 continued
            """));

    [Theory]
    [InlineData("a.service", true)]
    [InlineData("getty@tty1.service", true)]
    [InlineData("systemd-cryptsetup@luks\\x2d1.service", true)]
    [InlineData("a", false)]
    [InlineData(".service", false)]
    [InlineData("@.service", false)]
    [InlineData("a.conf", false)]
    [InlineData("a b.service", false)]
    [InlineData("a/b.service", false)]
    [InlineData("\u001b[31m.service", false)]
    public void IsValid_Name_AsSystemdTakesIt(string name, bool expected) => Assert.Equal(expected, UnitName.IsValid(name));

    [Theory]
    [InlineData("%n %N %p %i %j %%", "a-b@1.socket a-b@1 a-b 1 b %")]
    [InlineData("%H", null)]
    [InlineData("100%", null)]
    public void Expand_Specifiers_OfTheName(string value, string? expected) => Assert.Equal(expected, UnitName.Expand(value, "a-b@1.socket"));

    [Fact]
    public void ToServices_RequiresAliasAndDropIn_StopWithTheUnit()
    {
        ImmutableArray<ServiceRow> rows = UnitFiles.ToServices(
            [
                File("ssh.service", "[Unit]\nDescription=Secure shell\n[Service]\nUser=nobody\n"),
                Link("sshd.service", "/usr/lib/systemd/system/ssh.service"),
                File("portal.service", "[Unit]\nRequires=sshd.service\n"),
                File("watch.service", ""),
                In("portal.service.d", "10-watch.conf", "[Unit]\nPartOf=watch.service\n"),
                In("multi-user.target.wants", "ssh.service", "[Unit]\n"),
                File("note.txt", "[Unit]\nRequires=ssh.service\n"),
            ],
            new HashSet<string> { "ssh.service", "portal.service" });

        Assert.Equal(["portal.service", "ssh.service", "watch.service"], rows.Select(row => row.Name));
        Assert.Equal(["ssh.service", "watch.service"], rows[0].DependsOn);
        Assert.Equal((ServiceState.Running, ServiceStart.Automatic), (rows[1].State, rows[1].Start));
        Assert.Equal((ServiceState.Running, ServiceStart.Manual), (rows[0].State, rows[0].Start));
        Assert.Equal((ServiceState.Stopped, ServiceStart.Disabled), (rows[2].State, rows[2].Start));
    }

    [Fact]
    public void ToServices_FirstDirectory_CountsBeforeTheOthers()
    {
        ServiceRow row = Assert.Single(UnitFiles.ToServices(
            [
                File("a.service", "[Unit]\nBindsTo=packaged-too.service\n") with { Rank = 10 },
                File("a.service", "[Unit]\nBindsTo=local-too.service\n") with { Rank = 4, IsTransient = true },
                In("a.service.d", "x.conf", "[Unit]\nRequires=packaged.service\n") with { Rank = 10 },
                In("a.service.d", "x.conf", "[Unit]\nRequires=local.service\n") with { Rank = 4 },
            ],
            started: null));

        Assert.Equal((ServiceState.Unknown, true), (row.State, row.IsTransient));
        Assert.Equal(["local-too.service", "local.service"], row.DependsOn);
    }

    [Theory]
    [InlineData("ListenStream=22", "tcp/[::]:22 --dual-mode", "lab.service")]
    [InlineData("ListenDatagram=127.0.0.1:69\nService=in.tftpd.service", "udp/127.0.0.1:69", "in.tftpd.service")]
    [InlineData("ListenStream=[::]:80\nBindIPv6Only=ipv6-only", "tcp/[::]:80", "lab.service")]
    [InlineData("ListenStream=80\nListenStream=\nListenStream=0.0.0.0:81", "tcp/0.0.0.0:81", "lab.service")]
    [InlineData("ListenStream=/run/lab.sock\nListenStream=@lab\nListenStream=vsock:2:1\nListenStream=0\nListenStream=99999", "", "lab.service")]
    [InlineData("ListenStream=22\nAccept=yes", "tcp/[::]:22 --dual-mode", "lab@.service")]
    public void ToServices_SocketUnit_BindsAndStarts(string lines, string binds, string starts)
    {
        ServiceRow row = Assert.Single(UnitFiles.ToServices([File("lab.socket", $"[Socket]\n{lines}\n")], started: null));

        Assert.Equal(binds, string.Join(", ", row.Binds.Select(bind => $"{BindRequestText.NameOf(bind.Protocol)}/{bind.Endpoint}{(bind.DualMode ? " --dual-mode" : "")}")));
        Assert.Equal(starts, row.Starts);
    }

    [Fact]
    public void ToServices_AliasesInACircle_EndsWithoutThem() =>
        Assert.Empty(UnitFiles.ToServices([.. from name in (string[])["a.service", "b.service", "c.service"] select Link(name, name == "a.service" ? "b.service" : name == "b.service" ? "a.service" : name) with { Text = null }], started: null));

    /// <summary>Any text is read without an exception, and rows carry no name that systemd would refuse.</summary>
    [Fact]
    public void ToServices_AnyText_NamesThatSystemdTakes()
    {
        var random = new Random(28_112);
        string[] parts = ["[Unit]\n", "[Socket]", "\n", "Requires=", "PartOf=", "ListenStream=", "a.service", "t@.service", "%i", "%", "\\\n", "\\", ";", "\u001b[31m", "\0", "=", " ", "x".PadLeft(300, 'x') + ".service", "ü"];
        string[] names = ["a.service", "t@.service", "t@1.service", "a.socket", "b.target", "\u001b.service", "a.service.d", ""];
        for (int i = 0; i < 3000; i++)
        {
            UnitEntry[] entries = [.. Enumerable.Range(0, random.Next(6)).Select(_ => new UnitEntry
            {
                Rank = random.Next(3),
                Folder = random.Next(3) == 0 ? names[random.Next(names.Length)] + (random.Next(2) == 0 ? ".d" : ".requires") : "",
                Name = names[random.Next(names.Length)],
                LinksTo = random.Next(4) == 0 ? names[random.Next(names.Length)] : null,
                Text = random.Next(6) == 0 ? null : string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => parts[random.Next(parts.Length)])),
            })];

            Assert.All(UnitFiles.ToServices(entries, names.ToHashSet()), row => Assert.All(row.DependsOn.Append(row.Name), name => Assert.True(UnitName.IsValid(name), name)));
        }
    }

    private static UnitEntry File(string name, string text) => new() { Rank = 1, Folder = "", Name = name, Text = text };

    private static UnitEntry In(string folder, string name, string text) => new() { Rank = 1, Folder = folder, Name = name, Text = text };

    private static UnitEntry Link(string name, string target) => new() { Rank = 1, Folder = "", Name = name, LinksTo = target, Text = "[Unit]\n" };
}
