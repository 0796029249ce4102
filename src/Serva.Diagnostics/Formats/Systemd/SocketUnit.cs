using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Systemd;

/// <summary>The section <c>[Socket]</c> of a unit (systemd.socket(5)): what it binds, and whom it starts.</summary>
internal static class SocketUnit
{
    /// <summary>The binds of TCP and UDP, in the order of the file.</summary>
    public static ImmutableArray<ServiceEndpoint> Binds(IEnumerable<UnitAssignment> assignments, string name)
    {
        var endpoints = new List<(TransportProtocol Protocol, NetEndpoint Endpoint)>();
        bool isIPv6Only = false;
        foreach (UnitAssignment assignment in assignments)
        {
            if (assignment.Section != "Socket" || UnitName.Expand(assignment.Value, name) is not { } value)
                continue;
            switch (assignment.Key)
            {
                // An empty value takes back every kind of socket before it (config_parse_socket_listen).
                case "ListenStream" or "ListenDatagram" or "ListenSequentialPacket" or "ListenFIFO" or "ListenNetlink" or "ListenSpecial" or "ListenMessageQueue" or "ListenUSBFunction" when assignment.Value.Length == 0:
                    endpoints.Clear();
                    break;
                case "ListenStream" when Endpoint(value) is { } endpoint:
                    endpoints.Add((TransportProtocol.Tcp, endpoint));
                    break;
                case "ListenDatagram" when Endpoint(value) is { } endpoint:
                    endpoints.Add((TransportProtocol.Udp, endpoint));
                    break;
                case "BindIPv6Only":
                    isIPv6Only = value == "ipv6-only";
                    break;
            }
        }

        return
        [
            .. endpoints.ConvertAll(its => new ServiceEndpoint
            {
                Protocol = its.Protocol,
                Endpoint = its.Endpoint,
                DualMode = its.Endpoint.Address.IsIPv6 && !isIPv6Only,
            }),
        ];
    }

    /// <summary>The service that a client starts: <c>Service=</c>, else that of the unit's name; one for each client where <c>Accept=</c> says so.</summary>
    public static string Starts(IEnumerable<UnitAssignment> assignments, string name)
    {
        string? service = null;
        bool accepts = false;
        foreach (UnitAssignment assignment in assignments)
        {
            if (assignment.Section != "Socket")
                continue;
            if (assignment.Key == "Service" && UnitName.Expand(assignment.Value, name) is { } expanded && UnitName.IsValid(expanded))
                service = expanded;
            else if (assignment.Key == "Accept")
                accepts = IsYes(assignment.Value);
        }

        return accepts ? $"{UnitName.Prefix(name)}@.service" : service ?? $"{UnitName.WithoutType(name)}.service";
    }

    /// <summary><c>22</c>, <c>127.0.0.1:22</c>, <c>[::1]:22</c>; null for a socket that is not of IP.</summary>
    private static NetEndpoint? Endpoint(string value)
    {
        if (ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return port == 0 ? null : NetEndpoint.Parse("[::]:0").WithPort(port);
        return NetEndpoint.TryParse(value, out NetEndpoint endpoint) && endpoint.Port != 0 ? endpoint : null;
    }

    private static bool IsYes(string value) =>
        value.Equals("yes", StringComparison.OrdinalIgnoreCase) || value.Equals("true", StringComparison.OrdinalIgnoreCase)
        || value.Equals("on", StringComparison.OrdinalIgnoreCase) || value.Equals("y", StringComparison.OrdinalIgnoreCase)
        || value.Equals("t", StringComparison.OrdinalIgnoreCase) || value == "1";
}
