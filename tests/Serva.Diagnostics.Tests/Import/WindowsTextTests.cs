using System;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

public sealed class WindowsTextTests
{
    public const string Vista = """
        Microsoft Windows [Version 6.0.6002]

        C:\Users\pat>netstat -ao

        Active Connections

          Proto  Local Address          Foreign Address        State           PID
          TCP    PC:epmap               PC:0                   LISTENING       880
          TCP    192.168.1.10:49172     server12:microsoft-ds  ESTABLISHED     4
          TCP    127.0.0.1:49200        api:49201              ESTABLISHED     2212
          TCP    192.168.1.10:49180     203.0.113.9:http       TIME_WAIT       0
          TCP    [::]:135               PC:0                   LISTENING       880
          UDP    PC:ntp                 *:*                                    1504
          UDP    [fe80::1%11]:546       *:*                                    1012
          UDP    0.0.0.0:50127          203.0.113.94:443

        C:\Users\pat>tasklist /svc

        Image Name                     PID Services
        ========================= ======== ============================================
        System Idle Process              0 N/A
        System                           4 N/A
        svchost.exe                    880 RpcSs
        svchost.exe                   1504 EventSystem, fdPHost,
                                           W32Time
        a name of many words.exe      2212 N/A

        """;

    public const string Xp = """
        Active Connections

          Proto  Local Address          Foreign Address        State           PID
          TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       988
          c:\windows\system32\WS2_32.dll
          C:\WINDOWS\system32\RPCRT4.dll
          -- unknown component(s) --
          [svchost.exe]

          UDP    0.0.0.0:500            *:*                                    696
          [lsass.exe]

        """;

    [Fact]
    public void Read_VistaWithNames_SocketsAndTheirOwners()
    {
        ImportedHost imported = PastedText.Read(Vista);

        HostSnapshot host = imported.Host!;
        Assert.Equal(
            [
                "Tcp 0.0.0.0:135  Listen svchost.exe/RpcSs", "Tcp 192.168.1.10:49172 0.0.0.0:445 Established System", "Tcp 127.0.0.1:49200 127.0.0.1:49201 Established a name of many words.exe",
                "Tcp 192.168.1.10:49180 203.0.113.9:80 TimeWait NoProcess", "Tcp [::]:135  Listen svchost.exe/RpcSs", "Udp 0.0.0.0:123   svchost.exe/EventSystem,fdPHost,W32Time",
                "Udp [fe80::1%11]:546   ", "Udp 0.0.0.0:50127 203.0.113.94:443  NotRequested",
            ],
            host.Sockets.Select(row => $"{row.Protocol} {row.Local} {row.Remote} {row.State} {(row.Owners.IsEmpty ? row.OwnerMissingBecause : string.Join('+', row.Owners.Select(owner => owner.Name + (owner.Services.IsEmpty ? "" : "/" + string.Join(',', owner.Services)))))}"));
        Assert.Equal("6.0.6002", host.Platform.Version.ToString());
        Assert.Contains("PC, server12", host.Sockets.Note, StringComparison.Ordinal);
        Assert.Equal((Coverage.Complete, Coverage.Partial, Coverage.NotRequested), (host.Processes.Coverage, host.Services.Coverage, host.Routes.Coverage));
        Assert.Equal(new ImportedPlace { TextName = "a", Line = 13 }, imported.FindSocket(5));
        Assert.Empty(imported.Unrecognized);
        Assert.Equal(host, DiagnosticCase.FromJson(new DiagnosticCase { Host = host }.ToJson()).Host);
    }

    /// <summary>Whoever pasted it can look at the lines that the answer rests on.</summary>
    [Fact]
    public void Explain_ErrorBesideAHolder_NamesTheLinesOfBoth()
    {
        ImportedHost imported = PastedText.Read(Vista + "\n\ncould not bind 192.168.1.10:123: 10013\n");

        string text = ImportReport.ToText(imported, Diagnoser.Diagnose(imported.ToCase()));

        int line = (Vista + "\n\n").Split('\n').Length;
        Assert.Equal($"Read in a line {line}: the error, of udp/192.168.1.10:123.\nRead in a line 13: the socket udp 0.0.0.0:123.\n", text);
    }

    [Fact]
    public void Read_XpWithComponents_OwnersByTheLinesBelow()
    {
        HostSnapshot host = PastedText.Read(Xp).Host!;

        Assert.Equal(["988 svchost.exe", "696 lsass.exe"], host.Sockets.Select(row => $"{row.Owners[0].ProcessId} {row.Owners[0].Name}"));
    }

    [Theory]
    [InlineData("win10-en-jc-netstat-an.txt", 259, "netstat -an", 1)]
    [InlineData("win10-en-jc-netstat-aon.txt", 208, "netstat -aon")]
    [InlineData("win10-en-jc-netstat-aonb.txt", 318, "netstat -aonb")]
    [InlineData("win10-en-jc-netstat.txt", 32, "netstat")]
    [InlineData("win10-en-netstat-a-p-udp-remote.txt", 14, "netstat -a -p udp")]
    [InlineData("win10-fr-netstat-a-partial.txt", 10, "netstat -a")]
    [InlineData("win10-fr-netstat-abo-partial.txt", 8, "netstat -abo")]
    [InlineData("win10-fr-netstat-anb-partial.txt", 9, "netstat -anb")]
    [InlineData("win10-fr-netstat-ano-partial.txt", 11, "netstat -ano")]
    [InlineData("win7-de-netstat-ano-full.txt", 123, "netstat -ano")]
    [InlineData("win7-de-netstat-tn-fragment.txt", 8, "netstat -tn")]
    [InlineData("win7-zh-netstat-ano-billfeller174-fragment.txt", 2, "netstat -ano")]
    [InlineData("winxp-en-parse-netstat-anb.txt", 6, "netstat -anb")]
    public void Corpus_Netstat_NoRowIsLost(string file, int sockets, string command, int damaged = 0)
    {
        string text = PastedText.OfCorpus(file);

        ImportedHost alone = PastedText.Read(text), mixed = PastedText.Read(PastedText.Mixed(text, command));

        // Who published the text scrubbed an address into one that is none.
        Assert.Equal(damaged, alone.Unrecognized.Length);
        Assert.Equal(sockets, alone.Host!.Sockets.Count);
        Assert.Equal(alone.Host.Sockets.AsSpan(), mixed.Host!.Sockets.AsSpan());
        Assert.Equal(["since 14 days", "C:\\Users\\pat>", "That is all, "], mixed.Unrecognized.Where(place => !place.Reason.StartsWith("UDP", StringComparison.Ordinal)).Select(place => place.Reason[..13]));
    }

    [Fact]
    public void Corpus_GermanStates_AreKnown()
    {
        HostSnapshot host = PastedText.Read(PastedText.OfCorpus("win7-de-netstat-ano-full.txt")).Host!;

        Assert.DoesNotContain(host.Sockets, row => row.State == TcpState.Unknown);
        Assert.Contains(host.Sockets, row => row.State == TcpState.FinWait2);
        Assert.Contains(host.Sockets, row => row is { State: TcpState.TimeWait, OwnerMissingBecause: OwnerGap.NoProcess });
    }

    [Fact]
    public void Corpus_OwnersOfTheLinesBelow_AreNamed()
    {
        HostSnapshot host = PastedText.Read(PastedText.OfCorpus("win10-en-jc-netstat-aonb.txt")).Host!;

        SocketRow endpointMapper = host.Sockets[0];
        Assert.Equal((1712, "svchost.exe", "RpcSs"), (endpointMapper.Owners[0].ProcessId, endpointMapper.Owners[0].Name, endpointMapper.Owners[0].Services[0]));
        Assert.True(host.Sockets.Count(row => row.Owners is [{ Name: not null }]) > 200);
    }

    [Theory]
    [InlineData("win10-en-excludedportrange-dockerforwin3171.txt", 9)]
    [InlineData("win11-en-excludedportrange-clash1688.txt", 12)]
    [InlineData("win11-en-excludedportrange-localsend125.txt", 11)]
    [InlineData("win11-zh-excludedportrange-empty-clash1688.txt", 0)]
    public void Corpus_ExcludedRanges_NoRowIsLost(string file, int ranges)
    {
        string text = PastedText.OfCorpus(file);

        ImportedHost alone = PastedText.Read(text), mixed = PastedText.Read(PastedText.Mixed(text, "netsh int ipv6 show excludedportrange tcp"));

        Assert.Empty(alone.Unrecognized);
        Assert.Equal((Coverage.Partial, ranges), (alone.Host!.PortRanges.Coverage, alone.Host.PortRanges.Count));
        Assert.All(alone.Host.PortRanges, row => Assert.Equal((PortRangeKind.Excluded, TransportProtocol.Tcp, false), (row.Kind, row.Protocol, row.IsIPv6)));
        Assert.Equal(alone.Host.PortRanges.Select(row => row with { IsIPv6 = true }), mixed.Host!.PortRanges);
        Assert.Equal(7, alone.Host.PortRanges.Gaps.Length);
    }

    [Fact]
    public void Read_ErrorLine_AsksItsBind()
    {
        ImportedHost imported = PastedText.Read("2026-11-28 01:02:03 could not bind 192.168.1.10:123: 10013\n" + Vista);

        ImportedError error = Assert.Single(imported.Errors);
        Assert.Equal(("WSAEACCES", "udp/192.168.1.10:123", 1), (error.Reading.Name, error.Question!.Bind!.ToString(), error.Place.Line));
        Diagnosis diagnosis = Diagnoser.Diagnose(imported.ToCase());
        Assert.Equal("SD1003", Assert.Single(diagnosis.Findings).Issue.Id);
    }

    [Fact]
    public void Read_CodePages_GiveTheSameSockets()
    {
        const string text = "\r\nAktive Verbindungen\r\n\r\n  Proto  Lokale Adresse         Remoteadresse          Status           PID\r\n  TCP    0.0.0.0:80             0.0.0.0:0              ABHÖREN         4\r\n  TCP    127.0.0.1:2869         127.0.0.1:54989        WARTEND         0\r\n";
        foreach (Encoding encoding in (Encoding[])[Encoding.UTF8, new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(false, false), new UnicodeEncoding(true, false), CodePage(850), CodePage(437), CodePage(1252)])
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
            ImportedHost imported = ImportedHost.Read([new ImportFile { Name = "a", Content = new System.IO.MemoryStream(bytes) }], DateTimeOffset.UnixEpoch);

            Assert.Equal(["0.0.0.0:80 Listen", "127.0.0.1:2869 TimeWait"], imported.Host!.Sockets.Select(row => $"{row.Local} {row.State}"));
        }
    }

    [Fact]
    public void Read_BytesOfAProgram_AreRefused()
    {
        byte[] bytes = new byte[4096];
        new Random(5).NextBytes(bytes);
        bytes[7] = 0;

        ImportedHost imported = ImportedHost.Read([new ImportFile { Name = "a.exe", Content = new System.IO.MemoryStream(bytes) }], DateTimeOffset.UnixEpoch);

        Assert.StartsWith("'a.exe' is no text", imported.Fault, StringComparison.Ordinal);
    }

    private static Encoding CodePage(int number) => CodePagesEncodingProvider.Instance.GetEncoding(number)!;
}
