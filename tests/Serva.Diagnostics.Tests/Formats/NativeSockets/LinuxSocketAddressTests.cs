using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.NativeSockets;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.NativeSockets;

public class LinuxSocketAddressTests
{
    // Written down from the struct layouts of include/uapi/linux/in.h and in6.h.
    [Theory]
    [InlineData("192.168.1.5:69", true, "02000045c0a801050000000000000000")]
    [InlineData("192.168.1.5:69", false, "00020045c0a801050000000000000000")]
    [InlineData("[2001:db8::1]:8080", true, "0a001f900000000020010db800000000000000000000000100000000")]
    [InlineData("[fe80::1%3]:53", true, "0a00003500000000fe80000000000000000000000000000103000000")]
    [InlineData("[fe80::1%3]:53", false, "000a003500000000fe80000000000000000000000000000100000003")]
    [InlineData("[::ffff:10.0.0.1]:1", true, "0a0000010000000000000000000000000000ffff0a00000100000000")]
    public void Write_Endpoint_KernelsBytes(string endpoint, bool isLittleEndian, string bytes)
    {
        var buffer = new byte[LinuxSocketAddress.MaxLength];
        Array.Fill(buffer, (byte)0xcc);

        int length = LinuxSocketAddress.Write(NetEndpoint.Parse(endpoint), buffer, isLittleEndian);

        Assert.Equal(bytes, Convert.ToHexStringLower(buffer.AsSpan(0, length)));
    }
}
