using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

/// <summary>Damages good and bad texts at random, from fixed seeds, and holds the parser to the reference and to the framework.</summary>
public sealed class EndpointParserMutationTests
{
    // Two seeds: 200,000 texts in a plain run, a million on CI, fifty million in a long run; each as address, endpoint and prefix.
    private static readonly int Iterations = Extent.Of(plain: 100_000, ci: 500_000, longRun: 25_000_000);

    private const string Alphabet = "0011223456789abcdefABCDEF::::....%%[]//g \0\u00e9\uff11";

    [Theory]
    [Trait("Long", "Yes")]
    [InlineData(1)]
    [InlineData(2)]
    public void Parse_MutatedText_AgreesWithReferenceAndFramework(int seed)
    {
        string[] seeds = [.. Seeds()];
        Random random = new(Extent.Seed(seed));
        int accepted = 0;
        for (int i = 0; i < Iterations; i++)
        {
            string text = Mutate(random, seeds[random.Next(seeds.Length)]);
            accepted += CheckAddress(text) + CheckEndpoint(text) + CheckPrefix(text);
        }

        Assert.InRange(accepted, Iterations / 10, Iterations); // neither side of the grammar is left out
    }

    [Fact]
    [Trait("Long", "Yes")]
    public void Format_RandomValues_ReadBackAsThemselves()
    {
        Random random = new(Extent.Seed(3));
        for (int i = 0; i < Iterations; i++)
        {
            NetAddress address = RandomAddress(random);
            NetEndpoint endpoint = NetEndpoint.Create(address, random.Next(65536));
            NetPrefix prefix = NetPrefix.Create(address, random.Next(address.BitCount + 1));
            Assert.Equal(address, NetAddress.Parse(address.ToString()));
            Assert.Equal(endpoint, NetEndpoint.Parse(endpoint.ToString()));
            Assert.Equal(prefix, NetPrefix.Parse(prefix.ToString()));
            Assert.Equal(address, (NetAddress)address.ToIPAddress());
            Assert.Equal(endpoint, (NetEndpoint)endpoint.ToIPEndPoint());
        }
    }

    private static int CheckAddress(string text)
    {
        bool read = NetAddress.TryParse(text, out NetAddress address, out EndpointError error);
        bool readUtf8 = NetAddress.TryParse(Encoding.UTF8.GetBytes(text), out NetAddress fromUtf8, out EndpointError utf8Error);
        Assert.True(read == ReferenceParser.TryAddress(text, out NetAddress expected), text);
        CheckBoth(text, read, error, readUtf8, utf8Error);
        Assert.True(address == expected && address == fromUtf8, text);
        if (read)
            Assert.True(IPAddress.TryParse(text, out IPAddress? framework) && address == NetAddress.FromIPAddress(framework), text);
        return read ? 1 : 0;
    }

    private static int CheckEndpoint(string text)
    {
        bool read = NetEndpoint.TryParse(text, out NetEndpoint endpoint, out EndpointError error);
        bool readUtf8 = NetEndpoint.TryParse(Encoding.UTF8.GetBytes(text), out NetEndpoint fromUtf8, out EndpointError utf8Error);
        Assert.True(read == ReferenceParser.TryEndpoint(text, out NetEndpoint expected), text);
        CheckBoth(text, read, error, readUtf8, utf8Error);
        Assert.True(endpoint == expected && endpoint == fromUtf8, text);
        EndpointPaths.CheckAgree(text, read, expected);
        if (read)
            Assert.True(IPEndPoint.TryParse(text, out IPEndPoint? framework) && endpoint == NetEndpoint.FromIPEndPoint(framework), text);

        bool readWithDefault = NetEndpoint.TryParse(text, 53, out NetEndpoint withDefault);
        bool readAddress = ReferenceParser.TryAddress(text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text, out NetAddress address)
            && (address.IsIPv6 || !text.StartsWith('['))
            && text.Length <= 128;
        Assert.True(readWithDefault == (read || readAddress), text);
        if (readWithDefault)
            Assert.True(withDefault == (read ? endpoint : NetEndpoint.Create(address, 53)), text);
        return read ? 1 : 0;
    }

    private static int CheckPrefix(string text)
    {
        bool read = NetPrefix.TryParse(text, out NetPrefix prefix, out EndpointError error);
        bool readUtf8 = NetPrefix.TryParse(Encoding.UTF8.GetBytes(text), out NetPrefix fromUtf8, out EndpointError utf8Error);
        Assert.True(read == ReferenceParser.TryPrefix(text, out NetPrefix expected), text);
        CheckBoth(text, read, error, readUtf8, utf8Error);
        Assert.True(prefix == expected && prefix == fromUtf8, text);
        if (read)
            Assert.True(IPNetwork.TryParse(text, out IPNetwork framework) && framework.PrefixLength == prefix.Length, text);
        return read ? 1 : 0;
    }

    private static void CheckBoth(string text, bool read, EndpointError error, bool readUtf8, EndpointError utf8Error)
    {
        Assert.True(read == readUtf8, text);
        Assert.True(read == (error == default) && read == (error.Fault == EndpointFault.None), text);
        Assert.True(error.Position >= 0 && error.Length >= 0 && error.Position + error.Length <= text.Length, text);
        if (text.All(char.IsAscii))
            Assert.True(error == utf8Error, text);
    }

    private static IEnumerable<string> Seeds()
        => EndpointVectors.Addresses.Select(row => row.Data.Item1)
            .Concat(EndpointVectors.Endpoints.Select(row => row.Data.Item1))
            .Concat(EndpointVectors.Endpoints.Select(row => row.Data.Item1))
            .Concat(EndpointVectors.Prefixes.Select(row => row.Data.Item1))
            .Concat(EndpointVectors.Prefixes.Select(row => row.Data.Item1))
            .Concat(EndpointVectors.WrongAddresses.Select(row => row.Data.Item1))
            .Concat(EndpointVectors.WrongEndpoints.Select(row => row.Data.Item1))
            .Concat(EndpointVectors.WrongPrefixes.Select(row => row.Data.Item1));

    private static string Mutate(Random random, string text)
    {
        StringBuilder result = new(text);
        for (int times = random.Next(3); times >= 0; times--)
        {
            int at = random.Next(result.Length + 1);
            char character = Alphabet[random.Next(Alphabet.Length)];
            switch (random.Next(5))
            {
                case 0:
                    result.Insert(at, character);
                    break;
                case 1 when at < result.Length:
                    result.Remove(at, 1);
                    break;
                case 2 when at < result.Length:
                    result[at] = character;
                    break;
                case 3 when at < result.Length:
                    string part = result.ToString(at, random.Next(result.Length - at + 1));
                    result.Insert(random.Next(result.Length + 1), part);
                    break;
                default:
                    break;
            }
        }

        return result.ToString();
    }

    private static NetAddress RandomAddress(Random random)
    {
        if (random.Next(3) == 0)
            return NetAddress.FromIPv4((uint)random.NextInt64(1L << 32));
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        int shape = random.Next(256); // runs of zero groups at random places
        for (int group = 0; group < 8; group++)
        {
            if ((shape & 1 << group) != 0)
                bytes.Slice(group * 2, 2).Clear();
            else if (random.Next(2) == 0)
                bytes[group * 2] = 0;
        }

        if (random.Next(8) == 0)
        {
            bytes[..10].Clear();
            bytes[10..12].Fill(0xff);
        }

        return NetAddress.FromBytes(bytes, random.Next(2) == 0 ? 0 : (uint)random.NextInt64(1L << random.Next(1, 33)));
    }
}
