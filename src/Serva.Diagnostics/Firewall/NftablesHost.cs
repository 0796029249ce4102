using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>What rules ask about the host: its interfaces, addresses and routes.</summary>
internal sealed class NftablesHost
{
    private readonly HostSnapshot _host;
    private readonly RouteSelector _routes;
    private readonly Dictionary<string, InterfaceRow> _interfaces = new(StringComparer.Ordinal);
    private readonly RouteRow[] _local;
    private readonly HashSet<NetAddress> _broadcasts;

    public NftablesHost(HostSnapshot host)
    {
        const uint localTable = 255;
        _host = host;
        _routes = new RouteSelector(host);
        foreach (InterfaceRow row in host.Interfaces)
            _interfaces.TryAdd(row.Name, row);
        // The longest prefix first.
        _local = [.. host.Routes.Where(row => row.Table == localTable).OrderByDescending(row => row.Destination.Length)];
        _broadcasts = [.. _local.Where(row => row.Kind == RouteKind.Broadcast).Select(row => row.Destination.Address)];
    }

    /// <summary>Whether routes and addresses were seen: without them nobody can say what is for this host.</summary>
    public bool KnowsRoutes => _host.Routes.IsKnown && _host.Interfaces.IsKnown;

    public InterfaceRow? Interface(string? name) => name is null ? null : _interfaces.GetValueOrDefault(name);

    public bool IsBroadcast(NetAddress address) => address.IsBroadcast || _broadcasts.Contains(address.WithoutScope());

    /// <summary>Whether the host passes packets of a family on that come in by an interface.</summary>
    public bool? Forwards(bool isIPv6, string? input) =>
        _host.FindSetting($"net.{(isIPv6 ? "ipv6" : "ipv4")}.conf.{input ?? "all"}.forwarding") is { } value ? value != "0" : null;

    /// <summary>Where the packet goes after prerouting.</summary>
    public RouteDecision? Route(NftablesPacket packet, Flow flow)
    {
        if (!KnowsRoutes)
            return null;
        return _routes.Select(new Flow
        {
            Destination = WithScope(packet.Destination, packet.Input),
            Source = packet.Source,
            InputInterface = packet.Source is null ? null : packet.Input,
            Mark = packet.Mark,
            TypeOfService = flow.TypeOfService,
            IPProtocol = packet.Protocol,
            SourcePort = flow.SourcePort,
            DestinationPort = packet.DestinationPort,
        });
    }

    /// <summary>The interface by which packets from a client come in: the one that the way back to it leaves by, or the one of the address.</summary>
    public string? InputOf(Flow flow)
    {
        if (!KnowsRoutes)
            return null;
        if (flow.Source is { } source && _routes.Select(new Flow { Destination = source }) is { Outcome: RouteOutcome.Unicast, Choices: [var way, ..] })
            return way.InterfaceName;
        if (flow.Source is { IsLoopback: true } || flow.Destination.IsLoopback)
            return "lo";
        uint? index = _host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == flow.Destination.WithoutScope())?.Interface;
        return _host.Interfaces.FirstOrDefault(row => row.Index == index)?.Name;
    }

    /// <summary>The address of an interface to which a redirection leads; null when it has none of that family.</summary>
    public NetAddress? RedirectTarget(NftablesPacket packet)
    {
        if (packet.Input == "lo")
            return packet.IsIPv6 ? NetAddress.LoopbackIPv6 : NetAddress.LoopbackIPv4;
        uint? index = Interface(packet.Input)?.Index;
        bool isLinkLocal = packet.Destination.IsLinkLocal;
        foreach (AddressRow row in _host.Addresses)
        {
            if (row.Interface == index && row.Address.IsIPv6 == packet.IsIPv6 && (!packet.IsIPv6 || row.Address.IsLinkLocal == isLinkLocal))
                return row.Address.WithoutScope();
        }

        return null;
    }

    /// <summary>What <c>fib</c> answers (nft_fib_ipv4.c, nft_fib_ipv6.c).</summary>
    public FieldValue Fib(FibQuestion question, NftablesPacket packet)
    {
        if (!KnowsRoutes)
            return FieldValue.Unknown;
        if ((question.IsSource ? packet.Source : packet.Destination) is not { } address)
            return FieldValue.Open;
        string? device = question.UsesInput ? packet.Input : question.UsesOutput ? packet.Output : null;
        if (question.UsesInput && device is null)
            return FieldValue.Open;
        if (question.Result == "type")
            return FieldValue.Of((uint)KindOf(address, device, packet.Mark));
        string? output = OutputOf(question, packet, address, device);
        uint index = Interface(output)?.Index ?? 0;
        if (question.Result == "exists")
            return FieldValue.Of(output is null ? 0u : 1);
        return question.Result == "oifname" ? new FieldValue(FieldState.Known, 0, output ?? "") : new FieldValue(FieldState.Known, index, output ?? "");
    }

    private RouteKind KindOf(NetAddress address, string? device, uint mark)
    {
        const uint zeroNetwork = 0;
        if (address.IsIPv4 && (address.IsBroadcast || address.ToIPv4() >> 24 == zeroNetwork))
            return RouteKind.Broadcast;
        if (address.IsIPv4 && address.IsMulticast)
            return RouteKind.Multicast;
        RouteRow? local = Array.Find(_local, row => row.Destination.Contains(address));
        if (address.IsIPv4)
        {
            bool isThere = local is not null && (device is null || Interface(device)?.Index == local.Interface);
            return isThere ? local!.Kind : RouteKind.Unicast;
        }

        if (local is { Kind: RouteKind.Local } && (device is null || IsAddressOf(address, device)))
            return RouteKind.Local;
        if (local is { Kind: RouteKind.Anycast })
            return RouteKind.Anycast;
        if (address.IsMulticast)
            return RouteKind.Multicast;
        RouteDecision decision = _routes.Select(new Flow { Destination = WithScope(address, device), Mark = mark });
        return decision.Outcome switch
        {
            RouteOutcome.Blackhole => RouteKind.Blackhole,
            RouteOutcome.Prohibited => RouteKind.Prohibit,
            RouteOutcome.Unreachable or RouteOutcome.NoRoute => RouteKind.Unreachable,
            _ => RouteKind.Unicast,
        };
    }

    private string? OutputOf(FibQuestion question, NftablesPacket packet, NetAddress address, string? device)
    {
        if (packet is { Hook: NftablesHook.Prerouting, Input: "lo" })
            return packet.Input;
        if (address.IsUnspecified && (packet.Destination.IsBroadcast || packet.Destination.IsMulticast))
            return packet.Input;
        RouteDecision decision = _routes.Select(new Flow { Destination = WithScope(address, device ?? packet.Input), Mark = question.UsesMark ? packet.Mark : 0 });
        if (decision.Outcome != RouteOutcome.Unicast)
            return null;
        return decision.Choices.FirstOrDefault(choice => device is null || choice.InterfaceName == device)?.InterfaceName;
    }

    private bool IsAddressOf(NetAddress address, string device) =>
        Interface(device) is { } row && _host.Addresses.Any(other => other.Interface == row.Index && other.Address.WithoutScope() == address);

    private NetAddress WithScope(NetAddress address, string? device) =>
        address is { IsIPv6: true, ScopeId: 0 } && (address.IsLinkLocal || address.IsMulticast) && Interface(device) is { } row ? address.WithScope(row.Index) : address;
}
