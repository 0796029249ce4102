using System;
using System.Linq;
using System.Net;
using System.Text;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class EndpointParserTests
{
    [Theory]
    [MemberData(nameof(EndpointVectors.Addresses), MemberType = typeof(EndpointVectors))]
    public void Address_ValidText_ReadsAndWritesBack(string text, string canonical)
    {
        Assert.True(NetAddress.TryParse(text, out NetAddress address, out EndpointError error), error.Message);
        Assert.Equal(default, error);
        Assert.Equal(canonical, address.ToString());
        Assert.Equal(address, NetAddress.Parse(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(address, NetAddress.Parse(canonical));
        Assert.True(ReferenceParser.TryAddress(text, out NetAddress expected));
        Assert.Equal(expected, address);
        Assert.Equal(NetAddress.FromIPAddress(IPAddress.Parse(text)), address);
        AssertFormats(canonical, address);
    }

    [Theory]
    [MemberData(nameof(EndpointVectors.WrongAddresses), MemberType = typeof(EndpointVectors))]
    public void Address_WrongText_SaysWhatAndWhere(string text, EndpointFault fault, int position, int length)
    {
        Assert.False(NetAddress.TryParse(text, out NetAddress address, out EndpointError error));
        Assert.Equal(new EndpointError(fault, position, length), error);
        Assert.Equal(NetAddress.None, address);
        Assert.False(ReferenceParser.TryAddress(text, out _));
        Assert.Equal(error.Message, Assert.Throws<FormatException>(() => NetAddress.Parse(text)).Message);
        if (text.All(char.IsAscii))
        {
            Assert.False(NetAddress.TryParse(Encoding.ASCII.GetBytes(text), out address, out EndpointError sameError));
            Assert.Equal(error, sameError);
        }
        else
        {
            Assert.False(NetAddress.TryParse(Encoding.UTF8.GetBytes(text), out address));
        }
    }

    [Theory]
    [MemberData(nameof(EndpointVectors.Endpoints), MemberType = typeof(EndpointVectors))]
    public void Endpoint_ValidText_ReadsAndWritesBack(string text, string canonical)
    {
        Assert.True(NetEndpoint.TryParse(text, out NetEndpoint endpoint, out EndpointError error), error.Message);
        Assert.Equal(default, error);
        Assert.Equal(canonical, endpoint.ToString());
        Assert.Equal(endpoint, NetEndpoint.Parse(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(endpoint, NetEndpoint.Parse(canonical));
        Assert.True(NetEndpoint.TryParse(text, 1, out NetEndpoint withDefault));
        Assert.Equal(endpoint, withDefault);
        Assert.True(ReferenceParser.TryEndpoint(text, out NetEndpoint expected));
        Assert.Equal(expected, endpoint);
        Assert.Equal(NetEndpoint.FromIPEndPoint(IPEndPoint.Parse(text)), endpoint);
        AssertFormats(canonical, endpoint);
    }

    [Theory]
    [MemberData(nameof(EndpointVectors.WrongEndpoints), MemberType = typeof(EndpointVectors))]
    public void Endpoint_WrongText_SaysWhatAndWhere(string text, EndpointFault fault, int position, int length)
    {
        Assert.False(NetEndpoint.TryParse(text, out NetEndpoint endpoint, out EndpointError error));
        Assert.Equal(new EndpointError(fault, position, length), error);
        Assert.Equal(NetEndpoint.None, endpoint);
        Assert.False(ReferenceParser.TryEndpoint(text, out _));
        Assert.Equal(error.Message, Assert.Throws<FormatException>(() => NetEndpoint.Parse(text)).Message);
        Assert.False(NetEndpoint.TryParse(Encoding.UTF8.GetBytes(text), out endpoint, out EndpointError sameError));
        if (text.All(char.IsAscii))
            Assert.Equal(error, sameError);
    }

    [Theory]
    [MemberData(nameof(EndpointVectors.EndpointsWithDefaultPort), MemberType = typeof(EndpointVectors))]
    public void EndpointWithDefaultPort_ValidText_TakesThePortOnlyWhereNoneIs(string text, string canonical)
    {
        Assert.True(NetEndpoint.TryParse(text, 53, out NetEndpoint endpoint, out EndpointError error), error.Message);
        Assert.Equal(canonical, endpoint.ToString());
        Assert.True(NetEndpoint.TryParse(Encoding.ASCII.GetBytes(text), 53, out NetEndpoint fromUtf8));
        Assert.Equal(endpoint, fromUtf8);
    }

    [Theory]
    [MemberData(nameof(EndpointVectors.WrongEndpointsWithDefaultPort), MemberType = typeof(EndpointVectors))]
    public void EndpointWithDefaultPort_WrongText_SaysWhatAndWhere(string text, EndpointFault fault, int position, int length)
    {
        Assert.False(NetEndpoint.TryParse(text, 53, out NetEndpoint endpoint, out EndpointError error));
        Assert.Equal(new EndpointError(fault, position, length), error);
        Assert.True(endpoint.IsNone);
        Assert.False(NetEndpoint.TryParse(Encoding.UTF8.GetBytes(text), 53, out endpoint, out error));
        Assert.Equal(new EndpointError(fault, position, length), error);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void EndpointWithDefaultPort_PortOutOfRange_Throws(int port)
        => Assert.Throws<ArgumentOutOfRangeException>(() => NetEndpoint.TryParse("1.2.3.4", port, out _));

    [Theory]
    [MemberData(nameof(EndpointVectors.Prefixes), MemberType = typeof(EndpointVectors))]
    public void Prefix_ValidText_ReadsAndWritesBack(string text, string canonical)
    {
        Assert.True(NetPrefix.TryParse(text, out NetPrefix prefix, out EndpointError error), error.Message);
        Assert.Equal(default, error);
        Assert.Equal(canonical, prefix.ToString());
        Assert.Equal(prefix, NetPrefix.Parse(Encoding.ASCII.GetBytes(text)));
        Assert.True(ReferenceParser.TryPrefix(text, out NetPrefix expected));
        Assert.Equal(expected, prefix);
        IPNetwork network = IPNetwork.Parse(text);
        Assert.Equal(network.BaseAddress, prefix.Address.ToIPAddress());
        Assert.Equal(network.PrefixLength, prefix.Length);
        AssertFormats(canonical, prefix);
    }

    [Theory]
    [MemberData(nameof(EndpointVectors.WrongPrefixes), MemberType = typeof(EndpointVectors))]
    public void Prefix_WrongText_SaysWhatAndWhere(string text, EndpointFault fault, int position, int length)
    {
        Assert.False(NetPrefix.TryParse(text, out NetPrefix prefix, out EndpointError error));
        Assert.Equal(new EndpointError(fault, position, length), error);
        Assert.True(prefix.IsNone);
        Assert.False(ReferenceParser.TryPrefix(text, out _));
        Assert.Equal(error.Message, Assert.Throws<FormatException>(() => NetPrefix.Parse(text)).Message);
        Assert.False(NetPrefix.TryParse(Encoding.UTF8.GetBytes(text), out prefix, out EndpointError sameError));
        if (text.All(char.IsAscii))
            Assert.Equal(error, sameError);
    }

    [Fact]
    public void Error_EveryFault_HasWordsOfItsOwn()
    {
        string[] messages = [.. Enum.GetValues<EndpointFault>().Select(fault => new EndpointError(fault, 12, 1).Message)];
        Assert.Equal(messages.Length, messages.Distinct().Count());
        Assert.DoesNotContain(messages, message => message.StartsWith("unknown", StringComparison.Ordinal));
        Assert.Equal("port is above 65535 at position 12", new EndpointError(EndpointFault.PortTooLarge, 12, 5).Message);
        Assert.Equal("no fault", default(EndpointError).ToString());
    }

    [Fact]
    public void FrameworkInterfaces_AnyProviderAndFormat_AreTheSameGrammar()
    {
        Assert.Equal("192.0.2.1", RoundTrip<NetAddress>("192.0.2.1"));
        Assert.Equal("[::1]:80", RoundTrip<NetEndpoint>("[::1]:80"));
        Assert.Equal("10.0.0.0/8", RoundTrip<NetPrefix>("10.0.0.0/8"));

        static string RoundTrip<T>(string text)
            where T : struct, ISpanParsable<T>, IUtf8SpanParsable<T>, ISpanFormattable, IUtf8SpanFormattable
        {
            ReadOnlySpan<byte> utf8 = Encoding.ASCII.GetBytes(text);
            T value = FromString<T>(text);
            Assert.Equal(value, T.Parse(text.AsSpan(), null));
            Assert.Equal(value, T.Parse(utf8, null));
            Assert.True(TryFromString(text, out T same) && same.Equals(value));
            Assert.True(T.TryParse(text.AsSpan(), null, out same) && same.Equals(value));
            Assert.True(T.TryParse(utf8, null, out same) && same.Equals(value));
            Assert.False(TryFromString(null, out same));
            Assert.Throws<ArgumentNullException>(() => FromString<T>(null!));
            Assert.Throws<FormatException>(() => T.Parse("x", null));
            Assert.Equal(text, value.ToString("anything", null));
            byte[] written = new byte[64];
            Assert.True(value.TryFormat(written, out int count, "anything", null));
            Assert.Equal(text, Encoding.ASCII.GetString(written, 0, count));
            return $"{value}";
        }

        static T FromString<T>(string text)
            where T : IParsable<T>
            => T.Parse(text, null);

        static bool TryFromString<T>(string? text, out T value)
            where T : struct, IParsable<T>
            => T.TryParse(text, null, out value);
    }

    private static void AssertFormats<T>(string canonical, T value)
        where T : ISpanFormattable, IUtf8SpanFormattable
    {
        Span<char> chars = stackalloc char[canonical.Length];
        Assert.True(value.TryFormat(chars, out int written, default, null));
        Assert.Equal(canonical, chars[..written].ToString());
        Assert.False(value.TryFormat(chars[..^1], out written, default, null));
        Assert.Equal(0, written);

        Span<byte> bytes = stackalloc byte[canonical.Length];
        Assert.True(value.TryFormat(bytes, out written, default, null));
        Assert.Equal(canonical, Encoding.ASCII.GetString(bytes[..written]));
        Assert.False(value.TryFormat(bytes[..^1], out written, default, null));
        Assert.Equal(0, written);
    }
}
