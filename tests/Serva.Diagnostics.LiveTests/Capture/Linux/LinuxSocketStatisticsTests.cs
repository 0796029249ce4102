using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>
/// Our table between two runs of <c>ss -tunap</c>: what both saw is in ours, and what is in ours one of them saw. Sockets on
/// the churn's ports come and go all the while; they are held against its log.
/// </summary>
[Trait("System", "Linux")]
public sealed class LinuxSocketStatisticsTests
{
    [Fact]
    [Trait("Privilege", "Root")]
    public void Read_PrivateNamespaceUnderChurn_AgreesWithSsEveryTime()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxSocketStatisticsTests)))
            return;
        Tool.Run("ip", "link", "set", "lo", "up");
        using var standing = new StandingSockets();
        using var churn = new SocketChurn();
        Thread.Sleep(1000);

        for (int round = 0; round < 8; round++)
            Assert.Empty(Differences(churn));
        Assert.InRange(churn.Log.Count, 50, 100_000);
    }

    /// <summary>Other programs of the machine open sockets too: what differs once for that reason does not differ five times.</summary>
    [Fact]
    [Trait("Privilege", "Any")]
    public void Read_ThisMachineUnderChurn_AgreesWithSs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Tool.Exists("ss"), "Needs Linux and iproute2.");
        using var churn = new SocketChurn();
        Thread.Sleep(600);
        List<string> differences = [];
        for (int round = 0; round < 5; round++)
        {
            differences = Differences(churn);
            if (differences.Count == 0)
                break;
        }

        Assert.Empty(differences);
    }

    private static List<string> Differences(SocketChurn churn)
    {
        List<string> before = SocketStatistics.Read();
        long began = Stopwatch.GetTimestamp();
        Table<SocketRow> table = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.Sockets }).Sockets;
        long ended = Stopwatch.GetTimestamp();
        List<string> after = SocketStatistics.Read();
        Assert.Equal(Coverage.Complete, table.Coverage);
        var differences = new List<string>();
        bool IsChurn(string line) => line.Split(' ') is var words && int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture) is >= SocketChurn.FirstPort and <= SocketChurn.LastPort;

        List<string> ours = [.. table.Select(SocketStatistics.Line).OfType<string>().Where(line => !IsChurn(line))];
        HashSet<string> either = [.. before, .. after];
        foreach (string line in before.Intersect(after).Where(line => !IsChurn(line)).Except(ours))
            differences.Add("missing in ours: " + line);
        foreach (string line in ours.Where(line => !either.Contains(line)))
            differences.Add("in ours alone: " + line);

        IReadOnlyList<SocketChurn.Life> log = churn.Log;
        SocketRow[] rows = [.. table.Where(row => row.Local.Port is >= SocketChurn.FirstPort and <= SocketChurn.LastPort)];
        foreach (SocketRow row in rows)
        {
            if (!log.Any(life => life.Protocol == row.Protocol && life.Port == row.Local.Port && life.Opening <= ended && life.Closed >= began))
                differences.Add($"never opened: {row.Protocol} {row.Local}");
        }

        foreach (SocketChurn.Life life in log.Where(life => life.Opened <= began && life.Closing >= ended))
        {
            if (!rows.Any(row => row.Protocol == life.Protocol && row.Local.Port == life.Port && row.IsListening
                && row.Owners.Any(owner => owner.ProcessId == Environment.ProcessId)))
            {
                differences.Add($"open all the while, not seen with its owner: {life.Protocol} {life.Port}");
            }
        }

        if (rows.Length < 20)
            differences.Add($"only {rows.Length} sockets of the churn were there");
        return differences;
    }

    /// <summary>Sockets of every state that stays, so that there is something to agree on.</summary>
    private sealed class StandingSockets : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public StandingSockets()
        {
            foreach (IPAddress address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
            {
                Socket listener = Add(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
                listener.Bind(new IPEndPoint(address, 0));
                listener.Listen();
                for (int i = 0; i < 20; i++)
                {
                    Socket client = Add(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
                    client.Connect(listener.LocalEndPoint!);
                    if (i % 4 != 0)
                        Add(listener.Accept());
                    if (i % 5 == 0)
                        client.Shutdown(SocketShutdown.Send);
                }

                Socket udp = Add(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
                udp.Bind(new IPEndPoint(address, 0));
                Add(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)).Connect(udp.LocalEndPoint!);
            }

            Socket dual = Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
            dual.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            dual.Listen();
            Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).Connect(IPAddress.Loopback, ((IPEndPoint)dual.LocalEndPoint!).Port);
            Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

        private Socket Add(Socket socket)
        {
            _sockets.Add(socket);
            return socket;
        }
    }
}
