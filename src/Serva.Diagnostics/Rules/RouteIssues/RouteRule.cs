using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>What the rules about routes share: the tables without which no way can be told.</summary>
internal abstract class RouteRule : KnownIssue
{
    protected const SnapshotTables Tables = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes;

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination) =>
        examination.Host.Platform.Family == PlatformFamily.Linux && !examination.Host.RoutingRules.IsKnown ? "table routingRules was not captured"
        : examination.Routes.Model == HostModel.Native ? "the route selection of this system is not modelled"
        : null;

    /// <summary>The replies of every service that end so, with the question they belong to.</summary>
    protected static IEnumerable<(ExaminedQuestion Question, ServiceReply Reply)> Replies(Examination examination, ReplyOutcome outcome) =>
        from question in examination.Questions
        from reply in examination.RepliesOf(question)
        where reply.Path.Outcome == outcome
        select (question, reply);

    /// <summary>What decided about the reply, and what makes that uncertain.</summary>
    protected static ImmutableArray<Evidence> EvidenceOf(RouteDecision decision) =>
    [
        .. decision.DecidingStep is { } step ? [step.Evidence ?? new Evidence { Table = "routes", Text = step.Text }] : ImmutableArray<Evidence>.Empty,
        .. decision.Unseen.Select(unseen => new Evidence { Table = "routes", Text = "Not certain: " + unseen }),
    ];
}
