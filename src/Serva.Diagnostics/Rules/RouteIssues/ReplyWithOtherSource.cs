using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Rules.RouteIssues;

/// <summary>SD2005: a UDP server on the wildcard address answers with another source than the client asked.</summary>
internal sealed class ReplyWithOtherSource : RouteRule
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD2005",
        Title = "A UDP server on the wildcard address answers with another source",
        Severity = Severity.Warning,
        Needs = Tables,
        IsAboutBinds = true,
        DependsOn = ["SD2003", "SD2004"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc1123#page-75",
            "https://man7.org/linux/man-pages/man7/ip.7.html",
            "https://learn.microsoft.com/dotnet/api/system.net.sockets.socket.receivemessagefrom",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) =>
        // IPv6 hosts have many addresses, and RFC 3484 lets most programs live with it: IPv4 alone.
        Replies(examination, ReplyOutcome.OtherSource).Where(found => found.Reply.Address.IsIPv4).Select(found => Find(found.Question, found.Reply));

    private Finding Find(ExaminedQuestion question, ServiceReply reply)
    {
        RouteDecision way = reply.Path.Reply!;
        BindRequest request = question.Question.Bind!;
        NetAddress? source = way.Choices.First(choice => choice.Source != reply.Address).Source;
        BindRequest specific = request with { Endpoint = request.Endpoint.WithAddress(reply.Address) };
        return new Finding
        {
            Issue = Info,
            Subject = $"{reply.Address} on {SafeText.Of(reply.Interface.Name)}",
            Summary = $"A UDP server on {request.Endpoint.Address} answers what {reply.Clients} ask of {reply.Address} with the source {source}: most clients drop such a reply.",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence = EvidenceOf(way),
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Let your server bind {reply.Address}, or one socket for each address: then it answers from the address that was asked.",
                    specific,
                    "Its other addresses are not served by that socket."),
                AskerRemedy.Configure(
                    "If you write the server: ask for the address of each request (IP_PKTINFO; .NET: SocketOptionName.PacketInformation and ReceiveMessageFrom) and answer from it.",
                    null),
            ],
        };
    }
}
