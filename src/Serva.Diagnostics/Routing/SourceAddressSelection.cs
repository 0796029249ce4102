using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Routing;

/// <summary>An address that may become the source of a packet.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">The length of its on-link prefix in bits.</param>
internal readonly record struct SourceCandidate(NetAddress Address, int PrefixLength)
{
    public bool IsDeprecated { get; init; }

    /// <summary>RFC 4941; Windows and RFC 6724 prefer these.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>Mobile IPv6: an address of the visited network, not the home address.</summary>
    public bool IsCareOf { get; init; }
}

/// <summary>Chooses source addresses and orders destinations: RFC 6724 sections 5 and 6, and the IPv4 rules of Windows (KB 969029).</summary>
/// <remarks>
/// Rules 5 and 5.5 (the outgoing interface, the advertised prefix) are left to the caller, who offers the addresses of the
/// interface that the route leads to; rule 7 of the destinations (native transport) needs facts that nobody captures.
/// </remarks>
internal static class SourceAddressSelection
{
    private const int LinkLocalScope = 2, SiteLocalScope = 5, GlobalScope = 14;

    /// <summary>The source for a destination, and whether the last two candidates were told apart by a rule; null for no candidate.</summary>
    public static (SourceCandidate Source, bool IsTie)? ChooseIPv6(NetAddress destination, IEnumerable<SourceCandidate> candidates, AddressPolicy policy) =>
        Best(candidates, (left, right) => CompareSources(left, right, destination, policy));

    /// <summary>
    /// The IPv4 source on Windows Vista and later: the destination itself, then the most leading bits in common with the next hop,
    /// then with the destination (KB 969029; its rule on the outgoing interface is the caller's).
    /// </summary>
    public static (SourceCandidate Source, bool IsTie)? ChooseIPv4(NetAddress destination, NetAddress nextHop, IEnumerable<SourceCandidate> candidates) =>
        Best(candidates, (left, right) => FirstDifference(
            Prefer(left.Address == destination, right.Address == destination),
            CommonBits(left.Address, nextHop) - CommonBits(right.Address, nextHop),
            CommonBits(left.Address, destination) - CommonBits(right.Address, destination)));

    /// <summary>Destinations in the order in which they are to be tried; a source that is null means that none can be used.</summary>
    public static List<(NetAddress Destination, SourceCandidate? Source)> Order(
        IEnumerable<NetAddress> destinations, Func<NetAddress, SourceCandidate?> sourceOf, AddressPolicy policy)
    {
        // A stable sort: what no rule tells apart stays as it was (rule 10).
        return
        [
            .. destinations.Select(destination => (Destination: destination, Source: sourceOf(destination)))
                .Order(Comparer<(NetAddress Destination, SourceCandidate? Source)>.Create((left, right) => -CompareDestinations(left, right, policy))),
        ];
    }

    /// <summary>Above zero when the left source is the better one: RFC 6724 section 5.</summary>
    private static int CompareSources(SourceCandidate left, SourceCandidate right, NetAddress destination, AddressPolicy policy)
    {
        int label = policy.Of(destination).Label;
        return FirstDifference(
            Prefer(left.Address.WithoutScope() == destination.WithoutScope(), right.Address.WithoutScope() == destination.WithoutScope()),
            CompareScopes(ScopeOf(left.Address), ScopeOf(right.Address), ScopeOf(destination)),
            Prefer(!left.IsDeprecated, !right.IsDeprecated),
            Prefer(!left.IsCareOf, !right.IsCareOf),
            Prefer(policy.Of(left.Address).Label == label, policy.Of(right.Address).Label == label),
            Prefer(left.IsTemporary, right.IsTemporary),
            CommonPrefix(left, destination) - CommonPrefix(right, destination));
    }

    // The smaller scope that still reaches the destination; of two that do not, the larger.
    private static int CompareScopes(int left, int right, int destination) => (left - right) switch
    {
        0 => 0,
        < 0 => left < destination ? -1 : 1,
        _ => right < destination ? 1 : -1,
    };

    private static int CompareDestinations((NetAddress Destination, SourceCandidate? Source) left, (NetAddress Destination, SourceCandidate? Source) right, AddressPolicy policy)
    {
        if (left.Source is not { } leftSource || right.Source is not { } rightSource)
            return Prefer(left.Source is not null, right.Source is not null);
        (AddressPolicyRow leftPolicy, AddressPolicyRow rightPolicy) = (policy.Of(left.Destination), policy.Of(right.Destination));
        return FirstDifference(
            Prefer(ScopeOf(left.Destination) == ScopeOf(leftSource.Address), ScopeOf(right.Destination) == ScopeOf(rightSource.Address)),
            Prefer(!leftSource.IsDeprecated, !rightSource.IsDeprecated),
            Prefer(!leftSource.IsCareOf, !rightSource.IsCareOf),
            Prefer(leftPolicy.Label == policy.Of(leftSource.Address).Label, rightPolicy.Label == policy.Of(rightSource.Address).Label),
            leftPolicy.Precedence - rightPolicy.Precedence,
            ScopeOf(right.Destination) - ScopeOf(left.Destination),
            left.Destination.IsIPv4 == right.Destination.IsIPv4 ? CommonBitsToOrderBy(leftSource, left.Destination) - CommonBitsToOrderBy(rightSource, right.Destination) : 0);
    }

    // As glibc does: among IPv4 addresses the leading bits say nothing beyond the own subnet, and all of them count within it.
    private static int CommonBitsToOrderBy(SourceCandidate source, NetAddress destination)
    {
        if (destination.IsIPv6)
            return CommonPrefix(source, destination);
        int common = CommonBits(source.Address, destination);
        return common >= source.PrefixLength ? common : 0;
    }

    private static (SourceCandidate Source, bool IsTie)? Best(IEnumerable<SourceCandidate> candidates, Comparison<SourceCandidate> compare)
    {
        (SourceCandidate Source, bool IsTie)? best = null;
        foreach (SourceCandidate candidate in candidates)
        {
            int difference = best is { } leader ? compare(candidate, leader.Source) : 1;
            if (difference > 0)
                best = (candidate, false);
            else if (difference == 0)
                best = (best!.Value.Source, true);
        }

        return best;
    }

    private static int FirstDifference(params ReadOnlySpan<int> differences)
    {
        foreach (int difference in differences)
        {
            if (difference != 0)
                return difference;
        }

        return 0;
    }

    private static int Prefer(bool left, bool right) => (left ? 1 : 0) - (right ? 1 : 0);

    // RFC 6724 section 2.2: no more bits than the prefix of the source has.
    private static int CommonPrefix(SourceCandidate source, NetAddress destination) => Math.Min(CommonBits(source.Address, destination), source.PrefixLength);

    /// <summary>How many leading bits two addresses share; 0 for different families.</summary>
    public static int CommonBits(NetAddress left, NetAddress right)
    {
        if (left.IsIPv4 != right.IsIPv4)
            return 0;
        ((ulong leftHigh, ulong leftLow), (ulong rightHigh, ulong rightLow)) = (left.Words, right.Words);
        if (left.IsIPv4)
            return BitOperations.LeadingZeroCount((uint)(leftLow ^ rightLow));
        return leftHigh != rightHigh ? BitOperations.LeadingZeroCount(leftHigh ^ rightHigh) : 64 + BitOperations.LeadingZeroCount(leftLow ^ rightLow);
    }

    // RFC 6724 sections 3.1 and 3.2: of IPv4 the loopback and the automatic addresses have the scope of the link.
    private static int ScopeOf(NetAddress address)
    {
        if (address.IsIPv4 || address.IsIPv4Mapped)
            return address.UnmapIPv4() is { IsLoopback: true } or { IsLinkLocal: true } ? LinkLocalScope : GlobalScope;
        if (address.IsMulticast)
            return (int)(address.Words.High >> 48) & 0xf;
        return address.IsLoopback || address.IsLinkLocal ? LinkLocalScope
            : address.Words.High >> 54 == 0xfec0 >> 6 ? SiteLocalScope
            : GlobalScope;
    }
}
