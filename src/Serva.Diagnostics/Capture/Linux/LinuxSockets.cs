using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.ProcNet;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// The sockets of this thread's network namespace: by <c>NETLINK_SOCK_DIAG</c>, and where the kernel has no handler for a
/// protocol, from <c>/proc/thread-self/net</c>. Neither needs any privilege.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxSockets : IDisposable
{
    // Bits by number of net/tcp_states.h; 13 is "bound, neither listening nor connected", which kernels before 6.8 ignore.
    private const uint AllStates = 0x2fff;
    private const uint ListenState = 1 << 10;
    private const uint UnconnectedState = 1 << 7;

    private readonly CaptureRun _run;
    private readonly SocketQuery _query;
    private readonly TableReading<SocketRow> _table;
    private readonly NetlinkReader _netlink = new(NetlinkReader.SockDiag);
    private readonly Dictionary<ulong, int> _byCookie = [];

    private LinuxSockets(CaptureRun run, SocketQuery query)
    {
        _run = run;
        _query = query;
        _table = new TableReading<SocketRow>(run, "Sockets", "sock_diag") { Filter = query.ToFilter() };
    }

    public static Table<SocketRow> Read(CaptureRun run, SocketQuery query, bool withOptions, LinuxProcesses processes)
    {
        using var sockets = new LinuxSockets(run, query);
        foreach (TransportProtocol protocol in (ReadOnlySpan<TransportProtocol>)
            [TransportProtocol.Tcp, TransportProtocol.Udp, TransportProtocol.UdpLite, TransportProtocol.Raw])
        {
            if (query.Protocol is { } wanted && wanted != protocol)
                continue;
            sockets.ReadFamily(protocol, isIPv6: false);
            sockets.ReadFamily(protocol, isIPv6: true);
        }

        sockets.KeepMatches(query with { ProcessId = null });
        if (query.WithOwners || query.ProcessId is not null || withOptions)
            SocketOwners.Find(run, sockets._table, processes, query, withOptions);
        return sockets._table.ToTable();
    }

    public void Dispose() => _netlink.Dispose();

    private void ReadFamily(TransportProtocol protocol, bool isIPv6)
    {
        SourceClock clock = _run.StartSource();
        uint states = !_query.ListeningOnly ? AllStates : protocol == TransportProtocol.Tcp ? ListenState : UnconnectedState;
        NetlinkReading<SocketRow> reading = Dump(protocol, isIPv6, states, clock);
        Merge(reading.Rows);
        if (reading.Failure is null)
        {
            _table.Succeeded();

            // A dump walks the listeners first: one that began to listen meanwhile is in neither place it looked at.
            if (protocol == TransportProtocol.Tcp && states != ListenState)
            {
                NetlinkReading<SocketRow> listeners = Dump(protocol, isIPv6, ListenState, clock);
                Merge(listeners.Rows);
                if (listeners.Failure is { } late)
                    _table.Missing($"{PartName(protocol, isIPv6)} listeners of the last moment", late);
            }

            return;
        }

        string part = PartName(protocol, isIPv6);
        if (reading.Failure == SourceClock.TimedOut)
            _table.Missing(part, reading.Failure);
        else
            ReadText(protocol, isIPv6, part, reading, clock);
    }

    private NetlinkReading<SocketRow> Dump(TransportProtocol protocol, bool isIPv6, uint states, SourceClock clock)
    {
        // The kernel filters by one port, 0 meaning all; ranges are filtered afterwards.
        int port = _query.FirstPort == _query.LastPort ? _query.FirstPort ?? 0 : 0;
        byte family = isIPv6 ? NetlinkRequest.FamilyIPv6 : NetlinkRequest.FamilyIPv4;
        return _netlink.Dump(
            (destination, order, sequence) => NetlinkRequest.WriteSockDiag(destination, order, sequence, family, protocol, states, port),
            InetDiagMessage.For(protocol),
            clock);
    }

    private void ReadText(
        TransportProtocol protocol, bool isIPv6, string part, NetlinkReading<SocketRow> netlink, SourceClock clock)
    {
        int error = LinuxFile.TryOpen($"/proc/thread-self/net/{part}", out LinuxFile file);
        if (error != 0)
        {
            // Neither a handler nor a file: this kernel does not know the protocol, so there are no such sockets.
            if (error == LinuxError.NoEntry && netlink.Error == LinuxError.NoEntry)
                _table.Succeeded();
            else
                _table.Missing(part, $"sock_diag: {netlink.Failure}; /proc/net/{part}: {LinuxError.Describe(error)}");
            return;
        }

        var text = new ProcNetSockets(protocol, isIPv6, NativeNumbers.OrderOf(BitConverter.IsLittleEndian));
        string? failure = null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        using (file)
        {
            int length = 0;
            while (failure is null && (length = file.Read(buffer)) > 0)
            {
                if (!text.Feed(buffer.AsSpan(0, length)))
                    break;
                if (clock.IsOver())
                    failure = SourceClock.TimedOut;
            }

            if (length < 0)
                failure = LinuxError.Describe(-length);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        text.End();
        failure ??= text.BadOffset is { } offset ? $"bytes at {offset} make no sense" : null;

        // Rows that sock_diag gave before it failed have a cookie; the text repeats them without.
        if (netlink.Rows.Count == 0)
            Merge(text.Rows);
        else
            failure ??= netlink.Failure;
        _table.AddSource($"/proc/net/{part}");
        if (failure is null)
            _table.Succeeded();
        else
            _table.Missing(part, failure);
    }

    /// <summary>A socket that moved between the kernel's tables can be seen twice; the later sight counts.</summary>
    private void Merge(ImmutableArray<SocketRow>.Builder rows)
    {
        ImmutableArray<SocketRow>.Builder all = _table.Rows;
        all.Capacity = Math.Max(all.Capacity, all.Count + rows.Count);
        _byCookie.EnsureCapacity(all.Count + rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            ref readonly SocketRow row = ref rows.ItemRef(i);
            if (row.Cookie != 0)
            {
                ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byCookie, row.Cookie, out bool exists);
                if (exists)
                {
                    all[known] = row;
                    continue;
                }

                known = all.Count;
            }

            all.Add(row);
        }
    }

    private void KeepMatches(SocketQuery query)
    {
        if (query.ToFilter() is null)
            return;
        _table.Rows.RemoveAll(row => !query.Matches(row));
    }

    private static string PartName(TransportProtocol protocol, bool isIPv6)
    {
        string name = protocol switch
        {
            TransportProtocol.Tcp => "tcp",
            TransportProtocol.Udp => "udp",
            TransportProtocol.UdpLite => "udplite",
            _ => "raw",
        };
        return isIPv6 ? name + "6" : name;
    }
}
