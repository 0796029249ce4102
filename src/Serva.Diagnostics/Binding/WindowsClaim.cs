using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Binding;

/// <summary>How narrow a claim on one address family is. Windows compares claims by their narrowness.</summary>
internal enum WindowsWidth : byte
{
    /// <summary>The socket does not serve this family.</summary>
    None = 0,

    /// <summary>A dual-stack wildcard: a step wider than the family's own.</summary>
    DualWildcard,

    /// <summary>The family's own wildcard.</summary>
    Wildcard,

    /// <summary>One address.</summary>
    Specific,
}

/// <summary>What a socket claims of a port on Windows, per address family.</summary>
/// <remarks>
/// That a dual-stack wildcard is a step wider than <c>0.0.0.0</c> was fitted to three measured pairs (Wine's
/// test_reuseaddr, cases 10, 11 and 14) and is confirmed by nothing else.
/// </remarks>
internal readonly struct WindowsClaim
{
    private readonly NetAddress _ipv4Address;
    private readonly NetAddress _ipv6Address;

    public WindowsClaim(NetAddress address, bool isDual)
    {
        if (address.IsIPv4 || address.IsIPv4Mapped)
        {
            _ipv4Address = address.UnmapIPv4();
            IPv4 = _ipv4Address.IsUnspecified ? WindowsWidth.Wildcard : WindowsWidth.Specific;
        }
        else if (!address.IsUnspecified)
        {
            _ipv6Address = address.WithoutScope();
            IPv6 = WindowsWidth.Specific;
        }
        else
        {
            IPv6 = isDual ? WindowsWidth.DualWildcard : WindowsWidth.Wildcard;
            IPv4 = isDual ? WindowsWidth.DualWildcard : WindowsWidth.None;
        }
    }

    public WindowsWidth IPv4 { get; }

    public WindowsWidth IPv6 { get; }

    /// <summary>Whether two claims meet on a family, and then which of them counts as the wildcard in the matrix.</summary>
    /// <param name="held">The holder.</param>
    /// <param name="asked">The newcomer.</param>
    /// <param name="onIPv6">The family to look at.</param>
    /// <param name="heldIsSpecific">The holder's column of the matrix.</param>
    /// <param name="askedIsSpecific">The newcomer's column of the matrix.</param>
    public static bool Meet(in WindowsClaim held, in WindowsClaim asked, bool onIPv6, out bool heldIsSpecific, out bool askedIsSpecific)
    {
        WindowsWidth first = onIPv6 ? held.IPv6 : held.IPv4;
        WindowsWidth second = onIPv6 ? asked.IPv6 : asked.IPv4;
        heldIsSpecific = first > second;
        askedIsSpecific = second > first;
        if (first == WindowsWidth.None || second == WindowsWidth.None)
            return false;
        if (first != WindowsWidth.Specific || second != WindowsWidth.Specific)
            return true;
        heldIsSpecific = true;
        askedIsSpecific = true;
        return onIPv6 ? held._ipv6Address == asked._ipv6Address : held._ipv4Address == asked._ipv4Address;
    }
}
