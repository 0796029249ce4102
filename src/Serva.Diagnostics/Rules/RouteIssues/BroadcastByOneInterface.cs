using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2006: a DHCP server on the wildcard address broadcasts on one interface of several.</summary>
internal sealed class BroadcastByOneInterface : RouteRule
{
    private const int DhcpServerPort = 67;

    // Networks inside the host: nobody boots there.
    private static readonly string[] s_inside = ["docker", "br-", "virbr", "lxc", "lxd", "cni", "podman", "veth"];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2006",
        Title = "DHCP broadcasts leave by one interface of several",
        Severity = Severity.Warning,
        Needs = Tables,
        IsAboutBinds = true,
        DependsOn = ["SD2003"],
        Grade = SourceGrade.Reported,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc2131#section-4.1",
            "https://man7.org/linux/man-pages/man7/socket.7.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Question.Bind is { Protocol: TransportProtocol.Udp, Device: null, Endpoint: { Port: DhcpServerPort, Address: { IsIPv4: true, IsUnspecified: true } } } request
                && Find(question, request, examination) is { } finding)
            {
                yield return finding;
            }
        }
    }

    private Finding? Find(ExaminedQuestion question, BindRequest request, Examination examination)
    {
        HostSnapshot host = examination.Host;
        InterfaceRow[] links = [.. host.Interfaces.Where(row => IsLink(row, host))];
        RouteDecision broadcast = examination.Routes.Select(new Flow { Destination = NetAddress.BroadcastIPv4, IPProtocol = 17, SourcePort = DhcpServerPort, DestinationPort = 68 });
        if (links.Length < 2 || broadcast.Choices is not [var way, ..])
            return null;
        InterfaceRow[] others = [.. links.Where(row => row.Index != way.Interface)];
        InterfaceRow other = others[0];
        NetAddress address = host.Addresses.First(row => row.Interface == other.Index && row.Address.IsIPv4).Address;
        bool isLinux = host.Platform.Family == PlatformFamily.Linux;
        return new Finding
        {
            Issue = Info,
            Subject = "DHCP broadcasts",
            Summary = $"Offers are broadcast to 255.255.255.255 and leave by {SafeText.Of(way.InterfaceName)} alone: clients on {string.Join(", ", others.Select(row => SafeText.Of(row.Name)))} get none.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = EvidenceOf(broadcast),
            Remedies =
            [
                AskerRemedy.Configure(
                    isLinux
                        ? $"Hold the server to the link of its clients (SO_BINDTODEVICE; most DHCP servers have a setting 'interface'), for example {SafeText.Of(other.Name)}."
                        : $"Let the server bind the address of the link that its clients are on, for example {address}: a bound socket broadcasts there.",
                    isLinux ? request with { Device = other.Name } : request with { Endpoint = request.Endpoint.WithAddress(address) },
                    "One socket serves one link then; several links need several sockets."),
            ],
        };
    }

    private static bool IsLink(InterfaceRow row, HostSnapshot host) =>
        row.Type != NetworkInterfaceType.Loopback && row.Status is not (OperationalStatus.Down or OperationalStatus.NotPresent or OperationalStatus.LowerLayerDown)
        && row.Type is not (NetworkInterfaceType.Ppp or NetworkInterfaceType.Tunnel) && !Array.Exists(s_inside, prefix => row.Name.StartsWith(prefix, StringComparison.Ordinal))
        && host.Addresses.Any(address => address.Interface == row.Index && address.Address is { IsIPv4: true, IsLinkLocal: false });
}
