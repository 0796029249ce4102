using System;
using System.Text;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

/// <summary>The ways through which an endpoint may be read, each forced whatever this machine would choose.</summary>
/// <remarks>
/// What the library chooses on a lesser machine is tested by running all of this again with <c>DOTNET_EnableAVX512=0</c>,
/// <c>DOTNET_EnableAVX2=0</c> or <c>DOTNET_EnableHWIntrinsic=0</c> in the environment.
/// </remarks>
internal static class EndpointPaths
{
    internal delegate bool Reader<TChar>(ReadOnlySpan<TChar> text, out NetEndpoint endpoint);

    /// <summary>Name, UTF-16, UTF-8, whether this machine can run it. The AVX-512 path runs in other words where AVX-512 is missing.</summary>
    internal static readonly (string Name, Reader<char> Chars, Reader<byte> Bytes, bool Runs)[] All =
    [
        ("scalar", ScalarEndpointReader.TryRead, ScalarEndpointReader.TryRead, true),
        ("any or loopback", EndpointReader.TryReadAnyOrLoopback, EndpointReader.TryReadAnyOrLoopback, true),
        ("128-bit", EndpointReader.TryReadIPv4, EndpointReader.TryReadIPv4, IPv4EndpointVector.IsSupported),
        ("eight groups", EndpointReader.TryReadFullIPv6, EndpointReader.TryReadFullIPv6, FullIPv6EndpointVector.IsSupported),
        ("AVX2", EndpointReader.TryReadAvx2, EndpointReader.TryReadAvx2, Avx2Text.IsSupported),
        ("AVX-512", EndpointReader.TryReadAvx512, EndpointReader.TryReadAvx512, Avx2Text.IsSupported),
        ("chosen", EndpointReader.TryRead, EndpointReader.TryRead, true),
        ("TryParse", NetEndpoint.TryParse, NetEndpoint.TryParse, true),
    ];

    internal static void CheckAgree(string text, bool accepted, NetEndpoint expected)
    {
        string? disagreement = Disagreement(text, accepted, expected);
        Assert.True(disagreement is null, disagreement);
    }

    /// <summary>
    /// What is wrong with a path at this text; null where all agree. What the parser refuses every path must refuse; a single
    /// path answers anything then.
    /// </summary>
    private static string? Disagreement(string text, bool accepted, NetEndpoint expected)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        foreach ((string name, Reader<char> chars, Reader<byte> bytes, bool runs) in All)
        {
            if (!runs)
                continue;
            bool read = chars(text, out NetEndpoint fromChars);
            bool readUtf8 = bytes(utf8, out NetEndpoint fromBytes);
            bool isWhole = name is "chosen" or "TryParse";
            if (read != readUtf8 || ((read || isWhole) && fromChars != fromBytes))
                return $"{name}: the encodings differ for {text}";
            if (read && (!accepted || fromChars != expected))
                return $"{name}: reads {fromChars} from {text}";
            if (!read && isWhole && (!fromChars.IsNone || (accepted && name == "TryParse")))
                return $"{name}: refuses {text} and answers {fromChars}";
        }

        return null;
    }
}
