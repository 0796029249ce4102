using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>
/// What the rules about Windows Firewall keeping a service's clients out share: they differ in why. A link is kept out when
/// all its clients are; one that lets in some does so on purpose.
/// </summary>
internal abstract class WindowsKeptOut : KnownIssue
{
    protected const SnapshotTables Tables =
        SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.WindowsFirewallProfiles | SnapshotTables.WindowsFirewallRules;

    protected const string RulesPage = "https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/rules";
    protected const string NetshPage = "https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-advfirewall";

    /// <summary>The reason that this rule is about.</summary>
    protected abstract WindowsKeptOutReason Reason { get; }

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            var causes = from link in examination.FirewallOf(question).GroupBy(client => (client.Client.Interface.Index, client.Client.Address.IsIPv4))
                where link.All(client => client.IsKeptOut)
                let client = link.First()
                let cause = WindowsKeptOutCause.Of(client.Verdict, examination.Host)
                where cause?.Reason == Reason
                group client by cause;
            foreach (var found in causes)
                yield return Find(question, found.Key, [.. found], examination.Host);
        }
    }

    /// <summary>The one thing that is to blame.</summary>
    protected abstract string SubjectOf(WindowsKeptOutCause cause, string service);

    /// <summary>Why nothing gets in, behind "Windows Firewall drops the first packet of clients on Ethernet for udp 69: ".</summary>
    protected abstract string Because(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host);

    protected abstract IEnumerable<Remedy> Help(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host);

    private Finding Find(ExaminedQuestion question, WindowsKeptOutCause cause, ImmutableArray<ClientVerdict> clients, HostSnapshot host)
    {
        FirewallVerdict verdict = clients[0].Verdict;
        string service = WindowsFirewallRemedies.ServiceOf(verdict.Flow);
        string links = string.Join(" and ", clients.Select(client => SafeText.Of(client.Client.Interface.Name)).Distinct());
        return new Finding
        {
            Issue = Info,
            Subject = SubjectOf(cause, service),
            Summary = $"Windows Firewall drops the first packet of clients on {links} for {service}: {Because(cause, clients[0], host)}.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = cause.Rule is null ? "windowsFirewallProfiles" : "windowsFirewallRules", Text = $"{FirewallEvaluator.TextOf(verdict.Flow)} is dropped by {FirewallReportWords(verdict)}" },
                .. cause.Rule is { } rule && rule.RuleId != verdict.DecidedBy?.RuleId ? [new Evidence { Table = "windowsFirewallRules", Text = $"{SafeText.Of(rule.Text ?? rule.RuleId)} (rule {SafeText.Of(rule.RuleId)})" }] : ImmutableArray<Evidence>.Empty,
                .. verdict.Unseen.Concat(verdict.Conditions).Select(text => new Evidence { Table = "windowsFirewallRules", Text = "Not certain: " + SafeText.Of(text) }),
            ],
            Remedies = [.. Help(cause, clients[0], host)],
        };
    }

    private static string FirewallReportWords(FirewallVerdict verdict) => verdict.DecidedBy is not { } decision ? "nothing"
        : decision.RuleId is { } id ? $"{SafeText.Of(decision.Text)} (rule {SafeText.Of(id)}, profile {decision.Chain})"
        : decision.Chain.Length > 0 ? $"{decision.Text} (profile {decision.Chain})" : decision.Text;
}
