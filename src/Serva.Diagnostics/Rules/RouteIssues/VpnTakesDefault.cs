using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2004: a VPN halves the default route (0.0.0.0/1 and 128.0.0.0/1), or has one that is asked first: replies leave by it.</summary>
internal sealed class VpnTakesDefault : RouteRule
{
    private static readonly NetPrefix[] s_halves = [NetPrefix.Parse("0.0.0.0/1"), NetPrefix.Parse("128.0.0.0/1"), NetPrefix.Parse("::/1"), NetPrefix.Parse("8000::/1")];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2004",
        Title = "A VPN takes the replies",
        Severity = Severity.Warning,
        Needs = Tables,
        IsAboutBinds = true,
        DependsOn = ["SD3106"],
        Grade = SourceGrade.Reported,
        References =
        [
            "https://github.com/golang/go/issues/39293",
            "https://openvpn.net/community-resources/reference-manual-for-openvpn-2-4/",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            foreach (ServiceReply reply in examination.RepliesOf(question))
            {
                if (reply.Path.Outcome is ReplyOutcome.OtherInterface or ReplyOutcome.OtherSource
                    && reply.Path.Reply!.Choices.FirstOrDefault(choice => choice.Interface != reply.Interface.Index) is { Route: { } route } choice
                    && (s_halves.Contains(route.Destination) || (route.Destination.IsDefault && IsTunnel(choice.Interface, examination.Host))))
                {
                    yield return Find(question, reply, choice, examination.Host);
                }
            }
        }
    }

    // wg-quick leaves main alone: its default route stands in a table that a rule asks first.
    private static bool IsTunnel(uint index, HostSnapshot host) => host.Interfaces.FirstOrDefault(row => row.Index == index)
        is { Kind: "wireguard" or "tun" or "ovpn" or "ppp" } or { Type: NetworkInterfaceType.Ppp or NetworkInterfaceType.Tunnel };

    private Finding Find(ExaminedQuestion question, ServiceReply reply, RouteChoice choice, HostSnapshot host)
    {
        string vpn = SafeText.Of(choice.InterfaceName);
        return new Finding
        {
            Issue = Info,
            Subject = vpn,
            Summary = $"{vpn} takes everything beyond the own links, with a default route of its own: replies to {reply.Clients} of {SafeText.Of(reply.Interface.Name)} leave by it.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = EvidenceOf(reply.Path.Reply!),
            Remedies =
            [
                .. reply.Path.IsUnbound ? [] : RouteRemedies.ForClients(host, reply.Path.Reply!),
                AskerRemedy.Configure("Let the VPN carry its own networks alone (split tunnel: AllowedIPs of WireGuard, 'route-nopull' of OpenVPN), or end it while you serve.", null, wayBack: "Give the VPN its old configuration again."),
            ],
        };
    }
}
