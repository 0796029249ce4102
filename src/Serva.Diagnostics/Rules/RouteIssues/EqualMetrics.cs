using System;
using System.Collections.Generic;
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
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/automatic-metric-for-ipv4-routes",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) =>
        from question in examination.Questions
        from reply in examination.RepliesOf(question)
        let tied = Tied(reply, examination.Host)
        where tied is not null
        select Find(question, reply, tied, examination.Host);

    /// <summary>Whether a reply leaves by another interface, or with its source, because two interfaces lead there at the same cost.</summary>
    public static bool Explains(ServiceReply reply, HostSnapshot host) => Tied(reply, host) is not null;

    // The route that was taken, and the one of the own interface.
    private static UsableRoute[]? Tied(ServiceReply reply, HostSnapshot host)
    {
        if (reply.Path.Outcome is not (ReplyOutcome.OtherInterface or ReplyOutcome.OtherSource)
            || reply.Path.Reply!.Choices.FirstOrDefault(choice => choice.Interface != reply.Interface.Index)?.Route is not { } taken)
        {
            return null;
        }

        UsableRoute[] routes = [.. UsableRoute.Of(taken.Destination, host).Where(route => route.Route.Table == taken.Table && (route.Route.Preference ?? 0) == (taken.Preference ?? 0))];
        UsableRoute? winner = Array.Find(routes, route => route.Route == taken);
        UsableRoute? own = Array.Find(routes, route => route.Interface.Index == reply.Interface.Index);
        return winner is not null && own is not null && winner.Cost == own.Cost ? [winner, own] : null;
    }

    private Finding Find(ExaminedQuestion question, ServiceReply reply, UsableRoute[] routes, HostSnapshot host)
    {
        NetPrefix prefix = routes[0].Route.Destination;
        string names = string.Join(" and ", routes.Select(route => SafeText.Of(route.Interface.Name)).Order(StringComparer.Ordinal));
        string where = prefix.IsDefault ? "everything beyond the routers" : prefix.ToString();
        return new Finding
        {
            Issue = Info,
            Subject = prefix.ToString(),
            Summary = $"{names} both lead to {where} at the same metric: replies leave by {SafeText.Of(routes[0].Interface.Name)}, also those to requests that came in by {SafeText.Of(routes[1].Interface.Name)}.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = [.. routes.Select(route => new Evidence { Table = "routes", Text = route.ToString() })],
            Remedies =
            [
                .. Prefer(routes, host),
                .. reply.Path.IsUnbound ? [] : RouteRemedies.ForClients(host, reply.Path.Reply!),
                AskerRemedy.Configure(
                    prefix.IsDefault
                        ? "Let your server bind one address, or set a default gateway on one card alone."
                        : "Give each card a subnet of its own, or make one bond of both (NIC teaming), or leave one of them without an address.",
                    null,
                    wayBack: prefix.IsDefault ? "Set the default gateway again." : "Give the card its old address again."),
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
                Consequence = "Everything that uses both leaves by the preferred one then.",
            };
        }
    }
}
