using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>What the causes of an error are judged by: what was read in its text, the host, and what the engines and rules say of the bind.</summary>
internal sealed class ErrorExamination(ErrorReading reading, HostSnapshot host, BindPrediction? prediction, ImmutableArray<Finding> findings, BindPredictor binds)
{
    public ErrorReading Reading { get; } = reading;

    public HostSnapshot Host { get; } = host;

    /// <summary>What the bind that failed would do now; null when nobody knows which it was.</summary>
    public BindPrediction? Prediction { get; } = prediction;

    public BindPredictor Binds { get; } = binds;

    public BindRequest? Request => Prediction?.Request;

    public PlatformFamily Family => Host.Platform.Family;

    /// <summary>The conflicts of connections, or of all the others.</summary>
    public IEnumerable<BindConflict> Conflicts(bool connections) => Prediction is null
        ? []
        : Prediction.Conflicts.Where(conflict => connections == IsConnection(conflict.Socket));

    /// <summary>Whether every socket that could be in the way was seen; else what was not.</summary>
    public string? BlindTo => Request is { } request && SocketSights.Of(Host.Sockets, request, out string? unseen) != SocketSight.Full ? unseen : null;

    public TraceStep? Step(string code) => Prediction?.Trace.FirstOrDefault(step => step.Code == code);

    public Finding? Finding(string id) => findings.FirstOrDefault(finding => finding.Issue.Id == id);

    private static bool IsConnection(in SocketRow socket) =>
        socket.Protocol == TransportProtocol.Tcp ? !socket.IsListening && socket.State is not (TcpState.Closed or null) : socket.Remote is not null;
}

/// <summary>What was found about a cause: its standing, with the facts it rests on or what is missing.</summary>
internal sealed class CauseJudgement
{
    private CauseJudgement(CauseStanding standing, ImmutableArray<Evidence> evidence, string? missing) =>
        (Standing, Evidence, Missing) = (standing, evidence, missing);

    public CauseStanding Standing { get; }

    public ImmutableArray<Evidence> Evidence { get; }

    public string? Missing { get; }

    public static CauseJudgement Holds(string table, string text) => Holds([Say(table, text)]);

    public static CauseJudgement Holds(IEnumerable<Evidence> evidence) => new(CauseStanding.Holds, [.. evidence], null);

    public static CauseJudgement DoesNotHold(string table, string text) => new(CauseStanding.DoesNotHold, [Say(table, text)], null);

    public static CauseJudgement CannotTell(string missing) => new(CauseStanding.Undetermined, [], missing);

    private static Evidence Say(string table, string text) => new() { Table = table, Text = text };
}
