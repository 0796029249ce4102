using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2007: Linux drops requests because it would not answer them by the interface that they come in by (rp_filter).</summary>
internal sealed class ReversePathFilter : RouteRule
{
    private const string Loose = "2";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2007",
        Title = "The reverse path filter drops requests",
        Severity = Severity.Error,
        Needs = Tables | SnapshotTables.Settings,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://www.rfc-editor.org/rfc/rfc3704#section-2.4",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => Replies(examination, ReplyOutcome.NotReceived)
        .Where(found => found.Reply.Path.Arrival.Trace.Any(step => step.Code == "route.source.filtered"))
        .Select(found => Find(found.Question, found.Reply, examination.Host));

    private Finding Find(ExaminedQuestion question, ServiceReply reply, HostSnapshot host)
    {
        string name = SafeText.Of(reply.Interface.Name);
        return new Finding
        {
            Issue = Info,
            Subject = $"rp_filter on {name}",
            Summary = $"Requests of {reply.Clients} that come in by {name} are dropped: the reverse path filter is strict, and the way back leads by another interface.",
            Certainty = reply.Path.Certainty,
            Questions = [question.Position],
            Evidence =
            [
                .. Settings(reply.Interface.Name).Where(setting => host.FindSetting(setting) is not null).Select(setting => new Evidence { Table = "settings", Text = $"{setting} = {SafeText.Of(host.FindSetting(setting)!)}" }),
                .. EvidenceOf(reply.Path.Arrival),
            ],
            Remedies = [.. Remedies(reply, host)],
        };
    }

    private static IEnumerable<Remedy> Remedies(ServiceReply reply, HostSnapshot host)
    {
        // The higher of both values counts, so that raising the interface's own is enough.
        var change = new SetSetting { Name = Settings(reply.Interface.Name)[1], Value = Loose };
        if (RouteCommands.Of(change, host) is { } commands)
        {
            yield return new Remedy
            {
                Summary = $"Let the filter on {SafeText.Of(reply.Interface.Name)} ask only whether there is some way back (loose mode).",
                Change = change,
                Apply = commands.Apply,
                Revert = commands.Revert,
                NeedsElevation = true,
                Risk = RemedyRisk.Low,
                Consequence = "Packets with a forged source come in more easily; replies still leave by the other interface. It is gone after a restart.",
            };
        }

        // With a way back by the same interface the strict filter is content.
        Flow back = new() { Destination = reply.Path.Request.Source!.Value, Source = reply.Address };
        foreach (Remedy remedy in RouteRemedies.ForClients(host, new RouteSelector(host).Select(back)))
        {
            if (remedy.Change is { } better && new RouteSelector(host.With(better)).SelectReply(reply.Path.Request, reply.Path.IsUnbound).Outcome == ReplyOutcome.SameWay)
                yield return remedy;
        }
    }

    private static string[] Settings(string device) => ["net.ipv4.conf.all.rp_filter", string.Create(CultureInfo.InvariantCulture, $"net.ipv4.conf.{device}.rp_filter")];
}
