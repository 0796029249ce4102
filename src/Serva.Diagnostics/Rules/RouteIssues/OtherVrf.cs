using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>
/// SD2010: a socket that is bound to no device is in the default VRF: it cannot have an address of another one, and unless
/// <c>l3mdev_accept</c> is set it gets nothing that comes in by the interfaces of another one.
/// </summary>
internal sealed class OtherVrf : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2010",
        Title = "The interface is in another VRF than the server",
        Severity = Severity.Error,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Settings,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.kernel.org/doc/html/latest/networking/vrf.html",
            "https://man7.org/linux/man-pages/man8/ip-vrf.8.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        HostSnapshot host = examination.Host;
        if (!host.Interfaces.Any(row => row.Kind == "vrf"))
            yield break;
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Question.Bind is not { Device: null } request)
                continue;
            NetAddress wanted = request.Endpoint.Address.UnmapIPv4();
            if (wanted.IsUnspecified && (question.IsServed || question.Outcome == BindOutcome.Success) && host.FindSetting(AcceptSetting(request)) is "0")
            {
                foreach (IGrouping<uint, (InterfaceRow Vrf, InterfaceRow Link)> vrf in Links(request, host).GroupBy(pair => pair.Vrf.Index))
                    yield return NotReached(question, [.. vrf], host);
            }
            else if (question.IsBlocked && question.Outcome == BindOutcome.AddressNotAvailable
                && host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == wanted.WithoutScope()) is { } own && VrfOf(own.Interface, host) is { } vrf)
            {
                yield return NotBound(question, own, vrf, examination);
            }
        }
    }

    private static string AcceptSetting(BindRequest request) =>
        request.Protocol == TransportProtocol.Tcp ? "net.ipv4.tcp_l3mdev_accept" : request.Protocol == TransportProtocol.Udp ? "net.ipv4.udp_l3mdev_accept" : "net.ipv4.raw_l3mdev_accept";

    private static InterfaceRow? VrfOf(uint index, HostSnapshot host) =>
        host.Interfaces.FirstOrDefault(row => row.Index == index) switch
        {
            { Kind: "vrf" } vrf => vrf,
            { Master: { } master } => host.Interfaces.FirstOrDefault(row => row.Index == master && row.Kind == "vrf"),
            _ => null,
        };

    // The VRF's own device carries 127.0.0.1 at most.
    private static IEnumerable<(InterfaceRow Vrf, InterfaceRow Link)> Links(BindRequest request, HostSnapshot host) =>
        from link in host.Interfaces
        where link.Kind != "vrf" && link.Status == OperationalStatus.Up && VrfOf(link.Index, host) is not null
            && host.Addresses.Any(row => row.Interface == link.Index && !row.Address.IsLinkLocal
                && (row.Address.IsIPv4 == request.Endpoint.Address.IsIPv4 || (row.Address.IsIPv4 && request.DualMode)))
        select (VrfOf(link.Index, host)!, link);

    private Finding NotReached(ExaminedQuestion question, ImmutableArray<(InterfaceRow Vrf, InterfaceRow Link)> links, HostSnapshot host)
    {
        BindRequest request = question.Question.Bind!;
        string vrf = SafeText.Of(links[0].Vrf.Name), names = string.Join(" and ", links.Select(pair => SafeText.Of(pair.Link.Name)));
        string setting = AcceptSetting(request);
        return new Finding
        {
            Issue = Info,
            Subject = $"VRF {vrf}",
            Summary = $"{HolderWords.Place(request)} is not reached by clients on {names}: these interfaces are in the VRF {vrf}, and the server is in the default one.",
            Certainty = Certainty.Likely,
            // Often a VRF is there just so that other services stay out of it.
            SeverityHere = Severity.Note,
            Questions = [question.Position],
            Evidence = [.. EvidenceOf(links), new Evidence { Table = "settings", Text = $"{setting} = 0" }],
            Remedies = [AskerRemedy.Configure($"If clients of that VRF are to be served, start a server in it too: ip vrf exec NAME program; or let it bind the device {vrf} (SO_BINDTODEVICE).", null), .. Accept(request, setting, host)],
        };
    }

    private static IEnumerable<Remedy> Accept(BindRequest request, string setting, HostSnapshot host)
    {
        var change = new SetSetting { Name = setting, Value = "1" };
        if (RouteCommands.Of(change, host) is { } commands)
        {
            yield return new Remedy
            {
                Summary = "Let sockets of the default VRF accept what comes in by any VRF.",
                Change = change,
                Apply = commands.Apply,
                Revert = commands.Revert,
                NeedsElevation = true,
                Risk = RemedyRisk.Medium,
                Consequence = "It holds for every server of that protocol that is bound to no device: all of them are reachable from all VRFs then. It is gone after a restart.",
                Recheck = request,
            };
        }
    }

    private Finding NotBound(ExaminedQuestion question, AddressRow own, InterfaceRow vrf, Examination examination)
    {
        BindRequest request = question.Question.Bind!, inside = request with { Device = vrf.Name };
        string name = SafeText.Of(vrf.Name);
        bool helps = examination.Binds.Predict(inside).Outcome == BindOutcome.Success;
        InterfaceRow link = examination.Host.Interfaces.First(row => row.Index == own.Interface);
        return new Finding
        {
            Issue = Info,
            Subject = $"VRF {name}",
            Summary = $"{own.Address} is an address of the VRF {name}, and a server that is bound to no device is in the default one: {HolderWords.Place(request)} cannot be bound.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = [.. EvidenceOf([(vrf, link)])],
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Start the server in the VRF (ip vrf exec NAME program), or let it bind the device {name} first (SO_BINDTODEVICE).",
                    helps ? inside : null),
            ],
        };
    }

    private static IEnumerable<Evidence> EvidenceOf(ImmutableArray<(InterfaceRow Vrf, InterfaceRow Link)> links) =>
        links.Select(pair => new Evidence { Table = "interfaces", Text = pair.Link == pair.Vrf ? $"{SafeText.Of(pair.Vrf.Name)} is a VRF" : $"{SafeText.Of(pair.Link.Name)} has the master {SafeText.Of(pair.Vrf.Name)}, which is a VRF" });
}
