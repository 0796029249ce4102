using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>
/// Servers that read their requests from the link by packet sockets, before any rule of the firewall: what it would do with
/// them does not matter. Source: ISC's knowledge base, AA-00378 for dhcpd and "I set up a firewall, but the Kea server still
/// receives packets".
/// </summary>
internal static class LinkReaders
{
    private const int DhcpServerPort = 67;

    /// <summary>Whether such a server serves the endpoint of a question; false when nobody said which process the server is.</summary>
    public static bool Serve(ExaminedQuestion question, HostSnapshot host) =>
        host.Platform.Family == PlatformFamily.Linux
        && question is { Question.Bind: { Protocol: TransportProtocol.Udp, Endpoint: { Port: DhcpServerPort, Address.IsIPv4: true } }, OwnSockets.IsEmpty: false }
        && question.OwnSockets.All(socket => HolderWords.Main(socket.Owners) is { Name: "dhcpd" or "kea-dhcp4" });
}
