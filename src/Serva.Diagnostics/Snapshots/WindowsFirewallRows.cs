using System;
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Where the registry keeps a setting or rule of Windows Firewall.</summary>
public enum WindowsFirewallStore
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>The machine's own policy: <c>...\SharedAccess\Parameters\FirewallPolicy</c>.</summary>
    Local,

    /// <summary>Group policy: <c>SOFTWARE\Policies\Microsoft\WindowsFirewall</c>.</summary>
    GroupPolicy,

    /// <summary>Rules that restrict services of the system: <c>...\FirewallPolicy\RestrictedServices</c>. They are asked first.</summary>
    ServiceHardening,
}

/// <summary>A profile of Windows Firewall: the kind of network that settings and rules are for.</summary>
public enum WindowsFirewallProfile
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>A network with the machine's domain.</summary>
    Domain,

    /// <summary>A network that somebody called private.</summary>
    Private,

    /// <summary>Every other network.</summary>
    Public,

    /// <summary>
    /// The key <c>StandardProfile</c>. In group policy it is for private and public networks when neither
    /// <c>PrivateProfile</c> nor <c>PublicProfile</c> exists, and ignored otherwise ([MS-GPFAS] 2.2.3). In the local store
    /// it holds, by common knowledge that no document confirms, the private profile.
    /// </summary>
    Standard,
}

/// <summary>What Windows Firewall does with a packet.</summary>
public enum WindowsFirewallAction
{
    /// <summary>A value that no document describes.</summary>
    Unknown = 0,

    /// <summary>Lets it pass.</summary>
    Allow,

    /// <summary>Drops it.</summary>
    Block,

    /// <summary>Lets it pass, block rules or not, when IPsec authenticated it.</summary>
    Bypass,
}

/// <summary>Which way a packet goes.</summary>
public enum FirewallDirection
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Into this host.</summary>
    In,

    /// <summary>Out of this host.</summary>
    Out,
}

/// <summary>A set of ports that Windows fills in while it runs ([MS-GPFAS] 2.2.2.3, FW_PORT_KEYWORD in [MS-FASP] 2.2.14).</summary>
public enum WindowsFirewallPortKeyword
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>The ports that RPC servers were given: <c>RPC</c>.</summary>
    Rpc,

    /// <summary>The RPC endpoint mapper: <c>RPC-EPMap</c>.</summary>
    RpcEndpointMapper,

    /// <summary>Teredo's port: <c>Teredo</c>.</summary>
    Teredo,

    /// <summary>IP over TLS, inbound: <c>IPTLSIn</c>.</summary>
    IPTlsIn,

    /// <summary>IP over HTTPS, inbound: <c>IPHTTPSIn</c>.</summary>
    IPHttpsIn,

    /// <summary>IP over TLS, outbound: <c>IPTLSOut</c>.</summary>
    IPTlsOut,

    /// <summary>IP over HTTPS, outbound: <c>IPHTTPSOut</c>.</summary>
    IPHttpsOut,

    /// <summary>DHCP: <c>DHCP</c>.</summary>
    Dhcp,

    /// <summary>Discovery of Play To devices: <c>Ply2Disc</c>.</summary>
    PlayToDiscovery,

    /// <summary>Multicast DNS: <c>mDNS</c>.</summary>
    Mdns,

    /// <summary>Cortana, outbound: <c>CortanaOut</c>.</summary>
    CortanaOut,

    /// <summary>Connected devices over TCP: <c>TcpCDPSvc</c>.</summary>
    TcpCdp,
}

/// <summary>A set of addresses that Windows fills in while it runs ([MS-GPFAS] 2.2.2.13).</summary>
public enum WindowsFirewallAddressKeyword
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>The subnets of this host: <c>LocalSubnet</c>.</summary>
    LocalSubnet,

    /// <summary>The DNS servers: <c>DNS</c>.</summary>
    Dns,

    /// <summary>The DHCP servers: <c>DHCP</c>.</summary>
    Dhcp,

    /// <summary>The WINS servers: <c>WINS</c>.</summary>
    Wins,

    /// <summary>The default gateways: <c>DefaultGateway</c>.</summary>
    DefaultGateway,

    /// <summary>The organisation's network: <c>IntrAnet</c>.</summary>
    Intranet,

    /// <summary>What is not the organisation's network: <c>IntErnet</c>.</summary>
    Internet,

    /// <summary>Play To devices: <c>Ply2Renders</c>.</summary>
    PlayToRenderers,

    /// <summary>The organisation's network, remote: <c>RmtIntrAnet</c>.</summary>
    RemoteIntranet,

    /// <summary>A captive portal: <c>CaptivePortal</c>.</summary>
    CaptivePortal,
}

/// <summary>A kind of network interface that a rule is for ([MS-GPFAS] 2.2.2.8).</summary>
public enum WindowsFirewallInterfaceType
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Wired: <c>Lan</c>.</summary>
    Lan,

    /// <summary>Wireless: <c>Wireless</c>.</summary>
    Wireless,

    /// <summary>Dial-up and VPN: <c>RemoteAccess</c>.</summary>
    RemoteAccess,
}

/// <summary>
/// Windows: what one store says about one profile of the firewall. Null is a value that is not there: another store, or
/// Windows' default, decides. Names and meanings are those of the registry ([MS-GPFAS] 2.2.3).
/// </summary>
public sealed record WindowsFirewallProfileRow
{
    /// <summary>The profile.</summary>
    public required WindowsFirewallProfile Profile { get; init; }

    /// <summary>Where it stands.</summary>
    public required WindowsFirewallStore Store { get; init; }

    /// <summary>Whether the firewall works at all in this profile.</summary>
    public bool? EnableFirewall { get; init; }

    /// <summary>What happens to inbound packets that no rule matches.</summary>
    public WindowsFirewallAction? DefaultInboundAction { get; init; }

    /// <summary>What happens to outbound packets that no rule matches.</summary>
    public WindowsFirewallAction? DefaultOutboundAction { get; init; }

    /// <summary>Whether everything inbound is blocked, whatever the rules allow ("shields up").</summary>
    public bool? DoNotAllowExceptions { get; init; }

    /// <summary>Group policy: whether rules of the local store count besides its own.</summary>
    public bool? AllowLocalPolicyMerge { get; init; }

    /// <summary>Whether nobody is asked when a program starts to listen and is blocked.</summary>
    public bool? DisableNotifications { get; init; }

    /// <summary>Whether unicast answers to multicasts and broadcasts are dropped.</summary>
    public bool? DisableUnicastResponsesToMulticastBroadcast { get; init; }

    /// <summary>Whether the host answers probes of ports nobody listens on.</summary>
    public bool? DisableStealthMode { get; init; }

    /// <summary>The interfaces the firewall leaves alone: identifiers <c>{GUID}</c> separated by commas.</summary>
    public string? DisabledInterfaces { get; init; }
}

/// <summary>Windows: a value under one of the firewall's rule keys. What could not be decoded is kept as text with the reason.</summary>
public sealed record WindowsFirewallRuleRow
{
    /// <summary>The name of the registry value, which is the rule's identifier; cut at 1,024 characters.</summary>
    public required string RuleId { get; init; }

    /// <summary>Where it stands.</summary>
    public required WindowsFirewallStore Store { get; init; }

    /// <summary>
    /// The rule exactly as the registry has it. Null when it stands in no registry, when the value is no text, and when
    /// it is decoded and longer than 10,000 characters; one that is not decoded is cut there.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>What the text says; null when it could not be decoded.</summary>
    public WindowsFirewallRule? Rule { get; init; }

    /// <summary>Why the text could not be decoded; null when it was.</summary>
    public string? Problem { get; init; }
}

/// <summary>
/// A rule of Windows Firewall, decoded after [MS-GPFAS] 2.2.2. All its conditions must hold; of the ports, addresses,
/// profiles and so on that it lists, one must.
/// </summary>
/// <remarks>
/// A field that is not understood (an unknown key, an unknown value, a second of what may be there once, a port without
/// TCP or UDP) stands in <see cref="OtherFields"/> and leaves its member as if it were absent: whoever judges a packet
/// must look there first. Nothing but the order of fields and other spellings of the same value is lost.
/// </remarks>
public sealed record WindowsFirewallRule
{
    /// <summary>The version of the grammar, for example 2.30.</summary>
    public required Version Version { get; init; }

    /// <summary><c>Active</c>; null when absent, which means inactive.</summary>
    public bool? Active { get; init; }

    /// <summary><c>Dir</c>; null when absent.</summary>
    public FirewallDirection? Direction { get; init; }

    /// <summary><c>Action</c>; null when absent.</summary>
    public WindowsFirewallAction? Action { get; init; }

    /// <summary><c>Profile</c>: the profiles it is for, in the text's order. Empty for all. Never default.</summary>
    public ImmutableArray<WindowsFirewallProfile> Profiles { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>Protocol</c>: the IP protocol number; null for any.</summary>
    [JsonPropertyName("ipProtocol")]
    public byte? IPProtocol { get; init; }

    /// <summary><c>LPort</c> and its later kinds. Empty for any. Never default.</summary>
    public ImmutableArray<WindowsFirewallPorts> LocalPorts { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>RPort</c> and its later kinds. Empty for any. Never default.</summary>
    public ImmutableArray<WindowsFirewallPorts> RemotePorts { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>ICMP4</c> with protocol 1, <c>ICMP6</c> with protocol 58. Empty for any. Never default.</summary>
    public ImmutableArray<WindowsFirewallIcmpType> IcmpTypes { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>LA4</c>, <c>LA6</c>; a range of addresses as the prefixes that make it up. Empty for any. Never default.</summary>
    public ImmutableArray<NetPrefix> LocalAddresses { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>RA4</c>, <c>RA6</c>; a range of addresses as the prefixes that make it up. Never default.</summary>
    /// <remarks>With no keyword either, empty is any.</remarks>
    public ImmutableArray<NetPrefix> RemoteAddresses { get => field.IsDefault ? [] : field; init; }

    /// <summary>Keywords of <c>RA4</c> and <c>RA42</c>. Never default.</summary>
    public ImmutableArray<WindowsFirewallAddressKeyword> RemoteKeywordsV4 { get => field.IsDefault ? [] : field; init; }

    /// <summary>Keywords of <c>RA6</c> and <c>RA62</c>. Never default.</summary>
    public ImmutableArray<WindowsFirewallAddressKeyword> RemoteKeywordsV6 { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>IF</c>: the identifiers <c>{GUID}</c> of the interfaces it is for. Empty for all. Never default.</summary>
    public ImmutableArray<string> InterfaceIds { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>IFType</c>: the kinds of interface it is for. Empty for all. Never default.</summary>
    public ImmutableArray<WindowsFirewallInterfaceType> InterfaceTypes { get => field.IsDefault ? [] : field; init; }

    /// <summary><c>App</c>: the program's path, with variables unexpanded, or <c>System</c>; null for any.</summary>
    public string? Application { get; init; }

    /// <summary><c>Svc</c>: the service, or <c>*</c> for any service; null for any program.</summary>
    public string? Service { get; init; }

    /// <summary><c>Name</c>: what people see, often a reference like <c>@FirewallAPI.dll,-25000</c>; null when absent.</summary>
    public string? DisplayName { get; init; }

    /// <summary><c>Edge</c>: whether unsolicited traffic through a NAT traversal such as Teredo is included; null when absent: no.</summary>
    public bool? EdgeTraversal { get; init; }

    /// <summary>Every other field, in the text's order. Never default.</summary>
    public ImmutableArray<WindowsFirewallRuleField> OtherFields { get => field.IsDefault ? [] : field; init; }

    /// <inheritdoc/>
    public bool Equals(WindowsFirewallRule? other) =>
        other is not null && Version == other.Version && Active == other.Active && Direction == other.Direction && Action == other.Action
        && IPProtocol == other.IPProtocol && Application == other.Application && Service == other.Service
        && DisplayName == other.DisplayName && EdgeTraversal == other.EdgeTraversal
        && Profiles.AsSpan().SequenceEqual(other.Profiles.AsSpan())
        && LocalPorts.AsSpan().SequenceEqual(other.LocalPorts.AsSpan())
        && RemotePorts.AsSpan().SequenceEqual(other.RemotePorts.AsSpan())
        && IcmpTypes.AsSpan().SequenceEqual(other.IcmpTypes.AsSpan())
        && LocalAddresses.AsSpan().SequenceEqual(other.LocalAddresses.AsSpan())
        && RemoteAddresses.AsSpan().SequenceEqual(other.RemoteAddresses.AsSpan())
        && RemoteKeywordsV4.AsSpan().SequenceEqual(other.RemoteKeywordsV4.AsSpan())
        && RemoteKeywordsV6.AsSpan().SequenceEqual(other.RemoteKeywordsV6.AsSpan())
        && InterfaceIds.AsSpan().SequenceEqual(other.InterfaceIds.AsSpan())
        && InterfaceTypes.AsSpan().SequenceEqual(other.InterfaceTypes.AsSpan())
        && OtherFields.AsSpan().SequenceEqual(other.OtherFields.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Version, Action, Direction, IPProtocol, Application, Service, DisplayName);
}

/// <summary>A range of ports, or a keyword for one.</summary>
public sealed record WindowsFirewallPorts
{
    /// <summary>The first port, host order; 0 with a keyword.</summary>
    public int First { get; init; }

    /// <summary>The last port, host order, inclusive; 0 with a keyword.</summary>
    public int Last { get; init; }

    /// <summary>The set that Windows fills in; null for the numbers above.</summary>
    public WindowsFirewallPortKeyword? Keyword { get; init; }
}

/// <summary>A type of ICMP or ICMPv6 message.</summary>
public sealed record WindowsFirewallIcmpType
{
    /// <summary>The type.</summary>
    public required byte IcmpType { get; init; }

    /// <summary>The code; null for any.</summary>
    public byte? IcmpCode { get; init; }
}

/// <summary>A field of a rule as it stands: <c>key=value</c>.</summary>
public sealed record WindowsFirewallRuleField
{
    /// <summary>The key: ASCII letters, digits, <c>_</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The value, which holds no <c>|</c>.</summary>
    public required string Value { get; init; }
}
