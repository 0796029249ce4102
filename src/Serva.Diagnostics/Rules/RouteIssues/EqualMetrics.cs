using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2003: two interfaces lead to the same destinations at the same metric: two cards in one subnet, or two equal default routes.</summary>
internal sealed class EqualMetrics : RouteRule
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2003",
        Title = "Two interfaces lead to the same network at the same metric",
        Severity = Severity.Warning,
        Needs = Tables,
        IsAboutBinds = true,
        DependsOn = ["SD2004"],
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/automatic-metric-for-ipv4-routes",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        var groups = UsableRoute.All(examination.Host)
            .Where(route => !IsOfEveryLink(route.Route.Destination) && examination.Questions.Any(question => IsAbout(question, route.Route.Destination)))
            .GroupBy(route => (route.Route.Destination, route.Cost));
        foreach (var group in groups)
        {
            UsableRoute[] routes = [.. group.DistinctBy(route => route.Interface.Index)];
            bool isBest = !UsableRoute.Of(group.Key.Destination, examination.Host).Any(other => other.Cost < group.Key.Cost);
            if (routes.Length > 1 && isBest)
                yield return Find(routes, examination);
        }
    }

    private Finding Find(UsableRoute[] routes, Examination examination)
    {
        NetPrefix prefix = routes[0].Route.Destination;
        string names = string.Join(" and ", routes.Select(route => SafeText.Of(route.Interface.Name)));
        string where = prefix.IsDefault ? "everything beyond the routers" : prefix.ToString();
        return new Finding
        {
            Issue = Info,
            Subject = prefix.ToString(),
            Summary = $"{names} both lead to {where} at the same metric: replies leave by one of them, whichever the request came in by.",
            Certainty = Certainty.Likely,
            Questions = [.. examination.Questions.Where(question => IsAbout(question, prefix)).Select(question => question.Position)],
            Evidence = [.. routes.Select(route => new Evidence { Table = "routes", Text = route.ToString() })],
            Remedies =
            [
                .. Prefer(routes, examination.Host),
                AskerRemedy.Configure(
                    "Give each card a subnet of its own, or make one bond of both (NIC teaming), or leave one of them without an address.", null, wayBack: "Give the card its old address again."),
            ],
        };
    }

    // Which of them is to be preferred only the administrator knows: the first is kept as it is.
    private static IEnumerable<Remedy> Prefer(UsableRoute[] routes, HostSnapshot host)
    {
        if (host.Platform.Family != PlatformFamily.Windows)
            yield break;
        InterfaceRow second = routes[1].Interface;
        bool isIPv6 = routes[1].Route.Destination.Address.IsIPv6;
        if ((isIPv6 ? second.MetricV6 : second.MetricV4) is not { } metric)
            yield break;
        var change = new SetInterfaceMetric { Interface = second.Index, IsIPv6 = isIPv6, Metric = metric + 10 };
        if (RouteCommands.Of(change, host) is { } commands)
        {
            yield return new Remedy
            {
                Summary = $"Prefer {SafeText.Of(routes[0].Interface.Name)}: give {SafeText.Of(second.Name)} a higher metric.",
                Change = change,
                Apply = commands.Apply,
                Revert = commands.Revert,
                NeedsElevation = true,
                Risk = RemedyRisk.Low,
                Consequence = "Everything that uses both leaves by the preferred one then; the metric is no longer automatic, also after the way back.",
            };
        }
    }

    private static bool IsAbout(ExaminedQuestion question, NetPrefix prefix) =>
        question.Question.Bind?.Endpoint.Address.UnmapIPv4() is { IsLoopback: false } bound && bound.IsIPv4 == prefix.Address.IsIPv4;

    // What each link has for itself is no tie.
    private static bool IsOfEveryLink(NetPrefix prefix) =>
        prefix.Address.IsMulticast || prefix.Address.IsLinkLocal || prefix.Address.IsLoopback || prefix.Address.IsBroadcast;
}
