using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.IpHelper;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.IpHelper;

/// <summary>Tables laid out by hand after tcpmib.h and udpmib.h. They hold no pointers: x86, x64 and ARM64 share them.</summary>
public sealed class MibSocketTableTests
{
    private static readonly DateTimeOffset Bound = new(2022, 10, 11, 18, 30, 0, TimeSpan.Zero);

    internal static NativeBytes Tcp4(uint count, bool withModule)
    {
        NativeBytes bytes = new NativeBytes().U32(count);
        if (withModule)
            bytes.Zeros(4);
        void Row(uint state, byte[] local, int localPort, byte[] remote, int remotePort, uint processId)
        {
            bytes.U32(state).U8(local).Port(localPort).U8(remote).Port(remotePort).U32(processId);
            if (withModule)
                bytes.I64(Bound.ToFileTime()).Zeros(128);
        }

        Row(2, [0, 0, 0, 0], 135, [0, 0, 0, 0], 0, 904);
        Row(5, [192, 0, 2, 10], 49701, [198, 51, 100, 7], 443, 5120);
        Row(11, [192, 0, 2, 10], 49702, [198, 51, 100, 7], 80, 0);
        return bytes;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_Tcp4_GivesListenerConnectionAndTimeWait(bool withModule)
    {
        byte[] table = Tcp4(3, withModule).ToArray();

        List<MibSocket> rows = Decode(table, withModule ? MibSocketLayout.Tcp4OwnerModule : MibSocketLayout.Tcp4OwnerPid, out NativeFault? fault);

        Assert.Null(fault);
        DateTimeOffset? bound = withModule ? Bound : null;
        Assert.Equal(
            [
                new MibSocket(Endpoint("0.0.0.0:135"), null, TcpState.Listen, 904, bound),
                new MibSocket(Endpoint("192.0.2.10:49701"), Endpoint("198.51.100.7:443"), TcpState.Established, 5120, bound),
                new MibSocket(Endpoint("192.0.2.10:49702"), Endpoint("198.51.100.7:80"), TcpState.TimeWait, 0, bound),
            ],
            rows);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_Tcp6_KeepsScopesOfLinkLocalAddressesAlone(bool withModule)
    {
        NativeBytes bytes = new NativeBytes().U32(3);
        if (withModule)
            bytes.Zeros(4);
        void Row(byte[] local, uint localScope, int localPort, byte[] remote, uint remoteScope, int remotePort, uint state, uint processId)
        {
            bytes.U8(local).U32(localScope).Port(localPort).U8(remote).U32(remoteScope).Port(remotePort).U32(state).U32(processId);
            if (withModule)
                bytes.I64(0).Zeros(128);
        }

        Row(new byte[16], 0, 445, new byte[16], 0, 0, 2, 4);
        Row(NativeBytes.LinkLocal, 12, 50000, NativeBytes.LinkLocal, 12, 445, 5, 77);
        Row(NativeBytes.Mapped, uint.MaxValue, 50001, NativeBytes.Mapped, uint.MaxValue, 80, 5, 78);

        List<MibSocket> rows = Decode(
            bytes.ToArray(), withModule ? MibSocketLayout.Tcp6OwnerModule : MibSocketLayout.Tcp6OwnerPid, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal(
            [
                new MibSocket(Endpoint("[::]:445"), null, TcpState.Listen, 4, null),
                new MibSocket(Endpoint("[fe80::1%12]:50000"), Endpoint("[fe80::1%12]:445"), TcpState.Established, 77, null),
                new MibSocket(Endpoint("[::ffff:192.0.2.1]:50001"), Endpoint("[::ffff:192.0.2.1]:80"), TcpState.Established, 78, null),
            ],
            rows);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_Udp4_GivesSocketsWithoutStateAndRemote(bool withModule)
    {
        NativeBytes bytes = new NativeBytes().U32(2);
        if (withModule)
            bytes.Zeros(4);
        foreach ((byte[] address, int port, uint processId) in new (byte[], int, uint)[] { ([0, 0, 0, 0], 123, 1504), ([192, 0, 2, 10], 137, 4) })
        {
            bytes.U8(address).Port(port).U32(processId);
            if (withModule)
                bytes.Align(8).I64(Bound.ToFileTime()).U32(1).Align(8).Zeros(128);
        }

        List<MibSocket> rows = Decode(
            bytes.ToArray(), withModule ? MibSocketLayout.Udp4OwnerModule : MibSocketLayout.Udp4OwnerPid, out NativeFault? fault);

        Assert.Null(fault);
        DateTimeOffset? bound = withModule ? Bound : null;
        Assert.Equal(
            [new MibSocket(Endpoint("0.0.0.0:123"), null, null, 1504, bound), new MibSocket(Endpoint("192.0.2.10:137"), null, null, 4, bound)],
            rows);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_Udp6_GivesSocketsWithTheirScope(bool withModule)
    {
        NativeBytes bytes = new NativeBytes().U32(2);
        if (withModule)
            bytes.Zeros(4);
        foreach ((byte[] address, uint scope) in new (byte[], uint)[] { (new byte[16], 0), (NativeBytes.LinkLocal, 7) })
        {
            bytes.U8(address).U32(scope).Port(546).U32(1200);
            if (withModule)
                bytes.Align(8).I64(Bound.ToFileTime()).U32(0).Align(8).Zeros(128);
        }

        List<MibSocket> rows = Decode(
            bytes.ToArray(), withModule ? MibSocketLayout.Udp6OwnerModule : MibSocketLayout.Udp6OwnerPid, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal(["[::]:546", "[fe80::1%7]:546"], rows.Select(row => row.Local.ToString()));
        Assert.All(rows, row => Assert.Equal(withModule ? Bound : null, row.CreatedAt));
    }

    [Theory]
    [InlineData("MIB_TCPTABLE_OWNER_PID", 24)]
    [InlineData("MIB_TCPTABLE_OWNER_MODULE", 160)]
    [InlineData("MIB_TCP6TABLE_OWNER_PID", 56)]
    [InlineData("MIB_TCP6TABLE_OWNER_MODULE", 192)]
    [InlineData("MIB_UDPTABLE_OWNER_PID", 12)]
    [InlineData("MIB_UDPTABLE_OWNER_MODULE", 160)]
    [InlineData("MIB_UDP6TABLE_OWNER_PID", 28)]
    [InlineData("MIB_UDP6TABLE_OWNER_MODULE", 176)]
    public void Layout_RowSize_IsThatOfTheHeader(string name, int size) =>
        Assert.Equal(size, Layouts.Single(layout => layout.Name == name).RowSize);

    [Fact]
    public void Decode_EveryTruncation_KeepsTheWholeRowsAndSaysWhereItStopped()
    {
        byte[] table = Tcp4(3, withModule: true).ToArray();
        for (int length = 0; length < table.Length; length++)
        {
            List<MibSocket> rows = Decode(table.AsSpan(0, length), MibSocketLayout.Tcp4OwnerModule, out NativeFault? fault);

            int whole = Math.Max(0, length - 8) / 160;
            Assert.Equal(whole, rows.Count);
            Assert.NotNull(fault);
            Assert.Equal(length < 4 ? 0 : Math.Min(length, 8 + whole * 160), fault.Value.Offset);
        }
    }

    [Fact]
    public void Decode_MoreRowsAnnouncedThanThere_KeepsThoseThatAre()
    {
        List<MibSocket> rows = Decode(Tcp4(uint.MaxValue, withModule: false).ToArray(), MibSocketLayout.Tcp4OwnerPid, out NativeFault? fault);

        Assert.Equal(3, rows.Count);
        Assert.Equal(new NativeFault(76, "row 4 of 4294967295, 24 bytes", "0 bytes"), fault);
    }

    [Fact]
    public void Decode_SlackBehindTheRows_IsNotRead()
    {
        List<MibSocket> rows = Decode([.. Tcp4(2, withModule: false).ToArray(), 1, 2, 3], MibSocketLayout.Tcp4OwnerPid, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal(2, rows.Count);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(13u)]
    [InlineData(100u)]
    public void Decode_StateWithoutName_IsUnknown(uint state)
    {
        byte[] table = new NativeBytes().U32(1).U32(state).U8(127, 0, 0, 1).Port(80).U32(0).Port(0).U32(9).ToArray();

        Assert.Equal(TcpState.Unknown, Assert.Single(Decode(table, MibSocketLayout.Tcp4OwnerPid, out _)).State);
    }

    [Fact]
    public void Decode_RandomDamage_NeverThrowsAndNeverInventsRows()
    {
        var random = new Random(20221011);
        byte[] original = Tcp4(3, withModule: true).ToArray();
        for (int i = 0; i < 200_000; i++)
        {
            byte[] table = original[..random.Next(original.Length + 1)];
            for (int j = random.Next(6); j > 0 && table.Length > 0; j--)
                table[random.Next(table.Length)] = (byte)random.Next(256);
            MibSocketLayout layout = Layouts[random.Next(Layouts.Length)];

            List<MibSocket> rows = Decode(table, layout, out NativeFault? fault);

            Assert.True(rows.Count * layout.RowSize <= table.Length);
            Assert.True(fault is null || fault.Value.Offset <= table.Length);
        }
    }

    private static readonly MibSocketLayout[] Layouts =
    [
        MibSocketLayout.Tcp4OwnerPid, MibSocketLayout.Tcp4OwnerModule, MibSocketLayout.Tcp6OwnerPid, MibSocketLayout.Tcp6OwnerModule,
        MibSocketLayout.Udp4OwnerPid, MibSocketLayout.Udp4OwnerModule, MibSocketLayout.Udp6OwnerPid, MibSocketLayout.Udp6OwnerModule,
    ];

    private static List<MibSocket> Decode(ReadOnlySpan<byte> table, MibSocketLayout layout, out NativeFault? fault)
    {
        var rows = new List<MibSocket>();
        fault = MibSocketTable.Decode(table, layout, rows);
        return rows;
    }

    private static NetEndpoint Endpoint(string text) => NetEndpoint.Parse(text);
}
