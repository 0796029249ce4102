using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>
/// SD3010: a TFTP server's data leaves from another port than 69, so that to connection tracking it is a new connection of this
/// host; a firewall that lets out answers alone keeps it in.
/// </summary>
/// <remarks>
/// What comes in needs nothing: the data that was sent is a connection then, and the client's acknowledgement belongs to it.
/// Measured on kernel 6.18, see the page.
/// </remarks>
internal sealed class TftpDataKeptIn : KnownIssue
{
    private const int TftpPort = 69;
    private const byte Udp = 17;
    private const string Helper = "net.netfilter.nf_conntrack_helper";
    private static readonly Version s_withoutAutomaticHelpers = new(6, 0);

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3010",
        Title = "The firewall keeps the data of a TFTP server in",
        Severity = Severity.Error,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.Settings | SnapshotTables.Nftables,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        DependsOn = ["SD3001", "SD3002", "SD3003", "SD3004"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc1350#section-4",
            "https://wiki.nftables.org/wiki-nftables/index.php/Conntrack_helpers",
            "https://github.com/firehol/firehol/issues/529",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        bool[]? helped = null;
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Question.Bind is not { Protocol: TransportProtocol.Udp, Endpoint.Port: TftpPort })
                continue;
            helped ??= [HasHelper(examination.Host, isIPv6: false), HasHelper(examination.Host, isIPv6: true)];
            KeptIn[] clients =
            [
                .. examination.FirewallOf(question)
                    .Where(client => client.Verdict.Outcome == FirewallOutcome.Accept && client.Verdict.TranslatedTo is null)
                    .Select(client => DataTo(client.Client, examination.Firewall, isRelated: false))
                    .OfType<KeptIn>(),
            ];
            KeptIn[] found = [.. clients.Where(client => !helped[client.IsIPv6 ? 1 : 0] && (client.Verdict.Outcome is FirewallOutcome.Drop or FirewallOutcome.Reject))];
            if (found.Length > 0)
                yield return Find(question, found, found.Length == clients.Length, examination);
        }
    }

    // From any port that the server chooses to the port that the client asked from.
    private static KeptIn? DataTo(ServiceReply client, FirewallEvaluator firewall, bool isRelated)
    {
        string? output = client.Path.Reply?.Choices.FirstOrDefault()?.InterfaceName ?? client.Interface.Name;
        var flow = new Flow { Destination = client.Path.Request.Source!.Value, Source = client.Address, IPProtocol = Udp };
        return output is null ? null : new KeptIn(client, output, firewall.EvaluateSent(flow, output, isRelated));
    }

    /// <summary>Whether connection tracking looks into TFTP of that family: a rule gives it the helper, or the kernel does by itself.</summary>
    private static bool HasHelper(HostSnapshot host, bool isIPv6) =>
        host.FindSetting(Helper) is "1" || host.NftablesRules.Any(row => row.Statements.Any(IsHelper) && RuleReach.MayConcern(row, isIPv6, Udp, TftpPort));

    private static bool IsHelper(NftablesStatement statement) =>
        statement is { Kind: NftablesStatementKind.NoEffect, Name: "ct helper" or "ct helper set" or "CT" } or { Kind: NftablesStatementKind.Unknown, Name: "xt CT" };

    private Finding Find(ExaminedQuestion question, KeptIn[] found, bool isEverybody, Examination examination)
    {
        FirewallVerdict verdict = found[0].Verdict;
        FirewallDecision decision = verdict.DecidedBy!;
        HostSnapshot host = examination.Host;
        string links = string.Join(" and ", found.Select(client => SafeText.Of(client.Output)).Distinct());
        string place = $"{SafeText.Of(decision.Text)} (chain {SafeText.Of(decision.Chain)} of {SafeText.Of(decision.Table)})";
        // A kernel that may give helpers by itself, of which that setting was not read.
        bool isSettingOpen = host.FindSetting(Helper) is null && host.Platform.Version < s_withoutAutomaticHelpers;
        bool isSure = verdict.Certainty == Certainty.Certain && !isSettingOpen;
        return new Finding
        {
            Issue = Info,
            Subject = $"{SafeText.Of(decision.Text)} in chain {SafeText.Of(decision.Chain)} of {SafeText.Of(decision.Table)}",
            Summary = $"A TFTP server answers from a port of its own choice, which to connection tracking is a new connection: the firewall lets requests in and {(verdict.Outcome == FirewallOutcome.Reject ? "rejects" : "drops")} the data on its way out by {links}.",
            Certainty = isSure ? Certainty.Certain : Certainty.Likely,
            SeverityHere = isEverybody ? null : Severity.Warning,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "nftablesRules", Text = $"A new UDP packet from {found[0].Client.Address} to {verdict.Flow.Destination} is {(verdict.Outcome == FirewallOutcome.Reject ? "rejected" : "dropped")} at {verdict.Hook} by {place}" },
                new Evidence { Table = "nftablesRules", Text = $"No rule gives UDP 69{Family(found)} the helper for TFTP, which would make the data a related packet." },
                .. host.FindSetting(Helper) is { } value ? [new Evidence { Table = "settings", Text = $"{Helper} = {SafeText.Of(value)}" }] : ImmutableArray<Evidence>.Empty,
                .. isSettingOpen ? [new Evidence { Table = "settings", Text = $"Not certain: {Helper} was not read; 1 would give the helper without a rule." }] : ImmutableArray<Evidence>.Empty,
                .. verdict.Conditions.Concat(verdict.Unseen).Select(text => new Evidence { Table = "nftablesRules", Text = "Not certain: " + SafeText.Of(text) }),
            ],
            Remedies = [.. Remedies(question.Question.Bind!, found, host, examination)],
        };
    }

    private static IEnumerable<Remedy> Remedies(BindRequest request, KeptIn[] found, HostSnapshot host, Examination examination)
    {
        // The rules of both families may be written by different programs, or by one with a command for each.
        foreach (IGrouping<FirewallOwner, KeptIn> kept in found.GroupBy(client => DecidingPlace.Of(client.Verdict, host)?.Owner ?? FirewallOwner.None))
        {
            if (kept.All(client => DataTo(client.Client, examination.Firewall, isRelated: true)?.Verdict.Outcome == FirewallOutcome.Accept))
                yield return WithHelper(kept.Key, [.. kept.Select(client => client.IsIPv6).Distinct().Order()], request);
        }

        yield return AskerRemedy.Configure(
            "Let the server send from a range of ports (tftpd-hpa: --port-range 50000:50100), and let UDP from that range out.",
            request,
            wayBack: "Take the option and the rule away again.");
    }

    private static Remedy WithHelper(FirewallOwner owner, ImmutableArray<bool> families, BindRequest request)
    {
        const string summary = "Give requests for TFTP the helper of connection tracking: what it expects is let out as related.";
        switch (owner)
        {
            case FirewallOwner.Firewalld:
                return WithHelper("Let firewalld's service tftp be part of the zone, which brings the helper with it: firewall-cmd --zone=ZONE --add-service=tftp.", null, [], [], request);
            case FirewallOwner.Iptables or FirewallOwner.Ufw:
                ImmutableArray<SnapshotChange> rules = [.. families.Select(isIPv6 => Rule(isIPv6 ? NftablesFamily.IPv6 : NftablesFamily.IPv4, "raw", "PREROUTING", "CT"))];
                return WithHelper(
                    summary,
                    rules is [var single] ? single : new SeveralChanges { Changes = rules },
                    [.. families.Select(isIPv6 => $"{Tool(isIPv6)} -t raw -A PREROUTING -p udp --dport 69 -j CT --helper tftp")],
                    [.. families.Select(isIPv6 => $"{Tool(isIPv6)} -t raw -D PREROUTING -p udp --dport 69 -j CT --helper tftp")],
                    request);
            default:
                return WithHelper(
                    summary,
                    Rule(NftablesFamily.Inet, "serva_tftp", "prerouting", "ct helper"),
                    ["nft 'table inet serva_tftp { ct helper tftp { type \"tftp\" protocol udp; }; chain prerouting { type filter hook prerouting priority filter; policy accept; udp dport 69 ct helper set \"tftp\"; }; }'"],
                    ["nft delete table inet serva_tftp"],
                    request);
        }
    }

    private static Remedy WithHelper(string summary, SnapshotChange? change, ImmutableArray<string> apply, ImmutableArray<string> revert, BindRequest request) => new()
    {
        Summary = summary,
        Change = change,
        Apply = [.. apply.Select(Sh)],
        Revert = [.. revert.Select(Sh)],
        NothingToRevertBecause = revert.IsEmpty ? "--remove-service=tftp takes it away again, where it was not there before." : null,
        NeedsElevation = true,
        Risk = RemedyRisk.Low,
        Consequence = "A kernel that has the helper as a module loads it (nf_conntrack_tftp). It is gone after a restart unless it is saved with the other rules.",
        Recheck = request,
    };

    private static AddNftablesRule Rule(NftablesFamily family, string table, string chain, string name) => new()
    {
        Rule = new NftablesRuleRow
        {
            Family = family,
            Table = table,
            Chain = chain,
            Statements =
            [
                NftablesStatement.Is("meta l4proto", NftablesValue.Of(Udp)),
                NftablesStatement.Is("udp dport", NftablesValue.Of(TftpPort)),
                new NftablesStatement { Kind = NftablesStatementKind.NoEffect, Name = name },
            ],
        },
    };

    private static string Family(KeptIn[] found) =>
        Array.TrueForAll(found, client => client.IsIPv6) ? " over IPv6" : Array.Exists(found, client => client.IsIPv6) ? " over IPv4 or IPv6" : "";

    private static string Tool(bool isIPv6) => isIPv6 ? "ip6tables" : "iptables";

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    /// <summary>A client, the interface by which its data would leave, and what becomes of it.</summary>
    private sealed record KeptIn(ServiceReply Client, string Output, FirewallVerdict Verdict)
    {
        public bool IsIPv6 => !Client.Address.IsIPv4;
    }
}
