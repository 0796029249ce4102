using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>A client of a service, as one may be: on a link of the host, or beyond the routers; and the way of its reply.</summary>
internal sealed class ServiceReply
{
    // Addresses of nobody (RFC 5737, RFC 3849) stand for all clients that only a default route leads to.
    private static readonly NetAddress[] s_nobody =
        [NetAddress.Parse("203.0.113.1"), NetAddress.Parse("198.51.100.1"), NetAddress.Parse("192.0.2.1"), NetAddress.Parse("2001:db8::1")];

    private const int MostAddresses = 32;
    private const byte Tcp = 6, Udp = 17;

    /// <summary>The address that the client asks.</summary>
    public required NetAddress Address { get; init; }

    /// <summary>The interface of that address, by which the request comes in.</summary>
    public required InterfaceRow Interface { get; init; }

    /// <summary>Whether the client is beyond the routers, and not on the link.</summary>
    public required bool IsBeyondRouters { get; init; }

    /// <summary>What becomes of request and reply.</summary>
    public required ReplyPath Path { get; init; }

    /// <summary>The clients in words.</summary>
    public string Clients => IsBeyondRouters ? "clients beyond the routers" : $"clients on {SafeText.Of(Interface.Name)}";

    /// <summary>The replies of a service: to clients on the link of each of its addresses, and beyond the routers where its link has a default one.</summary>
    public static ImmutableArray<ServiceReply> Of(BindRequest request, HostSnapshot host, RouteSelector routes)
    {
        NetAddress bound = request.Endpoint.Address.UnmapIPv4();
        if (bound.IsLoopback || bound.IsMulticast || request.Protocol is not (TransportProtocol.Tcp or TransportProtocol.Udp)
            || !host.Routes.IsKnown || !host.Interfaces.IsKnown || !host.Addresses.IsKnown)
        {
            return [];
        }

        var replies = ImmutableArray.CreateBuilder<ServiceReply>();
        foreach (AddressRow own in host.Addresses.Where(row => IsServed(row, bound, request)).Take(MostAddresses))
        {
            if (host.Interfaces.FirstOrDefault(row => row.Index == own.Interface) is not { } device || device.Status is OperationalStatus.Down or OperationalStatus.NotPresent or OperationalStatus.LowerLayerDown
                || device.Type == NetworkInterfaceType.Loopback || (request.Device is { } wanted && wanted != device.Name))
            {
                continue;
            }

            bool isUnbound = bound.IsUnspecified && request.Protocol == TransportProtocol.Udp;
            foreach ((NetAddress client, bool isBeyond) in ClientsOf(own, host))
            {
                var asked = new Flow
                {
                    Destination = own.Address,
                    Source = client,
                    InputInterface = device.Name,
                    IPProtocol = request.Protocol == TransportProtocol.Tcp ? Tcp : Udp,
                    SourcePort = 49_152,
                    DestinationPort = request.Endpoint.Port,
                };
                replies.Add(new ServiceReply { Address = own.Address, Interface = device, IsBeyondRouters = isBeyond, Path = routes.SelectReply(asked, isUnbound) });
            }
        }

        return replies.DrainToImmutable();
    }

    private static bool IsServed(AddressRow row, NetAddress bound, BindRequest request) =>
        !row.Address.IsLoopback && !row.Address.IsLinkLocal && row.State is not (AddressState.Tentative or AddressState.Duplicate)
        && (bound.IsUnspecified
            ? row.Address.IsIPv4 == bound.IsIPv4 || (bound.IsIPv6 && request.DualMode)
            : row.Address.WithoutScope() == bound.WithoutScope());

    private static IEnumerable<(NetAddress Client, bool IsBeyond)> ClientsOf(AddressRow own, HostSnapshot host)
    {
        if (NeighborOf(own, host) is { } neighbor)
            yield return (neighbor, false);
        if (host.Routes.Any(row => IsDefault(row, own)) && NobodyOf(own, host) is { } client)
            yield return (client, true);
    }

    // A default route by a router on that interface, in any table; a VPN halves it.
    private static bool IsDefault(RouteRow row, AddressRow own) => row.Destination.Length <= 1 && row.Destination.Address.IsIPv4 == own.Address.IsIPv4 && row.Kind is RouteKind.Unicast or RouteKind.Unknown
        && (row.NextHops.IsEmpty ? row.Gateway is not null && row.Interface == own.Interface : row.NextHops.Any(hop => hop.Gateway is not null && hop.Interface == own.Interface));

    private static NetAddress? NobodyOf(AddressRow own, HostSnapshot host)
    {
        foreach (NetAddress candidate in s_nobody)
        {
            if (candidate.IsIPv4 == own.Address.IsIPv4 && !host.Routes.Any(row => row.Destination.Length > 1 && row.Destination.Contains(candidate)))
                return candidate;
        }

        return null;
    }

    // The first address of the link that is none of the host's.
    private static NetAddress? NeighborOf(AddressRow own, HostSnapshot host)
    {
        NetAddress address = own.Address.WithoutScope();
        if (own.PrefixLength == 0 || own.PrefixLength >= address.BitCount - 1)
            return null;
        (ulong high, ulong low) = NetPrefix.Create(address, own.PrefixLength).Address.Words;
        for (ulong number = 1; number < 8; number++)
        {
            NetAddress neighbor = address.IsIPv4 ? NetAddress.FromIPv4((uint)(low + number)) : NetAddress.FromIPv6(high, low + number);
            if (!host.Addresses.Any(row => row.Address.WithoutScope() == neighbor) && NetPrefix.Create(neighbor, own.PrefixLength).LastAddress != neighbor)
                return neighbor;
        }

        return null;
    }
}
