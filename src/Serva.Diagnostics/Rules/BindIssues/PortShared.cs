using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1013: the bind succeeds although somebody else holds an overlapping endpoint, who may get the traffic.</summary>
internal sealed class PortShared : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1013",
        Title = "The port can be bound, but another socket shares it",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse",
            "https://man7.org/linux/man-pages/man7/socket.7.html",
            "https://github.com/microsoft/garnet/issues/2119",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            foreach (var holder in question.SharedWith.GroupBy(socket => HolderWords.Describe(socket, examination.Host.Platform.Family)))
                yield return Find(question, holder.Key, [.. holder], examination.Host);
        }
    }

    private Finding Find(ExaminedQuestion question, string who, ImmutableArray<SocketRow> sockets, HostSnapshot host)
    {
        BindRequest request = question.Prediction!.Request;
        SocketRow socket = sockets[0];
        string places = string.Join(", ", sockets.Select(row => HolderWords.Place(row.Protocol, row.Local)).Distinct().Take(8));
        bool isSure = question.FollowsProbe || question.Prediction.Certainty == Certainty.Certain
            || (ProbeComparison.IsComparable(question.Prediction, question.Question.BindProbe) && question.Question.BindProbe!.Outcome == BindOutcome.Success);
        var remedies = new List<Remedy?>();
        if (host.Platform.Family == PlatformFamily.Windows && !request.ExclusiveAddressUse)
        {
            remedies.Add(AskerRemedy.Configure(
                "Let your server set SO_EXCLUSIVEADDRUSE (.NET: socket.ExclusiveAddressUse = true): then the bind fails as long as another socket holds the same endpoint or one that it covers, and nobody can bind over yours.",
                request with { ExclusiveAddressUse = true, ReuseAddress = false }));
        }
        else if (request.ReuseAddress || request.ReusePort)
        {
            remedies.Add(AskerRemedy.Configure(
                "Let your server bind without SO_REUSEADDR and SO_REUSEPORT: then the bind fails as long as somebody else holds the port. (.NET sets both for ReuseAddress on Unix.)",
                request with { ReuseAddress = false, ReusePort = false }));
        }

        // Programs of one multicast group share its port on purpose.
        bool isMulticast = request.Endpoint.Address.UnmapIPv4().IsMulticast || (request.Protocol == TransportProtocol.Udp && request.Endpoint.Port == 5353);
        if (!isMulticast && HolderWords.Main(socket.Owners) is { } owner)
        {
            remedies.Add(StopRemedy.For(
                new StopTarget { Owner = owner, Owners = socket.Owners, Socket = socket, MayHaveMoreOwners = HolderWords.MayHaveMoreOwners(socket), Recheck = request }, host));
        }

        if (!remedies.OfType<Remedy>().Any())
            remedies.Add(AskerRemedy.Configure("Let your server use another port, unless both are meant to share this one.", null));
        return new Finding
        {
            Issue = Info,
            Subject = $"{who} beside {HolderWords.Place(request)}",
            Summary = $"{HolderWords.Place(request)} can be bound, but {who} also holds {places} and may get the traffic.",
            Certainty = isSure ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence = [new Evidence { Table = "sockets", Text = WhoGets(socket, request) }],
            Remedies = [.. remedies.OfType<Remedy>()],
        };
    }

    // The system prefers the more specific socket; between equals it depends on the system and on the order of the binds.
    private static string WhoGets(in SocketRow socket, BindRequest request)
    {
        NetAddress held = socket.Local.Address.UnmapIPv4(), wanted = request.Endpoint.Address.UnmapIPv4();
        string ours = HolderWords.Place(request), theirs = HolderWords.Place(socket.Protocol, socket.Local);
        return (held.IsUnspecified, wanted.IsUnspecified) switch
        {
            (true, false) => $"{theirs} is the wildcard: what is sent to {wanted} goes to the more specific {ours}, everything else on the port to the other socket.",
            (false, true) => $"{theirs} is more specific than {ours}: what is sent to {held} goes to the other socket and never to your server.",
            _ => $"{theirs} and {ours} are equally specific: the system gives each connection or datagram to one of the two.",
        };
    }
}
