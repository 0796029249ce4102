using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Threading;
using Serva.Diagnostics;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.SocketPeers;

/// <summary>
/// Measures, in one process: prints a line per operation, name, median milliseconds and allocated bytes, between tabs.
/// The load is that of load.c: process i listens on 127.1.(i / 250).(i % 250 + 1), each on ports of its own from 10000 up.
/// </summary>
internal static class Program
{
    private const int FirstPort = 10000;

    public static int Main(string[] args)
    {
        if (args is not [string large, string processesText, string listenersText])
        {
            Console.Error.WriteLine("SocketPeers table|port|group|all|framework PROCESSES LISTENERS");
            return 2;
        }

        int processes = int.Parse(processesText, CultureInfo.InvariantCulture);
        int ports = int.Parse(listenersText, CultureInfo.InvariantCulture) / processes;
        SocketQuery tcp = new() { Protocol = TransportProtocol.Tcp };
        switch (large)
        {
            case "table":
                Measure("ours: TCP with owners", 3, warmUp: 3, operation: _ => CheckOwners(SocketTable.Read(tcp)));
                Measure("ours: TCP with first owners", 3, warmUp: 3, operation: _ => CheckOwners(SocketTable.Read(tcp with { Owners = OwnerSearch.First })));
                Measure("ours: TCP without owners", 5, warmUp: 5, operation: _ => SocketTable.Read(tcp with { Owners = OwnerSearch.None }).Count);
                break;
            case "framework":
                Measure("IPGlobalProperties.GetActiveTcpConnections", 3, warmUp: 3, operation: _ => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Length);
                break;
            case "port":
                // Its process was asked about by another listener, more than a second ago, so it is read again.
                Measure("ours: a listener's owner, a new one each time", 150, pause: 1_100, operation: i => CheckOwner(SocketTable.FindListener(OfAny(i, listener: 0, warmUp: 4))));
                Measure("ours: a listener's owner, the same each time", 300, _ => CheckOwner(SocketTable.FindListener(Endpoint(processes / 2, ports, 0))));
                Measure("ours: a listener without owner", 300, _ => SocketTable.FindListener(Endpoint(processes / 2, ports, 0), OwnerSearch.None)!.Value.Local.Port);
                Measure("ours: listeners of a port, first owner", 100, _ => CheckOwners(SocketTable.Read(At(tcp, Endpoint(processes / 2, ports, 0)) with { LocalPrefix = null })));
                Measure("ours: listeners of a port and address, first owner", 100, _ => CheckOwners(SocketTable.Read(At(tcp, Endpoint(processes / 2, ports, 0)))));
                break;
            case "group":
                // Half of the processes is not asked about until then.
                Measure("ours: a listener's owner, of a process that was never asked about", processes / 2, operation: i => CheckOwner(SocketTable.FindListener(OfHalf(i))));
                Measure("ours: a listener's owner, of a process that was asked about within the last second", 150, pause: 100, operation: i => CheckOwner(SocketTable.FindListener(OfAny(i, listener: 1, warmUp: 4))));
                break;
            case "all":
                Measure("ours: listeners of a port and address, all owners", 3, warmUp: 3, operation: _ => CheckOwners(SocketTable.Read(At(tcp, Endpoint(processes / 2, ports, 0)) with { Owners = OwnerSearch.All })));
                break;
            default:
                return 2;
        }

        return 0;

        // The first operations are measured, the later ones come before; they ask for listeners of their own.
        NetEndpoint OfAny(int operation, int listener, int warmUp) => Endpoint(operation * 7 % processes, ports, operation < 150 ? listener : warmUp + (operation / processes));
        NetEndpoint OfHalf(int operation) => operation < processes / 2
            ? Endpoint((2 * operation) + 1, ports, 0)
            : Endpoint(2 * operation % processes, ports, 20 + (2 * operation / processes));
    }

    private static NetEndpoint Endpoint(int process, int ports, int listener) =>
        NetEndpoint.Create(NetAddress.FromIPv4(127, 1, (byte)(process / 250), (byte)(process % 250 + 1)), FirstPort + (process * ports) + listener);

    private static SocketQuery At(SocketQuery tcp, NetEndpoint local) => tcp with
    {
        ListeningOnly = true,
        FirstPort = local.Port,
        LastPort = local.Port,
        LocalPrefix = NetPrefix.Create(local.Address, 32),
        Owners = OwnerSearch.First,
    };

    private static int CheckOwner(SocketRow? row) =>
        row is { Owners: [{ Name: "load" }] } ? 1 : throw new InvalidOperationException($"{row}");

    private static int CheckOwners(Table<SocketRow> table)
    {
        int ownerless = table.Count(row => row.Owners.IsEmpty && row.OwnerMissingBecause != OwnerGap.NoProcess);
        return ownerless == 0 && table.Count > 0
            ? table.Count
            : throw new InvalidOperationException($"{ownerless} of {table.Count} sockets without owner: {table.Coverage} {table.Note}");
    }

    private static void Measure(string name, int times, Func<int, int> operation, int warmUp = 500, int pause = 300)
    {
        // The pools and the kernel's caches are warm then; in the pauses the compiler goes on, from a first version to one that
        // counts to the last, each after some thirty calls.
        for (int i = 0; i < warmUp; i++)
        {
            operation(i + times);
            if (i is 33 or 66 or 99)
                Thread.Sleep(Math.Min(pause, 200));
        }

        Thread.Sleep(pause);
        var milliseconds = new double[times];
        long bytes = 0;
        for (int i = 0; i < times; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            operation(i);
            milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Array.Sort(milliseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{milliseconds[times / 2]:0.####}\t{bytes}"));
    }
}
