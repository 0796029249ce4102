using System;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>A range of ports, both ends inclusive.</summary>
internal readonly record struct PortSpan(int First, int Last)
{
    public int Count => Math.Max(0, Last - First + 1);

    public bool Contains(int port) => port >= First && port <= Last;
}

/// <summary>The ports that Linux treats in a special way.</summary>
internal static class LinuxPorts
{
    private const string RangeSetting = "net.ipv4.ip_local_port_range";

    /// <summary>The kernel's default since 2.6 (net/ipv4/af_inet.c: <c>inet_init_net</c>).</summary>
    private static readonly PortSpan s_defaultRange = new(32768, 60999);

    /// <summary>The range that port 0 is served from (<c>ip_local_port_range</c>).</summary>
    public static PortSpan AutomaticRange(BindFacts facts) => AutomaticRange(facts, out _);

    /// <param name="facts">The host.</param>
    /// <param name="isKnown">False when the default stands in for a range that was not captured.</param>
    public static PortSpan AutomaticRange(BindFacts facts, out bool isKnown)
    {
        isKnown = true;
        if (facts.PortRanges.FirstDynamic is { } captured)
            return captured;
        if (facts.Setting(RangeSetting) is { } text && TryParse(text, out PortSpan range))
            return range;
        isKnown = false;
        return s_defaultRange;
    }

    /// <summary>
    /// The range less what the socket itself excludes (IP_LOCAL_PORT_RANGE): each end counts only inside of the system's
    /// range.
    /// </summary>
    /// <remarks>net/ipv4/inet_connection_sock.c: <c>inet_sk_get_local_port_range</c>, since Linux 6.3.</remarks>
    public static PortSpan Narrow(PortSpan system, BindRequest request)
    {
        int first = system.Contains(request.LowestAutomaticPort) ? request.LowestAutomaticPort : system.First;
        bool endsEarlier = request.HighestAutomaticPort >= first && request.HighestAutomaticPort <= system.Last;
        return new PortSpan(first, endsEarlier ? request.HighestAutomaticPort : system.Last);
    }

    /// <summary>Whether a port is kept out of automatic assignment (<c>ip_local_reserved_ports</c>).</summary>
    public static bool IsReserved(BindFacts facts, TransportProtocol protocol, int port) => facts.PortRanges.Reserved(protocol).Contains(port);

    /// <summary>How many ports are reserved, of whatever protocol: at least as many as of the automatic range.</summary>
    public static int ReservedCount(BindFacts facts) => facts.PortRanges.Reserved(null).CountIn(new PortSpan(0, 65535));

    private static bool TryParse(string text, out PortSpan range)
    {
        range = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int gap = rest.IndexOfAny(' ', '\t', '-');
        if (gap < 0
            || !int.TryParse(rest[..gap], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(rest[(gap + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int last))
        {
            return false;
        }

        range = new PortSpan(first, last);
        return true;
    }
}
