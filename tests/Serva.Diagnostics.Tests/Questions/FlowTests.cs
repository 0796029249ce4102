using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class FlowTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("  192.0.2.1   from 10.0.0.5 ", "192.0.2.1 from 10.0.0.5")]
    [InlineData("192.0.2.1 dev eth1 mark 0x64 dsfield 0x10", "192.0.2.1 oif eth1 mark 100 tos 16")]
    [InlineData("2001:db8::1 iif eth0 uid 0 ipproto tcp sport 1 dport 65535", "2001:db8::1 iif eth0 uid 0 ipproto 6 sport 1 dport 65535")]
    [InlineData("fe80::1%3 from fe80::2%3", "fe80::1%3 from fe80::2%3")]
    public void Parse_EveryWord_WritesItselfBack(string text, string expected)
    {
        Flow flow = Flow.Parse(text);

        Assert.Equal(expected, flow.ToString());
        Assert.Equal(flow, Flow.Parse(flow.ToString()));
    }

    [Theory]
    [InlineData("", "a destination is expected", 0)]
    [InlineData("10.0.0.256", "'10.0.0.256' is no address: octet is above 255", 0)]
    [InlineData("10.0.0.1 from", "'from' needs a value", 9)]
    [InlineData("10.0.0.1 frm 1", "'frm' is unknown", 9)]
    [InlineData("10.0.0.1 from x", "'x' is no address", 14)]
    [InlineData("10.0.0.1 mark 4294967296", "is no number from 0 to 4294967295", 14)]
    [InlineData("10.0.0.1 tos 256", "is no number from 0 to 255", 13)]
    [InlineData("10.0.0.1 dport 0x10000", "is no number from 0 to 65535", 15)]
    [InlineData("10.0.0.1 from ::1", "different families", 0)]
    [InlineData("fe80::1%eth7", "no interface is called 'eth7'", 0)]
    public void TryParse_Wrong_SaysWhatAndWhere(string text, string expected, int place)
    {
        Assert.False(Flow.TryParse(text, Hosts.Linux([]), out Flow? flow, out string? error, out int position));

        Assert.Null(flow);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(place, position);
        if (text.Length > 0)
            Assert.Contains($"at position {place + 1}", Assert.Throws<FormatException>(() => Flow.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_NameOfAnInterfaceAsZone_IsItsIndex()
    {
        HostSnapshot host = Hosts.Linux([]) with
        {
            Interfaces = Table.Complete([new InterfaceRow { Index = 7, Name = "eth7", Status = System.Net.NetworkInformation.OperationalStatus.Up, Type = System.Net.NetworkInformation.NetworkInterfaceType.Ethernet }], "test"),
        };

        Assert.True(Flow.TryParse("fe80::1%eth7", host, out Flow? flow, out _, out _));
        Assert.Equal(NetAddress.Parse("fe80::1%7"), flow.Destination);
    }
}
