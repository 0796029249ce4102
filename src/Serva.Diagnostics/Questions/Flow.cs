using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Packets of one kind, as a question about routes: where do they go, and with which source?</summary>
/// <remarks>
/// The text form has the words of <c>ip route get</c>: <c>10.1.2.3 from 10.0.0.1 oif eth1 mark 100 tos 16 uid 1000 ipproto 17
/// sport 40000 dport 53</c>; with <c>iif</c> the packet arrives from outside. A name with blanks stands in quotes: <c>oif "Ethernet 2"</c>.
/// </remarks>
public sealed record Flow
{
    /// <summary>Where to. The scope of a link-local address names the interface.</summary>
    public required NetAddress Destination { get; init; }

    /// <summary>The source: what the socket is bound to, or where an arriving packet comes from; null for none.</summary>
    public NetAddress? Source { get; init; }

    /// <summary>The interface that the packet arrives on; null for a packet that this host makes.</summary>
    public string? InputInterface { get; init; }

    /// <summary>The interface that is asked for (SO_BINDTODEVICE, IP_UNICAST_IF, <c>oif</c>); null for none.</summary>
    public string? OutputInterface { get; init; }

    /// <summary>The packet mark (SO_MARK); 0 for none.</summary>
    public uint Mark { get; init; }

    /// <summary>The type of service, as <c>ip</c> takes it: the DSCP in the upper six bits.</summary>
    public byte TypeOfService { get; init; }

    /// <summary>The user whose socket it is; null for the one that captured the host.</summary>
    public uint? UserId { get; init; }

    /// <summary>The protocol number (6 TCP, 17 UDP); null for the system's own choice, which is UDP for IPv4 and none for IPv6.</summary>
    public byte? IPProtocol { get; init; }

    /// <summary>The source port; 0 for none.</summary>
    public int SourcePort { get; init; }

    /// <summary>The destination port; 0 for none.</summary>
    public int DestinationPort { get; init; }

    /// <summary>The type of an ICMP or ICMPv6 message; null when it is not asked for.</summary>
    public byte? IcmpType { get; init; }

    /// <summary>The code of an ICMP or ICMPv6 message.</summary>
    public byte IcmpCode { get; init; }

    /// <summary>The time to live or hop limit with which it arrives; null when the question leaves it open.</summary>
    public byte? HopLimit { get; init; }

    /// <summary>Whether the source need not be an address of this host (IP_TRANSPARENT; IP_FREEBIND allows the bind alone).</summary>
    public bool AllowsForeignSource { get; init; }

    /// <summary>Reads a flow in its text form, or says what is wrong and where.</summary>
    /// <param name="text">For example <c>10.1.2.3 from 10.0.0.1 oif eth1 mark 100</c>; numbers may be hexadecimal, <c>0x64</c>.</param>
    /// <param name="host">Whose interfaces the zone of an address may name; null when only numbers are known.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="error">What is wrong, for people; null on success.</param>
    /// <param name="position">Where it is wrong, counted from 0.</param>
    public static bool TryParse(string? text, HostSnapshot? host, [NotNullWhen(true)] out Flow? flow, [NotNullWhen(false)] out string? error, out int position) =>
        FlowText.TryParse(text, host, out flow, out error, out position);

    /// <summary>Reads a flow in its text form.</summary>
    /// <exception cref="FormatException">The text is no flow; the message says what is wrong and where.</exception>
    public static Flow Parse(string text) => TryParse(text, null, out Flow? flow, out string? error, out int position)
        ? flow
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{error} at position {position + 1}"));

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder(Destination.ToString());
        if (Source is { } source)
            text.Append(CultureInfo.InvariantCulture, $" from {source}");
        if (InputInterface is not null)
            text.Append(CultureInfo.InvariantCulture, $" iif {FlowText.Quote(InputInterface)}");
        if (OutputInterface is not null)
            text.Append(CultureInfo.InvariantCulture, $" oif {FlowText.Quote(OutputInterface)}");
        if (Mark != 0)
            text.Append(CultureInfo.InvariantCulture, $" mark {Mark}");
        if (TypeOfService != 0)
            text.Append(CultureInfo.InvariantCulture, $" tos {TypeOfService}");
        if (UserId is { } user)
            text.Append(CultureInfo.InvariantCulture, $" uid {user}");
        if (IPProtocol is { } protocol)
            text.Append(CultureInfo.InvariantCulture, $" ipproto {protocol}");
        if (SourcePort != 0)
            text.Append(CultureInfo.InvariantCulture, $" sport {SourcePort}");
        if (DestinationPort != 0)
            text.Append(CultureInfo.InvariantCulture, $" dport {DestinationPort}");
        if (IcmpType is { } type)
            text.Append(CultureInfo.InvariantCulture, $" type {type}");
        if (IcmpCode != 0)
            text.Append(CultureInfo.InvariantCulture, $" code {IcmpCode}");
        if (HopLimit is { } limit)
            text.Append(CultureInfo.InvariantCulture, $" ttl {limit}");
        return text.ToString();
    }
}
