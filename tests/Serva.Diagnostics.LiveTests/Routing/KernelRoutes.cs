using System;
using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.LiveTests.Routing;

/// <summary>What the kernel answers to a route question.</summary>
/// <param name="Error">The error number; 0 for none.</param>
/// <param name="Type">RTN_*: 1 unicast, 2 local, 3 broadcast, 4 anycast, 5 multicast.</param>
/// <param name="Interface">The interface's index.</param>
/// <param name="Gateway">The router; none for none.</param>
/// <param name="Source">The source that the kernel chose; none where it says none.</param>
/// <param name="Table">The table; 0 where it says none.</param>
internal readonly record struct KernelRoute(int Error, byte Type, uint Interface, NetAddress Gateway, NetAddress Source, uint Table);

/// <summary>
/// Asks the kernel for routes, as <c>ip route get</c> does, by one netlink socket: <c>RTM_GETROUTE</c> with
/// <c>RTM_F_LOOKUP_TABLE</c> (rtnetlink(7)). Nothing of ours but addresses is used here: it is the oracle.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class KernelRoutes : IDisposable
{
    private const int Netlink = 16, RawCloseOnExec = 3 | 0x80000;
    private const ushort GetRoute = 26, Request = 1, ErrorType = 2;
    private const uint LookupTable = 0x1000;
    private const int HeaderLength = 16, RouteLength = 12;

    private readonly byte[] _buffer = new byte[1 << 15];
    private readonly int _descriptor;
    private uint _sequence;

    public KernelRoutes()
    {
        _descriptor = Socket(Netlink, RawCloseOnExec, 0);
        if (_descriptor < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public KernelRoute Ask(in FlowKey key)
    {
        bool isIPv6 = key.Destination.IsIPv6;
        Span<byte> bytes = _buffer;
        int length = HeaderLength + RouteLength;
        bytes[..length].Clear();
        bytes[16] = (byte)(isIPv6 ? 10 : 2);
        bytes[17] = (byte)key.Destination.BitCount;
        bytes[18] = (byte)key.Source.BitCount;
        bytes[19] = key.TypeOfService;
        Write(bytes[24..], LookupTable);
        Address(1, key.Destination, ref length);
        if (!key.Source.IsNone)
            Address(2, key.Source, ref length);
        if (key.InputInterface != 0)
            Number(3, key.InputInterface, ref length);
        if (key.OutputInterface != 0)
            Number(4, key.OutputInterface, ref length);
        if (key.Mark != 0)
            Number(16, key.Mark, ref length);
        if (key.UserId is { } user)
            Number(25, user, ref length);
        if (key.IPProtocol is { } protocol)
            Attribute(27, [protocol], ref length);
        Span<byte> port = stackalloc byte[2];
        if (key.SourcePort != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)key.SourcePort);
            Attribute(28, port, ref length);
        }

        if (key.DestinationPort != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)key.DestinationPort);
            Attribute(29, port, ref length);
        }

        Write(bytes, (uint)length);
        Write(bytes[4..], GetRoute | ((uint)Request << 16));
        Write(bytes[8..], ++_sequence);
        fixed (byte* start = _buffer)
        {
            if (Send(_descriptor, start, (nuint)length, 0) < 0)
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            nint read = Receive(_descriptor, start, (nuint)_buffer.Length, 0);
            if (read < HeaderLength)
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            return Read(bytes[..(int)read]);
        }
    }

    public void Dispose() => _ = Close(_descriptor);

    private KernelRoute Read(ReadOnlySpan<byte> bytes)
    {
        if (UInt32(bytes[8..]) != _sequence)
            throw new InvalidOperationException("The answer is to another question.");
        if ((ushort)UInt32(bytes[4..]) == ErrorType)
            return new KernelRoute(-(int)UInt32(bytes[HeaderLength..]), 0, 0, default, default, 0);
        var route = new KernelRoute(0, bytes[HeaderLength + 7], 0, default, default, bytes[HeaderLength + 4]);
        bytes = bytes[..(int)UInt32(bytes)][(HeaderLength + RouteLength)..];
        while (bytes.Length >= 4)
        {
            int length = (ushort)UInt32(bytes);
            ReadOnlySpan<byte> value = bytes[4..length];
            route = (ushort)(UInt32(bytes) >> 16) switch
            {
                4 => route with { Interface = UInt32(value) },
                5 => route with { Gateway = NetAddress.FromBytes(value) },
                7 => route with { Source = NetAddress.FromBytes(value) },
                15 => route with { Table = UInt32(value) },
                18 => route with { Gateway = NetAddress.FromBytes(value[2..]) },
                _ => route,
            };
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return route;
    }

    private void Number(ushort type, uint value, ref int length) => Attribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)), ref length);

    private void Address(ushort type, NetAddress address, ref int length)
    {
        Span<byte> value = stackalloc byte[16];
        address.TryWriteBytes(value, out int written);
        Attribute(type, value[..written], ref length);
    }

    private void Attribute(ushort type, ReadOnlySpan<byte> value, ref int length)
    {
        Span<byte> bytes = _buffer.AsSpan(length);
        bytes[..((4 + value.Length + 3) & ~3)].Clear();
        Write(bytes, (uint)(4 + value.Length) | ((uint)type << 16));
        value.CopyTo(bytes[4..]);
        length += (4 + value.Length + 3) & ~3;
    }

    // Two numbers of 16 bits are written and read as one here, which is right in little endian alone.
    private static void Write(Span<byte> bytes, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
