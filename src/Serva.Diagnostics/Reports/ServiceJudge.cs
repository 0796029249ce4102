using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>Says how a service stands, in one sentence that a tired administrator understands.</summary>
internal static class ServiceJudge
{
    /// <summary>The verdict on a question; null when it asks for no bind.</summary>
    public static ServiceVerdict? Judge(ExaminedQuestion question, Examination examination)
    {
        if (question.Prediction is not { } prediction)
            return null;
        BindRequest request = prediction.Request;
        (ServiceStanding standing, string sentence) = Stand(question, prediction, examination);
        // To an address that is not in use here no packet comes as far as the rules.
        string? noFirewall = question.IsBlocked && question.Outcome == BindOutcome.AddressNotAvailable
            ? "the address is not in use on this host"
            : LinkReaders.Serve(question, examination.Host) ? "the server reads its requests from the link, before any rule"
            : WhyNoFirewall(request, examination.Host);
        Flow? client = noFirewall is null ? examination.Firewall.FlowTo(request) : null;
        return new ServiceVerdict
        {
            Position = question.Position,
            Name = question.Question.Service ?? request.ToEndpointText(),
            Request = request,
            Standing = standing,
            Sentence = sentence,
            Bind = prediction,
            Probe = question.Question.BindProbe,
            Replies = examination.RepliesOf(question),
            NoRepliesBecause = WhyNoReplies(request, examination.Host),
            Firewall = client is null ? null : examination.Firewall.Evaluate(client),
            NoFirewallBecause = noFirewall ?? (client is null ? "no address of this host is served" : null),
        };
    }

    private static string? WhyNoFirewall(BindRequest request, HostSnapshot host) =>
        host.Platform.Family is not (PlatformFamily.Linux or PlatformFamily.Windows) ? $"the firewall of {host.Platform.Family} is not modelled"
        : request.Endpoint.Address.UnmapIPv4().IsLoopback ? "loopback: only this host asks"
        : request.Endpoint.Port == 0 ? "the port is not known"
        : host.Platform.Family == PlatformFamily.Linux ? WhyUnknown(host.NftablesRules) : WhyUnknown(host.WindowsFirewallRules);

    private static string? WhyUnknown<T>(Table<T> rules) =>
        rules.IsKnown ? null
        : rules.Coverage == Coverage.NotRequested ? "the rules were not captured" : $"the rules could not be read: {rules.Note}";

    private static string? WhyNoReplies(BindRequest request, HostSnapshot host) =>
        !host.Interfaces.IsKnown ? "the interfaces were not captured"
        : !host.Addresses.IsKnown ? "the addresses were not captured"
        : !host.Routes.IsKnown ? "the routes were not captured"
        : request.Endpoint.Address.UnmapIPv4().IsLoopback ? "loopback: only this host asks"
        : "no address of a link that works is served";

    private static (ServiceStanding Standing, string Sentence) Stand(
        ExaminedQuestion question, BindPrediction prediction, Examination examination)
    {
        HostSnapshot host = examination.Host;
        BindRequest request = prediction.Request;
        string place = HolderWords.Place(request);
        ImmutableArray<ServerGroup> copies = ServerGroup.InEachOthersWay(examination.ServerGroups, question.OwnSockets, host);
        if (!copies.IsEmpty)
        {
            string processes = string.Join(" and ", copies.Select(copy => HolderWords.Describe(copy.Root, host.Platform.Family)));
            bool allHold = copies.All(copy => question.OwnSockets.Any(socket => copy.Holds(socket)));
            return (ServiceStanding.StartedTwice, $"{place}: the server was {(allHold ? "" : "most likely ")}started {Times(copies.Length)}, as {processes}.");
        }

        bool isBlockedByAnother = question.IsBlocked && !question.ForeignConflicts.IsEmpty;
        if (!question.OwnSockets.IsEmpty && !isBlockedByAnother)
            return (ServiceStanding.HeldByServer, OwnSentence(place, question.OwnSockets, request, host.Platform.Family));

        return question.Outcome switch
        {
            BindOutcome.Success when !question.SharedWith.IsEmpty => (ServiceStanding.Shared, SharedSentence(question, place, host.Platform.Family)),
            BindOutcome.Success when request.Endpoint.Port == 0 => (ServiceStanding.Free, $"{place}: a free port will be given{HowKnown(question)}."),
            BindOutcome.Success => (ServiceStanding.Free, $"{place} is free{HowKnown(question)}."),
            BindOutcome.Undetermined => Unknown(question, place, prediction, examination),
            _ when !question.ForeignConflicts.IsEmpty => HeldByAnother(question, place, request, examination),
            BindOutcome.AddressInUse when !Holder.EndedConnections(question, examination).IsEmpty => (ServiceStanding.CannotBind, EndedSentence(place)),
            BindOutcome.AddressInUse => (ServiceStanding.CannotBind,
                $"{place} is in use ({ErrorOf(question)}), but no socket that was seen holds it{HowKnown(question)}."),
            _ => (ServiceStanding.CannotBind, $"{place} cannot be bound: {Why(question, host)} ({ErrorOf(question)}){HowKnown(question)}."),
        };
    }

    private static string OwnSentence(string place, ImmutableArray<SocketRow> sockets, BindRequest request, PlatformFamily family)
    {
        SocketRow socket = sockets.FirstOrDefault(row => row.Local == request.Endpoint, sockets[0]);
        ProcessRow owner = HolderWords.Main(socket.Owners)!;
        string name = HolderWords.NameOf(owner) is { } known ? $"{known}, PID {owner.ProcessId}" : $"PID {owner.ProcessId}";
        bool covers = sockets.Any(row => Overlap.Covers(row, request, family));
        string where = covers
            ? ""
            : $" on {string.Join(", ", sockets.Select(row => row.Local.ToString()).Distinct())} only";
        bool isLoopback = !covers && sockets.All(row => row.Local.Address.UnmapIPv4().IsLoopback);
        return $"{place} is held by the server itself ({name}){where}{(isLoopback ? ": other hosts cannot reach it" : "")}.";
    }

    private static string SharedSentence(ExaminedQuestion question, string place, PlatformFamily family)
    {
        SocketRow socket = question.SharedWith[0];
        string[] holders = [.. question.SharedWith.Select(row => HolderWords.Describe(row, family)).Distinct()];
        string more = holders.Length == 1 ? "" : $", and {holders.Length - 1} more,";
        return $"{place} can be bound{HowKnown(question)}, but {holders[0]}{more} also holds {HolderWords.Place(socket.Protocol, socket.Local)} and may get the traffic.";
    }

    private static (ServiceStanding Standing, string Sentence) HeldByAnother(
        ExaminedQuestion question, string place, BindRequest request, Examination examination)
    {
        ImmutableArray<BindConflict> holders = Holder.Blocking(question);
        if (holders.IsEmpty)
            return (ServiceStanding.CannotBind, EndedSentence(place));

        BindConflict first = holders.FirstOrDefault(conflict => conflict.Socket.Local == request.Endpoint, holders[0]);
        PlatformFamily family = examination.Host.Platform.Family;
        string who = HolderWords.Describe(first.Socket, family);
        string on = first.Socket.Local == request.Endpoint ? "" : $" on {first.Socket.Local}";
        string role = Holder.IsHolder(first.Socket) ? "" : ", as the local port of a connection";
        int others = holders.Select(conflict => HolderWords.Describe(conflict.Socket, family)).Distinct().Count() - 1;
        string more = others == 0 ? "" : $", and by {others} more";
        if (first.Socket.Owners.IsEmpty && Holder.MayBeServer(first.Socket, examination))
            return (ServiceStanding.Undetermined, $"{place} is held by {who}{on}: it may be the server itself.");
        return (ServiceStanding.HeldByAnother, $"{place} is held by {who}{on}{role}{more}.");
    }

    private static string EndedSentence(string place) =>
        $"{place} is blocked for a while by connections that have just ended (TIME_WAIT).";

    private static (ServiceStanding Standing, string Sentence) Unknown(
        ExaminedQuestion question, string place, BindPrediction prediction, Examination examination)
    {
        if (!prediction.Conflicts.IsEmpty)
        {
            string who = HolderWords.Describe(prediction.Conflicts[0].Socket, examination.Host.Platform.Family);
            return (ServiceStanding.Undetermined, $"{place} may be held by {who}{Because(prediction)}.");
        }

        string tried = question.Question.BindProbe?.NotTriedBecause is { } reason ? $"; it was not tried: {SafeText.Of(reason)}" : "";
        return (ServiceStanding.Undetermined, $"{place} could not be judged{Because(prediction)}{tried}.");
    }

    private static string Because(BindPrediction prediction) =>
        prediction.Unseen.IsEmpty ? "" : $": {SafeText.Of(string.Join("; ", ShownConflicts.Unseen(prediction))).TrimEnd('.')}";

    private static string Why(ExaminedQuestion question, HostSnapshot host) => question.Outcome switch
    {
        BindOutcome.AccessDenied => "access is denied",
        BindOutcome.AddressNotAvailable => "the address is not on this host, or not ready yet",
        BindOutcome.InvalidArgument => Contradiction(question.Prediction!.Request, host),
        BindOutcome.AddressFamilyNotSupported => "the address family is switched off or does not fit",
        BindOutcome.NoSuchDevice => "there is no such interface",
        BindOutcome.NoBufferSpace => "the system is out of buffers or ports",
        _ => "the system refuses it",
    };

    private static string Contradiction(BindRequest request, HostSnapshot host)
    {
        NetAddress address = request.Endpoint.Address;
        if (address.IsIPv6 && address.IsLinkLocal && address.ScopeId == 0 && request.Device is null)
        {
            AddressRow? owner = host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == address)
                ?? host.Addresses.FirstOrDefault(row => row.Address.IsIPv6 && row.Address.IsLinkLocal);
            InterfaceRow? link = host.Interfaces.FirstOrDefault(row => row.Index == owner?.Interface);
            string zone = host.Platform.Family == PlatformFamily.Linux ? link?.Name ?? "eth0" : $"{link?.Index ?? 4}";
            return $"the address is link-local: name the interface, for example [{address}%{SafeText.Of(zone)}]:{request.Endpoint.Port}";
        }

        return address.IsIPv4Mapped && !request.DualMode
            ? "the address is IPv4-mapped, and the socket serves IPv6 alone: set --dual-mode, or bind the IPv4 address"
            : "the request contradicts itself";
    }

    private static string ErrorOf(ExaminedQuestion question) => question.FollowsProbe
        ? HolderWords.Error(question.Question.BindProbe!.NativeError, question.Question.BindProbe.NativeCode)
        : HolderWords.Error(question.Prediction!.NativeError, question.Prediction.NativeCode);

    private static string HowKnown(ExaminedQuestion question)
    {
        if (question.FollowsProbe)
            return question.Outcome == BindOutcome.Success ? " (tried: the bind succeeds)" : " (tried just now)";
        return question.Prediction!.Certainty == Certainty.Likely && !ProbeComparison.WasTried(question.Question.BindProbe) ? ", most likely" : "";
    }

    private static string Times(int copies) => copies == 2 ? "twice" : $"{copies} times";
}
