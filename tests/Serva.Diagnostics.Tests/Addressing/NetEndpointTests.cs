using System;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class NetEndpointTests
{
    [Fact]
    public void Default_IsNoEndpoint_AndDiffersFromWildcardAndPortZero()
    {
        NetEndpoint none = default;
        Assert.True(none.IsNone && none.Address.IsNone);
        Assert.Equal(NetEndpoint.None, none);
        Assert.NotEqual(NetEndpoint.Create(NetAddress.AnyIPv4, 0), none);
        Assert.NotEqual(NetEndpoint.Create(NetAddress.AnyIPv6, 0), none);
        Assert.Equal(AddressFamily.Unspecified, none.Family);
        Assert.Equal(0, none.Port);
        Assert.Equal("", none.ToString());
        Assert.Throws<InvalidOperationException>(none.ToIPEndPoint);
        Assert.Throws<InvalidOperationException>(() => none.WithPort(1));
        Assert.Throws<ArgumentNullException>(() => NetEndpoint.FromIPEndPoint(null!));
    }

    [Fact]
    public void Create_BadParts_Throws()
    {
        Assert.Throws<ArgumentException>(() => NetEndpoint.Create(NetAddress.None, 80));
        Assert.Throws<ArgumentOutOfRangeException>(() => NetEndpoint.Create(NetAddress.AnyIPv4, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NetEndpoint.Create(NetAddress.AnyIPv4, 65536));
    }

    [Fact]
    public void Parts_OfAnEndpoint_CanBeReadAndReplaced()
    {
        NetEndpoint endpoint = NetEndpoint.Create(NetAddress.Parse("fe80::1%4"), 80);
        Assert.Equal("fe80::1%4", endpoint.Address.ToString());
        Assert.Equal(80, endpoint.Port);
        Assert.Equal(AddressFamily.InterNetworkV6, endpoint.Family);
        Assert.Equal("[fe80::1%4]:81", endpoint.WithPort(81).ToString());
        Assert.Equal("192.0.2.1:80", endpoint.WithAddress(NetAddress.Parse("192.0.2.1")).ToString());
        Assert.Throws<ArgumentException>(() => endpoint.WithAddress(default));
    }

    [Fact]
    public void Order_MixedEndpoints_IsAddressThenPort()
    {
        NetEndpoint[] ordered =
        [
            default, NetEndpoint.Parse("0.0.0.0:0"), NetEndpoint.Parse("0.0.0.0:9"), NetEndpoint.Parse("0.0.0.0:10"), NetEndpoint.Parse("1.2.3.4:1"),
            NetEndpoint.Parse("[::]:1"), NetEndpoint.Parse("[::%1]:0"), NetEndpoint.Parse("[::1]:0"),
        ];
        for (int i = 0; i < ordered.Length; i++)
        {
            for (int j = 0; j < ordered.Length; j++)
            {
                (NetEndpoint left, NetEndpoint right) = (ordered[i], ordered[j]);
                Assert.Equal(i.CompareTo(j), Math.Sign(left.CompareTo(right)));
                Assert.Equal(i == j, left == right);
                Assert.Equal(i != j, left != right);
                Assert.Equal(i < j, left < right);
                Assert.Equal(i <= j, left <= right);
                Assert.Equal(i > j, left > right);
                Assert.Equal(i >= j, left >= right);
                Assert.Equal(i == j, left.Equals((object)right));
                Assert.Equal(i == j, left.GetHashCode() == right.GetHashCode());
            }
        }
    }

    [Theory]
    [InlineData("192.0.2.1:8080")]
    [InlineData("0.0.0.0:0")]
    [InlineData("[2001:db8::1]:443")]
    [InlineData("[fe80::1%70000]:65535")]
    public void SocketAddress_OfTheSameFamily_IsTheFrameworksOwn(string text)
    {
        NetEndpoint endpoint = NetEndpoint.Parse(text);
        IPEndPoint framework = (IPEndPoint)endpoint;
        SocketAddress socketAddress = new(endpoint.Family);
        socketAddress.Buffer.Span[2..].Fill(0xcc);
        Assert.True(endpoint.TryWriteTo(socketAddress));
        Assert.Equal(framework.Serialize(), socketAddress);
        Assert.Equal(framework, new IPEndPoint(endpoint.Address.ToIPAddress(), 0).Create(socketAddress));
    }

    [Fact]
    public void SocketAddress_OfAnotherFamilyOrTooSmall_IsLeftAlone()
    {
        SocketAddress four = new(AddressFamily.InterNetwork);
        SocketAddress small = new(AddressFamily.InterNetworkV6, 16);
        Assert.False(NetEndpoint.Parse("[::1]:80").TryWriteTo(four));
        Assert.False(NetEndpoint.Parse("[::1]:80").TryWriteTo(small));
        Assert.False(NetEndpoint.None.TryWriteTo(four));
        Assert.Equal(new SocketAddress(AddressFamily.InterNetwork), four);
        Assert.Throws<ArgumentNullException>(() => NetEndpoint.None.TryWriteTo(null!));
    }
}
