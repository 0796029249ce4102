using System;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Import;

/// <summary>Makes an endpoint of what a tool printed: a star is every address or no port, and names of services have ports.</summary>
internal static class SocketText
{
    /// <summary>Reads the text.</summary>
    /// <param name="text">One endpoint.</param>
    /// <param name="dialect">Who wrote it.</param>
    /// <param name="protocol">Whose port it is.</param>
    /// <param name="sockets">Hears names of hosts.</param>
    /// <param name="endpoint">The endpoint; port 0 for none.</param>
    /// <param name="isAny">Whether a star stands for the address; <c>::</c> is put there, unless the dialect knows IPv4 alone by it.</param>
    public static bool TryRead(ReadOnlySpan<char> text, EndpointDialect dialect, TransportProtocol protocol, SocketDraft sockets, out NetEndpoint endpoint, out bool isAny)
    {
        isAny = false;
        // Nearly every line of a long list has numbers in IPv4, which all who write a colon in front of the port write the same way.
        if (dialect is EndpointDialect.LinuxSs or EndpointDialect.WindowsNetstat or EndpointDialect.NetTools or EndpointDialect.Lsof
            && !text.IsEmpty && char.IsAsciiDigit(text[0]) && EndpointReader.TryRead(text, out endpoint))
        {
            return true;
        }

        endpoint = default;
        if (!EndpointText.TryParse(text, dialect, out EndpointText parts, out _))
            return false;
        int? port = parts.PortKind switch
        {
            EndpointPort.Number => parts.Port,
            EndpointPort.Any => 0,
            EndpointPort.Name => ServiceNames.PortOf(text[parts.PortText], protocol),
            _ => null,
        };
        if (port is not { } found)
            return false;
        isAny = parts.HostKind == EndpointHost.Any;
        if (parts.HostKind == EndpointHost.Name)
            sockets.NameHost(text[parts.Host]);
        NetAddress address = parts.HostKind == EndpointHost.Address ? parts.Address : isAny ? NetAddress.AnyIPv6 : NetAddress.AnyIPv4;
        endpoint = NetEndpoint.Create(address, found);
        return true;
    }
}
