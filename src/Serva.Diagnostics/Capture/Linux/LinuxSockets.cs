using System;
using System.Runtime.ExceptionServices;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Formats.ProcNet;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// The sockets of this thread's network namespace, or of another that the query names: by <c>NETLINK_SOCK_DIAG</c>, and where the kernel has no handler for a
/// protocol, from <c>/proc/thread-self/net</c>. Neither needs any privilege.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxSockets : IDisposable
{
    // Bits by number of net/tcp_states.h; 13 is "bound, neither listening nor connected", which kernels before 6.8 ignore.
    private const uint AllStates = 0x2fff;
    private const uint ListenState = 1 << 10;
    private const uint UnconnectedState = 1 << 7;
    private const int LargestSpare = 1 << 21;
    private const int LargeTable = 20_000;

    // The last table's room and its half's, as long as nobody wants the memory: a server that is watched is read again and again.
    private static readonly WeakReference<RowBuilder<SocketRow>?> s_spare = new(null), s_spareHalf = new(null);

    // From so many sockets of TCP on two threads read them.
    private readonly int _largeTable;
    private readonly CaptureRun _run;
    private readonly SocketQuery _query;
    private readonly TableReading<SocketRow> _table;
    private readonly ForeignNamespace? _foreign;
    private readonly NetlinkReader _netlink;
    private readonly SocketRowIndex _byCookie;

    // By cookie. Who created a socket is where its first owner is looked for.
    private readonly NumberMap<ulong>? _groups;

    // What a second thread gathers in.
    private RowBuilder<SocketRow>? _half;

    private LinuxSockets(CaptureRun run, SocketQuery query, ForeignNamespace? foreign = null, int largeTable = LargeTable)
    {
        _foreign = foreign;
        _largeTable = largeTable;
        _netlink = new NetlinkReader(NetlinkReader.SockDiag, foreign);
        _run = run;
        _query = query;
        _table = new TableReading<SocketRow>(run, "Sockets", "sock_diag", TakeSpare(s_spare)) { Filter = query.ToFilter() };
        _byCookie = new SocketRowIndex(_table.Rows, byInode: false);
        _groups = query.Owners == OwnerSearch.First ? new() : null;
    }

    public static Table<SocketRow> Read(CaptureRun run, SocketQuery query, bool withOptions, LinuxProcesses processes, int largeTable = LargeTable)
    {
        if (query.NetworkNamespace is not { } name)
            return Read(run, query, withOptions, processes, foreign: null, largeTable);
        using ForeignNamespace? foreign = ForeignNamespace.TryOpen(name, out string? failure);
        return foreign is null
            ? Table<SocketRow>.Own([], Coverage.Unavailable, "sock_diag", failure, [], query.ToFilter())
            : Read(run, query, withOptions, processes, foreign, largeTable);
    }

    private static Table<SocketRow> Read(
        CaptureRun run, SocketQuery query, bool withOptions, LinuxProcesses processes, ForeignNamespace? foreign, int largeTable)
    {
        using var sockets = new LinuxSockets(run, query, foreign, largeTable);
        foreach (TransportProtocol protocol in (ReadOnlySpan<TransportProtocol>)
            [TransportProtocol.Tcp, TransportProtocol.Udp, TransportProtocol.UdpLite, TransportProtocol.Raw])
        {
            // What raw sockets have in the place of a port is the number of their protocol, which is below IPPROTO_MAX: 263 today.
            bool canMatch = protocol != TransportProtocol.Raw || query.FirstPort is null or < 1024;
            if (canMatch && (query.Protocol is null || query.Protocol == protocol))
                sockets.ReadProtocol(protocol);
        }

        if (query.Owners != OwnerSearch.None || query.ProcessId is not null || withOptions)
            SocketOwners.Find(run, sockets._table, processes, query, withOptions, sockets._groups);
        Table<SocketRow> table = sockets._table.ToTable();
        sockets.KeepSpares();
        return table;
    }

    /// <summary>The listener that gets a connection to a local endpoint, by the kernel's own choice.</summary>
    /// <returns>No row when nobody listens; null when the kernel did not say.</returns>
    public static Table<SocketRow>? FindListener(CaptureRun run, NetEndpoint local, OwnerSearch owners, LinuxProcesses processes)
    {
        var query = new SocketQuery { Protocol = TransportProtocol.Tcp, ListeningOnly = true, FirstPort = local.Port, LastPort = local.Port, Owners = owners };
        using var sockets = new LinuxSockets(run, query);
        NetlinkReading<SocketRow> reading = sockets._netlink.Dump(
            (destination, order, sequence) => NetlinkRequest.WriteListenerLookup(destination, order, sequence, local),
            InetDiagMessage.For(TransportProtocol.Tcp, sockets._groups),
            run.StartSource(),
            sockets._table.Rows,
            isOne: true);
        if (reading.Failure is not null && reading.Error != LinuxError.NoEntry)
            return null;
        if (owners != OwnerSearch.None)
            SocketOwners.Find(run, sockets._table, processes, query, withOptions: false, sockets._groups);
        Table<SocketRow> table = sockets._table.ToTable();
        sockets.KeepSpares();
        return table;
    }

    public void Dispose()
    {
        _netlink.Dispose();
        _byCookie.Dispose();
    }

    private static RowBuilder<SocketRow> TakeSpare(WeakReference<RowBuilder<SocketRow>?> place)
    {
        lock (place)
        {
            if (!place.TryGetTarget(out RowBuilder<SocketRow>? spare))
                return new RowBuilder<SocketRow>();
            place.SetTarget(null);
            return spare;
        }
    }

    // When the table is made: until then a collection of garbage would take them.
    private void KeepSpares()
    {
        KeepSpare(s_spare, _table.Rows);
        if (_half is not null)
            KeepSpare(s_spareHalf, _half);
    }

    private static void KeepSpare(WeakReference<RowBuilder<SocketRow>?> place, RowBuilder<SocketRow> rows)
    {
        rows.Clear();
        if (rows.Capacity is 0 or > LargestSpare)
            return;
        lock (place)
            place.SetTarget(rows);
    }

    private void ReadProtocol(TransportProtocol protocol)
    {
        bool wantsIPv4 = _query.LocalPrefix is not { } prefix || prefix.Address.IsIPv4;
        bool wantsIPv6 = _query.LocalPrefix is not { } other || other.Address.IsIPv6;
        if (StatesOf(protocol) is not (> 0 and uint states))
            return;

        // The old request walks TCP's tables once for both families. A kernel without it is asked for each.
        if (protocol == TransportProtocol.Tcp && wantsIPv4 && wantsIPv6 && TryReadBothFamilies(states))
            return;
        if (wantsIPv4)
            ReadFamily(protocol, isIPv6: false, states);
        if (wantsIPv6)
            ReadFamily(protocol, isIPv6: true, states);
    }

    private uint StatesOf(TransportProtocol protocol)
    {
        if (protocol != TransportProtocol.Tcp)
            return _query.ListeningOnly ? UnconnectedState : AllStates;
        uint states = _query.ListeningOnly ? ListenState : AllStates;
        return _query.HasStates ? states & InetSocket.StatesOf(_query.States.AsSpan()) : states;
    }

    private bool TryReadBothFamilies(uint states)
    {
        SourceClock clock = _run.StartSource();
        if (!(CountIfLarge(states) is > 0 and int count && TryReadHalves(states, count, clock)) && Dump(TransportProtocol.Tcp, family: 0, states, clock).Failure is not null)
            return false;
        _table.Succeeded();
        ReadListenersAgain(family: 0, states, clock);
        return true;
    }

    // How many sockets there are, where a second thread is worth its start; else 0. A query for some ports or states copies few of them.
    private int CountIfLarge(uint states)
    {
        if (_foreign is not null || _groups is not null || states != AllStates || _query.FirstPort is not null || _query.LastPort is not null || Environment.ProcessorCount == 1)
            return 0;
        Span<byte> text = stackalloc byte[1024];
        int count = 0;
        foreach (string path in (ReadOnlySpan<string>)["/proc/thread-self/net/sockstat", "/proc/thread-self/net/sockstat6"])
            count += LinuxFile.ReadAll(path, text) is var length and > 0 ? ProcText.TcpSocketsInUse(text[..length]) : 0;
        return count >= _largeTable ? count : 0;
    }

    // Nearly all of the time the kernel copies, and since 6.9 it does so for two who ask at once. A thread that is made here is in
    // this thread's network namespace.
    private bool TryReadHalves(uint states, int count, SourceClock clock)
    {
        int before = _table.Rows.Count;
        // Room at once: to grow is to copy.
        _table.Rows.Reserve(before + (int)(count * 1.1));
        RowBuilder<SocketRow> upper = _half = TakeSpare(s_spareHalf);
        upper.Reserve((int)(count * 0.6));
        NetlinkReading<SocketRow>? other = null;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(ReadUpper) { IsBackground = true, Name = "Sockets" };
        thread.Start();
        NetlinkReading<SocketRow> lower;
        try
        {
            lower = Read(_netlink, DumpHalf.Lower, _table.Rows);
        }
        finally
        {
            thread.Join();
        }

        failure?.Throw();
        if (lower.Failure is not null || other?.Failure is not null)
        {
            _table.Rows.Count = before;
            return false;
        }

        _table.Rows.AddRange(upper);
        Settle(before);
        return true;

        void ReadUpper()
        {
            try
            {
                using var netlink = new NetlinkReader(NetlinkReader.SockDiag);
                other = Read(netlink, DumpHalf.Upper, upper);
            }
            catch (OperationCanceledException cancelled)
            {
                failure = ExceptionDispatchInfo.Capture(cancelled);
            }
        }

        NetlinkReading<SocketRow> Read(NetlinkReader netlink, DumpHalf half, RowBuilder<SocketRow> rows)
        {
            var request = new InetDiagRequest(Family: 0, TransportProtocol.Tcp, states, Half: half);
            return netlink.Dump(
                (destination, order, sequence) => NetlinkRequest.WriteSockDiag(destination, order, sequence, request),
                InetDiagMessage.For(TransportProtocol.Tcp, groups: null),
                clock,
                rows);
        }
    }

    private void ReadFamily(TransportProtocol protocol, bool isIPv6, uint states)
    {
        SourceClock clock = _run.StartSource();
        byte family = isIPv6 ? NetlinkRequest.FamilyIPv6 : NetlinkRequest.FamilyIPv4;
        int before = _table.Rows.Count;
        NetlinkReading<SocketRow> reading = Dump(protocol, family, states, clock);
        if (reading.Failure is null)
        {
            _table.Succeeded();
            if (protocol == TransportProtocol.Tcp)
                ReadListenersAgain(family, states, clock);
            return;
        }

        string part = PartName(protocol, isIPv6);
        if (reading.Failure == SourceClock.TimedOut)
            _table.Missing(part, reading.Failure);
        else
            ReadText(protocol, isIPv6, part, reading, hasRows: _table.Rows.Count > before, clock);
    }

    // A dump walks the listeners first: one that began to listen meanwhile is in neither place it looked at.
    private void ReadListenersAgain(byte family, uint states, SourceClock clock)
    {
        if ((states & ListenState) == 0 || states == ListenState)
            return;
        if (Dump(TransportProtocol.Tcp, family, ListenState, clock).Failure is { } late)
            _table.Missing($"{PartName(TransportProtocol.Tcp, family == NetlinkRequest.FamilyIPv6)} listeners of the last moment", late);
    }

    private NetlinkReading<SocketRow> Dump(TransportProtocol protocol, byte family, uint states, SourceClock clock)
    {
        var request = new InetDiagRequest(
            family, protocol, states, _query.FirstPort ?? 0, _query.LastPort ?? 65535, _query.LocalPrefix);
        int before = _table.Rows.Count;
        NetlinkReading<SocketRow> reading = _netlink.Dump(
            (destination, order, sequence) => NetlinkRequest.WriteSockDiag(destination, order, sequence, request),
            InetDiagMessage.For(protocol, _groups),
            clock,
            _table.Rows);
        Settle(before);
        return reading;
    }

    private void ReadText(
        TransportProtocol protocol, bool isIPv6, string part, NetlinkReading<SocketRow> netlink, bool hasRows, SourceClock clock)
    {
        LinuxFile file;
        int error = _foreign?.TakeTable(part, out file) ?? LinuxFile.TryOpen($"/proc/thread-self/net/{part}", out file);
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
        byte[] buffer = KernelBuffer.Take();
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

        KernelBuffer.Keep(buffer);
        text.End();
        failure ??= text.BadOffset is { } offset ? $"bytes at {offset} make no sense" : null;

        // Rows that sock_diag gave before it failed have a cookie; the text repeats them without.
        if (hasRows)
        {
            failure ??= netlink.Failure;
        }
        else
        {
            int before = _table.Rows.Count;
            _table.Rows.AddRange(text.Rows);
            Settle(before);
        }

        _table.AddSource($"/proc/net/{part}");
        if (failure is null)
            _table.Succeeded();
        else
            _table.Missing(part, failure);
    }

    /// <summary>
    /// Keeps of the rows that a dump added those that answer the query, each once: a socket that moved between the kernel's
    /// tables can be seen twice, and the later sight counts.
    /// </summary>
    private void Settle(int before)
    {
        RowBuilder<SocketRow> rows = _table.Rows;
        SocketQuery query = _query.ProcessId is null ? _query : _query with { ProcessId = null };
        bool isEverySocket = query.IsEverySocketOfItsProtocol;
        _byCookie.Reserve(rows.Count - before);
        int kept = before;
        for (int i = before; i < rows.Count; i++)
        {
            if (!isEverySocket && !query.Matches(rows.ItemRef(i)))
                continue;
            if (kept != i)
                rows[kept] = rows.ItemRef(i);
            if (rows.ItemRef(kept).Cookie == 0 || _byCookie.Add(kept) is var known && known == kept)
                kept++;
            else
                rows[known] = rows.ItemRef(kept);
        }

        rows.Count = kept;
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
