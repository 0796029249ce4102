using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>The sockets as ss(8) of iproute2 shows them, in the same words as ours.</summary>
internal static partial class SocketStatistics
{
    /// <summary>Each socket as a line: protocol, local, remote, state, the owners' ids when they are shown.</summary>
    public static List<string> Read() => [.. Tool.Run("ss", "-H", "-tunap").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Line)];

    /// <summary>Our row in the same words; null for a kind of socket that ss 6.1 does not show.</summary>
    public static string? Line(SocketRow row)
    {
        if (row.Protocol is not (TransportProtocol.Tcp or TransportProtocol.Udp) || row.State == TcpState.Closed)
            return null;
        string state = row.Protocol == TransportProtocol.Udp ? row.Remote is null ? "UNCONN" : "ESTAB" : row.State switch
        {
            TcpState.Established => "ESTAB",
            TcpState.SynSent => "SYN-SENT",
            TcpState.SynReceived => "SYN-RECV",
            TcpState.FinWait1 => "FIN-WAIT-1",
            TcpState.FinWait2 => "FIN-WAIT-2",
            TcpState.TimeWait => "TIME-WAIT",
            TcpState.CloseWait => "CLOSE-WAIT",
            TcpState.LastAck => "LAST-ACK",
            TcpState.Listen => "LISTEN",
            TcpState.Closing => "CLOSING",
            _ => "?",
        };
        string remote = row.Remote is { } endpoint ? Endpoint(endpoint) : $"{(row.Local.Address.IsIPv6 ? "::" : "0.0.0.0")} 0";
        return $"{row.Protocol} {Endpoint(row.Local)} {remote} {state} [{Owners(row.Owners.Select(owner => owner.ProcessId))}]";
    }

    private static string Line(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string protocol = words[0] == "tcp" ? "Tcp" : "Udp";
        bool isIPv6 = words[4].Contains('[', StringComparison.Ordinal) || words[4].StartsWith('*');
        IEnumerable<int> owners = ProcessId().Matches(text).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        return $"{protocol} {Endpoint(words[4], isIPv6)} {Endpoint(words[5], isIPv6)} {words[1]} [{Owners(owners)}]";
    }

    private static string Owners(IEnumerable<int> processIds) => string.Join(',', processIds.Distinct().Order());

    private static string Endpoint(NetEndpoint endpoint) => $"{endpoint.Address.WithoutScope()} {endpoint.Port}";

    // 127.0.0.1:80, [fe80::1]%eth0:80, *:80 for a dual-stack wildcard, 0.0.0.0:* for no peer.
    private static string Endpoint(string text, bool isIPv6)
    {
        int colon = text.LastIndexOf(':');
        string port = text[(colon + 1)..] == "*" ? "0" : text[(colon + 1)..];
        string address = text[..colon];
        int zone = address.IndexOf('%', StringComparison.Ordinal);
        address = (zone < 0 ? address : address[..zone]).Trim('[', ']');
        if (address == "*")
            address = isIPv6 ? "::" : "0.0.0.0";
        return $"{NetAddress.Parse(address)} {port}";
    }

    [GeneratedRegex(@"pid=(\d+)")]
    private static partial Regex ProcessId();
}
