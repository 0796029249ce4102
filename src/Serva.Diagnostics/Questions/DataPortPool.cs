using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Serva.Diagnostics;

/// <summary>
/// The ports that a service takes for its transfers, besides the endpoints where clients ask: TFTP one for each transfer
/// (RFC 1350 section 4), FTP one for each passive connection (RFC 959 section 3.2).
/// </summary>
public sealed record DataPortPool
{
    private const int HighestPort = 65535;
    private const string Example = "udp/50000-50099, or udp/0 for automatic ones";

    private DataPortPool(TransportProtocol protocol, int first, int last)
    {
        Protocol = protocol;
        First = first;
        Last = last;
    }

    /// <summary>TCP or UDP.</summary>
    public TransportProtocol Protocol { get; }

    /// <summary>The first port, host order; 0 for those that the system hands out by itself.</summary>
    public int First { get; }

    /// <summary>The last port, host order, inclusive; 0 with <see cref="First"/>.</summary>
    public int Last { get; }

    /// <summary>Whether the service asks for no port, and the system hands one out.</summary>
    public bool IsAutomatic => First == 0;

    /// <summary>How many ports there are; 0 for automatic ones, whose range is the system's.</summary>
    public int Count => IsAutomatic ? 0 : Last - First + 1;

    /// <summary>Whether a port is one of the pool; never for automatic ones.</summary>
    public bool Contains(int port) => !IsAutomatic && port >= First && port <= Last;

    /// <summary>The ports that the system hands out.</summary>
    /// <param name="protocol">TCP or UDP.</param>
    public static DataPortPool Automatic(TransportProtocol protocol) => new(Checked(protocol), 0, 0);

    /// <summary>A range of ports.</summary>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="first">The first port, from 1 on.</param>
    /// <param name="last">The last port, inclusive, not before the first.</param>
    public static DataPortPool Create(TransportProtocol protocol, int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, HighestPort);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new DataPortPool(Checked(protocol), first, last);
    }

    /// <summary>Reads <c>udp/50000-50099</c>, <c>tcp/2121</c> for one port alone, or <c>udp/0</c> for those that the system hands out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pool">The ports.</param>
    /// <param name="error">What is wrong, else.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out DataPortPool? pool, [NotNullWhen(false)] out string? error)
    {
        pool = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int slash = rest.IndexOf('/');
        if (slash < 0)
            return Fail($"data ports are written {Example}", out error);
        TransportProtocol protocol;
        if (rest[..slash].Equals("tcp", StringComparison.OrdinalIgnoreCase))
            protocol = TransportProtocol.Tcp;
        else if (rest[..slash].Equals("udp", StringComparison.OrdinalIgnoreCase))
            protocol = TransportProtocol.Udp;
        else
            return Fail("data ports are of tcp or udp", out error);
        rest = rest[(slash + 1)..];
        int dash = rest.IndexOf('-');
        if (!TryReadPort(dash < 0 ? rest : rest[..dash], out int first) || !TryReadPort(dash < 0 ? rest : rest[(dash + 1)..], out int last))
            return Fail($"a data port is a number from 1 to {HighestPort}", out error);
        if (first > last)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"the data ports end before they begin: {first}-{last}"), out error);
        if (first == 0 && (last != 0 || dash >= 0))
            return Fail("0 stands for automatic ports and begins no range", out error);
        error = null;
        pool = new DataPortPool(protocol, first, last);
        return true;
    }

    /// <summary>The ports as <see cref="TryParse"/> reads them.</summary>
    public override string ToString()
    {
        string name = BindRequestText.NameOf(Protocol);
        return First == Last
            ? string.Create(CultureInfo.InvariantCulture, $"{name}/{First}")
            : string.Create(CultureInfo.InvariantCulture, $"{name}/{First}-{Last}");
    }

    private static bool TryReadPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= HighestPort;

    private static bool Fail(string problem, out string error)
    {
        error = problem;
        return false;
    }

    private static TransportProtocol Checked(TransportProtocol protocol) => protocol is TransportProtocol.Tcp or TransportProtocol.Udp
        ? protocol
        : throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "Data ports are of TCP or UDP.");
}
