using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>The first packet of a connection as Windows Firewall sees it: what the question says, and what the host adds.</summary>
internal sealed class WindowsFirewallPacket
{
    private const int Tcp = 6, Udp = 17;

    private readonly HostSnapshot _host;

    public WindowsFirewallPacket(HostSnapshot host, SocketIndex sockets, Flow flow)
    {
        _host = host;
        Flow = flow;
        Destination = flow.Destination.WithoutScope();
        Source = flow.Source?.WithoutScope();
        Protocol = flow.IPProtocol ?? Tcp;
        Input = InputOf(flow);
        Receiver = WindowsFirewallReceiver.Of(host, sockets, this);
    }

    public Flow Flow { get; }

    public NetAddress Destination { get; }

    /// <summary>Where it comes from; null when the question leaves it open.</summary>
    public NetAddress? Source { get; }

    public byte Protocol { get; }

    public bool HasPorts => Protocol is Tcp or Udp;

    /// <summary>The interface that it comes in by; null when nobody knows.</summary>
    public InterfaceRow? Input { get; }

    /// <summary>The program that would get it.</summary>
    public WindowsFirewallReceiver Receiver { get; }

    /// <summary>Whether it stays on this host.</summary>
    public bool IsLoopback =>
        Destination.IsLoopback || Source is { IsLoopback: true } || Input is { Type: NetworkInterfaceType.Loopback }
        || (Source is { } source && IsOwn(source));

    /// <summary>Whether it is for this host; null when the addresses were not seen.</summary>
    public bool? IsForThisHost => !_host.Addresses.IsKnown ? null
        : Destination.IsMulticast || Destination.IsBroadcast || IsOwn(Destination) || _host.Addresses.Any(row => IsBroadcastOf(row, Destination));

    private bool IsOwn(NetAddress address) => _host.Addresses.Any(row => row.Address.WithoutScope() == address);

    private static bool IsBroadcastOf(AddressRow row, NetAddress address) =>
        row.Address.IsIPv4 && address.IsIPv4 && row.PrefixLength < 31 && NetPrefix.Create(row.Address, row.PrefixLength).LastAddress == address;

    private InterfaceRow? InputOf(Flow flow)
    {
        if (flow.InputInterface is { } name)
            return _host.Interfaces.FirstOrDefault(row => row.Name == name);
        uint? index = _host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == Destination || IsBroadcastOf(row, Destination))?.Interface;
        return _host.Interfaces.FirstOrDefault(row => row.Index == index);
    }
}
