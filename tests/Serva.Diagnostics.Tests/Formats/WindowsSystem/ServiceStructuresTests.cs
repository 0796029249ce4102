using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Formats.IpHelper;
using Serva.Diagnostics.Formats.WindowsSystem;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Formats.IpHelper;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.WindowsSystem;

/// <summary>Structures with pointers, laid out by hand after winsvc.h, tlhelp32.h and winnt.h, with both pointer widths.</summary>
public sealed class ServiceStructuresTests
{
    private const long Base32 = 0x00c0_0000;
    private const long Base64 = 0x0000_01f4_2a10_0000;

    private static long BaseOf(int pointerSize) => pointerSize == 4 ? Base32 : Base64;

    private static byte[] Services(int pointerSize, params (string Name, string Display, uint State, uint ProcessId)[] services)
    {
        int size = pointerSize == 4 ? 44 : 56;
        var bytes = new NativeBytes();
        var text = new NativeBytes();
        long textBase = BaseOf(pointerSize) + (long)size * services.Length;
        foreach ((string name, string display, uint state, uint processId) in services)
        {
            long namePointer = textBase + text.Length;
            text.Text(name, name.Length + 1);
            long displayPointer = textBase + text.Length;
            text.Text(display, display.Length + 1);
            bytes.Pointer(namePointer, pointerSize).Pointer(displayPointer, pointerSize)
                .U32(0x20).U32(state).U32(0).U32(0).U32(0).U32(0).U32(0).U32(processId).U32(0).Align(pointerSize);
        }

        return [.. bytes.ToArray(), .. text.ToArray()];
    }

    private static List<ServiceStatus> Decode(ReadOnlySpan<byte> bytes, int pointerSize, uint count, out NativeFault? fault)
    {
        var rows = new List<ServiceStatus>();
        fault = EnumServiceStatusProcess.Decode(new PointerBuffer(bytes, (ulong)BaseOf(pointerSize), pointerSize), count, rows);
        return rows;
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void DecodeServices_BothPointerWidths_GivesTheSameRows(int pointerSize)
    {
        byte[] bytes = Services(pointerSize, ("W32Time", "Windows Time", 4, 1504), ("Spooler", "", 1, 0), ("x", "$(y) & \"z\"", 7, 8));

        List<ServiceStatus> rows = Decode(bytes, pointerSize, 3, out NativeFault? fault);

        Assert.Null(fault);
        Assert.Equal(
            [
                new ServiceStatus("W32Time", "Windows Time", ServiceState.Running, 1504),
                new ServiceStatus("Spooler", null, ServiceState.Stopped, null),
                new ServiceStatus("x", "$(y) & \"z\"", ServiceState.Paused, 8),
            ],
            rows);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void DecodeServices_NameOutsideTheBuffer_StopsThere(int pointerSize)
    {
        byte[] bytes = Services(pointerSize, ("W32Time", "Windows Time", 4, 1504), ("Spooler", "Print Spooler", 1, 0));
        int second = pointerSize == 4 ? 44 : 56;
        bytes[second + 2] ^= 0xff;

        List<ServiceStatus> rows = Decode(bytes, pointerSize, 2, out NativeFault? fault);

        Assert.Single(rows);
        Assert.Equal(second, fault!.Value.Offset);
    }

    [Fact]
    public void DecodeServices_MoreAnnouncedThanThere_KeepsTheRowsAndSaysSo()
    {
        byte[] bytes = Services(8, ("W32Time", "Windows Time", 4, 1504));

        List<ServiceStatus> rows = Decode(bytes.AsSpan(0, 56 + 40), 8, uint.MaxValue, out NativeFault? fault);

        Assert.Equal("W32Time", Assert.Single(rows).Name);
        Assert.Equal(56, fault!.Value.Offset);
    }

    [Fact]
    public void DecodeServices_RandomDamage_NeverThrows()
    {
        var random = new Random(44);
        for (int pointerSize = 4; pointerSize <= 8; pointerSize += 4)
        {
            byte[] original = Services(pointerSize, ("W32Time", "Windows Time", 4, 1504), ("Spooler", "Print Spooler", 1, 0));
            for (int i = 0; i < 100_000; i++)
            {
                byte[] bytes = original[..random.Next(original.Length + 1)];
                for (int j = random.Next(6); j > 0 && bytes.Length > 0; j--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);

                Assert.InRange(Decode(bytes, pointerSize, (uint)random.Next(4), out _).Count, 0, 3);
                _ = QueryServiceConfig.Decode(new PointerBuffer(bytes, (ulong)BaseOf(pointerSize), pointerSize));
                _ = SecurityIdentifier.OfTokenUser(new PointerBuffer(bytes, (ulong)BaseOf(pointerSize), pointerSize)).Length;
            }
        }
    }

    [Theory]
    [InlineData(4, 2u, ServiceStart.Automatic)]
    [InlineData(8, 2u, ServiceStart.Automatic)]
    [InlineData(8, 3u, ServiceStart.Manual)]
    [InlineData(4, 4u, ServiceStart.Disabled)]
    [InlineData(8, 1u, ServiceStart.Boot)]
    [InlineData(8, 9u, ServiceStart.Unknown)]
    public void DecodeConfig_BothPointerWidths_GivesStartAndAccount(int pointerSize, uint start, ServiceStart expected)
    {
        int size = pointerSize == 4 ? 36 : 64;
        const string account = @"NT AUTHORITY\LocalService";
        // Two services and a group; an empty text ends the list.
        const string dependencies = "RpcSs\0+NetBIOSGroup\0Tcpip\0\0";
        byte[] bytes = new NativeBytes().U32(0x20).U32(start).U32(1).Align(pointerSize)
            .Pointer(0, pointerSize).Pointer(0, pointerSize).U32(0).Align(pointerSize)
            .Pointer(BaseOf(pointerSize) + size + (2 * (account.Length + 1)), pointerSize)
            .Pointer(BaseOf(pointerSize) + size, pointerSize).Pointer(0, pointerSize)
            .Text(account, account.Length + 1).Text(dependencies, dependencies.Length).ToArray();

        Assert.Equal(size + (2 * (account.Length + 1)) + (2 * dependencies.Length), bytes.Length);
        ServiceConfig config = QueryServiceConfig.Decode(new PointerBuffer(bytes, (ulong)BaseOf(pointerSize), pointerSize))!.Value;
        Assert.Equal((expected, account), (config.Start, config.Account));
        Assert.Equal(["RpcSs", "Tcpip"], config.DependsOn);
        Assert.Null(QueryServiceConfig.Decode(new PointerBuffer(bytes.AsSpan(0, size - 1), (ulong)BaseOf(pointerSize), pointerSize)));
    }

    [Theory]
    [InlineData(4, 556)]
    [InlineData(8, 568)]
    public void DecodeProcess_BothPointerWidths_GivesNameAndParent(int pointerSize, int size)
    {
        byte[] bytes = new NativeBytes().U32((uint)size).U32(0).U32(1504).Align(pointerSize).Pointer(0, pointerSize)
            .U32(0).U32(12).U32(620).U32(8).U32(0).Text("svchost.exe", 260).Align(pointerSize).ToArray();

        Assert.Equal(size, bytes.Length);
        Assert.Equal(size, ProcessEntry32.SizeOf(pointerSize));
        Assert.Equal(new ProcessEntry(1504, 620, "svchost.exe"), ProcessEntry32.Decode(bytes, pointerSize));
        Assert.Null(ProcessEntry32.Decode(bytes.AsSpan(0, size - 1), pointerSize));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void DecodeTokenUser_LocalService_IsNamed(int pointerSize)
    {
        int size = pointerSize == 4 ? 8 : 16;
        byte[] bytes = new NativeBytes().Pointer(BaseOf(pointerSize) + size, pointerSize).U32(0).Align(pointerSize)
            .U8(1, 1, 0, 0, 0, 0, 0, 5).U32(19).ToArray();

        string text = SecurityIdentifier.Text(SecurityIdentifier.OfTokenUser(new PointerBuffer(bytes, (ulong)BaseOf(pointerSize), pointerSize)));

        Assert.Equal("S-1-5-19", text);
        Assert.Equal(@"NT AUTHORITY\LOCAL SERVICE", SecurityIdentifier.WellKnownName(text));
        Assert.True(SecurityIdentifier.OfTokenUser(
            new PointerBuffer(bytes.AsSpan(0, bytes.Length - 1), (ulong)BaseOf(pointerSize), pointerSize)).IsEmpty);
    }

    [Fact]
    public void SecurityIdentifierText_OfADomainUser_HasAllParts()
    {
        byte[] sid = new NativeBytes().U8(1, 5, 0, 0, 0, 0, 0, 5).U32(21).U32(1).U32(4294967295).U32(3).U32(1001).ToArray();

        Assert.Equal("S-1-5-21-1-4294967295-3-1001", SecurityIdentifier.Text(sid));
        Assert.Null(SecurityIdentifier.WellKnownName("S-1-5-21-1-4294967295-3-1001"));
    }
}
