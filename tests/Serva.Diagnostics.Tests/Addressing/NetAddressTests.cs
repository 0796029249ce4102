using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class NetAddressTests
{
    [Fact]
    public void Default_IsNoAddress_AndDiffersFromWildcards()
    {
        NetAddress none = default;
        Assert.True(none.IsNone);
        Assert.Equal(NetAddress.None, none);
        Assert.NotEqual(NetAddress.AnyIPv4, none);
        Assert.NotEqual(NetAddress.AnyIPv6, none);
        Assert.False(none.IsIPv4 || none.IsIPv6 || none.IsUnspecified || none.IsLoopback || none.IsIPv4Mapped);
        Assert.Equal(AddressFamily.Unspecified, none.Family);
        Assert.Equal(0, none.ByteCount);
        Assert.Equal("", none.ToString());
        Assert.True(none.TryWriteBytes([], out int written) && written == 0);
        Assert.Throws<InvalidOperationException>(none.ToIPAddress);
        Assert.Throws<InvalidOperationException>(() => none.ToIPv4());
        Assert.Throws<InvalidOperationException>(() => none.WithScope(1));
        Assert.Equal(none, none.WithoutScope().MapToIPv6().UnmapIPv4());
        Assert.Throws<ArgumentNullException>(() => NetAddress.FromIPAddress(null!));
    }

    [Fact]
    public void Constants_AreTheKnownAddresses()
    {
        Assert.Equal("0.0.0.0", NetAddress.AnyIPv4.ToString());
        Assert.Equal("::", NetAddress.AnyIPv6.ToString());
        Assert.Equal("127.0.0.1", NetAddress.LoopbackIPv4.ToString());
        Assert.Equal("::1", NetAddress.LoopbackIPv6.ToString());
        Assert.Equal("255.255.255.255", NetAddress.BroadcastIPv4.ToString());
    }

    [Theory]
    [InlineData("0.0.0.0", "IsUnspecified")]
    [InlineData("::", "IsUnspecified")]
    [InlineData("::%3", "IsUnspecified")]
    [InlineData("::ffff:0.0.0.0", "IsIPv4Mapped")]
    [InlineData("127.0.0.1", "IsLoopback")]
    [InlineData("127.255.255.255", "IsLoopback")]
    [InlineData("126.255.255.255", "")]
    [InlineData("128.0.0.0", "")]
    [InlineData("::1", "IsLoopback")]
    [InlineData("::2", "")]
    [InlineData("::ffff:127.1.2.3", "IsIPv4Mapped IsLoopback")]
    [InlineData("::ffff:128.0.0.0", "IsIPv4Mapped")]
    [InlineData("::127.0.0.1", "")]
    [InlineData("1::1", "")]
    [InlineData("::fffe:1.2.3.4", "")]
    [InlineData("169.254.0.1", "IsLinkLocal")]
    [InlineData("169.253.255.255", "")]
    [InlineData("fe80::", "IsLinkLocal")]
    [InlineData("febf:ffff::", "IsLinkLocal")]
    [InlineData("fec0::", "")]
    [InlineData("fe7f::", "")]
    [InlineData("224.0.0.0", "IsMulticast")]
    [InlineData("239.255.255.255", "IsMulticast")]
    [InlineData("240.0.0.0", "")]
    [InlineData("ff02::1%3", "IsMulticast")]
    [InlineData("255.255.255.255", "IsBroadcast")]
    [InlineData("255.255.255.254", "")]
    [InlineData("10.0.0.0", "IsPrivate")]
    [InlineData("11.0.0.0", "")]
    [InlineData("172.15.255.255", "")]
    [InlineData("172.16.0.0", "IsPrivate")]
    [InlineData("172.31.255.255", "IsPrivate")]
    [InlineData("172.32.0.0", "")]
    [InlineData("192.168.255.255", "IsPrivate")]
    [InlineData("192.169.0.0", "")]
    [InlineData("fc00::", "IsUniqueLocal")]
    [InlineData("fdff::", "IsUniqueLocal")]
    [InlineData("fbff::", "")]
    [InlineData("192.0.2.255", "IsDocumentation")]
    [InlineData("198.51.100.0", "IsDocumentation")]
    [InlineData("203.0.113.9", "IsDocumentation")]
    [InlineData("192.0.3.0", "")]
    [InlineData("2001:db8:ffff::", "IsDocumentation")]
    [InlineData("2001:db9::", "")]
    [InlineData("3fff:fff::", "IsDocumentation")]
    [InlineData("3fff:1000::", "")]
    [InlineData("::ffff:10.0.0.1", "IsIPv4Mapped")]
    public void Questions_OfAnAddress_AnswerExactlyThese(string text, string expected)
    {
        NetAddress address = NetAddress.Parse(text);
        (string Name, bool Answer)[] answers =
        [
            ("IsNone", address.IsNone), ("IsUnspecified", address.IsUnspecified), ("IsIPv4Mapped", address.IsIPv4Mapped),
            ("IsLoopback", address.IsLoopback), ("IsLinkLocal", address.IsLinkLocal), ("IsMulticast", address.IsMulticast),
            ("IsBroadcast", address.IsBroadcast), ("IsPrivate", address.IsPrivate), ("IsUniqueLocal", address.IsUniqueLocal),
            ("IsDocumentation", address.IsDocumentation),
        ];
        Assert.Equal(expected, string.Join(' ', answers.Where(answer => answer.Answer).Select(answer => answer.Name)));
        Assert.Equal(text.Contains(':', StringComparison.Ordinal), address.IsIPv6);
        Assert.Equal(address.IsIPv6 ? 128 : 32, address.BitCount);
        Assert.Equal(address.ToIPAddress().AddressFamily, address.Family);
    }

    [Fact]
    public void Parts_OfAnAddress_ComeBackInHostOrder()
    {
        NetAddress four = NetAddress.FromIPv4(192, 0, 2, 1);
        Assert.Equal(0xc0000201, four.ToIPv4());
        Assert.Equal(four, NetAddress.FromIPv4(0xc0000201));
        Assert.Equal((0UL, 0xc0000201UL), four.Words);
        NetAddress six = NetAddress.FromIPv6(0x20010db8_00000000, 1, 5);
        Assert.Equal("2001:db8::1%5", six.ToString());
        Assert.Equal((0x20010db8_00000000UL, 1UL), six.Words);
        Assert.Equal(5u, six.ScopeId);
        Assert.Throws<InvalidOperationException>(() => six.ToIPv4());
    }

    [Fact]
    public void Bytes_BothWays_AreInNetworkOrder()
    {
        Assert.Equal(NetAddress.Parse("1.2.3.4"), NetAddress.FromBytes([1, 2, 3, 4]));
        NetAddress six = NetAddress.Parse("102:304:506:708:90a:b0c:d0e:f10%7");
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        Assert.Equal(six, NetAddress.FromBytes(bytes, 7));
        byte[] written = new byte[16];
        Assert.True(six.TryWriteBytes(written, out int count) && count == 16);
        Assert.Equal(bytes, written);
        Assert.False(six.TryWriteBytes(written.AsSpan(0, 15), out count));
        Assert.Equal(0, count);
        Assert.Throws<ArgumentException>(() => NetAddress.FromBytes(new byte[5]));
        Assert.Throws<ArgumentException>(() => NetAddress.FromBytes([]));
        Assert.Throws<ArgumentException>(() => NetAddress.FromBytes([1, 2, 3, 4], 1));
    }

    [Fact]
    public void Mapping_BothWays_KeepsTheAddress()
    {
        NetAddress four = NetAddress.Parse("192.0.2.1");
        NetAddress mapped = NetAddress.Parse("::ffff:192.0.2.1");
        Assert.Equal(mapped, four.MapToIPv6());
        Assert.Equal(four, mapped.UnmapIPv4());
        Assert.Equal(four, mapped.WithScope(3).UnmapIPv4());
        Assert.Equal(four, four.UnmapIPv4());
        Assert.Equal(mapped, mapped.MapToIPv6());
        Assert.NotEqual(four, mapped);
    }

    [Fact]
    public void Scope_OfIPv6_CanBeSetAndTakenAway()
    {
        NetAddress address = NetAddress.Parse("fe80::1");
        Assert.Equal("fe80::1%4", address.WithScope(4).ToString());
        Assert.Equal(address, address.WithScope(4).WithoutScope());
        Assert.NotEqual(address, address.WithScope(4));
        Assert.Throws<InvalidOperationException>(() => NetAddress.AnyIPv4.WithScope(4));
        Assert.Equal(NetAddress.AnyIPv4, NetAddress.AnyIPv4.WithScope(0));
    }

    [Fact]
    public void Order_MixedAddresses_IsFamilyNumberScope()
    {
        NetAddress[] ordered =
        [
            default, NetAddress.Parse("0.0.0.0"), NetAddress.Parse("9.0.0.0"), NetAddress.Parse("10.0.0.0"), NetAddress.Parse("255.255.255.255"),
            NetAddress.Parse("::"), NetAddress.Parse("::1"), NetAddress.Parse("::1%2"), NetAddress.Parse("::1%10"), NetAddress.Parse("::2"),
            NetAddress.Parse("1::"), NetAddress.Parse("ffff::"),
        ];
        for (int i = 0; i < ordered.Length; i++)
        {
            for (int j = 0; j < ordered.Length; j++)
            {
                (NetAddress left, NetAddress right) = (ordered[i], ordered[j]);
                Assert.Equal(i.CompareTo(j), Math.Sign(left.CompareTo(right)));
                Assert.Equal(i == j, left == right);
                Assert.Equal(i != j, left != right);
                Assert.Equal(i < j, left < right);
                Assert.Equal(i <= j, left <= right);
                Assert.Equal(i > j, left > right);
                Assert.Equal(i >= j, left >= right);
                Assert.Equal(i == j, left.Equals((object)right));
                if (i == j)
                    Assert.Equal(left.GetHashCode(), right.GetHashCode());
            }
        }

        Assert.Equal(ordered.Length, ordered.Select(address => address.GetHashCode()).Distinct().Count());
    }

    [Fact]
    public void FrameworkType_BothWays_KeepsFamilyAndScope()
    {
        IPAddress framework = IPAddress.Parse("fe80::1%4");
        NetAddress address = (NetAddress)framework;
        Assert.Equal("fe80::1%4", address.ToString());
        Assert.Equal(framework, (IPAddress)address);
        Assert.Equal(IPAddress.Any, NetAddress.AnyIPv4.ToIPAddress());
        Assert.Equal(IPAddress.IPv6Any, NetAddress.AnyIPv6.ToIPAddress());
        Assert.Equal(NetAddress.BroadcastIPv4, NetAddress.FromIPAddress(IPAddress.Broadcast));
    }
}
