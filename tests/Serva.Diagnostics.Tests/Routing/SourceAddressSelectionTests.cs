using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>The examples of RFC 6724 section 10, and those of glibc and Go that its text leaves open.</summary>
public sealed class SourceAddressSelectionTests
{
    // RFC 6724 section 10.3: IPv4 before IPv6.
    private static readonly AddressPolicy s_ipv4First = new(
        new AddressPolicyRow(NetPrefix.Parse("::1/128"), 50, 0), new AddressPolicyRow(NetPrefix.Parse("::/0"), 40, 1),
        new AddressPolicyRow(NetPrefix.Parse("::ffff:0:0/96"), 100, 4), new AddressPolicyRow(NetPrefix.Parse("2002::/16"), 30, 2));

    /// <summary>Section 10.1. Addresses are told with their roles: <c>d</c> deprecated, <c>c</c> care-of, <c>t</c> temporary.</summary>
    [Theory]
    [InlineData("S1", "2001:db8:1::1", "2001:db8:3::1 fe80::1", "2001:db8:3::1")]
    [InlineData("S2", "ff05::1", "2001:db8:3::1 fe80::1", "2001:db8:3::1")]
    [InlineData("S3", "2001:db8:1::1", "2001:db8:1::1,d 2001:db8:2::1", "2001:db8:1::1")]
    [InlineData("S4", "fe80::1", "fe80::2,d 2001:db8:1::1", "fe80::2")]
    [InlineData("S5", "2001:db8:1::1", "2001:db8:1::2 2001:db8:3::2", "2001:db8:1::2")]
    [InlineData("S6", "2001:db8:1::1", "2001:db8:1::2,c 2001:db8:3::2", "2001:db8:3::2")]
    [InlineData("S7", "2002:c633:6401::1", "2002:c633:6401::d5e3:7953:13eb:22e8,t 2001:db8:1::2", "2002:c633:6401::d5e3:7953:13eb:22e8")]
    [InlineData("S8", "2001:db8:1::d5e3:0:0:1", "2001:db8:1::2 2001:db8:1::d5e3:7953:13eb:22e8,t", "2001:db8:1::d5e3:7953:13eb:22e8")]
    [InlineData("scope, both too small", "2001:db8:1::1", "fec0::1 fe80::1", "fec0::1")]
    [InlineData("scope, multicast of the link", "ff02::1", "2001:db8:3::1 fe80::1", "fe80::1")]
    public void ChooseIPv6_ExamplesOfTheRfc_InAnyOrder(string id, string destination, string candidates, string expected)
    {
        SourceCandidate[] all = [.. candidates.Split(' ').Select(Candidate)];

        foreach (SourceCandidate[] order in (SourceCandidate[][])[all, [.. all.Reverse()]])
        {
            (SourceCandidate source, bool isTie) = SourceAddressSelection.ChooseIPv6(NetAddress.Parse(destination), order, AddressPolicy.Rfc6724)!.Value;
            Assert.Equal((id, NetAddress.Parse(expected), false), (id, source.Address, isTie));
        }
    }

    /// <summary>Section 10.2: the destinations in the order in which they are to be tried, each with its source.</summary>
    [Theory]
    [InlineData("D1", "2001:db8:1::1 198.51.100.121", "2001:db8:1::2 fe80::1 169.254.13.78", "2001:db8:1::1<2001:db8:1::2 198.51.100.121<169.254.13.78")]
    [InlineData("D2", "2001:db8:1::1 198.51.100.121", "fe80::1 198.51.100.117", "198.51.100.121<198.51.100.117 2001:db8:1::1<fe80::1")]
    [InlineData("D3", "2001:db8:1::1 10.1.2.3", "2001:db8:1::2 fe80::1 10.1.2.4", "2001:db8:1::1<2001:db8:1::2 10.1.2.3<10.1.2.4")]
    [InlineData("D4", "2001:db8:1::1 fe80::1", "2001:db8:1::2 fe80::2", "fe80::1<fe80::2 2001:db8:1::1<2001:db8:1::2")]
    [InlineData("D5", "2001:db8:1::1 fe80::1", "2001:db8:1::2,c 2001:db8:3::1 fe80::2,c", "2001:db8:1::1<2001:db8:3::1 fe80::1<fe80::2")]
    [InlineData("D6", "2001:db8:1::1 fe80::1", "2001:db8:1::2 fe80::2,d", "2001:db8:1::1<2001:db8:1::2 fe80::1<fe80::2")]
    [InlineData("D7", "2001:db8:1::1 2001:db8:3ffe::1", "2001:db8:1::2 2001:db8:3f44::2 fe80::2", "2001:db8:1::1<2001:db8:1::2 2001:db8:3ffe::1<2001:db8:3f44::2")]
    [InlineData("D8", "2002:c633:6401::1 2001:db8:1::1", "2002:c633:6401::2 fe80::2", "2002:c633:6401::1<2002:c633:6401::2 2001:db8:1::1<2002:c633:6401::2")]
    [InlineData("D9", "2002:c633:6401::1 2001:db8:1::1", "2002:c633:6401::2 2001:db8:1::2 fe80::2", "2001:db8:1::1<2001:db8:1::2 2002:c633:6401::1<2002:c633:6401::2")]
    [InlineData("X1 Go issue 13283", "54.83.193.112 184.72.238.214 23.23.172.185 75.101.148.21 23.23.134.56 23.21.50.150", "10.2.3.4", "54.83.193.112<10.2.3.4 184.72.238.214<10.2.3.4 23.23.172.185<10.2.3.4 75.101.148.21<10.2.3.4 23.23.134.56<10.2.3.4 23.21.50.150<10.2.3.4")]
    public void Order_ExamplesOfTheRfc_AsTheyStand(string id, string destinations, string sources, string expected) =>
        Assert.Equal((id, expected), (id, Order(destinations, sources, AddressPolicy.Rfc6724)));

    /// <summary>Section 10.3. These three are told from memory in our source; they follow from the rules all the same.</summary>
    [Theory]
    [InlineData("P1", "2001:db8:1::1 10.1.2.3", "2001:db8:1::2 fe80::1 10.1.2.4", "10.1.2.3<10.1.2.4 2001:db8:1::1<2001:db8:1::2")]
    [InlineData("P2", "2001:db8:1::1 198.51.100.121", "2001:db8:1::2 fe80::1 169.254.13.78", "2001:db8:1::1<2001:db8:1::2 198.51.100.121<169.254.13.78")]
    [InlineData("P3", "2001:db8:1::1 198.51.100.121", "fe80::1 198.51.100.117", "198.51.100.121<198.51.100.117 2001:db8:1::1<fe80::1")]
    public void Order_IPv4First_FollowsThePolicy(string id, string destinations, string sources, string expected) =>
        Assert.Equal((id, expected), (id, Order(destinations, sources, s_ipv4First)));

    /// <summary>
    /// The expectations of glibc's nss/tst-rfc3484.c, -2.c and -3.c: within the own subnet the leading bits count, beyond it IPv4
    /// keeps its order, and a source of a smaller scope is second whichever came first.
    /// </summary>
    [Theory]
    [InlineData(
        "tst-rfc3484", "192.168.109.29 192.168.93.3 192.168.44.61 192.168.96.2 192.168.2.243 192.168.8.16 192.168.94.2", "192.168.95.25/8",
        "192.168.94.2<192.168.95.25 192.168.93.3<192.168.95.25 192.168.109.29<192.168.95.25 192.168.96.2<192.168.95.25 192.168.44.61<192.168.95.25 192.168.2.243<192.168.95.25 192.168.8.16<192.168.95.25")]
    [InlineData("tst-rfc3484-2", "224.168.95.25 7d1:1:0:1:0:1:0:1", "192.168.95.25/16 fec0:1234:0:1:0:1:0:1/16", "224.168.95.25<192.168.95.25 7d1:1:0:1:0:1:0:1<fec0:1234:0:1:0:1:0:1")]
    [InlineData("tst-rfc3484-2 in reverse", "7d1:1:0:1:0:1:0:1 224.168.95.25", "192.168.95.25/16 fec0:1234:0:1:0:1:0:1/16", "224.168.95.25<192.168.95.25 7d1:1:0:1:0:1:0:1<fec0:1234:0:1:0:1:0:1")]
    [InlineData(
        "tst-rfc3484-3", "160.168.109.29 160.168.93.3 160.168.44.61 172.22.35.17 10.50.69.114", "10.168.95.25/8",
        "10.50.69.114<10.168.95.25 160.168.109.29<10.168.95.25 160.168.93.3<10.168.95.25 160.168.44.61<10.168.95.25 172.22.35.17<10.168.95.25")]
    [InlineData("own subnet first", "198.51.100.9 192.168.6.6", "192.168.1.3/16", "192.168.6.6<192.168.1.3 198.51.100.9<192.168.1.3")]
    [InlineData("unreachable last", "2001:db8::1 198.51.100.9", "198.51.100.1", "198.51.100.9<198.51.100.1 2001:db8::1<-")]
    public void Order_AsGlibcTests(string id, string destinations, string sources, string expected) =>
        Assert.Equal((id, expected), (id, Order(destinations, sources, AddressPolicy.Rfc3484)));

    [Theory]
    [InlineData("192.168.1.14", "192.168.1.127", 25)]
    [InlineData("192.168.1.68", "192.168.1.127", 26)]
    [InlineData("10.0.0.1", "10.0.0.1", 32)]
    [InlineData("2001:db8::1", "2001:db8::2", 126)]
    [InlineData("2001:db8::1", "2001:db9::1", 31)]
    [InlineData("::1", "::1", 128)]
    [InlineData("10.0.0.1", "::1", 0)]
    public void CommonBits_OfTwoAddresses(string left, string right, int expected) =>
        Assert.Equal(expected, SourceAddressSelection.CommonBits(NetAddress.Parse(left), NetAddress.Parse(right)));

    private static string Order(string destinations, string sources, AddressPolicy policy)
    {
        SourceCandidate[] candidates = [.. sources.Split(' ').Select(Candidate)];
        IEnumerable<(NetAddress Destination, SourceCandidate? Source)> ordered = SourceAddressSelection.Order(
            destinations.Split(' ').Select(text => NetAddress.Parse(text)), destination => SourceOf(destination, candidates, policy), policy);
        return string.Join(' ', ordered.Select(pair => $"{pair.Destination}<{pair.Source?.Address.ToString() ?? "-"}"));
    }

    private static SourceCandidate? SourceOf(NetAddress destination, SourceCandidate[] candidates, AddressPolicy policy)
    {
        IEnumerable<SourceCandidate> family = candidates.Where(candidate => candidate.Address.IsIPv4 == destination.IsIPv4);
        return (destination.IsIPv4 ? SourceAddressSelection.ChooseIPv4(destination, destination, family) : SourceAddressSelection.ChooseIPv6(destination, family, policy))?.Source;
    }

    private static SourceCandidate Candidate(string text)
    {
        string[] words = text.Split(',');
        string[] address = words[0].Split('/');
        NetAddress parsed = NetAddress.Parse(address[0]);
        string roles = words.Length > 1 ? words[1] : "";
        return new SourceCandidate(parsed, address.Length > 1 ? int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture) : parsed.BitCount)
        {
            IsDeprecated = roles.Contains('d', StringComparison.Ordinal),
            IsCareOf = roles.Contains('c', StringComparison.Ordinal),
            IsTemporary = roles.Contains('t', StringComparison.Ordinal),
        };
    }
}
