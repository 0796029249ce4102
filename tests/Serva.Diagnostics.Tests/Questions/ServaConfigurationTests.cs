using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

/// <summary>Configurations of Serva as users published them.</summary>
public sealed class ServaConfigurationTests
{
    private const string Published = """
        [SERVA]
        SERVA_Services=389
        SERVA_UseEventLog=1
        [TFTP]
        TFTP_Port=69
        TFTP_LocalIP=
        TFTP_LowestUDPPort=0
        TFTP_MulticastPort=1758
        [FTP]
        FTP_Port=2121
        FTP_LowestDataPort=100
        FTP_HighestDataPort=999
        [HTTP]
        HTTP_Port=8080
        HTTP_LocalIP=192.168.1.10
        """;

    [Fact]
    public void Parse_Published_HasItsPortsAndAddresses()
    {
        ServaConfiguration configuration = ServaConfiguration.Parse(Published);

        Assert.Empty(configuration.Problems);
        Assert.Equal(
            ["tcp/192.168.1.10:8080", "tcp/0.0.0.0:2121", "udp/0.0.0.0:69", "udp/0.0.0.0:67", "udp/0.0.0.0:4011", "udp/0.0.0.0:53", "tcp/0.0.0.0:53", "udp/0.0.0.0:123", "udp/0.0.0.0:514"],
            configuration.Profile.Services.SelectMany(service => service.Binds).Select(bind => bind.ToString()));
        Assert.Equal(ServiceProfile.Serva.Services.Select(service => service.Name), configuration.Profile.Services.Select(service => service.Name));
    }

    [Fact]
    public void Parse_Published_HasItsDataPorts()
    {
        ServiceProfile profile = ServaConfiguration.Parse(Published).Profile;

        Assert.Equal(["FTP tcp/100-999", "TFTP udp/0"], profile.Services.Where(service => service.DataPorts is not null).Select(service => $"{service.Name} {service.DataPorts}"));
    }

    [Theory]
    [InlineData("TFTP_LowestUDPPort=50000\nTFTP_HighestUDPPort=50099", null, "udp/50000-50099")]
    [InlineData("tftp_lowestudpport = 50000\ntftp_highestudpport = 50000", null, "udp/50000")]
    [InlineData("TFTP_LowestUDPPort=0\nTFTP_HighestUDPPort=0", null, "udp/0")]
    [InlineData("TFTP_LowestUDPPort=\nTFTP_HighestUDPPort=", null, "udp/0")]
    [InlineData("TFTP_LowestUDPPort=900\nTFTP_HighestUDPPort=100", "line 1: TFTP_LowestUDPPort=900 is above TFTP_HighestUDPPort=100 (line 2)", "udp/0")]
    [InlineData("TFTP_HighestUDPPort=100", "line 1: TFTP_HighestUDPPort=100 is no range of ports without TFTP_LowestUDPPort", "udp/0")]
    [InlineData("TFTP_LowestUDPPort=100\nTFTP_HighestUDPPort=0", "line 1: TFTP_LowestUDPPort=100 is no range of ports without TFTP_HighestUDPPort", "udp/0")]
    [InlineData("TFTP_LowestUDPPort=70000", "line 1: TFTP_LowestUDPPort=70000 is no port", "udp/0")]
    public void Parse_DataPorts_AreReadOrNamedWithTheirLine(string text, string? problem, string tftp)
    {
        ServaConfiguration configuration = ServaConfiguration.Parse(text);

        Assert.Equal(problem is null ? [] : [problem], configuration.Problems);
        Assert.Equal(tftp, configuration.Profile.Services.Single(service => service.Name == "TFTP").DataPorts?.ToString());
    }

    [Fact]
    public void Parse_KeysThatNothingUnderstands_AreKeptInOrder() => Assert.Equal(
        [KeyValuePair.Create("SERVA_Services", "389"), KeyValuePair.Create("Odd", "a=b"), KeyValuePair.Create("tftp_port", "6969")],
        ServaConfiguration.Parse("SERVA_Services = 389\r\nOdd=a=b\r\n; comment=1\r\ntftp_port=6969\r\n").Keys);

    [Theory]
    [InlineData("[TFTP]\nTFTP_Port=abc", "line 2: TFTP_Port=abc is no port", "udp/0.0.0.0:69")]
    [InlineData("TFTP_Port=0", "line 1: TFTP_Port=0 is no port", "udp/0.0.0.0:69")]
    [InlineData("TFTP_Port=70000", "line 1: TFTP_Port=70000 is no port", "udp/0.0.0.0:69")]
    [InlineData("\n\nTFTP_LocalIP=here", "line 3: TFTP_LocalIP=here is no address", "udp/0.0.0.0:69")]
    public void Parse_WhatMakesNoSense_IsNamedWithItsLine(string text, string problem, string tftp)
    {
        ServaConfiguration configuration = ServaConfiguration.Parse(text);

        Assert.Equal([problem], configuration.Problems);
        Assert.Equal(tftp, configuration.Profile.Services.Single(service => service.Name == "TFTP").Binds[0].ToString());
    }

    [Fact]
    public void Parse_DhcpAddress_IsThatOfPxeToo()
    {
        ServaConfiguration configuration = ServaConfiguration.Parse("DHCP_LocalIP=10.0.0.5");

        Assert.Equal(["udp/10.0.0.5:67", "udp/10.0.0.5:4011"], configuration.Profile.Services.Skip(3).Take(2).Select(service => service.Binds[0].ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("just words\nin lines")]
    [InlineData("{\"name\":\"lab\"}")]
    public void Parse_NoConfiguration_Throws(string text) => Assert.Throws<FormatException>(() => ServaConfiguration.Parse(text));

    [Fact]
    public void Parse_TooMuch_Throws()
    {
        Assert.Throws<FormatException>(() => ServaConfiguration.Parse(new string('a', (1 << 20) + 1)));
        Assert.Throws<FormatException>(() => ServaConfiguration.Parse(string.Concat(Enumerable.Range(0, 5000).Select(i => $"k{i}=1\n"))));
    }
}
