using System;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Proc;

public sealed class ProcTextTests
{
    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData("plain", "nginx")]
    [InlineData("parentheses", "a) S 1 (b")]
    [InlineData("line feed", "a\nb")]
    [InlineData("blank", "tmux: server")]
    [InlineData("empty", "")]
    public void Stat_AnyName_TheFieldsBehindIt(string name, string command)
    {
        _ = name;
        byte[] text = Utf8($"1234 ({command}) S 77 1234 1234 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8812345 18446744073709551615 3 0\n");

        Assert.Equal(new ProcStat(1234, command, 'S', 77, 8812345), ProcStat.TryRead(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234 (x) S 1")]
    [InlineData("x (y) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    [InlineData(") (")]
    public void Stat_SomethingElse_IsNull(string text) => Assert.Null(ProcStat.TryRead(Utf8(text)));

    [Theory]
    [InlineData("system_u:system_r:httpd_t:s0\0", "system_u:system_r:httpd_t:s0")]
    [InlineData("/usr/sbin/ntpd (enforce)\n", "/usr/sbin/ntpd (enforce)")]
    [InlineData("unconfined\n", "unconfined")]
    [InlineData("_", "_")]
    [InlineData("\n", null)]
    [InlineData("\0", null)]
    [InlineData("", null)]
    public void SecurityLabel_OfEachModule_WithoutItsEnd(string text, string? label) => Assert.Equal(label, ProcText.SecurityLabel(Utf8(text)));

    [Fact]
    public void SecurityLabel_LongerThanAny_IsNone() => Assert.Null(ProcText.SecurityLabel(new byte[MachineText.MaxLength + 1].Select(_ => (byte)'a').ToArray()));

    [Fact]
    public void Status_EffectiveUserAndCapabilities()
    {
        byte[] text = Utf8("Name:\tnginx\nUid:\t0\t33\t34\t35\nGid:\t1\t1\t1\t1\nCapEff:\t000001ffffffffff\n");

        Assert.Equal(new ProcStatus(33, 0x1ffffffffff), ProcStatus.Read(text));
        Assert.Equal(default, ProcStatus.Read(Utf8("Name:\tx\n")));
    }

    [Theory]
    [InlineData("sockets: used 199800\nTCP: inuse 199800 orphan 0 tw 0 alloc 199801 mem 258\nUDP: inuse 3 mem 0\n", 199800)]
    [InlineData("TCP6: inuse 12\nUDP6: inuse 3\n", 12)]
    [InlineData("TCP: inuse\nUDP: inuse 3\n", 0)]
    [InlineData("", 0)]
    public void TcpSocketsInUse_LineOfSockstat(string text, int expected) => Assert.Equal(expected, ProcText.TcpSocketsInUse(Utf8(text)));

    [Fact]
    public void BootTime_LineOfStat() =>
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000), ProcText.BootTime(Utf8("cpu  1 2 3\nintr 5\nbtime 1700000000\nprocesses 4\n")));

    [Theory]
    [InlineData("socket:[12345]", 12345ul)]
    [InlineData("socket:[18446744073709551615]", ulong.MaxValue)]
    [InlineData("socket:[]", null)]
    [InlineData("socket:[12", null)]
    [InlineData("pipe:[12345]", null)]
    [InlineData("/dev/null", null)]
    public void SocketLink_Inode(string link, ulong? inode) =>
        Assert.Equal(inode, ProcText.TryReadSocketLink(Utf8(link), out ulong read) ? read : null);

    [Fact]
    public void NamespaceLink_Inode() => Assert.Equal(4026531840ul, ProcText.NamespaceInode(Utf8("net:[4026531840]")));

    [Theory]
    [InlineData("6.18.44-generic", "6.18.44")]
    [InlineData("5.10.0-28-amd64\n", "5.10.0")]
    [InlineData("6.6-rc1", "6.6")]
    [InlineData("4.19.0.1", "4.19.0")]
    [InlineData("strange", "0.0")]
    public void KernelVersion_LeadingNumbers(string release, string version) =>
        Assert.Equal(Version.Parse(version), ProcText.KernelVersion(Utf8(release)));

    [Theory]
    [InlineData("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n", "Debian GNU/Linux 12 (bookworm)")]
    [InlineData("PRETTY_NAME='A B'\n", "A B")]
    [InlineData("PRETTY_NAME=Plain\n", "Plain")]
    [InlineData("NAME=x\n", null)]
    public void PrettyName_WithoutQuotes(string text, string? name) => Assert.Equal(name, ProcText.PrettyName(Utf8(text)));

    [Fact]
    public void UserNames_FirstOfAnIdWins()
    {
        NumberMap<string> names = ProcText.UserNames(Utf8("root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\nwww-data:x:33:33::/:\nbroken\n:x:5:5::\n+nis::::\n"));

        Assert.Equal(2, names.Count);
        Assert.True(names.TryGetValue(0, out string? first));
        Assert.Equal("root", first);
        Assert.True(names.TryGetValue(33, out string? second));
        Assert.Equal("www-data", second);
    }

    [Theory]
    [InlineData("32768\t60999\n", "Dynamic 32768-60999")]
    [InlineData("1 65535", "Dynamic 1-65535")]
    [InlineData("32768", null)]
    [InlineData("a b", null)]
    [InlineData("1 70000", null)]
    public void DynamicPorts_TwoNumbers(string text, string? range) => Assert.Equal(range, ProcText.DynamicPorts(Utf8(text)) is { } row ? Say(row) : null);

    [Theory]
    [InlineData("\n", "")]
    [InlineData("8080,9148\n", "Reserved 8080-8080, Reserved 9148-9148")]
    [InlineData("1,2-4,10-10\n", "Reserved 1-1, Reserved 2-4, Reserved 10-10")]
    [InlineData("1,,2", "nonsense")]
    [InlineData("1-", "nonsense")]
    [InlineData("x", "nonsense")]
    public void ReservedPorts_List(string text, string ranges)
    {
        var rows = ProcText.ReservedPorts(Utf8(text));

        Assert.Equal(ranges, rows.IsDefault ? "nonsense" : string.Join(", ", rows.Select(Say)));
    }

    [Fact]
    public void MachineText_AnyBytes_BoundedAndReadable()
    {
        Assert.Equal(MachineText.MaxLength, MachineText.Read(new byte[100_000]).Length);
        Assert.Equal("a\ufffdb", MachineText.Read([(byte)'a', 0xff, (byte)'b']));
        Assert.Equal("lo", MachineText.ReadTerminated("lo\0junk"u8));
    }

    [Fact]
    public void DirectoryEntries_TwoEntries_NamesAndNumbers()
    {
        byte[] bytes = new byte[24 + 24 + 10];
        bytes[16] = 24;
        "."u8.CopyTo(bytes.AsSpan(19));
        bytes[24 + 16] = 24;
        "1234"u8.CopyTo(bytes.AsSpan(24 + 19));
        var entries = new DirectoryEntries(bytes, ByteOrder.LittleEndian);

        Assert.True(entries.MoveNext());
        Assert.False(entries.TryNumber(out _));
        Assert.True(entries.MoveNext());
        Assert.True(entries.TryNumber(out int number));
        Assert.Equal(1234, number);
        Assert.False(entries.MoveNext());
    }

    private static string Say(PortRangeRow row) => $"{row.Kind} {row.First}-{row.Last}";
}
