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
/// SD2011: two cards in one subnet, of which either answers ARP for the addresses of both (ARP flux), and what comes by the wrong
/// one does not reach the server.
/// </summary>
/// <remarks>Where it reaches the server all the same, which is the rule, the flux does no harm and nothing is said.</remarks>
internal sealed class OtherCardAnswers : RouteRule
{
    private const int MostCards = 16;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2011",
        Title = "Another card in the same subnet answers for the address",
        Severity = Severity.Warning,
        Needs = Tables | SnapshotTables.Settings,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        DependsOn = ["SD2003", "SD2007"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://www.rfc-editor.org/rfc/rfc1122#section-3.3.4.2",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        HostSnapshot host = examination.Host;
        foreach (ExaminedQuestion question in examination.Questions)
        {
            foreach (ServiceReply reply in examination.RepliesOf(question).Where(reply => reply.Address.IsIPv4 && !reply.IsBeyondRouters))
            {
                foreach (InterfaceRow other in Neighbours(reply, host))
                {
                    if (WhyNotReceived(question.Question.Bind!, reply, other, examination) is { } why)
                        yield return Find(question, reply, other, why, host);
                }
            }
        }
    }

    // Cards of one bridge or bond have no addresses of their own that count; two VRFs are two hosts.
    private static IEnumerable<InterfaceRow> Neighbours(ServiceReply reply, HostSnapshot host)
    {
        AddressRow own = host.Addresses.First(row => row.Interface == reply.Interface.Index && row.Address.WithoutScope() == reply.Address.WithoutScope());
        NetPrefix subnet = NetPrefix.Create(own.Address, own.PrefixLength);
        HashSet<uint> inSubnet = [.. host.Addresses.Where(row => row.Address.IsIPv4 && row.PrefixLength == own.PrefixLength && subnet.Contains(row.Address)).Select(row => row.Interface)];
        return host.Interfaces.Where(row => row.Index != own.Interface && row.Status == OperationalStatus.Up && row.Type != NetworkInterfaceType.Loopback && row.Master == reply.Interface.Master
            && inSubnet.Contains(row.Index) && AnswersForOthers(row.Name, host)).Take(MostCards);
    }

    // Of arp_filter one of both is enough, of arp_ignore the greater counts (linux/inetdevice.h).
    private static bool AnswersForOthers(string name, HostSnapshot host) => Settings(name).All(setting => host.FindSetting(setting) is "0");

    private static string[] Settings(string name) =>
        ["net.ipv4.conf.all.arp_ignore", $"net.ipv4.conf.{name}.arp_ignore", "net.ipv4.conf.all.arp_filter", $"net.ipv4.conf.{name}.arp_filter"];

    /// <summary>Why a request that comes in by the other card does not reach the server; null when it does, or when nobody can say.</summary>
    private static Evidence? WhyNotReceived(BindRequest request, ServiceReply reply, InterfaceRow other, Examination examination)
    {
        if (reply.Path.Outcome == ReplyOutcome.NotReceived)
            return null;
        // A card that would drop the request by its reverse path filter does not answer ARP for it either (arp_process).
        Flow asked = reply.Path.Request with { InputInterface = other.Name };
        if (examination.Routes.SelectReply(asked, reply.Path.IsUnbound).Outcome == ReplyOutcome.NotReceived)
            return null;
        // What comes by a card of a VRF is for who is bound to the VRF's device.
        if (request.Device is { } device && device != MasterOf(other, examination.Host))
            return new Evidence { Table = "question", Text = $"The server is bound to {SafeText.Of(device)} (SO_BINDTODEVICE): what comes by {SafeText.Of(other.Name)} is not for it." };
        bool isLetIn = examination.Firewall.Evaluate(reply.Path.Request).Outcome == FirewallOutcome.Accept;
        return isLetIn && examination.Firewall.Evaluate(asked) is { Outcome: FirewallOutcome.Drop or FirewallOutcome.Reject, DecidedBy: { } decision }
            ? new Evidence { Table = "nftablesRules", Text = $"By {SafeText.Of(other.Name)} it is dropped by {SafeText.Of(decision.Text)} (chain {SafeText.Of(decision.Chain)} of {SafeText.Of(decision.Table)})" }
            : null;
    }

    private static string? MasterOf(InterfaceRow row, HostSnapshot host) =>
        row.Master is { } master ? host.Interfaces.FirstOrDefault(entry => entry.Index == master)?.Name : null;

    private Finding Find(ExaminedQuestion question, ServiceReply reply, InterfaceRow other, Evidence why, HostSnapshot host)
    {
        string name = SafeText.Of(other.Name), own = SafeText.Of(reply.Interface.Name);
        return new Finding
        {
            Issue = Info,
            Subject = $"{reply.Address} on {own}, by {name}",
            Summary = $"{name} is in the same subnet as {own} and answers ARP for {reply.Address} too: clients that take its answer send there, and {HolderWords.Place(question.Prediction!.Request)} does not get it.",
            // Which of both answers a client takes is a matter of chance, and of the cables.
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "addresses", Text = string.Join(", ", host.Addresses.Where(row => row.Address.IsIPv4 && (row.Interface == other.Index || row.Interface == reply.Interface.Index)).Take(6).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Address}/{row.PrefixLength} on {(row.Interface == other.Index ? name : own)}"))) },
                new Evidence { Table = "settings", Text = string.Join(", ", Settings(other.Name).Select(setting => $"{SafeText.Of(setting)} = 0")) },
                why,
            ],
            Remedies = [.. Remedies(question.Question.Bind!, host)],
        };
    }

    private static IEnumerable<Remedy> Remedies(BindRequest request, HostSnapshot host)
    {
        // Announced must be the card's own address too, or the neighbours learn the wrong one from its questions.
        ImmutableArray<SnapshotChange> changes =
        [
            new SetSetting { Name = "net.ipv4.conf.all.arp_ignore", Value = "1" },
            .. host.FindSetting("net.ipv4.conf.all.arp_announce") is { } announce && announce != "2" ? [new SetSetting { Name = "net.ipv4.conf.all.arp_announce", Value = "2" }] : ImmutableArray<SnapshotChange>.Empty,
        ];
        var change = new SeveralChanges { Changes = changes };
        if (RouteCommands.Of(change, host) is { } commands)
        {
            yield return new Remedy
            {
                Summary = "Let each card answer for its own addresses alone.",
                Change = change,
                Apply = commands.Apply,
                Revert = commands.Revert,
                NeedsElevation = true,
                Risk = RemedyRisk.Low,
                Consequence = "An address that is on the loopback interface, as some load balancers want it, is no longer answered for by the cards. It is gone after a restart; neighbours remember the old answer for some minutes.",
                Recheck = request,
            };
        }

        yield return AskerRemedy.Configure(
            "Give each card a subnet of its own, or make one bond of both, or leave one of them without an address.",
            null,
            wayBack: "Give the card its old address again.");
    }
}
