using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Asks the engines every question of a case once, and tells the server's own sockets from the others'.</summary>
internal static class QuestionExaminer
{
    // Many questions about one host, each a case of its own: the host is indexed once. A snapshot never changes.
    private static readonly ConditionalWeakTable<HostSnapshot, BindPredictor> s_predictors = [];

    public static Examination Examine(DiagnosticCase diagnosticCase, IReadOnlySet<string> applied)
    {
        BindPredictor binds = s_predictors.GetValue(diagnosticCase.Host, static host => new BindPredictor(host));
        ServerIdentity? server = diagnosticCase.Profile?.Server;
        ILookup<(TransportProtocol, int), SocketRow> own = (server is null ? [] : diagnosticCase.Host.Sockets.Where(socket => socket.IsListening && IsOwn(socket, server)))
            .ToLookup(socket => (socket.Protocol, socket.Local.Port));
        var questions = ImmutableArray.CreateBuilder<ExaminedQuestion>(diagnosticCase.Questions.Length);
        for (int i = 0; i < diagnosticCase.Questions.Length; i++)
            questions.Add(Examine(i, diagnosticCase.Questions[i], diagnosticCase.Host, binds, server, own));
        return new Examination
        {
            Case = diagnosticCase,
            Questions = questions.MoveToImmutable(),
            Binds = binds,
            Applied = applied,
            ServerGroups = ServerGroup.Find(diagnosticCase.Host, server),
        };
    }

    private static ExaminedQuestion Examine(
        int position, Question question, HostSnapshot host, BindPredictor binds, ServerIdentity? server, ILookup<(TransportProtocol, int), SocketRow> own)
    {
        if (question.Bind is not { } bind)
            return new ExaminedQuestion { Position = position, Question = question };
        BindPrediction prediction = binds.Predict(bind);
        bool followsProbe = ProbeComparison.IsComparable(prediction, question.BindProbe)
            && (prediction.Outcome == BindOutcome.Undetermined || ProbeComparison.Disagrees(prediction, question.BindProbe));
        ImmutableArray<SocketRow> ownHere = [.. own[(bind.Protocol, bind.Endpoint.Port)].Where(socket => Overlap.Meets(socket, bind, host.Platform.Family))];
        BindOutcome outcome = followsProbe ? question.BindProbe!.Outcome : prediction.Outcome;
        bool isServed = ownHere.Any(socket => Overlap.Covers(socket, bind, host.Platform.Family));
        return new ExaminedQuestion
        {
            Position = position,
            Question = question,
            Prediction = prediction,
            Outcome = outcome,
            FollowsProbe = followsProbe,
            OwnConflicts = [.. prediction.Conflicts.Where(conflict => IsOwn(conflict.Socket, server))],
            ForeignConflicts = [.. prediction.Conflicts.Where(conflict => !IsOwn(conflict.Socket, server))],
            OwnSockets = ownHere,
            SharedWith = outcome != BindOutcome.Success || isServed
                ? []
                : [.. SocketsOf(bind, binds).Where(socket => Holder.IsHolder(socket) && !IsOwn(socket, server) && Overlap.Meets(socket, bind, host))],
            IsServed = isServed,
        };
    }

    /// <summary>The sockets of the protocol and port of a bind, in the table's order.</summary>
    public static IEnumerable<SocketRow> SocketsOf(BindRequest bind, BindPredictor binds)
    {
        foreach (int position in binds.Sockets.Find(bind.Protocol, bind.Endpoint.Port).ToArray())
            yield return binds.Sockets[position];
    }

    private static bool IsOwn(in SocketRow socket, ServerIdentity? server)
    {
        if (server is null)
            return false;
        foreach (ProcessRow owner in socket.Owners)
        {
            if (server.Matches(owner))
                return true;
        }

        return false;
    }
}
