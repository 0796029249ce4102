using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Snapshots;

public sealed class ListenerChoiceTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1:80", "0.0.0.0:80", "127.0.0.1:80")]
    [InlineData("127.0.0.1:80", "0.0.0.0:80", "[::]:80", "0.0.0.0:80")]
    [InlineData("127.0.0.1:80", "[::]:80", "127.0.0.2:80", "127.0.0.1:81")]
    [InlineData("[::1]:80", "[::]:80", "0.0.0.0:80")]
    [InlineData("[::1]:80", null, "0.0.0.0:80", "127.0.0.1:80")]
    [InlineData("[::ffff:127.0.0.1]:80", "127.0.0.1:80", "[::]:80", "127.0.0.1:80")]
    [InlineData("127.0.0.1:80", null)]
    public void For_ListenersOfAPort_TheNarrowestThatFits(string wanted, string? expected, params string[] others)
    {
        SocketRow[] rows = [.. others.Concat(expected is null ? [] : [expected]).Select(Row)];

        SocketRow? chosen = ListenerChoice.For(NetEndpoint.Parse(wanted), Table.Complete(rows, "test"));

        Assert.Equal(expected, chosen?.Local.ToString());
    }

    [Fact]
    public void For_IPv6OnlyWildcard_GetsNoIPv4() =>
        Assert.Null(ListenerChoice.For(NetEndpoint.Parse("127.0.0.1:80"), Table.Complete([Row("[::]:80") with { IPv6Only = true }], "test")));

    private static SocketRow Row(string local) =>
        new() { Protocol = TransportProtocol.Tcp, Local = NetEndpoint.Parse(local), State = TcpState.Listen };
}
