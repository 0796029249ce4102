using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>A question that a holder is in the way of, and the socket it does it with.</summary>
internal readonly record struct HeldQuestion(ExaminedQuestion Question, BindConflict Conflict);

/// <summary>Somebody who holds a wanted port: one service, unit or process with every question it blocks.</summary>
internal sealed class Holder
{
    private readonly PlatformFamily _family;

    private Holder(ImmutableArray<HeldQuestion> held, PlatformFamily family)
    {
        _family = family;
        Held = held;
        Owners = [.. held.SelectMany(entry => entry.Conflict.Socket.Owners).DistinctBy(owner => owner.ProcessId)];
        Owner = HolderWords.Main(Owners);
        Description = Owner is null ? HolderWords.Describe(held[0].Conflict.Socket, family) : HolderWords.Describe(Owner, family, Owners.Length, MayHaveMoreOwners);
    }

    /// <summary>The questions, in the case's order, with the sockets that are in the way.</summary>
    public ImmutableArray<HeldQuestion> Held { get; }

    /// <summary>The processes; empty when the owner is not known.</summary>
    public ImmutableArray<ProcessRow> Owners { get; }

    /// <summary>The process to name; null when the owner is not known.</summary>
    public ProcessRow? Owner { get; }

    /// <summary>Whether processes that were not seen may hold the sockets too.</summary>
    public bool MayHaveMoreOwners => Held.Any(entry => HolderWords.MayHaveMoreOwners(entry.Conflict.Socket));

    /// <summary>Who it is, for a sentence.</summary>
    public string Description { get; }

    /// <summary>The positions of the questions.</summary>
    public ImmutableArray<int> Positions => [.. Held.Select(entry => entry.Question.Position).Distinct()];

    /// <summary>The question to ask again after a remedy.</summary>
    public BindRequest Request => Held[0].Question.Prediction!.Request;

    /// <summary>The first socket that is in the way.</summary>
    public SocketRow Socket => Held[0].Conflict.Socket;

    /// <summary>The thing to blame, for a finding's subject.</summary>
    public string Subject
    {
        get
        {
            if (Owner is null)
                return $"owner of {HolderWords.Place(Socket.Protocol, Socket.Local)}";
            string name = !Owner.Services.IsEmpty ? string.Join(" or ", Owner.Services) : HolderWords.StoppableUnit(Owner) ?? HolderWords.UserUnit(Owner) ?? Owner.Name ?? "process";
            return $"{SafeText.Of(name)} (PID {Owner.ProcessId})";
        }
    }

    /// <summary>Whether a socket in the way waits for peers, so that the process is a server and not a client of the port.</summary>
    public bool IsServer => IsHolder(Socket);

    /// <summary>The sockets in the way, each once, as they are written: <c>udp 0.0.0.0:123</c>.</summary>
    public string Places => string.Join(", ", DistinctPlaces.Take(8));

    /// <summary>Whether <see cref="Places"/> are several, for the verb that follows.</summary>
    public bool IsPlural => DistinctPlaces.Skip(1).Any();

    private IEnumerable<string> DistinctPlaces => Held
        .Select(entry => HolderWords.Place(entry.Conflict.Socket.Protocol, entry.Conflict.Socket.Local))
        .Distinct();

    /// <summary>
    /// Everybody else who is in the way of a wanted bind. Connections that have just ended are nobody, and beside a
    /// listener the connections that it accepted say nothing new.
    /// </summary>
    public static IEnumerable<Holder> Of(Examination examination)
    {
        PlatformFamily family = examination.Host.Platform.Family;
        return examination.Questions
            .Where(question => question.IsBlocked)
            .SelectMany(question => Blocking(question).Select(conflict => new HeldQuestion(question, conflict)))
            .GroupBy(entry => KeyOf(entry.Conflict.Socket))
            .Select(group => new Holder([.. group], family));
    }

    /// <summary>The conflicts of a question that have to go: listeners and bound sockets, or connections where there are no such.</summary>
    public static ImmutableArray<BindConflict> Blocking(ExaminedQuestion question)
    {
        ImmutableArray<BindConflict> holders = [.. question.ForeignConflicts.Where(conflict => IsHolder(conflict.Socket))];
        return holders.IsEmpty ? [.. question.ForeignConflicts.Where(conflict => conflict.Socket.State != TcpState.TimeWait)] : holders;
    }

    /// <summary>
    /// The connections in TIME_WAIT that keep the port of a blocked question although nobody holds it. Whether the option
    /// is set that would let them share cannot be seen: where a trial contradicts the prediction, they do not.
    /// </summary>
    public static ImmutableArray<SocketRow> EndedConnections(ExaminedQuestion question, Examination examination)
    {
        if (!question.IsBlocked)
            return [];
        if (!question.Prediction!.Conflicts.IsEmpty)
        {
            return question.Prediction.Conflicts.All(conflict => conflict.Socket.State == TcpState.TimeWait)
                ? [.. question.Prediction.Conflicts.Select(conflict => conflict.Socket)]
                : [];
        }

        if (!question.FollowsProbe || question.Outcome != BindOutcome.AddressInUse)
            return [];
        SocketRow[] there = [.. QuestionExaminer.SocketsOf(question.Prediction.Request, examination.Binds).Where(socket => Overlap.Meets(socket, question.Prediction.Request, examination.Host.Platform.Family))];
        return there.Any(socket => IsHolder(socket)) ? [] : [.. there.Where(socket => socket.State == TcpState.TimeWait)];
    }

    /// <summary>The same holder in parts, each with the sockets that have the same use.</summary>
    public IEnumerable<KeyValuePair<T, Holder>> SplitBy<T>(Func<HeldQuestion, T> use) =>
        Held.GroupBy(use).Select(group => KeyValuePair.Create(group.Key, new Holder([.. group], _family)));

    /// <summary>Whether a socket is bound to serve: it listens, or is bound and may. A connection is not a holder.</summary>
    public static bool IsHolder(in SocketRow socket) => socket.IsListening || socket.State == TcpState.Closed;

    /// <summary>Whether a socket of an unknown owner may be the server's: it runs, or nobody knows whether it does.</summary>
    public static bool MayBeServer(in SocketRow socket, Examination examination)
    {
        if (examination.Server is null || socket.OwnerMissingBecause is OwnerGap.NoProcess)
            return false;
        return examination.Host.Processes.Coverage != Coverage.Complete || examination.ServerRuns;
    }

    private static string KeyOf(in SocketRow socket)
    {
        if (HolderWords.Main(socket.Owners) is not { } owner)
            return $"{socket.Protocol}/{socket.Local}";
        if (HolderWords.UnitKey(owner) is { } unit)
            return unit;
        return owner.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
