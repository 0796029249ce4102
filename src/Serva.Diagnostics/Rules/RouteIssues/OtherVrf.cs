using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
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
    private const int MostVrfs = 10, MostLinks = 10;

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
        IsExperimental = true,
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
        var vrfs = new VrfIndex(host);
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Question.Bind is not { Device: null } request)
                continue;
            NetAddress wanted = request.Endpoint.Address.UnmapIPv4();
            if (wanted.IsUnspecified && (question.IsServed || question.Outcome == BindOutcome.Success) && host.FindSetting(AcceptSetting(request)) is "0")
            {
                ImmutableArray<VrfLinks> others = vrfs.LinksFor(request);
                foreach (VrfLinks vrf in others.Take(MostVrfs))
                    yield return NotReached(question, vrf, others.Length, host);
            }
            else if (question.IsBlocked && question.Outcome == BindOutcome.AddressNotAvailable
                && vrfs.Owner(wanted) is { } own && vrfs.VrfOf(own.Interface) is { } vrf)
            {
                yield return NotBound(question, own, vrf, vrfs.Link(own.Interface)!, examination);
            }
        }
    }

    private static string AcceptSetting(BindRequest request) =>
        request.Protocol == TransportProtocol.Tcp ? "net.ipv4.tcp_l3mdev_accept" : request.Protocol == TransportProtocol.Udp ? "net.ipv4.udp_l3mdev_accept" : "net.ipv4.raw_l3mdev_accept";

    private Finding NotReached(ExaminedQuestion question, VrfLinks links, int vrfs, HostSnapshot host)
    {
        BindRequest request = question.Question.Bind!;
        string vrf = SafeText.Of(links.Vrf.Name), names = string.Join(links.More == 0 ? " and " : ", ", links.First.Select(link => SafeText.Of(link.Name)));
        if (links.More > 0)
            names += string.Create(CultureInfo.InvariantCulture, $" and {links.More} more");
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
            Evidence =
            [
                .. links.First.Select(link => EvidenceOf(links.Vrf, link)),
                .. vrfs > MostVrfs ? [new Evidence { Table = "interfaces", Text = string.Create(CultureInfo.InvariantCulture, $"There are {vrfs} such VRFs; the first {MostVrfs} are told.") }] : ImmutableArray<Evidence>.Empty,
                new Evidence { Table = "settings", Text = $"{setting} = 0" },
            ],
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

    private Finding NotBound(ExaminedQuestion question, AddressRow own, InterfaceRow vrf, InterfaceRow link, Examination examination)
    {
        BindRequest request = question.Question.Bind!, inside = request with { Device = vrf.Name };
        string name = SafeText.Of(vrf.Name);
        bool helps = examination.Binds.Predict(inside).Outcome == BindOutcome.Success;
        return new Finding
        {
            Issue = Info,
            Subject = $"VRF {name}",
            Summary = $"{own.Address} is an address of the VRF {name}, and a server that is bound to no device is in the default one: {HolderWords.Place(request)} cannot be bound.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = [EvidenceOf(vrf, link)],
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Start the server in the VRF (ip vrf exec NAME program), or let it bind the device {name} first (SO_BINDTODEVICE).",
                    helps ? inside : null),
            ],
        };
    }

    private static Evidence EvidenceOf(InterfaceRow vrf, InterfaceRow link) =>
        new() { Table = "interfaces", Text = link == vrf ? $"{SafeText.Of(vrf.Name)} is a VRF" : $"{SafeText.Of(link.Name)} has the master {SafeText.Of(vrf.Name)}, which is a VRF" };

    /// <summary>A VRF, the first interfaces of it that clients may be on, and how many there are besides.</summary>
    private sealed class VrfLinks(InterfaceRow vrf, ImmutableArray<InterfaceRow> first, int more)
    {
        public InterfaceRow Vrf => vrf;

        public ImmutableArray<InterfaceRow> First => first;

        public int More => more;
    }

    /// <summary>Interfaces and addresses by what is asked of them: a case may have tens of thousands of either.</summary>
    private sealed class VrfIndex
    {
        private readonly HostSnapshot _host;
        private readonly Dictionary<uint, InterfaceRow> _links = [];
        private readonly Dictionary<(bool IsIPv4, bool IsIPv6), ImmutableArray<VrfLinks>> _served = [];
        private Dictionary<NetAddress, AddressRow>? _owners;

        public VrfIndex(HostSnapshot host)
        {
            _host = host;
            foreach (InterfaceRow row in host.Interfaces)
                _links.TryAdd(row.Index, row);
        }

        public InterfaceRow? Link(uint index) => _links.GetValueOrDefault(index);

        public InterfaceRow? VrfOf(uint index) => Link(index) switch
        {
            { Kind: "vrf" } vrf => vrf,
            { Master: { } master } => Link(master) is { Kind: "vrf" } vrf ? vrf : null,
            _ => null,
        };

        public AddressRow? Owner(NetAddress address)
        {
            if (_owners is null)
            {
                _owners = [];
                foreach (AddressRow row in _host.Addresses)
                    _owners.TryAdd(row.Address.WithoutScope(), row);
            }

            return _owners.GetValueOrDefault(address.WithoutScope());
        }

        /// <summary>The VRFs with interfaces that have an address of a family that the server serves.</summary>
        public ImmutableArray<VrfLinks> LinksFor(BindRequest request)
        {
            bool isIPv4 = request.Endpoint.Address.IsIPv4;
            (bool, bool) families = (isIPv4 || request.DualMode, !isIPv4);
            if (!_served.TryGetValue(families, out ImmutableArray<VrfLinks> links))
                _served[families] = links = Find(families);
            return links;
        }

        // The VRF's own device carries 127.0.0.1 at most.
        private ImmutableArray<VrfLinks> Find((bool IsIPv4, bool IsIPv6) families)
        {
            HashSet<uint> addressed = [.. _host.Addresses.Where(row => !row.Address.IsLinkLocal && (row.Address.IsIPv4 ? families.IsIPv4 : families.IsIPv6)).Select(row => row.Interface)];
            return
            [
                .. _host.Interfaces.Where(row => row.Kind != "vrf" && row.Status == OperationalStatus.Up && addressed.Contains(row.Index) && VrfOf(row.Index) is not null)
                    .GroupBy(row => VrfOf(row.Index)!.Index)
                    .Select(group => new VrfLinks(Link(group.Key)!, [.. group.Take(MostLinks)], Math.Max(0, group.Count() - MostLinks))),
            ];
        }
    }
}
