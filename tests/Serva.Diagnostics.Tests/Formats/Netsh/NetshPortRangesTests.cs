using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.Netsh;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Netsh;

/// <summary>Texts typed anew after the shapes of real answers in several languages and code pages.</summary>
public sealed class NetshPortRangesTests
{
    private static readonly NetshPortTable Excluded = new(PortRangeKind.Excluded, TransportProtocol.Tcp, false);
    private static readonly NetshPortTable Dynamic = new(PortRangeKind.Dynamic, TransportProtocol.Udp, true);

    private const string English =
        "\r\nProtocol tcp Port Exclusion Ranges\r\n\r\nStart Port    End Port      \r\n----------    --------      \r\n"
        + "      5357        5357      \r\n     49700       49799      \r\n     50000       50059     *\r\n     50060       50159      \r\n"
        + "\r\n* - Administered port exclusions.\r\n\r\n";

    [Theory]
    [InlineData("English", English)]
    [InlineData("no carriage returns", "Protocol tcp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n      5357        5357\n     49700       49799\n     50000       50059     *\n     50060       50159\n\n* - Administered port exclusions.\n")]
    [InlineData("German", "Protokoll tcp-Portausschlussbereiche\r\n\r\nStartport    Endport\r\n----------    --------\r\n      5357        5357\r\n     49700       49799\r\n     50000       50059     *\r\n     50060       50159\r\n\r\n* - Verwaltete Portausschl\u00fcsse.\r\n")]
    [InlineData("French", "Plages d\u2019exclusion du port du protocole tcp\r\n\r\nPort de d\u00e9but    Port de fin\r\n----------    --------\r\n      5357        5357\r\n     49700       49799\r\n     50000       50059     *\r\n     50060       50159\r\n\r\n* - Exclusions de ports administr\u00e9es.\r\n")]
    [InlineData("Chinese", "\u534f\u8bae tcp \u7aef\u53e3\u6392\u9664\u8303\u56f4\r\n\r\n\u5f00\u59cb\u7aef\u53e3    \u7ed3\u675f\u7aef\u53e3\r\n----------    --------\r\n      5357        5357\r\n     49700       49799\r\n     50000       50059     *\r\n     50060       50159\r\n\r\n* - \u7ba1\u7406\u7684\u7aef\u53e3\u6392\u9664\u3002\r\n")]
    public void Parse_ExcludedRanges_AreReadInEveryLanguage(string language, string text)
    {
        Assert.NotEmpty(language);
        var rows = new List<PortRangeRow>();

        Assert.Null(NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), Excluded, rows));

        Assert.Equal([(5357, 5357, false), (49700, 49799, false), (50000, 50059, true), (50060, 50159, false)],
            rows.Select(row => (row.First, row.Last, row.IsAdministered)));
        Assert.All(rows, row => Assert.Equal((PortRangeKind.Excluded, TransportProtocol.Tcp, false), (row.Kind, row.Protocol, row.IsIPv6)));
    }

    [Fact]
    public void Parse_ExcludedRangesNone_IsEmptyAndNoFault()
    {
        var rows = new List<PortRangeRow>();

        Assert.Null(NetshPortRanges.Parse("Protocol udp Port Exclusion Ranges\r\n\r\nStart Port    End Port\r\n----------    --------\r\n\r\n* - Administered port exclusions.\r\n"u8, Excluded, rows));
        Assert.Empty(rows);
    }

    [Theory]
    [InlineData("\r\nProtocol tcp Dynamic Port Range\r\n---------------------------------\r\nStart Port      : 49152\r\nNumber of Ports : 16384\r\n\r\n", 49152, 65535)]
    [InlineData("Plage de ports dynamique du protocole tcp\r\n---------------------------------\r\nPort de d\u00e9marrage   : 1025\r\nNombre de ports     : 3976\r\n", 1025, 5000)]
    [InlineData("\u534f\u8bae tcp \u52a8\u6001\u7aef\u53e3\u8303\u56f4\n---------------------------------\n\u542f\u52a8\u7aef\u53e3\uff1a1024\n\u7aef\u53e3\u6570\uff1a64511\n", 1024, 65534)]
    public void Parse_DynamicRange_IsReadInEveryLanguage(string text, int first, int last)
    {
        var rows = new List<PortRangeRow>();

        Assert.Null(NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), Dynamic, rows));

        PortRangeRow row = Assert.Single(rows);
        Assert.Equal((first, last), (row.First, row.Last));
        Assert.Equal((PortRangeKind.Dynamic, TransportProtocol.Udp, true), (row.Kind, row.Protocol, row.IsIPv6));
    }

    [Fact]
    public void Parse_DoubleByteCodePage_ReadsTheDigits()
    {
        // The Chinese title in code page 936.
        byte[] title = [0xd0, 0xad, 0xd2, 0xe9, 0x20, 0x74, 0x63, 0x70, 0x20, 0xb6, 0xcb, 0xbf, 0xda, 0x0d, 0x0a];
        var rows = new List<PortRangeRow>();

        Assert.Null(NetshPortRanges.Parse([.. title, .. "----------    --------\r\n      5357        5357\r\n"u8], Excluded, rows));
        Assert.Equal(5357, Assert.Single(rows).First);
    }

    [Theory]
    [InlineData("")]
    [InlineData("The following command was not found: interface ipv4 show excludedportrange.\r\n")]
    [InlineData("Protocol tcp Port Exclusion Ranges\r\n 80 90\r\n")]
    public void Parse_NoTable_IsAFaultAndNotAnEmptyTable(string text)
    {
        var rows = new List<PortRangeRow>();

        Assert.Equal("no table in netsh's answer", NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), Excluded, rows));
        Assert.Equal("no table in netsh's answer", NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), Dynamic, rows));
        Assert.Empty(rows);
    }

    [Theory]
    [InlineData("-----\n 10 20\n 65530 65536\n 30 40\n", "line 3 of netsh's answer: 65530 to 65536 is no range")]
    [InlineData("-----\n 10 20\n 9 8\n", "line 3 of netsh's answer: 9 to 8 is no range")]
    public void Parse_ImpossibleRange_KeepsTheRowsBeforeIt(string text, string expected)
    {
        var rows = new List<PortRangeRow>();

        Assert.Equal(expected, NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), Excluded, rows));
        Assert.Equal(10, Assert.Single(rows).First);
    }

    [Theory]
    [InlineData("-----\nStart Port : 49152\n")]
    [InlineData("-----\nStart Port : 49152\nNumber of Ports : 16385\n")]
    [InlineData("-----\nStart Port : 49152\nNumber of Ports : 0\n")]
    public void Parse_DynamicRangeThatIsNone_IsAFault(string text)
    {
        var rows = new List<PortRangeRow>();

        Assert.NotNull(NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), Dynamic, rows));
        Assert.Empty(rows);
    }

    [Fact]
    public void Parse_RandomDamage_NeverThrowsAndEveryRangeIsOne()
    {
        var random = new Random(5357);
        byte[] original = Encoding.UTF8.GetBytes(English);
        for (int i = 0; i < 200_000; i++)
        {
            byte[] text = original[..random.Next(original.Length + 1)];
            for (int j = random.Next(8); j > 0 && text.Length > 0; j--)
                text[random.Next(text.Length)] = (byte)random.Next(256);
            var rows = new List<PortRangeRow>();

            NetshPortRanges.Parse(text, random.Next(2) == 0 ? Excluded : Dynamic, rows);

            Assert.All(rows, row => Assert.True(row.First >= 0 && row.First <= row.Last && row.Last <= 65535));
        }
    }
}
