using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Which of the listeners of a port gets a connection to a local endpoint.</summary>
internal static class ListenerChoice
{
    /// <summary>
    /// The one with the address itself; else the one with the wildcard of its family; else, for IPv4, the one of a dual-stack
    /// wildcard. Null when there is none.
    /// </summary>
    public static SocketRow? For(NetEndpoint local, Table<SocketRow> listeners)
    {
        SocketRow? best = null;
        int bestRank = 0;
        foreach (ref readonly SocketRow row in listeners.AsSpan())
        {
            int rank = row.Local.Port == local.Port ? Rank(local.Address, row) : 0;
            if (rank > bestRank)
                (best, bestRank) = (row, rank);
        }

        return best;
    }

    private static int Rank(NetAddress wanted, in SocketRow row)
    {
        NetAddress address = row.Local.Address;
        if (address.UnmapIPv4() == wanted.UnmapIPv4())
            return 3;
        if (!address.IsUnspecified)
            return 0;
        return address.Family == wanted.UnmapIPv4().Family ? 2 : address.IsIPv6 && row.IPv6Only != true ? 1 : 0;
    }
}
