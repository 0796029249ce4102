using System;
using System.IO;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class BindRequestTextTests
{
    private static readonly HostSnapshot s_host = Hosts.Linux([]);

    [Theory]
    [InlineData("tcp/[fe80::1%lsb0]:80", "tcp/[fe80::1%2]:80")]
    [InlineData("udp/[fe80::1%4]:80 --reuse-address", "udp/[fe80::1%4]:80 --reuse-address")]
    [InlineData("tcp/80", "tcp/0.0.0.0:80")]
    [InlineData("tcp/*:80", "tcp/[::]:80 --dual-mode")]
    [InlineData("udp/*:0", "udp/[::]:0 --dual-mode")]
    public void TryParse_WithAHost_ZonesMayBeNames(string text, string expected)
    {
        Assert.True(BindRequest.TryParse(text, s_host, out BindRequest? request, out string? error, out _), error);
        Assert.Equal(expected, request.ToString());
        Assert.Equal(request, BindRequest.Parse(expected));
    }

    [Theory]
    [InlineData("tcp/[fe80::1%nope]:80", "'nope' is no interface of the host; there are lo, lsb0", 13)]
    [InlineData("tcp/[fe80::1%LO]:80", "'LO' is no interface of the host; there are lo, lsb0", 13)]
    [InlineData("tcp/[fe80::1%lo]:65536", "port is above 65535", 16)]
    [InlineData("tcp/*:65536", "unexpected character", 4)]
    [InlineData("tcp/*", "unexpected character", 4)]
    [InlineData("tcp/*:", "unexpected character", 4)]
    public void TryParse_WithAHost_WrongOnesNamed(string text, string expected, int at)
    {
        Assert.False(BindRequest.TryParse(text, s_host, out _, out string? error, out int position));
        Assert.Equal((expected, at), (error, position));
    }

    [Fact]
    public void TryParse_WithoutHost_ZoneNameRefusedWithItsPlace()
    {
        Assert.False(BindRequest.TryParse("tcp/[fe80::1%eth0]:80", out _, out string? error, out int position));
        Assert.Equal(("the zone 'eth0' is a name; only the number of an interface can be read here", 13), (error, position));
    }

    [Fact]
    public void Parse_Wrong_OnePositionCountedFromOne()
    {
        FormatException error = Assert.Throws<FormatException>(() => BindRequest.Parse("tcp/1.2.3.256:80"));

        Assert.Equal("octet is above 255 (at position 11 of 'tcp/1.2.3.256:80')", error.Message);
    }

    [Fact]
    public void Profile_WithAHost_ZonesMayBeNames()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("""{"name":"lab","services":[{"name":"web","endpoints":["tcp/[fe80::1%lsb0]:80"]}]}"""));

        Assert.Equal("tcp/[fe80::1%2]:80", ServiceProfile.FromJson(stream, s_host).Services[0].Binds[0].ToString());
    }
}
