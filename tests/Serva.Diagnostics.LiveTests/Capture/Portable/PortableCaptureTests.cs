using System;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Portable;

/// <summary>What macOS and the BSDs get; it runs anywhere.</summary>
[Trait("System", "Any")]
[Trait("Privilege", "Any")]
public sealed class PortableCaptureTests
{
    private static HostSnapshot Capture(CaptureScope scope) =>
        PortableCapture.Capture(scope, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);

    [Fact]
    public void Capture_OwnSockets_AreThereWithoutOwners()
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        tcp.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(tcp.LocalEndPoint!);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Table<SocketRow> rows = Capture(new CaptureScope { Tables = SnapshotTables.Sockets }).Sockets;

        Assert.Equal(Coverage.Partial, rows.Coverage);
        Assert.Contains(rows.Gaps, gap => gap.Part == "owners");
        Assert.All(rows, row => Assert.Equal(OwnerGap.NotSupported, row.OwnerMissingBecause));
        SocketRow listener = rows.First(row => row.Local == Endpoint(tcp) && row.State == TcpState.Listen);
        Assert.Null(listener.Remote);
        // The framework reads a text that is not made at one moment: beside busy tests a row may stand there twice.
        SocketRow[] connected = [.. rows.Where(row => row.Protocol == TransportProtocol.Tcp && row.Local == Endpoint(client))];
        Assert.NotEmpty(connected);
        Assert.All(connected, row => Assert.Equal(Endpoint(tcp), row.Remote));
        SocketRow[] datagram = [.. rows.Where(row => row.Protocol == TransportProtocol.Udp && row.Local == Endpoint(udp))];
        Assert.NotEmpty(datagram);
        Assert.All(datagram, row => Assert.True(row.IsListening));
    }

    [Fact]
    public void Capture_NoTimeForInterfaces_AddressesAreUnavailableToo()
    {
        HostSnapshot host = Capture(new CaptureScope { Tables = SnapshotTables.Interfaces | SnapshotTables.Addresses, SourceDeadline = TimeSpan.Zero });

        Assert.Equal((Coverage.Unavailable, Coverage.Unavailable), (host.Interfaces.Coverage, host.Addresses.Coverage));
        Assert.Contains(host.Addresses.Gaps, gap => gap.Part == "interfaces");
    }

    [Fact]
    public void Capture_InterfacesAndAddresses_HoldLoopback()
    {
        HostSnapshot host = Capture(CaptureScope.All);

        InterfaceRow loopback = host.Interfaces.First(row => row.Type == NetworkInterfaceType.Loopback);
        Assert.Contains(host.Addresses, row => row.Interface == loopback.Index && row.Address == NetAddress.LoopbackIPv4);
        Assert.Equal((Coverage.Partial, Coverage.Partial), (host.Interfaces.Coverage, host.Addresses.Coverage));
        Assert.Equal(
            (Coverage.Unavailable, Coverage.Unavailable, Coverage.Unavailable, Coverage.Unavailable),
            (host.Routes.Coverage, host.Settings.Coverage, host.PortRanges.Coverage, host.Processes.Coverage));
        Assert.Equal(Coverage.NotRequested, host.Services.Coverage);
        Assert.Equal(OperatingSystem.IsLinux(), host.Platform.Family == PlatformFamily.Linux);
    }

    [Fact]
    public void Capture_FilterAndNoTables_AreKept()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        HostSnapshot host = Capture(
            new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = SocketQuery.Listening(Endpoint(udp).Port) with { Protocol = TransportProtocol.Udp } });

        Assert.Equal(Endpoint(udp), Assert.Single(host.Sockets).Local);
        Assert.Equal(Endpoint(udp).Port, host.Sockets.Filter!.FirstPort);
        Assert.Equal(Coverage.NotRequested, host.Interfaces.Coverage);
    }

    private static NetEndpoint Endpoint(Socket socket) => NetEndpoint.FromIPEndPoint((IPEndPoint)socket.LocalEndPoint!);
}
