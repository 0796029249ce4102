using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2002: several default routes, of which one is used.</summary>
internal sealed class SeveralDefaultRoutes : RouteRule
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2002",
        Title = "Several default routes, one of them used",
        Severity = Severity.Note,
        Needs = Tables,
        IsAboutBinds = true,
        DependsOn = ["SD2001", "SD2003", "SD2004", "SD2005", "SD2007"],
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/connectivity-issues-multiple-default-gateways",
            "https://man7.org/linux/man-pages/man8/ip-route.8.html",
        ],
    };

    private static bool IsAbout(ExaminedQuestion question, NetPrefix prefix) =>
        question.Question.Bind is { } bind && (bind.Endpoint.Address.UnmapIPv4().IsIPv4 == prefix.Address.IsIPv4 || (bind.DualMode && bind.Endpoint.Address.IsUnspecified));

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (NetPrefix prefix in (NetPrefix[])[NetPrefix.DefaultIPv4, NetPrefix.DefaultIPv6])
        {
            UsableRoute[] defaults = [.. UsableRoute.Of(prefix, examination.Host)];
            if (defaults.Select(route => route.Interface.Index).Distinct().Count() < 2 || defaults[0].Cost == defaults[1].Cost
                || HasOtherKind(prefix, examination.Host)
                || defaults.Skip(1).All(route => route.Interface.Index == defaults[0].Interface.Index || HasRules(route, examination.Host)))
            {
                continue;
            }

            ImmutableArray<int> questions = [.. examination.Questions.Where(question => IsAbout(question, prefix)).Select(question => question.Position)];
            if (questions.IsEmpty)
                continue;
            UsableRoute first = defaults[0];
            string others = string.Join(", ", defaults.Skip(1).Select(route => SafeText.Of(route.Interface.Name)).Distinct());
            yield return new Finding
            {
                Issue = Info,
                Subject = prefix.ToString(),
                Summary = $"Of {defaults.Length} default routes the one by {SafeText.Of(first.Interface.Name)} is used, at the lowest metric; {others} only where {(examination.Routes.Model == HostModel.Linux ? "a rule" : "a bound source")} asks for it.",
                Certainty = Certainty.Likely,
                Questions = questions,
                Evidence = [.. defaults.Select(route => new Evidence { Table = "routes", Text = route.ToString() })],
                Remedies =
                [
                    AskerRemedy.Configure(
                        $"Where both links reach clients beyond routers, check each with: serva-diag route CLIENT from ADDRESS. Where only one does, set no default gateway on the other and give it static routes.",
                        null,
                        wayBack: "Set the default gateway again and delete the static routes."),
                    .. defaults.Length == 2 && TakeAway(defaults, examination.Host) is { } remedy ? [remedy] : ImmutableArray<Remedy>.Empty,
                ],
            };
        }
    }

    // One with several next hops, or one that sends nothing: then which is used is another question.
    private static bool HasOtherKind(NetPrefix prefix, HostSnapshot host) => host.Routes.Any(row =>
        row.Destination == prefix && (host.Platform.Family != PlatformFamily.Linux || row.Table == LinuxNetworkView.MainTable)
        && (!row.NextHops.IsEmpty || row.Kind is not (RouteKind.Unicast or RouteKind.Unknown)));

    // Whoever gave the link a table, and a rule for its addresses, knows that there are two.
    private static bool HasRules(UsableRoute route, HostSnapshot host) => host.RoutingRules.Any(rule =>
        rule.From is { } from && rule.IsIPv6 == route.Route.Destination.Address.IsIPv6
        && host.Addresses.Any(row => row.Interface == route.Interface.Index && from.Contains(row.Address.WithoutScope()))
        && host.Routes.Any(row => row.Table == rule.Table && row.Table != route.Route.Table && row.Destination.Length <= 1
            && (row.Interface == route.Interface.Index || row.NextHops.Any(hop => hop.Interface == route.Interface.Index))));

    private static Remedy? TakeAway(UsableRoute[] defaults, HostSnapshot host)
    {
        RouteRow unused = defaults[1].Route;
        var change = new RemoveRoute { Route = unused };
        return RouteCommands.Of(change, host) is not { } commands ? null : new Remedy
        {
            Summary = $"Where only {SafeText.Of(defaults[0].Interface.Name)} leads to clients beyond routers: take the default route by {SafeText.Of(defaults[1].Interface.Name)} away.",
            Change = change,
            Apply = commands.Apply,
            Revert = commands.Revert,
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = $"It no longer takes over when the first one fails, and programs that are bound to {SafeText.Of(defaults[1].Interface.Name)} reach nothing beyond its routers. It comes back after a restart, or when a DHCP lease is renewed, unless the network configuration says otherwise.",
        };
    }
}
