using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

/// <summary>Reading a bind from a socket, which happens in a catch block.</summary>
public sealed class BindRequestFromTests
{
    private static readonly IPEndPoint s_endPoint = new(IPAddress.IPv6Any, 69);

    [Fact]
    public void From_DisposedSocket_CountsAsNothingSet()
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        socket.Dispose();

        Assert.Equal(BindRequest.Parse("udp/[::]:69"), BindRequest.From(socket, s_endPoint));
    }

    [Fact]
    public void From_SocketBoundToADevice_NamesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SO_BINDTODEVICE is Linux's");
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        Assert.Null(BindRequest.From(socket, s_endPoint).Device);
        // SOL_SOCKET, SO_BINDTODEVICE: free for all since Linux 5.7, as long as no other device is set.
        socket.SetRawSocketOption(1, 25, Encoding.ASCII.GetBytes("lo\0"));

        Assert.Equal("lo", BindRequest.From(socket, s_endPoint).Device);
    }
}
