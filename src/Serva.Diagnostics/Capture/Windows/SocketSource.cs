using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.IpHelper;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads the sockets by GetExtendedTcpTable and GetExtendedUdpTable, both families, each a part of its own: one that
/// fails is a gap and hides no other. Needs no privilege. Sockets that are bound without listening are not in these tables.
/// </summary>
[SupportedOSPlatform("windows")]
internal static unsafe class SocketSource
{
    private const string Source = "GetExtendedTcpTable, GetExtendedUdpTable";

    /// <summary>Reads what the query asks for.</summary>
    /// <param name="query">What to read.</param>
    /// <param name="processes">Names the owners; needed when the query wants them.</param>
    /// <param name="cancellationToken">Checked before each buffer.</param>
    public static Table<SocketRow> Read(SocketQuery query, ProcessSource? processes, CancellationToken cancellationToken)
    {
        ProcessSource? owners = query.Owners == OwnerSearch.None ? null : processes;
        // Owners are looked up for the rows that remain; the number of the owner is known without looking.
        SocketQuery rowQuery = query with { ProcessId = null };
        var rows = ImmutableArray.CreateBuilder<SocketRow>();
        var gaps = ImmutableArray.CreateBuilder<TableGap>();
        int parts = 0;
        int failed = 0;
        foreach (Part part in Parts)
        {
            if (query.Protocol is { } protocol && protocol != part.Protocol)
                continue;
            parts++;
            var sockets = new List<MibSocket>();
            if (ReadPart(part, query.ListeningOnly, sockets, cancellationToken) is { } reason)
            {
                gaps.Add(new TableGap { Part = part.Name, Reason = reason });
                failed += sockets.Count == 0 ? 1 : 0;
            }

            foreach (MibSocket socket in sockets)
            {
                if (query.ProcessId is { } wanted && socket.ProcessId != wanted)
                    continue;
                SocketRow row = ToRow(part.Protocol, socket);
                if (rowQuery.Matches(row))
                    rows.Add(owners is null ? row : WithOwner(row, socket.ProcessId, owners));
            }
        }

        if (parts > 0 && failed == parts)
            return Table<SocketRow>.Unavailable(Source, gaps[0].Reason);
        return gaps.Count == 0
            ? Table<SocketRow>.Complete(rows.DrainToImmutable(), Source, filter: query.ToFilter())
            : Table<SocketRow>.Partial(rows.DrainToImmutable(), Source, gaps.DrainToImmutable(), filter: query.ToFilter());
    }

    private static SocketRow ToRow(TransportProtocol protocol, in MibSocket socket) => new()
    {
        Protocol = protocol,
        Local = socket.Local,
        Remote = socket.Remote,
        State = socket.State,
        CreatedAt = socket.CreatedAt,
        OwnerMissingBecause = OwnerGap.NotRequested,
    };

    private static SocketRow WithOwner(SocketRow row, int processId, ProcessSource processes)
    {
        if (processId == 0)
        {
            // Connections outlive their process (TIME_WAIT); a listener or datagram socket does not.
            bool isOrphan = row.Protocol == TransportProtocol.Tcp && row.State != TcpState.Listen;
            return row with { OwnerMissingBecause = isOrphan ? OwnerGap.NoProcess : OwnerGap.NotFound };
        }

        ProcessRow owner = processes.Find(processId, out OwnerGap gap);
        return row with { Owners = [owner], OwnerMissingBecause = gap };
    }

    private static string? ReadPart(Part part, bool listeningOnly, List<MibSocket> sockets, CancellationToken cancellationToken) =>
        SourceBoundary.Guard(() =>
        {
            string? reason = ReadTable(part, part.Module, part.ModuleClass(listeningOnly), sockets, cancellationToken);
            if (reason is null || sockets.Count > 0)
                return reason;
            // The class with the time of the bind is the younger one; the owner alone is better than nothing.
            return ReadTable(part, part.Pid, part.PidClass(listeningOnly), sockets, cancellationToken) is { } second
                ? $"{reason}; {second}"
                : null;
        });

    private static string? ReadTable(
        Part part, MibSocketLayout layout, uint tableClass, List<MibSocket> sockets, CancellationToken cancellationToken)
    {
        NativeFault? fault = null;
        string? reason = GrowingTable.Read(
            part.Function,
            (Span<byte> buffer, ref uint size) =>
            {
                fixed (byte* table = buffer)
                fixed (uint* length = &size)
                {
                    return part.Protocol == TransportProtocol.Tcp
                        ? IpHelperApi.GetExtendedTcpTable(table, length, 0, part.Family, tableClass, 0)
                        : IpHelperApi.GetExtendedUdpTable(table, length, 0, part.Family, tableClass, 0);
                }
            },
            table => fault = MibSocketTable.Decode(table, layout, sockets),
            cancellationToken);
        return reason ?? (fault is null ? null : $"{layout.Name} {fault}");
    }

    private static readonly Part[] Parts =
    [
        new("tcp4", TransportProtocol.Tcp, SockaddrInet.IPv4, MibSocketLayout.Tcp4OwnerModule, MibSocketLayout.Tcp4OwnerPid),
        new("tcp6", TransportProtocol.Tcp, SockaddrInet.IPv6, MibSocketLayout.Tcp6OwnerModule, MibSocketLayout.Tcp6OwnerPid),
        new("udp4", TransportProtocol.Udp, SockaddrInet.IPv4, MibSocketLayout.Udp4OwnerModule, MibSocketLayout.Udp4OwnerPid),
        new("udp6", TransportProtocol.Udp, SockaddrInet.IPv6, MibSocketLayout.Udp6OwnerModule, MibSocketLayout.Udp6OwnerPid),
    ];

    private sealed record Part(string Name, TransportProtocol Protocol, ushort Family, MibSocketLayout Module, MibSocketLayout Pid)
    {
        public string Function => Protocol == TransportProtocol.Tcp ? "GetExtendedTcpTable" : "GetExtendedUdpTable";

        // TCP_TABLE_OWNER_MODULE_LISTENER is 6, _ALL 8; UDP_TABLE_OWNER_MODULE 2 (iprtrmib.h).
        public uint ModuleClass(bool listeningOnly) => Protocol == TransportProtocol.Udp ? 2u : listeningOnly ? 6u : 8u;

        // TCP_TABLE_OWNER_PID_LISTENER is 3, _ALL 5; UDP_TABLE_OWNER_PID 1.
        public uint PidClass(bool listeningOnly) => Protocol == TransportProtocol.Udp ? 1u : listeningOnly ? 3u : 5u;
    }
}
