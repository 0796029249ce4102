using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3022: a firewall of Linux lets FTP clients log in and keeps their data connections out.</summary>
internal sealed class FtpDataKeptOutOnLinux : KnownIssue
{
    // More ports than any server has transfers at once; more names than anybody reads.
    private const int WidePool = 1024, MostNamed = 4;

    private const string AutomaticHelper = "net.netfilter.nf_conntrack_helper";

    // Until then the kernel gave connections to port 21 the helper by itself, unless told otherwise.
    private static readonly Version s_noAutomaticHelper = new(4, 7), s_noSetting = new(6, 0);

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3022",
        Title = "The firewall keeps the data connections of FTP out",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.Nftables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.netfilter.org/projects/nftables/manpage.html",
            "https://wiki.nftables.org/wiki-nftables/index.php/Conntrack_helpers",
            "https://manpages.debian.org/bookworm/ufw/ufw.8.en.html",
            "https://www.rfc-editor.org/rfc/rfc959#section-3.2",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        if (MayHaveHelper(examination.Host))
            yield break;
        // Later kernels do not have the setting any more.
        bool mayBeAutomatic = examination.Host.Platform.Version < s_noSetting && examination.Host.FindSetting(AutomaticHelper) is null;
        foreach (var question in FtpData.Of(examination).GroupBy(link => link.Question.Position))
        {
            FtpData[] links = [.. question];
            FirewallVerdict verdict = links[0].KeptOut.First().Verdict;
            DecidingPlace? place = DecidingPlace.Of(verdict, examination.Host);
            string who = place?.Owner switch { FirewallOwner.Ufw => "ufw", FirewallOwner.Firewalld => "firewalld", _ => "The firewall" };
            yield return FtpData.Find(Info, links, who, EvidenceOf(verdict, mayBeAutomatic), Remedies(links, place, examination.Host), mayBeAutomatic ? Certainty.Likely : Certainty.Certain);
        }
    }

    /// <summary>
    /// Whether data connections may be known to the kernel as related to their control connection: a rule gives it a helper, or
    /// the kernel does so by itself. Then what the rules say of a new connection is not all.
    /// </summary>
    private static bool MayHaveHelper(HostSnapshot host) =>
        host.Platform.Version < s_noAutomaticHelper
        || host.FindSetting(AutomaticHelper) == "1"
        || host.NftablesRules.Any(rule => GivesHelper(rule) && !rule.Statements.Any(IsNotFtp));

    private static bool GivesHelper(NftablesRuleRow rule) => rule.Text?.Contains("helper", StringComparison.OrdinalIgnoreCase) == true
        || rule.Statements.Any(statement => statement.Name is { } name && (name is "CT" or "xt CT" || name.StartsWith("object ", StringComparison.Ordinal) || name.Contains("helper", StringComparison.OrdinalIgnoreCase)));

    // A helper for TFTP or for the names of Windows does nothing for a connection to port 21.
    private static bool IsNotFtp(NftablesStatement statement)
    {
        if (statement is not { Kind: NftablesStatementKind.Match, Operator: NftablesOperator.Equal, Set: null, Fields: [{ Mask: null, Name: { } field }] })
            return false;
        ulong? wanted = field is "meta l4proto" or "ip protocol" or "ip6 nexthdr" ? (ulong)TransportProtocol.Tcp : field is "tcp dport" or "th dport" ? FtpData.ControlPort : null;
        return field is "udp dport"
            || (wanted is { } value && statement.Elements.All(element => element.Key is [{ First: { } first } key] && (value < first || value > (key.Last ?? first))));
    }

    private static IEnumerable<Evidence> EvidenceOf(FirewallVerdict verdict, bool mayBeAutomatic)
    {
        if (mayBeAutomatic)
            yield return new Evidence { Table = "settings", Text = $"Not certain: {AutomaticHelper} was not captured; the kernel's default is not to give FTP a helper." };
        yield return new Evidence { Table = "nftablesRules", Text = "No rule gives connections to FTP a helper (ct helper) that would make its data connections related ones." };
        foreach (string text in verdict.Conditions.Concat(verdict.Unseen))
            yield return new Evidence { Table = "nftablesRules", Text = "Not certain: " + SafeText.Of(text) };
    }

    private static IEnumerable<Remedy> Remedies(FtpData[] links, DecidingPlace? place, HostSnapshot host)
    {
        FtpData link = links[0];
        string[] others = [.. Listeners(link, host).Take(MostNamed)];
        bool isWide = link.Ports.Count > WidePool;
        if (isWide)
            yield return AskerRemedy.Configure("Give your server a small range of data ports of its own first, for example a hundred, and let in that one alone.", null, "Each transfer at the same time takes one of them.", "Set the old range again.");
        if (FirewallRemedies.LetIn([.. links.SelectMany(other => other.KeptOut)], host, link.Ports, isWide || others.Length > 0 ? RemedyRisk.Medium : RemedyRisk.Low, others) is { } remedy)
        {
            yield return remedy;
            yield break;
        }

        string where = place is null ? "where the rules let in its control port" : $"before {SafeText.Of(place.Decision.Text)} in chain {SafeText.Of(place.Decision.Chain)} of {SafeText.Of(place.Decision.Table)}";
        yield return AskerRemedy.Configure($"Let in {link.Words} as well, {where}.", null, "Everybody who reaches this host reaches whoever listens on these ports then.", "No command is given; take the rule away again.");
    }

    // Whoever else waits there is let in to as well.
    private static IEnumerable<string> Listeners(FtpData link, HostSnapshot host)
    {
        HashSet<int> own = [.. link.Question.OwnSockets.SelectMany(socket => socket.Owners).Select(owner => owner.ProcessId)];
        return host.Sockets
            .Where(socket => socket.State == TcpState.Listen && link.Ports.Contains(socket.Local.Port) && !socket.Local.Address.UnmapIPv4().IsLoopback && !socket.Owners.Any(owner => own.Contains(owner.ProcessId)))
            .OrderBy(socket => socket.Local.Port)
            .Select(socket => $"{(HolderWords.Main(socket.Owners) is { } owner ? HolderWords.Describe(owner, host.Platform.Family) : "somebody")} on {HolderWords.Place(socket.Protocol, socket.Local)}")
            .Distinct();
    }
}
