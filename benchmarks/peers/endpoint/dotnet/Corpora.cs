using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;

namespace Serva.Diagnostics.EndpointPeers;

/// <summary>One million rows per corpus from a fixed seed: the same files on every machine. A row is a line of ASCII.</summary>
internal static class Corpora
{
    internal static readonly string[] Names = ["a", "b", "c", "d", "ds"];

    private const int Rows = 1_000_000;

    // Networks as they are met, with weights; the share of link-local addresses is that of a workstation.
    private static readonly (string Network, int Bits, int Weight)[] Networks =
    [
        ("2001:470::", 32, 6), ("2001:4860::", 32, 8), ("2400:cb00::", 32, 8), ("2600:1f00::", 32, 8), ("2606:4700::", 32, 10),
        ("2a00:1450::", 32, 8), ("2a01:4f8::", 32, 6), ("2a03:2880::", 32, 6), ("2620:fe::", 48, 6), ("2001:db8:85a3::", 48, 4),
        ("fe80::", 64, 24), ("fd00::", 8, 4), ("::ffff:0:0", 96, 5), ("64:ff9b::", 96, 1), ("::1", 128, 4), ("::", 128, 3),
    ];

    private static readonly int[] KnownPorts = [80, 135, 139, 443, 445, 22, 53, 123, 137, 138, 500, 1900, 3389, 4500, 5040, 5353, 5355, 5432, 6379, 7680, 8080, 8443, 9090, 27017];

    internal static void Write(string folder)
    {
        Random random = new(20_261_123);
        Directory.CreateDirectory(folder);
        string[] column = [.. Column(random)];
        Save(folder, "a", Enumerable.Range(0, Rows).Select(_ => $"{IPv4(random)}:{random.Next(65536)}"));
        Save(folder, "b", Enumerable.Range(0, Rows).Select(_ => $"[{Full(random)}]:{random.Next(65536)}"));
        Save(folder, "c", Enumerable.Range(0, Rows).Select(_ => $"[{WithZone(random, Realistic(random))}]:{random.Next(65536)}"));
        Save(folder, "d", column);
        random.Shuffle(column);
        Save(folder, "ds", column);
    }

    private static void Save(string folder, string name, IEnumerable<string> rows)
        => File.WriteAllText(Path.Combine(folder, name + ".txt"), string.Join('\n', rows) + "\n");

    private static IPAddress IPv4(Random random)
    {
        Span<byte> bytes = stackalloc byte[4];
        random.NextBytes(bytes);
        return new IPAddress(bytes);
    }

    private static IPAddress Full(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new IPAddress(bytes);
    }

    private static IPAddress Realistic(Random random)
    {
        int choice = random.Next(Networks.Sum(network => network.Weight));
        int index = 0;
        for (; choice >= Networks[index].Weight; index++)
            choice -= Networks[index].Weight;
        (string network, int bits, _) = Networks[index];
        byte[] bytes = IPAddress.Parse(network).GetAddressBytes();
        if (bits == 128)
            return new IPAddress(bytes);

        switch (bits >= 96 ? 0 : random.Next(5))
        {
            case 0 or 1: // any host
                random.NextBytes(bytes.AsSpan(bits / 8));
                break;
            case 2 or 3: // a small number
                bytes[14] = (byte)random.Next(16);
                bytes[15] = (byte)random.Next(256);
                break;
            default: // from a hardware address
                random.NextBytes(bytes.AsSpan(8));
                (bytes[11], bytes[12]) = (0xff, 0xfe);
                if (bits < 64 && random.Next(2) == 0)
                    random.NextBytes(bytes.AsSpan(6, 2));
                break;
        }

        return new IPAddress(bytes);
    }

    private static string WithZone(Random random, IPAddress address)
        => address.IsIPv6LinkLocal ? $"{address}%{random.Next(1, 64)}" : address.ToString();

    /// <summary>A column of netstat in the order of the tool: TCP IPv4, TCP IPv6, UDP IPv4, UDP IPv6, again and again.</summary>
    private static IEnumerable<string> Column(Random random)
    {
        string[] own = [.. Enumerable.Range(0, 4).Select(_ => $"fe80::{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}%{random.Next(1, 40)}")];
        int written = 0;
        while (true)
        {
            foreach ((int size, bool six) in new[] { (90, false), (30, true), (50, false), (30, true) })
            {
                for (int left = random.Next(size / 2, size * 3 / 2); left > 0; left--)
                {
                    yield return six ? Row6(random, own) : Row4(random);
                    if (++written == Rows)
                        yield break;
                }
            }
        }
    }

    private static string Row4(Random random) => random.Next(100) switch
    {
        < 20 => $"0.0.0.0:{Known(random)}",
        < 38 => $"127.0.0.1:{Ephemeral(random)}",
        < 65 => $"{(random.Next(3) switch { 0 => "192.168.1.23", 1 => "10.0.0.5", _ => "172.18.0.1" })}:{Ephemeral(random)}",
        < 90 => $"{IPv4(random)}:{(random.Next(2) == 0 ? 443 : Known(random))}",
        _ => "0.0.0.0:0",
    };

    private static string Row6(Random random, string[] own) => random.Next(100) switch
    {
        < 35 => $"[::]:{Known(random)}",
        < 55 => $"[::1]:{Ephemeral(random)}",
        < 70 => $"[{own[random.Next(own.Length)]}]:{(random.Next(2) == 0 ? 1900 : Ephemeral(random))}",
        < 92 => $"[{Realistic(random)}]:{(random.Next(2) == 0 ? 443 : Ephemeral(random))}",
        _ => "[::]:0",
    };

    private static int Ephemeral(Random random) => random.Next(49152, 65536);

    private static int Known(Random random)
    {
        int index = random.Next(KnownPorts.Length + 1);
        return index == KnownPorts.Length ? Ephemeral(random) : KnownPorts[index];
    }
}
