using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Which sockets to read, and whether their owners are wanted. The default asks for everything.</summary>
public sealed record SocketQuery
{
    /// <summary>Every socket, with owners.</summary>
    public static SocketQuery All { get; } = new();

    /// <summary>Only this protocol; null for all.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>The lowest local port, host order; null for no limit.</summary>
    public int? FirstPort { get; init; }

    /// <summary>The highest local port, host order; null for no limit.</summary>
    public int? LastPort { get; init; }

    /// <summary>Only sockets that wait for peers: TCP listeners and bound, unconnected datagram sockets.</summary>
    public bool ListeningOnly { get; init; }

    /// <summary>Only sockets of this process; null for all.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Whether to find the owners. On Linux this costs about 3 microseconds per open descriptor of the machine.</summary>
    public bool WithOwners { get; init; } = true;

    /// <summary>The sockets that wait for peers on a port, or on every port.</summary>
    /// <param name="port">The local port, or null for every port.</param>
    /// <exception cref="ArgumentOutOfRangeException">The port is not between 0 and 65535.</exception>
    public static SocketQuery Listening(int? port = null) => ForPort(port) with { ListeningOnly = true };

    /// <summary>Every socket with this local port.</summary>
    /// <param name="port">The local port, or null for every port.</param>
    /// <exception cref="ArgumentOutOfRangeException">The port is not between 0 and 65535.</exception>
    public static SocketQuery ForPort(int? port)
    {
        if (port is < 0 or > 65535)
            throw new ArgumentOutOfRangeException(nameof(port), port, "A port is between 0 and 65535.");
        return new SocketQuery { FirstPort = port, LastPort = port };
    }

    /// <summary>Whether a row answers this query.</summary>
    public bool Matches(in SocketRow row)
    {
        if (Protocol is { } protocol && row.Protocol != protocol)
            return false;
        if (row.Local.Port < (FirstPort ?? 0) || row.Local.Port > (LastPort ?? 65535))
            return false;
        if (ListeningOnly && !row.IsListening)
            return false;
        if (ProcessId is not { } processId)
            return true;
        foreach (ProcessRow owner in row.Owners)
        {
            if (owner.ProcessId == processId)
                return true;
        }

        return false;
    }

    /// <summary>What this query leaves out, for the table's filter; null when it leaves out nothing.</summary>
    internal TableFilter? ToFilter() =>
        Protocol is null && FirstPort is null && LastPort is null && !ListeningOnly && ProcessId is null
            ? null
            : new TableFilter
            {
                Protocol = Protocol,
                FirstPort = FirstPort,
                LastPort = LastPort,
                ListeningOnly = ListeningOnly,
                ProcessId = ProcessId,
            };
}
