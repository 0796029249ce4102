using System;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class DataPortPoolTests
{
    [Theory]
    [InlineData("udp/50000-50099", "udp/50000-50099", 100)]
    [InlineData(" TCP/ 100 - 999 ", "tcp/100-999", 900)]
    [InlineData("tcp/2121", "tcp/2121", 1)]
    [InlineData("tcp/2121-2121", "tcp/2121", 1)]
    [InlineData("udp/1-65535", "udp/1-65535", 65535)]
    [InlineData("udp/0", "udp/0", 0)]
    public void TryParse_Ports_WrittenBackTheSame(string text, string written, int count)
    {
        Assert.True(DataPortPool.TryParse(text, out DataPortPool? pool, out string? error), error);

        Assert.Equal((written, count), (pool.ToString(), pool.Count));
        Assert.True(DataPortPool.TryParse(pool.ToString(), out DataPortPool? again, out _));
        Assert.Equal(pool, again);
    }

    [Theory]
    [InlineData(null, "are written")]
    [InlineData("", "are written")]
    [InlineData("50000-50099", "are written")]
    [InlineData("sctp/1-2", "of tcp or udp")]
    [InlineData("udp/999-100", "end before they begin: 999-100")]
    [InlineData("udp/0-100", "0 stands for automatic ports")]
    [InlineData("udp/0-0", "0 stands for automatic ports")]
    [InlineData("udp/1-65536", "from 1 to 65535")]
    [InlineData("udp/99999999999", "from 1 to 65535")]
    [InlineData("udp/-5", "from 1 to 65535")]
    [InlineData("udp/5-", "from 1 to 65535")]
    [InlineData("udp/1-2-3", "from 1 to 65535")]
    [InlineData("udp/", "from 1 to 65535")]
    public void TryParse_NoPorts_SaysWhy(string? text, string problem)
    {
        Assert.False(DataPortPool.TryParse(text, out _, out string? error));

        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportProtocol.Raw, 1, 2)]
    [InlineData(TransportProtocol.Udp, 0, 2)]
    [InlineData(TransportProtocol.Udp, 3, 2)]
    [InlineData(TransportProtocol.Udp, 1, 65536)]
    public void Create_NoPool_Throws(TransportProtocol protocol, int first, int last) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DataPortPool.Create(protocol, first, last));

    [Fact]
    public void Contains_Ports_BothEndsAndNoAutomaticOnes()
    {
        var pool = DataPortPool.Create(TransportProtocol.Tcp, 100, 999);

        Assert.Equal((true, true, false, false), (pool.Contains(100), pool.Contains(999), pool.Contains(99), pool.Contains(1000)));
        Assert.False(DataPortPool.Automatic(TransportProtocol.Udp).Contains(0));
    }
}
