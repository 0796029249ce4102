using System;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Netlink;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Netlink;

public sealed class InetDiagMessageTests
{
    private static (NetlinkStep Step, ImmutableArray<SocketRow> Rows) Decode(
        byte[] bytes, ByteOrder order = ByteOrder.LittleEndian, TransportProtocol protocol = TransportProtocol.Tcp)
    {
        var dump = new NetlinkDump<SocketRow>(order, 1, InetDiagMessage.For(protocol));
        return (dump.Feed(bytes), dump.Rows.DrainToImmutable());
    }

    private static string Say(SocketRow row) =>
        $"{row.Local} {row.Remote?.ToString() ?? "-"} {row.State} {row.OwnerMissingBecause} uid {row.UserId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} "
        + $"if {row.Interface} inode {row.Inode} cookie {row.Cookie} v6only {row.IPv6Only?.ToString() ?? "-"} {row.ReceiveQueue}/{row.SendQueue}";

    // As `ss -Htnae` showed the same sockets: ino, sk (the cookie, in hexadecimal), uid.
    private static readonly string[] Tcp4 =
    [
        "127.0.0.1:8080 - Listen NotRequested uid 0 if 0 inode 172437 cookie 49 v6only - 1/16",
        "192.0.2.1:9090 - Closed NotRequested uid 0 if 0 inode 172440 cookie 50 v6only - 0/0",
        "127.0.0.1:8080 127.0.0.1:40001 Established NoProcess uid - if 0 inode 0 cookie 51 v6only - 0/0",
        "127.0.0.1:40001 127.0.0.1:8080 Established NotRequested uid 0 if 0 inode 172439 cookie 52 v6only - 0/0",
    ];

    [Fact]
    public void Decode_CapturedIPv4_EveryFact()
    {
        (NetlinkStep step, ImmutableArray<SocketRow> rows) = Decode(CapturedDumps.Tcp4);

        Assert.Equal(new NetlinkStep(NetlinkProgress.Done), step);
        Assert.Equal(Tcp4, rows.Select(Say));
    }

    [Fact]
    public void Decode_BigEndian_TheSameRows()
    {
        (NetlinkStep step, ImmutableArray<SocketRow> rows) = Decode(CapturedDumps.Tcp4BigEndian, ByteOrder.BigEndian);

        Assert.Equal(new NetlinkStep(NetlinkProgress.Done), step);
        Assert.Equal(Tcp4, rows.Select(Say));
    }

    [Fact]
    public void Decode_CapturedIPv6_ScopeAndDualStack()
    {
        (_, ImmutableArray<SocketRow> rows) = Decode(CapturedDumps.Tcp6);

        Assert.Equal(
            [
                "[::]:8081 - Listen NotRequested uid 0 if 0 inode 172442 cookie 53 v6only False 0/5",
                "[fe80::5eff:fe00:1%3]:8443 - Listen NotRequested uid 0 if 3 inode 172441 cookie 54 v6only True 0/5",
            ],
            rows.Select(Say));
    }

    [Fact]
    public void Decode_NoHandler_TheErrorInsideOfDone()
    {
        (NetlinkStep step, ImmutableArray<SocketRow> rows) = Decode(CapturedDumps.RawWithoutHandler, protocol: TransportProtocol.Raw);

        Assert.Equal(new NetlinkStep(NetlinkProgress.Done, Error: 2), step);
        Assert.Empty(rows);
    }

    [Fact]
    public void Decode_CutAfterTwoRows_KeepsThemAndNamesTheOffset()
    {
        (NetlinkStep step, ImmutableArray<SocketRow> rows) = Decode(CapturedDumps.Tcp4[..300]);

        Assert.Equal(new NetlinkStep(NetlinkProgress.Bad, Offset: 248), step);
        Assert.Equal(Tcp4[..2], rows.Select(Say));
    }

    [Fact]
    public void Decode_AttributeBeyondItsMessage_IsBadWhereItStands()
    {
        byte[] bytes = CapturedDumps.Tcp4;
        bytes[124 + 88] = 200;

        (NetlinkStep step, ImmutableArray<SocketRow> rows) = Decode(bytes);

        Assert.Equal(new NetlinkStep(NetlinkProgress.Bad, Offset: 124 + 88), step);
        Assert.Single(rows);
    }

    [Fact]
    public void Decode_WithoutTheEnd_WantsMore()
    {
        (NetlinkStep step, _) = Decode(CapturedDumps.Tcp4[..124]);

        Assert.Equal(NetlinkProgress.More, step.Progress);
    }

    [Fact]
    public void Decode_InterruptedFlagOnARow_TheDumpIsToBeRepeated()
    {
        byte[] bytes = CapturedDumps.Tcp4;
        bytes[6] |= 0x10;

        Assert.Equal(NetlinkProgress.Interrupted, Decode(bytes).Step.Progress);
    }

    [Fact]
    public void Decode_ErrorMessage_IsItsNumber()
    {
        byte[] bytes = CapturedDumps.RawWithoutHandler;
        (bytes[4], bytes[16]) = (2, 0xf3);

        Assert.Equal(new NetlinkStep(NetlinkProgress.Done, Error: 13), Decode(bytes).Step);
    }

    [Fact]
    public void Decode_AnswerToAnotherRequest_IsPassedOver()
    {
        byte[] bytes = CapturedDumps.Tcp4;
        bytes[8] = 9;

        Assert.Equal(3, Decode(bytes).Rows.Length);
    }

    // Numbers of net/tcp_states.h.
    [Theory]
    [InlineData(1, TcpState.Established, true)]
    [InlineData(2, TcpState.SynSent, true)]
    [InlineData(3, TcpState.SynReceived, true)]
    [InlineData(4, TcpState.FinWait1, true)]
    [InlineData(5, TcpState.FinWait2, true)]
    [InlineData(6, TcpState.TimeWait, true)]
    [InlineData(7, TcpState.Closed, false)]
    [InlineData(8, TcpState.CloseWait, true)]
    [InlineData(9, TcpState.LastAck, true)]
    [InlineData(10, TcpState.Listen, false)]
    [InlineData(11, TcpState.Closing, true)]
    [InlineData(12, TcpState.SynReceived, true)]
    [InlineData(13, TcpState.Closed, false)]
    [InlineData(99, TcpState.Unknown, true)]
    public void Decode_State_IsTheFrameworks(byte number, TcpState state, bool hasRemote)
    {
        byte[] bytes = CapturedDumps.Tcp4;
        bytes[17] = number;

        SocketRow row = Decode(bytes).Rows[0];

        Assert.Equal((state, hasRemote), (row.State, row.Remote is not null));
    }

    [Fact]
    public void WriteSockDiag_AllStatesOfOnePort_IsTheRequestOfTheHeader()
    {
        byte[] request = new byte[NetlinkRequest.MaxLength];

        int length = NetlinkRequest.WriteSockDiag(
            request, ByteOrder.LittleEndian, 7, new InetDiagRequest(10, TransportProtocol.Udp, 0x2fff, 53, 53));

        Assert.Equal(72, length);
        Assert.Equal(
            "48000000" + "1400" + "0103" + "07000000" + "00000000" + "0A" + "11" + "0000" + "FF2F0000" + "0035" + new string('0', 76) + "FFFFFFFFFFFFFFFF",
            Convert.ToHexString(request.AsSpan(0, length)));
    }

    [Fact]
    public void WriteSockDiag_RangeOfPortsAtAPrefix_IsAFilterThatEndsAtItsEnd()
    {
        byte[] request = new byte[NetlinkRequest.MaxLength];
        Array.Fill(request, (byte)0xee);

        int length = NetlinkRequest.WriteSockDiag(
            request, ByteOrder.LittleEndian, 7,
            new InetDiagRequest(2, TransportProtocol.Tcp, 1 << 10, 8000, 8099, NetPrefix.Parse("127.0.0.0/8")));

        Assert.Equal(72 + 4 + 8 + 8 + 16, length);
        Assert.Equal(
            "6C000000" + "1400" + "0103" + "07000000" + "00000000" + "02" + "06" + "0000" + "00040000" + new string('0', 80) + "FFFFFFFFFFFFFFFF"
            + "2400" + "0100" + "02082400" + "0000401F" + "03081C00" + "0000A31F" + "07101400" + "02080000" + "FFFFFFFF" + "7F000000",
            Convert.ToHexString(request.AsSpan(0, length)));
    }

    /// <summary>The kernel's own rules for the filter (inet_diag_bc_run), over every kind of socket: each is in one half.</summary>
    [Fact]
    public void WriteSockDiag_Halves_TakeEachSocketOnce()
    {
        int[] ports = [0, 1, 443, 32767, 32768, 40000, 46883, 46884, 50000, 60999, 65535];
        byte[] lower = FilterOf(DumpHalf.Lower), upper = FilterOf(DumpHalf.Upper);
        foreach (int source in ports)
        {
            foreach (int destination in ports)
                Assert.NotEqual(Passes(lower, source, destination), Passes(upper, source, destination));
        }

        Assert.True(Passes(lower, 443, 0));
        Assert.Equal((true, false), (Passes(upper, 443, 50000), Passes(upper, 443, 40000)));
        Assert.Equal((true, false), (Passes(upper, 50000, 443), Passes(upper, 40000, 443)));

        static byte[] FilterOf(DumpHalf half)
        {
            byte[] request = new byte[NetlinkRequest.MaxLength];
            int length = NetlinkRequest.WriteSockDiag(request, ByteOrder.LittleEndian, 7, new InetDiagRequest(0, TransportProtocol.Tcp, 1, Half: half));
            Assert.Equal(80 + 24, length);
            return request[80..length];
        }

        static bool Passes(byte[] filter, int source, int destination)
        {
            int at = 0;
            while (at < filter.Length)
            {
                int port = filter[at + 6] | filter[at + 7] << 8;
                bool isYes = filter[at] switch
                {
                    2 => source >= port,
                    3 => source <= port,
                    4 => destination >= port,
                    5 => destination <= port,
                    _ => throw new Xunit.Sdk.XunitException("another operation"),
                };
                at += isYes ? filter[at + 1] : filter[at + 2] | filter[at + 3] << 8;
            }

            return at == filter.Length;
        }
    }

    [Fact]
    public void WriteSockDiag_BothFamilies_IsTheOldRequest()
    {
        byte[] request = new byte[NetlinkRequest.MaxLength];
        Array.Fill(request, (byte)0xee);

        int length = NetlinkRequest.WriteSockDiag(
            request, ByteOrder.LittleEndian, 7, new InetDiagRequest(0, TransportProtocol.Tcp, 1 << 10, 80, 80));

        Assert.Equal(
            "4C000000" + "1200" + "0103" + "07000000" + "00000000" + "00000000" + "0050" + new string('0', 76) + "FFFFFFFFFFFFFFFF" + "00040000" + "00000000",
            Convert.ToHexString(request.AsSpan(0, length)));
    }
}
