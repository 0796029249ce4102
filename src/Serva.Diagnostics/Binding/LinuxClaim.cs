using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Binding;

/// <summary>What a socket claims of a port on Linux: its addresses as the kernel compares them.</summary>
internal readonly struct LinuxClaim
{
    /// <summary>The IPv4 address that the kernel writes into a socket with a specific IPv6 address (<c>LOOPBACK4_IPV6</c>).</summary>
    private const uint IPv4OfIPv6Sockets = 0x7f00_0006;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _ipv4;
    private readonly Kind _kind;
    private readonly bool _isInet6;

    /// <param name="address">The local address.</param>
    /// <param name="isIPv6Only">IPV6_V6ONLY; means nothing for IPv4.</param>
    /// <param name="device">The interface the socket is bound to; 0 for none.</param>
    /// <param name="domain">The VRF of that interface; 0 for none.</param>
    public LinuxClaim(NetAddress address, bool isIPv6Only, uint device, uint domain)
    {
        Device = device;
        Domain = domain;
        (_high, _low) = address.Words;
        _isInet6 = address.IsIPv6;
        IsIPv6Only = isIPv6Only && _isInet6;
        if (!_isInet6 || address.IsIPv4Mapped)
        {
            _kind = Kind.IPv4;
            _ipv4 = (uint)_low;
        }
        else if (address.IsUnspecified)
        {
            _kind = Kind.Any;
        }
        else
        {
            _kind = Kind.Unicast;
            _ipv4 = IPv4OfIPv6Sockets;
        }
    }

    private enum Kind : byte
    {
        IPv4,
        Any,
        Unicast,
    }

    public uint Device { get; }

    public uint Domain { get; }

    public bool IsIPv6Only { get; }

    private bool IsWildcard => _kind == Kind.Any || (_kind == Kind.IPv4 && _ipv4 == 0);

    /// <summary>Whether two sockets may meet on some interface.</summary>
    public static bool DevicesMeet(in LinuxClaim a, in LinuxClaim b) =>
        a.Device == 0 || b.Device == 0 || a.Device == b.Device;

    /// <summary>Whether the addresses of a new socket meet those of an existing one: datagram sockets.</summary>
    /// <remarks>net/ipv4/inet_connection_sock.c: <c>inet_rcv_saddr_equal</c> with wildcards. Not symmetric.</remarks>
    public static bool AddressesMeet(in LinuxClaim asked, in LinuxClaim held)
    {
        if (!asked._isInet6 || (asked._kind == Kind.IPv4 && held._kind == Kind.IPv4))
            return IPv4Meets(asked, held);
        if (asked._kind == Kind.Any && held._kind == Kind.Any)
            return true;
        if (held._kind == Kind.Any && !(held.IsIPv6Only && asked._kind == Kind.IPv4))
            return true;
        if (asked._kind == Kind.Any && !(asked.IsIPv6Only && held._kind == Kind.IPv4))
            return true;
        return SameUnicast(asked, held);
    }

    /// <summary>The same for stream sockets, which the kernel looks up by address since 6.1.</summary>
    /// <remarks>net/ipv4/inet_connection_sock.c: <c>inet_use_hash2_on_bind</c>, <c>inet_bhash2_addr_any_conflict</c>.</remarks>
    public static bool StreamAddressesMeet(in LinuxClaim asked, in LinuxClaim held)
    {
        if (asked.IsWildcard)
            return AddressesMeet(asked, held);
        if (held.IsIPv6Only && asked._kind == Kind.IPv4)
            return false;
        if (held._kind == Kind.Any)
            return true;
        if (asked._kind == Kind.IPv4)
            return held._kind == Kind.IPv4 && (held._ipv4 == 0 || held._ipv4 == asked._ipv4);
        return SameUnicast(asked, held);
    }

    /// <summary>
    /// Whether a port that remembers a stream socket with SO_REUSEPORT lets another one of that user in without looking
    /// at the others.
    /// </summary>
    /// <remarks>net/ipv4/inet_connection_sock.c: <c>sk_reuseport_match</c>; only the remembered address may be a wildcard.</remarks>
    public static bool LetsIn(in LinuxClaim remembered, in LinuxClaim asked)
    {
        if (!remembered._isInet6 || (remembered._kind == Kind.IPv4 && asked._kind == Kind.IPv4))
            return !asked.IsIPv6Only && (remembered._ipv4 == asked._ipv4 || remembered._ipv4 == 0);
        if (remembered._kind == Kind.Any)
            return asked._kind == Kind.Any || !(remembered.IsIPv6Only && asked._kind == Kind.IPv4);
        return SameUnicast(remembered, asked);
    }

    private static bool IPv4Meets(in LinuxClaim asked, in LinuxClaim held) =>
        !held.IsIPv6Only && (asked._ipv4 == held._ipv4 || asked._ipv4 == 0 || held._ipv4 == 0);

    private static bool SameUnicast(in LinuxClaim a, in LinuxClaim b) =>
        a._kind == Kind.Unicast && b._kind == Kind.Unicast && a._high == b._high && a._low == b._low;
}
