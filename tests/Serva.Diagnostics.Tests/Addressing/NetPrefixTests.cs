using System;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class NetPrefixTests
{
    [Fact]
    public void Default_IsNoPrefix_AndContainsNothing()
    {
        NetPrefix none = default;
        Assert.True(none.IsNone && none.Address.IsNone && none.LastAddress.IsNone);
        Assert.False(none.IsDefault);
        Assert.NotEqual(NetPrefix.DefaultIPv4, none);
        Assert.Equal("", none.ToString());
        Assert.Equal(AddressFamily.Unspecified, none.Family);
        Assert.False(none.Contains(NetAddress.AnyIPv4));
        Assert.False(none.Contains(default));
    }

    [Fact]
    public void DefaultRoutes_ContainTheirFamily()
    {
        Assert.Equal("0.0.0.0/0", NetPrefix.DefaultIPv4.ToString());
        Assert.Equal("::/0", NetPrefix.DefaultIPv6.ToString());
        Assert.True(NetPrefix.DefaultIPv4.IsDefault && NetPrefix.DefaultIPv6.IsDefault);
        Assert.False(NetPrefix.Parse("0.0.0.0/1").IsDefault);
        Assert.True(NetPrefix.DefaultIPv4.Contains(NetAddress.BroadcastIPv4));
        Assert.False(NetPrefix.DefaultIPv4.Contains(NetAddress.AnyIPv6));
        Assert.False(NetPrefix.DefaultIPv6.Contains(NetAddress.AnyIPv4));
        Assert.False(NetPrefix.DefaultIPv6.Contains(default));
        Assert.Equal(NetAddress.BroadcastIPv4, NetPrefix.DefaultIPv4.LastAddress);
    }

    [Theory]
    [InlineData("10.1.2.3", 8, "10.0.0.0/8", "10.255.255.255")]
    [InlineData("192.0.2.200", 25, "192.0.2.128/25", "192.0.2.255")]
    [InlineData("192.0.2.1", 32, "192.0.2.1/32", "192.0.2.1")]
    [InlineData("255.255.255.255", 0, "0.0.0.0/0", "255.255.255.255")]
    [InlineData("2001:db8:1:2:3:4:5:6%9", 64, "2001:db8:1:2::/64", "2001:db8:1:2:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8:1:2:ffff::", 65, "2001:db8:1:2:8000::/65", "2001:db8:1:2:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8:1:3::", 63, "2001:db8:1:2::/63", "2001:db8:1:3:ffff:ffff:ffff:ffff")]
    [InlineData("::1", 128, "::1/128", "::1")]
    [InlineData("::ffff", 127, "::fffe/127", "::ffff")]
    public void Create_AnyAddress_ClearsHostBitsAndScope(string address, int length, string expected, string last)
    {
        NetPrefix prefix = NetPrefix.Create(NetAddress.Parse(address), length);
        Assert.Equal(expected, prefix.ToString());
        Assert.Equal(last, prefix.LastAddress.ToString());
        Assert.True(prefix.Contains(NetAddress.Parse(address)));
        Assert.True(prefix.Contains(prefix.Address));
        Assert.True(prefix.Contains(prefix.LastAddress));
    }

    [Fact]
    public void Create_BadParts_Throws()
    {
        Assert.Throws<ArgumentException>(() => NetPrefix.Create(default, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NetPrefix.Create(NetAddress.AnyIPv4, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NetPrefix.Create(NetAddress.AnyIPv4, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => NetPrefix.Create(NetAddress.AnyIPv6, 129));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", true)]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.1", false)]
    [InlineData("fe80::/10", "fe80::1%4", true)]
    [InlineData("fe80::/10", "fec0::1", false)]
    [InlineData("2001:db8::/32", "2001:db9::", false)]
    [InlineData("::/127", "::1", true)]
    [InlineData("::/127", "::2", false)]
    public void Contains_AnAddress_ComparesTheLeadingBits(string prefix, string address, bool expected)
        => Assert.Equal(expected, NetPrefix.Parse(prefix).Contains(NetAddress.Parse(address)));

    [Fact]
    public void Contains_EveryLength_AgreesWithTheFramework()
    {
        foreach (string text in new[] { "203.0.113.77", "2001:db8:1234:5678:9abc:def0:1234:5678" })
        {
            NetAddress address = NetAddress.Parse(text);
            for (int length = 0; length <= address.BitCount; length++)
            {
                NetPrefix prefix = NetPrefix.Create(address, length);
                IPNetwork framework = new(prefix.Address.ToIPAddress(), length);
                Assert.Equal(prefix, NetPrefix.Parse(framework.ToString()));
                for (int bit = 0; bit < address.BitCount; bit++)
                {
                    byte[] bytes = address.ToIPAddress().GetAddressBytes();
                    bytes[bit / 8] ^= (byte)(0x80 >> bit % 8);
                    NetAddress other = NetAddress.FromBytes(bytes);
                    Assert.Equal(bit >= length, prefix.Contains(other));
                    Assert.Equal(framework.Contains(other.ToIPAddress()), prefix.Contains(other));
                }
            }
        }
    }

    [Fact]
    public void Order_MixedPrefixes_IsAddressThenLength()
    {
        NetPrefix[] ordered =
        [
            default, NetPrefix.DefaultIPv4, NetPrefix.Parse("0.0.0.0/8"), NetPrefix.Parse("10.0.0.0/8"), NetPrefix.Parse("10.0.0.0/16"),
            NetPrefix.DefaultIPv6, NetPrefix.Parse("::/128"), NetPrefix.Parse("fe80::/10"),
        ];
        for (int i = 0; i < ordered.Length; i++)
        {
            for (int j = 0; j < ordered.Length; j++)
            {
                (NetPrefix left, NetPrefix right) = (ordered[i], ordered[j]);
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
}
