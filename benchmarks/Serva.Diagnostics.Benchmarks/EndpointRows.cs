using System;
using System.Net;
using System.Text;

namespace Serva.Diagnostics.Benchmarks;

public enum EndpointCorpus
{
    IPv4,
    FullIPv6,
    IPv6,
    Netstat,
}

/// <summary>Rows from a fixed seed; <c>benchmarks/peers/endpoint</c> measures a million of them against other parsers.</summary>
internal sealed record EndpointRows(string[] Texts, byte[][] Utf8)
{
    internal static EndpointRows Generate(EndpointCorpus corpus)
    {
        Random random = new(7);
        string[] texts = new string[10_000];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = corpus switch
            {
                EndpointCorpus.IPv4 => $"{Address(random, 4)}:{random.Next(65536)}",
                EndpointCorpus.FullIPv6 => $"[{Address(random, 16)}]:{random.Next(65536)}",
                EndpointCorpus.IPv6 => $"[{Realistic(random)}]:{random.Next(65536)}",
                _ => Row(random),
            };
        }

        return new(texts, Array.ConvertAll(texts, Encoding.ASCII.GetBytes));
    }

    private static IPAddress Address(Random random, int size)
    {
        byte[] bytes = new byte[size];
        random.NextBytes(bytes);
        return new IPAddress(bytes);
    }

    private static string Realistic(Random random) => random.Next(4) switch
    {
        0 => $"fe80::{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}%{random.Next(1, 64)}",
        1 => $"2001:db8:{random.Next(65536):x}::{random.Next(4096):x}",
        2 => $"2001:db8:{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(256):x}ff:fe{random.Next(16, 256):x}:{random.Next(65536):x}",
        _ => random.Next(2) == 0 ? "::1" : $"::ffff:{Address(random, 4)}",
    };

    private static string Row(Random random) => random.Next(8) switch
    {
        0 => $"0.0.0.0:{random.Next(1, 10_000)}",
        1 => $"127.0.0.1:{random.Next(49152, 65536)}",
        2 or 3 => $"192.168.1.23:{random.Next(49152, 65536)}",
        4 => $"{Address(random, 4)}:443",
        5 => "0.0.0.0:0",
        6 => $"[::]:{random.Next(1, 10_000)}",
        _ => $"[{Realistic(random)}]:{random.Next(65536)}",
    };
}
