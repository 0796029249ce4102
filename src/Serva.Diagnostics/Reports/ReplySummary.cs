using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>Says in few lines which way the replies of the services that can serve leave: those that leave alike share a line.</summary>
internal static class ReplySummary
{
    public static IEnumerable<string> Lines(ImmutableArray<ServiceVerdict> services)
    {
        var groups = services
            .Where(service => service is { Replies.IsEmpty: false, Standing: ServiceStanding.Free or ServiceStanding.HeldByServer or ServiceStanding.Shared })
            .Select(service => (service.Name, Words: WordsOf(service.Replies)))
            .GroupBy(service => service.Words)
            .ToList();
        foreach (var group in groups)
            yield return groups.Count == 1 ? $"Replies {group.Key}." : $"Replies of {string.Join(", ", group.Select(service => SafeText.Of(service.Name)).Distinct())} {group.Key}.";
    }

    private static string WordsOf(ImmutableArray<ServiceReply> replies)
    {
        List<string> same = [.. Of(replies, ReplyOutcome.SameWay).Select(reply => SafeText.Of(reply.Interface.Name)).Distinct()];
        var words = new List<string>();
        if (same.Count > 0)
            words.Add($"leave by {string.Join(" and ", same)}, where the requests come in");
        words.AddRange(Of(replies, ReplyOutcome.OtherInterface)
            .Select(reply => $"from {reply.Address} to {reply.Clients} leave by {Way(reply)}, not by {SafeText.Of(reply.Interface.Name)}"));
        words.AddRange(Of(replies, ReplyOutcome.OtherSource)
            .Select(reply => $"to {reply.Clients} that ask {reply.Address} carry the source {reply.Path.Reply!.Choices.First(choice => choice.Source != reply.Address).Source}"));
        words.AddRange(Of(replies, ReplyOutcome.NoWay).Select(reply => $"to {reply.Clients} have no way back"));
        words.AddRange(Of(replies, ReplyOutcome.NotReceived).Select(reply => $"to {reply.Clients} are never made: the request is dropped on {SafeText.Of(reply.Interface.Name)}"));
        if (Of(replies, ReplyOutcome.Undetermined).Any())
            words.Add("could not be judged in part");
        return string.Join("; ", words.Distinct().Take(4));
    }

    private static string Way(ServiceReply reply) =>
        SafeText.Of(reply.Path.Reply!.Choices.First(choice => choice.Interface != reply.Interface.Index).InterfaceName);

    private static IEnumerable<ServiceReply> Of(ImmutableArray<ServiceReply> replies, ReplyOutcome outcome) => replies.Where(reply => reply.Path.Outcome == outcome);
}
