using System.Collections.Generic;
using System.Linq;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2001: replies from an address leave by another interface than the one that has it (weak host).</summary>
internal sealed class ReplyByOtherInterface : RouteRule
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2001",
        Title = "Replies leave by another interface than their address has",
        Severity = Severity.Warning,
        Needs = Tables,
        IsAboutBinds = true,
        DependsOn = ["SD2003", "SD2004", "SD2007"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc1122#section-3.3.4",
            "https://learn.microsoft.com/windows/win32/iphlp/ip-interface-row",
            "https://man7.org/linux/man-pages/man8/ip-rule.8.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) =>
        Replies(examination, ReplyOutcome.OtherInterface).Select(found => Find(found.Question, found.Reply, examination));

    private Finding Find(ExaminedQuestion question, ServiceReply reply, Examination examination)
    {
        RouteDecision way = reply.Path.Reply!;
        string own = SafeText.Of(reply.Interface.Name);
        string other = SafeText.Of(way.Choices.First(choice => choice.Interface != reply.Interface.Index).InterfaceName);
        return new Finding
        {
            Issue = Info,
            Subject = $"{reply.Address} on {own}",
            Summary = $"Replies from {reply.Address} to {reply.Clients} leave by {other}, not by {own}, which has that address: routers and firewalls on the way may drop them.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = EvidenceOf(way),
            Remedies = RouteRemedies.ForClients(examination.Host, way),
        };
    }
}
