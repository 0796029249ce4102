using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Whether a field is there and known.</summary>
internal enum FieldState
{
    /// <summary>It has a value.</summary>
    Known = 0,

    /// <summary>The packet has no such field: no rule with it matches.</summary>
    Absent,

    /// <summary>The question left it open.</summary>
    Open,

    /// <summary>Nobody can tell.</summary>
    Unknown,
}

/// <summary>The value of a field: a number, of an address in host order, or a name.</summary>
internal readonly record struct FieldValue(FieldState State, UInt128 Number = default, string? Text = null)
{
    public static readonly FieldValue Absent = new(FieldState.Absent), Open = new(FieldState.Open), Unknown = new(FieldState.Unknown);

    public static FieldValue Of(UInt128 number) => new(FieldState.Known, number);
}

/// <summary>The first packet of a connection on its way through the hooks: what it carries, and what rules have done to it.</summary>
internal sealed class NftablesPacket
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17, Dccp = 33, IcmpV6 = 58, Sctp = 132, UdpLite = 136;
    private const uint Invalid = 1, Related = 4, New = 8, Untracked = 64, DestinationNat = 32;

    private readonly NftablesHost _host;
    private readonly Flow _flow;
    private readonly uint _first;
    private bool _isTracked;
    private bool _isUntracked;
    private uint _status;
    private uint _connectionMark;

    public NftablesPacket(NftablesHost host, Flow flow, string? input, bool isRelated = false)
    {
        _first = isRelated ? Related : New;
        _host = host;
        _flow = flow;
        Input = input;
        Destination = flow.Destination.WithoutScope();
        DestinationPort = flow.DestinationPort;
        Protocol = flow.IPProtocol ?? Tcp;
        Mark = flow.Mark;
        KnownSource = flow.Source is { IsIPv4: true } source ? source.ToIPv4() : -1;
    }

    /// <summary>The destination port; -1 when there is none or the question left it open.</summary>
    public int KnownPort => HasPorts && DestinationPort != 0 ? DestinationPort : -1;

    /// <summary>The IPv4 source; -1 when there is none or the question left it open.</summary>
    public long KnownSource { get; }

    public bool IsIPv6 => Destination.IsIPv6;

    public byte Protocol { get; }

    /// <summary>The interface it came in by; null when the question left it open.</summary>
    public string? Input { get; }

    /// <summary>The interface it will leave by; null before that is known.</summary>
    public string? Output { get; set; }

    public NetAddress Destination { get; private set; }

    public int DestinationPort { get; private set; }

    public NetAddress? Source => _flow.Source?.WithoutScope();

    public uint Mark { get; set; }

    public bool IsTranslated { get; private set; }

    /// <summary>The hook at which it is; of <c>fib</c> and of redirections.</summary>
    public NftablesHook Hook { get; set; }

    /// <summary>Whether addresses of its connection can be translated.</summary>
    public bool CanTranslate => _isTracked && HasConnection;

    private bool HasPorts => Protocol is Tcp or Udp or Dccp or Sctp or UdpLite;

    private bool HasConnection => State == _first;

    private uint State => _isUntracked ? Untracked : !_isTracked || !IsConnection ? Invalid : _first;

    // Errors of ICMP belong to a connection or to none; neighbour discovery and MLD are not tracked
    // (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c).
    private bool IsConnection => Protocol switch
    {
        Icmp => _flow.IcmpType is null or 8 or 13 or 15 or 17,
        IcmpV6 => _flow.IcmpType is null or 128 or 139,
        _ => true,
    };

    /// <summary>The kernel looks up the connection, which happens after the first chains.</summary>
    public void Track()
    {
        _isTracked = true;
        _isUntracked |= Protocol == IcmpV6 && _flow.IcmpType is (>= 130 and <= 136) or 143;
    }

    public void Notrack() => _isUntracked = true;

    /// <summary>Writes a mark of the connection.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryMarkConnection(uint mark)
    {
        if (!HasConnection)
            return false;
        _connectionMark = mark;
        return true;
    }

    public void Translate(NetAddress? address, int? port)
    {
        bool isChanged = (address is { } other && other != Destination) || (port is { } number && number != DestinationPort);
        Destination = address ?? Destination;
        DestinationPort = port ?? DestinationPort;
        IsTranslated |= isChanged;
        if (isChanged)
            _status |= DestinationNat;
    }

    /// <summary>The value of a field before mask and xor.</summary>
    public FieldValue Read(FieldReader field)
    {
        switch (field.Id)
        {
            case PacketField.IPv4Source: return IsIPv6 ? FieldValue.Absent : Of(Source);
            case PacketField.IPv4Destination: return IsIPv6 ? FieldValue.Absent : Of(Destination);
            case PacketField.IPv4Protocol: return IsIPv6 ? FieldValue.Absent : FieldValue.Of(Protocol);
            case PacketField.IPv4TypeOfService: return IsIPv6 ? FieldValue.Absent : FieldValue.Of(_flow.TypeOfService);
            case PacketField.IPv4Dscp: return IsIPv6 ? FieldValue.Absent : FieldValue.Of((uint)_flow.TypeOfService >> 2);
            case PacketField.IPv4TimeToLive: return IsIPv6 ? FieldValue.Absent : HopLimit();
            case PacketField.IPv4FragmentOffset: return IsIPv6 ? FieldValue.Absent : FieldValue.Of(0);
            case PacketField.IPv4Version: return IsIPv6 ? FieldValue.Absent : FieldValue.Of(4);
            case PacketField.IPv6Source: return IsIPv6 ? Of(Source) : FieldValue.Absent;
            case PacketField.IPv6Destination: return IsIPv6 ? Of(Destination) : FieldValue.Absent;
            case PacketField.IPv6NextHeader: return IsIPv6 ? FieldValue.Of(Protocol) : FieldValue.Absent;
            case PacketField.IPv6HopLimit: return IsIPv6 ? HopLimit() : FieldValue.Absent;
            case PacketField.IPv6Version: return IsIPv6 ? FieldValue.Of(6) : FieldValue.Absent;
            case PacketField.SourcePort: return Port(field, _flow.SourcePort);
            case PacketField.DestinationPort: return Port(field, DestinationPort);
            case PacketField.TcpFlags: return Protocol == Tcp ? FieldValue.Of(2) : FieldValue.Absent;
            case PacketField.IcmpType: return Protocol != field.Protocol ? FieldValue.Absent : _flow.IcmpType is { } type ? FieldValue.Of(type) : FieldValue.Open;
            case PacketField.IcmpCode: return Protocol != field.Protocol ? FieldValue.Absent : FieldValue.Of(_flow.IcmpCode);
            case PacketField.InputName: return Input is null ? FieldValue.Open : new FieldValue(FieldState.Known, 0, Input);
            case PacketField.OutputName: return new FieldValue(FieldState.Known, 0, Output ?? "");
            case PacketField.InputIndex: return Input is null ? FieldValue.Open : Index(Input);
            case PacketField.OutputIndex: return Output is null ? new FieldValue(FieldState.Known, 0, "") : Index(Output);
            case PacketField.InputGroup: return _host.Interface(Input) is { } row ? FieldValue.Of(row.Group ?? 0) : FieldValue.Open;
            case PacketField.Layer4Protocol: return FieldValue.Of(Protocol);
            case PacketField.NetworkProtocol: return FieldValue.Of(IsIPv6 ? 10u : 2u);
            case PacketField.EtherType: return FieldValue.Of(IsIPv6 ? 0x86ddu : 0x0800u);
            case PacketField.Mark: return FieldValue.Of(Mark);
            case PacketField.PacketType: return FieldValue.Of(Destination.IsMulticast ? 2u : _host.IsBroadcast(_flow.Destination) ? 1u : 0u);
            case PacketField.ConnectionState: return FieldValue.Of(State);
            case PacketField.ConnectionStateOrNat: return FieldValue.Of((State == Untracked ? 256 : State) | ((_status & DestinationNat) != 0 ? 128u : 0));
            case PacketField.ConnectionStatus: return Connection(_status);
            case PacketField.ConnectionDirection: return Connection(0);
            case PacketField.ConnectionMark: return Connection(_connectionMark);
            case PacketField.ConnectionZone: return Connection(0);
            case PacketField.ConnectionFamily: return Connection(IsIPv6 ? 10u : 2u);
            case PacketField.ConnectionProtocol: return Connection(Protocol);
            case PacketField.ConnectionSource: return HasConnection ? Of(Source) : FieldValue.Absent;
            case PacketField.ConnectionDestination: return HasConnection ? Of(_flow.Destination.WithoutScope()) : FieldValue.Absent;
            case PacketField.ConnectionSourcePort: return !HasConnection || !HasPorts ? FieldValue.Absent : _flow.SourcePort == 0 ? FieldValue.Open : FieldValue.Of((uint)_flow.SourcePort);
            case PacketField.ConnectionDestinationPort: return HasConnection && HasPorts ? FieldValue.Of((uint)_flow.DestinationPort) : FieldValue.Absent;
            case PacketField.Fib: return _host.Fib(field.Fib!, this);
            case PacketField.NoOption: return FieldValue.Of(0);
            case PacketField.NoHeader: return FieldValue.Absent;
            default: return FieldValue.Unknown;
        }
    }

    private FieldValue Index(string name) =>
        _host.Interface(name) is { } row ? new FieldValue(FieldState.Known, row.Index, name) : FieldValue.Unknown;

    private FieldValue Connection(uint number) => HasConnection ? FieldValue.Of(number) : FieldValue.Absent;

    // Neighbour discovery is only valid with 255 (RFC 4861). A router has taken one off before it asks the hook forward
    // (ip_forward, ip6_forward).
    private FieldValue HopLimit() => _flow.HopLimit is { } limit ? FieldValue.Of(Hook == NftablesHook.Forward ? limit - 1u : limit)
        : Protocol == IcmpV6 && _flow.IcmpType is >= 133 and <= 137 ? FieldValue.Of(255) : FieldValue.Open;

    private FieldValue Port(FieldReader field, int port)
    {
        if (field.Protocol != 0 && field.Protocol != Protocol)
            return FieldValue.Absent;
        // Of another protocol these bytes are something else.
        if (!HasPorts)
            return FieldValue.Unknown;
        return port == 0 ? FieldValue.Open : FieldValue.Of((uint)port);
    }

    private static FieldValue Of(NetAddress? address)
    {
        if (address is not { } given)
            return FieldValue.Open;
        (ulong high, ulong low) = given.Words;
        return FieldValue.Of(new UInt128(high, low));
    }
}
