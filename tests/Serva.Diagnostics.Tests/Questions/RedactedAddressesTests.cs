using System;
using System.Numerics;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class RedactedAddressesTests
{
    private static readonly byte[] s_key = "a key for tests, not for secrets"u8.ToArray();

    [Fact]
    public void Map_TwoAddressesOfAFamily_ShareAsManyBitsAsBefore()
    {
        var random = new Random(7);
        using var addresses = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());
        for (int i = 0; i < 20_000; i++)
        {
            // Neighbours of every distance, in and around the well-known blocks.
            UInt128 first = new((ulong)random.NextInt64(), (ulong)random.NextInt64());
            UInt128 second = first ^ (UInt128.One << random.Next(128));
            bool isIPv4 = i % 2 == 0;
            NetAddress a = Address(first, isIPv4), b = Address(second, isIPv4);

            NetAddress mappedA = addresses.Map(a), mappedB = addresses.Map(b);

            Assert.Equal(a.Family, mappedA.Family);
            Assert.True(
                CommonBits(a, b) == CommonBits(mappedA, mappedB),
                $"{a} and {b} share {CommonBits(a, b)} bits, {mappedA} and {mappedB} share {CommonBits(mappedA, mappedB)}");
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.53")]
    [InlineData("169.254.169.254")]
    [InlineData("192.0.2.77")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.200")]
    [InlineData("224.0.0.251")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("2001:db8:1::5")]
    [InlineData("ff02::1:2")]
    public void Map_WellKnownAddress_StaysTheSame(string text)
    {
        using var addresses = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());

        Assert.Equal(NetAddress.Parse(text), addresses.Map(NetAddress.Parse(text)));
    }

    [Theory]
    [InlineData("10.1.2.3", "10.0.0.0/8")]
    [InlineData("172.20.1.1", "172.16.0.0/12")]
    [InlineData("192.168.1.5", "192.168.0.0/16")]
    [InlineData("100.64.9.9", "100.64.0.0/10")]
    [InlineData("fd12:3456:789a::1", "fd00::/8")]
    [InlineData("fe80::a00:27ff:fe4e:66a1", "fe80::/64")]
    [InlineData("::ffff:10.1.2.3", "::ffff:10.0.0.0/104")]
    [InlineData("64:ff9b::10.1.2.3", "64:ff9b::a00:0/104")]
    [InlineData("2a01:4f8::1", "2000::/3")]
    public void Map_AddressOfABlock_AnotherOneOfTheBlock(string text, string block)
    {
        using var addresses = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());

        NetAddress mapped = addresses.Map(NetAddress.Parse(text));

        Assert.NotEqual(NetAddress.Parse(text), mapped);
        Assert.True(NetPrefix.Parse(block).Contains(mapped), $"{mapped} is outside {block}");
    }

    [Fact]
    public void Map_AnyOtherAddress_NeverBecomesAWellKnownOne()
    {
        var values = new AnyValue(3);
        for (int key = 0; key < 20; key++)
        {
            using var addresses = new RedactedAddresses(BitConverter.GetBytes(key), Table.NotRequested<AddressRow>());
            for (int i = 0; i < 1000; i++)
            {
                NetAddress address = values.Address();
                NetAddress mapped = addresses.Map(address);
                Assert.True(Kinds(address) == Kinds(mapped), $"{address} became {mapped}");
            }
        }

        static (bool, bool, bool, bool, bool, bool, bool, bool, bool) Kinds(NetAddress a) => (
            a.IsUnspecified, a.IsLoopback, a.IsLinkLocal, a.IsMulticast, a.IsBroadcast, a.IsPrivate, a.IsUniqueLocal, a.IsDocumentation, a.IsIPv4Mapped);
    }

    [Fact]
    public void Map_MappedAndScopedAddresses_FollowThePlainOnes()
    {
        using var addresses = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());
        NetAddress plain = NetAddress.Parse("10.1.2.3"), local = NetAddress.Parse("fe80::5");

        Assert.Equal(addresses.Map(plain).MapToIPv6(), addresses.Map(plain.MapToIPv6()));
        Assert.Equal(addresses.Map(local).WithScope(4), addresses.Map(local.WithScope(4)));
    }

    [Fact]
    public void Map_EdgesOfTheHostsSubnets_StayEdges()
    {
        AddressRow row = new() { Interface = 2, Address = NetAddress.Parse("10.1.2.77"), PrefixLength = 24, State = AddressState.Preferred };
        using var addresses = new RedactedAddresses(s_key, Table.Complete([row], "test"));

        NetPrefix subnet = addresses.Map(NetPrefix.Parse("10.1.2.0/24"));

        Assert.NotEqual(NetPrefix.Parse("10.1.2.0/24"), subnet);
        Assert.Equal(subnet.Address, addresses.Map(NetAddress.Parse("10.1.2.0")));
        Assert.Equal(subnet.LastAddress, addresses.Map(NetAddress.Parse("10.1.2.255")));
        Assert.True(subnet.Contains(addresses.Map(row.Address)));
    }

    [Fact]
    public void Map_SameKey_SameAddress()
    {
        using var one = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());
        using var two = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());
        using var other = new RedactedAddresses("another key that is long enough"u8, Table.NotRequested<AddressRow>());
        NetAddress address = NetAddress.Parse("2a01:4f8:1:2:3:4:5:6");

        Assert.Equal(one.Map(address), two.Map(address));
        Assert.NotEqual(one.Map(address), other.Map(address));
    }

    private static NetAddress Address(UInt128 bits, bool isIPv4) =>
        isIPv4 ? NetAddress.FromIPv4((uint)(bits >> 96)) : NetAddress.FromIPv6((ulong)(bits >> 64), (ulong)bits);

    private static int CommonBits(NetAddress left, NetAddress right)
    {
        Span<byte> a = stackalloc byte[16];
        Span<byte> b = stackalloc byte[16];
        left.TryWriteBytes(a, out int length);
        right.TryWriteBytes(b, out _);
        for (int i = 0; i < length; i++)
        {
            if (a[i] != b[i])
                return i * 8 + BitOperations.LeadingZeroCount((uint)(a[i] ^ b[i])) - 24;
        }

        return length * 8;
    }
}
