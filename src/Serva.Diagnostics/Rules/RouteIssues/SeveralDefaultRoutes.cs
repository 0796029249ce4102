using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
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

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (NetPrefix prefix in (NetPrefix[])[NetPrefix.DefaultIPv4, NetPrefix.DefaultIPv6])
        {
            UsableRoute[] defaults = [.. UsableRoute.Of(prefix, examination.Host)];
            if (defaults.Select(route => route.Interface.Index).Distinct().Count() < 2 || defaults[0].Cost == defaults[1].Cost)
                continue;
            UsableRoute first = defaults[0];
            string others = string.Join(", ", defaults.Skip(1).Select(route => SafeText.Of(route.Interface.Name)).Distinct());
            yield return new Finding
            {
                Issue = Info,
                Subject = prefix.ToString(),
                Summary = $"Of {defaults.Length} default routes the one by {SafeText.Of(first.Interface.Name)} is used, at the lowest metric; {others} is for sources or rules that ask for it.",
                Certainty = Certainty.Likely,
                Questions = [.. examination.Questions.Where(question => question.Prediction?.Request.Endpoint.Address is { } bound && (bound.IsIPv4 == prefix.Address.IsIPv4)).Select(question => question.Position)],
                Evidence = [.. defaults.Select(route => new Evidence { Table = "routes", Text = route.ToString() })],
                Remedies =
                [
                    AskerRemedy.Configure(
                        $"Where both links reach clients beyond routers, check each with: serva-diag route CLIENT from ADDRESS. Where only one does, set no default gateway on the other and give it static routes.",
                        null,
                        wayBack: "Set the default gateway again and delete the static routes."),
                ],
            };
        }
    }
}
