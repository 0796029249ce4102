using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Whether a new packet would be let in by the firewall of a host, and which rule says so, from a snapshot alone.</summary>
/// <remarks>
/// Immutable and thread-safe. The packet is the first of its connection; what belongs to a connection that was let in is let in.
/// Linux: everything that nf_tables holds, iptables-nft among it; where XDP or tc programs come before it, or rules of a bridge, what they let through is undetermined.
/// Windows since Vista: the rules and profiles of Windows Firewall, by its documented order; no verdict is more than likely,
/// and what other products filter is not seen.
/// </remarks>
public sealed class FirewallEvaluator
{
    private readonly HostSnapshot _host;
    private readonly LinuxFirewall? _linux;
    private readonly WindowsFirewall? _windows;

    /// <summary>Builds the index over the rule set: linear in its rules and elements.</summary>
    /// <param name="host">The host to answer for.</param>
    public FirewallEvaluator(HostSnapshot host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        if (host.Platform.Family == PlatformFamily.Linux)
            _linux = new LinuxFirewall(host);
        else if (host.Platform.Family == PlatformFamily.Windows)
            _windows = new WindowsFirewall(host);
    }

    /// <summary>Judges the first packet of a connection.</summary>
    /// <param name="flow">
    /// The packet: its protocol (TCP unless it says so) and destination. A source, source port and arriving interface that it
    /// leaves open are taken to be none that a rule names, and what would be otherwise is said.
    /// </param>
    /// <param name="direction">Which way it goes.</param>
    /// <exception cref="ArgumentException">The flow has no destination, or a source of the other family.</exception>
    public FirewallVerdict Evaluate(Flow flow, FirewallDirection direction = FirewallDirection.In)
    {
        ArgumentNullException.ThrowIfNull(flow);
        if (flow.Destination.IsNone)
            throw new ArgumentException("A flow needs a destination.", nameof(flow));
        if (flow.Source is { } source && source.IsIPv4 != flow.Destination.IsIPv4)
            throw new ArgumentException("Source and destination are of different families.", nameof(flow));
        if (direction != FirewallDirection.In)
            return Undetermined(flow, "packets that leave are not modelled");
        return _linux?.Judge(flow) ?? _windows?.Judge(flow) ?? Undetermined(flow, $"the firewall of {_host.Platform.Family} is not modelled");
    }

    /// <summary>Judges the first packet of a connection that this host begins, by nftables alone.</summary>
    /// <param name="flow">The packet, its source among them.</param>
    /// <param name="output">The interface it leaves by.</param>
    /// <param name="isRelated">Whether a helper of connection tracking expects it.</param>
    internal FirewallVerdict EvaluateSent(Flow flow, string output, bool isRelated) =>
        _linux?.JudgeSent(flow, output, isRelated) ?? Undetermined(flow, "packets that leave are not modelled");

    /// <summary>
    /// The first packet of a client to a service; with the wildcard address to an address of this host, one that others can
    /// reach before one that they cannot. Null when there is none.
    /// </summary>
    public Flow? FlowTo(BindRequest service)
    {
        ArgumentNullException.ThrowIfNull(service);
        NetAddress address = service.Endpoint.Address.UnmapIPv4();
        if (address.IsUnspecified)
        {
            // What is not in use yet gets no packets, and no rule is asked.
            address = _host.Addresses.Where(row => row.State is not (AddressState.Tentative or AddressState.Duplicate)).Select(row => row.Address)
                .Where(own => own.IsIPv6 == address.IsIPv6 && !own.IsLoopback)
                .OrderBy(own => own.IsLinkLocal)
                .FirstOrDefault();
        }

        return address.IsNone ? null : new Flow { Destination = address, IPProtocol = (byte)service.Protocol, DestinationPort = service.Endpoint.Port };
    }

    /// <summary>
    /// Reads a question: <c>udp/10.0.0.5:69 from 192.0.2.1 iif eth1</c>, <c>tcp/22</c> for an address of this host,
    /// <c>icmp/10.0.0.5 type 8</c>; behind the endpoint the words of a <see cref="Flow"/>.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="flow">The packet.</param>
    /// <param name="error">What is wrong, else.</param>
    public bool TryParse(string? text, [NotNullWhen(true)] out Flow? flow, [NotNullWhen(false)] out string? error)
    {
        flow = null;
        string trimmed = (text ?? "").Trim();
        int space = trimmed.IndexOf(' ', StringComparison.Ordinal);
        string endpoint = space < 0 ? trimmed : trimmed[..space], rest = space < 0 ? "" : trimmed[space..];
        if (endpoint.StartsWith("icmp/", StringComparison.Ordinal))
        {
            string address = endpoint["icmp/".Length..];
            bool isIPv6 = address.Contains(':', StringComparison.Ordinal);
            string type = rest.Contains(" type ", StringComparison.Ordinal) ? "" : isIPv6 ? " type 128" : " type 8";
            return Flow.TryParse($"{address}{type} ipproto {(isIPv6 ? "ipv6-icmp" : "icmp")}{rest}", _host, out flow, out error, out _);
        }

        if (!BindRequest.TryParse(endpoint, _host, out BindRequest? service, out error, out _))
            return false;
        if (FlowTo(service) is not { } client)
        {
            error = "this host has no address of that family that others could reach";
            return false;
        }

        return Flow.TryParse($"{client}{rest}", _host, out flow, out error, out _);
    }

    /// <summary>The question in the words of <see cref="TryParse"/>: destination, protocol, source and interface.</summary>
    internal static string TextOf(Flow flow)
    {
        string rest = new Flow { Destination = flow.Destination, Source = flow.Source, InputInterface = flow.InputInterface, IcmpType = flow.IcmpType }.ToString()[flow.Destination.ToString().Length..];
        return flow.IPProtocol is 1 or 58
            ? $"icmp/{flow.Destination}{rest}"
            : $"{BindRequestText.NameOf((TransportProtocol)(flow.IPProtocol ?? 6))}/{NetEndpoint.Create(flow.Destination, flow.DestinationPort)}{rest}";
    }

    private static FirewallVerdict Undetermined(Flow flow, string because) => new()
    {
        Flow = flow,
        Outcome = FirewallOutcome.Undetermined,
        Certainty = Certainty.None,
        Unseen = [because],
    };
}
