using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.IpHelper;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.IpHelper;

/// <summary>Tables laid out by hand after netioapi.h. They hold no pointers: x86, x64 and ARM64 share them.</summary>
public sealed class MibInterfaceTablesTests
{
    private static readonly InterfaceOptions[] s_options =
        [new() { WeakHostSend = true, IsForwarding = true }, new() { WeakHostReceive = true, UsesAutomaticMetric = true }, new() { DisableDefaultRoutes = true }];

    private static NativeBytes Table(uint count) => new NativeBytes().U32(count).Zeros(4);

    private static NativeBytes AddressRow(
        NativeBytes bytes, Func<NativeBytes, NativeBytes> address, uint index, byte prefix, byte skip, uint state, uint suffixOrigin = 1) =>
        address(bytes).Align(8).I64(0x0006_0080_0000_0000).U32(index).U32(1).U32(suffixOrigin).U32(uint.MaxValue).U32(uint.MaxValue)
            .U8(prefix, skip).Align(4).U32(state).U32(0).I64(0);

    private static NativeBytes RouteRow(
        NativeBytes bytes, Func<NativeBytes, NativeBytes> destination, byte prefix, Func<NativeBytes, NativeBytes> nextHop,
        uint index, uint metric, byte loopback)
    {
        bytes.I64(0x0006_0080_0000_0000).U32(index);
        destination(bytes).U8(prefix).Zeros(3);
        nextHop(bytes);
        return bytes.U8(0).Zeros(3).U32(uint.MaxValue).U32(uint.MaxValue).U32(metric).U32(3).U8(loopback, 0, 0, 1).U32(60).U32(0);
    }

    private static NativeBytes InterfaceRow(
        NativeBytes bytes, uint index, string alias, string description, byte[] physical, uint mtu, uint type, byte flags, uint status)
    {
        bytes.I64(0x0006_0080_0000_0000).U32(index).Zeros(16).Text(alias, 257).Text(description, 257);
        bytes.U32((uint)physical.Length).U8(physical).Zeros(32 - physical.Length).Zeros(32);
        bytes.U32(mtu).U32(type).U32(0).U32(0).U32(14).U32(2).U32(0);
        return bytes.U8(flags).Align(4).U32(status).U32(1).U32(1).Zeros(16).U32(1).Align(8).I64(type == 24 ? -1 : 1_000_000_000).I64(0).Zeros(18 * 8);
    }

    private static NativeBytes FamilyRow(NativeBytes bytes, int family, uint index, uint metric, InterfaceOptions options) =>
        bytes.U16(family).Align(8).I64(0x0006_0080_0000_0000).U32(index).U32(0).I64(0).U32(0).U32(0)
            .U8(0, Bit(options.IsForwarding), Bit(options.WeakHostSend), Bit(options.WeakHostReceive), Bit(options.UsesAutomaticMetric)).Zeros(4).Align(4)
            .Zeros(7 * 4).Zeros(16 * 4).U32(64).U32(metric).U32(1500).U8(1, 0, 1, 1).U32(30000).U8(0, 0, Bit(options.DisableDefaultRoutes)).Align(8);

    private static byte Bit(bool isSet) => isSet ? (byte)1 : (byte)0;

    private static byte[] Addresses()
    {
        NativeBytes bytes = Table(3);
        AddressRow(bytes, b => b.Address4(192, 0, 2, 10), 12, 24, 0, 4);
        AddressRow(bytes, b => b.Address6(NativeBytes.LinkLocal, 12), 12, 64, 0, 1);
        AddressRow(bytes, b => b.Address6(NativeBytes.Global, 0), 12, 64, 1, 3, suffixOrigin: 5);
        return bytes.ToArray();
    }

    private static byte[] Routes()
    {
        NativeBytes bytes = Table(6);
        RouteRow(bytes, b => b.Address4(0, 0, 0, 0), 0, b => b.Address4(192, 0, 2, 1), 12, 25, 0);
        RouteRow(bytes, b => b.Address4(192, 0, 2, 0), 24, b => b.Address4(0, 0, 0, 0), 12, 256, 0);
        RouteRow(bytes, b => b.Address4(127, 0, 0, 0), 8, b => b.Address4(0, 0, 0, 0), 1, 256, 1);
        RouteRow(bytes, b => b.Address4(224, 0, 0, 0), 4, b => b.Address4(0, 0, 0, 0), 1, 256, 1);
        RouteRow(bytes, b => b.Address4(255, 255, 255, 255), 32, b => b.Address4(0, 0, 0, 0), 12, 256, 0);
        RouteRow(bytes, b => b.Address6(new byte[16], 0), 0, b => b.Address6(NativeBytes.LinkLocal, 0), 12, 16, 0);
        return bytes.ToArray();
    }

    private static byte[] Interfaces()
    {
        NativeBytes bytes = Table(4);
        InterfaceRow(bytes, 1, "Loopback Pseudo-Interface 1", "Software Loopback Interface 1", [], uint.MaxValue, 24, 0, 1);
        InterfaceRow(bytes, 12, "Ethernet", "Contoso Gigabit", [2, 0, 0x5e, 0, 0, 0x0f], 1500, 6, 5, 1);
        InterfaceRow(bytes, 13, "Ethernet-WFP Native MAC Layer LightWeight Filter-0000", "Contoso", [2, 0, 0x5e, 0, 0, 0x0f], 1500, 6, 2, 1);
        InterfaceRow(bytes, 20, "", "Tunnel", [], 1420, 53, 0, 9);
        return bytes.ToArray();
    }

    private static byte[] Families()
    {
        NativeBytes bytes = Table(3);
        FamilyRow(bytes, 2, 12, 25, s_options[0]);
        FamilyRow(bytes, 23, 12, 35, s_options[1]);
        FamilyRow(bytes, 2, 1, 75, s_options[2]);
        return bytes.ToArray();
    }

    [Fact]
    public void Sizes_OfTheTablesByHand_AreThoseOfTheHeader()
    {
        Assert.Equal(8 + 3 * 80, Addresses().Length);
        Assert.Equal(8 + 6 * 104, Routes().Length);
        Assert.Equal(8 + 4 * 1352, Interfaces().Length);
        Assert.Equal(8 + 3 * 168, Families().Length);
    }

    [Fact]
    public void Decode_Addresses_GivesStateSkipAndScope()
    {
        ImmutableArray<AddressRow> rows = Decode<AddressRow>(Addresses(), MibUnicastIpAddressTable.Decode, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal(["192.0.2.10", "fe80::1%12", "2001:db8::5"], rows.Select(row => row.Address.ToString()));
        Assert.Equal([24, 64, 64], rows.Select(row => row.PrefixLength));
        Assert.Equal([AddressState.Preferred, AddressState.Tentative, AddressState.Deprecated], rows.Select(row => row.State));
        Assert.Equal([false, false, true], rows.Select(row => row.SkipAsSource));
        Assert.Equal([false, false, true], rows.Select(row => row.IsSecondary));
        Assert.All(rows, row => Assert.Equal(12u, row.Interface));
    }

    [Fact]
    public void Decode_Routes_GivesKindGatewayAndMetric()
    {
        ImmutableArray<RouteRow> rows = Decode<RouteRow>(Routes(), MibIpForwardTable2.Decode, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal(
            ["0.0.0.0/0", "192.0.2.0/24", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/0"],
            rows.Select(row => row.Destination.ToString()));
        Assert.Equal(
            [RouteKind.Unicast, RouteKind.Unicast, RouteKind.Local, RouteKind.Multicast, RouteKind.Broadcast, RouteKind.Unicast],
            rows.Select(row => row.Kind));
        Assert.Equal(["192.0.2.1", null, null, null, null, "fe80::1%12"], rows.Select(row => row.Gateway?.ToString()));
        Assert.Equal([25u, 256u, 256u, 256u, 256u, 16u], rows.Select(row => row.Metric));
        Assert.Equal([12u, 12u, 1u, 1u, 12u, 12u], rows.Select(row => row.Interface!.Value));
    }

    [Fact]
    public void Decode_Interfaces_LeavesOutFiltersAndNamesTheUnnamed()
    {
        ImmutableArray<InterfaceRow> rows = Decode<InterfaceRow>(Interfaces(), MibIfTable2.Decode, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal([1u, 12u, 20u], rows.Select(row => row.Index));
        Assert.Equal(["Loopback Pseudo-Interface 1", "Ethernet", "Tunnel"], rows.Select(row => row.Name));
        Assert.Equal([null, "02:00:5e:00:00:0f", null], rows.Select(row => row.PhysicalAddress));
        Assert.Equal([null, 1500, 1420], rows.Select(row => row.Mtu));
        Assert.Equal([null, 1_000_000_000L, 1_000_000_000], rows.Select(row => row.LinkSpeed));
        Assert.Equal(
            [NetworkInterfaceType.Loopback, NetworkInterfaceType.Ethernet, NetworkInterfaceType.Unknown], rows.Select(row => row.Type));
        Assert.Equal([OperationalStatus.Up, OperationalStatus.Up, OperationalStatus.Unknown], rows.Select(row => row.Status));
    }

    [Fact]
    public void Decode_Families_GivesMetricsAndOptions()
    {
        var rows = new List<MibIpInterface>();

        Assert.Null(MibIpInterfaceTable.Decode(Families(), rows));
        Assert.Equal([new(false, 12, 25, s_options[0]), new(true, 12, 35, s_options[1]), new(false, 1, 75, s_options[2])], rows);
    }

    [Fact]
    public void Decode_AddressOfAnotherFamily_StopsThereAndKeepsTheRowsBefore()
    {
        byte[] table = Addresses();
        table[8 + 80] = 17;

        ImmutableArray<AddressRow> rows = Decode<AddressRow>(table, MibUnicastIpAddressTable.Decode, out NativeFault? fault);

        Assert.Single(rows);
        Assert.Equal(new NativeFault(88, "an IPv4 or IPv6 address", "address family 17"), fault);
    }

    [Fact]
    public void Decode_RouteWithTooLongAPrefix_StopsThereAndKeepsTheRowsBefore()
    {
        byte[] table = Routes();
        table[8 + 104 + 40] = 33;

        ImmutableArray<RouteRow> rows = Decode<RouteRow>(table, MibIpForwardTable2.Decode, out NativeFault? fault);

        Assert.Single(rows);
        Assert.Equal(new NativeFault(8 + 104 + 40, "a prefix of at most 32 bits", "33"), fault);
    }

    [Fact]
    public void Decode_EveryTruncation_KeepsTheWholeRows()
    {
        byte[] addresses = Addresses();
        byte[] routes = Routes();
        for (int length = 0; length < routes.Length; length++)
        {
            Assert.Equal(Math.Max(0, length - 8) / 104, Decode<RouteRow>(routes.AsSpan(0, length), MibIpForwardTable2.Decode, out NativeFault? fault).Length);
            Assert.NotNull(fault);
            if (length < addresses.Length)
                Assert.Equal(Math.Max(0, length - 8) / 80, Decode<AddressRow>(addresses.AsSpan(0, length), MibUnicastIpAddressTable.Decode, out _).Length);
        }
    }

    [Fact]
    public void Decode_RandomDamage_NeverThrows()
    {
        var random = new Random(3532);
        byte[][] originals = [Addresses(), Routes(), Families(), Interfaces()];
        for (int i = 0; i < 200_000; i++)
        {
            int which = random.Next(200) == 0 ? 3 : random.Next(3);
            byte[] original = originals[which];
            byte[] table = original[..random.Next(original.Length + 1)];
            for (int j = random.Next(6); j > 0 && table.Length > 0; j--)
                table[random.Next(table.Length)] = (byte)random.Next(256);
            int count = which switch
            {
                0 => Decode<AddressRow>(table, MibUnicastIpAddressTable.Decode, out _).Length,
                1 => Decode<RouteRow>(table, MibIpForwardTable2.Decode, out _).Length,
                2 => DecodeFamilies(table),
                _ => Decode<InterfaceRow>(table, MibIfTable2.Decode, out _).Length,
            };

            Assert.InRange(count, 0, table.Length / 80);
        }
    }

    private delegate NativeFault? Decoder<T>(ReadOnlySpan<byte> table, ImmutableArray<T>.Builder rows);

    private static ImmutableArray<T> Decode<T>(ReadOnlySpan<byte> table, Decoder<T> decoder, out NativeFault? fault)
    {
        var rows = ImmutableArray.CreateBuilder<T>();
        fault = decoder(table, rows);
        return rows.DrainToImmutable();
    }

    private static int DecodeFamilies(ReadOnlySpan<byte> table)
    {
        var rows = new List<MibIpInterface>();
        MibIpInterfaceTable.Decode(table, rows);
        return rows.Count;
    }
}
