using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Runtime.Versioning;
using Serva.Diagnostics;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Benchmarks;
using Serva.Diagnostics.LiveTests.Routing;
using Serva.Diagnostics.Snapshots;

[assembly: SupportedOSPlatform("linux")]

namespace Serva.Diagnostics.RoutePeers;

/// <summary>
/// Route lookups by us, by the kernel through one netlink socket, and by a linear scan, interleaved over rounds: prints a line
/// per operation, table, name and median nanoseconds of processor time, between tabs. "batch FILE IPV4 IPV6" writes a full table as
/// <c>ip -batch</c> reads it instead; the kernel of this namespace is taken to have the one that is said to be held.
/// </summary>
internal static class Program
{
    private const int Questions = 100_000;

    public static int Main(string[] args)
    {
        if (args is ["batch", string file, string ipv4Count, string ipv6Count])
        {
            File.WriteAllLines(file, Table(ipv4Count, ipv6Count).Select(prefix => $"route add {prefix} via {(prefix.Address.IsIPv4 ? "10.200.0.2" : "fd00:200::2")} dev full0"));
            return 0;
        }

        if (args is not ["measure", string rounds, string ipv4, string ipv6, string heldIPv4, string heldIPv6])
        {
            Console.Error.WriteLine("RoutePeers batch FILE IPV4 IPV6 | measure ROUNDS IPV4 IPV6 HELD-IPV4 HELD-IPV6");
            return 2;
        }

        var random = new Random(2);
        NetPrefix[] prefixes = Table(ipv4, ipv6), held = Table(heldIPv4, "0");
        int[] values = [.. Enumerable.Range(0, prefixes.Length)];
        var lines = new Lines(int.Parse(rounds, CultureInfo.InvariantCulture));
        PrefixTable<int>? table = null;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        table = new PrefixTable<int>(prefixes, values);
        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)prefixes.Length;
        var numbered = new PrefixTable<ushort>(prefixes, [.. prefixes.Select(_ => (ushort)random.Next(1_000))]);
        string full = $"{prefixes.Length} prefixes";
        string questions = $"route question, {heldIPv4} IPv4 and {heldIPv6} IPv6 routes";
        HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes });
        var selector = new RouteSelector(host);
        var small = new RouteSelector(SmallHost.Create());
        using var kernel = new KernelRoutes();
        NetPrefix[] ofIPv4 = [.. prefixes.Where(prefix => prefix.Address.IsIPv4)], ofIPv6 = [.. prefixes.Where(prefix => prefix.Address.IsIPv6)];
        NetAddress[] anywhere = [.. Enumerable.Range(0, 1_000_000).Select(_ => NetAddress.FromIPv4((uint)random.NextInt64(1L << 32)))];
        NetAddress[] inIPv4 = [.. Enumerable.Range(0, 1_000_000).Select(_ => FullTable.AddressIn(ofIPv4[random.Next(ofIPv4.Length)], random))];
        NetAddress[] inIPv6 = [.. Enumerable.Range(0, 1_000_000).Select(_ => FullTable.AddressIn(ofIPv6[random.Next(ofIPv6.Length)], random))];
        NetAddress[] few = inIPv4[..20];
        int[] found = new int[anywhere.Length];
        FlowKey[] asked = [.. Enumerable.Range(0, Questions).Select(_ => new FlowKey { Destination = FullTable.AddressIn(held[random.Next(held.Length)], random), UserId = 0 })];
        FlowKey[] askedOfSmall = [.. anywhere.Where(address => address.ToIPv4() >> 24 is > 0 and not 127 and < 224).Take(Questions).Select(address => new FlowKey { Destination = address, UserId = 0 })];

        for (int round = 0; round < lines.Rounds; round++)
        {
            lines.Time($"building, {full}", "ours", 1, () => new PrefixTable<int>(prefixes, values).Count);
            lines.Time($"longest prefix, {full}", "ours: random IPv4 addresses, the number of a next hop (2 bytes)", anywhere.Length, () => Find(numbered, anywhere));
            lines.Time($"longest prefix, {full}", "ours: random IPv4 addresses, a value of its own (4 bytes)", anywhere.Length, () => Find(table, anywhere));
            lines.Time($"longest prefix, {full}", "ours: random IPv4 addresses, FindAll, a value of its own (4 bytes)", anywhere.Length, () => table.FindAll(anywhere, found, -1));
            lines.Time($"longest prefix, {full}", "ours: addresses in IPv4 prefixes", inIPv4.Length, () => Find(table, inIPv4));
            lines.Time($"longest prefix, {full}", "ours: addresses in IPv6 prefixes", inIPv6.Length, () => Find(table, inIPv6));
            lines.Time($"longest prefix, {full}", "ours: addresses in IPv4 prefixes, FindAll", inIPv4.Length, () => table.FindAll(inIPv4, found, -1));
            lines.Time($"longest prefix, {full}", "ours: addresses in IPv6 prefixes, FindAll", inIPv6.Length, () => table.FindAll(inIPv6, found, -1));
            lines.Time($"longest prefix, {full}", "linear scan", few.Length, () => Scan(prefixes, few));
            lines.Time(questions, "ours: TrySelect", Questions, () => Select(selector, asked));
            lines.Time(questions, "kernel: RTM_GETROUTE, one socket", Questions, () => Ask(kernel, asked));
            lines.Time("route question, 12 routes", "ours: TrySelect", Questions, () => Select(small, askedOfSmall));
        }

        lines.Print();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory, {full}\tours, bytes per prefix with a value of 4\t{bytes:0.0}"));
        return 0;
    }

    private static NetPrefix[] Table(string ipv4, string ipv6) =>
    [
        .. FullTable.IPv4(int.Parse(ipv4, CultureInfo.InvariantCulture), new Random(1)),
        .. FullTable.IPv6(int.Parse(ipv6, CultureInfo.InvariantCulture), new Random(1)),
    ];

    private static long Find<T>(PrefixTable<T> table, NetAddress[] addresses)
        where T : struct, IBinaryInteger<T>
    {
        long sum = 0;
        foreach (NetAddress address in addresses)
        {
            if (table.TryFind(address, out T value))
                sum += long.CreateTruncating(value);
        }

        return sum;
    }

    private static long Scan(NetPrefix[] prefixes, NetAddress[] addresses)
    {
        long sum = 0;
        foreach (NetAddress address in addresses)
        {
            int best = -1;
            for (int i = 0; i < prefixes.Length; i++)
            {
                if (prefixes[i].Contains(address) && (best < 0 || prefixes[i].Length > prefixes[best].Length))
                    best = i;
            }

            sum += best;
        }

        return sum;
    }

    private static long Select(RouteSelector selector, FlowKey[] keys)
    {
        long sum = 0;
        foreach (FlowKey key in keys)
            sum += selector.TrySelect(key, out RouteResult result) ? result.Interface : throw new InvalidOperationException($"{key.Destination}");
        return sum;
    }

    private static long Ask(KernelRoutes kernel, FlowKey[] keys)
    {
        long sum = 0;
        foreach (FlowKey key in keys)
            sum += kernel.Ask(key) is { Error: 0 } route ? route.Interface : throw new InvalidOperationException($"{key.Destination}");
        return sum;
    }

    private sealed class Lines(int rounds)
    {
        private readonly Dictionary<(string Table, string Name), List<double>> _times = [];
        private long _sum;

        public int Rounds => rounds;

        public void Time(string table, string name, int operations, Func<long> action)
        {
            // What comes before it in a round is out of the caches then.
            _sum += action();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            _sum += action();
            double nanoseconds = (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / operations;
            if (!_times.TryGetValue((table, name), out List<double>? times))
                _times[(table, name)] = times = [];
            times.Add(nanoseconds);
        }

        public void Print()
        {
            GC.KeepAlive(_sum);
            foreach (((string table, string name), List<double> times) in _times)
            {
                times.Sort();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table}\t{name}\t{times[times.Count / 2]:0.0}"));
            }
        }
    }
}
