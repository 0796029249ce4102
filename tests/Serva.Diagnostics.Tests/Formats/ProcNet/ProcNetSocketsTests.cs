using System;
using System.Buffers.Binary;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.ProcNet;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.ProcNet;

public sealed class ProcNetSocketsTests
{
    internal const string Tcp =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 172437 2 000000002a930c79 100 0 0 10 0
           1: 0100007F:1F90 0100007F:9C41 01 00000000:00000000 00:00000000 00000000     0        0 0 1 00000000191e988f 20 0 0 10 -1
           2: 010200C0:9C41 FE0200C0:0050 01 0000002A:00000007 01:00000014 00000000  1000        0 172439 2 00000000d8bef443 20 0 0 10 -1
           3: 0100007F:0016 0100007F:D431 06 00000000:00000000 03:000016F3 00000000     0        0 0 3 0000000000000000

        """;

    internal const string Tcp6 =
        """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 172442 1 00000000f344c43b 100 0 0 10 0
           1: 000080FE00000000FF5E0000010000FE:20FB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 172441 1 0000000012b63027 100 0 0 10 0
           2: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000100007F:9C42 01 00000000:00000000 00:00000000 00000000     0        0 172450 1 0000000012b63028 20 0 0 10 -1

        """;

    private static ProcNetSockets Read(string text, bool isIPv6 = false, TransportProtocol protocol = TransportProtocol.Tcp, int piece = int.MaxValue)
    {
        var sockets = new ProcNetSockets(protocol, isIPv6, ByteOrder.LittleEndian);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at))
            sockets.Feed(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        sockets.End();
        return sockets;
    }

    private static string Say(SocketRow row) => FormattableString.Invariant(
        $"{row.Local} {row.Remote?.ToString() ?? "-"} {row.State} {row.OwnerMissingBecause} uid {row.UserId} inode {row.Inode} v6only {row.IPv6Only} {row.ReceiveQueue}/{row.SendQueue}");

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void Feed_TcpInPieces_EveryRow(int piece)
    {
        ProcNetSockets sockets = Read(Tcp, piece: piece);

        Assert.Null(sockets.BadOffset);
        Assert.Equal(
            [
                "127.0.0.1:8080 - Listen NotRequested uid 0 inode 172437 v6only  1/",
                "127.0.0.1:8080 127.0.0.1:40001 Established NoProcess uid  inode 0 v6only  0/0",
                "192.0.2.1:40001 192.0.2.254:80 Established NotRequested uid 1000 inode 172439 v6only  7/42",
                "127.0.0.1:22 127.0.0.1:54321 TimeWait NoProcess uid  inode 0 v6only  0/0",
            ],
            sockets.Rows.Select(Say));
    }

    [Fact]
    public void Feed_Tcp6_WordsInNativeOrder()
    {
        Assert.Equal(
            [
                "[::]:8081 - Listen NotRequested uid 0 inode 172442 v6only  0/",
                "[fe80::5eff:fe00:1]:8443 - Listen NotRequested uid 33 inode 172441 v6only  0/",
                "[::ffff:127.0.0.1]:8081 [::ffff:127.0.0.1]:40002 Established NotRequested uid 0 inode 172450 v6only False 0/0",
            ],
            Read(Tcp6, isIPv6: true).Rows.Select(Say));
    }

    [Fact]
    public void Feed_BigEndianMachine_WordsTheOtherWayRound()
    {
        var sockets = new ProcNetSockets(TransportProtocol.Tcp, isIPv6: false, ByteOrder.BigEndian);

        sockets.Feed(Encoding.UTF8.GetBytes(Tcp.Replace("0100007F", "7F000001", StringComparison.Ordinal)));

        Assert.Equal("127.0.0.1:8080", sockets.Rows[0].Local.ToString());
    }

    [Fact]
    public void Feed_Udp_UnconnectedHasNoRemote()
    {
        const string Udp =
            """
               sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
              423: 00000000:0045 00000000:0000 07 00000000:00000300 00:00000000 00000000   105        0 23456 2 0000000000000000 5
              424: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000   105        0 23457 2 0000000000000000 0

            """;

        ProcNetSockets sockets = Read(Udp, protocol: TransportProtocol.Udp);

        Assert.Equal(
            ["0.0.0.0:69 -  NotRequested uid 105 inode 23456 v6only  768/0", "127.0.0.1:40000 127.0.0.1:53  NotRequested uid 105 inode 23457 v6only  0/0"],
            sockets.Rows.Select(Say));
        Assert.True(sockets.Rows[0].IsListening);
    }

    [Fact]
    public void Feed_BadLine_KeepsTheRowsBeforeAndNamesItsOffset()
    {
        string text = Tcp.Replace("010200C0:9C41", "0102zz", StringComparison.Ordinal);

        ProcNetSockets sockets = Read(text);

        Assert.Equal(2, sockets.Rows.Count);
        Assert.Equal(text.IndexOf("   2:", StringComparison.Ordinal), sockets.BadOffset);
    }

    [Fact]
    public void End_InTheMiddleOfALine_IsBadThere()
    {
        ProcNetSockets sockets = Read(Tcp[..^20]);

        Assert.Equal(3, sockets.Rows.Count);
        Assert.Equal(Tcp.IndexOf("   3:", StringComparison.Ordinal), sockets.BadOffset);
    }

    [Fact]
    public void Feed_EndlessLine_IsRefusedInBoundedMemory()
    {
        var sockets = new ProcNetSockets(TransportProtocol.Tcp, isIPv6: false, ByteOrder.LittleEndian);
        byte[] blanks = new byte[10_000];

        Assert.False(sockets.Feed(blanks));
        Assert.Equal(0, sockets.BadOffset);
    }

    [Fact]
    public void Feed_HeadingAlone_IsAnEmptyTable()
    {
        ProcNetSockets sockets = Read("  sl  local_address rem_address\n");

        Assert.Null(sockets.BadOffset);
        Assert.Empty(sockets.Rows);
    }
}
