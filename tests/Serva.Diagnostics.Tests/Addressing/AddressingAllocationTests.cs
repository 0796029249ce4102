using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class AddressingAllocationTests
{
    private static readonly string[] Texts =
    [
        "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1%7", "192.0.2.1:80", "[fe80::1%4]:80", "10.0.0.0/8", "2001:db8::/32",
        "", "x", "1.2.3", "1.2.3.4:99999", "[::1", "fe80::1%eth0", "[fe80::1%eth0]:80", "1::2::3", "10.0.0.1/8", "\u00e9", new('1', 500),
    ];

    [Fact]
    public void Values_AllThree_AreAtMost24BytesWithoutReferences()
    {
        Assert.True(Unsafe.SizeOf<NetAddress>() <= 24);
        Assert.True(Unsafe.SizeOf<NetEndpoint>() <= 24);
        Assert.True(Unsafe.SizeOf<NetPrefix>() <= 24);
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<NetAddress>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<NetEndpoint>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<NetPrefix>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<EndpointError>());
    }

    [Fact]
    public void TryParse_GoodAndBadText_AllocatesNothing()
    {
        byte[][] utf8 = Array.ConvertAll(Texts, Encoding.UTF8.GetBytes);
        AssertAllocatesNothing(() =>
        {
            int read = 0;
            for (int i = 0; i < Texts.Length; i++)
            {
                read += NetAddress.TryParse(Texts[i], out _, out EndpointError _) ? 1 : 0;
                read += NetAddress.TryParse(utf8[i], out _, out EndpointError _) ? 1 : 0;
                read += NetEndpoint.TryParse(Texts[i], out _, out EndpointError _) ? 1 : 0;
                read += NetEndpoint.TryParse(utf8[i], out _, out EndpointError _) ? 1 : 0;
                read += NetEndpoint.TryParse(Texts[i], 53, out _, out EndpointError _) ? 1 : 0;
                read += NetEndpoint.TryParse(utf8[i], 53, out _, out EndpointError _) ? 1 : 0;
                read += NetEndpoint.TryParsePrefix(Texts[i], out _, out _) ? 1 : 0;
                read += NetEndpoint.TryParsePrefix(utf8[i], out _, out _) ? 1 : 0;
                read += NetPrefix.TryParse(Texts[i], out _, out EndpointError _) ? 1 : 0;
                read += NetPrefix.TryParse(utf8[i], out _, out EndpointError _) ? 1 : 0;
            }

            return read;
        });
    }

    [Fact]
    public void TryFormat_RoomOrNot_AllocatesNothing()
    {
        NetEndpoint[] endpoints = [default, NetEndpoint.Parse("192.0.2.1:80"), NetEndpoint.Parse("[fe80::1:0:0:2%4]:80")];
        char[] chars = new char[64];
        byte[] bytes = new byte[64];
        AssertAllocatesNothing(() =>
        {
            int sum = 0;
            foreach (NetEndpoint endpoint in endpoints)
            {
                NetPrefix prefix = endpoint.IsNone ? default : NetPrefix.Create(endpoint.Address, 7);
                sum += endpoint.TryFormat(chars, out int written) ? written : 0;
                sum += endpoint.TryFormat(bytes, out written) ? written : 0;
                sum += endpoint.TryFormat(chars.AsSpan(0, 3), out written) ? written : 0;
                sum += endpoint.Address.TryFormat(chars, out written) ? written : 0;
                sum += endpoint.Address.TryFormat(bytes, out written) ? written : 0;
                sum += prefix.TryFormat(chars, out written) ? written : 0;
                sum += prefix.TryFormat(bytes, out written) ? written : 0;
            }

            return sum;
        });
    }

    [Fact]
    public void Values_BytesHashOrderAndSocketAddress_AllocateNothing()
    {
        NetEndpoint endpoint = NetEndpoint.Parse("[fe80::1%4]:80");
        NetPrefix prefix = NetPrefix.Parse("fe80::/10");
        IPEndPoint framework = endpoint.ToIPEndPoint();
        SocketAddress socketAddress = new(AddressFamily.InterNetworkV6);
        byte[] bytes = new byte[16];
        AssertAllocatesNothing(() =>
        {
            endpoint.Address.TryWriteBytes(bytes, out int written);
            endpoint.TryWriteTo(socketAddress);
            NetEndpoint same = NetEndpoint.FromIPEndPoint(framework);
            return written + same.GetHashCode() + prefix.GetHashCode() + endpoint.CompareTo(same) + (prefix.Contains(same.Address) ? 1 : 0);
        });
    }

    private static void AssertAllocatesNothing(Func<int> action)
    {
        int sum = 0;
        for (int i = 0; i < 100; i++)
            sum += action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            sum += action();
        long after = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(sum);
        Assert.Equal(0, after - before);
    }
}
